/* SPDX-License-Identifier: BSD-3-Clause */
/* What came twice is told in the first SACK block (RFC 2883 4). */
#include "spec.h"

SUITE(dsack);

static void
established(void)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
}

/* RFC 2883 4.1.1: a duplicate of what was acknowledged */
Test(dsack, duplicate_is_told)
{
	established();
	peer_sends(.len = 100);
	expect_sent(.ack = 101, .nb_sack = 0);
	peer_sends(.len = 100);
	expect_sent(.ack = 201, .nb_sack = 0);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 201, .nb_sack = 1, .left = 101, .right = 201);
	expect_nothing();
}

/* RFC 2883 4.1.2: beside a hole: the duplicate first, then what lies beyond the hole */
Test(dsack, duplicate_comes_before_what_lies_beyond_a_hole)
{
	established();
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 101, .nb_sack = 1, .left = 201, .right = 301);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 101, .nb_sack = 2, .left = 1, .right = 101, .left2 = 201, .right2 = 301);
}

/* RFC 2883 4.1.3: a duplicate beyond the hole, and then the block that it is part of */
Test(dsack, block_around_the_duplicate_follows)
{
	established();
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 201, .right = 301);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 201, .right = 401);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 2, .left = 301, .right = 401, .left2 = 201, .right2 = 401);
}

/* RFC 2883 4.1.3, 4 (4): with two blocks, in which the older one holds the duplicate: it is the next after it */
Test(dsack, block_around_the_duplicate_comes_before_newer_ones)
{
	established();
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 201, .right = 301);
	peer_sends(.seq = 401, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 2, .left = 401, .right = 501, .left2 = 201, .right2 = 301);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 3, .left = 201, .right = 301, .left2 = 201, .right2 = 301);
}

/* RFC 2883 4.2.1: a segment that is known in part, below the ACK: that part */
Test(dsack, known_part_of_a_segment_is_told)
{
	established();
	peer_sends(.len = 500);
	expect_sent(.ack = 501);
	peer_sends(.seq = 1501, .len = 500);
	expect_sent(.ack = 501, .nb_sack = 1, .left = 1501, .right = 2001);
	peer_sends(.seq = 501, .len = 500);
	expect_sent(.ack = 1001, .nb_sack = 1, .left = 1501, .right = 2001);
	peer_sends(.seq = 501, .len = 1000);
	expect_sent(.ack = 2001, .nb_sack = 1, .left = 501, .right = 1001);
	expect_nothing();
	expect_app_data(2000);
	expect(counter("tcp_dsacks_out") == 1);
}

/* RFC 2883 4.2.1: without a hole too, and at once, where the ACK could wait */
Test(dsack, known_part_of_a_segment_is_told_at_once)
{
	established();
	for (uint32_t i = 0; i < 20; i++)
		peer_sends(.seq = 1 + 100 * i, .len = 100);
	after(1 * SEC);
	forget_sent();
	peer_sends(.seq = 1901, .len = 200);
	expect_sent(.ack = 2101, .nb_sack = 1, .left = 1901, .right = 2001);
	expect_nothing();
	expect_app_data(2100);
}

/* RFC 2883 4.2.2: two parts with a hole between them: the first, and then what lies beyond the next hole */
Test(dsack, first_known_part_of_two_is_told)
{
	established();
	peer_sends(.len = 500);
	expect_sent(.ack = 501);
	peer_sends(.seq = 2501, .len = 500);
	expect_sent(.ack = 501, .nb_sack = 1, .left = 2501, .right = 3001);
	peer_sends(.seq = 501, .len = 500);
	expect_sent(.ack = 1001, .nb_sack = 1, .left = 2501, .right = 3001);
	peer_sends(.seq = 1501, .len = 500);
	expect_sent(.ack = 1001, .nb_sack = 2, .left = 1501, .right = 2001, .left2 = 2501, .right2 = 3001);
	peer_sends(.seq = 501, .len = 1500);
	expect_sent(.ack = 2001, .nb_sack = 2, .left = 501, .right = 1001, .left2 = 2501, .right2 = 3001);
	expect_nothing();
	expect_app_data(2000);
}

/* RFC 2883 4.2.3: both parts beyond a hole: the first, the block that it is now part of, and the others */
Test(dsack, first_known_part_beyond_a_hole_is_told)
{
	const struct tcp_seg *s;

	established();
	peer_sends(.len = 500);
	expect_sent(.ack = 501);
	peer_sends(.seq = 3001, .len = 500);
	expect_sent(.ack = 501, .nb_sack = 1, .left = 3001, .right = 3501);
	peer_sends(.seq = 1001, .len = 500);
	expect_sent(.ack = 501, .nb_sack = 2, .left = 1001, .right = 1501, .left2 = 3001, .right2 = 3501);
	peer_sends(.seq = 2001, .len = 500);
	expect_sent(.ack = 501, .nb_sack = 3, .left = 2001, .right = 2501, .left2 = 1001, .right2 = 1501);
	peer_sends(.seq = 1001, .len = 1500);
	s = expect_sent(.ack = 501, .nb_sack = 3, .left = 1001, .right = 1501, .left2 = 1001, .right2 = 2501);
	expect(s->opts.sack[2].start - talk->peer_iss == 3001 && s->opts.sack[2].end - talk->peer_iss == 3501);
	expect_nothing();
}

/* RFC 2883 4.2: what fills the hole reaches into what waited behind it, in two pieces */
Test(dsack, overlap_behind_the_hole_is_told)
{
	established();
	peer_sends(.seq = 101, .len = 50);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 101, .right = 151);
	peer_sends(.seq = 151, .len = 50);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 101, .right = 201);
	peer_sends(.seq = 1, .len = 180);
	expect_sent(.ack = 201, .nb_sack = 1, .left = 101, .right = 181);
	expect_nothing();
	expect_app_data(200);
}

/* RFC 2883 4.2, RFC 9293 3.10.7.4, eighth: with the FIN behind it */
Test(dsack, known_part_and_fin)
{
	established();
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	peer_sends(.flags = FIN | ACK, .seq = 51, .len = 100);
	expect_sent(.ack = 151, .nb_sack = 1, .left = 51, .right = 101);
	expect_sent(.ack = 152, .nb_sack = 0);
	expect_nothing();
	expect_app_data(150);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 2883 4 (2): each duplicate is told once */
Test(dsack, is_told_once)
{
	established();
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 101, .nb_sack = 1, .left = 1, .right = 101);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 201, .nb_sack = 0);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 201, .nb_sack = 1, .left = 301, .right = 401);
}

/* RFC 2018 2: to a peer that did not permit SACK nothing is told */
Test(dsack, needs_permission)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 101, .nb_sack = 0);
}

/* RFC 9293 MUST-59: without a buffer to tell of a duplicate in, the ACK of what came with it is still owed */
Test(dsack, without_a_buffer_the_ack_is_owed)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	pool_leaves("hdr", 0);
	peer_queues(.seq = 51, .len = 100);
	leat_core_poll(leat_core(stack, 0));
	pool_gives(UINT32_MAX);
	after(500 * MS);
	expect_sent(.flags = ACK, .ack = 151);
	expect_nothing();
	expect_app_data(150);
}
