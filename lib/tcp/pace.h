/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_PACE_H
#define TCP_PACE_H
/*
 * Pacing: what a window allows does not leave at once, but spread over the round trip. A queue on the
 * path then sees a stream and not bursts of a window. On request only: the whole of what a turn
 * produced leaves at its end otherwise.
 *
 * A schedule says when the next byte is due (sender->pace_next): each segment moves it on by its length
 * over the rate. What is due within BURST may leave now, so that a turn has something to send (the generic
 * cell rate algorithm, ITU-T I.371, with that tolerance); time in which nothing waited is not made up for.
 *
 * The rate is what makes a window last a round trip, with room to grow: twice that below half of
 * ssthresh, 1.2 times above it, as Linux has it; and never more than the application allows.
 */
#include <stdbool.h>
#include <stdint.h>

struct core;
struct tcb;
struct tcp_sender;

/* Payload bytes a second; 0: nothing is known to go by, so what is sent is not paced. */
uint64_t pace_rate(const struct core *core, const struct tcb *t);

/* May a segment leave now? If not, the timer is set for when it may. */
bool pace_allows(struct core *core, struct tcb *t);

/* So many bytes left, new or again. */
void pace_sent(const struct core *core, const struct tcb *t, struct tcp_sender *s, uint32_t bytes);

/* 0: not paced; UINT32_MAX: as window and round trip say; else also never more bytes a second. 0 or -ENOMEM. */
int pace_set(struct core *core, struct tcb *t, uint32_t limit);
uint32_t pace_get(const struct core *core, const struct tcb *t);

#endif
