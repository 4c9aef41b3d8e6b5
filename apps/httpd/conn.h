/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_CONN_H
#define HTTPD_CONN_H
/*
 * One client's connection. Requests are answered in order; while an answer does not fit into the
 * send buffer no further request is read, and TCP's window tells the client to wait. An idle
 * connection holds nothing but its struct.
 */
#include <leat/tcp.h>
#include "sweep.h"

/* The events for leat_tcp_listen(); user is the struct servers. */
extern const struct leat_tcp_events *const conn_accept;

/* The deadline of the connection with this node has passed. */
void conn_expired(struct sweep_node *n);

/* The time that server_retry() took for the connection with this node is over. */
void conn_retry(struct sweep_node *n);

/* The server is draining: closes the connection with this node when it is idle. */
void conn_drain(struct sweep_node *n);

#endif
