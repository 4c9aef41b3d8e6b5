/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_TAP_H
#define SIM_TAP_H
/*
 * What stands between the hosts and the wire and knows both ends: it sees each segment when it is
 * sent and when it arrives, and knows thereby what a host can know. It holds each segment that a
 * host sends against that:
 *
 *   form       lengths and checksums are right, and no longer than the peer's MSS option allows
 *   content    each byte is the application's at this position, and it has written it
 *   window     no further than the furthest edge that has arrived there (RFC 9293 3.8.6); one
 *              sequence number at the edge is a zero-window probe (3.8.6.1)
 *   FIN        nothing is behind it, and it does not move
 *   ACK        acknowledges what has arrived without a hole, and no more; never goes back
 *   SACK       names what has arrived (RFC 2018 4)
 *   edge       the window that was offered is not taken back (RFC 9293 SHLD-14), but for less than a unit of its
 *              scale (RFC 7323 2.4)
 *   clock      timestamps do not go back (RFC 7323 5.4)
 *   cwnd       see tap_turned()
 */
#include <stdbool.h>
#include <stdint.h>

struct tap;
struct world;
struct side;

struct tap *tap_create(struct world *w);
void tap_destroy(struct tap *t);

/* A host sends this frame. */
void tap_sent(struct tap *t, bool from_a, uint8_t *frame, uint32_t len);

/* This frame, which was not forged, has come to the other host. What its checksums disown tells nobody anything. */
void tap_delivered(struct tap *t, uint8_t *frame, uint32_t len);

/*
 * A host's turn is over: whatever new data it sent had to fit into the congestion window. cwnd does not
 * change between the decision to send and now. Not judged while something that was sent again is on its
 * way: what the sender then takes for lost is its own affair.
 */
void tap_turned(struct tap *t, bool is_a);

#endif
