/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: the SYN. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "Three segments, one and a half round trips; each side is open as soon as its own SYN is "
			"acknowledged.",
		.rule = "RFC 9293 3.5"},
	{LOST, BOTH,
		.sent = "client SYN seq 0 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 1.01\n"
			"client ACK seq 1 ack 1 at 1.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.02\n"
			"server opened at 1.03",
		.takes = "1.03 s",
		.why = "Only the client knows that there was a SYN. With no round trip measured yet it waits 1 s "
			"and sends it again.",
		.rule = "RFC 6298 2.1"},
	{DUPLICATED, BOTH,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01, 0.011\n"
			"client ACK seq 1 ack 1 at 0.02, 0.021",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "The second SYN finds the half-open entry of the first and is answered with the same "
			"SYN-ACK; the client, open by then, answers that with an ACK.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{REORDERED, BOTH,
		.why = "The SYN is alone: the client may send nothing before it is answered."},
	{DELAYED, BOTH,
		.sent = "client SYN seq 0 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 1.01\n"
			"client ACK seq 1 ack 1 at 1.02\n"
			"server ACK seq 1 ack 1 at 1.51",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.02\n"
			"server opened at 1.03",
		.takes = "1.51 s",
		.why = "The SYN sent again opens the connection. The first comes after 1.5 s: a SYN for an open "
			"connection is answered with a challenge ACK and nothing else, and the client, whose number "
			"it has, finds nothing wrong.",
		.rule = "RFC 5961 4; RFC 9293 3.10.7.4, fourth"},
	{CORRUPTED, BOTH,
		.sent = "client SYN seq 0 at 0, 1\n"
			"server SYN ACK seq 0 ack 1 at 1.01\n"
			"client ACK seq 1 ack 1 at 1.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 1.02\n"
			"server opened at 1.03",
		.takes = "1.03 s",
		.why = "One bit is wrong, so the checksum is; the segment is dropped without an answer, counted "
			"(drop_tcp_bad_checksum), and the rest is as when it is lost.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client RST seq 1 at 0.02",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ECONNREFUSED at 0.005",
		.takes = "0.03 s",
		.why = "In SYN-SENT there is no window yet: a reset is believed if it acknowledges the SYN, for "
			"only who saw the SYN can. The server's SYN-ACK then finds nobody and is answered with RST, "
			"which removes its half-open entry without a word to its application.",
		.rule = "RFC 9293 3.10.7.3, second"},
	{RST_EXACT, SERVER,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "In LISTEN there is nothing to reset.",
		.rule = "RFC 9293 3.10.7.2, first"},
	{RST_INSIDE, CLIENT,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "Here: a reset without ACK. It does not prove that its sender saw the SYN, and is dropped.",
		.rule = "RFC 9293 3.10.7.3, second"},
	{RST_INSIDE, SERVER,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "In LISTEN there is no window, and nothing to reset.",
		.rule = "RFC 9293 3.10.7.2, first"},
	{RST_OUTSIDE, CLIENT,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "Here: a reset that acknowledges what was never sent. It is dropped, and not answered: no "
			"reset is.",
		.rule = "RFC 9293 3.10.7.3, first"},
	{RST_OUTSIDE, SERVER,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "In LISTEN there is no window, and nothing to reset.",
		.rule = "RFC 9293 3.10.7.2, first"},
	{VANISHES, CLIENT,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01, 1.01, 15.01",
		.state = "client SYN-SENT → gone\n"
			"server LISTEN → SYN-RECEIVED → LISTEN",
		.told = "nothing",
		.takes = "63.01 s",
		.why = "The SYN arrives, its sender is gone. The server sends its SYN-ACK three times in all (to "
			"an address that has proven nothing goes at most three times what came from it) and forgets the "
			"entry after 63 s; its application never hears of it. Thousands of these are a "
			"SYN flood.",
		.rule = "RFC 9293 3.8.3; RFC 4987 2"},
	{VANISHES, SERVER,
		.sent = "client SYN seq 0 at 0, 1, 3, 7, 15, 31, 63, 127",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN → gone",
		.told = "client closed, ETIMEDOUT at 247",
		.takes = "247 s",
		.why = "Seven times more, each time after twice the wait (120 s at most); then the application is "
			"told. RFC 9293 asks for at least three minutes; this is four.",
		.rule = "RFC 9293 3.8.3, MUST-23; RFC 6298 5.5, 5.7"},
	{REBOOTS, CLIENT,
		.sent = "client SYN seq 0 at 0, 2, 3\n"
			"server SYN ACK seq 0 ack 1 at 0.01, 1.01, 3.01\n"
			"server ACK seq 1 ack 1 at 2.01\n"
			"client RST seq 1 at 2.02\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → gone → SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. Its new "
			"SYN finds the old half-open entry, with another number: a challenge ACK answers. The "
			"client, in SYN-SENT, never sent what that acknowledges: RST, exact, which clears the "
			"entry. The next SYN opens.",
		.rule = "RFC 5961 4; RFC 9293 3.5.1"},
	{REBOOTS, SERVER,
		.sent = "client SYN seq 0 at 0, 1, 3\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → gone → LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "As when the SYN is lost: the client goes on asking, and the server answers when it is back "
			"after 2 s and listens.",
		.rule = "RFC 6298 2.1"},
	{SIMULTANEOUS, BOTH,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN seq 0 at 0\n"
			"client SYN ACK seq 0 ack 1 at 0.01\n"
			"server SYN ACK seq 0 ack 1 at 0.01",
		.state = "client SYN-SENT → SYN-RECEIVED → ESTABLISHED\n"
			"server SYN-SENT → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.02",
		.takes = "0.02 s",
		.why = "Both connect at the same moment, each from the port that the other calls. The SYNs cross: "
			"each side goes to SYN-RECEIVED and sends its SYN again with the ACK. One connection "
			"results, with no third ACK.",
		.rule = "RFC 9293 3.5, figure 7"},
	{LINK_DOWN, BOTH,
		.sent = "client SYN seq 0 at 0, 1, 3, 7, 10\n"
			"server SYN ACK seq 0 ack 1 at 10.01\n"
			"client ACK seq 1 ack 1 at 10.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 10.02\n"
			"server opened at 10.03",
		.takes = "10.03 s",
		.why = "The cable is out from 5 ms on for 10 s; what is on it is lost. A time-out has found that the link "
			"is down: when it is back, the SYN is sent again at once.",
		.rule = "RFC 6298 5.5"},
	{ARP_FAILS, CLIENT,
		.sent = "client ARP request at 0, 1, 2",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, EHOSTUNREACH at 3",
		.takes = "3 s",
		.why = "The SYN waits for the server's address. Three questions, one a second, none answered: the "
			"host is not there, and the application is told as soon as the next SYN would leave. Linux "
			"says the same, after the same 3 s.",
		.rule = "RFC 826; RFC 1122 2.3.2.1, 2.4"},
	{ARP_FAILS, SERVER,
		.why = "Who only receives needs no address. Its answer does: see the SYN-ACK."},
	{ICMP_NET, BOTH,
		.sent = "client SYN seq 0 at 0, 1, 3, 7, 15, 31, 63, 127",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, ENETUNREACH at 247",
		.takes = "247 s",
		.why = "A router half way throws every segment of this side away and says so each time. No route "
			"now is no proof that there will be none: the SYN is sent again as if lost. But the "
			"application hears of it in the end.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_HOST, BOTH,
		.sent = "client SYN seq 0 at 0, 1, 3, 7, 15, 31, 63, 127",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, EHOSTUNREACH at 247",
		.takes = "247 s",
		.why = "A router half way throws every segment of this side away and says so each time. A host "
			"that is not there now may come: the SYN is sent again as if lost, where Linux would stop "
			"at once. The application hears of it in the end.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25"},
	{ICMP_PROTOCOL, BOTH,
		.sent = "client SYN seq 0 at 0",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, ECONNREFUSED at 0.01",
		.takes = "0.01 s",
		.why = "A hard error: that host has no TCP, and asking again will not change that.",
		.rule = "RFC 9293 3.9.2.2, SHLD-26"},
	{ICMP_PORT, BOTH,
		.sent = "client SYN seq 0 at 0",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, ECONNREFUSED at 0.01",
		.takes = "0.01 s",
		.why = "A hard error about a SYN that is in flight ends the attempt at once, as a RST would.",
		.rule = "RFC 9293 3.9.2.2, SHLD-26; RFC 5927 4.1"},
	{ICMP_FRAG, BOTH,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client ACK seq 1 ack 1 at 0.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 0.02\n"
			"server opened at 0.03",
		.takes = "0.03 s",
		.why = "Forged: 60 bytes pass every link (68 is the least that IP allows), so no router can say "
			"this of them. It is not believed to be a reason for anything, and the segment arrives.",
		.rule = "RFC 791 3.1; RFC 5927 7"},
	{ICMP_ADMIN, BOTH,
		.sent = "client SYN seq 0 at 0, 1, 3, 7, 15, 31, 63, 127",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN",
		.told = "client closed, EHOSTUNREACH at 247",
		.takes = "247 s",
		.why = "A router half way throws every segment of this side away and says so each time. Code 13 is "
			"younger than the list of hard and soft errors, and a filter may change: leat takes it for "
			"soft, where Linux stops at once. The application hears of it in the end.",
		.rule = "RFC 9293 3.9.2.2, MUST-56, SHLD-25; RFC 1812 5.2.7.1"},
	{NO_PACKETS, CLIENT,
		.sent = "client SYN seq 0 at 3\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "Without a buffer the SYN cannot leave. The connection waits for one, not for a timer, and "
			"sends as soon as there is one."},
	{NO_PACKETS, SERVER,
		.sent = "client SYN seq 0 at 0, 1, 3\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "The port has no buffer to receive into: to the client it is loss.",
		.rule = "RFC 6298 5.5"},
	{NO_BLOCKS, CLIENT,
		.sent = "nothing",
		.state = "client CLOSED\n"
			"server LISTEN",
		.told = "client connect fails, ENOMEM at 0",
		.takes = "0 s",
		.why = "leat_tcp_connect() says so at once and gives no event."},
	{NO_BLOCKS, SERVER,
		.sent = "client SYN seq 0 at 0, 1, 3\n"
			"server SYN ACK seq 0 ack 1 at 3.01\n"
			"client ACK seq 1 ack 1 at 3.02",
		.state = "client SYN-SENT → ESTABLISHED\n"
			"server LISTEN → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 3.02\n"
			"server opened at 3.03",
		.takes = "3.03 s",
		.why = "No room for a half-open entry: the SYN is dropped in silence (a RST would tell the client "
			"that nobody listens), and its repetition finds room.",
		.rule = "RFC 9293 3.10.7.2; RFC 4987 3"},
	{EXITS, CLIENT,
		.sent = "client SYN seq 0 at 0\n"
			"server SYN ACK seq 0 ack 1 at 0.01\n"
			"client RST seq 1 at 0.02",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN → SYN-RECEIVED → LISTEN",
		.told = "client closed, ECONNABORTED at 0.005",
		.takes = "0.03 s",
		.why = "leat_tcp_close() before anything was opened: there is nothing to say to the server. Its "
			"SYN-ACK finds nobody and gets RST.",
		.rule = "RFC 9293 3.10.4, 3.10.7.1"},
	{EXITS, SERVER,
		.sent = "client SYN seq 0 at 0\n"
			"server RST ACK seq 0 ack 1 at 0.01",
		.state = "client SYN-SENT → CLOSED\n"
			"server LISTEN → CLOSED",
		.told = "client closed, ECONNREFUSED at 0.02",
		.takes = "0.02 s",
		.why = "Nobody listens when the SYN arrives: connection refused.",
		.rule = "RFC 9293 3.10.7.1"},
	{EXITS_UNREAD, CLIENT,
		.why = "No data has come that could be unread."},
	{EXITS_UNREAD, SERVER,
		.why = "No data has come that could be unread."},
};

const struct table break_syn = {
	.step = SYN_,
	.title = "The SYN",
	.intro = "The client asks for a connection. Its SYN carries its initial sequence number, which the page "
		"calls 0; SYN takes one number, so that it can be acknowledged, and lost, like a byte of data. The "
		"client is in SYN-SENT, the server in LISTEN, and nobody but the client knows anything yet.",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
