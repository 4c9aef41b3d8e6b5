/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_LISTEN_H
#define TCP_LISTEN_H
/* Listeners, and what arrives for them in LISTEN (RFC 9293 3.10.7.2). */
#include "tcp/tcp.h"

struct tcp_listener {
	struct tcp_listener *next;  /* of the same bucket */
	struct leat_endpoint local; /* address LEAT_UNSPEC: any of ours */
	const struct leat_tcp_events *app;
	void *user;
	uint32_t half_open;         /* entries in SYN-RECEIVED */
	uint32_t backlog;           /* their limit */
	uint64_t cookies_until;     /* core->now, until which cookies of it are taken; 0: it sent none */
};

/* An entry for the table of this core, on the heap; NULL: no memory. Any thread. */
struct tcp_listener *tcp_listener_make(const struct core *core, const struct leat_endpoint *local,
	const struct leat_tcp_events *app, void *user);

/* Begins to listen. There is no other entry of the same local endpoint. */
void tcp_listener_add(struct core *core, struct tcp_listener *l);

/* Stops listening, and frees it; its half-open entries are forgotten. */
void tcp_listener_remove(struct core *core, struct tcp_listener *l);

/* The listener for a local endpoint, one bound to the very address before one for any; or NULL. */
struct tcp_listener *tcp_listener_find(const struct core *core, const struct leat_endpoint *local);

/*
 * A segment for a tuple that has no object: to a listener, or it is answered with RST. after: see
 * half_open_create().
 */
void tcp_listen_input(struct core *core, struct tcp_seg *seg, const uint32_t *after);

#endif
