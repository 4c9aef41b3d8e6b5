/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A recorded conversation played to leat by DPDK's net_pcap port: ARP, ping, a request with a lost
 * segment, close, a refused port. With clock and secret fixed, leat's answers must be the
 * recorded ones, byte for byte.
 *
 * The recordings are made anew in two runs, as net_pcap gives a process's first port only the MAC
 * address that the frames are for: LEAT_GOLDEN=client builds the client's frames (leat's ISN is
 * learnt from its SYN-ACK), LEAT_GOLDEN=leat keeps the answers. Look at the difference before you
 * commit.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <leat/leat.h>
#include "support/eal.h"
#include "wire/tcp.h"

enum { BURST = 32, FRAMES = 8 * BURST, FRAME_MAX = 1514, CLIENT_ISN = 1000, CLIENT_PORT = 40000 };

struct frame {
	uint32_t len;
	uint8_t bytes[FRAME_MAX];
};

struct recording {
	unsigned n;
	struct frame frames[FRAMES];
};

/* net_pcap gives its first port this address */
static const uint8_t leat_mac[6] = {0x02, 0x70, 0x63, 0x61, 0x70, 0x00};
static const uint8_t client_mac[6] = {0x02, 0, 0, 0, 0, 2};

/* --- recordings as files: classic pcap, little-endian, microseconds --- */

static void
save(const char *path, const struct recording *r)
{
	const uint32_t head[6] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 65535, 1};
	FILE *f = fopen(path, "wb");

	cr_assert_not_null(f, "%s", path);
	fwrite(head, sizeof(head), 1, f);
	for (unsigned i = 0; i < r->n; i++) {
		const uint32_t h[4] = {1, i, r->frames[i].len, r->frames[i].len};
		fwrite(h, sizeof(h), 1, f);
		fwrite(r->frames[i].bytes, r->frames[i].len, 1, f);
	}
	fclose(f);
}

static void
load(const char *path, struct recording *r)
{
	uint8_t head[24];
	uint32_t h[4];
	FILE *f = fopen(path, "rb");

	cr_assert_not_null(f, "%s", path);
	cr_assert_eq(fread(head, sizeof(head), 1, f), 1, "%s", path);
	for (r->n = 0; fread(h, sizeof(h), 1, f) == 1; r->n++) {
		cr_assert_lt(r->n, FRAMES);
		cr_assert_leq(h[2], FRAME_MAX);
		r->frames[r->n].len = h[2];
		cr_assert_eq(fread(r->frames[r->n].bytes, h[2], 1, f), 1);
	}
	fclose(f);
}

/* --- the client's side --- */

static uint8_t *
add(struct recording *r, uint16_t type, uint32_t payload)
{
	struct frame *f = &r->frames[r->n++];
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)f->bytes;

	memset(f, 0, sizeof(*f));
	f->len = (uint32_t)sizeof(*eth) + payload;
	memcpy(&eth->dst_addr, leat_mac, 6);
	memcpy(&eth->src_addr, client_mac, 6);
	eth->ether_type = rte_cpu_to_be_16(type);
	return f->bytes + sizeof(*eth);
}

static uint8_t *
add_ip(struct recording *r, uint8_t proto, uint32_t payload)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)add(r, RTE_ETHER_TYPE_IPV4, (uint32_t)sizeof(*ip) + payload);

	ip->version_ihl = 0x45;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + payload));
	ip->time_to_live = 64;
	ip->next_proto_id = proto;
	ip->src_addr = RTE_BE32(0xc6120002);
	ip->dst_addr = RTE_BE32(0xc6120001);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return (uint8_t *)(ip + 1);
}

static void
add_arp(struct recording *r)
{
	static const uint8_t request[28] = {0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 198, 18, 0, 2, 0, 0, 0, 0, 0, 0,
		198, 18, 0, 1};

	memcpy(add(r, RTE_ETHER_TYPE_ARP, sizeof(request)), request, sizeof(request));
	memset(r->frames[r->n - 1].bytes, 0xff, 6);
}

static void
add_ping(struct recording *r)
{
	uint8_t *icmp = add_ip(r, IPPROTO_ICMP, 16);

	memcpy(icmp, "\x08\x00\x00\x00\x12\x34\x00\x01leatleat", 16);
	uint16_t sum = (uint16_t)~rte_raw_cksum(icmp, 16);
	memcpy(icmp + 2, &sum, 2);
}

/*
 * Ends a burst: leat takes 32 frames a turn, and what the client says next is its answer to that
 * turn. The rest are of an EtherType for experiments, which leat drops.
 */
static void
turn(struct recording *r)
{
	while (r->n % BURST != 0)
		add(r, 0x88b5, 46);
}

struct say {
	uint16_t port;
	uint8_t flags;
	uint32_t seq, ack; /* relative to CLIENT_ISN; absolute */
	const char *data;
};

