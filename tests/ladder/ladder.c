/* SPDX-License-Identifier: BSD-3-Clause */
/* The ladder of every kind of connection, to the letter. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ladder/ladder.h"
#include "story.h"

static char *text;

static void
begin(void)
{
	story_begin(256);
}

static void
end(void)
{
	story_end();
	free(text);
}

TestSuite(ladder, .init = begin, .fini = end);

/* What ladder_print() writes; no line may be wider than a terminal of 120 columns. */
static const char *
drawn(const struct ladder_filter *filter)
{
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ladder_print(story_trace(), filter, to);
	fclose(to);
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		cr_assert_leq(strcspn(line, "\n"), 120, "a line of %zu columns:\n%s", strcspn(line, "\n"), text);
	return text;
}

/* Compares with what is drawn after the legend. */
static void
expect(const char *golden)
{
	const char *is = drawn(NULL), *after = strstr(is, "\n\n");

	cr_assert_not_null(after, "no legend:\n%s", is);
	if (strcmp(after + 2, golden) != 0)
		fprintf(stderr, "drawn:\n%s\nexpected:\n%s", after + 2, golden);
	cr_assert_str_eq(after + 2, golden);
}

#define TS(v, e) .opts = {.has_ts = true, .tsval = TS_US + (v), .tsecr = TS_PEER + (e)}
#define TS_IN(v, e) .opts = {.has_ts = true, .tsval = TS_PEER + (v), .tsecr = TS_US + (e)}
#define OPTS(v, e) .opts = {.has_mss = true, .mss = 1460, .has_wscale = true, .wscale = 7, \
	.has_sack_perm = true, .has_ts = true, .tsval = (v), .tsecr = (e)}

/* The handshake of a server, with the options that everybody offers. */
static void
accepted(void)
{
	in(SYN, .wnd = 64240, OPTS(TS_PEER, 0));
	state(LEAT_TCP_LISTEN, LEAT_TCP_SYN_RECEIVED);
	out(SYN | ACK, 0, 1, .wnd = 65535, OPTS(TS_US, TS_PEER));
	after_us(153);
	in(ACK, 1, 1, TS_IN(1, 0));
	state(LEAT_TCP_SYN_RECEIVED, LEAT_TCP_ESTABLISHED);
}

/* The handshake of a client, without options. */
static void
connected(void)
{
	state(LEAT_TCP_CLOSED, LEAT_TCP_SYN_SENT);
	out(SYN, .wnd = 65535);
	after_us(80);
	in(SYN | ACK, 0, 1, .wnd = 64240);
	state(LEAT_TCP_SYN_SENT, LEAT_TCP_ESTABLISHED);
	out(ACK, 1, 1);
}

