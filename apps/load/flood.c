/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_random.h>
#include "flood.h"

enum { BURST = 32, MBUFS = 8191, CACHE = 256, DESCRIPTORS = 1024, LINK_TRIES = 1000, FIRST_PORT = 1024 };

/* Where strangers live unless --source says otherwise: the half of the benchmarking range that tests do not use. */
static const uint32_t FROM = 198u << 24 | 19u << 16;
static const uint32_t HOSTS = 1u << 16;

static const double KEPT = 0.99; /* of the rate that was asked for */

/* What a Linux client offers: MSS 1460, SACK-permitted, timestamps, NOP, window scale 7. */
static const uint8_t options[FLOOD_OPTIONS] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7};

static void
make_template(struct flood *f)
{
	const struct target *t = &f->plan->targets[0];
	struct flood_syn *s = &f->syn;

	rte_eth_macaddr_get(f->port, &s->eth.src_addr);
	memcpy(&s->eth.dst_addr, f->plan->mac, sizeof(f->plan->mac));
	s->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	s->ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF, .time_to_live = 64, .next_proto_id = IPPROTO_TCP,
		.total_length = rte_cpu_to_be_16(sizeof(*s) - sizeof(s->eth)),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG), .dst_addr = t->at.addr.v4};
	s->tcp = (struct rte_tcp_hdr){.dst_port = rte_cpu_to_be_16(t->at.port), .tcp_flags = RTE_TCP_SYN_FLAG,
		.data_off = (uint8_t)((sizeof(s->tcp) + sizeof(options)) / 4 << 4), .rx_win = RTE_BE16(64240)};
	memcpy(s->options, options, sizeof(options));
}

/* Another stranger, another port, another number. */
static void
write_syn(struct flood *f, struct rte_mbuf *m)
{
	struct flood_syn *s = rte_pktmbuf_mtod(m, struct flood_syn *);
	uint64_t r = rte_rand();

	*s = f->syn;
	s->ip.src_addr = rte_cpu_to_be_32(f->from + (uint32_t)(((r & UINT32_MAX) * f->hosts) >> 32));
	s->ip.hdr_checksum = rte_ipv4_cksum(&s->ip);
	s->tcp.src_port = rte_cpu_to_be_16((uint16_t)(FIRST_PORT + (r >> 32) % (UINT16_MAX + 1 - FIRST_PORT)));
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

void
flood_run(struct flood *f)
{
	uint64_t hz = rte_get_tsc_hz(), begin = rte_rdtsc(), now = begin, told = begin;
	uint64_t end = begin + (uint64_t)((double)f->plan->duration * 1e-9 * (double)hz);

	while (now < end && !atomic_load_explicit(&f->stop, memory_order_relaxed)) {
		double due = f->plan->rate * (double)(now - begin) / (double)hz;
		if (f->plan->rate == 0 || (double)(f->sent + f->refused) < due)
			send_burst(f);
		throw_answers_away(f);
		now = rte_rdtsc();
		f->seconds = (double)(now - begin) / (double)hz;
		if (now - told >= hz) {
			told += hz;
			if (!f->plan->quiet)
				flood_print(f, stderr);
		}
	}
}

struct limit
flood_limit(const struct flood *f)
{
	double kept = f->plan->rate > 0 && f->seconds > 0 ? (double)f->sent / f->seconds / f->plan->rate : 0;
	struct limit limit = {.what = "own CPU"};

	if (f->refused > f->sent / 1000) {
		limit.what = "the wire";
		snprintf(limit.why, sizeof(limit.why), "the port did not take %llu SYNs of %llu", (unsigned long long)f->refused,
			(unsigned long long)(f->sent + f->refused));
	} else if (kept >= KEPT) {
		limit.what = "the rate asked for";
		snprintf(limit.why, sizeof(limit.why), "%.1f %% of it was kept", 100 * kept);
	} else {
		snprintf(limit.why, sizeof(limit.why), "the port took all that one core made");
	}
	return limit;
}

void
flood_print(const struct flood *f, FILE *to)
{
	fprintf(to, "%.0f SYN/s over %.2f s: %llu sent, %llu that the port did not take, %llu packets came back\n",
		f->seconds > 0 ? (double)f->sent / f->seconds : 0, f->seconds, (unsigned long long)f->sent,
		(unsigned long long)f->refused, (unsigned long long)f->answers);
}

void
flood_json(const struct flood *f, FILE *to)
{
	struct limit limit = flood_limit(f);

	fprintf(to, "{\n  \"mode\": \"flood\", \"targets\": [\"%s\"], \"rate_asked\": %.3f, \"seconds\": %.6f,\n"
		"  \"sent\": %llu, \"per_second\": %.3f, \"not_taken\": %llu, \"packets_in\": %llu,\n"
		"  \"limited_by\": \"%s\", \"limited_how\": \"%s\"\n}\n",
		f->plan->targets[0].text, f->plan->rate, f->seconds, (unsigned long long)f->sent,
		f->seconds > 0 ? (double)f->sent / f->seconds : 0, (unsigned long long)f->refused,
		(unsigned long long)f->answers, limit.what, limit.why);
}

/* Some links (memif) are there only when both sides are. */
static bool
wait_for_link(uint16_t port)
{
	struct rte_eth_link link = {0};

	for (int i = 0; i < LINK_TRIES && link.link_status == 0; i++) {
		if (i > 0)
			rte_delay_us_sleep(10000);
		rte_eth_link_get_nowait(port, &link);
	}
	return link.link_status != 0;
}

int
flood_open(struct flood *f, const struct plan *plan, uint16_t port)
{
	struct rte_eth_conf conf = {0};

	*f = (struct flood){.plan = plan, .port = port, .from = FROM, .hosts = HOSTS};
	if (plan->blocks > 0) {
		f->from = rte_be_to_cpu_32(plan->prefix.v4);
		f->hosts = 1u << (32 - plan->prefix_len);
	}
	f->pool = rte_pktmbuf_pool_create("flood", MBUFS, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (f->pool == NULL)
		return -ENOMEM;
	if (rte_eth_dev_configure(port, 1, 1, &conf) < 0 ||
		rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, f->pool) < 0 ||
		rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) < 0 || rte_eth_dev_start(port) < 0)
		return -ENODEV;
	if (!wait_for_link(port))
		return -ENETDOWN;
	make_template(f);
	return 0;
}

void
flood_close(struct flood *f)
{
	rte_eth_dev_stop(f->port);
	rte_eth_dev_close(f->port);
	rte_mempool_free(f->pool);
	f->pool = NULL;
}
