/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-load: streams, datagrams, several targets and sources. */
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include "tcp/tcp.h"
#include "load_rig.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"

/* What is not to be made any more is not missed. */
Test(load_ways, unmade_are_no_more_than_were_asked_for)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 1;
	rig.plan.count = 10;
	rig.plan.rate = 100;
	rig.plan.duration = 500 * MS;
	rig_open(); /* the server does not answer */
	rig_finish(8 * SEC);
	cr_assert_eq(rig.gen.tally.started, 1);
	cr_assert_eq(rig.gen.tally.unmade, 9, "%llu", (unsigned long long)rig.gen.tally.unmade);
	rig_close();
}

static struct rte_mbuf *taken[1 << 16];

static unsigned
take_all(struct rte_mempool *pool, unsigned n)
{
	while (n < RTE_DIM(taken) && (taken[n] = rte_pktmbuf_alloc(pool)) != NULL)
		n++;
	return n;
}

/* A request that leat had no memory for goes out when there is some; as many wait for answers as may, no more. */
Test(load_ways, what_waited_for_memory)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 1;
	rig.plan.pipeline = 2;
	rig.plan.rate = 100;
	rig.plan.duration = 200 * MS;
	rig_open(); /* the server does not answer */
	rig_after(8 * MS);
	const struct slot *s = &rig.gen.slots[0];
	cr_assert(s->state == SLOT_OPEN && s->waiting == 1 && s->unsent == 0);
	const struct core *core = (const struct core *)rig.gen.core;
	unsigned n = take_all(core->data_pool, take_all(core->hdr_pool, 0));
	struct slab *shorts = &core->tcp->shorts;
	uint32_t max = shorts->max;
	shorts->max = shorts->used;
	rig_after(10 * MS);
	cr_assert(s->waiting == 2 && s->unsent > 0);
	rte_pktmbuf_free_bulk(taken, n);
	shorts->max = max;
	rig_after(100 * MS);
	cr_assert(s->waiting == 2 && s->unsent == 0, "%u wait, %u bytes", s->waiting, s->unsent);
	cr_assert_eq(rig.server.requests, 2);
	rig_finish(8 * SEC);
	rig_close();
}

static void
stream(bool up, bool reference)
{
	static char block[100000];

	rig_plan(LOAD_STREAM, "x");
	rig.plan.raw = true;
	rig.plan.up = up;
	rig.plan.reference = reference;
	rig.plan.connections = 2;
	rig.plan.duration = 300 * MS;
	rig.server = (struct rig_server){.raw = 1000, .talks = !up, .answer = up ? NULL : block, .answer_len = sizeof(block)};
	rig_open();
	rig_finish(4 * SEC);
	rig_no_errors();
	rig_after(100 * MS);
}

Test(load_ways, stream_up)
{
	stream(true, false);
	cr_assert_gt(rig.gen.tally.bytes_out, 1000000);
	/* the server counts thousands */
	cr_assert(rig.gen.tally.bytes_out - rig.server.bytes < 2 * 1000 + 1, "%llu and %llu",
		(unsigned long long)rig.gen.tally.bytes_out, (unsigned long long)rig.server.bytes);
	rig_close();
}

Test(load_ways, stream_up_by_reference)
{
	stream(true, true);
	cr_assert_gt(rig.gen.tally.bytes_out, 1000000);
	cr_assert(rig.gen.tally.bytes_out - rig.server.bytes < 2 * 1000 + 1);
	rig_close();
}

Test(load_ways, stream_down)
{
	stream(false, false);
	cr_assert_eq(rig.gen.tally.bytes_in, 2 * 100000);
	cr_assert_eq(rig.gen.tally.bytes_out, 0);
	rig_close();
}

