/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/arp.h"
#include "wire/eth.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX];

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	net_start(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(neigh, .init = start, .fini = stop);

static struct leat_addr
host(unsigned i)
{
	return leat_ipv4(198, 18, (uint8_t)(i >> 8), (uint8_t)i);
}

static uint32_t
peer(void)
{
	struct leat_addr a = {.v4 = NET_PEER, .family = LEAT_IPV4};

	return neigh_get(&n.core, n.port, &a);
}

/* A packet of 64 bytes, all of them `mark`. */
static struct rte_mbuf *
packet(uint8_t mark)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(n.core.data_pool);

	memset(rte_pktmbuf_append(m, 64), mark, 64);
	return m;
}

static int
output(uint32_t handle, uint8_t mark)
{
	struct rte_mbuf *m = packet(mark);
	int rc = neigh_output(&n.core, handle, m);

	if (rc == -ESTALE)
		rte_pktmbuf_free(m);
	txq_flush(&n.core, n.core.txqs[0]);
	return rc;
}

static void
expect_request(const struct rte_ether_addr *to)
{
	cr_assert_eq(net_take(&n, frame), 60);
	cr_assert_eq(eth_type(frame), ETH_TYPE_ARP);
	cr_assert_arr_eq(frame, to, 6);
	cr_assert_eq(frame[ETH_HDR_LEN + 7], ARP_REQUEST);
	cr_assert_arr_eq(frame + ETH_HDR_LEN + 24, &(uint32_t){NET_PEER}, 4);
}

static void
expect_packet(const struct rte_ether_addr *to, uint8_t mark)
{
	cr_assert_eq(net_take(&n, frame), ETH_HDR_LEN + 64);
	cr_assert_eq(eth_type(frame), ETH_TYPE_IP4);
	cr_assert_arr_eq(frame, to, 6);
	cr_assert_arr_eq(frame + 6, &n.port->mac, 6);
	cr_assert_eq(frame[ETH_HDR_LEN], mark);
}

static void
expect_nothing(void)
{
	cr_assert_eq(net_waiting(&n), 0);
}

static void
peer_replies(const struct rte_ether_addr *mac)
{
	net_give_arp(&n, &(struct net_arp){.op = ARP_REPLY, .from = mac, .sender_ip = NET_PEER, .target_ip = NET_US});
}

Test(neigh, the_first_packet_waits_for_the_answer)
{
	uint32_t h = peer();

	cr_assert_neq(h, 0);
	expect_nothing();
	cr_assert_eq(output(h, 1), 0);
	expect_request(&net_all);
	expect_nothing();
	cr_assert_eq(n.core.held, 1);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_INCOMPLETE);
	peer_replies(&net_peer_mac);
	expect_packet(&net_peer_mac, 1);
	expect_nothing();
	cr_assert_eq(n.core.held, 0);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_REACHABLE);
	cr_assert_eq(output(h, 2), 0);
	expect_packet(&net_peer_mac, 2);
	expect_nothing();
}

Test(neigh, a_request_from_it_gives_its_address_but_confirms_nothing)
{
	uint32_t h = peer();

	output(h, 1);
	expect_request(&net_all);
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	expect_packet(&net_peer_mac, 1);
	cr_assert_eq(net_take(&n, frame), 60, "our reply");
	expect_nothing();
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_STALE);
}

Test(neigh, a_reply_that_was_not_asked_for_confirms_nothing)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	peer_replies(&net_other_mac);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_STALE);
	output(h, 1);
	expect_request(&net_other_mac);
	expect_packet(&net_other_mac, 1);
}

Test(neigh, one_request_a_second_and_failed_after_three)
{
	uint32_t h = peer();

	for (int second = 0; second < NEIGH_TRIES; second++) {
		for (int i = 0; i < 9; i++) { /* whatever is sent meanwhile */
			output(h, 1);
			if (i == 0 && second == 0)
				expect_request(&net_all);
			net_after(&n, 100 * NET_MS);
			expect_nothing();
		}
		cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_INCOMPLETE, "second %d", second);
		net_after(&n, 110 * NET_MS);
		if (second < NEIGH_TRIES - 1)
			expect_request(&net_all);
	}
	expect_nothing();
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_FAILED);
	cr_assert_eq(n.core.held, 0);
	cr_assert_eq(net_count(&n, CNT_neigh_failed), 1);
	cr_assert_eq(net_count(&n, DROP_neigh_failed), NEIGH_WAIT_MAX);
	cr_assert_eq(net_count(&n, CNT_arp_requests_out), NEIGH_TRIES);
}