Test(ladder, a_page_is_served_and_the_peer_closes)
{
	accepted();
	in(PSH | ACK, 1, 1, .len = 77, TS_IN(1, 0));
	out(PSH | ACK, 1, 78, .len = 1256, TS(1, 1));
	after_us(120);
	in(ACK, 78, 1257, TS_IN(2, 1));
	after_us(40);
	in(FIN | ACK, 78, 1257, TS_IN(2, 1));
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_CLOSE_WAIT);
	out(ACK, 1257, 79, TS(1, 2));
	after_us(10);
	state(LEAT_TCP_CLOSE_WAIT, LEAT_TCP_LAST_ACK);
	out(FIN | ACK, 1257, 79, TS(1, 2));
	after_us(90);
	in(ACK, 79, 1258, TS_IN(2, 1));
	state(LEAT_TCP_LAST_ACK, LEAT_TCP_CLOSED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by the peer\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 LISTEN       |                                                                              |\n"
		"     0.000 SYN-RECEIVED |<-- SYN ---- seq 0  win 64240  mss 1460 sackOK TS 0/- wscale 7 ---------------| (SYN-SENT)\n"
		"     0.000              |--- SYN ACK  seq 0  ack 1  win 65535  mss 1460 sackOK TS 0/0 wscale 7 ------->| (ESTABLISHED?)\n"
		"     0.153 ESTABLISHED  |<-- ACK ---- seq 1                 ack 1      win 64256   TS 1/0 -------------| (ESTABLISHED)\n"
		"                        |                                                                              |\n"
		"     0.153              |<-- PSH ACK  seq 1:78 (77)         ack 1      win 64256   TS 1/0 -------------|\n"
		"     0.153              |--- PSH ACK  seq 1:1257 (1256)     ack 78     win 64256   TS 1/1 ------------>|\n"
		"     0.273              |<-- ACK ---- seq 78                ack 1257   win 64256   TS 2/1 -------------|\n"
		"                        |                                                                              |\n"
		"     0.313 CLOSE-WAIT   |<-- FIN ACK  seq 78                ack 1257   win 64256   TS 2/1 -------------| (FIN-WAIT-1)\n"
		"     0.313              |--- ACK ---- seq 1257              ack 79     win 64256   TS 1/2 ------------>| (FIN-WAIT-2?)\n"
		"     0.323 LAST-ACK     |--- FIN ACK  seq 1257              ack 79     win 64256   TS 1/2 ------------>| (TIME-WAIT?)\n"
		"     0.413 CLOSED       |<-- ACK ---- seq 79                ack 1258   win 64256   TS 2/1 -------------| (TIME-WAIT)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     1256 bytes in 4 segments, 0 resent; now CLOSED\n"
		"           peer sent     77 bytes in 6 segments, 0 resent; now (TIME-WAIT)\n"
		"           duration      0.413 ms\n");
}

Test(ladder, a_client_closes_first_and_waits)
{
	connected();
	after_us(5);
	out(PSH | ACK, 1, 1, .len = 10);
	after_us(100);
	in(PSH | ACK, 1, 11, .len = 20);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_FIN_WAIT_1);
	out(FIN | ACK, 11, 21);
	after_us(100);
	in(ACK, 21, 12);
	state(LEAT_TCP_FIN_WAIT_1, LEAT_TCP_FIN_WAIT_2);
	after_us(1000);
	in(FIN | ACK, 21, 12);
	state(LEAT_TCP_FIN_WAIT_2, LEAT_TCP_TIME_WAIT);
	out(ACK, 12, 22);
	after_us(60000000);
	state(LEAT_TCP_TIME_WAIT, LEAT_TCP_CLOSED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.080 ESTABLISHED  |<-- SYN ACK  seq 0  ack 1  win 64240 -----------------------------------------| (SYN-RECEIVED)\n"
		"     0.080              |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| (ESTABLISHED?)\n"
		"                        |                                                                              |\n"
		"     0.085              |--- PSH ACK  seq 1:11 (10)         ack 1      win 502 ----------------------->|\n"
		"     0.185              |<-- PSH ACK  seq 1:21 (20)         ack 11     win 502 ------------------------| (ESTABLISHED)\n"
		"                        |                                                                              |\n"
		"     0.185 FIN-WAIT-1   |--- FIN ACK  seq 11                ack 21     win 502 ----------------------->| (CLOSE-WAIT?)\n"
		"     0.285 FIN-WAIT-2   |<-- ACK ---- seq 21                ack 12     win 502 ------------------------| (CLOSE-WAIT)\n"
		"     1.285 TIME-WAIT    |<-- FIN ACK  seq 21                ack 12     win 502 ------------------------| (LAST-ACK)\n"
		"     1.285              |--- ACK ---- seq 12                ack 22     win 502 ----------------------->| (CLOSED?)\n"
		" 60001.285 CLOSED       |                                                                              |\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     10 bytes in 5 segments, 0 resent; now CLOSED\n"
		"           peer sent     20 bytes in 4 segments, 0 resent; now (CLOSED?)\n"
		"           duration      60001.285 ms\n");
}

