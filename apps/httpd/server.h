/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_SERVER_H
#define HTTPD_SERVER_H
/*
 * The server: listeners, what the connections of a core share, their deadlines, and how it ends. Each core has
 * a server of its own, with its own cache of files, and touches no other's; the listeners and the log are
 * for all.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/leat.h>
#include "fields.h"
#include "log.h"
#include "reply.h"
#include "sweep.h"

enum { SERVER_LISTEN_MAX = 16 };

struct servers;

/* What one core serves. */
struct server {
	struct servers *all;
	struct leat_core *core;
	struct leat_timer *timer;
	struct site site;
	struct sweep sweep;
	uint64_t tick;            /* ns between two runs of the timer */
	struct sweep retries;     /* connections for which there was no memory */
	struct leat_timer *retry_timer;
	bool retrying;            /* it is armed */
	uint64_t drain_end;       /* ns; when draining, connections that are left then are cut */
	bool draining, drained;   /* drained: and is done with it */

	uint64_t open;            /* connections */
	uint64_t connections;     /* in all */
	uint64_t requests;
	uint64_t bytes;           /* acknowledged by the peers */
	time_t date_at;
	char date[DATE_TEXT];
} __attribute__((aligned(64)));

struct servers {
	struct leat *leat;
	struct log *log;          /* NULL: none */
	uint64_t idle_timeout;    /* ns */
	struct leat_listener *listeners[SERVER_LISTEN_MAX];
	unsigned nb_listeners;
	atomic_uint undrained;    /* servers that have connections to wait for */
	unsigned nb;
	struct server *of_core;   /* [nb] */
};

/* of_core of every core of all->leat. 0 or -ENOMEM. */
int servers_init(struct servers *all);
void servers_fini(struct servers *all);

/* Each site, the log and idle_timeout are set. 0, or -ENOMEM. No core is polled yet. */
int servers_start(struct servers *all);

/* Accepts connections on local; 0 or -errno. */
int servers_listen(struct servers *all, const struct leat_endpoint *local);

/*
 * Stops accepting and closes what is idle. What is open is answered and then closed; leat_stop()
 * is called when none is left, or after timeout ns. No core is polled meanwhile, and all are afterwards.
 */
void servers_drain(struct servers *all, uint64_t timeout);

/* No core is polled any more, the instance still exists. */
void servers_stop(struct servers *all);

/* A connection of a server that drains has ended. */
void server_ended(struct server *s);

/* Calls conn_retry() for the connection with this node after a few milliseconds. */
void server_retry(struct server *s, struct sweep_node *n);

/* The Date field's value. */
const char *server_date(struct server *s);

#endif
