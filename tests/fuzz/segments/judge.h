/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_JUDGE_H
#define SEGMENTS_JUDGE_H
/*
 * The judge of what leat sends and what it hands to its application. It has seen every frame of the peer,
 * and knows what the application has written. Of each frame of leat's:
 *
 *   form       lengths, checksums, options; flags that go together; no urgent pointer; zeros behind the end
 *   content    each byte is the application's at this position, and it has written it
 *   FIN        only when the application has ended, right behind its last byte
 *   window     nothing beyond what the peer has ever offered; one number at the edge is a probe (RFC 9293 3.8.6.1)
 *   MSS        no longer than the peer has told
 *   ACK        of what has come without a hole, and no more; never back
 *   SACK       of what has come (RFC 2018 4)
 *   edge       the window that was offered is not taken back (RFC 9293 SHLD-14), but for less than a unit of its
 *              scale (RFC 7323 2.4)
 *   clock      timestamps when they were agreed on, and only then; they do not go back (RFC 7323)
 *   RST        its number is one that the peer has asked for (RFC 9293 3.10.7.1), or SND.NXT; never because of a RST
 *   number     a bounded number of frames a turn, each byte at most twice
 *   amplified  at most three times what came goes to an address that has proven nothing (RFC 9000 8 has the number)
 *
 * Of what the application gets: each byte is the first copy of it that was taken.
 */
#include <stdbool.h>
#include <stdint.h>

struct arrival;
struct side;
struct leat_tcp_info;

void judge_begin(void);

/* A frame of the peer's goes in. */
void judge_arrives(struct arrival *a, const uint8_t *frame, uint32_t len);

/* leat has sent a frame. */
void judge_sent(const uint8_t *frame, uint32_t len);

/* leat has nothing more to do at this moment. */
void judge_turned(void);

/* Something else than a frame gives leat reason to send: the application, or time. */
void judge_acts(void);

/* A connection is open, and these are its numbers. */
void judge_opened(struct side *s, const struct leat_tcp_info *i);

/* Are its numbers known? */
bool judge_knows(struct side *s);

/* The byte at this sequence number has reached the application, or is held for it. */
void judge_byte(struct side *s, uint32_t seq, uint8_t value);

#endif