static uint32_t
failed_peer(void)
{
	uint32_t h = peer();

	output(h, 1);
	net_after(&n, 3100 * NET_MS);
	net_forget(&n);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_FAILED);
	return h;
}

/* What failed may be there again: a packet to it asks at once, and waits for the answer. */
Test(neigh, failed_asks_again_and_waits)
{
	uint32_t h = failed_peer();

	net_after(&n, 10 * NET_SEC);
	cr_assert_eq(output(h, 2), 0);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_INCOMPLETE);
	expect_request(&net_all);
	cr_assert_eq(n.core.held, 1);
	peer_replies(&net_peer_mac);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_REACHABLE);
	expect_packet(&net_peer_mac, 2);
	expect_nothing();
}

/* RFC 1122 2.3.2.1: however much is sent to it */
Test(neigh, failed_is_asked_once_a_second)
{
	uint32_t h = failed_peer();
	unsigned requests = 0;

	for (int i = 0; i < 250; i++) {
		cr_assert_eq(output(h, 2), 0);
		while (net_take(&n, frame) > 0)
			requests++;
		net_after(&n, 100 * NET_MS);
	}
	cr_assert_geq(requests, 24, "in 25 seconds");
	cr_assert_leq(requests, 25);
	cr_assert_geq(net_count(&n, CNT_neigh_failed), 8);
}

/* What waited is given back in its order, for its sender to be told. */
Test(neigh, what_waited_in_vain_is_given_back)
{
	struct rte_mbuf *m;

	for (uint8_t i = 0; i < 3; i++)
		output(peer(), i);
	for (int second = 0; second < 4; second++) {
		n.time += NET_SEC;
		core_clock_read(&n.core);
		wheel_advance(&n.core.wheel, &n.core, n.core.tick);
	}
	cr_assert_eq(n.core.held, 3);
	for (uint8_t i = 0; i < 3; i++) {
		cr_assert_not_null(m = neigh_take_unsent(&n.core));
		cr_assert_eq(*rte_pktmbuf_mtod(m, uint8_t *), i);
		rte_pktmbuf_free(m);
	}
	cr_assert_null(neigh_take_unsent(&n.core));
	cr_assert_eq(n.core.held, 0);
	net_forget(&n);
}

Test(neigh, failed_for_minutes_and_then_there)
{
	uint32_t h = failed_peer();

	for (int second = 0; second < 256; second++) {
		cr_assert_eq(output(h, 1), 0);
		net_after(&n, NET_SEC);
	}
	net_forget(&n);
	peer_replies(&net_peer_mac);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_REACHABLE);
}

Test(neigh, the_newest_packets_are_kept)
{
	uint32_t h = peer();

	for (uint8_t i = 0; i < NEIGH_WAIT_MAX + 3; i++)
		cr_assert_eq(output(h, i), 0);
	cr_assert_eq(net_count(&n, DROP_neigh_queue_full), 3);
	cr_assert_eq(n.core.held, NEIGH_WAIT_MAX);
	net_forget(&n);
	peer_replies(&net_peer_mac);
	for (uint8_t i = 3; i < NEIGH_WAIT_MAX + 3; i++)
		expect_packet(&net_peer_mac, i);
	expect_nothing();
	cr_assert_eq(n.core.held, 0);
}

Test(neigh, a_waiting_chain_is_held_with_all_its_segments)
{
	struct rte_mbuf *m = packet(7);

	cr_assert_eq(rte_pktmbuf_chain(m, packet(8)), 0);
	cr_assert_eq(neigh_output(&n.core, peer(), m), 0);
	cr_assert_eq(n.core.held, 2);
	net_after(&n, 4 * NET_SEC);
	cr_assert_eq(n.core.held, 0);
}

Test(neigh, reachable_grows_stale_and_is_confirmed_by_unicast_on_use)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	net_after(&n, (NEIGH_REACHABLE_SEC - 1) * NET_SEC);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_REACHABLE);
	net_after(&n, 2 * NET_SEC);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_STALE);
	expect_nothing();
	cr_assert_eq(output(h, 1), 0);
	expect_request(&net_peer_mac);
	expect_packet(&net_peer_mac, 1);
	output(h, 2);
	expect_packet(&net_peer_mac, 2);
	expect_nothing();
	peer_replies(&net_peer_mac);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_REACHABLE);
	net_after(&n, 5 * NET_SEC);
	expect_nothing();
}