Test(ladder, what_is_lost_is_sent_again)
{
	accepted();
	in(PSH | ACK, 1, 1, .len = 77, TS_IN(1, 0));
	out(ACK, 1, 78, .len = 1448, TS(1, 1));
	out(ACK, 1449, 78, .len = 1448, TS(1, 1));
	out(PSH | ACK, 2897, 78, .len = 1448, TS(1, 1));
	after_us(100);
	in(ACK, 78, 1, .opts = {.has_ts = true, .tsval = TS_PEER + 2, .tsecr = TS_US + 1, .nb_sack = 1,
		.sack = {{1449, 4345}}});
	after_us(200000);
	note(TRACE_RTO, 0);
	out(ACK, 1, 78, .len = 1448, .resent = true, TS(201, 1));
	after_us(100);
	in(ACK, 78, 4345, TS_IN(201, 201));
	in(PSH | ACK, 88, 4345, .len = 10, TS_IN(202, 201));
	in(PSH | ACK, 78, 4345, .len = 10, TS_IN(203, 201));
	in(PSH | ACK, 78, 4345, .len = 10, TS_IN(203, 201));
	note(TRACE_DROPPED, DROP_tcp_duplicate);
	after_us(40000);
	note(TRACE_DELAYED_ACK, 0);
	out(ACK, 4345, 98, TS(241, 203));
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by the peer\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 LISTEN       |                                                                              |\n"
		"     0.000 SYN-RECEIVED |<-- SYN ---- seq 0  win 64240  mss 1460 sackOK TS 0/- wscale 7 ---------------| (SYN-SENT)\n"
		"     0.000              |--- SYN ACK  seq 0  ack 1  win 65535  mss 1460 sackOK TS 0/0 wscale 7 ------->| (ESTABLISHED?)\n"
		"     0.153 ESTABLISHED  |<-- ACK ---- seq 1                 ack 1      win 64256   TS 1/0 -------------| (ESTABLISHED)\n"
		"                        |                                                                              |\n"
		"     0.153              |<-- PSH ACK  seq 1:78 (77)         ack 1      win 64256   TS 1/0 -------------|\n"
		"     0.153              |--- ACK ---- seq 1:1449 (1448)     ack 78     win 64256   TS 1/1 ------------>|\n"
		"     0.153              |--- ACK ---- seq 1449:2897 (1448)  ack 78     win 64256   TS 1/1 ------------>|\n"
		"     0.153              |--- PSH ACK  seq 2897:4345 (1448)  ack 78     win 64256   TS 1/1 ------------>|\n"
		"     0.253              |<-- ACK ---- seq 78  ack 1  win 64256  TS 2/1  sack 1449:4345 ----------------|\n"
		"   200.253              |  * retransmission timeout (RTO)                                              |\n"
		"   200.253              |=== ACK ==== seq 1:1449 (1448)     ack 78     win 64256   TS 201/1  resent ==>|\n"
		"   200.353              |<-- ACK ---- seq 78                ack 4345   win 64256   TS 201/201 ---------|\n"
		"   200.353              |<-- PSH ACK  seq 88:98 (10)  ack 4345  win 64256  TS 202/201  out of order ---|\n"
		"   200.353              |<-- PSH ACK  seq 78:88 (10)  ack 4345  win 64256  TS 203/201  fills a hole ---|\n"
		"   200.353              |<== PSH ACK  seq 78:88 (10)        ack 4345   win 64256   TS 203/201  again ==|\n"
		"   200.353              |  * drop_tcp_duplicate: data that was already received                        |\n"
		"   240.353              |  * delayed ACK is due                                                        |\n"
		"   240.353              |--- ACK ---- seq 4345              ack 98     win 64256   TS 241/203 -------->|\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     4344 bytes in 6 segments, 1 resent; now ESTABLISHED\n"
		"           peer sent     97 bytes in 8 segments, 1 resent; now (ESTABLISHED)\n"
		"           duration      240.353 ms\n");
}

