/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_GEN_H
#define LOAD_GEN_H
/*
 * The generator of one core: starts what is due, follows every connection, counts. It shares nothing with the
 * generators of other cores but the plan.
 *
 *   gen_open(&g, plan, core, i, cores)
 *   gen_begin(&g, when)
 *   while (g.phase != GEN_DONE) {
 *           leat_core_poll(core);      its callbacks: exchange.c, stream.c, udp.c
 *           gen_turn(&g);              starts, time-outs, phases
 *   }
 *   gen_close(&g)
 *
 * It reads no clock but leat_core_now(): a latency is as exact as a turn of the loop is short.
 */
#include <leat/leat.h>
#include "../get/chunked.h"
#include "head.h"
#include "pace.h"
#include "plan.h"
#include "tally.h"

struct gen;

/* One connection. Slots are taken and given back; none is allocated while it runs. */
struct slot {
	struct gen *gen;
	struct leat_conn *conn;
	uint64_t begun;    /* when it was to be opened, ns */
	uint64_t moved;    /* when last something happened, for --timeout */
	uint64_t left;     /* bytes that the answer still brings; UDP: number of the question */
	uint32_t at;       /* where it stands in gen->ready */
	uint32_t waiting;  /* requests without a complete answer */
	uint32_t sent;     /* requests: those from sent - waiting on have their times in gen->asked */
	uint32_t unsent;   /* bytes of the newest request that leat had no memory for yet */
	uint8_t state;     /* enum slot_state */
	uint8_t reading;   /* enum slot_reading */
	uint8_t target;    /* index in the plan */
	uint8_t source;    /* as well */
	bool last;         /* no request follows: the server said, or we decided, that it ends */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct slot) == 64, "a slot is one cache line");

enum slot_state {
	SLOT_FREE,
	SLOT_OPENING,
	SLOT_OPEN,
	SLOT_CLOSING,  /* all went well; its end is waited for */
	SLOT_FAILED,   /* counted; its end is waited for */
	SLOT_STATES,
};

/* Where in an answer the next byte belongs. */
enum slot_reading {
	READING_HEAD,    /* nothing of it came yet */
	READING_REST,    /* of the head */
	READING_LENGTH,  /* slot.left bytes of the body */
	READING_CHUNKED,
	READING_CLOSE,   /* all up to the FIN */
};

enum { SLOT_NOT_READY = UINT32_MAX };

/* How a mode speaks. */
struct speech {
	/* Begins a connection; 0 or -errno. Sets slot->conn, if there is one. */
	int (*open)(struct gen *g, struct slot *s);
	/* Another request on an open connection that gen_ready() was told of; NULL: it has none. */
	void (*ask)(struct gen *g, struct slot *s, uint64_t due);
	/* Ends a connection that has nothing under way. */
	void (*close)(struct gen *g, struct slot *s);
	/* Ends it at once; gen_free() is called now or later. */
	void (*abort)(struct gen *g, struct slot *s);
};

extern const struct speech exchange_speech, stream_speech, udp_speech;

static const uint64_t MILLISECOND = 1000000;

enum gen_phase {
	GEN_OPENING, /* hold: until all are open */
	GEN_WARMUP,
	GEN_MEASURE,
	GEN_DRAIN,   /* nothing is started any more; what is under way may end */
	GEN_BREAK,   /* what is left is broken off */
	GEN_DONE,
};

/* When the measured time began or ended: what a rate is made of. */
struct mark {
	uint64_t at;       /* ns, the core's clock */
	struct tally tally;
};

struct gen {
	const struct plan *plan;
	const struct speech *speech;
	struct leat_core *core;
	enum gen_phase phase;
	bool recording;          /* times are kept */
	uint32_t met;            /* bit mask of targets to which a connection opened */
	uint32_t answering;      /* and of those from which a good answer came */
	uint32_t tried[PLAN_TARGETS]; /* of each, bit mask of sources whose first connection opened, or failed */
	uint32_t nb_tried, nb_pairs;  /* of the pairs of a target and a source; all there are */
	uint32_t ahead;          /* of those not tried yet, how many at a time */
	bool gave_up;            /* the first connection to a target failed, or the first answer: nothing else is tried */
	uint8_t gave_up_target;
	enum failure gave_up_why;

	struct slot *slots;
	uint32_t nb_slots, nb_free, nb_ready, pipeline_mask;
	uint32_t nb_in[SLOT_STATES]; /* slots in each state */
	uint32_t *free;          /* stack of slot numbers */
	uint32_t *ready;         /* set of slot numbers that may be asked, without order */
	uint64_t *asked;         /* pipeline times for each slot: when its requests were due */
	struct chunked *chunked; /* of each slot; made when the first such answer comes */
	struct head_memory head;

