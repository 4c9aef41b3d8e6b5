/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes in: checked, matched to the most specific endpoint, queued, delivered in step 5. */
#include <string.h>
#include <criterion/criterion.h>
#include "lab.h"

TestSuite(udp_input, .init = lab_start, .fini = lab_stop);

#define SUBNET_BROADCAST RTE_BE32(0xc61200ff)

Test(udp_input, a_datagram_is_delivered_with_both_endpoints)
{
	struct leat_udp *udp = lab_open("198.18.0.1:7");

	lab_give(&(struct dgram){.from = 5555}, "leat", 4);
	cr_assert_eq(lab.nb_heard, 0, "nothing is delivered before step 5");
	cr_assert_eq(lab.n.core.held, 1);
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(lab.nb_heard, 1);
	const struct heard *h = &lab.heard[0];
	char from[LEAT_ENDPOINT_TEXT], to[LEAT_ENDPOINT_TEXT];
	cr_assert_str_eq(leat_endpoint_format(&h->from, from, sizeof(from)), "198.18.0.2:5555");
	cr_assert_str_eq(leat_endpoint_format(&h->to, to, sizeof(to)), "198.18.0.1:7");
	cr_assert(h->udp == udp && h->user == &lab && h->error == 0);
	cr_assert_eq(h->len, 4);
	cr_assert_eq(memcmp(h->data, "leat", 4), 0);
	cr_assert_eq(lab.n.core.counters[CNT_udp_in], 1);
	cr_assert_eq(rte_mempool_in_use_count(lab.n.pool), 0, "its buffer is back");
	cr_assert_eq(lab_deliver(), 0);
}

Test(udp_input, an_empty_datagram_is_a_datagram)
{
	lab_open(":7");
	lab_give(&(struct dgram){0}, "", 0);
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(lab.heard[0].len, 0);
}

Test(udp_input, the_checksum_is_checked_if_there_is_one)
{
	lab_open(":7");
	lab_give(&(struct dgram){.no_cksum = true}, "none", 4);
	cr_assert_eq(lab_deliver(), 1);
	lab_give(&(struct dgram){.bad_cksum = true}, "bad", 3);
	cr_assert_eq(lab_deliver(), 0);
	cr_assert_eq(lab.n.core.counters[DROP_udp_bad_checksum], 1);
}

/* RFC 768: a sum of zero is sent as all ones. One of all payloads of two bytes has it. */
Test(udp_input, a_checksum_of_all_ones_is_right_when_the_sum_is_zero)
{
	lab_open(":7");
	for (uint32_t v = 0; v < 65536; v++) {
		uint8_t data[2] = {(uint8_t)(v >> 8), (uint8_t)v};
		lab_give(&(struct dgram){0}, data, 2);
		cr_assert_eq(lab_deliver(), 1, "payload %04x", v);
	}
}

Test(udp_input, lengths_that_lie_are_malformed)
{
	static const int bad[] = {-1, 1, 7, 13, 1000, 65535};

	lab_open(":7");
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		lab_give(&(struct dgram){.len_field = bad[i], .no_cksum = true}, "data", 4);
		cr_assert_not(lab.refused);
		cr_assert_eq(lab.n.core.counters[DROP_udp_malformed], i + 1, "length %d of 12", bad[i]);
	}
	cr_assert_eq(lab_deliver(), 0);
}

Test(udp_input, less_than_a_header_is_malformed)
{
	uint8_t frame[64], l4[8] = {0};

	lab_open(":7");
	for (size_t len = 0; len < UDP_HDR_LEN; len++) {
		net_give(&lab.n, frame, net_ip4_frame(&lab.n, frame, &(struct net_ip4){.proto = 17}, l4, len));
		cr_assert_not_null(lab.n.got.m);
		cr_assert_eq(udp_input(&lab.n.core, &lab.n.got), 0);
		lab.n.got.m = NULL;
	}
	cr_assert_eq(lab.n.core.counters[DROP_udp_malformed], UDP_HDR_LEN);
}

/* The checksum covers what the UDP length says; the rest of the IP packet is nobody's. */
Test(udp_input, trailing_bytes_are_cut_off)
{
	lab_open(":7");
	lab_give(&(struct dgram){.trailing = 5}, "leat", 4);
	lab_give(&(struct dgram){.trailing = 300, .segment = 64}, "leat", 4);
	cr_assert_eq(lab_deliver(), 2);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(lab.heard[i].len, 4);
		cr_assert_eq(memcmp(lab.heard[i].data, "leat", 4), 0);
	}
}

Test(udp_input, a_chain_is_delivered_in_one_piece)
{
	uint8_t data[LAB_KEPT];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	lab_open(":7");
	for (size_t segment = FRAME_UDP + UDP_HDR_LEN - 3; segment < FRAME_UDP + 20; segment++) {
		lab.nb_heard = 0;
		lab_give(&(struct dgram){.segment = segment}, data, sizeof(data));
		cr_assert_eq(lab_deliver(), 1);
		cr_assert_eq(lab.heard[0].len, sizeof(data));
		cr_assert_eq(memcmp(lab.heard[0].data, data, sizeof(data)), 0, "segments of %zu", segment);
	}
}