Test(load_ways, stream_down_over_http)
{
	static char page[50100];
	int head = snprintf(page, sizeof(page), "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n");

	memset(page + head, 'x', 50000);
	rig_plan(LOAD_STREAM, GET);
	rig.plan.duration = 300 * MS;
	rig.server = (struct rig_server){.answer = page, .answer_len = (size_t)head + 50000};
	rig_open();
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert_gt(rig.server.requests, 10);
	cr_assert_eq(rig.gen.tally.answers, rig.server.requests);
	cr_assert_eq(rig.gen.tally.bytes_in, rig.server.requests * rig.server.answer_len);
	rig_close();
}

/* A server that says nothing for too long is given up, and another connection tried. */
Test(load_ways, stream_from_a_silent_server)
{
	rig_plan(LOAD_STREAM, "x");
	rig.plan.raw = true;
	rig.plan.timeout = 50 * MS;
	rig.plan.duration = 300 * MS;
	rig_open();
	rig_finish(4 * SEC);
	cr_assert(rig.gen.tally.failed[FAIL_TIMEOUT] >= 3 && rig.gen.tally.failed[FAIL_TIMEOUT] <= 6);
	rig_only(FAIL_TIMEOUT, rig.gen.tally.failed[FAIL_TIMEOUT]);
	rig_close();
}

/* Who sends has lost something when the server closes; who listens has heard all. */
static void
closed_by_the_server(bool up)
{
	rig_plan(LOAD_STREAM, "x");
	rig.plan.raw = true;
	rig.plan.up = up;
	rig.plan.duration = 300 * MS;
	rig.server = (struct rig_server){.raw = 1000, .talks = true, .answer = "the end", .hangs_up = true};
	rig_open();
	rig_finish(4 * SEC);
}

Test(load_ways, stream_up_that_the_server_closes)
{
	closed_by_the_server(true);
	cr_assert_gt(rig.gen.tally.failed[FAIL_CUT], 5);
	rig_only(FAIL_CUT, rig.gen.tally.failed[FAIL_CUT]);
	rig_close();
}

Test(load_ways, stream_down_that_the_server_closes)
{
	closed_by_the_server(false);
	rig_no_errors();
	cr_assert_gt(rig.gen.tally.ended, 5);
	cr_assert_eq(rig.gen.tally.bytes_in, rig.gen.tally.ended * strlen("the end"));
	rig_close();
}

/* --- when leat has not enough --- */

static void
small_send_buffer(struct leat_config *c)
{
	c->tcp.snd_buf = 4096;
}

/* A request that leat takes only a part of goes on when there is room. */
Test(load_ways, requests_longer_than_the_send_buffer)
{
	static char request[10001];

	memset(request, 'x', 10000);
	rig_plan(LOAD_KEEPALIVE, request);
	rig.plan.raw = true;
	rig.plan.request_size = 10000;
	rig.plan.response_size = 5;
	rig.plan.connections = 3;
	rig.plan.pipeline = 2;
	rig.plan.count = 60;
	rig.server = (struct rig_server){.raw = 10000, .answer = "taken"};
	rig.tune = small_send_buffer;
	rig_open();
	rig_finish(10 * SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.answers == 60 && rig.server.requests == 60 && rig.gen.tally.bytes_out == 60 * 10000);
	rig_close();
}

static void
few_control_blocks(struct leat_config *c)
{
	c->max_connections = 16;
}

/* Those that there is room for go on; the others are tried again each millisecond, and each try is an error. */
Test(load_ways, more_connections_than_control_blocks)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 20;
	rig.plan.duration = 200 * MS;
	rig.server = (struct rig_server){.answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"};
	rig.tune = few_control_blocks;
	rig_open();
	rig_finish(4 * SEC);
	rig_only(FAIL_MEMORY, rig.gen.tally.failed[FAIL_MEMORY]);
	cr_assert(rig.gen.tally.failed[FAIL_MEMORY] > 150 && rig.gen.tally.failed[FAIL_MEMORY] < 210, "%llu",
		(unsigned long long)rig.gen.tally.failed[FAIL_MEMORY]);
	cr_assert(rig.gen.tally.opened == 16 && rig.gen.tally.answers > 16 * 90);
	rig_close();
}

