/* SPDX-License-Identifier: BSD-3-Clause */
/* The ways between cores: full ones, several ports, and what is in them at the end. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "core/lane.h"
#include "run/run.h"
#include "support/eal.h"
#include "wire/eth.h"
#include "wire/udp.h"
#include "hall.h"

enum {
	PARCEL = (1 + BELT_MOST + BELT_WORDS - 1) / BELT_WORDS, /* lines of a full one */
	FITS = BELT_LINES / PARCEL * BELT_MOST,
	/* of what is passed one by one: it is so while the way is not long, and then in full parcels */
	SINGLES = BELT_LONG + 1 + (BELT_LINES - BELT_LONG - 1) / PARCEL * BELT_MOST,
	MANY = FITS + 12 * CORE_BURST,
};

static unsigned received;

static void
start(void)
{
	support_eal_start("-m", "384", NULL);
}

TestSuite(lanes, .init = start, .timeout = 60);

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	(void)udp;
	(void)user;
	cr_assert_eq(d->len, 4);
	received++;
}

static const struct leat_udp_events events = {.on_datagram = on_datagram};

static struct leat_udp *
open_udp(struct side *s, unsigned core, uint16_t port)
{
	const struct leat_endpoint local = {.port = port};
	struct leat_udp *udp;

	cr_assert_eq(leat_udp_open(leat_core(s->leat, core), &local, &events, NULL, &udp), 0);
	return udp;
}

/* Datagrams to a port of a, which core 0 receives. */
static void
give_to(uint16_t port, unsigned n)
{
	const struct udp_header h = {.src = 6000, .dst = port, .len = UDP_HDR_LEN + 4};
	uint8_t payload[UDP_HDR_LEN + 4] = {0}, frame[128];

	udp_write(payload, &h); /* without a checksum: zero means none */
	memset(payload + UDP_CKSUM_AT, 0, 2);
	size_t len = hall_ip4(frame, IPPROTO_UDP, 0, payload, sizeof(payload));
	for (unsigned i = 0; i < n; i++)
		hall_give(0, frame, len);
}

static void
give(unsigned n)
{
	give_to(5000, n);
}

Test(lanes, what_finds_the_way_full_is_dropped_and_then_all_goes_on)
{
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	uint64_t steered = leat_stat_value(hall.a.leat, "core_steered");
	give(MANY);
	while (hall_turn(leat_core(hall.a.leat, 0)) > 0) /* core 1 does not turn */
		;
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_steered"), steered + FITS);
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_full"), MANY - FITS);
	hall_settle();
	cr_assert_eq(received, FITS);
	give(MANY);
	hall_settle();
	cr_assert_eq(received, FITS + MANY);
	hall_close();
}

/* Of what one core reads for two a burst is half a one: it reads two in a turn, and who they are for takes two. */
static void
expect_a_burst_for_each(bool behind)
{
	struct loop *loop = &hall.a.leat->loops[0];
	uint64_t steered = leat_stat_value(hall.a.leat, "core_steered");

	received = 0;
	for (unsigned i = 0; i < 4 * CORE_BURST; i++)
		give_to((uint16_t)(5000 + i % 2), 1);
	if (behind)
		loop->shed[0].seen = loop->shed[0].room; /* then it takes them from its line */
	hall_turn(leat_core(hall.a.leat, 0));
	cr_assert_eq(received, CORE_BURST);
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_steered"), steered + CORE_BURST);
	cr_assert_eq(shed_length(&loop->shed[0]), behind ? 2 * CORE_BURST : 0);
	hall_turn(leat_core(hall.a.leat, 0));
	hall_turn(leat_core(hall.a.leat, 1));
	cr_assert_eq(received, 4 * CORE_BURST);
}

Test(lanes, who_reads_for_all_reads_a_burst_for_each)
{
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 0, 5001);
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	expect_a_burst_for_each(false);
	expect_a_burst_for_each(true);
	hall_close();
}

/* However little comes at a time, hundreds of frames have room; and who holds some back does not go to sleep. */
Test(lanes, what_comes_one_by_one_waits_until_it_is_a_burst_where_the_way_is_long)
{
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	struct core *core = &hall.a.leat->loops[0].core;
	for (unsigned i = 0; i < SINGLES + BELT_MOST - 1; i++) {
		give(1);
		hall_turn(leat_core(hall.a.leat, 0));
		cr_assert_eq(lanes_held(core), i + 1);
		cr_assert_eq(lanes_waiting(core), i > BELT_LONG && (i - BELT_LONG) % BELT_MOST != 0, "%u", i);
	}
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_full"), 0);
	give(1);
	hall_turn(leat_core(hall.a.leat, 0));
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_full"), BELT_MOST);
	cr_assert_not(lanes_waiting(core));
	give(1);
	hall_settle();
	cr_assert_eq(received, SINGLES + 1);
	cr_assert_eq(lanes_held(core), 0);
	hall_close();
}

