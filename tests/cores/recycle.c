/* SPDX-License-Identifier: BSD-3-Clause */
/* What a core has received it sends its answer in, unless the port's transmit queues could then keep too many. */
#include <criterion/criterion.h>
#include "run/run.h"
#include "support/eal.h"
#include "hall.h"

enum { BUFFERS = 4096 }; /* rx_mbufs and tx_mbufs of a hall */

static struct client client;
static struct rte_mbuf *taken[BUFFERS];
static unsigned nb_taken;
static uint32_t tx_descriptors;

static void
tune(struct leat_config *c, bool is_a)
{
	(void)is_a;
	c->tx_descriptors = tx_descriptors;
}

static void
start(void)
{
	support_eal_start("-m", "384", NULL);
}

TestSuite(recycle, .init = start, .timeout = 60);

/* All header buffers of a's one core. */
static void
take_headers(void)
{
	struct rte_mempool *pool = hall.a.leat->loops[0].core.hdr_pool;

	while (nb_taken < BUFFERS && (taken[nb_taken] = rte_pktmbuf_alloc(pool)) != NULL)
		nb_taken++;
}

static void
open_with(uint32_t descriptors)
{
	tx_descriptors = descriptors;
	hall.tune = tune;
	hall_open();
}

Test(recycle, an_answer_leaves_in_the_buffer_of_the_question)
{
	const struct leat_endpoint any = {.port = 7}, echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7};
	struct leat_listener *l;

	open_with(1024);
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any, &hall_echo, NULL, &l), 0);
	hall_connect(&hall.b, 0, &echo, &client);
	hall_settle();
	cr_assert_eq(client.opened, 1);
	take_headers();
	cr_assert_eq(leat_tcp_send(client.conn, "word", 4), 4);
	hall_settle();
	cr_assert_eq(client.received, 4);
	rte_pktmbuf_free_bulk(taken, nb_taken);
	leat_tcp_close(client.conn);
	hall_after(100 * MS);
	cr_assert(client.closed == 1 && client.reason == 0);
	hall_close();
}

Test(recycle, where_they_keep_half_of_them_it_does)
{
	open_with(2048);
	cr_assert(hall.a.leat->loops[0].core.recycles);
	hall_close();
}

Test(recycle, not_where_transmit_queues_could_keep_more_than_half_of_the_receive_buffers)
{
	open_with(4096);
	cr_assert(!hall.a.leat->loops[0].core.recycles);
	hall_close();
}
