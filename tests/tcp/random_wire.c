/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire of the random test, and memory that runs out. */
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "random.h"

enum { DRAINED = 4096 };

/* A frame under way. */
struct frame {
	uint64_t due;
	struct rte_mbuf *m;
	bool from_a;
};

struct wire wire;
struct rte_mempool *wire_pool;
unsigned nb_frames, frames_seen, nb_drained;
uint64_t drain_from, drain_until;

static struct frame frames[FRAMES];
static struct rte_mbuf *drained[DRAINED];

static void
put_frame(struct rte_mbuf *m, bool from_a)
{
	uint64_t delay = wire.delay + (wire.jitter ? draw() % wire.jitter : 0);

	if (chance(wire.late))
		delay += draw() % (2 * SEC);
	if (nb_frames == FRAMES) {
		rte_pktmbuf_free(m);
		return;
	}
	frames[nb_frames++] = (struct frame){.due = duo.now + delay, .m = m, .from_a = from_a};
}

static struct rte_ipv4_hdr *
ip_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
}

static bool
is_ip(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4);
}

/* One byte changed (both checksums find that), the end cut off, or bytes behind the end. */
static void
spoil(struct rte_mbuf *m)
{
	switch (below(3)) {
	case 0:
		rte_pktmbuf_mtod(m, uint8_t *)[RTE_ETHER_HDR_LEN + below(m->pkt_len - RTE_ETHER_HDR_LEN)] ^=
			(uint8_t)(1 + below(254));
		break;
	case 1:
		rte_pktmbuf_trim(m, (uint16_t)(1 + below(m->pkt_len - 1)));
		break;
	case 2:
		if (rte_pktmbuf_tailroom(m) >= 40)
			memset(rte_pktmbuf_append(m, (uint16_t)(1 + below(40))), 0xa5, 1);
		break;
	}
}

/* Somebody who knows the tuple but not the numbers sends something that looks like m. */
static void
forge(const struct rte_mbuf *m, bool from_a)
{
	static const uint8_t flags[] = {RTE_TCP_RST_FLAG, RTE_TCP_SYN_FLAG, RTE_TCP_ACK_FLAG,
		RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG, RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG,
		RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG, 0, 0xff};
	struct rte_mbuf *lie = rte_pktmbuf_copy(m, wire_pool, 0, UINT32_MAX);

	if (lie == NULL)
		return;
	struct rte_ipv4_hdr *ip = ip_of(lie);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);
	if (ip->next_proto_id != IPPROTO_TCP || (tcp->tcp_flags & RTE_TCP_SYN_FLAG)) {
		rte_pktmbuf_free(lie);
		return;
	}
	rte_pktmbuf_trim(lie, (uint16_t)(lie->pkt_len - RTE_ETHER_HDR_LEN - rte_be_to_cpu_16(ip->total_length)));
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + 0x10000000 + below(0xd0000000));
	tcp->tcp_flags = flags[below(RTE_DIM(flags))];
	tcp->cksum = 0;
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	put_frame(lie, from_a);
}

bool
hand(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	bool dead = d->now >= wire.dead_from && d->now < wire.dead_until;
	struct rte_mbuf *copy = dead || chance(wire.loss) ? NULL : rte_pktmbuf_copy(m, wire_pool, 0, UINT32_MAX);

	frames_seen++;
	rte_pktmbuf_free(m);
	if (copy == NULL)
		return false;
	if (chance(wire.dup)) {
		struct rte_mbuf *twin = rte_pktmbuf_copy(copy, wire_pool, 0, UINT32_MAX);
		if (twin != NULL)
			put_frame(twin, from_a);
	}
	if (is_ip(copy) && chance(wire.forge))
		forge(copy, from_a);
	if (is_ip(copy) && chance(wire.spoil))
		spoil(copy);
	put_frame(copy, from_a);
	return false;
}

void
deliver_frames(void)
{
	for (unsigned i = 0; i < nb_frames;) {
		struct frame f = frames[i];
		if (f.due > duo.now) {
			i++;
			continue;
		}
		frames[i] = frames[--nb_frames];
		if (rte_ring_enqueue(f.from_a ? duo.b_in : duo.a_in, f.m) != 0)
			rte_pktmbuf_free(f.m);
	}
}

uint64_t
next_frame(void)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < nb_frames; i++)
		next = RTE_MIN(next, frames[i].due);
	return next;
}

void
drain(void)
{
	static const char *const kinds[] = {"rx", "data", "hdr", "ind"};
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "%s-0-%s", chance(500) ? "a" : "b", kinds[below(4)]);
	struct rte_mempool *pool = rte_mempool_lookup(name);
	unsigned leave_over = below(4);
	say("%s runs dry", name);
	while (nb_drained < DRAINED && rte_mempool_avail_count(pool) > leave_over) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		if (m == NULL)
			break;
		drained[nb_drained++] = m;
	}
	drain_until = duo.now + draw() % (2 * SEC);
}

void
refill(void)
{
	while (nb_drained > 0)
		rte_pktmbuf_free(drained[--nb_drained]);
}
