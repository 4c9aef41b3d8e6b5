/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet memory runs out in the middle of a conversation, and comes back: who was refused is told. */
#include <limits.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include "tcp/tcp.h"
#include "spec.h"

SUITE(starved);

enum { MANY = 30 };

/* An application that waits for on_sent and notes when it comes. */
static unsigned told[MANY], nb_told, order[4 * MANY];
static bool sends_again;

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	unsigned i = (unsigned)(((struct talk *)user)->peer_port - PEER_PORT);

	if (acked > 0)
		return;
	told[i]++;
	order[nb_told++] = i;
	if (sends_again)
		((struct talk *)user)->written += (uint32_t)leat_tcp_send(conn, (uint8_t[]){spec_byte(0)}, 1);
}

static const struct leat_tcp_events waiting = {.on_sent = on_sent};

/* What is short needs no buffer (short_data.c): here there is no place for it but one. */
static void
no_shorts(void)
{
	struct slab *shorts = &((struct core *)leat_core(stack, 0))->tcp->shorts;

	shorts->max = shorts->used;
}

static void
open_waiting(void)
{
	in_state(TCPS_ESTABLISHED);
	no_shorts();
	leat_tcp_set_events(talk->conn, &waiting);
}

/* Whoever was refused for lack of buffers is told once, without a byte acknowledged, when there are some */
Test(starved, sender_is_told_when_buffers_have_come_back)
{
	open_waiting();
	pool_leaves("data", 0);
	expect(app_offers(100) == 0);
	expect(leat_tcp_room(talk->conn) > 0);
	expect(counter("tcp_starved") == 1);
	after(10 * SEC);
	expect(nb_told == 0);
	pool_gives(UINT_MAX);
	after(2 * MS);
	expect(nb_told == 1);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101);
	after(SEC);
	expect(nb_told == 1);
}

/* What was sent by reference needs descriptors, not buffers */
Test(starved, sender_by_reference_is_told_when_descriptors_have_come_back)
{
	static const uint8_t data[5000];

	open_waiting();
	pool_leaves("ind", 0);
	expect(leat_tcp_send_ref(talk->conn, data, sizeof(data), NULL, NULL) == 0);
	after(SEC);
	expect(nb_told == 0);
	pool_gives(UINT_MAX);
	after(2 * MS);
	expect(nb_told == 1);
}

/* An mbuf that was not accepted is still the caller's; it is accepted later */
Test(starved, sender_of_an_mbuf_is_told_when_descriptors_have_come_back)
{
	open_waiting();
	struct rte_mbuf *m = rte_pktmbuf_alloc(rte_mempool_lookup("spec-0-data"));
	for (uint32_t i = 0; i < 1000; i++)
		*(uint8_t *)rte_pktmbuf_append(m, 1) = spec_byte(i);
	rte_mbuf_refcnt_update(m, 1); /* somebody else holds it too */
	pool_leaves("ind", 0);
	expect(leat_tcp_send_mbuf(talk->conn, m) == 0);
	after(SEC);
	expect(nb_told == 0);
	pool_gives(UINT_MAX);
	after(2 * MS);
	expect(nb_told == 1 && leat_tcp_send_mbuf(talk->conn, m) == 1000);
	spec_turn();
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 1001);
	rte_pktmbuf_free(m);
}

/* The send queue's own bookkeeping may run out too */
Test(starved, sender_is_told_when_chunks_have_come_back)
{
	open_waiting();
	struct slab *chunks = &((struct core *)leat_core(stack, 0))->tcp->chunks;
	uint32_t max = chunks->max;
	chunks->max = chunks->used;
	expect(app_offers(100) == 0);
	after(SEC);
	expect(nb_told == 0);
	chunks->max = max;
	after(2 * MS);
	expect(nb_told == 1);
}