Test(ladder, a_lost_answer_takes_the_expectation_back)
{
	in(SYN, .wnd = 64240);
	state(LEAT_TCP_LISTEN, LEAT_TCP_SYN_RECEIVED);
	out(SYN | ACK, 0, 1, .wnd = 65535);
	after_us(1000000);
	in(SYN, .wnd = 64240);
	out(SYN | ACK, 0, 1, .wnd = 65535, .resent = true);
	after_us(100);
	in(ACK, 1, 1);
	state(LEAT_TCP_SYN_RECEIVED, LEAT_TCP_ESTABLISHED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by the peer\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 LISTEN       |                                                                              |\n"
		"     0.000 SYN-RECEIVED |<-- SYN ---- seq 0  win 64240 ------------------------------------------------| (SYN-SENT)\n"
		"     0.000              |--- SYN ACK  seq 0  ack 1  win 65535 ---------------------------------------->| (ESTABLISHED?)\n"
		"  1000.000              |<== SYN ==== seq 0  win 64240  again =========================================| (SYN-SENT)\n"
		"  1000.000              |=== SYN ACK  seq 0  ack 1  win 65535  resent ================================>| (ESTABLISHED?)\n"
		"  1000.100 ESTABLISHED  |<-- ACK ---- seq 1                 ack 1      win 502 ------------------------| (ESTABLISHED)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 1 resent; now ESTABLISHED\n"
		"           peer sent     0 bytes in 3 segments, 1 resent; now (ESTABLISHED)\n"
		"           duration      1000.100 ms\n");
}

Test(ladder, a_connection_is_refused)
{
	state(LEAT_TCP_CLOSED, LEAT_TCP_SYN_SENT);
	out(SYN, .wnd = 65535);
	after_us(70);
	in(RST | ACK, 0, 1);
	state(LEAT_TCP_SYN_SENT, LEAT_TCP_CLOSED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.070 CLOSED       |<-- RST ACK  seq 0  ack 1 ----------------------------------------------------| (CLOSED)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 1 segment, 0 resent; now CLOSED\n"
		"           peer sent     0 bytes in 1 segment, 0 resent; now (CLOSED)\n"
		"           duration      0.070 ms\n");
}

Test(ladder, leat_aborts)
{
	accepted();
	after_us(300);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_CLOSED);
	out(RST | ACK, 1, 1);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by the peer\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 LISTEN       |                                                                              |\n"
		"     0.000 SYN-RECEIVED |<-- SYN ---- seq 0  win 64240  mss 1460 sackOK TS 0/- wscale 7 ---------------| (SYN-SENT)\n"
		"     0.000              |--- SYN ACK  seq 0  ack 1  win 65535  mss 1460 sackOK TS 0/0 wscale 7 ------->| (ESTABLISHED?)\n"
		"     0.153 ESTABLISHED  |<-- ACK ---- seq 1                 ack 1      win 64256   TS 1/0 -------------| (ESTABLISHED)\n"
		"                        |                                                                              |\n"
		"     0.453 CLOSED       |--- RST ACK  seq 1  ack 1 --------------------------------------------------->| (CLOSED?)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 0 resent; now CLOSED\n"
		"           peer sent     0 bytes in 2 segments, 0 resent; now (CLOSED?)\n"
		"           duration      0.453 ms\n");
}

