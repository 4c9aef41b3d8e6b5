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

enum { MANY = 1500, FITS = LANE_SIZE - 1 };

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

/* MANY datagrams to port 5000 of a, which core 0 receives. */
static void
give_many(void)
{
	const struct udp_header h = {.src = 6000, .dst = 5000, .len = UDP_HDR_LEN + 4};
	uint8_t payload[UDP_HDR_LEN + 4] = {0}, frame[128];

	udp_write(payload, &h); /* without a checksum: zero means none */
	memset(payload + UDP_CKSUM_AT, 0, 2);
	size_t len = hall_ip4(frame, IPPROTO_UDP, 0, payload, sizeof(payload));
	for (unsigned i = 0; i < MANY; i++)
		hall_give(0, frame, len);
}

Test(lanes, what_finds_the_way_full_is_dropped_and_then_all_goes_on)
{
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	uint64_t steered = leat_stat_value(hall.a.leat, "core_steered");
	give_many();
	while (hall_turn(leat_core(hall.a.leat, 0)) > 0) /* core 1 does not turn */
		;
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_steered"), steered + FITS);
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_full"), MANY - FITS);
	hall_settle();
	cr_assert_eq(received, FITS);
	give_many();
	hall_settle();
	cr_assert_eq(received, FITS + MANY);
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
	asked = hall_count(&hall.a, 1, CNT_arp_requests_out) - asked; /* and so goes this way too */
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_out_full"), MANY + asked - FITS - 256);
	hall_settle();
	cr_assert_eq(received, 1 + FITS + 256 - asked);
	hall_close();
}

Test(lanes, what_lies_in_them_is_counted_as_held_and_freed_at_the_end)
{
	struct leat_usage u = {.size = sizeof(u)};

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	open_udp(&hall.a, 1, 5000);
	hall_settle();
	give_many();
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

/* However many they are: one turn of the core that sends for it takes CORE_BURST of them. */
Test(lanes, so_are_many_of_them)
{
	static struct client clients[5 * CORE_BURST];
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