/* A long write takes its buffers at once: those that find no place in the queue go back */
Test(starved, buffers_without_a_place_in_the_queue_go_back)
{
	open_waiting();
	struct slab *chunks = &((struct core *)leat_core(stack, 0))->tcp->chunks;
	struct rte_mempool *data = rte_mempool_lookup("spec-0-data");
	uint32_t max = chunks->max, free = rte_mempool_avail_count(data), room = rte_pktmbuf_data_room_size(data);
	chunks->max = chunks->used + 2;
	expect(app_offers(5 * room) == 2 * room);
	expect(rte_mempool_avail_count(data) == free - 2);
	chunks->max = max;
	expect(app_offers(3 * room) == 3 * room);
	expect(rte_mempool_avail_count(data) == free - 5);
	while (forget_sent() > 0)
		peer_sends(.ack = talk->leat_nxt);
	expect(rte_mempool_avail_count(data) == free);
}

/* Something is queued: its acknowledgement will tell, nothing else does */
Test(starved, sender_with_data_in_flight_waits_for_its_acknowledgement)
{
	open_waiting();
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460);
	pool_leaves("data", 0);
	expect(app_offers(2000) < 2000);
	forget_sent();
	pool_gives(UINT_MAX);
	after(10 * MS);
	expect(nb_told == 0);
	expect(counter("tcp_starved") == 0);
}

/* In the order in which they were refused, and only as many as there are buffers for */
Test(starved, few_buffers_go_round_in_turn)
{
	for (uint16_t i = 0; i < MANY; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		open_waiting();
	}
	pool_leaves("data", 0);
	for (uint16_t i = 0; i < MANY; i++) {
		talk = spec_talk_find((uint16_t)(PEER_PORT + i), LEAT_PORT);
		expect(app_offers(1) == 0);
	}
	sends_again = true;
	pool_gives(7);
	after(MS);
	expect(nb_told == 7);
	after(20 * MS);
	expect(nb_told == 7);
	/* acknowledged, so the same seven buffers serve the next */
	while (nb_told < MANY) {
		unsigned served = nb_told;
		for (unsigned i = served < 7 ? 0 : served - 7; i < served; i++) {
			talk = spec_talk_find((uint16_t)(PEER_PORT + order[i]), LEAT_PORT);
			expect(talk->leat_nxt == 2);
			peer_sends(.ack = 2);
		}
		after(2 * MS);
		expect(nb_told > served && nb_told <= served + 7);
	}
	for (unsigned i = 0; i < MANY; i++)
		expect(told[i] == 1);
	for (unsigned i = 0; i < MANY; i++) {
		talk = spec_talk_find((uint16_t)(PEER_PORT + i), LEAT_PORT);
		expect(talk->written == 1);
	}
	forget_sent();
	pool_gives(UINT_MAX);
}

/* The one in the middle goes away while it waits; those on both sides are told */
Test(starved, connection_may_end_while_it_waits)
{
	for (uint16_t i = 0; i < 3; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		open_waiting();
	}
	pool_leaves("data", 0);
	for (uint16_t i = 0; i < 3; i++) {
		talk = spec_talk_find((uint16_t)(PEER_PORT + i), LEAT_PORT);
		expect(app_offers(1) == 0);
	}
	talk = spec_talk_find(PEER_PORT + 1, LEAT_PORT);
	app_aborts();
	talk->conn = NULL;
	expect_rst();
	pool_gives(UINT_MAX);
	after(2 * MS);
	expect(told[0] == 1 && told[1] == 0 && told[2] == 1);
}

/* Whoever finds memory by itself is not told any more */
Test(starved, sender_that_tried_again_is_not_told)
{
	open_waiting();
	pool_leaves("data", 0);
	expect(app_offers(1) == 0 && app_offers(1) == 0);
	pool_gives(UINT_MAX);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	peer_sends(.ack = 11);
	after(SEC);
	expect(nb_told == 0);
}

/* A FIN waits for nothing: whoever gives up closes as ever */
Test(starved, connection_closes_while_it_waits)
{
	open_waiting();
	pool_leaves("data", 0);
	expect(app_offers(1) == 0);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	pool_gives(UINT_MAX);
	after(10 * MS);
	peer_sends(.flags = FIN | ACK, .ack = 2);
	expect_sent(.flags = ACK);
	talk->conn = NULL;
}
