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
