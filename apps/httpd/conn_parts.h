/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_CONN_PARTS_H
#define HTTPD_CONN_PARTS_H
/* What conn.c (events and life), conn_read.c (requests) and conn_write.c (replies) share. */
#include <stdbool.h>
#include <stdint.h>
#include "http.h"
#include "reply.h"
#include "server.h"
#include "sweep.h"

/* A head that came in pieces. It is copied, so that a slow client holds no packet buffers. */
struct inbox {
	struct http_parser parser;
	uint32_t len;
	char data[HTTP_HEAD_MAX];
};

/* The end of a reply's head for which no packet buffer was free. */
struct rest {
	uint32_t len, at;
	char data[];
};

struct conn {
	struct sweep_node node;  /* first; its deadline is when the connection is given up, or tried again */
	struct server *server;
	struct leat_conn *tcp;
	struct inbox *inbox;     /* NULL: no head is half read */
	struct rest *rest;       /* NULL: the head of the last reply is queued */
	struct file *file;       /* of the last reply, until all of it is acknowledged */
	uint64_t at, end;        /* the part of it that is not queued yet */
	uint64_t in_flight;      /* bytes queued and not acknowledged */
	uint32_t skip;           /* bytes of a request's body that are still to be thrown away */
	bool closing;            /* no request is read any more: the reply underway is the last */
	bool refused;            /* the last reply refuses: the client may still be sending */
	bool lingering;          /* our FIN is queued, what the client sends is thrown away */
	bool stalled;            /* waits for packet buffers, not for the client */
	bool peer_closed;
	bool closed;             /* leat_tcp_close() or leat_tcp_abort() was called */
};

/* conn.c. Tells the client by RST that what it got is not what it was promised, or that it takes nothing. */
void conn_cut(struct conn *c);

/* conn_read.c. Reads on, and answers a request when it is whole; false: nothing is there to read. */
bool conn_read(struct conn *c);

/* Throws away the body of the last request; false: more of it must come. */
bool conn_skip_body(struct conn *c);
void conn_drop_inbox(struct conn *c);

/* conn_write.c. Queues the reply to a request, or a refusal. There is room for REPLY_MAX bytes. */
void conn_answer(struct conn *c, const struct http_request *req, const char *head);
void conn_refuse(struct conn *c, int status);

/* Queues what is left of the last reply: 1 = all is queued, 0 = no room, or no memory; -errno. */
int conn_push(struct conn *c);
void conn_drop_reply(struct conn *c);

#endif
