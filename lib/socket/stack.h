/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOCKET_STACK_H
#define SOCKET_STACK_H
/*
 * The stack side: serves the requests of the application side over leat's event interface. It owns
 * the connections; of the application it knows the channel only, and believes it nothing.
 */
#include <sys/queue.h>
#include <leat/core.h>
#include <leat/tcp.h>
#include <leat/udp.h>
#include "socket/channel.h"

struct rte_mbuf;

enum sock_state {
	SOCK_IDLE,       /* no connection yet */
	SOCK_LISTENING,
	SOCK_CONNECTING,
	SOCK_OPEN,
	SOCK_ENDED,      /* on_closed came */
};

TAILQ_HEAD(sock_list, sock);

/* A socket, a connection that waits to be accepted, or one whose application has closed it. */
struct sock {
	TAILQ_ENTRY(sock) all;   /* in stack->socks */
	TAILQ_ENTRY(sock) queue; /* in listener->waiting, or stack->lingering */
	struct stack *stack;
	struct sock *listener;   /* where it waits to be accepted; NULL: nowhere */
	uint32_t slot;           /* SLOT_NONE: no application sees it */
	int type;                /* SOCK_STREAM, SOCK_DGRAM */
	enum sock_state state;
	bool bound;              /* local was chosen by bind or listen */
	bool peer_fin;
	bool rx_more;            /* data waits behind the full ring */
	bool fin_wanted;         /* FIN when the ring is empty */
	bool fin_sent;
	bool closing;            /* the application has closed it */
	bool lingering;          /* its slot is released when all is acknowledged */
	bool connected;          /* a datagram socket with a peer */
	uint32_t error;          /* pending, until there is a slot to put it in */
	struct leat_conn *conn;
	struct leat_listener *port; /* what TCP listens with */
	struct leat_udp *udp;
	struct leat_endpoint bind;  /* what bind() asked for */
	struct leat_endpoint local, remote;
	uint32_t options[OPTION_MAX]; /* OPTION_UNSET: as TCP has it */
	struct rte_mbuf *left;   /* received before the connection broke, not yet in the ring */
	struct sock_list waiting; /* of a listener */
	uint32_t nb_waiting, backlog;
	struct byte_ring rx, tx;
};

enum { OPTION_UNSET = UINT32_MAX >> 1 };

struct stack {
	struct leat_core *core;
	struct channel chan;
	struct sock **by_slot;
	struct sock_list socks;     /* all */
	struct sock_list lingering;
	uint8_t *bounce;            /* DGRAM_MAX bytes: a datagram that wraps around the ring's end */
};

/* Makes the channel; *fd is the application's end. 0 or -errno. */
int stack_open(struct leat_core *core, uint32_t slots, uint32_t ring_size, int *fd, struct stack **out);

/* Resets what is left; no callback comes any more. */
void stack_close(struct stack *st);

/* Handles the requests that have come. */
void stack_serve(struct stack *st);

/* --- shared by the stack side's files --- */

/* stack.c */
struct sock *sock_new(struct stack *st, int type); /* NULL: no memory */
void sock_free(struct sock *k);
/* Gives it a slot: rings empty, status and error told. */
void sock_attach(struct sock *k, uint32_t slot);
/* The slot is the application's again. */
void sock_release(struct sock *k);
/* Tells the application what has changed, if anything. */
void sock_publish(struct sock *k);
void sock_notify(struct sock *k);
void sock_set_error(struct sock *k, int error);

static inline struct slot *
sock_slot(const struct sock *k)
{
	return &k->stack->chan.slot_table[k->slot];
}

/* A request's work. *m is the request and becomes the completion. 0 or -errno. */
typedef int (*request_fn)(struct sock *k, struct message *m);

/* stack_bind.c: local addresses and ports */
int req_bind(struct sock *k, struct message *m);
/* A port for a socket that begins to listen without one. 0 or -errno. */
int bind_any(struct sock *k);
/* Is there another listener whose address overlaps? */
bool bind_listened(const struct sock *k);

/* stack_listen.c */
int req_listen(struct sock *k, struct message *m);
int req_accept(struct sock *k, struct message *m);
void listen_stop(struct sock *k);

/* stack_tcp.c */
extern const struct leat_tcp_events tcp_sock_events;
int req_connect(struct sock *k, struct message *m);
int req_disconnect(struct sock *k, struct message *m);
int req_shutdown(struct sock *k, struct message *m);
void tcp_sock_close(struct sock *k, enum close_how how);
void tcp_sock_pull(struct sock *k); /* TCP -> ring */
void tcp_sock_push(struct sock *k); /* ring -> TCP */
/* No connection any more, and nothing of it is told. */
void tcp_sock_forget(struct sock *k);
/* Nothing of it waits for the peer's acknowledgement. */
bool tcp_sock_acked(const struct sock *k);

/* stack_option.c */
int req_set(struct sock *k, struct message *m);
int req_get(struct sock *k, struct message *m);
int req_info(struct sock *k, struct message *m);
void options_apply(const struct sock *k);

/* stack_udp.c */
int udp_sock_bind(struct sock *k, const struct leat_endpoint *local);
int udp_sock_connect(struct sock *k, struct message *m);
int req_send(struct sock *k, struct message *m);

#endif
