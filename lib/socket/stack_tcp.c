/* SPDX-License-Identifier: BSD-3-Clause */
/* Stream sockets: between TCP's events and the rings. */
#include <errno.h>
#include <string.h>
#include <rte_mbuf.h>
#include "socket/stack.h"

/* --- received: TCP -> ring --- */

/* From TCP into the ring, as much as there is room for. Returns bytes. */
static uint32_t
pull_conn(struct sock *k)
{
	struct leat_rx *rx = leat_tcp_rx(k->conn);
	struct iovec iov[2];
	uint32_t got = 0;
	int n = byte_ring_room_iov(&k->rx, UINT32_MAX, iov);

	for (int i = 0; i < n; i++)
		got += (uint32_t)leat_rx_read(rx, iov[i].iov_base, iov[i].iov_len);
	byte_ring_produce(&k->rx, got);
	k->rx_more = leat_rx_size(rx) > 0;
	return got;
}

/* The same from what was left when the connection broke. */
static uint32_t
pull_left(struct sock *k)
{
	uint32_t got = 0;

	while (k->left != NULL) {
		struct rte_mbuf *m = k->left;
		uint32_t n = byte_ring_write(&k->rx, rte_pktmbuf_mtod(m, void *), m->data_len);
		got += n;
		m->data_off = (uint16_t)(m->data_off + n);
		m->data_len = (uint16_t)(m->data_len - n);
		if (m->data_len > 0)
			break;
		k->left = m->next;
		rte_pktmbuf_free_seg(m);
	}
	k->rx_more = k->left != NULL;
	return got;
}

/*
 * What does not fit stays with TCP, whose window closes by it. SLOT_RX_MORE asks the application to
 * kick when it has made room; it may have made it just before it could see that, so look again.
 */
void
tcp_sock_pull(struct sock *k)
{
	uint32_t got;

	if (k->slot == SLOT_NONE || k->closing)
		return;
	do {
		if (k->conn != NULL)
			got = pull_conn(k);
		else
			got = pull_left(k);
		if (got > 0)
			sock_notify(k);
		sock_publish(k);
		atomic_thread_fence(memory_order_seq_cst);
	} while (k->rx_more && byte_ring_room(&k->rx) > 0);
}

/* Linux lets a reader have what came before the RST: keep it when TCP is about to free it. */
static void
rescue(struct sock *k)
{
	struct leat_rx *rx = leat_tcp_rx(k->conn);
	struct rte_mbuf **end = &k->left, *m;

	while ((m = leat_rx_take(rx)) != NULL) {
		*end = m;
		while (*end != NULL)
			end = &(*end)->next;
	}
}

/* --- to be sent: ring -> TCP --- */

static void
finish_close(struct sock *k)
{
	leat_tcp_close(k->conn);
	if (!k->lingering)
		sock_release(k);
}

static void
offer_room(struct sock *k)
{
	struct slot *s = sock_slot(k);

	atomic_thread_fence(memory_order_seq_cst);
	if (channel_writable(k->tx.size, byte_ring_used(&k->tx)) && atomic_exchange(&s->want_room, 0) != 0)
		sock_notify(k);
}

/* Moves what TCP takes. Returns true when the ring is empty. */
static bool
move(struct sock *k)
{
	struct iovec iov[2];

	while (byte_ring_used_iov(&k->tx, 0, UINT32_MAX, iov) > 0) {
		ssize_t n = leat_tcp_send(k->conn, iov[0].iov_base, iov[0].iov_len);
		if (n == 0)
			return false;
		/* after FIN or a reset nothing can be sent: it is gone, on_closed tells the rest */
		byte_ring_consume(&k->tx, n > 0 ? (uint32_t)n : (uint32_t)iov[0].iov_len);
	}
	return true;
}

void
tcp_sock_push(struct sock *k)
{
	if (k->slot == SLOT_NONE || k->state != SOCK_OPEN)
		return;
	bool empty = move(k);
	offer_room(k);
	if (!empty)
		return;
	if (k->fin_wanted) {
		k->fin_wanted = false;
		k->fin_sent = true;
		leat_tcp_shutdown(k->conn);
	}
	if (k->closing)
		finish_close(k);
}

/* --- events --- */

