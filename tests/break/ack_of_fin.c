/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the ACK of the first FIN. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "With its FIN acknowledged the client has nothing more to send again, and waits for the "
			"server's.",
		.rule = "RFC 9293 3.6"},
	{LOST, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2\n"
			"client FIN ACK seq 101 ack 1 at 0.19",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.21 s",
		.why = "Nobody acknowledges an ACK. The FIN comes again instead, as an old segment, and is "
			"answered with the ACK that was lost.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{DUPLICATED, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "The second says nothing new.",
		.rule = "RFC 9293 3.10.7.4, fifth"},
	{REORDERED, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0\n"
			"server FIN ACK seq 1 ack 102 at 0.001\n"
			"client ACK seq 102 ack 2 at 0.011, 0.015\n"
			"server RST seq 2 at 0.025",
		.state = "client FIN-WAIT-1 → TIME-WAIT → CLOSED\n"
			"server CLOSE-WAIT → LAST-ACK → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client the peer has closed at 0.011\n"
			"client closed, no error at 0.011\n"
			"server closed, no error at 0.021",
		.takes = "60.011 s",
		.why = "The server's own FIN overtakes the ACK, and carries the same acknowledgement: the client "
			"goes from FIN-WAIT-1 straight to TIME-WAIT. To the ACK that comes behind, with an old "
			"sequence number, it answers once more; the server has forgotten the connection and sends "
			"RST, which TIME-WAIT ignores.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 1337"},
	{DELAYED, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2\n"
			"client FIN ACK seq 101 ack 1 at 0.19\n"
			"client ACK seq 102 ack 1 at 0.51",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.51 s",
		.why = "The FIN went out again and its ACK came first. The late one has an older timestamp than "
			"what came since, and is answered as every segment that PAWS refuses.",
		.rule = "RFC 7323 5.3"},
	{CORRUPTED, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2\n"
			"client FIN ACK seq 101 ack 1 at 0.19",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.21 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0\n"
			"client RST seq 102 at 0.01",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ECONNRESET at 0.005\n"
			"server closed, ECONNRESET at 0.02",
		.takes = "0.02 s",
		.why = "The client had sent all but could not know whether all arrived: ECONNRESET. The server's "
			"ACK is answered with RST.",
		.rule = "RFC 9293 3.10.7.4, second"},
	{RST_EXACT, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"server closed, ECONNRESET at 0.005",
		.takes = "0.01 s",
		.why = "The server's side is gone, and nothing tells the client: it has nothing to send that could "
			"be answered, and stays in FIN-WAIT-2 as long as its application does. leat_tcp_close() "
			"would bound that to 60 s.",
		.rule = "RFC 9293 3.10.7.4, second"},
	{RST_INSIDE, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0\n"
			"client ACK seq 102 ack 1 at 0.005",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "Challenge ACK, and no more. Who guesses has to hit one number of 4 billion, not one of the "
			"64 thousand windows.",
		.rule = "RFC 5961 3.2"},
	{RST_INSIDE, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0, 0.005",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "Challenge ACK, and no more. At most ten a second for each connection, and no limit common "
			"to all, from which others could learn (CVE-2016-5696).",
		.rule = "RFC 5961 3.2, 7"},
	{RST_OUTSIDE, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{RST_OUTSIDE, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → gone\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.005 s",
		.why = "The server is in CLOSE-WAIT, which has no timer: it is its application's turn, and only "
			"what that sends would find out.",
		.rule = "RFC 9293 3.6"},
	{VANISHES, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT → gone",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "FIN-WAIT-2 has no timer while the application still reads: the server may take hours to "
			"close. With leat_tcp_close() it ends after 60 s.",
		.rule = "RFC 9293 3.6.1"},
	{REBOOTS, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0, 2.01\n"
			"client SYN seq 0 at 2, 3\n"
			"client RST seq 102 at 2.02\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client FIN-WAIT-1 → gone → SYN-SENT → ESTABLISHED\n"
			"server CLOSE-WAIT → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "server the peer has closed at 0\n"
			"server closed, ECONNRESET at 2.03\n"
			"client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. A SYN in "
			"the middle of an old connection is answered with a challenge ACK; the client knows nothing "
			"of what that acknowledges and sends RST; it is exact and ends the old connection. The SYN "
			"sent again 1 s later opens a new one. This is figure 9 of the RFC. So CLOSE-WAIT ends, "
			"which nothing else would have ended.",
		.rule = "RFC 9293 3.5.1; RFC 5961 4"},
	{REBOOTS, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT → gone → LISTEN",
		.told = "server the peer has closed at 0",
		.takes = "2 s",
		.why = "The ACK had left: the client is content in FIN-WAIT-2 and waits for a FIN that will never "
			"come. It has nothing to send that a RST could answer; leat_tcp_close() would bound it to "
			"60 s.",
		.rule = "RFC 9293 3.5.1"},
	{SIMULTANEOUS, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0\n"
			"server ACK seq 2 ack 102 at 0",
		.state = "client CLOSING → TIME-WAIT → CLOSED\n"
			"server CLOSING → TIME-WAIT → CLOSED",
		.told = "client the peer has closed at 0\n"
			"server the peer has closed at 0\n"
			"client closed, no error at 0.01\n"
			"server closed, no error at 0.01",
		.takes = "60.01 s",
		.why = "Both closed at once: the ACKs of the FINs cross too, and both sides wait in TIME-WAIT.",
		.rule = "RFC 9293 3.6, figure 13"},
	{LINK_DOWN, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 10.1\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 10.09",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "10.11 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the client's FIN is sent again at once and acknowledged.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.why = "Who only receives needs no address."},
	{ARP_FAILS, SERVER,
		.sent = "server ARP request at 0, 1, 2, 6.2, 7.2, 8.2, 12.6, 13.6, 14.6, 25.4, 26.4, 27.4, 51, 52, "
			"53, 102.2, 103.2, 104.2, 204.6, 205.6, 206.6, 324.6, 325.6, 326.6, 444.6, 445.6, 446.6, "
			"564.6, 565.6, 566.6, 684.6, 685.6, 686.6, 804.6, 805.6, 806.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "The connection was idle for 700 s, so the address was forgotten and is asked for. The FIN "
			"arrives and the server's application is told, but the ACK cannot leave. The client gives "
			"up after 15 minutes, and its RST ends CLOSE-WAIT.",
		.rule = "RFC 1122 2.3.2.1; RFC 9293 3.8.3"},
	{ICMP_NET, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, "
			"444.6, 564.6, 684.6, 804.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"An error has to quote something in flight to be believed; an ACK is not, it takes no "
			"number. The client sends its FIN for 15 minutes; the RST with which it gives up does "
			"arrive.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_HOST, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, "
			"444.6, 564.6, 684.6, 804.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"An error has to quote something in flight to be believed; an ACK is not, it takes no "
			"number. The client sends its FIN for 15 minutes; the RST with which it gives up does "
			"arrive.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, "
			"444.6, 564.6, 684.6, 804.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"An error has to quote something in flight to be believed; an ACK is not, it takes no "
			"number. The client sends its FIN for 15 minutes; the RST with which it gives up does "
			"arrive.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_PORT, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, "
			"444.6, 564.6, 684.6, 804.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"An error has to quote something in flight to be believed; an ACK is not, it takes no "
			"number. The client sends its FIN for 15 minutes; the RST with which it gives up does "
			"arrive.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{ICMP_FRAG, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, "
			"444.6, 564.6, 684.6, 804.6\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99, 6.19, 12.59, 25.39, 50.99, 102.19, "
			"204.59, 324.59, 444.59, 564.59, 684.59, 804.59\n"
			"client RST ACK seq 102 ack 1 at 924.59",
		.state = "client FIN-WAIT-1 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 924.59\n"
			"server closed, ECONNRESET at 924.6",
		.takes = "924.6 s",
		.why = "A router half way throws away all that this segment's sender sends, and says so each time. "
			"An error has to quote something in flight to be believed; an ACK is not, it takes no "
			"number. The client sends its FIN for 15 minutes; the RST with which it gives up does "
			"arrive.",
		.rule = "RFC 5927 4.1; RFC 9293 3.8.3"},
	{NO_PACKETS, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0, 0.2, 0.6, 1.4, 3\n"
			"client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "3.01 s",
		.why = "The port has no buffer to receive into: the client's FIN goes out again until an ACK is "
			"heard.",
		.rule = "RFC 6298 5.5"},
	{NO_PACKETS, SERVER,
		.sent = "client FIN ACK seq 101 ack 1 at 0.19, 0.59, 1.39, 2.99\n"
			"server ACK seq 1 ack 102 at 3",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "3.01 s",
		.why = "The ACK is owed until there is a buffer; one answers all the FINs that came meanwhile."},
	{NO_BLOCKS, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{NO_BLOCKS, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0",
		.takes = "0.01 s",
		.why = "A connection that is open has all that it needs to close; for TIME-WAIT the oldest entry "
			"makes room."},
	{EXITS, CLIENT,
		.sent = "server ACK seq 1 ack 102 at 0",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server CLOSE-WAIT",
		.told = "server the peer has closed at 0\n"
			"client closed, ETIMEDOUT at 60.01",
		.takes = "60.01 s",
		.why = "Closed for good, the client waits 60 s for the server's FIN and no longer.",
		.rule = "RFC 9293 3.6.1"},
	{EXITS, SERVER,
		.sent = "server ACK seq 1 ack 102 at 0\n"
			"server FIN ACK seq 1 ack 102 at 0.005\n"
			"client ACK seq 102 ack 2 at 0.015",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → TIME-WAIT → CLOSED\n"
			"server CLOSE-WAIT → LAST-ACK → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client the peer has closed at 0.015\n"
			"client closed, no error at 0.015\n"
			"server closed, no error at 0.025",
		.takes = "60.015 s",
		.why = "The exit is the close that the client waits for: the rest of the normal case follows.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, CLIENT,
		.sent = "server ACK seq 101 ack 102 at 0\n"
			"client RST ACK seq 102 ack 101 at 0.015",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server the peer has closed at 0\n"
			"client closed, ECONNABORTED at 0.015\n"
			"server closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "Unread data of the server: RST from FIN-WAIT-2.",
		.rule = "RFC 2525 2.17"},
	{EXITS_UNREAD, SERVER,
		.sent = "server ACK seq 1 ack 202 at 0\n"
			"server RST ACK seq 1 ack 202 at 0.015",
		.state = "client FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server CLOSE-WAIT → CLOSED",
		.told = "server closed, ECONNABORTED at 0.015\n"
			"client closed, ECONNRESET at 0.025",
		.takes = "0.025 s",
		.why = "Unread data of the client: RST from CLOSE-WAIT. The application never heard of the FIN, "
			"for the data before it was not read.",
		.rule = "RFC 2525 2.17"},
};

const struct table break_ack_of_fin = {
	.step = ACK_OF_FIN,
	.title = "The ACK of that FIN",
	.intro = "The server has told its application that the peer has closed, and acknowledges the FIN. It is in "
		"CLOSE-WAIT and may send for as long as it likes; the client will be in FIN-WAIT-2. Like every pure "
		"ACK it is never sent again by itself.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