Test(neigh, three_polls_without_an_answer_and_all_are_asked)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	net_after(&n, 31 * NET_SEC);
	output(h, 1);
	for (int i = 0; i < NEIGH_TRIES; i++) {
		expect_request(&net_peer_mac);
		if (i == 0)
			expect_packet(&net_peer_mac, 1);
		expect_nothing();
		net_after(&n, 1010 * NET_MS);
	}
	expect_nothing();
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_INCOMPLETE);
	output(h, 2);
	expect_request(&net_all);
	expect_nothing();
	peer_replies(&net_other_mac);
	expect_packet(&net_other_mac, 2);
}

Test(neigh, progress_of_a_connection_confirms)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	for (int i = 0; i < 10; i++) {
		net_after(&n, 20 * NET_SEC);
		neigh_confirm(&n.core, h);
		cr_assert_eq(output(h, 1), 0);
		expect_packet(&net_peer_mac, 1);
		expect_nothing();
	}
	cr_assert_eq(net_count(&n, CNT_arp_requests_out), 0);
}

Test(neigh, progress_confirms_nobody_without_an_address)
{
	uint32_t h = failed_peer();

	neigh_confirm(&n.core, h);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_FAILED);
}

Test(neigh, a_new_address_reaches_who_holds_the_handle)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_other_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_PEER});
	cr_assert(neigh_valid(&n.core, h));
	output(h, 1);
	expect_request(&net_other_mac);
	expect_packet(&net_other_mac, 1);
}

Test(neigh, forgotten_when_unused_and_the_handle_is_stale)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	net_after(&n, (NEIGH_GC_SEC - 1) * NET_SEC);
	cr_assert(neigh_valid(&n.core, h));
	net_after(&n, 2 * NET_SEC);
	cr_assert_not(neigh_valid(&n.core, h));
	cr_assert_eq(output(h, 1), -ESTALE);
	expect_nothing();
	cr_assert_null(neigh_at(&n.core, h));
	uint32_t again = peer();
	cr_assert_neq(again, h, "another generation");
	cr_assert(neigh_valid(&n.core, again));
	cr_assert_not(neigh_valid(&n.core, h));
	cr_assert_not(neigh_valid(&n.core, 0));
}

Test(neigh, kept_while_it_is_used)
{
	net_meet_peer(&n);
	uint32_t h = peer();

	for (int i = 0; i < 3; i++) {
		net_after(&n, (NEIGH_GC_SEC - 100) * NET_SEC);
		neigh_confirm(&n.core, h); /* a valid handle: it was not forgotten */
		cr_assert_eq(output(h, 1), 0);
		peer_replies(&net_peer_mac);
		net_forget(&n);
	}
}

/* The places of entries are used again, sooner or later; their handles are not. */
Test(neigh, no_later_entry_has_the_handle_of_a_former_one)
{
	net_meet_peer(&n);
	uint32_t former = peer();

	net_after(&n, (NEIGH_GC_SEC + 31) * NET_SEC);
	cr_assert_not(neigh_valid(&n.core, former));
	for (unsigned i = 0; i < NEIGH_MAX; i++) {
		struct leat_addr a = host(i + 256);
		cr_assert_neq(neigh_get(&n.core, n.port, &a), former, "entry %u", i);
	}
	cr_assert_not(neigh_valid(&n.core, former));
}

Test(neigh, failed_ones_are_forgotten_soon)
{
	uint32_t h = failed_peer();

	net_after(&n, (NEIGH_FAILED_GC_SEC + 1) * NET_SEC);
	cr_assert_not(neigh_valid(&n.core, h));
}

Test(neigh, static_is_never_asked_changed_or_forgotten)
{
	struct leat_addr a = {.v4 = NET_PEER, .family = LEAT_IPV4};

	cr_assert_eq(neigh_set_static(&n.core, n.port, &a, &net_peer_mac), 0);
	uint32_t h = peer();
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_other_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	net_forget(&n);
	net_after(&n, (NEIGH_GC_SEC + 1) * NET_SEC);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_STATIC);
	cr_assert_eq(output(h, 1), 0);
	expect_packet(&net_peer_mac, 1);
	expect_nothing();
	cr_assert_eq(n.core.wheel.armed, 0);
}