static void
on_open(struct leat_conn *conn, void *user)
{
	struct sock *k = user;

	(void)conn;
	k->state = SOCK_OPEN;
	sock_publish(k);
	tcp_sock_push(k);
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct sock *k = user;

	(void)rx;
	/* nobody will read it: RFC 2525 2.17 */
	if (k->closing)
		leat_tcp_abort(conn);
	else
		tcp_sock_pull(k);
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	(void)conn;
	(void)acked;
	tcp_sock_push(user);
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	struct sock *k = user;

	(void)conn;
	k->peer_fin = true;
	sock_publish(k);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct sock *k = user;

	(void)conn;
	if (k->closing) {
		k->conn = NULL;
		sock_free(k);
		return;
	}
	rescue(k);
	k->conn = NULL;
	/* Linux: who has read the peer's FIN and not answered it finds a broken pipe (tcp_reset()) */
	if (reason == ECONNRESET && k->peer_fin && !k->fin_sent)
		reason = EPIPE;
	if (reason != 0)
		sock_set_error(k, reason);
	k->state = SOCK_ENDED;
	tcp_sock_pull(k);
	sock_publish(k);
}

const struct leat_tcp_events tcp_sock_events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_sent = on_sent,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

/* --- requests --- */

int
req_connect(struct sock *k, struct message *m)
{
	if (k->type == SOCK_DGRAM)
		return udp_sock_connect(k, m);
	if (k->state != SOCK_IDLE)
		return -EISCONN;
	/* TCP has no port 0; Linux sends the SYN and is refused */
	if (m->remote.port == 0)
		return -ECONNREFUSED;
	k->remote = m->remote;
	int r = leat_tcp_connect(k->stack->core, k->bound ? &k->bind : NULL, &k->remote, &tcp_sock_events, k,
		&k->conn);
	if (r == -EADDRINUSE)
		return -EADDRNOTAVAIL; /* the 4-tuple, not the local address: so Linux says it */
	if (r == -EINVAL)
		return -ENETUNREACH; /* not an address of a host */
	if (r < 0)
		return r == -ENOMEM ? -ENOBUFS : r;
	options_apply(k);
	k->state = SOCK_CONNECTING;
	leat_tcp_local(k->conn, &k->local);
	m->local = k->local;
	sock_publish(k);
	return 0;
}

static const struct leat_tcp_events no_events;

void
tcp_sock_forget(struct sock *k)
{
	if (k->conn != NULL) {
		leat_tcp_set_events(k->conn, &no_events);
		leat_tcp_abort(k->conn);
	}
	k->conn = NULL;
	while (k->left != NULL) {
		struct rte_mbuf *m = k->left;
		k->left = m->next;
		rte_pktmbuf_free_seg(m);
	}
}

int
req_disconnect(struct sock *k, struct message *m)
{
	k->connected = false;
	if (k->type == SOCK_DGRAM) {
		m->local = k->local;
		return 0;
	}
	listen_stop(k);
	tcp_sock_forget(k);
	k->state = SOCK_IDLE;
	k->peer_fin = k->rx_more = k->fin_wanted = k->fin_sent = false;
	k->local = m->local = k->bind;
	sock_attach(k, k->slot);
	return 0;
}

int
req_shutdown(struct sock *k, struct message *m)
{
	(void)m;
	if (k->type == SOCK_STREAM && k->state == SOCK_OPEN && !k->fin_sent) {
		k->fin_wanted = true;
		tcp_sock_push(k);
	}
	return 0;
}

static bool
unread(const struct sock *k)
{
	return byte_ring_room(&k->rx) < k->rx.size || leat_rx_size(leat_tcp_rx(k->conn)) > 0;
}

/* From here on the sock belongs to the stack side alone: on_closed frees it. */
void
tcp_sock_close(struct sock *k, enum close_how how)
{
	if (k->conn == NULL) {
		sock_free(k);
		return;
	}
	k->closing = true;
	/* what the peer sent is lost: it must know (RFC 2525 2.17) */
	if (how == CLOSE_RESET || k->state == SOCK_CONNECTING || unread(k)) {
		leat_tcp_abort(k->conn);
		sock_release(k);
		return;
	}
	k->lingering = how == CLOSE_LINGER;
	if (k->lingering)
		TAILQ_INSERT_TAIL(&k->stack->lingering, k, queue);
	tcp_sock_push(k);
}

bool
tcp_sock_acked(const struct sock *k)
{
	struct leat_tcp_info info = {.size = sizeof(info)};

	if (k->conn == NULL)
		return true;
	leat_tcp_info(k->conn, &info);
	/* in the others our FIN is acknowledged, or nobody is there to acknowledge it */
	return info.state != LEAT_TCP_ESTABLISHED && info.state != LEAT_TCP_CLOSE_WAIT &&
		info.state != LEAT_TCP_FIN_WAIT_1 && info.state != LEAT_TCP_CLOSING &&
		info.state != LEAT_TCP_LAST_ACK;
}
