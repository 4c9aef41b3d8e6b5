/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls on received data. A struct leat_rx is the connection seen from its receive queue. */
#include <sys/uio.h>
#include "tcp/tcp.h"

struct leat_rx *
leat_tcp_rx(struct leat_conn *c)
{
	return (struct leat_rx *)c;
}

static struct tcb *
tcb_of_rx(const struct leat_rx *rx)
{
	return (struct tcb *)(uintptr_t)rx;
}

size_t
leat_rx_size(const struct leat_rx *rx)
{
	const struct tcb *t = tcb_of_rx(rx);

	return tcp_rcv_queued(tcb_core(t)->tcp, t);
}

bool
leat_rx_ended(const struct leat_rx *rx)
{
	return tcb_of_rx(rx)->flags & TF_PEER_FIN;
}

int
leat_rx_iov(const struct leat_rx *rx, struct iovec *iov, int max)
{
	const struct tcb *t = tcb_of_rx(rx);
	const struct tcp_layer *tcp = tcb_core(t)->tcp;
	int n = 0;

	for (uint32_t i = t->rcv_head; i != 0; i = chunk_at(tcp, i)->next)
		for (struct rte_mbuf *m = chunk_at(tcp, i)->m; m != NULL; m = m->next) {
			if (n == max)
				return n;
			if (m->data_len > 0)
				iov[n++] = (struct iovec){rte_pktmbuf_mtod(m, void *), m->data_len};
		}
	return n;
}

size_t
leat_rx_read(struct leat_rx *rx, void *buf, size_t len)
{
	struct tcb *t = tcb_of_rx(rx);
	struct core *core = tcb_owned(t);
	uint8_t *to = buf;
	size_t done = 0;

	while (done < len && t->rcv_head != 0) {
		const struct chunk *c = chunk_at(core->tcp, t->rcv_head);
		uint32_t n = (uint32_t)RTE_MIN(len - done, (size_t)c->len);
		const void *from = rte_pktmbuf_read(c->m, 0, n, to + done);
		if (from != to + done)
			memcpy(to + done, from, n);
		tcp_rcv_consume(core, t, n);
		done += n;
	}
	if (done > 0)
		tcp_rcv_consumed(core, t);
	return done;
}

void
leat_tcp_consume(struct leat_conn *c, size_t len)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);

	if (len == 0)
		return;
	tcp_rcv_consume(core, t, len);
	tcp_rcv_consumed(core, t);
}

struct rte_mbuf *
leat_rx_take(struct leat_rx *rx)
{
	struct tcb *t = tcb_of_rx(rx);
	struct core *core = tcb_owned(t);
	uint32_t len;
	struct rte_mbuf *m = tcp_rcv_pop(core, t, &len);

	if (m != NULL)
		tcp_rcv_consumed(core, t);
	return m;
}
