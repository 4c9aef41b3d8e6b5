/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_STAGE_H
#define SEGMENTS_STAGE_H
/*
 * The stage: one instance at 198.18.0.1 in virtual time, and the end of its wire. It is made once; after
 * each play all must have been given back, and then the instance is put back, time too, to what it was
 * before: the same input does the same whatever came before it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>

struct core;
struct tcp_layer;

#define MS 1000000ull
#define SEC 1000000000ull

enum { STAGE_PORT = 80, STAGE_FRAME_MAX = 14 + 1500 };

#define STAGE_US RTE_BE32(UINT32_C(0xc6120001))
#define STAGE_PEER RTE_BE32(UINT32_C(0xc6120002))

struct stage {
	struct leat *leat;
	struct core *core;
	struct tcp_layer *tcp;
	struct leat_tcp_config *config;  /* of the instance: a play may change it */
	uint64_t now;
	bool dried;                      /* in this play mbufs were withheld: not everything could be sent */
	bool loud;                       /* tells what happens, and draws the ladder at a failure */
};

extern struct stage stage;

/* Makes it. events, user: of whatever is accepted on STAGE_PORT. */
void stage_open(const struct leat_tcp_events *events);

/* Puts all back. Fails when something was not given back. */
void stage_reset(void);

/*
 * A frame of len bytes for the instance's next turn, cut over mbufs in one of 256 ways; in some of them leat may
 * read it, but not write. False: no mbuf.
 */
bool stage_give(const uint8_t *frame, uint32_t len, uint8_t cut);

/* Turns until nothing happens any more. Each frame that was sent goes to judge_sent(). */
void stage_turn(void);

/* Lets time pass, timer by timer. */
void stage_after(uint64_t ns);

/* Lets time pass until no timer is armed any more; fails when that never comes. */
void stage_until_still(void);

/* Takes all mbufs but `left` of a pool (0: rx, 1: data, 2: hdr, 3: ind) out of leat's hands, or gives them back. */
void stage_dry(unsigned pool, unsigned left);
void stage_wet(void);

/* Memory is being withheld: what cannot be sent is tried again each turn. */
bool stage_is_dry(void);

/* The 4-tuple's object in the demux: a handle, or 0. Ports in host byte order. */
uint32_t stage_find(uint16_t leat_port, uint16_t peer_port);

/* An invariant does not hold. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* A line of the story. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define HOLDS(condition, ...) \
	do { \
		if (__builtin_expect(!(condition), 0)) \
			fail(__VA_ARGS__); \
	} while (0)

#endif