Test(neigh, made_static_while_packets_wait)
{
	struct leat_addr a = {.v4 = NET_PEER, .family = LEAT_IPV4};

	output(peer(), 1);
	net_forget(&n);
	cr_assert_eq(neigh_set_static(&n.core, n.port, &a, &net_peer_mac), 0);
	net_turn(&n);
	expect_packet(&net_peer_mac, 1);
	net_after(&n, 5 * NET_SEC);
	expect_nothing();
}

Test(neigh, the_same_handle_for_the_same_host)
{
	struct leat_addr a = {.v4 = NET_PEER, .family = LEAT_IPV4}, b = {.v4 = NET_OTHER, .family = LEAT_IPV4};

	cr_assert_eq(neigh_get(&n.core, n.port, &a), neigh_get(&n.core, n.port, &a));
	cr_assert_neq(neigh_get(&n.core, n.port, &a), neigh_get(&n.core, n.port, &b));
	cr_assert_eq(neigh_at(&n.core, peer())->port, n.port);
}

static void
count_entries(const struct neigh *e, void *arg)
{
	(void)e;
	++*(unsigned *)arg;
}

Test(neigh, a_full_table_makes_room_only_from_idle_entries)
{
	unsigned entries = 0;
	uint32_t first = 0;

	for (unsigned i = 0; i < NEIGH_MAX; i++) {
		struct leat_addr a = host(i + 256);
		uint32_t h = neigh_get(&n.core, n.port, &a);
		cr_assert_neq(h, 0, "entry %u", i);
		if (i == 0)
			first = h;
	}
	neigh_walk(&n.core, count_entries, &entries);
	cr_assert_eq(entries, NEIGH_MAX);
	cr_assert_eq(peer(), 0, "all are new: nobody has to go");
	cr_assert(neigh_valid(&n.core, first));
	net_after(&n, (NEIGH_IDLE_SEC + 1) * NET_SEC);
	cr_assert_neq(peer(), 0);
	entries = 0;
	neigh_walk(&n.core, count_entries, &entries);
	cr_assert_eq(entries, NEIGH_MAX);
}

/* A look for room goes over a part of the table; by the time it has gone round it has found the one. */
Test(neigh, a_failed_entry_makes_room_at_once)
{
	uint32_t h = 0;

	for (unsigned i = 0; i < NEIGH_MAX; i++) {
		struct leat_addr a = host(i + 256);
		h = neigh_get(&n.core, n.port, &a);
	}
	cr_assert_eq(output(h, 1), 0);
	net_after(&n, 3100 * NET_MS);
	net_forget(&n);
	cr_assert_eq(neigh_state_of(&n.core, h), NEIGH_FAILED);
	uint32_t found = 0;
	for (unsigned i = 0; i < 64 && found == 0; i++)
		found = peer();
	cr_assert_neq(found, 0);
	cr_assert_not(neigh_valid(&n.core, h));
}

Test(neigh, a_full_table_of_static_entries_stays)
{
	for (unsigned i = 0; i < NEIGH_MAX; i++) {
		struct leat_addr a = host(i + 256);
		cr_assert_eq(neigh_set_static(&n.core, n.port, &a, &net_peer_mac), 0);
	}
	struct leat_addr one_more = host(1);
	net_after(&n, (NEIGH_IDLE_SEC + 1) * NET_SEC);
	cr_assert_eq(peer(), 0);
	cr_assert_eq(neigh_set_static(&n.core, n.port, &one_more, &net_peer_mac), -ENOSPC);
}

Test(neigh, without_a_buffer_for_the_request_it_is_sent_a_second_later)
{
	struct rte_mbuf *all[2048];
	unsigned taken = 0;
	uint32_t h = peer();
	struct rte_mbuf *m = packet(1);

	while ((all[taken] = rte_pktmbuf_alloc(n.core.hdr_pool)) != NULL)
		taken++;
	cr_assert_eq(neigh_output(&n.core, h, m), 0);
	cr_assert_eq(net_count(&n, DROP_no_mbuf), 1);
	net_turn(&n);
	expect_nothing();
	rte_pktmbuf_free_bulk(all, taken);
	net_after(&n, 1010 * NET_MS);
	expect_request(&net_all);
}
