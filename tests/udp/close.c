/* SPDX-License-Identifier: BSD-3-Clause */
/* Endings: from callbacks, with things waiting, and with the core. The sanitizer is the judge of memory. */
#include <errno.h>
#include <criterion/criterion.h>
#include "lab.h"

TestSuite(udp_close, .init = lab_start, .fini = lab_stop);

static struct leat_udp *victims[2];
static unsigned calls;

static void
close_both(void)
{
	calls++;
	for (int i = 0; i < 2; i++)
		if (victims[i] != NULL)
			leat_udp_close(victims[i]);
	victims[0] = victims[1] = NULL;
}

static void
close_on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	(void)udp, (void)user;
	close_both();
	cr_assert_eq(*(const char *)d->data, 'x', "the datagram outlives the endpoint");
}

static void
close_on_error(struct leat_udp *udp, const struct leat_endpoint *to, int error, void *user)
{
	(void)udp, (void)user;
	close_both();
	cr_assert_eq(to->port, 53);
	cr_assert_eq(error, ECONNREFUSED);
}

static void
open_victims(void)
{
	const struct leat_udp_events events = {close_on_datagram, close_on_error};

	for (uint16_t i = 0; i < 2; i++) {
		struct leat_endpoint local = {.port = (uint16_t)(7 + i)};
		cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, &local, &events, NULL, &victims[i]), 0);
	}
}

Test(udp_close, from_on_datagram_takes_with_it_what_waits)
{
	open_victims();
	struct leat_udp *survivor = lab_open(":9");
	lab_give(&(struct dgram){.to = 7}, "x", 1);
	lab_give(&(struct dgram){.to = 8}, "x", 1);
	lab_give(&(struct dgram){.to = 9}, "s", 1);
	lab_give(&(struct dgram){.to = 7}, "x", 1);
	cr_assert_eq(lab.n.core.held, 4);
	cr_assert_eq(lab_deliver(), 2);
	cr_assert_eq(calls, 1, "no callback comes any more");
	cr_assert_eq(lab.nb_heard, 1);
	cr_assert_eq(lab.heard[0].udp, survivor);
	cr_assert_eq(lab.n.core.held, 0);
	cr_assert_eq(lab.n.core.counters[DROP_udp_closed], 2);
	lab_give(&(struct dgram){.to = 7}, "x", 1);
	cr_assert(lab.refused);
}

Test(udp_close, from_on_error)
{
	open_victims();
	lab_give_error(3, 8, 53);
	cr_assert(udp_error(&lab.n.core, &lab.n.error));
	lab_give(&(struct dgram){.to = 8}, "x", 1);
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(calls, 1);
}

Test(udp_close, the_port_is_free_again)
{
	for (int i = 0; i < 3; i++)
		leat_udp_close(lab_open(":7"));
	cr_assert_eq(lab_deliver(), 0);
}

Test(udp_close, one_of_many_in_a_bucket)
{
	struct leat_udp *u[4];
	char text[16];

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 4; i++) {
			snprintf(text, sizeof(text), ":%d", 7 + i * UDP_BUCKETS);
			u[i] = lab_open(text);
		}
		leat_udp_close(u[round]);
		for (uint16_t i = 0; i < 4; i++) {
			lab_give(&(struct dgram){.to = (uint16_t)(7 + i * UDP_BUCKETS)}, "x", 1);
			cr_assert_eq(lab.refused, i == round);
		}
		cr_assert_eq(lab_deliver(), 3);
		for (int i = 0; i < 4; i++)
			if (i != round)
				leat_udp_close(u[i]);
	}
}

/* lab_stop() asserts that nothing is lost. */
Test(udp_close, the_end_of_the_core_closes_what_is_left)
{
	lab_open(":7");
	lab_open("198.18.0.1:7");
	lab_open(":0");
	lab_give(&(struct dgram){0}, "x", 1);
	cr_assert_eq(lab.n.core.held, 1);
}
