/* SPDX-License-Identifier: BSD-3-Clause */
/* Which core a frame is for. How that is decided, and the keys: steer_init.c. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <rte_prefetch.h>
#include <rte_thash.h>
#include "core/lane.h"
#include "core/mbufs.h"
#include "link/port.h"
#include "link/steer.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

enum {
	L4_PEEK = 4,        /* bytes behind the IP header that say whose it is: ports, or type and code */
	PORTS_END = ETH_HDR_LEN + IPV4_HDR_LEN + L4_PEEK - 1,
	PEEK_MAX = ETH_HDR_LEN + IPV4_HDR_MAX + ICMP_HDR_LEN + IPV4_HDR_MAX + ICMP_QUOTE_MIN,
};

/* Of the upper half of the hash, with keys of its own. */
static uint32_t
hash_key(const struct steer *s, const uint8_t *key, uint8_t len)
{
	return (uint32_t)(tuple_key_hash(s->keys, key, len) >> 32);
}

/* One of n, evenly, without a division. */
static unsigned
one_of(uint32_t hash, unsigned n)
{
	return (unsigned)((uint64_t)hash * n >> 32);
}

/* What the port makes of it: Toeplitz over source, destination and ports of the frame that comes in. */
static unsigned
rss_core(const struct steer *s, const struct tuple *t)
{
	uint32_t words[9], n = (uint32_t)(t->len - 4) / 8;
	const uint8_t *local = t->key, *remote = t->key + 4 * n, *ports = t->key + 8 * n;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t w;
		memcpy(&w, remote + 4 * i, 4);
		words[i] = rte_be_to_cpu_32(w);
		memcpy(&w, local + 4 * i, 4);
		words[n + i] = rte_be_to_cpu_32(w);
	}
	words[2 * n] = (uint32_t)ports[2] << 24 | (uint32_t)ports[3] << 16 | (uint32_t)ports[0] << 8 | ports[1];
	return rte_softrss(words, 2 * n + 1, s->rss_key) % s->reta_size % s->nb_cores;
}

static inline uint16_t
local_port(const struct tuple *t)
{
	return (uint16_t)(t->key[t->len - 4] << 8 | t->key[t->len - 3]);
}

/* The core that the port is pinned to, or what is no core's number. */
static inline unsigned
pinned_to(const struct steer *s, uint16_t port)
{
	if (likely(!atomic_load_explicit(&s->pinning, memory_order_relaxed))) /* the table is another line a connection */
		return UINT_MAX;
	return atomic_load_explicit(&s->pins[port], memory_order_relaxed) - 1u;
}

/* By software. */
static inline unsigned
slot_core(const struct steer *s, const struct tuple *t)
{
	_Static_assert(STEER_SLOTS == 256, "the top byte of a hash is a slot");
	return s->slots[tuple_key_hash(s->keys, t->key, t->len) >> 56];
}

unsigned
steer_tuple(const struct steer *s, const struct tuple *t)
{
	if (s->nb_cores == 1)
		return 0;
	unsigned pin = pinned_to(s, local_port(t));
	if (pin < s->nb_cores)
		return pin;
	return s->how == LEAT_STEER_RSS ? rss_core(s, t) : slot_core(s, t);
}

/* A TCP segment: where it is not sorted yet, by its tuple. */
static inline unsigned
tcp_core(const struct core *core, const struct steer *s, const struct tuple *t)
{
	unsigned pin = pinned_to(s, local_port(t));

	if (unlikely(pin < s->nb_cores))
		return pin;
	return s->how == LEAT_STEER_SOFTWARE ? slot_core(s, t) : core->id;
}

/* A datagram: a core that has the port; of several one by the tuple, of none whoever has it tells the sender. */
static unsigned
udp_core(const struct core *core, const struct steer *s, const struct tuple *t)
{
	uint64_t cores = atomic_load_explicit(&s->udp_cores[local_port(t)], memory_order_relaxed);

	if (cores == 0)
		return core->id;
	for (unsigned skip = one_of(hash_key(s, t->key, t->len), (unsigned)__builtin_popcountll(cores)); skip > 0; skip--)
		cores &= cores - 1;
	return (unsigned)__builtin_ctzll(cores);
}

