/* SPDX-License-Identifier: BSD-3-Clause */
/* What there is: steps, breaks, sides. */
#include <stdio.h>
#include <string.h>
#include "break.h"

const struct table *const break_tables[STEPS] = {
	&break_syn, &break_syn_ack, &break_third_ack, &break_data, &break_fin, &break_ack_of_fin,
	&break_peers_fin, &break_last_ack, &break_time_wait,
};

const char *const side_names[] = {"client", "server", "both"};

/* %s: whom it befalls. */
static const char *const titles[BREAKS] = {
	[NOTHING] = "nothing: the normal case",
	[LOST] = "it is lost",
	[DUPLICATED] = "it is duplicated",
	[REORDERED] = "it is reordered",
	[DELAYED] = "it is delayed past the timeout",
	[CORRUPTED] = "it is corrupted",
	[RST_EXACT] = "exact RST to the %s",
	[RST_INSIDE] = "RST in the window to the %s",
	[RST_OUTSIDE] = "RST outside the window to the %s",
	[VANISHES] = "the %s vanishes",
	[REBOOTS] = "the %s reboots",
	[SIMULTANEOUS] = "both sides at once",
	[LINK_DOWN] = "the link is down for 10 s",
	[ARP_FAILS] = "nobody answers the %s's ARP",
	[ICMP_NET] = "ICMP: net unreachable",
	[ICMP_HOST] = "ICMP: host unreachable",
	[ICMP_PROTOCOL] = "ICMP: protocol unreachable",
	[ICMP_PORT] = "ICMP: port unreachable",
	[ICMP_FRAG] = "ICMP: fragmentation needed",
	[ICMP_ADMIN] = "ICMP: administratively prohibited",
	[NO_PACKETS] = "the %s has no packet buffers for 3 s",
	[NO_BLOCKS] = "the %s has no control blocks for 3 s",
	[EXITS] = "the %s's application exits",
	[EXITS_UNREAD] = "the %s's application exits, data unread",
	[REOPENS] = "the server connects again",
};

const char *
break_title(enum breaks what, enum side who, char *buf, size_t size)
{
	const char *title = titles[what], *mark = strstr(title, "%s");

	if (mark == NULL)
		snprintf(buf, size, "%s", title);
	else
		snprintf(buf, size, "%.*s%s%s", (int)(mark - title), title, side_names[who], mark + 2);
	return buf;
}

bool
break_has_sides(enum breaks what)
{
	switch (what) {
	case RST_EXACT:
	case RST_INSIDE:
	case RST_OUTSIDE:
	case VANISHES:
	case REBOOTS:
	case ARP_FAILS:
	case NO_PACKETS:
	case NO_BLOCKS:
	case EXITS:
	case EXITS_UNREAD:
		return true;
	default:
		return false;
	}
}

bool
break_applies(enum step step, enum breaks what)
{
	return what != REOPENS || step == TIME_WAIT;
}

enum side
step_sender(enum step step)
{
	static const enum side senders[STEPS] = {
		[SYN_] = CLIENT, [SYN_ACK] = SERVER, [THIRD_ACK] = CLIENT, [DATA] = CLIENT, [FIN_] = CLIENT,
		[ACK_OF_FIN] = SERVER, [PEERS_FIN] = SERVER, [LAST_ACK] = CLIENT, [TIME_WAIT] = BOTH,
	};

	return senders[step];
}
