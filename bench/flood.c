/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A SYN flood, to measure who is served beside it: SYNs to one address and port from random strangers
 * in a prefix, at a rate or as fast as it goes. What comes back is thrown away. A plain DPDK program:
 * only for a server of your own, on a device between the two (memif, or a tap in a namespace).
 *
 *   flood [EAL options] -- -t A:PORT -m MAC [-f PREFIX/LEN] [-r RATE] [-s SECONDS]
 *
 * -m is the server's MAC address, -f where the strangers live (198.19.0.0/16): the server needs a
 * route there. Prints what the port took.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_random.h>
#include <rte_tcp.h>
#include <leat/addr.h>
#include <leat/leat.h>

enum { BURST = 32, MBUFS = 8191, DESCRIPTORS = 1024 };

/* What a Linux client offers: MSS 1460, SACK-permitted, timestamps, NOP, window scale 7. */
static const uint8_t options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7};

struct syn {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
	uint8_t options[sizeof(options)];
} __attribute__((packed, aligned(2)));

struct flood {
	uint16_t port;
	struct rte_mempool *pool;
	struct rte_ether_addr mac;
	struct leat_endpoint to;
	uint32_t from, hosts; /* first stranger, and how many; host byte order */
	double rate, seconds; /* rate 0: as fast as it goes */
	struct syn syn;
	uint64_t sent, refused, answers;
};

static int
usage(const char *why)
{
	fprintf(stderr, "flood: %s\nusage: flood [EAL options] -- -t A:PORT -m MAC [-f PREFIX/LEN] [-r RATE] [-s SECONDS]\n",
		why);
	return 2;
}

static void
make_template(struct flood *f)
{
	struct syn *s = &f->syn;

	rte_eth_macaddr_get(f->port, &s->eth.src_addr);
	s->eth.dst_addr = f->mac;
	s->eth.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	s->ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF, .time_to_live = 64, .next_proto_id = IPPROTO_TCP,
		.total_length = rte_cpu_to_be_16(sizeof(*s) - sizeof(s->eth)),
		.fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG), .dst_addr = f->to.addr.v4};
	s->tcp = (struct rte_tcp_hdr){.dst_port = rte_cpu_to_be_16(f->to.port), .tcp_flags = RTE_TCP_SYN_FLAG,
		.data_off = (uint8_t)((sizeof(s->tcp) + sizeof(options)) / 4 << 4), .rx_win = rte_cpu_to_be_16(64240)};
	memcpy(s->options, options, sizeof(options));
}

/* Another stranger, another port, another number. */
static void
write_syn(struct flood *f, struct rte_mbuf *m)
{
	struct syn *s = rte_pktmbuf_mtod(m, struct syn *);
	uint64_t r = rte_rand();

	*s = f->syn;
	s->ip.src_addr = rte_cpu_to_be_32(f->from + (uint32_t)(((r & UINT32_MAX) * f->hosts) >> 32));
	s->ip.hdr_checksum = rte_ipv4_cksum(&s->ip);
	s->tcp.src_port = rte_cpu_to_be_16((uint16_t)(1024 + (r >> 32) % 64512));
	s->tcp.sent_seq = (rte_be32_t)(r >> 16);
	s->tcp.cksum = rte_ipv4_udptcp_cksum(&s->ip, &s->tcp);
	m->data_len = sizeof(*s);
	m->pkt_len = sizeof(*s);
}

static void
send_burst(struct flood *f)
{
	struct rte_mbuf *m[BURST];

	if (rte_pktmbuf_alloc_bulk(f->pool, m, BURST) != 0)
		return;
	for (int i = 0; i < BURST; i++)
		write_syn(f, m[i]);
	uint16_t n = rte_eth_tx_burst(f->port, 0, m, BURST);
	f->sent += n;
	f->refused += BURST - n;
	rte_pktmbuf_free_bulk(m + n, BURST - n);
}

