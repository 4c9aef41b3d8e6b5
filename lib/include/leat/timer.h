/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_TIMER_H
#define LEAT_TIMER_H
/*
 * One-shot timers of the application, on the wheel of one core. Arming, also again and again, is
 * cheap. leat_destroy() frees the timers that are left, without running them.
 *
 * Calling core: every function may be called only by the thread that polls the timer's core.
 */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat_core;
struct leat_timer;

/**
 * Makes a timer; it is not armed. fn runs on the core, in the part of the turn in which events
 * are delivered, with the user pointer given here. NULL when memory ran out.
 */
struct leat_timer *leat_timer_create(struct leat_core *core,
	void (*fn)(struct leat_timer *timer, void *user), void *user);

/**
 * Arms or re-arms: fires once, not before leat_core_now() + after_ns nanoseconds (resolution 100 µs,
 * at most 1 day: more counts as that), and in a later turn than this one.
 */
void leat_timer_arm(struct leat_timer *timer, uint64_t after_ns);

/** Disarms; no effect when not armed. */
void leat_timer_cancel(struct leat_timer *timer);

/** Disarms and frees. May be called from the timer's own fn, and from another's. */
void leat_timer_free(struct leat_timer *timer);

#ifdef __cplusplus
}
#endif
#endif