Test(udp_input, nobodys_port_is_refused_and_left_to_the_caller)
{
	lab_open(":8");
	lab_open("198.18.0.1:1031"); /* the same bucket as 7 */
	lab_give(&(struct dgram){0}, "leat", 4);
	cr_assert(lab.refused);
	lab_give(&(struct dgram){.bad_cksum = true}, "leat", 4);
	cr_assert_not(lab.refused, "what is broken is not answered");
	cr_assert_eq(lab_deliver(), 0);
}

Test(udp_input, the_address_goes_before_any_address)
{
	struct leat_udp *any = lab_open(":7"), *ours = lab_open("198.18.0.1:7");

	lab_give(&(struct dgram){0}, "a", 1);
	leat_udp_close(ours);
	cr_assert_eq(lab_deliver(), 0, "what waited for it goes with it");
	lab_give(&(struct dgram){0}, "b", 1);
	ours = lab_open("198.18.0.1:7");
	lab_give(&(struct dgram){0}, "c", 1);
	cr_assert_eq(lab_deliver(), 2);
	cr_assert_eq(lab.heard[0].udp, any);
	cr_assert_eq(lab.heard[1].udp, ours);
}

Test(udp_input, what_is_for_another_address_of_ours_is_not_for_this_endpoint)
{
	lab_open("198.18.0.1:7");
	lab_give(&(struct dgram){.dst = LAB_US_TOO}, "x", 1);
	cr_assert(lab.refused);
	struct leat_udp *other = lab_open("198.18.0.3:7");
	lab_give(&(struct dgram){.dst = LAB_US_TOO}, "x", 1);
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(lab.heard[0].udp, other);
	cr_assert_eq(lab.heard[0].to.addr.v4, LAB_US_TOO);
}

Test(udp_input, broadcasts_are_for_endpoints_with_any_address_only)
{
	static const uint32_t groups[] = {SUBNET_BROADCAST, UINT32_MAX};

	struct leat_udp *ours = lab_open("198.18.0.1:7");
	for (size_t i = 0; i < RTE_DIM(groups); i++) {
		lab_give(&(struct dgram){.dst = groups[i]}, "x", 1);
		cr_assert_not(lab.refused, "a broadcast is never answered");
	}
	cr_assert_eq(lab_deliver(), 0);
	cr_assert_eq(lab.n.core.counters[DROP_udp_no_port], 2);
	struct leat_udp *any = lab_open(":7");
	for (size_t i = 0; i < RTE_DIM(groups); i++)
		lab_give(&(struct dgram){.dst = groups[i]}, "x", 1);
	cr_assert_eq(lab_deliver(), 2);
	cr_assert(lab.heard[0].udp == any && lab.heard[1].udp == any && any != ours);
	cr_assert_eq(lab.heard[0].to.addr.v4, SUBNET_BROADCAST);
}

Test(udp_input, events_come_in_the_order_of_arrival_over_all_endpoints)
{
	struct leat_udp *a = lab_open(":7"), *b = lab_open(":9");

	lab_give(&(struct dgram){.to = 9}, "0", 1);
	lab_give(&(struct dgram){.to = 7}, "1", 1);
	lab_give(&(struct dgram){.to = 7}, "2", 1);
	lab_give(&(struct dgram){.to = 9}, "3", 1);
	cr_assert_eq(lab_deliver(), 4);
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(lab.heard[i].data[0], '0' + i);
		cr_assert_eq(lab.heard[i].udp, i == 1 || i == 2 ? a : b);
	}
}

Test(udp_input, an_endpoint_without_callbacks_swallows)
{
	static const struct leat_udp_events none;
	struct leat_endpoint local = {.port = 7};
	struct leat_udp *udp;

	cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, &local, &none, NULL, &udp), 0);
	lab_give(&(struct dgram){0}, "x", 1);
	cr_assert_not(lab.refused);
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(lab.nb_heard, 0);
}

/* At the limit: UDP_QUEUE are kept, the next is dropped and counted, and after delivery there is room. */
Test(udp_input, the_queue_is_bounded)
{
	lab_open(":7");
	for (int round = 0; round < 2; round++) {
		/* the test's pool has fewer buffers than the queue has places: errors fill it too */
		for (unsigned i = 0; i < UDP_QUEUE; i++) {
			struct ip_error e = {.proto = 17, .error = ECONNREFUSED};
			struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4};
			tuple_make(&e.tuple, &us, 7, &us, 1);
			cr_assert(udp_error(&lab.n.core, &e));
		}
		cr_assert_eq(lab.n.core.counters[DROP_udp_queue_full], (unsigned)round);
		lab_give(&(struct dgram){0}, "x", 1);
		cr_assert_eq(lab.n.core.counters[DROP_udp_queue_full], (unsigned)round + 1);
		cr_assert_eq(lab.n.core.held, 0);
		cr_assert_eq(lab_deliver(), UDP_QUEUE);
	}
}