/* --- UDP --- */

static uint64_t datagrams;
static size_t trim; /* bytes that the echo leaves out */

static void
echo(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	(void)user;
	datagrams++;
	rig.server.from[d->from.addr.bytes[3] & 7]++;
	leat_udp_send(udp, &d->from, d->data, d->len - trim);
}

static void
open_udp(unsigned connections, uint64_t count)
{
	static const struct leat_udp_events events = {.on_datagram = echo};
	const struct leat_endpoint any = {.port = 7};
	struct leat_udp *udp;

	rig_plan(LOAD_KEEPALIVE, "0123456789abcdef");
	rig.plan.raw = rig.plan.udp = true;
	rig.plan.request_size = rig.plan.response_size = 16;
	rig.plan.connections = connections;
	rig.plan.count = count;
	rig.plan.timeout = 50 * MS;
	rig.plan.targets[0].at.port = 7;
	rig_open();
	cr_assert_eq(leat_udp_open(leat_core(rig.duo.a, 0), &any, &events, NULL, &udp), 0);
}

Test(load_ways, udp)
{
	open_udp(10, 200);
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.requests == 200 && rig.gen.tally.answers == 200 && datagrams == 200);
	cr_assert(rig.gen.tally.bytes_in == 200 * 16 && rig.gen.tally.bytes_out == 200 * 16);
	cr_assert_eq(rig.gen.times.whole.count, 200);
	cr_assert(histogram_at(&rig.gen.times.whole, 0.9) < 2 * MS + 100000 && rig.gen.times.whole.min >= 2 * MS);
	rig_close();
}

Test(load_ways, udp_open_loop)
{
	open_udp(100, 0);
	gen_close(&rig.gen);
	rig.plan.rate = 500;
	rig.plan.duration = SEC;
	cr_assert_eq(gen_open(&rig.gen, &rig.plan, leat_core(rig.duo.b, 0), 0, 1), 0);
	gen_begin(&rig.gen, rig.duo.now);
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert(datagrams >= 499 && datagrams <= 501, "%llu", (unsigned long long)datagrams);
	rig_close();
}

/* Every tenth datagram to the server is lost. */
static bool
lose_tenth(bool from_server, struct rte_mbuf *m)
{
	static unsigned n;
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	return !from_server && eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && ++n % 10 == 0;
}

Test(load_ways, udp_that_is_lost_times_out)
{
	rig.lose = lose_tenth;
	open_udp(5, 200);
	rig_finish(10 * SEC);
	rig_only(FAIL_TIMEOUT, 20);
	cr_assert(rig.gen.tally.answers == 180 && datagrams == 180);
	rig_close();
}

/* What comes after its time-out is no answer to the next question. */
Test(load_ways, udp_that_comes_late)
{
	open_udp(3, 0);
	rig_after(100 * MS);
	rig_no_errors();
	rig.stall_until = rig.duo.now + 75 * MS;
	rig_after(400 * MS);
	gen_stop(&rig.gen);
	rig_finish(4 * SEC);
	rig_only(FAIL_TIMEOUT, 3);
	cr_assert_eq(rig.gen.tally.answers + 3, rig.gen.tally.requests);
	cr_assert_geq(rig.gen.times.whole.min, 2 * MS);
	rig_close();
}

Test(load_ways, udp_to_a_closed_port)
{
	open_udp(5, 200);
	rig.plan.targets[0].at.port = 9;
	rig_finish(SEC);
	rig_only(FAIL_REFUSED, 1);
	cr_assert(rig.gen.gave_up);
	rig_close();
}

Test(load_ways, udp_that_comes_back_short)
{
	open_udp(1, 5);
	trim = 1;
	rig_finish(SEC);
	rig_only(FAIL_ANSWER, 1);
	rig_close();
}

/* --- where to, where from --- */

