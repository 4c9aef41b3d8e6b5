/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_LOG_H
#define HTTPD_LOG_H
/* The access log, in the common log format. Written in blocks, at the latest once a sweep. */
#include <stdint.h>
#include <time.h>
#include <leat/addr.h>

struct log;

/* path "-": stdout. 0 or -errno. */
int log_open(const char *path, struct log **out);
void log_close(struct log *log);
void log_flush(struct log *log);

struct log_entry {
	struct leat_addr client;
	time_t at;
	const char *line; /* the request line; what is not printable is escaped. len 0: "-" */
	size_t len;
	int status;
	uint64_t bytes;   /* of the body */
};

void log_request(struct log *log, const struct log_entry *e);

#endif
