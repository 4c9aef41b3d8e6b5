/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_COOKIE_H
#define TCP_COOKIE_H
/*
 * SYN cookies (RFC 4987 3.6): where there is no room for a half-open entry, what the entry would hold
 * goes to the peer in our SYN-ACK and comes back in its ACK. Nothing is kept, so nothing fills up.
 *
 * The sequence number is the one of RFC 6528, F(tuple) + M, but for the low 24 bits of the clock M:
 *
 *	31        24 23                  3 2      0
 *	+-----------+---------------------+--------+
 *	|   count   |         MAC         |  MSS   |  + F(tuple)
 *	+-----------+---------------------+--------+
 *
 * count is the high byte of M and changes every 67 seconds; MSS names one of eight classes; the MAC
 * is SipHash, with a key of this core, over the tuple, the peer's initial sequence number, the count,
 * the class and the options. So numbers of a tuple still advance from one count to the next (RFC 6528
 * 3), and one in 2^27 of those that a stranger can try would be taken. Window scale, SACK and ECN stand
 * in the low six bits of our timestamp, which the ACK echoes; a peer without timestamps does without them.
 *
 * A cookie is taken for 67 to 134 seconds, and only by a listener that was sending cookies then.
 */
#include "tcp/half_open.h"

struct tcp_listener;

/* SYN-ACK with a cookie. after: as in half_open_create(); false: no cookie lies beyond it, nothing is sent. */
bool cookie_send(struct core *core, struct tcp_listener *l, const struct tcp_seg *seg, const uint32_t *after);

/* Is there a cookie for this tuple that lies beyond `after`? */
bool cookie_can_follow(const struct core *core, const struct tuple *tuple, uint32_t after);

/* Are cookies of this listener still about? */
bool cookie_is_active(const struct core *core, const struct tcp_listener *l);

/* Does this segment acknowledge a cookie that is about? */
bool cookie_is_valid(const struct core *core, const struct tcp_listener *l, const struct tcp_seg *seg);

/*
 * An ACK for a listener, and nothing known of its tuple. True: the connection is open now, or the
 * segment was dropped in silence, for it may be the second of a peer whose first was lost: that one
 * will be sent again, and a RST would end what it can still open. False: the ACK is of nothing.
 */
bool cookie_input(struct core *core, struct tcp_listener *l, struct tcp_seg *seg);

#endif
