/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_SERVER_H
#define HTTPD_SERVER_H
/* The server: listeners, what all connections share, their deadlines, and how it ends. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/leat.h>
#include "fields.h"
#include "log.h"
#include "reply.h"
#include "sweep.h"

enum { SERVER_LISTEN_MAX = 16 };

struct server {
	struct leat *leat;
	struct leat_core *core;
	struct leat_listener *listeners[SERVER_LISTEN_MAX];
	unsigned nb_listeners;
	struct leat_timer *timer;
	struct site site;
	struct sweep sweep;
	uint64_t tick;            /* ns between two runs of the timer */
	struct sweep retries;     /* connections for which there was no memory */
	struct leat_timer *retry_timer;
	bool retrying;            /* it is armed */
	struct log *log;          /* NULL: none */
	uint64_t idle_timeout;    /* ns */
	uint64_t drain_end;       /* ns; when draining, connections that are left then are cut */
	bool draining;

	uint64_t open;            /* connections */
	uint64_t connections;     /* in all */
	uint64_t requests;
	uint64_t bytes;           /* acknowledged by the peers */
	time_t date_at;
	char date[DATE_TEXT];
};

/* The wanted site, log and idle_timeout are set; leat and core too. 0, or -ENOMEM. */
int server_start(struct server *s);

/* Accepts connections on local; 0 or -errno. */
int server_listen(struct server *s, const struct leat_endpoint *local);

/*
 * Stops accepting and closes what is idle. What is open is answered and then closed; leat_stop()
 * is called when none is left, or after timeout ns.
 */
void server_drain(struct server *s, uint64_t timeout);

/* No core is polled any more, the instance still exists. */
void server_free(struct server *s);

/* Calls conn_retry() for the connection with this node after a few milliseconds. */
void server_retry(struct server *s, struct sweep_node *n);

/* The Date field's value. */
const char *server_date(struct server *s);

#endif
