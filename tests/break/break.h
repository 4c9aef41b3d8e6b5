/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BREAK_BREAK_H
#define BREAK_BREAK_H
/*
 * The break table: what happens when a connection breaks, at each step of its life and in each way.
 *
 * A cell is one row of data: at which step, what breaks, whom it befalls, and four claims: the
 * packets that leave, the states that follow, what the applications are told, and how long it takes
 * until nothing more happens. run.c has stage.c bring about each of them between two instances in virtual time
 * and holds the claims to what happened, word by word; page.c renders the same data to
 * tests/break.md.
 *
 * Every time is in seconds since the step's segment left (or would have left). A segment takes 10 ms
 * to the other side.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The step is a segment on its way (but for the last). The client opens, sends, and closes first. */
enum step {
	SYN_, SYN_ACK, THIRD_ACK, DATA, FIN_, ACK_OF_FIN, PEERS_FIN, LAST_ACK, TIME_WAIT, STEPS,
};

enum breaks {
	NOTHING,                                          /* the normal case */
	LOST, DUPLICATED, REORDERED, DELAYED, CORRUPTED,
	RST_EXACT, RST_INSIDE, RST_OUTSIDE,
	VANISHES, REBOOTS, SIMULTANEOUS, LINK_DOWN, ARP_FAILS,
	ICMP_NET, ICMP_HOST, ICMP_PROTOCOL, ICMP_PORT, ICMP_FRAG, ICMP_ADMIN,
	NO_PACKETS, NO_BLOCKS, EXITS, EXITS_UNREAD,
	REOPENS,                                          /* at TIME-WAIT only */
	BREAKS,
};

/* Whom it befalls: who is reset, vanishes, has no memory. BOTH: what befalls the wire. */
enum side { CLIENT, SERVER, BOTH };

struct cell {
	enum breaks what;
	enum side who;
	/*
	 * The claims. `sent` NULL: the cell cannot be. In sent, state and told a line begins with the
	 * side; equal segments in a row are one line with several times.
	 */
	const char *sent, *state, *told, *takes;
	const char *why;  /* for the reader: why it is so, or why it cannot be */
	const char *rule; /* the section that says so */
};

struct table {
	enum step step;
	const char *title, *intro;
	const struct cell *cells;
	size_t nb_cells;
};

extern const struct table break_syn, break_syn_ack, break_third_ack, break_data, break_fin, break_ack_of_fin,
	break_peers_fin, break_last_ack, break_time_wait;

/* tables.c */
extern const struct table *const break_tables[STEPS];
extern const char *const side_names[];  /* "client", "server" */
/* "exact RST to the client", into buf; returns buf. */
const char *break_title(enum breaks what, enum side who, char *buf, size_t size);
/* Is it something that befalls one side, so that there are two cells a step? */
bool break_has_sides(enum breaks what);
bool break_applies(enum step step, enum breaks what);
/* Who sends the step's segment; BOTH at TIME-WAIT, where there is none. */
enum side step_sender(enum step step);

#endif
