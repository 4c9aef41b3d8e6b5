/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"

struct log {
	FILE *file;
	time_t date_at;
	char date[32]; /* of date_at */
};

int
log_open(const char *path, struct log **out)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return -ENOMEM;
	log->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
	if (log->file == NULL) {
		int rc = -errno;
		free(log);
		return rc;
	}
	*out = log;
	return 0;
}

void
log_close(struct log *log)
{
	if (log->file == stdout)
		fflush(stdout);
	else
		fclose(log->file);
	free(log);
}

void
log_flush(struct log *log)
{
	fflush(log->file);
}

/* A client shall not be able to write lines of its own, nor to the terminal of who reads it. */
static void
put_escaped(FILE *to, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)at[i];
		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			fprintf(to, "\\x%02x", c);
		else
			putc_unlocked(c, to);
	}
}

void
log_request(struct log *log, const struct log_entry *e)
{
	char addr[LEAT_ADDR_TEXT];

	flockfile(log->file); /* the cores share it, and the date */
	if (e->at != log->date_at || log->date[0] == '\0') {
		struct tm tm;
		log->date_at = e->at;
		gmtime_r(&e->at, &tm);
		strftime(log->date, sizeof(log->date), "%d/%b/%Y:%H:%M:%S +0000", &tm);
	}
	fprintf(log->file, "%s - - [%s] \"", leat_addr_format(&e->client, addr, sizeof(addr)), log->date);
	if (e->len > 0)
		put_escaped(log->file, e->line, e->len);
	else
		putc_unlocked('-', log->file);
	fprintf(log->file, "\" %d %llu\n", e->status, (unsigned long long)e->bytes);
	funlockfile(log->file);
}