Test(ladder, both_close_at_once)
{
	connected();
	after_us(10);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_FIN_WAIT_1);
	out(FIN | ACK, 1, 1);
	after_us(10);
	in(FIN | ACK, 1, 1);
	state(LEAT_TCP_FIN_WAIT_1, LEAT_TCP_CLOSING);
	out(ACK, 2, 2);
	after_us(60);
	in(ACK, 2, 2);
	state(LEAT_TCP_CLOSING, LEAT_TCP_TIME_WAIT);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.080 ESTABLISHED  |<-- SYN ACK  seq 0  ack 1  win 64240 -----------------------------------------| (SYN-RECEIVED)\n"
		"     0.080              |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| (ESTABLISHED?)\n"
		"                        |                                                                              |\n"
		"     0.090 FIN-WAIT-1   |--- FIN ACK  seq 1                 ack 1      win 502 ----------------------->| (CLOSE-WAIT?)\n"
		"     0.100 CLOSING      |<-- FIN ACK  seq 1                 ack 1      win 502 ------------------------| (FIN-WAIT-1)\n"
		"     0.100              |--- ACK ---- seq 2                 ack 2      win 502 ----------------------->| (TIME-WAIT?)\n"
		"     0.160 TIME-WAIT    |<-- ACK ---- seq 2                 ack 2      win 502 ------------------------| (CLOSING)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 4 segments, 0 resent; now TIME-WAIT\n"
		"           peer sent     0 bytes in 3 segments, 0 resent; now (TIME-WAIT?)\n"
		"           duration      0.160 ms\n");
}

Test(ladder, both_open_at_once)
{
	state(LEAT_TCP_CLOSED, LEAT_TCP_SYN_SENT);
	out(SYN, .wnd = 65535);
	after_us(10);
	in(SYN, .wnd = 65535);
	state(LEAT_TCP_SYN_SENT, LEAT_TCP_SYN_RECEIVED);
	out(SYN | ACK, 0, 1, .wnd = 65535, .resent = true);
	after_us(70);
	in(SYN | ACK, 0, 1, .wnd = 65535);
	state(LEAT_TCP_SYN_RECEIVED, LEAT_TCP_ESTABLISHED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.010 SYN-RECEIVED |<-- SYN ---- seq 0  win 65535 ------------------------------------------------| (SYN-SENT)\n"
		"     0.010              |=== SYN ACK  seq 0  ack 1  win 65535  resent ================================>| (ESTABLISHED?)\n"
		"     0.080 ESTABLISHED  |<== SYN ACK  seq 0  ack 1  win 65535  again ==================================| (SYN-RECEIVED)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 1 resent; now ESTABLISHED\n"
		"           peer sent     0 bytes in 2 segments, 1 resent; now (ESTABLISHED?)\n"
		"           duration      0.080 ms\n");
}

Test(ladder, a_finished_tuple_is_used_again)
{
	connected();
	in(RST, 1);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_CLOSED);
	after_us(1000);
	state(LEAT_TCP_CLOSED, LEAT_TCP_SYN_SENT);
	out(SYN, 5000, .wnd = 65535);
	after_us(90);
	in(SYN | ACK, 90000, 5001, .wnd = 64240);
	state(LEAT_TCP_SYN_SENT, LEAT_TCP_ESTABLISHED);
	out(ACK, 5001, 90001);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.080 ESTABLISHED  |<-- SYN ACK  seq 0  ack 1  win 64240 -----------------------------------------| (SYN-RECEIVED)\n"
		"     0.080              |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| (ESTABLISHED?)\n"
		"                        |                                                                              |\n"
		"     0.080 CLOSED       |<-- RST ---- seq 1 -----------------------------------------------------------| (CLOSED)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 0 resent; now CLOSED\n"
		"           peer sent     0 bytes in 2 segments, 0 resent; now (CLOSED)\n"
		"           duration      0.080 ms\n"
		"\n"
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.090 ESTABLISHED  |<-- SYN ACK  seq 0  ack 1  win 64240 -----------------------------------------| (SYN-RECEIVED)\n"
		"     0.090              |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| (ESTABLISHED?)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 0 resent; now ESTABLISHED\n"
		"           peer sent     0 bytes in 1 segment, 0 resent; now (ESTABLISHED?)\n"
		"           duration      0.090 ms\n");
}