/* The tuple of a packet whose IP header is at ip and its ports at l4; of ours that is quoted, or of a peer's. */
static inline void
read_tuple(struct tuple *t, const uint8_t *ip, const uint8_t *l4, bool ours)
{
	uint32_t src, dst, ports;

	memcpy(&src, ip + 12, 4);
	memcpy(&dst, ip + 16, 4);
	memcpy(&ports, l4, 4);
	if (ours)
		tuple4_set(t, src, dst, ports);
	else
		tuple4_set(t, dst, src, ports << 16 | ports >> 16);
}

/* An error: to whom the quoted packet was from. p: behind the ICMP header. */
static unsigned
error_core(const struct core *core, const struct steer *s, const uint8_t *p, uint32_t len)
{
	struct icmp_quote q;
	struct icmp_header request;
	struct tuple t;

	if (icmp_quote_parse(p, len, &q) < 0)
		return core->id;
	switch (q.ip.proto) {
	case IPPROTO_TCP:
		read_tuple(&t, p, q.l4, true);
		/* by queue nobody knows but who has it */
		return s->how == LEAT_STEER_QUEUE && !steer_pinned(s, local_port(&t)) ? STEER_ALL : steer_tuple(s, &t);
	case IPPROTO_UDP:
		read_tuple(&t, p, q.l4, true);
		return udp_core(core, s, &t);
	case IPPROTO_ICMP:
		icmp_parse(q.l4, &request);
		return request.ident % s->nb_cores;
	default:
		return core->id;
	}
}

static unsigned
icmp_core(const struct core *core, const struct steer *s, const uint8_t *p, uint32_t len)
{
	struct icmp_header h;

	if (len < ICMP_HDR_LEN)
		return core->id;
	icmp_parse(p, &h);
	switch (h.type) {
	case ICMP_TYPE_ECHO_REPLY:
		return h.ident % s->nb_cores;
	case ICMP_TYPE_UNREACHABLE:
	case ICMP_TYPE_TIME_EXCEEDED:
	case ICMP_TYPE_PARAMETER_PROBLEM:
		return error_core(core, s, p + ICMP_HDR_LEN, len - ICMP_HDR_LEN);
	default:
		return core->id; /* whoever has a request answers it */
	}
}

/* An IPv4 packet of len bytes, as far as they are at hand. Only looked at: what is malformed its own core drops. */
static unsigned
ip4_core(const struct core *core, const struct steer *s, const uint8_t *ip, uint32_t len)
{
	uint32_t hdr_len = len < IPV4_HDR_LEN ? 0 : (uint32_t)(ip[0] & 15) * 4;
	struct tuple t;

	if (hdr_len < IPV4_HDR_LEN || len < hdr_len + L4_PEEK)
		return core->id;
	const uint8_t *l4 = ip + hdr_len;
	if (unlikely(((ip[6] << 8 | ip[7]) & (IPV4_MF | IPV4_OFFSET)) != 0)) {
		static const uint8_t no_ports[L4_PEEK];
		read_tuple(&t, ip, no_ports, false);
		return one_of(hash_key(s, t.key, t.len), s->nb_cores);
	}
	switch (ip[9]) {
	case IPPROTO_TCP:
		read_tuple(&t, ip, l4, false);
		return tcp_core(core, s, &t);
	case IPPROTO_UDP:
		read_tuple(&t, ip, l4, false);
		return udp_core(core, s, &t);
	case IPPROTO_ICMP:
		return icmp_core(core, s, l4, len - hdr_len);
	default:
		return core->id;
	}
}

/* To all stations, several, or this port? */
static bool
is_to_us(const struct port *port, const uint8_t *frame)
{
	const struct rte_ether_addr *to = (const struct rte_ether_addr *)frame;

	return rte_is_multicast_ether_addr(to) || rte_is_same_ether_addr(to, &port->mac);
}

/* Is the frame what nearly all are: TCP, IPv4 without options or fragments, its ports in the first buffer? */
static inline bool
is_plain(const struct rte_mbuf *m, const uint8_t *p)
{
	const uint8_t *ip = p + ETH_HDR_LEN;

	return m->data_len >= ETH_HDR_LEN + IPV4_HDR_LEN + L4_PEEK && eth_type(p) == ETH_TYPE_IP4 &&
		ip[0] == (4 << 4 | IPV4_HDR_LEN / 4) && ip[9] == IPPROTO_TCP && ((ip[6] << 8 | ip[7]) & (IPV4_MF | IPV4_OFFSET)) == 0;
}

