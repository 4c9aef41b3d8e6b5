/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the SYN-ACK. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "The client is open half a round trip before the server.",
		.rule = "RFC 9293 3.5"},
	{LOST, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1\n"
			"client SYN seq 0 at 0.99\n"
			"client ACK seq 1 ack 1 at 1.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.01\n"
			"server opened at 1.02",
		.takes = "1.02 s",
		.why = "Both sides miss an answer and both send again: the client its SYN after 1 s, the server "
			"its SYN-ACK twice at the same moment, for its own timer and for the SYN that came again.",
		.rule = "RFC 6298 2.1; RFC 9293 3.8.1"},
	{DUPLICATED, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01, 0.011",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "To the open client the second SYN-ACK is an old segment, which is answered with an ACK. "
			"Nothing changes.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{REORDERED, BOTH,
		.why = "The SYN-ACK is alone: the server sends nothing else before it is open."},
	{DELAYED, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1\n"
			"client SYN seq 0 at 0.99\n"
			"client ACK seq 1 ack 1 at 1.01, 1.51",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.01\n"
			"server opened at 1.02",
		.takes = "1.51 s",
		.why = "As if lost; the late one is an old segment to the open client.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{CORRUPTED, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1\n"
			"client SYN seq 0 at 0.99\n"
			"client ACK seq 1 ack 1 at 1.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.01\n"
			"server opened at 1.02",
		.takes = "1.02 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client RST seq 1 at 0.01",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client closed, ECONNREFUSED at 0.005",
		.takes = "0.02 s",
		.why = "It acknowledges the SYN, so it is believed: the connection is refused. The SYN-ACK that "
			"comes next is answered with RST and the server forgets it all.",
		.rule = "RFC 9293 3.10.7.3, second"},
	{RST_EXACT, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01\n"
			"server RST seq 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED → CLOSED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client opened at 0.01\n"
			"client closed, ECONNRESET at 0.03",
		.takes = "0.03 s",
		.why = "The half-open entry is dropped in silence and the listener goes on. The client, open by "
			"then, learns of it when its ACK is answered with RST.",
		.rule = "RFC 9293 3.10.7.4, second; RFC 5961 3.2"},
	{RST_INSIDE, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "Still SYN-SENT: a reset without ACK proves nothing and is dropped.",
		.rule = "RFC 9293 3.10.7.3, second"},
	{RST_INSIDE, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"server ACK seq 1 ack 1 at 0.005\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "In the window but not exact, as who guesses would send it. The challenge ACK asks the "
			"peer: one that has really lost the connection answers it with an exact RST; the client "
			"only takes note.",
		.rule = "RFC 5961 3.2"},
	{RST_OUTSIDE, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "Still SYN-SENT: it acknowledges what was never sent.",
		.rule = "RFC 9293 3.10.7.3, first"},
	{RST_OUTSIDE, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "Not in the window: dropped without an answer.",
		.rule = "RFC 9293 3.10.7.4, first; RFC 5961 3.2"},
	{VANISHES, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 15",
		.state = "client SYN-SENT → gone\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "nothing",
		.takes = "63 s",
		.why = "Nobody completes the handshake: three SYN-ACKs, and the entry is forgotten without a word to "
			"the application.",
		.rule = "RFC 9293 3.8.3; RFC 4987 2"},
	{VANISHES, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → gone",
		.told = "client opened at 0.01",
		.takes = "0.01 s",
		.why = "The client is open and will never know better unless it sends: TCP by itself does not "
			"notice that a peer is gone. Keepalive (LEAT_TCP_KEEPALIVE) would.",
		.rule = "RFC 9293 3.8.4"},
	{REBOOTS, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 3.01\n"
			"client SYN seq 0 at 2, 3\n"
			"server ACK seq 1 ack 1 at 2.01\n"
			"client RST seq 1 at 2.02\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → gone → SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. The old "
			"half-open entry answers with a challenge ACK, gets an exact RST for it and goes; the next "
			"SYN opens.",
		.rule = "RFC 5961 4; RFC 9293 3.5.1"},
	{REBOOTS, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → gone → LISTEN",
		.told = "client opened at 0.01",
		.takes = "2 s",
		.why = "The client is open; the server knows of nothing. This is a half-open connection in the "
			"RFC's sense: the first segment that the client sends will be answered with RST.",
		.rule = "RFC 9293 3.5.1"},
	{SIMULTANEOUS, BOTH,
		.sent = "client SYN ACK seq 0 ack 1 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0",
		.state = "client SYN-RECEIVED → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.01",
		.takes = "0.01 s",
		.why = "Both connected at once: the two SYN-ACKs cross as well, and each acknowledges the other's "
			"SYN.",
		.rule = "RFC 9293 3.5, figure 7"},
	{LINK_DOWN, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 10.1\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 10.09\n"
			"client ACK seq 1 ack 1 at 10.11",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 10.11\n"
			"server opened at 10.12",
		.takes = "10.12 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the client's SYN is sent again at once and brings the SYN-ACK.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.why = "Who only receives needs no address, and the client's was known for its SYN."},
	{ARP_FAILS, SERVER,
		.sent = "server ARP request at 0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, "
			"142, 143, 144\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "The server cannot answer: its SYN-ACKs wait for an address and are dropped after three "
			"questions. The client sees nothing but silence, the server forgets each entry after 63 s.",
		.rule = "RFC 1122 2.3.2.1, 2.3.2.2"},
	{ICMP_NET, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 63, 127, 128, 142\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. A "
			"half-open entry believes no ICMP: it goes by itself after 63 s, and anybody can forge one. "
			"The client gets no answer and no error, for the error is told to the server.",
		.rule = "RFC 5927 5.2; RFC 4987"},
	{ICMP_HOST, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 63, 127, 128, 142\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. A "
			"half-open entry believes no ICMP: it goes by itself after 63 s, and anybody can forge one. "
			"The client gets no answer and no error, for the error is told to the server.",
		.rule = "RFC 5927 5.2; RFC 4987"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 63, 127, 128, 142\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. A "
			"half-open entry believes no ICMP: it goes by itself after 63 s, and anybody can forge one. "
			"The client gets no answer and no error, for the error is told to the server.",
		.rule = "RFC 5927 5.2; RFC 4987"},
	{ICMP_PORT, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 63, 127, 128, 142\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. A "
			"half-open entry believes no ICMP: it goes by itself after 63 s, and anybody can forge one. "
			"The client gets no answer and no error, for the error is told to the server.",
		.rule = "RFC 5927 5.2; RFC 4987"},
	{ICMP_FRAG, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 63, 127, 128, 142\n"
			"client SYN seq 0 at 0.99, 2.99, 6.99, 14.99, 30.99, 62.99, 126.99",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ETIMEDOUT at 246.99",
		.takes = "246.99 s",
		.why = "A router half way throws every segment of this side away and says so each time. A "
			"half-open entry believes no ICMP: it goes by itself after 63 s, and anybody can forge one. "
			"The client gets no answer and no error, for the error is told to the server.",
		.rule = "RFC 5927 5.2; RFC 4987"},
	{NO_PACKETS, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0, 1, 1, 3, 3\n"
			"client SYN seq 0 at 0.99, 2.99\n"
			"client ACK seq 1 ack 1 at 3.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.01\n"
			"server opened at 3.02",
		.takes = "3.02 s",
		.why = "The port has no buffer to receive into: to the server it is loss, and both sides go on "
			"asking.",
		.rule = "RFC 6298 5.5"},
	{NO_PACKETS, SERVER,
		.sent = "client SYN seq 0 at 0.99, 2.99\n"
			"server SYN ACK seq 0 ack 1 at 3\n"
			"client ACK seq 1 ack 1 at 3.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.01\n"
			"server opened at 3.02",
		.takes = "3.02 s",
		.why = "Where there is no memory to answer with nothing is begun: the client's next SYN asks again.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.01\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "The client has had its control block since it asked."},
	{NO_BLOCKS, SERVER,
		.sent = "client SYN seq 0 at 0.99, 2.99\n"
			"server SYN ACK seq 0 ack 1 at 3\n"
			"client ACK seq 1 ack 1 at 3.01",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.01\n"
			"server opened at 3.02",
		.takes = "3.02 s",
		.why = "No room for a half-open entry, so no SYN-ACK: the client's repetition finds room.",
		.rule = "RFC 4987 3"},
	{EXITS, CLIENT,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client RST seq 1 at 0.01",
		.state = "client SYN-SENT → CLOSED\n"
			"server SYN-RECEIVED → LISTEN",
		.told = "client closed, ECONNABORTED at 0.005",
		.takes = "0.02 s",
		.why = "leat_tcp_close() in SYN-SENT: gone without a word. The SYN-ACK gets RST, and the server "
			"forgets its entry.",
		.rule = "RFC 9293 3.10.4, 3.10.7.1"},
	{EXITS, SERVER,
		.sent = "server SYN ACK seq 0 ack 1 at 0\n"
			"client ACK seq 1 ack 1 at 0.01\n"
			"server RST seq 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED → CLOSED\n"
			"server SYN-RECEIVED → CLOSED",
		.told = "client opened at 0.01\n"
			"client closed, ECONNRESET at 0.03",
		.takes = "0.03 s",
		.why = "With its listener go the half-open entries, in silence as on Linux. The client is open by "
			"then and hears of it when its ACK is answered with RST.",
		.rule = "RFC 9293 3.10.7.1"},
	{EXITS_UNREAD, CLIENT,
		.why = "No data has come that could be unread."},
	{EXITS_UNREAD, SERVER,
		.why = "No data has come that could be unread."},
};

const struct table break_syn_ack = {
	.step = SYN_ACK,
	.title = "The SYN-ACK",
	.intro = "The server has noted the SYN in a half-open entry (SYN-RECEIVED) and answers: its own SYN, and the "
		"acknowledgement of the client's. Both sides now wait, and both have a timer of 1 s running. The "
		"server's application has not been told anything: for it there is no connection yet.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