Test(lanes, what_a_core_without_a_queue_cannot_pass_on_is_dropped)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 5000};

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.b, 0, 5000);
	struct leat_udp *udp = open_udp(&hall.a, 1, 6000);
	cr_assert_eq(leat_udp_send(udp, &to, "word", 4), 0);
	hall_settle();
	cr_assert_eq(received, 1);
	uint64_t asked = hall_count(&hall.a, 1, CNT_arp_requests_out);
	for (unsigned i = 0; i < MANY; i++) {
		cr_assert_eq(leat_udp_send(udp, &to, "word", 4), 0);
		hall_turn(leat_core(hall.a.leat, 1)); /* core 0 does not turn */
	}
	/* this goes that way too, beside a datagram */
	cr_assert_eq(hall_count(&hall.a, 1, CNT_arp_requests_out), asked + 1);
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_out_full"), MANY - SINGLES - 256);
	hall_settle();
	cr_assert_eq(received, 1 + SINGLES + 256);
	hall_close();
}

Test(lanes, what_lies_in_them_is_counted_as_held_and_freed_at_the_end)
{
	struct leat_usage u = {.size = sizeof(u)};

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	give(MANY);
	while (hall_turn(leat_core(hall.a.leat, 0)) > 0)
		;
	leat_usage(hall.a.leat, &u);
	cr_assert_eq(u.mbufs_stack, FITS);
	leat_destroy(hall.a.leat); /* under ASan it would tell */
	leat_destroy(hall.b.leat);
}

/* The others turn while core 0 looks: what one holds by then may have been free when its pool was asked. */
Test(lanes, usage_of_cores_that_run_does_not_run_over)
{
	struct leat_usage u = {.size = sizeof(u)};

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	hall_settle();
	leat_usage(hall.a.leat, &u);
	cr_assert(u.mbufs_driver == 0 && u.mbufs_app == 0, "%u, %u", u.mbufs_driver, u.mbufs_app);
	hall.a.leat->loops[1].core.held += 5;
	leat_usage(hall.a.leat, &u);
	cr_assert(u.mbufs_stack == 5 && u.mbufs_driver == 0 && u.mbufs_app == 0, "%u, %u", u.mbufs_driver, u.mbufs_app);
	hall.a.leat->loops[1].core.held -= 5;
	hall_close();
}

/* With so many cores as there can be: each has its part of what comes, and every lane its ring. */
static void
small(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->rx_mbufs = c->tx_mbufs = 512;
	c->rx_descriptors = 64;
}

Test(lanes, sixteen_cores_on_one_queue)
{
	static struct client clients[200];
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7}, any = {.port = 7};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 16, .nb_in = 1, .nb_out = 1};
	hall.tune = small;
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any, &hall_echo, NULL, &l), 0);
	for (unsigned i = 0; i < RTE_DIM(clients); i++) {
		hall_connect(&hall.b, 0, &echo, &clients[i]);
		hall_settle();
		cr_assert_eq(clients[i].opened, 1);
	}
	for (unsigned i = 0; i < 16; i++)
		cr_assert(hall_accepted[i] > 0 && hall_accepted[i] < 40, "core %u: %u", i, hall_accepted[i]);
	for (unsigned i = 0; i < RTE_DIM(clients); i++)
		leat_tcp_abort(clients[i].conn);
	hall_close();
}

/* What a core receives is freed by others too: what their lcores' caches keep is not there to receive into. */
Test(lanes, the_caches_of_sixteen_cores_leave_three_quarters_of_a_pool)
{
	hall.a = (struct side){.cores = 16, .nb_in = 1, .nb_out = 1};
	hall.tune = small;
	hall_open();
	for (unsigned i = 0; i < 16; i++) {
		const struct core *core = &hall.a.leat->loops[i].core;
		const struct rte_mempool *const pools[] = {core->rx_pool, core->data_pool, core->hdr_pool, core->ind_pool};
		for (unsigned p = 0; p < RTE_DIM(pools); p++) {
			cr_assert_gt(pools[p]->cache_size, 0);
			cr_assert_leq(16 * 3 * pools[p]->cache_size / 2, pools[p]->size / 4, "%s", pools[p]->name);
		}
	}
	hall_close();
}

/* Destroyed, a connection of a core without a queue still says RST. */
Test(lanes, the_last_words_of_a_core_without_a_queue_are_sent)
{
	static struct client c;
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7}, any = {.port = 7};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.b.leat, &any, &hall_echo, NULL, &l), 0);
	hall_connect(&hall.a, 1, &echo, &c);
	hall_settle();
	cr_assert_eq(c.opened, 1);
	leat_destroy(hall.a.leat);
	cr_assert_eq(c.reason, ECONNABORTED);
	cr_assert_eq(rte_ring_count(hall.a.out[0]), 1);
}

/* However many they are: more than a transmit queue and the lane to the core that sends for it take together. */
Test(lanes, so_are_many_of_them)
{
	static struct client clients[FITS + 256 + 200];
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7}, any = {.port = 7};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.b.leat, &any, &hall_echo, NULL, &l), 0);
	for (unsigned i = 0; i < RTE_DIM(clients); i++) {
		hall_connect(&hall.a, 1, &echo, &clients[i]);
		hall_settle();
		cr_assert_eq(clients[i].opened, 1);
	}
	leat_destroy(hall.a.leat);
	cr_assert_eq(rte_ring_count(hall.a.out[0]), RTE_DIM(clients));
}
