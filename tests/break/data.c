/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: data. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "A new connection acknowledges each segment at once; later ones wait up to 40 ms for "
			"company.",
		.rule = "RFC 9293 3.8.6.3"},
	{LOST, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 101 at 0.21",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.21\n"
			"client 100 bytes arrived at 0.22",
		.takes = "0.22 s",
		.why = "A single segment has none behind it that would show the gap, so only the timer finds the "
			"loss: 200 ms, the least that leat (as Linux) waits, where RFC 6298 would wait 1 s.",
		.rule = "RFC 6298 5.4 to 5.6"},
	{DUPLICATED, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01\n"
			"server ACK seq 1 ack 101 sack 1:101 at 0.011",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "The copy lies before the window: its bytes are not delivered again, but it is acknowledged "
			"again, for the ACK may be what was lost. The block (D-SACK) says what came twice.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 2883 4"},
	{REORDERED, BOTH,
		.sent = "client ACK seq 1:1449 ack 1 at 0\n"
			"client PSH ACK seq 1449:2897 ack 1 at 0\n"
			"server ACK seq 1 ack 1 sack 1449:2897 at 0.01\n"
			"server ACK seq 1 ack 2897 at 0.015",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 2896 bytes at 0.015\n"
			"client 2896 bytes arrived at 0.025",
		.takes = "0.025 s",
		.why = "Two full segments, the second arrives first. It is kept, and a duplicate ACK says so at "
			"once, with the block (SACK); when the first fills the gap all is acknowledged. One "
			"duplicate ACK is not taken for a loss, so nothing is sent again.",
		.rule = "RFC 5681 3.2, 4.2; RFC 2018 4"},
	{DELAYED, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 101 at 0.21\n"
			"server ACK seq 1 ack 101 sack 1:101 at 0.51",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.21\n"
			"client 100 bytes arrived at 0.22",
		.takes = "0.51 s",
		.why = "Sent again for nothing. The late original is older than what came since, by its number and "
			"by its timestamp: it is acknowledged once more and not delivered.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 6298 5"},
	{CORRUPTED, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 101 at 0.21",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.21\n"
			"client 100 bytes arrived at 0.22",
		.takes = "0.22 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01\n"
			"client RST seq 101 at 0.02",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "client closed, ECONNRESET at 0.005\n"
			"server 100 bytes at 0.01\n"
			"server closed, ECONNRESET at 0.03",
		.takes = "0.03 s",
		.why = "The client is told at once. Its data arrives all the same and is delivered; the server's "
			"ACK is answered with RST, and then its application knows too.",
		.rule = "RFC 9293 3.10.7.4, second; RFC 5961 3.2"},
	{RST_EXACT, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server RST seq 1 at 0.01",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "server closed, ECONNRESET at 0.005\n"
			"client closed, ECONNRESET at 0.02",
		.takes = "0.02 s",
		.why = "The server is told at once; the data that comes next belongs to no connection and is "
			"answered with RST, by which the client learns. What it sent is not told to have arrived.",
		.rule = "RFC 9293 3.10.7.4, second; 3.10.7.1"},
	{RST_INSIDE, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"client ACK seq 101 ack 1 at 0.005\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "Challenge ACK, and no more. Who guesses has to hit one number of 4 billion, not one of the "
			"64 thousand windows.",
		.rule = "RFC 5961 3.2"},
	{RST_INSIDE, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 1 at 0.005\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "Challenge ACK, and no more. At most ten a second for each connection, and no limit common "
			"to all, from which others could learn (CVE-2016-5696).",
		.rule = "RFC 5961 3.2, 7"},
	{RST_OUTSIDE, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{RST_OUTSIDE, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01",
		.state = "client ESTABLISHED → gone\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 0.01",
		.takes = "0.01 s",
		.why = "The server received and acknowledged; who only waits learns nothing of a peer that is "
			"gone. Keepalive would tell it.",
		.rule = "RFC 9293 3.8.4"},
	{VANISHES, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → gone",
		.told = "client closed, ETIMEDOUT at 924.6",
		.takes = "924.6 s",
		.why = "Fifteen retransmissions, each after twice the wait (120 s at most), then ETIMEDOUT after "
			"15 minutes. The RST tells a peer that may be alive behind a broken way back.",
		.rule = "RFC 9293 3.8.3; RFC 6298 5.5"},
	{REBOOTS, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01, 2.01\n"
			"client SYN seq 0 at 2, 3\n"
			"client RST seq 101 at 2.02\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client ESTABLISHED → gone → SYN-SENT → ESTABLISHED\n"
			"server ESTABLISHED → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "server 100 bytes at 0.01\n"
			"server closed, ECONNRESET at 2.03\n"
			"client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. A SYN in "
			"the middle of an old connection is answered with a challenge ACK; the client knows nothing "
			"of what that acknowledges and sends RST; it is exact and ends the old connection. The SYN "
			"sent again 1 s later opens a new one. This is figure 9 of the RFC.",
		.rule = "RFC 9293 3.5.1; RFC 5961 4"},
	{REBOOTS, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3\n"
			"server RST seq 1 at 3.01",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → gone → LISTEN",
		.told = "client closed, ECONNRESET at 3.02",
		.takes = "3.02 s",
		.why = "The data is sent again until somebody is there: the server that knows of no connection "
			"answers with RST. This is figure 10 of the RFC.",
		.rule = "RFC 9293 3.5.1, 3.10.7.1"},
	{SIMULTANEOUS, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server PSH ACK seq 1:101 ack 1 at 0\n"
			"client ACK seq 101 ack 101 at 0.01\n"
			"server ACK seq 101 ack 101 at 0.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "client 100 bytes at 0.01\n"
			"server 100 bytes at 0.01\n"
			"client 100 bytes arrived at 0.02\n"
			"server 100 bytes arrived at 0.02",
		.takes = "0.02 s",
		.why = "Both send at once, which is nothing special: each direction has its own numbers, and each "
			"acknowledges what it received when it came.",
		.rule = "RFC 9293 3.4"},
	{LINK_DOWN, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 10\n"
			"server ACK seq 1 ack 101 at 10.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 10.01\n"
			"client 100 bytes arrived at 10.02",
		.takes = "10.02 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the data is sent at once, and the doubled timeout (until 12.6 s) is not "
			"waited out.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.sent = "client ARP request at 0, 1, 2, 3, 4, 5, 6.2, 7.2, 8.2, 12.6, 13.6, 14.6, 25.4, 26.4, 27.4, "
			"51, 52, 53, 102.2, 103.2, 104.2, 204.6, 205.6, 206.6, 324.6, 325.6, 326.6, 444.6, 445.6, "
			"446.6, 564.6, 565.6, 566.6, 684.6, 685.6, 686.6, 804.6, 805.6, 806.6, 924.6, 925.6, 926.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "926.6 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. Once a "
			"connection is open this is a passing trouble: TCP goes on until it gives up, and then says "
			"what it knew to be the reason.",
		.rule = "RFC 1122 2.3.2.1, 2.4; RFC 9293 3.9.2.2, SHLD-25"},
	{ARP_FAILS, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server ARP request at 0.01, 1.01, 2.01, 6.21, 7.21, 8.21, 12.61, 13.61, 14.61, 25.41, "
			"26.41, 27.41, 51.01, 52.01, 53.01, 102.21, 103.21, 104.21, 204.61, 205.61, 206.61, 324.61, "
			"325.61, 326.61, 444.61, 445.61, 446.61, 564.61, 565.61, 566.61, 684.61, 685.61, 686.61, "
			"804.61, 805.61, 806.61\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "server 100 bytes at 0.01\n"
			"client closed, ETIMEDOUT at 924.6\n"
			"server closed, ECONNRESET at 924.61",
		.takes = "924.61 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. The data "
			"arrives and is delivered; the ACK cannot leave. The client takes it for loss, and after 15 "
			"minutes for the end; its RST does arrive.",
		.rule = "RFC 1122 2.3.2.1; RFC 9293 3.8.3"},
	{ICMP_NET, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ENETUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_HOST, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_PORT, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_FRAG, BOTH,
		.sent = "client PSH ACK seq 1:1001 ack 1 at 0\n"
			"client ACK seq 1:549 ack 1 at 0.01\n"
			"client PSH ACK seq 549:1001 ack 1 at 0.01\n"
			"server ACK seq 1 ack 1001 at 0.02",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 1000 bytes at 0.02\n"
			"client 1000 bytes arrived at 0.03",
		.takes = "0.03 s",
		.why = "1000 bytes meet a link that carries 600, and the router says how much it carries (path MTU "
			"discovery). What did not fit is sent again at once, cut to 548 bytes behind 52 of headers, and so is "
			"all that follows; it was not congestion, so the congestion window stays.",
		.rule = "RFC 1191 3, 6.4; RFC 9293 3.7.2"},
	{ICMP_ADMIN, BOTH,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 101 ack 1 at 924.6",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, SHLD-25; RFC 1812 5.2.7.1"},
	{NO_PACKETS, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 3\n"
			"server ACK seq 1 ack 101 at 3.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 3.01\n"
			"client 100 bytes arrived at 3.02",
		.takes = "3.02 s",
		.why = "The data stays in the queue and leaves as soon as there is a buffer. No timeout is charged "
			"for it: nothing was sent that could be lost."},
	{NO_PACKETS, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3\n"
			"server ACK seq 1 ack 101 at 3.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 3.01\n"
			"client 100 bytes arrived at 3.02",
		.takes = "3.02 s",
		.why = "The port has no buffer to receive into: to the client it is loss.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 3\n"
			"server ACK seq 1 ack 101 at 3.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "client send takes 0 of 100 bytes at 0\n"
			"client may send again at 3\n"
			"server 100 bytes at 3.01\n"
			"client 100 bytes arrived at 3.02",
		.takes = "3.02 s",
		.why = "Memory is short where the send buffer is not: send takes nothing. Nothing is in flight "
			"whose acknowledgement would say when to go on, so leat says it when there is memory again: "
			"on_sent, of 0 bytes."},
	{NO_BLOCKS, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0, 0.2, 0.6, 1.4, 3\n"
			"server ACK seq 1 ack 101 at 3.01",
		.state = "client ESTABLISHED\n"
			"server ESTABLISHED",
		.told = "server 100 bytes at 3.01\n"
			"client 100 bytes arrived at 3.02",
		.takes = "3.02 s",
		.why = "The bytes have nowhere to be noted, so they are not acknowledged: to the client it is "
			"loss, and comes again.",
		.rule = "RFC 9293 3.10.7.4, seventh"},
	{EXITS, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"client FIN ACK seq 101 ack 1 at 0.005\n"
			"server ACK seq 1 ack 101 at 0.01\n"
			"server ACK seq 1 ack 102 at 0.015",
		.state = "client ESTABLISHED → FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server 100 bytes at 0.01\n"
			"server the peer has closed at 0.015\n"
			"client 100 bytes arrived at 0.02\n"
			"client closed, ETIMEDOUT at 60.025",
		.takes = "60.025 s",
		.why = "What was sent is still delivered: the FIN goes behind it. FIN-WAIT-2 without an "
			"application is bounded to 60 s.",
		.rule = "RFC 9293 3.6.1"},
	{EXITS, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server FIN ACK seq 1 ack 1 at 0.005\n"
			"server RST ACK seq 2 ack 1 at 0.01\n"
			"client ACK seq 101 ack 2 at 0.015\n"
			"server RST seq 2 at 0.025",
		.state = "client ESTABLISHED → CLOSE-WAIT → CLOSED\n"
			"server ESTABLISHED → FIN-WAIT-1 → CLOSED",
		.told = "server closed, ECONNRESET at 0.01\n"
			"client the peer has closed at 0.015\n"
			"client closed, ECONNRESET at 0.02",
		.takes = "0.025 s",
		.why = "It closes before the data arrives. The FIN is out when it comes; nobody will read it, and "
			"the peer must know: RST. The client hears first that the server has closed, then that its "
			"data was lost.",
		.rule = "RFC 9293 3.6.1, SHLD-3; RFC 2525 2.17"},
	{EXITS_UNREAD, CLIENT,
		.sent = "client PSH ACK seq 1:101 ack 101 at 0\n"
			"server ACK seq 101 ack 101 at 0.01\n"
			"client RST ACK seq 101 ack 101 at 0.015\n"
			"client RST seq 101 at 0.02",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "server 100 bytes at 0.01\n"
			"client closed, ECONNABORTED at 0.015\n"
			"server closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "100 bytes of the server were not read when the application closes: they are lost, which "
			"the server must know. So no FIN but a RST. The second RST answers the server's ACK, which "
			"was on its way.",
		.rule = "RFC 2525 2.17; RFC 9293 3.6.1"},
	{EXITS_UNREAD, SERVER,
		.sent = "client PSH ACK seq 1:101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01\n"
			"server RST ACK seq 1 ack 101 at 0.015",
		.state = "client ESTABLISHED → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "server 100 bytes at 0.01\n"
			"server closed, ECONNABORTED at 0.015\n"
			"client 100 bytes arrived at 0.02\n"
			"client closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "The very data is there, acknowledged, and not read when the application closes: RST "
			"instead of FIN. An acknowledgement says that TCP has the data, not that anybody read it.",
		.rule = "RFC 2525 2.17; RFC 9293 3.6.1"},
};

const struct table break_data = {
	.step = DATA,
	.title = "Data",
	.intro = "The client sends 100 bytes. From here on the two sides are equals: what is said of the client "
		"holds for whoever sends, what is said of the server for whoever receives. One segment of data "
		"stands for all.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
