/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include <criterion/criterion.h>
#include "support/eal.h"
#include "wire/icmp.h"
#include "lab.h"

struct lab lab;

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	struct heard *h = &lab.heard[lab.nb_heard++ % LAB_HEARD];

	*h = (struct heard){.udp = udp, .user = user, .from = d->from, .to = d->to, .len = d->len};
	memcpy(h->data, d->data, RTE_MIN(d->len, (size_t)LAB_KEPT));
}

static void
on_error(struct leat_udp *udp, const struct leat_endpoint *to, int error, void *user)
{
	lab.heard[lab.nb_heard++ % LAB_HEARD] =
		(struct heard){.udp = udp, .user = user, .to = *to, .error = error};
}

const struct leat_udp_events lab_events = {.on_datagram = on_datagram, .on_error = on_error};

void
lab_start(void)
{
	support_eal_start(NULL);
	memset(&lab, 0, sizeof(lab));
	net_config(&lab.n);
	lab.n.config.addrs[1] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, 3), .prefix_len = 24};
	lab.n.config.nb_addrs = 2;
	net_start(&lab.n);
	net_meet_peer(&lab.n);
	cr_assert_eq(udp_init(&lab.n.core), 0);
}

void
lab_stop(void)
{
	udp_fini(&lab.n.core);
	net_stop(&lab.n);
}

struct leat_udp *
lab_open(const char *local)
{
	struct leat_endpoint ep;
	struct leat_udp *udp = NULL;

	cr_assert_eq(leat_endpoint_parse(local, &ep), 0);
	cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, &ep, &lab_events, &lab, &udp), 0);
	return udp;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t
pseudo(uint32_t src, uint32_t dst, size_t len)
{
	uint32_t s = rte_be_to_cpu_32(src), d = rte_be_to_cpu_32(dst);

	return (s >> 16) + (s & 0xffff) + (d >> 16) + (d & 0xffff) + IPPROTO_UDP + (uint32_t)len;
}

/* What run/rx.c does, without the answer. */
static void
input(void)
{
	struct net *n = &lab.n;

	lab.refused = false;
	if (n->got.m == NULL)
		return;
	cr_assert_eq(n->got.proto, IPPROTO_UDP);
	int rc = udp_input(&n->core, &n->got);
	lab.refused = rc == -ECONNREFUSED;
	cr_assert(rc == 0 || lab.refused);
	if (lab.refused) {
		uint8_t first[2];
		const uint8_t *p = rte_pktmbuf_read(n->got.m, 2, 2, first);
		cr_assert_not_null(p, "what was refused still has its UDP header");
		drop(&n->core, n->got.m, DROP_udp_no_port);
	}
	n->got.m = NULL;
}

void
lab_give(const struct dgram *how, const void *data, size_t len)
{
	static uint8_t frame[NET_FRAME_MAX], l4[NET_FRAME_MAX];
	uint32_t src = how->src ? how->src : NET_PEER, dst = how->dst ? how->dst : NET_US;
	size_t udp_len = UDP_HDR_LEN + len;

	put16(l4, how->from ? how->from : 4000);
	put16(l4 + 2, how->to ? how->to : 7);
	put16(l4 + 4, how->len_field ? (uint32_t)RTE_MAX(how->len_field, 0) : (uint32_t)udp_len);
	put16(l4 + 6, 0);
	memcpy(l4 + UDP_HDR_LEN, data, len);
	if (!how->no_cksum) {
		uint16_t sum = net_cksum(l4, udp_len, pseudo(src, dst, udp_len));
		put16(l4 + 6, (sum == 0 ? 0xffff : sum) ^ (how->bad_cksum ? 0x0100 : 0));
	}
	memset(l4 + udp_len, 0xee, how->trailing);
	const struct net_ip4 ip = {.src = how->src, .dst = how->dst, .proto = IPPROTO_UDP,
		.to = dst == NET_US || dst == LAB_US_TOO ? NULL : &net_all};
	size_t n = net_ip4_frame(&lab.n, frame, &ip, l4, udp_len + how->trailing);
	net_give_mbuf(&lab.n, net_mbuf(&lab.n, frame, n, how->segment));
	input();
}

void
lab_give_error(uint8_t code, uint16_t from_port, uint16_t to_port)
{
	uint8_t frame[256], icmp[ICMP_HDR_LEN + IPV4_HDR_LEN + UDP_HDR_LEN] = {ICMP_TYPE_UNREACHABLE, code};
	const struct ipv4_header quoted = {.ttl = 60, .proto = IPPROTO_UDP, .total = 100, .src = NET_US,
		.dst = NET_PEER};

	ipv4_write(icmp + ICMP_HDR_LEN, &quoted);
	udp_write(icmp + ICMP_HDR_LEN + IPV4_HDR_LEN,
		&(struct udp_header){.src = from_port, .dst = to_port, .len = 80});
	put16(icmp + ICMP_CKSUM_AT, net_cksum(icmp, sizeof(icmp), 0));
	unsigned before = lab.n.nb_errors;
	net_give(&lab.n, frame, net_ip4_frame(&lab.n, frame, &(struct net_ip4){.proto = IPPROTO_ICMP}, icmp,
		sizeof(icmp)));
	cr_assert_eq(lab.n.nb_errors, before + 1);
}

unsigned
lab_deliver(void)
{
	unsigned done = udp_deliver(&lab.n.core);

	net_turn(&lab.n);
	return done;
}

size_t
lab_take(struct ipv4_header *ip, struct udp_header *udp, const uint8_t **data)
{
	static uint8_t frame[NET_FRAME_MAX];
	size_t len = net_take(&lab.n, frame);
	const uint8_t *l4 = frame + FRAME_UDP;

	cr_assert_geq(len, ETH_FRAME_MIN);
	cr_assert_eq(memcmp(frame, &net_peer_mac, 6), 0);
	cr_assert_eq(eth_type(frame), ETH_TYPE_IP4);
	cr_assert_eq(ipv4_parse(frame + ETH_HDR_LEN, (uint32_t)len - ETH_HDR_LEN, ip), IPV4_OK);
	cr_assert_eq(net_cksum(frame + ETH_HDR_LEN, IPV4_HDR_LEN, 0), 0);
	cr_assert_eq(ip->proto, IPPROTO_UDP);
	size_t udp_len = ip->total - IPV4_HDR_LEN;
	cr_assert_eq(udp_parse(l4, (uint32_t)udp_len, udp), 0);
	cr_assert_eq(udp->len, udp_len);
	cr_assert_neq(l4[6] | l4[7], 0, "sent without a checksum");
	cr_assert_eq(net_cksum(l4, udp_len, pseudo(ip->src, ip->dst, udp_len)), 0);
	*data = l4 + UDP_HDR_LEN;
	return udp_len - UDP_HDR_LEN;
}