Test(ladder, a_syn_reopens_a_time_wait_tuple)
{
	accepted();
	in(FIN | ACK, 1, 1);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_TIME_WAIT);
	after_us(500);
	in(SYN, 70000, .wnd = 64240);
	state(LEAT_TCP_TIME_WAIT, LEAT_TCP_CLOSED);
	state(LEAT_TCP_LISTEN, LEAT_TCP_SYN_RECEIVED);
	out(SYN | ACK, 90000, 70001, .wnd = 65535);
	const char *is = drawn(NULL);
	const char *second = strstr(strstr(is, "opened by the peer") + 1, "opened by the peer");
	cr_assert_not_null(second, "one ladder only:\n%s", is);
	cr_assert_null(strstr(second, "TIME-WAIT"), "the old entry's end in the new ladder:\n%s", is);
	cr_assert_not_null(strstr(second, "0.000 LISTEN"), "%s", is);
	cr_assert_not_null(strstr(is, "now CLOSED"), "%s", is);
}

Test(ladder, a_syn_on_an_open_connection_stays_in_its_ladder)
{
	accepted();
	after_us(100);
	in(SYN, 5000);
	note(TRACE_CHALLENGE, 0);
	note(TRACE_DROPPED, DROP_tcp_syn);
	note(TRACE_PMTU, 1400);
	note(TRACE_MTU_TRIAL, 1208);
	out(ACK, 1, 1, TS(1, 1));
	after_us(100);
	in(RST, 1);
	state(LEAT_TCP_ESTABLISHED, LEAT_TCP_CLOSED);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by the peer\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 LISTEN       |                                                                              |\n"
		"     0.000 SYN-RECEIVED |<-- SYN ---- seq 0  win 64240  mss 1460 sackOK TS 0/- wscale 7 ---------------| (SYN-SENT)\n"
		"     0.000              |--- SYN ACK  seq 0  ack 1  win 65535  mss 1460 sackOK TS 0/0 wscale 7 ------->| (ESTABLISHED?)\n"
		"     0.153 ESTABLISHED  |<-- ACK ---- seq 1                 ack 1      win 64256   TS 1/0 -------------| (ESTABLISHED)\n"
		"                        |                                                                              |\n"
		"     0.253              |<-- SYN ---- seq 5000  win 502 -----------------------------------------------| (SYN-SENT)\n"
		"     0.253              |  * challenge ACK (RFC 5961)                                                  |\n"
		"     0.253              |  * drop_tcp_syn: SYN on an open connection (challenged)                      |\n"
		"     0.253              |  * path MTU is now 1400                                                      |\n"
		"     0.253              |  * lost by its size? tried with 1208 bytes                                   |\n"
		"     0.253              |--- ACK ---- seq 1                 ack 1      win 64256   TS 1/1 ------------>|\n"
		"     0.353 CLOSED       |<-- RST ---- seq 1 -----------------------------------------------------------| (CLOSED)\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     0 bytes in 2 segments, 0 resent; now CLOSED\n"
		"           peer sent     0 bytes in 4 segments, 0 resent; now (CLOSED)\n"
		"           duration      0.353 ms\n");
}

Test(ladder, the_ring_has_lost_the_beginning)
{
	story_end();
	story_begin(64);
	accepted();
	for (uint32_t i = 0; i < 62; i++) {
		after_us(10);
		out(PSH | ACK, 1 + 10 * i, 1, .len = 10);
	}
	after_us(10);
	in(ACK, 1, 621);
	const char *is = drawn(NULL);
	const char *rest = "The trace keeps the newest 64 records; 4 older ones are gone.\n"
		"leat's states are its own";
	cr_assert_eq(strncmp(is, rest, strlen(rest)), 0, "%s", is);
	cr_assert_not_null(strstr(is, "192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), beginning not in the trace"));
	cr_assert_not_null(strstr(is, "<-- ACK ---- seq 0"), "%s", is);
	cr_assert_not_null(strstr(is, "win 502 "), "the window is not scaled:\n%s", is);
	cr_assert_not_null(strstr(is, "620 bytes in 62 segments, 0 resent; now ESTABLISHED"), "%s", is);
}

