/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_BLOCK_H
#define SEGMENTS_BLOCK_H
/*
 * The control blocks between two turns, seen from inside. Of each:
 *
 *   numbers    SND.UNA =< SND.NXT =< the end of what is queued and FIN; RCV.NXT =< the edge offered =< the buffer
 *   queues     what is queued to send, what was received, what came out of order: without gap, or disjoint and in
 *              order; what is held for the application is what judge_byte() knows
 *   runs       without gap from SND.UNA to SND.NXT; the sums are right
 *   congestion cwnd and ssthresh are what equations give, not zero and not below
 *   timers     nothing is in flight, and nothing waits for the window, without a timer
 * and of all together: every object of every slab is somebody's, every counter counts.
 */
void block_begin(void);
void block_check(void);

#endif
