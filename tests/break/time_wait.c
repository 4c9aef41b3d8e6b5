/* SPDX-License-Identifier: BSD-3-Clause */
/* The break table: nothing any more: TIME-WAIT. */
#include "break.h"

static const struct cell cells[] = {
	{NOTHING, BOTH,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "The entry ends 60 s after the server's FIN came, in silence.",
		.rule = "RFC 9293 3.10.8"},
	{LOST, BOTH,
		.why = "Nothing is sent in TIME-WAIT that could be lost: see the last ACK."},
	{DUPLICATED, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0.01\n"
			"server RST seq 2 at 0.02",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "60.01 s",
		.why = "A copy of the server's FIN comes late: acknowledged, and the 60 s begin anew. The server "
			"knows nothing of it and sends RST, which is ignored: a reset must not cut TIME-WAIT short.",
		.rule = "RFC 9293 3.10.7.4, eighth; RFC 1337 3"},
	{REORDERED, BOTH,
		.sent = "client ACK seq 102 ack 102 at 0.01\n"
			"server RST seq 102 at 0.02",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Old data of the server comes late: acknowledged and thrown away. Only a FIN restarts the "
			"60 s.",
		.rule = "RFC 9293 3.10.7.4, first"},
	{DELAYED, BOTH,
		.sent = "client ACK seq 102 ack 2 at 0.01\n"
			"server RST seq 2 at 0.02",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "A copy of the server's SYN-ACK, as old as the connection: answered with an ACK of where "
			"the connection ended. It opens nothing.",
		.rule = "RFC 9293 3.10.7.4, fourth"},
	{CORRUPTED, BOTH,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "A copy of the server's FIN, damaged: dropped, and the 60 s do not begin anew.",
		.rule = "RFC 9293 3.1, MUST-3"},
	{RST_EXACT, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "TIME-WAIT ignores every reset, exact or not: it would open the way for old segments into a "
			"new connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_EXACT, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "There is no connection to reset, and a reset is never answered.",
		.rule = "RFC 9293 3.10.7.1"},
	{RST_INSIDE, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "TIME-WAIT ignores every reset, exact or not: it would open the way for old segments into a "
			"new connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_INSIDE, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "There is no connection to reset, and a reset is never answered.",
		.rule = "RFC 9293 3.10.7.1"},
	{RST_OUTSIDE, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "TIME-WAIT ignores every reset, exact or not: it would open the way for old segments into a "
			"new connection (TIME-WAIT assassination). RFC 9293 itself would let it end here.",
		.rule = "RFC 1337 3, fix F1"},
	{RST_OUTSIDE, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "There is no connection to reset, and a reset is never answered.",
		.rule = "RFC 9293 3.10.7.1"},
	{VANISHES, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → gone\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "0.005 s",
		.why = "Nobody misses it.",
		.rule = "RFC 9293 3.6"},
	{VANISHES, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED → gone",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing more is expected of the server.",
		.rule = "RFC 9293 3.10.8"},
	{REBOOTS, CLIENT,
		.sent = "client SYN seq 0 at 2\n"
			"server SYN ACK seq 0 ack 1 at 2.01\n"
			"client ACK seq 1 ack 1 at 2.02",
		.state = "client TIME-WAIT → gone → SYN-SENT → ESTABLISHED\n"
			"server CLOSED → SYN-RECEIVED → ESTABLISHED",
		.told = "client opened at 2.02\n"
			"server opened at 2.03",
		.takes = "2.03 s",
		.why = "The client is back after 2 s and its program connects again, from the same port. It has "
			"forgotten its TIME-WAIT, and the server has nothing left of the old connection: the SYN "
			"opens a new one. RFC 9293 would have it keep quiet for an MSL first.",
		.rule = "RFC 9293 3.4.3; RFC 6528"},
	{REBOOTS, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED → gone → LISTEN",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "It had forgotten the connection before.",
		.rule = "RFC 9293 3.10.8"},
	{SIMULTANEOUS, BOTH,
		.why = "Both sides have closed. That the other opens the connection again is a row of its own."},
	{LINK_DOWN, BOTH,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing is on its way, and TIME-WAIT needs no cable.",
		.rule = "RFC 9293 3.10.8"},
	{ARP_FAILS, CLIENT,
		.why = "Nothing is sent that needs an address."},
	{ARP_FAILS, SERVER,
		.why = "Nothing is sent that needs an address."},
	{ICMP_NET, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{ICMP_HOST, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{ICMP_PROTOCOL, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{ICMP_PORT, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{ICMP_FRAG, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{ICMP_ADMIN, BOTH,
		.why = "Nothing is in flight that an error could be about; TIME-WAIT believes none.",
		.rule = "RFC 5927 4.1"},
	{NO_PACKETS, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing is sent or received, so nothing is missed."},
	{NO_PACKETS, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing is sent or received, so nothing is missed."},
	{NO_BLOCKS, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing has to be noted."},
	{NO_BLOCKS, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing has to be noted."},
	{EXITS, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "TIME-WAIT belongs to leat, not to the application, and outlives it.",
		.rule = "RFC 9293 3.6"},
	{EXITS, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "nothing",
		.takes = "59.91 s",
		.why = "Nothing is left to close.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, CLIENT,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "client closed, ECONNABORTED at 0.015",
		.takes = "59.91 s",
		.why = "Received data stays readable after the connection has ended. Who closes without reading it "
			"is told that it threw something away; the peer cannot be told any more.",
		.rule = "RFC 9293 3.6"},
	{EXITS_UNREAD, SERVER,
		.sent = "nothing",
		.state = "client TIME-WAIT → CLOSED\n"
			"server CLOSED",
		.told = "server closed, ECONNABORTED at 0.015",
		.takes = "59.91 s",
		.why = "Received data stays readable after the connection has ended. Who closes without reading it "
			"is told that it threw something away; the peer cannot be told any more.",
		.rule = "RFC 9293 3.6"},
	{REOPENS, BOTH,
		.sent = "server SYN seq 0 at 0.005\n"
			"client SYN ACK seq 0 ack 1 at 0.015\n"
			"server ACK seq 1 ack 1 at 0.025",
		.state = "client TIME-WAIT → SYN-RECEIVED → ESTABLISHED\n"
			"server CLOSED → SYN-SENT → ESTABLISHED",
		.told = "server opened at 0.025\n"
			"client opened at 0.035",
		.takes = "0.035 s",
		.why = "The peer connects from the same port to the same port while the old connection is "
			"remembered. Its timestamp is later than the last one of the old connection, so nothing old "
			"can be mixed in: TIME-WAIT gives way at once, with a sequence number beyond the old ones.",
		.rule = "RFC 6191 2; RFC 9293 3.6.1"},
};

const struct table break_time_wait = {
	.step = TIME_WAIT,
	.title = "TIME-WAIT",
	.intro = "100 ms after the server's FIN. Nothing is on its way and nothing will be sent. The client's entry "
		"stays for 60 s, to acknowledge the server's FIN should it come again, and so that old segments of "
		"this connection cannot be taken for those of a new one. The server has forgotten everything. What "
		"is late, lost or forged finds this:",
	.cells = cells,
	.nb_cells = sizeof(cells) / sizeof(cells[0]),
};