Test(ladder, tens_of_megabytes_fit_on_a_line)
{
	accepted();
	out(ACK, 29993576, 78, .len = 1448, .wnd = 2048, TS(5256, 5258));
	cr_expect_not_null(strstr(drawn(NULL),
		"|--- ACK ---- seq 29993576:29995024 (1448)  ack 78  win 262144  TS 5256/5258 ->|\n"), "%s", text);
}

Test(ladder, long_lines_go_on_below)
{
	connected();
	out(FIN | PSH | TCP_URG | TCP_ECE | TCP_CWR | ACK, 4000000000u - 100, 1, .len = 1448, TS(4, 1000000));
	in(ACK, 1, 1, .opts = {.has_ts = true, .tsval = 4000000, .tsecr = 5000000, .nb_sack = 3,
		.sack = {{2000000000, 2000001448}, {1000000000, 1000001448}, {500000000, 500001448}}});
	after_us(3000000000u);
	note(TRACE_GIVE_UP, 110);
	expect(
		"192.0.2.1:80 (leat) <--> 192.0.2.2:5000 (peer), opened by leat\n"
		"\n"
		"        ms leat         +------------------------------------------------------------------------------+ peer\n"
		"     0.000 CLOSED       |                                                                              |\n"
		"     0.000 SYN-SENT     |--- SYN ---- seq 0  win 65535 ----------------------------------------------->| (SYN-RECEIVED?)\n"
		"     0.080 ESTABLISHED  |<-- SYN ACK  seq 0  ack 1  win 64240 -----------------------------------------| (SYN-RECEIVED)\n"
		"     0.080              |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| (ESTABLISHED?)\n"
		"                        |                                                                              |\n"
		"     0.080              |--- FIN PSH URG ECE CWR ACK  seq -294967396:-294965948 (1448)  ack 1 -------->| (CLOSE-WAIT?)\n"
		"                        |                             win 502  TS 0/-                                  |\n"
		"     0.080              |<-- ACK ---- seq 1  ack 1  win 502  TS 0/4998996 -----------------------------| (CLOSE-WAIT)\n"
		"                        |             sack 2000000000:2000001448  1000000000:1000001448                |\n"
		"                        |             500000000:500001448                                              |\n"
		"    3000 s              |  * given up: Connection timed out                                            |\n"
		"                        +------------------------------------------------------------------------------+\n"
		"           leat sent     1448 bytes in 3 segments, 0 resent; now ESTABLISHED\n"
		"           peer sent     0 bytes in 2 segments, 0 resent; now (CLOSE-WAIT)\n"
		"           duration      3000000.080 ms\n");
}

Test(ladder, a_filter_picks_connections)
{
	struct leat_endpoint peer = {.addr = leat_ipv4(192, 0, 2, 2), .port = 5002};
	struct ladder_filter one = {.remote = &peer}, last = {.last = 1};

	for (uint16_t i = 1; i <= 3; i++) {
		story_tuple(80, (uint16_t)(5000 + i));
		accepted();
	}
	const char *is = drawn(&one);
	cr_assert_not_null(strstr(is, ":5002 (peer)"), "%s", is);
	cr_assert(!strstr(is, ":5001") && !strstr(is, ":5003"), "%s", is);
	free(text);
	is = drawn(&last);
	cr_assert_not_null(strstr(is, ":5003 (peer)"), "%s", is);
	cr_assert(!strstr(is, ":5001") && !strstr(is, ":5002"), "%s", is);
	free(text);
	peer.port = 0;
	is = drawn(&one);
	cr_assert(strstr(is, ":5001") && strstr(is, ":5002") && strstr(is, ":5003"), "%s", is);
	free(text);
	peer.port = 9;
	cr_assert_str_eq(drawn(&one), "no connection with this peer in the trace\n");
}

Test(ladder, an_empty_trace_says_so)
{
	cr_assert_str_eq(drawn(NULL), "no connection in the trace\n");
}