Test(load_ways, every_target_from_every_source)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.targets[1] = rig.plan.targets[0];
	rig.plan.targets[1].at.port = RIG_PORT + 1;
	rig.plan.targets[1].request = strdup(GET);
	rig.plan.nb_targets = 2;
	for (uint8_t i = 0; i < 3; i++)
		rig.plan.sources[i] = leat_ipv4(198, 18, 0, (uint8_t)(3 + i));
	rig.plan.nb_sources = 3;
	rig.plan.connections = 6;
	rig.plan.count = 60;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	for (int i = 3; i <= 5; i++)
		cr_assert_eq(rig.server.from[i], 20, "%d: %llu", i, (unsigned long long)rig.server.from[i]);
	cr_assert(rig.server.to[0] == 30 && rig.server.to[1] == 30);
	rig_close();
}

/* As many as possible from the start, with no time for a packet to be lost and sent again. */
static void
all_at_once(unsigned sources)
{
	rig_plan(LOAD_REQUEST, GET);
	for (unsigned i = 0; i < sources; i++)
		rig.plan.sources[i] = leat_ipv4(198, 18, 0, (uint8_t)(2 + i));
	rig.plan.nb_sources = sources;
	rig.plan.connections = 200;
	rig.plan.count = 1000;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert_eq(rig.gen.tally.ended, 1000);
	cr_assert_eq(leat_stat_value(rig.duo.a, "drop_neigh_queue_full"), 0, "answers waited for a source to be found");
	cr_assert_eq(leat_stat_value(rig.duo.b, "drop_neigh_queue_full"), 0, "SYNs waited for the server to be found");
	cr_assert_eq(leat_stat_value(rig.duo.a, "tcp_retransmits") + leat_stat_value(rig.duo.b, "tcp_retransmits"), 0);
	cr_assert_lt(rig.gen.times.connect.max, 20 * MS);
	rig_close();
}

/* The server knows one of our addresses, and looks for the other when its first SYN has come. */
Test(load_ways, two_sources_that_the_server_must_find)
{
	all_at_once(2);
}

static void
many_addresses(struct leat_config *c)
{
	for (; c->nb_addrs < LEAT_MAX_ADDRS; c->nb_addrs++) {
		c->addrs[c->nb_addrs] = c->addrs[0];
		c->addrs[c->nb_addrs].addr = leat_ipv4(198, 18, 0, (uint8_t)(2 + c->nb_addrs));
	}
}

/* Their first SYNs are more than may wait until the server is found. */
Test(load_ways, more_sources_than_packets_that_wait)
{
	rig.tune = many_addresses;
	all_at_once(LEAT_MAX_ADDRS);
}

Test(load_ways, udp_from_every_source)
{
	open_udp(4, 40);
	gen_close(&rig.gen);
	for (uint8_t i = 0; i < 4; i++)
		rig.plan.sources[i] = leat_ipv4(198, 18, 0, (uint8_t)(2 + i));
	rig.plan.nb_sources = 4;
	cr_assert_eq(gen_open(&rig.gen, &rig.plan, leat_core(rig.duo.b, 0), 0, 1), 0);
	gen_begin(&rig.gen, rig.duo.now);
	rig_finish(SEC);
	rig_no_errors();
	for (int i = 2; i <= 5; i++)
		cr_assert_geq(rig.server.from[i], 5);
	rig_close();
}

/* The shares of several cores are the whole. */
Test(load_ways, cores_share_everything)
{
	static struct gen g[3];
	uint32_t connections = 0;
	uint64_t quota = 0;
	double rate = 0;

	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 100;
	rig.plan.count = 1000001;
	rig.plan.rate = 50000;
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(gen_open(&g[i], &rig.plan, NULL, i, 3), 0);
		connections += g[i].connections;
		quota += g[i].quota;
		rate += g[i].open_rate;
		gen_close(&g[i]);
	}
	cr_assert(connections == 100 && quota == 1000001);
	cr_assert_float_eq(rate, 50000, 0.001);
	plan_free(&rig.plan);
}
