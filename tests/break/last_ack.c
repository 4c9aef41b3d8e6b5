/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the last ACK. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "The server is done the moment that its FIN is acknowledged.",
		.rule = "RFC 9293 3.10.7.4, fifth"},
	{LOST, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.21",
		.takes = "60.2 s",
		.why = "This is what TIME-WAIT is for: the FIN that comes again finds somebody who acknowledges "
			"it, and the 60 s begin anew.",
		.rule = "RFC 9293 3.10.7.4, eighth"},
	{DUPLICATED, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0\n"
			"server RST seq 2 at 0.011",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "The first ends the server's side, so the second belongs to no connection: RST, which the "
			"client's TIME-WAIT ignores.",
		.rule = "RFC 9293 3.10.7.1; RFC 1337"},
	{REORDERED, BOTH,
		.why = "Nothing follows the last ACK that could overtake it."},
	{DELAYED, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19\n"
			"server RST seq 2 at 0.51",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.21",
		.takes = "60.2 s",
		.why = "As if lost; the late ACK finds no connection and is answered with RST, which TIME-WAIT "
			"ignores.",
		.rule = "RFC 9293 3.10.7.1; RFC 1337"},
	{CORRUPTED, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.21",
		.takes = "60.2 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "TIME-WAIT ignores every reset: an old one would open the way for old segments into a new "
			"connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_EXACT, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0\n"
			"server RST seq 2 at 0.01",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.005",
		.takes = "60 s",
		.why = "All was said and acknowledged but the FIN: the end comes a little sooner, and without an "
			"error. The last ACK finds nobody; TIME-WAIT ignores the RST that answers it.",
		.rule = "RFC 9293 3.10.7.4, second; RFC 1337"},
	{RST_INSIDE, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "TIME-WAIT ignores every reset: an old one would open the way for old segments into a new "
			"connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_INSIDE, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0\n"
			"server ACK seq 2 ack 102 at 0.005",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "Challenge ACK, which TIME-WAIT takes for an old segment without text: no answer. The last "
			"ACK ends it as ever.",
		.rule = "RFC 5961 3.2"},
	{RST_OUTSIDE, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "TIME-WAIT ignores every reset: an old one would open the way for old segments into a new "
			"connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_OUTSIDE, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → gone\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "0.01 s",
		.why = "The last ACK had left, and nothing more is wanted of the client.",
		.rule = "RFC 9293 3.6"},
	{VANISHES, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → gone",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0",
		.takes = "60 s",
		.why = "Nothing more is expected of the server; TIME-WAIT waits for nothing and ends by itself.",
		.rule = "RFC 9293 3.10.8"},
	{REBOOTS, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0\n"
			"client SYN seq 0 at 2\n"
			"server SYN ACK seq 0 ack 1 at 2.01\n"
			"client ACK seq 1 ack 1 at 2.02",
		.state = "client TIME-WAIT → gone → SYN-SENT → ESTABLISHED\n"
			"server LAST-ACK → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01\n"
			"client opened at 2.02\n"
			"server opened at 2.03",
		.takes = "2.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. The old "
			"connection had ended, so the SYN just opens another. RFC 9293 would have a host keep quiet "
			"for an MSL after a crash, because it forgot its TIME-WAITs; with random ISNs an old "
			"segment that fits is too unlikely to wait for.",
		.rule = "RFC 9293 3.4.3; RFC 6528"},
	{REBOOTS, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → gone → LISTEN",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0",
		.takes = "60 s",
		.why = "Nothing more is expected of the server.",
		.rule = "RFC 9293 3.10.8"},
	{SIMULTANEOUS, BOTH,
		.why = "If both close at once each sends its last ACK to the other's FIN: see the ACK of the first "
			"FIN.",
		.rule = "RFC 9293 3.6, figure 13"},
	{LINK_DOWN, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 10.1\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 10.09",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 10.11",
		.takes = "70.1 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the server's FIN is sent again at once; TIME-WAIT acknowledges it and "
			"begins anew.",
		.rule = "RFC 6298 5.5; RFC 9293 3.10.7.4, eighth"},
	{ARP_FAILS, CLIENT,
		.sent = "client ARP request at 0, 1, 2, 6.2, 7.2, 8.2, 12.6, 13.6, 14.6, 25.4, 26.4, 27.4, 51, 52, "
			"53, 102.2, 103.2, 104.2, 204.6, 205.6, 206.6, 324.6, 325.6, 326.6, 444.6, 445.6, 446.6, "
			"564.6, 565.6, 566.6, 684.6, 685.6, 686.6, 804.6, 805.6, 806.6\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. Each FIN "
			"makes TIME-WAIT answer, and each answer waits for an address in vain. The server has to "
			"give up.",
		.rule = "RFC 1122 2.3.2.1; RFC 9293 3.8.3"},
	{ARP_FAILS, SERVER,
		.why = "Who only receives needs no address."},
	{ICMP_NET, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST seq 102 at 204.6, 324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"TIME-WAIT believes no ICMP. It acknowledges each FIN until the waits between them are "
			"longer than its 60 s; from then on the FIN finds nobody, and the RSTs that answer it are "
			"thrown away too.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_HOST, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST seq 102 at 204.6, 324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"TIME-WAIT believes no ICMP. It acknowledges each FIN until the waits between them are "
			"longer than its 60 s; from then on the FIN finds nobody, and the RSTs that answer it are "
			"thrown away too.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST seq 102 at 204.6, 324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"TIME-WAIT believes no ICMP. It acknowledges each FIN until the waits between them are "
			"longer than its 60 s; from then on the FIN finds nobody, and the RSTs that answer it are "
			"thrown away too.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_PORT, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST seq 102 at 204.6, 324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"TIME-WAIT believes no ICMP. It acknowledges each FIN until the waits between them are "
			"longer than its 60 s; from then on the FIN finds nobody, and the RSTs that answer it are "
			"thrown away too.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_FRAG, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST seq 102 at 204.6, 324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.59",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ETIMEDOUT at 924.59",
		.takes = "924.59 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"TIME-WAIT believes no ICMP. It acknowledges each FIN until the waits between them are "
			"longer than its 60 s; from then on the FIN finds nobody, and the RSTs that answer it are "
			"thrown away too.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{NO_PACKETS, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99\n"
			"client ACK seq 102 ack 2 at 3",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 3.01",
		.takes = "63 s",
		.why = "TIME-WAIT keeps no answer that it cannot send. The server's FIN asks again, and is "
			"acknowledged when there is a buffer.",
		.rule = "RFC 9293 3.10.7.4, eighth"},
	{NO_PACKETS, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0, 0.2, 0.6, 1.4, 3\n"
			"server FIN ACK seq 1 ack 102 at 0.19, 0.59, 1.39, 2.99",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 3.01",
		.takes = "63 s",
		.why = "The port has no buffer to receive into: the server does not hear the ACKs of its FIN and "
			"sends it again.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "TIME-WAIT has entries of its own, and if there is none left the oldest makes room."},
	{NO_BLOCKS, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "Nothing has to be noted: the ACK frees a control block."},
	{EXITS, CLIENT,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "TIME-WAIT needs no application: it had its last word already.",
		.rule = "RFC 9293 3.6"},
	{EXITS, SERVER,
		.sent = "client ACK seq 102 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, no error at 0.01",
		.takes = "60 s",
		.why = "It had closed already; leat brings the close to its end without it.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, CLIENT,
		.sent = "client ACK seq 102 ack 102 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, no error at 0.01\n"
			"client closed, ECONNABORTED at 0.015",
		.takes = "60 s",
		.why = "Too late to tell anybody; TIME-WAIT goes on. The application is told that it threw "
			"something away.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, SERVER,
		.sent = "client ACK seq 202 ack 2 at 0",
		.state = "client TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0\n"
			"client closed, no error at 0\n"
			"server closed, ECONNABORTED at 0.015",
		.takes = "60 s",
		.why = "The last ACK came 5 ms before: too late to tell anybody. The application is told that it "
			"threw something away.",
		.rule = "RFC 9293 3.6"},
};

const struct table break_last_ack = {
	.step = LAST_ACK,
	.title = "The last ACK",
	.intro = "The client acknowledges the server's FIN. For both applications all is over; the client's side of "
		"the connection stays behind as a TIME-WAIT entry of 64 bytes for twice the maximum segment "
		"lifetime, because it cannot know whether this segment arrives.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