	uint32_t connections, opening; /* this core's share; `opening` also may be ending at a time, when it is over */
	uint64_t quota;          /* starts that are left of plan->count; UINT64_MAX: no limit */
	double open_rate, ask_rate;    /* a second; 0: as fast as the answers come */
	struct pace open_pace, ask_pace;
	uint8_t next_target, next_source;
	uint64_t random;

	uint64_t now, begun, phase_end, retry_at, swept_at;
	uint32_t left;           /* connections, when the drain last moved */
	uint64_t opened_all;     /* hold: how long it took until all were open, ns; 0: they are not */
	uint32_t sweep_at;

	struct tally tally;      /* of the whole run */
	struct mark from, to;    /* the measured part */
	struct latencies times;  /* of the measured part */

	struct leat_udp *udp[PLAN_SOURCES]; /* --udp: one for each source */
	unsigned nb_udp;
	char *datagram;          /* the one that is sent next */
};

/* Core number i of so many takes its share of the plan. 0, or -ENOMEM. */
int gen_open(struct gen *g, const struct plan *plan, struct leat_core *core, unsigned i, unsigned cores);

/* The run begins at this time of the core's clock. */
void gen_begin(struct gen *g, uint64_t when);

/* What is due now. Between two turns of the core. Returns how much was done. */
unsigned gen_turn(struct gen *g);

/* When the next turn is needed if no packet comes: ns. */
uint64_t gen_next(const struct gen *g);

/* Ends the measured time and begins to drain, as if the duration were over. */
void gen_stop(struct gen *g);

/* Frees its memory. Its phase is GEN_DONE, so that no connection knows it any more; leat_destroy() comes later. */
void gen_close(struct gen *g);

/* Connections that are not free. */
static inline uint32_t
gen_active(const struct gen *g)
{
	return g->nb_slots - g->nb_free;
}

/* udp.c: opens the endpoints of a generator that asks over UDP. 0 or -errno. */
int udp_open(struct gen *g);

/* --- for the speeches --- */

static inline void
gen_state(struct gen *g, struct slot *s, enum slot_state state)
{
	g->nb_in[s->state]--;
	g->nb_in[state]++;
	s->state = (uint8_t)state;
}

/* All went well, and it is being ended. */
void gen_closing(struct gen *g, struct slot *s);

/* Its target can be reached from its source: both neighbours are known. */
void gen_met(struct gen *g, const struct slot *s);

/* The connection is open. */
void gen_opened(struct gen *g, struct slot *s);

/* The slot may be asked once more; only while it is open. */
void gen_ready(struct gen *g, struct slot *s);
void gen_not_ready(struct gen *g, struct slot *s);

/* A request of this slot goes out, that was due at that time. */
void gen_asked(struct gen *g, struct slot *s, uint64_t due);

/* The first byte of the oldest answer came; all of it is there. */
void gen_first_byte(struct gen *g, struct slot *s);
void gen_answered(struct gen *g, struct slot *s);

/* Counts a failure; what becomes of the slot is the caller's. */
void gen_count_failure(struct gen *g, struct slot *s, enum failure why);

/* The slot's connection is gone. */
void gen_free(struct gen *g, struct slot *s);

/* May one more request be made, as far as --count says? Takes it. */
static inline bool
gen_take_quota(struct gen *g)
{
	if (g->quota == 0)
		return false;
	g->quota -= g->quota != UINT64_MAX;
	return true;
}

/* Ends it at once, without a word on why. */
void gen_abort(struct gen *g, struct slot *s);

/* A failure, and the connection's end at once. */
void gen_fail(struct gen *g, struct slot *s, enum failure why);

/* Where the next connection goes, and from where: fills the slot's target. */
struct leat_endpoint gen_route(struct gen *g, struct slot *s);

static inline uint32_t
gen_index(const struct gen *g, const struct slot *s)
{
	return (uint32_t)(s - g->slots);
}

static inline uint64_t *
gen_asked_at(struct gen *g, const struct slot *s, uint32_t n)
{
	return &g->asked[(uint64_t)gen_index(g, s) * (g->pipeline_mask + 1) + (n & g->pipeline_mask)];
}

/* Failures of a recorded latency never show as a time. */
static inline void
gen_time(struct gen *g, struct histogram *h, uint64_t since)
{
	if (g->recording)
		histogram_record(h, g->now > since ? g->now - since : 0);
}

#endif