static void
add_tcp(struct recording *r, struct say s)
{
	uint32_t opts = s.flags & TCP_SYN ? 4 : 0, len = s.data != NULL ? (uint32_t)strlen(s.data) : 0;
	uint8_t *p = add_ip(r, IPPROTO_TCP, TCP_HDR_LEN + opts + len);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)p;

	tcp->src_port = RTE_BE16(CLIENT_PORT);
	tcp->dst_port = rte_cpu_to_be_16(s.port);
	tcp->sent_seq = rte_cpu_to_be_32(CLIENT_ISN + s.seq);
	tcp->recv_ack = rte_cpu_to_be_32(s.ack);
	tcp->data_off = (uint8_t)((TCP_HDR_LEN + opts) << 2);
	tcp->tcp_flags = s.flags;
	tcp->rx_win = RTE_BE16(65535);
	if (opts > 0)
		memcpy(p + TCP_HDR_LEN, "\x02\x04\x05\xb4", 4);
	memcpy(p + TCP_HDR_LEN + opts, s.data != NULL ? s.data : "", len);
	tcp->cksum = rte_ipv4_udptcp_cksum((struct rte_ipv4_hdr *)(p - sizeof(struct rte_ipv4_hdr)), tcp);
}

static void
compose(struct recording *r, uint32_t iss)
{
	r->n = 0;
	add_arp(r);
	turn(r);
	add_ping(r);
	add_tcp(r, (struct say){80, TCP_SYN, 0, 0, NULL});
	turn(r);
	if (iss == 0)
		return;
	add_tcp(r, (struct say){80, TCP_ACK, 1, iss + 1, NULL});
	add_tcp(r, (struct say){80, TCP_ACK | TCP_PSH, 7, iss + 1, "answer"});   /* its first half was lost */
	turn(r);
	add_tcp(r, (struct say){80, TCP_ACK, 1, iss + 1, "please"});
	turn(r);
	add_tcp(r, (struct say){80, TCP_ACK | TCP_FIN, 13, iss + 1 + 13, NULL});
	turn(r);
	add_tcp(r, (struct say){80, TCP_ACK, 14, iss + 1 + 13 + 1, NULL});
	add_tcp(r, (struct say){81, TCP_SYN, 500, 0, NULL});
}

/* --- leat's side --- */

static void
answer(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	if (leat_rx_size(rx) < 12)
		return;
	leat_tcp_consume(c, leat_rx_size(rx));
	cr_assert_eq(leat_tcp_send(c, "here it is.\r\n", 13), 13);
}

static void
hang_up(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static uint64_t
still(void *arg)
{
	(void)arg;
	return 1000000000u;
}

static const struct leat_tcp_events events = {.on_data = answer, .on_peer_closed = hang_up};

static void
play(const char *in, const char *out)
{
	struct leat_endpoint at = {.port = 80};
	struct leat_listener *listener;
	struct leat_config c;
	struct leat_error error;
	char args[1024];

	snprintf(args, sizeof(args), "rx_pcap=%s,tx_pcap=%s", in, out);
	cr_assert_eq(rte_eal_hotplug_add("vdev", "net_pcap0", args), 0);
	leat_config_init(&c);
	c.addrs[0].addr = leat_ipv4(198, 18, 0, 1);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.clock = still;
	memset(c.secret, 7, sizeof(c.secret));
	c.has_secret = true;
	c.rx_mbufs = c.tx_mbufs = 2048;
	struct leat *leat = leat_create(&c, &error);
	cr_assert_not_null(leat, "%s", error.text);
	cr_assert_eq(leat_tcp_listen(leat, &at, &events, NULL, &listener), 0);
	for (int i = 0; i < 100; i++)
		leat_core_poll(leat_core(leat, 0));
	leat_destroy(leat);
	cr_assert_eq(rte_eal_hotplug_remove("vdev", "net_pcap0"), 0);
}

/* The ISN that leat chooses for the client's tuple: from the SYN-ACK of a first pass. */
static uint32_t
learn_iss(struct recording *r, const char *in, const char *out)
{
	compose(r, 0);
	save(in, r);
	play(in, out);
	load(out, r);
	for (unsigned i = 0; i < r->n; i++) {
		const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(r->frames[i].bytes + 34);
		if (r->frames[i].len > 54 && r->frames[i].bytes[23] == IPPROTO_TCP)
			return rte_be_to_cpu_32(tcp->sent_seq);
	}
	cr_assert_fail("no SYN-ACK");
	return 0;
}

static void
start(void)
{
	support_eal_start(NULL);
}

Test(replay, leat_answers_a_recorded_client_as_recorded, .init = start, .timeout = 60)
{
	static struct recording got, wanted;
	const char *in = GOLDEN "/client.pcap", *golden = GOLDEN "/leat.pcap";
	char out[64];

	snprintf(out, sizeof(out), "/tmp/leat-replay-%d.pcap", getpid());
	const char *make = getenv("LEAT_GOLDEN");
	if (make != NULL && strcmp(make, "client") == 0) {
		compose(&got, learn_iss(&wanted, in, out));
		save(in, &got);
		unlink(out);
		return;
	}
	if (make != NULL && strcmp(make, "leat") == 0) {
		play(in, out);
		load(out, &got);
		save(golden, &got);
		unlink(out);
		return;
	}
	play(in, out);
	load(out, &got);
	unlink(out);
	load(golden, &wanted);
	cr_assert_gt(wanted.n, 6);
	cr_assert_eq(got.n, wanted.n, "leat sent %u frames, recorded are %u", got.n, wanted.n);
	for (unsigned i = 0; i < wanted.n; i++) {
		cr_assert_eq(got.frames[i].len, wanted.frames[i].len, "frame %u", i);
		cr_assert_arr_eq(got.frames[i].bytes, wanted.frames[i].bytes, wanted.frames[i].len, "frame %u", i);
	}
}