static void
throw_answers_away(struct flood *f)
{
	struct rte_mbuf *m[BURST];
	uint16_t n = rte_eth_rx_burst(f->port, 0, m, BURST);

	f->answers += n;
	rte_pktmbuf_free_bulk(m, n);
}

static void
run(struct flood *f)
{
	uint64_t hz = rte_get_tsc_hz(), begin = rte_rdtsc(), end = begin + (uint64_t)(f->seconds * (double)hz), now;

	while ((now = rte_rdtsc()) < end) {
		double due = f->rate * (double)(now - begin) / (double)hz;
		if (f->rate == 0 || (double)(f->sent + f->refused) < due)
			send_burst(f);
		throw_answers_away(f);
	}
	printf("%.0f SYN/s over %.2f s: %llu sent, %llu that the port did not take, %llu packets came back\n",
		(double)f->sent / f->seconds, f->seconds, (unsigned long long)f->sent, (unsigned long long)f->refused,
		(unsigned long long)f->answers);
}

static int
start_port(struct flood *f)
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_link link = {0};

	f->pool = rte_pktmbuf_pool_create("flood", MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (f->pool == NULL || rte_eth_dev_count_avail() == 0)
		return -1;
	f->port = (uint16_t)rte_eth_find_next(0);
	if (rte_eth_dev_configure(f->port, 1, 1, &conf) < 0 ||
		rte_eth_rx_queue_setup(f->port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, f->pool) < 0 ||
		rte_eth_tx_queue_setup(f->port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) < 0 || rte_eth_dev_start(f->port) < 0)
		return -1;
	/* memif connects when both sides are there */
	for (int i = 0; i < 1000 && link.link_status == 0; i++) {
		rte_delay_us_sleep(10000);
		rte_eth_link_get_nowait(f->port, &link);
	}
	return link.link_status ? 0 : -1;
}

/* "198.19.0.0/16" */
static int
parse_prefix(const char *text, struct flood *f)
{
	unsigned a, b, c, d, len;

	if (sscanf(text, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &len) != 5 || (a | b | c | d) > 255 || len < 8 || len > 31)
		return -1;
	f->hosts = 1u << (32 - len);
	f->from = (a << 24 | b << 16 | c << 8 | d) & ~(f->hosts - 1);
	return 0;
}

static const char *
parse(int argc, char **argv, struct flood *f)
{
	int option;
	bool mac = false;

	while ((option = getopt(argc, argv, "t:m:f:r:s:")) != -1)
		if (option == 't' && (leat_endpoint_parse(optarg, &f->to) < 0 || f->to.addr.family != LEAT_IPV4))
			return "-t takes an IPv4 address and a port, as 198.18.0.1:80";
		else if (option == 'm' && !(mac = rte_ether_unformat_addr(optarg, &f->mac) == 0))
			return "-m takes a MAC address";
		else if (option == 'f' && parse_prefix(optarg, f) < 0)
			return "-f takes a prefix, as 198.19.0.0/16";
		else if (option == 'r' && (f->rate = atof(optarg)) <= 0)
			return "-r takes SYNs a second";
		else if (option == 's' && (f->seconds = atof(optarg)) <= 0)
			return "-s takes seconds";
		else if (option == '?')
			return "an option that is not known";
	return f->to.port == 0 || !mac ? "-t or -m is missing" : NULL;
}

int
main(int argc, char **argv)
{
	static struct flood f = {.seconds = 10};
	int n = rte_eal_init(argc, argv);

	if (n < 0)
		return 1;
	parse_prefix("198.19.0.0/16", &f);
	const char *wrong = parse(argc - n, argv + n, &f);
	if (wrong != NULL)
		return usage(wrong);
	if (start_port(&f) < 0) {
		fprintf(stderr, "flood: no port that starts and has a link\n");
		return 1;
	}
	make_template(&f);
	run(&f);
	rte_eth_dev_stop(f.port);
	rte_eth_dev_close(f.port);
	rte_eal_cleanup();
	return 0;
}
