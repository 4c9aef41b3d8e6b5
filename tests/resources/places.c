/* SPDX-License-Identifier: BSD-3-Clause */
/* The places of the tables run out: control blocks, half-open and TIME-WAIT entries, the demux, local ports. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include "scene.h"
#include "tcp/tcp.h"
#include "wire/eth.h"
#include "wire/ipv4.h"

enum {
	PLACES = 64,
	BUCKETS = 512,      /* of a demux that has not grown */
	CROWD = 70000,
	FIRST_PORT = 2000,  /* of those whose handshake is not completed */
	CLOSING_PORT = 81,  /* a closes what comes there */
};

static struct caller crowd[CROWD];
static unsigned crowded;

TestSuite(places, .timeout = 120);

static void
disperse(void)
{
	scene_disperse(crowd, crowded);
	crowded = 0;
}

/* --- control blocks --- */

static void
few_blocks(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->max_connections = PLACES;
}

static void
take_blocks(void)
{
	crowded = PLACES - scene_usage().connections;
	scene_crowd(crowd, crowded, ECHO_PORT);
	cr_assert_eq(scene_usage().connections, PLACES);
}

/* A SYN is not answered while no control block is free for it */
Test(places, control_blocks)
{
	scene_show(&(struct resource){.tune = few_blocks, .counter = "tcp_no_tcb", .exhaust = take_blocks,
		.relieve = disperse});
}

/* A connect fails */
Test(places, control_blocks_to_connect)
{
	scene_show(&(struct resource){.tune = few_blocks, .by_a = true, .error = -ENOMEM, .counter = "tcp_no_tcb",
		.exhaust = take_blocks, .relieve = disperse});
}

/* --- half-open entries --- */

static void
few_half_open(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->max_half_open = PLACES;
}

static void
few_half_open_without_cookies(struct leat_config *c, bool is_a)
{
	few_half_open(c, is_a);
	c->tcp.syn_cookies = LEAT_COOKIES_OFF;
}

/* The SYN-ACKs to the crowd are lost. */
static bool
to_the_crowd(bool from_a, const struct rte_mbuf *m)
{
	const uint8_t *tcp = rte_pktmbuf_mtod_offset(m, const uint8_t *, ETH_HDR_LEN + IPV4_HDR_LEN);
	unsigned to = (unsigned)(tcp[2] << 8 | tcp[3]);

	return from_a && to >= FIRST_PORT && to < FIRST_PORT + PLACES;
}

static void
take_half_open(void)
{
	scene_loses = to_the_crowd;
	for (crowded = 0; crowded < PLACES; crowded++) {
		cr_assert_eq(scene_dial(&crowd[crowded], false, (uint16_t)(FIRST_PORT + crowded), ECHO_PORT), 0);
		duo_settle(&duo);
	}
	cr_assert_eq(scene_usage().half_open, PLACES);
}

/* They are answered when their SYNs come again. */
static void
answer_half_open(void)
{
	scene_loses = NULL;
	duo_after(&duo, 10 * SEC);
	cr_assert_eq(scene_usage().half_open, 0);
	disperse();
}

Test(places, half_open_entries)
{
	scene_show(&(struct resource){.tune = few_half_open_without_cookies, .counter = "tcp_half_open_full",
		.exhaust = take_half_open, .relieve = answer_half_open});
}

/* RFC 4987 3.6: with cookies nobody is refused */
Test(places, half_open_entries_with_cookies)
{
	scene_show(&(struct resource){.tune = few_half_open, .served = true, .counter = "tcp_cookies_sent",
		.exhaust = take_half_open, .relieve = answer_half_open});
}

/* --- TIME-WAIT entries --- */

static void
few_time_wait(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->max_time_wait = PLACES;
	c->tcp.msl = SEC;
}

static void
close_first(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static void
take_time_wait(void)
{
	static const struct leat_tcp_events closing = {.on_open = close_first};

	scene_serve(CLOSING_PORT, &closing);
	scene_crowd(crowd, PLACES + 1, CLOSING_PORT);
	duo_after(&duo, 10 * MS);
	cr_assert_eq(scene_usage().time_wait, PLACES);
}

static void
let_time_pass(void)
{
	duo_after(&duo, 3 * SEC);
	cr_assert_eq(scene_usage().time_wait, 0);
}

/* Nobody is refused: the oldest entry gives way */
Test(places, time_wait_entries)
{
	scene_show(&(struct resource){.tune = few_time_wait, .served = true, .counter = "tcp_time_wait_full",
		.exhaust = take_time_wait, .relieve = let_time_pass});
}

/* --- the demux --- */

static void
limit_memory(rlim_t bytes)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

static rlim_t
mapped(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert(f != NULL && fscanf(f, "%lu", &pages) == 1);
	fclose(f);
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* b's table grows while it can: a's entries will be b's too. */
static void
grow_b(void)
{
	for (crowded = 0; crowded < 2 * BUCKETS * DEMUX_WAYS; crowded++)
		cr_assert_eq(scene_dial(&crowd[crowded], false, 0, ECHO_PORT), 0);
	for (unsigned i = 0; i < crowded; i++)
		leat_tcp_abort(crowd[i].conn);
	duo_settle(&duo);
}

/* The table cannot grow: every place of it is taken, and those who find none give up. */
static void
take_demux(void)
{
	const struct demux *d = &((const struct core *)leat_core(duo.a, 0))->tcp->demux;

	grow_b();
	cr_assert_eq(d->now.mask + 1, BUCKETS);
	limit_memory(mapped());
	for (crowded = 0; d->entries < BUCKETS * DEMUX_WAYS; ) {
		cr_assert_eq(scene_dial(&crowd[crowded], false, 0, ECHO_PORT), 0);
		duo_settle(&duo);
		if (crowd[crowded].open)
			crowded++;
		else
			scene_hang_up(&crowd[crowded]);
	}
	cr_assert_eq(d->now.mask + 1, BUCKETS);
}

static void
empty_demux(void)
{
	disperse();
	limit_memory(RLIM_INFINITY);
}

Test(places, demux)
{
	scene_show(&(struct resource){.counter = "tcp_demux_full", .exhaust = take_demux, .relieve = empty_demux});
}

Test(places, demux_to_connect)
{
	scene_show(&(struct resource){.by_a = true, .error = -ENOMEM, .counter = "tcp_demux_full", .exhaust = take_demux,
		.relieve = empty_demux});
}

/* --- local ports --- */

static void
many_connections(struct leat_config *c, bool is_a)
{
	(void)is_a;
	c->max_connections = CROWD;
}

/* Every port of the one address that a has, to the one that all want. */
static void
take_ports(void)
{
	for (crowded = 0; scene_dial(&crowd[crowded], true, 0, ECHO_PORT) == 0;)
		if (++crowded % 32 == 0)
			duo_settle(&duo);
	duo_settle(&duo);
	cr_assert_gt(crowded, 64000);
}

Test(places, local_ports)
{
	scene_show(&(struct resource){.tune = many_connections, .by_a = true, .error = -EADDRNOTAVAIL,
		.counter = "tcp_ports_exhausted", .exhaust = take_ports, .relieve = disperse});
}
