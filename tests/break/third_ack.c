/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the third ACK. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "The half-open entry becomes a connection, and the application has it.",
		.rule = "RFC 9293 3.10.7.4, fifth"},
	{LOST, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 0.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 1.01",
		.takes = "1.01 s",
		.why = "The client has nothing to wait for. The server's SYN-ACK comes again, lies outside the "
			"window of the open client, and every such segment is answered with an ACK.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{DUPLICATED, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "An ACK without data that says nothing new is not answered, or two sides would answer each "
			"other for ever.",
		.rule = "RFC 9293 3.10.7.4, fifth"},
	{REORDERED, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0\n"
			"client PSH ACK seq 1:101 ack 1 at 0.001\n"
			"server ACK seq 1 ack 101 at 0.011, 0.015",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.011\n"
			"server 100 bytes at 0.011\n"
			"client 100 bytes arrived at 0.021",
		.takes = "0.021 s",
		.why = "The client's first data overtakes the ACK. It acknowledges the SYN as well, so it opens "
			"the connection and is delivered; the late ACK lies before the window by then and is "
			"answered.",
		.rule = "RFC 9293 3.10.7.4, fifth"},
	{DELAYED, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 0.99\n"
			"server ACK seq 1 ack 1 at 1.51",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 1.01",
		.takes = "1.51 s",
		.why = "The ACK that the second SYN-ACK brings forth opens the server; the late one repeats it. "
			"leat answers it: its number is right, but its timestamp is older than what came since.",
		.rule = "RFC 9293 3.10.7.4; RFC 7323 5.3"},
	{CORRUPTED, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 0.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 1.01",
		.takes = "1.01 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED → CLOSED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"client closed, ECONNRESET at 0.005\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "The number is exactly the next that is expected: the connection is gone. The server "
			"becomes open all the same and learns of it with the first segment that it sends.",
		.rule = "RFC 5961 3.2; RFC 9293 3.10.7.4, second"},
	{RST_EXACT, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0\n"
			"server RST seq 1 at 0.01",
		.state = "client ESTABLISHED → CLOSED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0\n"
			"client closed, ECONNRESET at 0.02",
		.takes = "0.02 s",
		.why = "The half-open entry is dropped in silence; the ACK then belongs to no connection and is "
			"answered with RST.",
		.rule = "RFC 9293 3.10.7.4, second; 3.10.7.2, second"},
	{RST_INSIDE, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0, 0.005",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Challenge ACK, and no more: the server takes note of an ACK.",
		.rule = "RFC 5961 3.2"},
	{RST_INSIDE, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0\n"
			"server ACK seq 1 ack 1 at 0.005",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Challenge ACK, and no more: the client takes note of an ACK.",
		.rule = "RFC 5961 3.2"},
	{RST_OUTSIDE, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{RST_OUTSIDE, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED → gone\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "The ACK arrives, so the server opens a connection to nobody. As long as it sends nothing, "
			"nothing tells it; keepalive would.",
		.rule = "RFC 9293 3.8.4"},
	{VANISHES, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → gone",
		.told = "client opened at 0",
		.takes = "0.005 s",
		.why = "The client is open and will never know better unless it sends; keepalive would tell it.",
		.rule = "RFC 9293 3.8.4"},
	{REBOOTS, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0, 3.02\n"
			"client SYN seq 0 at 2, 3\n"
			"server ACK seq 1 ack 1 at 2.01\n"
			"client RST seq 1 at 2.02\n"
			"server SYN ACK seq 0 ack 1 at 3.01",
		.state = "client ESTABLISHED → gone → SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED → CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0, 3.02\n"
			"server opened at 0.01, 3.03\n"
			"server closed, ECONNRESET at 2.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. A SYN in "
			"the middle of an old connection is answered with a challenge ACK; the client knows nothing "
			"of what that acknowledges and sends RST; it is exact and ends the old connection. The SYN "
			"sent again 1 s later opens a new one. This is figure 9 of the RFC.",
		.rule = "RFC 9293 3.5.1; RFC 5961 4"},
	{REBOOTS, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → gone → LISTEN",
		.told = "client opened at 0",
		.takes = "2 s",
		.why = "The ACK reached nobody. The client is open and will learn by the RST that answers the "
			"first segment it sends.",
		.rule = "RFC 9293 3.5.1"},
	{SIMULTANEOUS, BOTH,
		.why = "In a simultaneous open the SYN-ACKs acknowledge each other; there is no third ACK.",
		.rule = "RFC 9293 3.5, figure 7"},
	{LINK_DOWN, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 15.01",
		.takes = "15.01 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. The client waits for nothing, and a "
			"half-open entry asks for no link: the server's repetition at its doubled time brings the ACK forth "
			"again.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.why = "The client sent its SYN to the same address 20 ms ago and was answered: it is known."},
	{ARP_FAILS, SERVER,
		.why = "Who only receives needs no address."},
	{ICMP_NET, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0",
		.takes = "62.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. An error "
			"has to quote something in flight to be believed; an ACK is not, it takes no number. The "
			"server never gets one and gives up after 63 s; the client goes on believing in its "
			"connection.",
		.rule = "RFC 5927 4.1"},
	{ICMP_HOST, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0",
		.takes = "62.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. An error "
			"has to quote something in flight to be believed; an ACK is not, it takes no number. The "
			"server never gets one and gives up after 63 s; the client goes on believing in its "
			"connection.",
		.rule = "RFC 5927 4.1"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0",
		.takes = "62.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. An error "
			"has to quote something in flight to be believed; an ACK is not, it takes no number. The "
			"server never gets one and gives up after 63 s; the client goes on believing in its "
			"connection.",
		.rule = "RFC 5927 4.1"},
	{ICMP_PORT, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0",
		.takes = "62.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. An error "
			"has to quote something in flight to be believed; an ACK is not, it takes no number. The "
			"server never gets one and gives up after 63 s; the client goes on believing in its "
			"connection.",
		.rule = "RFC 5927 4.1"},
	{ICMP_FRAG, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0",
		.takes = "62.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. An error "
			"has to quote something in flight to be believed; an ACK is not, it takes no number. The "
			"server never gets one and gives up after 63 s; the client goes on believing in its "
			"connection.",
		.rule = "RFC 5927 4.1"},
	{NO_PACKETS, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0.99\n"
			"client ACK seq 1 ack 1 at 3",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 3.01",
		.takes = "3.01 s",
		.why = "The ACK is owed until there is a buffer, and leaves then. The server sends its SYN-ACK "
			"again meanwhile; one ACK answers both."},
	{NO_PACKETS, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 15\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 14.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 15.01",
		.takes = "15.01 s",
		.why = "The port has no buffer to receive into: to the client it is loss.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "The client has had its control block since it asked."},
	{NO_BLOCKS, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0, 1, 3\n"
			"server SYN ACK seq 0 ack 1 at 0.99, 2.99",
		.state = "client ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0\n"
			"server opened at 3.01",
		.takes = "3.01 s",
		.why = "The handshake is complete but there is no control block for it. The entry stays as it is "
			"and its SYN-ACK brings the ACK forth again, until there is one. The client is not refused: "
			"it is open and can wait."},
	{EXITS, CLIENT,
		.sent = "client ACK seq 1 ack 1 at 0\n"
			"client FIN ACK seq 1 ack 1 at 0.005\n"
			"server ACK seq 1 ack 2 at 0.015",
		.state = "client ESTABLISHED → FIN-WAIT-1 → FIN-WAIT-2 → CLOSED\n"
			"server SYN-RECEIVED → ESTABLISHED → CLOSE-WAIT",
		.told = "client opened at 0\n"
			"server opened at 0.01\n"
			"server the peer has closed at 0.015\n"
			"client closed, ETIMEDOUT at 60.025",
		.takes = "60.025 s",
		.why = "A FIN like any other, 5 ms behind the ACK. The application has ended, so nobody waits for "
			"the server's for longer than 60 s: FIN-WAIT-2 of an orphan is bounded, and ends with "
			"ETIMEDOUT if the server does not close.",
		.rule = "RFC 9293 3.6.1"},
	{EXITS, SERVER,
		.sent = "client ACK seq 1 ack 1 at 0\n"
			"server RST seq 1 at 0.01",
		.state = "client ESTABLISHED → CLOSED\n"
			"server SYN-RECEIVED → CLOSED",
		.told = "client opened at 0\n"
			"client closed, ECONNRESET at 0.02",
		.takes = "0.02 s",
		.why = "The listener goes, and with it the half-open entry; the ACK is answered with RST.",
		.rule = "RFC 9293 3.10.7.1"},
	{EXITS_UNREAD, CLIENT,
		.why = "No data has come that could be unread."},
	{EXITS_UNREAD, SERVER,
		.why = "No data has come that could be unread."},
};

const struct table break_third_ack = {
	.step = THIRD_ACK,
	.title = "The third ACK",
	.intro = "The client is open and acknowledges the server's SYN. Only now does the server know that its "
		"answer arrived. This segment takes no sequence number: nobody acknowledges it, and its sender does "
		"not send it again of its own accord.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
