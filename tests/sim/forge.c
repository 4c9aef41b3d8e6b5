/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "forge.h"
#include "support/segment.h"
#include "wire/tcp.h"
#include "world.h"

void
forge(struct world *w, struct host *to, const uint8_t *frame, uint32_t len)
{
	static const uint8_t flags[] = {TCP_RST, TCP_SYN, TCP_ACK, TCP_RST | TCP_ACK, TCP_FIN | TCP_ACK, TCP_SYN | TCP_FIN, 0,
		0xff};
	struct segment s;
	uint8_t lie[2048];

	if (len > sizeof(lie))
		return;
	memcpy(lie, frame, len);
	/* who knows no number of a connection that is not open can only guess: its SYN has none to hit */
	if (segment_read(lie, len, &s) != NULL || (s.flags & TCP_SYN))
		return;
	struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)(lie + sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));
	/* further off than any window */
	h->sent_seq = rte_cpu_to_be_32(s.seq + 0x10000000 + (uint32_t)draw_below(&w->forge, 0xd0000000));
	h->tcp_flags = flags[draw_below(&w->forge, sizeof(flags))];
	segment_seal(lie);
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->wire_pool);
	if (m == NULL)
		return;
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), lie, len);
	if (rte_ring_enqueue(to->in, m) != 0)
		rte_pktmbuf_free(m);
}
