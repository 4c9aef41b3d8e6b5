/* SPDX-License-Identifier: BSD-3-Clause */
/* The peer's state from the segments: what is proven, and what is expected. */
#include <criterion/criterion.h>
#include "ladder/infer.h"
#include "story.h"

static struct infer peer;
static uint64_t read_to;

static void
begin(void)
{
	story_begin(64);
	infer_init(&peer);
	read_to = 0;
}

TestSuite(infer, .init = begin, .fini = story_end);

#define S(name) LEAT_TCP_##name

/* The peer's state after what was told so far. */
#define expect(known_, expected_) do { \
	for (; read_to < story_trace()->written; read_to++) \
		infer_segment(&peer, &story_trace()->recs[read_to]); \
	cr_expect_eq(peer.known, (int)(known_), "known is %d, not " #known_, peer.known); \
	cr_expect_eq(peer.expected, (int)(expected_), "expected is %d, not " #expected_, peer.expected); \
} while (0)

static void
accepted(void)
{
	in(SYN);
	out(SYN | ACK, 0, 1);
	in(ACK, 1, 1);
	expect(S(ESTABLISHED), S(ESTABLISHED));
}

Test(infer, it_calls)
{
	in(SYN);
	expect(S(SYN_SENT), S(SYN_SENT));
	out(SYN | ACK, 0, 1);
	expect(S(SYN_SENT), S(ESTABLISHED));
	in(ACK, 1, 1);
	expect(S(ESTABLISHED), S(ESTABLISHED));
}

Test(infer, it_is_called)
{
	expect(INFER_UNKNOWN, INFER_UNKNOWN);
	out(SYN);
	expect(INFER_UNKNOWN, S(SYN_RECEIVED));
	in(SYN | ACK, 0, 1);
	expect(S(SYN_RECEIVED), S(SYN_RECEIVED));
	out(ACK, 1, 1);
	expect(S(SYN_RECEIVED), S(ESTABLISHED));
	in(ACK, 1, 1, .len = 5);
	expect(S(ESTABLISHED), S(ESTABLISHED));
}

Test(infer, both_call)
{
	out(SYN);
	in(SYN);
	expect(S(SYN_SENT), S(SYN_RECEIVED));
	out(SYN | ACK, 0, 1);
	expect(S(SYN_SENT), S(ESTABLISHED));
	in(SYN | ACK, 0, 1);
	expect(S(SYN_RECEIVED), S(ESTABLISHED));
}

Test(infer, a_repeated_syn_says_that_the_answer_is_lost)
{
	in(SYN);
	out(SYN | ACK, 0, 1);
	in(SYN);
	expect(S(SYN_SENT), S(SYN_SENT));
}

Test(infer, a_repeated_syn_ack_says_that_the_ack_is_lost)
{
	out(SYN);
	in(SYN | ACK, 0, 1);
	out(ACK, 1, 1);
	in(SYN | ACK, 0, 1);
	expect(S(SYN_RECEIVED), S(SYN_RECEIVED));
	out(ACK, 1, 1);
	expect(S(SYN_RECEIVED), S(ESTABLISHED));
}

Test(infer, it_refuses)
{
	out(SYN);
	in(RST | ACK, 0, 1);
	expect(S(CLOSED), S(CLOSED));
}

Test(infer, it_closes_first)
{
	accepted();
	in(FIN | ACK, 1, 1);
	expect(S(FIN_WAIT_1), S(FIN_WAIT_1));
	out(ACK, 1, 2);
	expect(S(FIN_WAIT_1), S(FIN_WAIT_2));
	out(FIN | ACK, 1, 2);
	expect(S(FIN_WAIT_1), S(TIME_WAIT));
	in(ACK, 2, 2);
	expect(S(TIME_WAIT), S(TIME_WAIT));
}

Test(infer, data_after_its_fin_proves_fin_wait_2)
{
	accepted();
	in(FIN | ACK, 1, 1);
	out(ACK, 1, 2, .len = 100);
	in(ACK, 2, 51);
	expect(S(FIN_WAIT_2), S(FIN_WAIT_2));
}

Test(infer, data_sent_before_its_fin_came_proves_nothing)
{
	accepted();
	out(ACK, 1, 1, .len = 100);
	in(FIN | ACK, 1, 1);
	out(ACK, 1, 2, .len = 100, .resent = true);
	in(ACK, 2, 101);
	expect(S(FIN_WAIT_1), S(FIN_WAIT_2));
}

Test(infer, a_repeated_fin_says_that_the_ack_is_lost)
{
	accepted();
	in(FIN | ACK, 1, 1);
	out(ACK, 1, 2);
	in(FIN | ACK, 1, 1);
	expect(S(FIN_WAIT_1), S(FIN_WAIT_1));
}

Test(infer, leat_closes_first)
{
	accepted();
	out(FIN | ACK, 1, 1);
	expect(S(ESTABLISHED), S(CLOSE_WAIT));
	in(ACK, 1, 2);
	expect(S(CLOSE_WAIT), S(CLOSE_WAIT));
	in(FIN | ACK, 1, 2);
	expect(S(LAST_ACK), S(LAST_ACK));
	out(ACK, 2, 2);
	expect(S(LAST_ACK), S(CLOSED));
	in(FIN | ACK, 1, 2);
	expect(S(LAST_ACK), S(LAST_ACK));
}

Test(infer, fin_and_ack_of_ours_in_one_segment)
{
	accepted();
	out(FIN | ACK, 1, 1);
	in(FIN | ACK, 1, 2);
	expect(S(LAST_ACK), S(LAST_ACK));
}

Test(infer, both_close)
{
	accepted();
	out(FIN | ACK, 1, 1);
	in(FIN | ACK, 1, 1);
	expect(S(FIN_WAIT_1), S(CLOSING));
	out(ACK, 2, 2);
	expect(S(FIN_WAIT_1), S(TIME_WAIT));
	in(ACK, 2, 2);
	expect(S(CLOSING), S(TIME_WAIT));
}

Test(infer, a_late_fin_shows_that_it_was_sent_before_ours_came)
{
	accepted();
	out(FIN | ACK, 1, 1);
	in(ACK, 2, 2); /* overtook the FIN that comes now */
	expect(S(CLOSE_WAIT), S(CLOSE_WAIT));
	in(FIN | ACK, 1, 1);
	expect(S(CLOSING), S(CLOSING));
}

Test(infer, a_reset_closes_and_a_later_segment_disproves_it)
{
	accepted();
	in(RST, 77);
	expect(S(CLOSED), S(CLOSED));
	in(ACK, 1, 1, .len = 10);
	expect(S(ESTABLISHED), S(ESTABLISHED));
}

Test(infer, leat_resets)
{
	accepted();
	out(RST, 1);
	expect(S(ESTABLISHED), S(CLOSED));
}

Test(infer, it_restarts_and_calls_again)
{
	accepted();
	in(SYN, 5000);
	expect(S(SYN_SENT), S(SYN_SENT));
	out(ACK, 1, 1);
	in(RST, 1);
	expect(S(CLOSED), S(CLOSED));
}

Test(infer, an_old_connection_answers_our_syn)
{
	out(SYN);
	in(ACK, 300, 100); /* RFC 9293 figure 9 */
	expect(S(ESTABLISHED), S(ESTABLISHED));
	out(RST, 100);
	expect(S(ESTABLISHED), S(CLOSED));
	out(SYN);
	in(SYN | ACK, 0, 1);
	expect(S(SYN_RECEIVED), S(SYN_RECEIVED));
}

Test(infer, the_beginning_is_missing)
{
	out(ACK, 100, 50, .len = 10);
	expect(INFER_UNKNOWN, INFER_UNKNOWN);
	in(ACK, 50, 110);
	expect(S(ESTABLISHED), S(ESTABLISHED));
	in(FIN | ACK, 50, 110);
	expect(S(FIN_WAIT_1), S(FIN_WAIT_1));
}
