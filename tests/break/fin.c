/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the FIN of who closes first. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Half of the connection is closed. Nothing has to follow: it may stay so for hours.",
		.rule = "RFC 9293 3.6"},
	{LOST, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 102 at 0.21",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.21",
		.takes = "0.22 s",
		.why = "FIN has a sequence number, so the timer that guards data guards it too.",
		.rule = "RFC 9293 3.6; RFC 6298 5"},
	{DUPLICATED, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01, 0.011",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "The application hears of the FIN once; the copy is acknowledged like any old segment.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{REORDERED, BOTH,
		.sent = "client FIN ACK seq 201 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.01\n"
			"server ACK seq 1 ack 202 at 0.019",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server 100 bytes at 0.019\n"
			"server the peer has closed at 0.019\n"
			"client 100 bytes arrived at 0.029",
		.takes = "0.029 s",
		.why = "The FIN overtakes 100 bytes. It is kept until they are there, for its number says where it "
			"belongs; the application hears of it only behind the data.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 5681 4.2"},
	{DELAYED, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 102 at 0.21, 0.51",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.21",
		.takes = "0.51 s",
		.why = "Sent again for nothing; the late original is an old segment.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{CORRUPTED, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2\n"
			"server ACK seq 1 ack 102 at 0.21",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.21",
		.takes = "0.22 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01\n"
			"client RST seq 102 at 0.02",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED → CLOSE-WAIT → CLOSED",
		.told = "client closed, ECONNRESET at 0.005\n"
			"server the peer has closed at 0.01\n"
			"server closed, ECONNRESET at 0.03",
		.takes = "0.03 s",
		.why = "A connection that is half closed can be reset like an open one. The FIN is on its way and "
			"still arrives: the server hears first that the peer has closed, then, when its ACK is "
			"answered with RST, that nothing it sends will be read.",
		.rule = "RFC 9293 3.10.7.4, second"},
	{RST_EXACT, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server RST seq 1 at 0.01",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED → CLOSED",
		.told = "server closed, ECONNRESET at 0.005\n"
			"client closed, ECONNRESET at 0.02",
		.takes = "0.02 s",
		.why = "The server is told at once; the FIN belongs to no connection and is answered with RST.",
		.rule = "RFC 9293 3.10.7.4, second; 3.10.7.1"},
	{RST_INSIDE, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"client ACK seq 102 ack 1 at 0.005\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Challenge ACK, and no more. Who guesses has to hit one number of 4 billion, not one of the "
			"64 thousand windows.",
		.rule = "RFC 5961 3.2"},
	{RST_INSIDE, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 101 at 0.005\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Challenge ACK, and no more. At most ten a second for each connection, and no limit common "
			"to all, from which others could learn (CVE-2016-5696).",
		.rule = "RFC 5961 3.2, 7"},
	{RST_OUTSIDE, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{RST_OUTSIDE, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → gone\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.01 s",
		.why = "The server hears that the peer has closed, and that is all it will hear until it sends.",
		.rule = "RFC 9293 3.6"},
	{VANISHES, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED → gone",
		.told = "client closed, ETIMEDOUT at 924.6",
		.takes = "924.6 s",
		.why = "The FIN is sent again like data, and given up like data.",
		.rule = "RFC 9293 3.8.3"},
	{REBOOTS, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01, 2.01\n"
			"client SYN seq 0 at 2, 3\n"
			"client RST seq 102 at 2.02\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client FIN-WAIT-1 → gone → SYN-SENT → ESTABLISHED\n"
			"server ESTABLISHED → CLOSE-WAIT → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "server the peer has closed at 0.01\n"
			"server closed, ECONNRESET at 2.03\n"
			"client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. A SYN in "
			"the middle of an old connection is answered with a challenge ACK; the client knows nothing "
			"of what that acknowledges and sends RST; it is exact and ends the old connection. The SYN "
			"sent again 1 s later opens a new one. This is figure 9 of the RFC. CLOSE-WAIT makes no "
			"difference: the peer that closed it is not the one that asks now.",
		.rule = "RFC 9293 3.5.1; RFC 5961 4"},
	{REBOOTS, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3\n"
			"server RST seq 1 at 3.01",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED → gone → LISTEN",
		.told = "client closed, ECONNRESET at 3.02",
		.takes = "3.02 s",
		.why = "The FIN is sent again until somebody answers: RST, for there is no such connection any "
			"more. The application is told, since nothing proves that the server had read all.",
		.rule = "RFC 9293 3.5.1, 3.10.7.1"},
	{SIMULTANEOUS, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server FIN ACK seq 1 ack 101 at 0\n"
			"client ACK seq 102 ack 2 at 0.01\n"
			"server ACK seq 2 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → CLOSING → TIME-WAIT → CLOSED\n"
			"server FIN-WAIT-1 → CLOSING → TIME-WAIT → CLOSED",
		.told = "client the peer has closed at 0.01\n"
			"server the peer has closed at 0.01\n"
			"client closed, no error at 0.02\n"
			"server closed, no error at 0.02",
		.takes = "60.02 s",
		.why = "The FINs cross: FIN-WAIT-1, CLOSING, and for both TIME-WAIT, since neither was the first.",
		.rule = "RFC 9293 3.6, figure 13"},
	{LINK_DOWN, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 10\n"
			"server ACK seq 1 ack 102 at 10.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 10.01",
		.takes = "10.02 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the FIN is sent again at once.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.sent = "client ARP request at 0, 1, 2, 3, 4, 5, 6.2, 7.2, 8.2, 12.6, 13.6, 14.6, 25.4, 26.4, 27.4, "
			"51, 52, 53, 102.2, 103.2, 104.2, 204.6, 205.6, 206.6, 324.6, 325.6, 326.6, 444.6, 445.6, "
			"446.6, 564.6, 565.6, 566.6, 684.6, 685.6, 686.6, 804.6, 805.6, 806.6, 924.6, 925.6, 926.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "926.6 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. The FIN "
			"never leaves; in the end the application is told the reason, and the server still believes "
			"in an open connection.",
		.rule = "RFC 1122 2.3.2.1; RFC 9293 3.9.2.2, SHLD-25"},
	{ARP_FAILS, SERVER,
		.why = "Who only receives needs no address. Its answer does: see the ACK of this FIN."},
	{ICMP_NET, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ENETUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_HOST, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_PORT, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, ECONNREFUSED at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"RFC 9293 takes this for a hard error that should end the connection; leat, as Linux, takes "
			"it for a soft one once the connection is open, so that nobody can end it with a guess.",
		.rule = "RFC 5927 5.2; RFC 9293 3.9.2.2, SHLD-25"},
	{ICMP_FRAG, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, "
			"324.6, 444.6, 564.6, 684.6, 804.6\n"
			"client RST ACK seq 102 ack 1 at 924.6",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED",
		.told = "client closed, EHOSTUNREACH at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"Once a connection is open such an error ends nothing, for routes heal and anybody can "
			"forge it; but it is the reason that the application is told when the retransmissions are "
			"used up.",
		.rule = "RFC 9293 3.9.2.2, SHLD-25; RFC 1812 5.2.7.1"},
	{NO_PACKETS, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 3\n"
			"server ACK seq 1 ack 102 at 3.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 3.01",
		.takes = "3.02 s",
		.why = "The FIN is owed until there is a buffer."},
	{NO_PACKETS, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0, 0.2, 0.6, 1.4, 3\n"
			"server ACK seq 1 ack 102 at 3.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 3.01",
		.takes = "3.02 s",
		.why = "The port has no buffer to receive into: to the client it is loss.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{NO_BLOCKS, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01",
		.takes = "0.02 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{EXITS, CLIENT,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server ACK seq 1 ack 102 at 0.01",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server ESTABLISHED → CLOSE-WAIT",
		.told = "server the peer has closed at 0.01\n"
			"client closed, ETIMEDOUT at 60.02",
		.takes = "60.02 s",
		.why = "The FIN is out already; what the exit adds is the bound of 60 s to FIN-WAIT-2.",
		.rule = "RFC 9293 3.6.1"},
	{EXITS, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0\n"
			"server FIN ACK seq 1 ack 101 at 0.005\n"
			"server ACK seq 2 ack 102 at 0.01\n"
			"client ACK seq 102 ack 2 at 0.015",
		.state = "client FIN-WAIT-1 → CLOSING → TIME-WAIT → CLOSED\n"
			"server ESTABLISHED → FIN-WAIT-1 → CLOSING → TIME-WAIT → CLOSED",
		.told = "client the peer has closed at 0.015\n"
			"client closed, no error at 0.02\n"
			"server closed, no error at 0.025",
		.takes = "60.025 s",
		.why = "It closes while the client's FIN is on its way: a simultaneous close, 5 ms apart. The "
			"server's own TIME-WAIT begins with the client's ACK.",
		.rule = "RFC 9293 3.6, figure 13"},
	{EXITS_UNREAD, CLIENT,
		.sent = "client FIN ACK seq 101 ack 101 at 0\n"
			"server ACK seq 101 ack 102 at 0.01\n"
			"client RST ACK seq 102 ack 101 at 0.015\n"
			"client RST seq 102 at 0.02",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server ESTABLISHED → CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0.01\n"
			"client closed, ECONNABORTED at 0.015\n"
			"server closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "Unread data of the server: RST, although the client's FIN is out. The second RST answers "
			"the ACK of that FIN.",
		.rule = "RFC 2525 2.17"},
	{EXITS_UNREAD, SERVER,
		.sent = "client FIN ACK seq 201 ack 1 at 0\n"
			"server ACK seq 1 ack 202 at 0.01\n"
			"server RST ACK seq 1 ack 202 at 0.015",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server ESTABLISHED → CLOSE-WAIT → CLOSED",
		.told = "server closed, ECONNABORTED at 0.015\n"
			"client closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "Unread data of the client: RST instead of a FIN. That the client had closed does not tell "
			"it that its data was read.",
		.rule = "RFC 2525 2.17"},
};

const struct table break_fin = {
	.step = FIN_,
	.title = "The FIN of who closes first",
	.intro = "The client says that it will send no more (leat_tcp_shutdown(): it goes on reading). FIN takes a "
		"sequence number behind the last byte, so it is acknowledged and sent again like one. Who closes "
		"first may be either side; it is the one who will wait in TIME-WAIT.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
