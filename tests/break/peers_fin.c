/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the FIN of the other side. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Both FINs are acknowledged. Who closed first waits 60 s (twice an MSL of 30 s); the other "
			"is free at once.",
		.rule = "RFC 9293 3.6, MUST-13"},
	{LOST, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2\n"
			"client ACK seq 102 ack 2 at 0.21",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.21\n"
			"client closed, no error at 0.21\n"
			"server closed, no error at 0.22",
		.takes = "60.21 s",
		.why = "As any FIN: sent again after the timeout. The client waits in FIN-WAIT-2 without a timer, "
			"for it has nothing to send.",
		.rule = "RFC 6298 5"},
	{DUPLICATED, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01, 0.011\n"
			"server RST seq 2 at 0.021",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.011 s",
		.why = "TIME-WAIT acknowledges the copy and begins its 60 s anew. The server, which has forgotten "
			"the connection by then, answers that ACK with RST, which TIME-WAIT ignores.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 1337"},
	{REORDERED, BOTH,
		.sent = "server FIN ACK seq 101 ack 102 at 0\n"
			"client ACK seq 102 ack 1 at 0.01\n"
			"client ACK seq 102 ack 102 at 0.019",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client 100 bytes at 0.019\n"
			"client the peer has closed at 0.019\n"
			"client closed, no error at 0.019\n"
			"server 100 bytes arrived at 0.029\n"
			"server closed, no error at 0.029",
		.takes = "60.019 s",
		.why = "The FIN overtakes the server's last 100 bytes and is kept until they are there.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 5681 4.2"},
	{DELAYED, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2\n"
			"client ACK seq 102 ack 2 at 0.21, 0.51\n"
			"server RST seq 2 at 0.52",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.21\n"
			"client closed, no error at 0.21\n"
			"server closed, no error at 0.22",
		.takes = "60.51 s",
		.why = "The FIN sent again ends the connection; the late original makes TIME-WAIT acknowledge it "
			"and begin anew. The server answers with RST, which is ignored.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 1337"},
	{CORRUPTED, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2\n"
			"client ACK seq 102 ack 2 at 0.21",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.21\n"
			"client closed, no error at 0.21\n"
			"server closed, no error at 0.22",
		.takes = "60.21 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client RST seq 102 at 0.01",
		.state = "client FIN-WAIT-2 → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client closed, ECONNRESET at 0.005\n"
			"server closed, no error at 0.02",
		.takes = "0.02 s",
		.why = "In FIN-WAIT-2 the client still expected data: ECONNRESET. The FIN then belongs to no "
			"connection; the RST that answers it ends the server in LAST-ACK, which is no error, for "
			"all that it sent before was acknowledged.",
		.rule = "RFC 9293 3.10.7.4, second"},
	{RST_EXACT, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01\n"
			"server RST seq 2 at 0.02",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, no error at 0.005\n"
			"client the peer has closed at 0.01\n"
			"client closed, no error at 0.01",
		.takes = "60.01 s",
		.why = "In LAST-ACK both sides have closed, and all data was acknowledged: the connection ends "
			"without an error. The client's ACK of the FIN is answered with RST, which TIME-WAIT "
			"ignores.",
		.rule = "RFC 9293 3.10.7.4, second; RFC 1337"},
	{RST_INSIDE, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 1 at 0.005\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Challenge ACK, and no more. Who guesses has to hit one number of 4 billion, not one of the "
			"64 thousand windows.",
		.rule = "RFC 5961 3.2"},
	{RST_INSIDE, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"server ACK seq 2 ack 102 at 0.005\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Challenge ACK, and no more. At most ten a second for each connection, and no limit common "
			"to all, from which others could learn (CVE-2016-5696).",
		.rule = "RFC 5961 3.2, 7"},
	{RST_OUTSIDE, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{RST_OUTSIDE, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2 → gone\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, ETIMEDOUT at 924.6",
		.takes = "924.6 s",
		.why = "Nobody acknowledges the FIN: sent again fifteen times, then ETIMEDOUT. What was sent "
			"before it had been acknowledged; whether the FIN arrived is all that stays unknown.",
		.rule = "RFC 9293 3.8.3"},
	{VANISHES, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → gone",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01",
		.takes = "60.01 s",
		.why = "The FIN had left. The client's ACK reaches nobody, which only concerns the server.",
		.rule = "RFC 9293 3.6"},
	{REBOOTS, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4\n"
			"client SYN seq 0 at 2, 3\n"
			"server ACK seq 2 ack 102 at 2.01\n"
			"client RST seq 102 at 2.02\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client FIN-WAIT-2 → gone → SYN-SENT → ESTABLISHED\n"
			"server LAST-ACK → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "server closed, no error at 2.03\n"
			"client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. Its SYN "
			"meets LAST-ACK: challenge ACK, RST, and the old connection is over, without an error for "
			"who had nothing left but its FIN to be acknowledged. The SYN sent again opens a new one.",
		.rule = "RFC 9293 3.5.1; RFC 5961 4"},
	{REBOOTS, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → gone → LISTEN",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01",
		.takes = "60.01 s",
		.why = "The FIN had left. The client's ACK reaches nobody, and TIME-WAIT ends by itself.",
		.rule = "RFC 9293 3.6"},
	{SIMULTANEOUS, BOTH,
		.why = "If both close at once there is no other side's FIN to wait for: see the first FIN.",
		.rule = "RFC 9293 3.6, figure 13"},
	{LINK_DOWN, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 10\n"
			"client ACK seq 102 ack 2 at 10.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 10.01\n"
			"client closed, no error at 10.01\n"
			"server closed, no error at 10.02",
		.takes = "70.01 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the FIN is sent again at once, and TIME-WAIT begins only then.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.why = "Who only receives needs no address. Its answer does: see the last ACK."},
	{ARP_FAILS, SERVER,
		.sent = "server ARP request at 0, 1, 2, 3, 4, 5, 6.2, 7.2, 8.2, 12.6, 13.6, 14.6, 25.4, 26.4, 27.4, "
			"51, 52, 53, 102.2, 103.2, 104.2, 204.6, 205.6, 206.6, 324.6, 325.6, 326.6, 444.6, 445.6, "
			"446.6, 564.6, 565.6, 566.6, 684.6, 685.6, 686.6, 804.6, 805.6, 806.6, 924.6, 925.6, 926.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, EHOSTUNREACH at 924.6",
		.takes = "926.6 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. The FIN "
			"never leaves; the client waits in FIN-WAIT-2 for it.",
		.rule = "RFC 1122 2.3.2.1; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_NET, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, ENETUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_HOST, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_PORT, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_FRAG, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"server RST ACK seq 2 ack 102 at 924.6",
		.state = "client FIN-WAIT-2\n"
			"server LAST-ACK → CLOSED",
		.told = "server closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, SHLD-25; RFC 1812 5.2.7.1"},
	{NO_PACKETS, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3\n"
			"client ACK seq 102 ack 2 at 3.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 3.01\n"
			"client closed, no error at 3.01\n"
			"server closed, no error at 3.02",
		.takes = "63.01 s",
		.why = "The port has no buffer to receive into: to the server it is loss.",
		.rule = "RFC 6298 5.5"},
	{NO_PACKETS, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 3\n"
			"client ACK seq 102 ack 2 at 3.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 3.01\n"
			"client closed, no error at 3.01\n"
			"server closed, no error at 3.02",
		.takes = "63.01 s",
		.why = "The FIN is owed until there is a buffer."},
	{NO_BLOCKS, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{NO_BLOCKS, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{EXITS, CLIENT,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "The FIN that it waited for is on its way; the application wants to hear of nothing but the "
			"end.",
		.rule = "RFC 9293 3.6"},
	{EXITS, SERVER,
		.sent = "server FIN ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 2 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "It had closed already.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, CLIENT,
		.sent = "server FIN ACK seq 101 ack 102 at 0\n"
			"client ACK seq 102 ack 102 at 0.01",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client closed, ECONNABORTED at 0.015\n"
			"server closed, no error at 0.02",
		.takes = "60.01 s",
		.why = "The server's FIN came 5 ms before: both sides have closed and everything is acknowledged, "
			"so there is nobody left to reset. The application is told that it threw something away.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, SERVER,
		.sent = "server FIN ACK seq 1 ack 202 at 0\n"
			"client ACK seq 202 ack 2 at 0.01\n"
			"server RST ACK seq 2 ack 202 at 0.015\n"
			"server RST seq 2 at 0.02",
		.state = "client FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server LAST-ACK → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"client closed, no error at 0.01\n"
			"server closed, ECONNABORTED at 0.015",
		.takes = "60.01 s",
		.why = "Unread data of the client, and the FIN is out but not acknowledged: RST. It meets "
			"TIME-WAIT, which ignores it; so does the one that answers the last ACK.",
		.rule = "RFC 2525 2.17; RFC 1337"},
};

const struct table break_peers_fin = {
	.step = PEERS_FIN,
	.title = "The FIN of the other side",
	.intro = "The server's application is done too and closes. Its FIN is the last thing that the connection "
		"carries, and the server waits in LAST-ACK for one segment only.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
