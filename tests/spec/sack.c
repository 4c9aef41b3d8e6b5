/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat as a receiver tells by SACK (RFC 2018 4), once it was permitted. */
#include "spec.h"

SUITE(sack);

/* RFC 2018 4: the first block holds the segment that triggered the ACK */
Test(sack, block_names_the_segment_beyond_the_hole)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 101, .right = 201);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1, .left = 101, .right = 301);
}

/* RFC 2018 4: the newest block first, then the others */
Test(sack, newest_block_comes_first)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 2, .left = 301, .right = 401, .left2 = 101, .right2 = 201);
	peer_sends(.seq = 201, .len = 50);
	expect_sent(.ack = 1, .left = 101, .right = 251, .left2 = 301, .right2 = 401);
}

/* RFC 2018 4: no hole, no block */
Test(sack, blocks_end_when_the_hole_is_filled)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 1);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 1, .nb_sack = 2);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 201, .nb_sack = 1, .left = 301, .right = 401);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 401, .nb_sack = 0);
	expect_app_data(400);
}

/* RFC 2018 3: at most three blocks beside timestamps */
Test(sack, three_blocks_fit_beside_timestamps)
{
	talk->sack = talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i <= 5; i++)
		peer_sends(.seq = 200 * i + 1, .len = 100);
	for (uint32_t i = 1; i <= 4; i++)
		expect_sent(.ack = 1, .left = 200 * i + 1);
	expect_sent(.ack = 1, .nb_sack = 3, .left = 1001, .right = 1101, .left2 = 801, .right2 = 901);
}

/* RFC 2018 2: without SACK-permitted none is ever sent */
Test(sack, no_blocks_unless_permitted)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.flags = ACK, .ack = 1, .nb_sack = 0);
}

/* RFC 2018 3: blocks that make no sense, as a sender sees them, change nothing */
Test(sack, received_nonsense_is_survived)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 1, .nb_sack = 1, .left = 5000, .right = 4000);
	peer_sends(.ack = 1, .nb_sack = 2, .left = 0, .right = 100000, .left2 = 7, .right2 = 7);
	peer_sends(.ack = 101, .nb_sack = 1, .left = 1, .right = 50);
	expect_nothing();
	expect_app_sent(100);
}

/* RFC 8985 6.2: what was sent again in this very microsecond is not older than what arrived before it */
Test(sack, what_was_just_sent_again_is_not_lost_again)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(10 * 1460);
	expect_sent_run(10, 1, 1460);
	after(10 * MS);
	app_sends(10 * 1460);
	peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + 3 * 1460, .right = 1 + 10 * 1460);
	forget_sent();
	/* what left in this moment arrives in it, and what was sent again with it does not */
	uint32_t end = talk->leat_nxt;
	peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + 3 * 1460, .right = end);
	forget_sent();
	for (int i = 0; i < 10; i++)
		peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + 3 * 1460, .right = end);
	expect_nothing();
}