/* Its core. */
static inline unsigned
plain_core(const struct core *core, const uint8_t *p)
{
	const uint8_t *ip = p + ETH_HDR_LEN;
	struct tuple t;

	read_tuple(&t, ip, ip + IPV4_HDR_LEN, false);
	return tcp_core(core, &core->link->steer, &t);
}

/* The core for any other frame, or STEER_ALL. */
static unsigned
frame_core(const struct core *core, const struct port *port, const struct rte_mbuf *m)
{
	const struct steer *s = &core->link->steer;

	uint32_t len = RTE_MIN(m->pkt_len, (uint32_t)PEEK_MAX);
	uint8_t buf[PEEK_MAX] __attribute__((aligned(2)));
	const uint8_t *p = mbuf_peek(m, 0, len, buf);

	if (unlikely(len < ETH_HDR_LEN))
		return core->id;
	switch (eth_type(p)) {
	case ETH_TYPE_IP4:
		return ip4_core(core, s, p + ETH_HDR_LEN, len - ETH_HDR_LEN);
	case ETH_TYPE_ARP:
		return is_to_us(port, p) ? STEER_ALL : core->id;
	default:
		return core->id;
	}
}

/* A copy for every other core. */
static void
put_copies(struct core *core, const struct port *port, const struct rte_mbuf *m)
{
	for (unsigned to = 0; to < core->nb_cores; to++) {
		struct rte_mbuf *copy = to == core->id ? NULL : rte_pktmbuf_copy(m, core->rx_pool, 0, UINT32_MAX);
		if (copy != NULL) {
			lane_put(core, to, copy, port->index);
		} else if (to != core->id) {
			drop(core, NULL, DROP_no_mbuf);
		}
	}
}

unsigned
steer_burst(struct core *core, const struct port *port, struct rte_mbuf **pkts, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
		rte_prefetch0(rte_pktmbuf_mtod_offset(pkts[i], void *, PORTS_END)); /* a line is passed before, often */
	}
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		unsigned to = likely(is_plain(pkts[i], p)) ? plain_core(core, p) : frame_core(core, port, pkts[i]);
		if (unlikely(to == STEER_ALL)) {
			put_copies(core, port, pkts[i]);
			to = core->id;
		}
		if (to == core->id) {
			pkts[kept++] = pkts[i];
		} else {
			lane_put(core, to, pkts[i], port->index);
		}
	}
	lanes_pass(core);
	return kept;
}

/* Once it is something, it is nothing else. */
static int
settle(struct steer *s, uint16_t port, uint8_t wanted)
{
	uint8_t was = 0;

	if (s->nb_cores == 1 || atomic_compare_exchange_strong(&s->pins[port], &was, wanted))
		return 0;
	return was == wanted ? 0 : -EADDRINUSE;
}

int
steer_pin(struct steer *s, uint16_t port, unsigned core)
{
	int rc = settle(s, port, (uint8_t)(core + 1));

	if (rc == 0)
		atomic_store_explicit(&s->pinning, true, memory_order_release);
	return rc;
}

int
steer_share(struct steer *s, uint16_t port)
{
	return settle(s, port, STEER_SHARED);
}

bool
steer_pinned(const struct steer *s, uint16_t port)
{
	return s->nb_cores > 1 && pinned_to(s, port) < s->nb_cores;
}

void
steer_udp(const struct core *core, uint16_t port, bool open)
{
	const struct steer *s = &core->link->steer;
	uint64_t bit = UINT64_C(1) << core->id;

	if (s->udp_cores == NULL)
		return;
	if (open)
		atomic_fetch_or_explicit(&s->udp_cores[port], bit, memory_order_relaxed);
	else
		atomic_fetch_and_explicit(&s->udp_cores[port], ~bit, memory_order_relaxed);
}

bool
steer_udp_claim(const struct core *core, uint16_t port)
{
	const struct steer *s = &core->link->steer;
	uint64_t none = 0;

	return s->udp_cores == NULL || atomic_compare_exchange_strong(&s->udp_cores[port], &none, UINT64_C(1) << core->id);
}
