/* SPDX-License-Identifier: BSD-3-Clause */
/* The services over TCP. None takes more than it can pass on: the peer's window is the brake. */
#include <stdlib.h>
#include <rte_mbuf.h>
#include "echo.h"

/* Up to this, copying costs less than keeping a whole packet buffer until it is acknowledged. */
enum { COPY_MAX = 256 };

struct peer {
	struct part *part;
	struct leat_conn *tcp;
	struct rte_mbuf *held;     /* taken, and not accepted for sending yet */
	bool ending;               /* the peer has sent its FIN */
	bool closed;
};

static void
close_peer(struct peer *p)
{
	p->closed = true;
	leat_tcp_close(p->tcp);
}

static void
abort_peer(struct peer *p)
{
	p->closed = true;
	leat_tcp_abort(p->tcp);
}

static ssize_t
echo_copy(struct peer *p, const struct iovec *iov)
{
	ssize_t n = leat_tcp_send(p->tcp, iov->iov_base, iov->iov_len);

	if (n > 0) {
		leat_tcp_consume(p->tcp, (size_t)n);
		p->part->bytes_in += (uint64_t)n;
	}
	return n;
}

static ssize_t
send_held(struct peer *p)
{
	uint32_t len = p->held->pkt_len;
	ssize_t n = leat_tcp_send_mbuf(p->tcp, p->held);

	if (n > 0) {
		p->held = NULL;
		p->part->bytes_in += len;
	}
	return n;
}

/*
 * One piece, from the receive queue to the send queue; 0: no room or memory, or -errno. What is
 * larger than the whole send buffer would never fit in one piece.
 */
static ssize_t
echo_piece(struct peer *p, const struct iovec *iov)
{
	uint32_t snd_buf = 0;

	leat_tcp_get(p->tcp, LEAT_TCP_SNDBUF, &snd_buf);
	if (iov->iov_len <= COPY_MAX || iov->iov_len > snd_buf)
		return echo_copy(p, iov);
	if (leat_tcp_room(p->tcp) < iov->iov_len)
		return 0;
	p->held = leat_rx_take(leat_tcp_rx(p->tcp));
	return send_held(p);
}

/* The buffers that came in go out again; nothing is copied but short pieces. */
static ssize_t
echo(struct peer *p)
{
	struct iovec iov;
	ssize_t n = 1;

	while (n > 0 && (p->held != NULL || leat_rx_iov(leat_tcp_rx(p->tcp), &iov, 1) > 0))
		n = p->held != NULL ? send_held(p) : echo_piece(p, &iov);
	return n;
}

static void
discard(struct peer *p)
{
	size_t n = leat_rx_size(leat_tcp_rx(p->tcp));

	leat_tcp_consume(p->tcp, n);
	p->part->bytes_in += n;
}

static void
release_nothing(void *arg)
{
	(void)arg; /* the text is never freed */
}

static ssize_t
generate(struct peer *p)
{
	size_t len;
	const char *text = chargen_text(&len);
	ssize_t n = 1;

	discard(p);
	while (n > 0)
		n = leat_tcp_send_ref(p->tcp, text, len, release_nothing, NULL);
	return n;
}

static bool
all_passed_on(const struct peer *p)
{
	return p->held == NULL && leat_rx_size(leat_tcp_rx(p->tcp)) == 0;
}

/* Does what can be done now. */
static void
serve(struct peer *p)
{
	ssize_t n = 1;

	switch (p->part->service->kind) {
	case SERVICE_ECHO:
		n = echo(p);
		break;
	case SERVICE_CHARGEN:
		/* RFC 864: until the user closes; half-closing only means that it says nothing more. */
		n = generate(p);
		break;
	default:
		discard(p);
	}
	/* no room or no memory: on_sent says when to go on */
	if (n < 0)
		abort_peer(p); /* the connection has ended: on_closed comes */
	else if (n > 0 && p->ending && all_passed_on(p))
		close_peer(p);
}

static void
on_data(struct leat_conn *tcp, struct leat_rx *rx, void *user)
{
	(void)tcp;
	(void)rx;
	serve(user);
}

static void
on_sent(struct leat_conn *tcp, size_t acked, void *user)
{
	struct peer *p = user;

	(void)tcp;
	p->part->bytes_out += acked;
	if (!p->closed)
		serve(p);
}

static void
on_peer_closed(struct leat_conn *tcp, void *user)
{
	struct peer *p = user;

	(void)tcp;
	p->ending = true;
	serve(p);
}

static void
on_closed(struct leat_conn *tcp, int reason, void *user)
{
	struct peer *p = user;

	(void)tcp;
	(void)reason;
	rte_pktmbuf_free(p->held);
	free(p);
}

static const struct leat_tcp_events events = {
	.on_data = on_data,
	.on_sent = on_sent,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

static void
on_open(struct leat_conn *tcp, void *user)
{
	struct service *s = user;
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		leat_tcp_abort(tcp);
		return;
	}
	p->part = &s->of_core[leat_core_id(leat_tcp_core(tcp))];
	p->part->service = s;
	p->part->connections++;
	p->tcp = tcp;
	leat_tcp_set_user(tcp, p);
	leat_tcp_set_events(tcp, &events);
	leat_tcp_set(tcp, LEAT_TCP_NODELAY, 1); /* an echo that waits for an ACK is none */
	serve(p);
}

int
tcp_service_start(struct service *s, struct leat *leat, const struct leat_addr *addr)
{
	static const struct leat_tcp_events accept = {.on_open = on_open};
	struct leat_endpoint local = {.addr = *addr, .port = s->port};

	return leat_tcp_listen(leat, &local, &accept, s, &s->listener);
}
