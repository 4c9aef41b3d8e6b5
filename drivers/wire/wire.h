/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_H
#define DRIVERS_WIRE_H
/*
 * An impaired wire. Packets pushed into one of its two directions come out of the other end later,
 * in another order, changed, twice, or never. The engine is pure: it reads no clock (every call is
 * told the time), draws from no random numbers but its own, and its memory is what wire_create()
 * took. Its faces are ports.h (two ports of this process) and the poll-mode driver net_wire.
 *
 * A packet's way, all of it decided when it is pushed:
 *
 *   link down? -> larger than the path's MTU? -> the queue before the link (tail drop, CE mark)
 *   -> sent at `rate` -> loss (picked, burst, random) -> truncated, corrupted, duplicated
 *   -> delay + jitter, order -> due: wire_pull() hands it out
 *
 * A packet that is lost behind the queue has used the link all the same.
 *
 * Packets of a direction are numbered from 1 as they are pushed. What the dice say about packet n
 * is a function of (seed, direction, kind of impairment, n) and of nothing else: changing one
 * impairment, or the other direction, shifts no other.
 *
 * Times are nanoseconds of any clock that never goes back. One direction may be used by one thread
 * at a time; the two share nothing that is written, so each may have a thread of its own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;
struct wire;

enum wire_dir {
	WIRE_A_TO_B,
	WIRE_B_TO_A,
	WIRE_DIRS,
};

enum {
	WIRE_CAPACITY = 65536,        /* packets under way in a direction when nothing else is said */
	WIRE_CAPACITY_MAX = 1 << 24,
	WIRE_PICKS_MAX = 65536,
	WIRE_CORRUPT_BITS_MAX = 64,
};

#define WIRE_RATE_MIN 1000ull             /* bit/s */
#define WIRE_RATE_MAX 1000000000000ull    /* bit/s */
#define WIRE_TIME_MAX 3600000000000ull    /* ns: delay, jitter, reorder_delay */
#define WIRE_NEVER UINT64_MAX

/* What happened to a packet, and what can be made to happen to picked ones. */
enum wire_fault {
	WIRE_LOSE = 1 << 0,
	WIRE_MARK = 1 << 1,           /* ECT(0) or ECT(1) became CE (RFC 3168 5) */
	WIRE_TRUNCATE = 1 << 2,
	WIRE_CORRUPT = 1 << 3,
	WIRE_DUPLICATE = 1 << 4,
	WIRE_REORDER = 1 << 5,
	WIRE_FAULTS = (1 << 6) - 1,
};

/* Packets first..last meet these faults for certain, whatever the probabilities are. */
struct wire_pick {
	uint64_t first, last;         /* first <= last */
	uint32_t faults;              /* enum wire_fault */
};

/*
 * Burst loss after Gilbert and Elliott: a chain of two states, good at the start, that may change
 * before each packet. enter 0: there is no bad state. The mean burst is 1/leave packets long.
 */
struct wire_burst {
	double enter, leave;          /* probability of good -> bad, bad -> good */
	double loss_bad, loss_good;   /* probability of loss in each state; usually 1 and 0 */
};

/*
 * One direction's impairments. All zero is the perfect wire: no delay, no loss, any rate.
 * Probabilities are 0..1, times nanoseconds up to WIRE_TIME_MAX, lengths bytes of the frame from
 * the destination address to the end of its payload (no preamble, no FCS).
 */
struct wire_impair {
	bool down;                    /* everything pushed is lost; what is under way still arrives */
	uint16_t mtu;                 /* larger frames (mtu + 14 bytes of Ethernet header) vanish; 0: none */

	uint64_t rate;                /* bit/s, WIRE_RATE_MIN..WIRE_RATE_MAX; 0: no limit, and then there is no queue */
	uint64_t queue_bytes;         /* tail drop when the queue, the frame on the link and this one ... */
	uint32_t queue_packets;       /* ... are more than this; 0: no such limit */
	uint64_t mark_bytes;          /* CE mark when as much is already queued; 0: never */
	double mark;                  /* CE mark at random, whatever the queue */

	double loss;
	struct wire_burst burst;

	double truncate;              /* cut to 1..length-1 bytes, each as likely */
	double corrupt;               /* corrupt_bits different bits anywhere in the frame are flipped */
	uint8_t corrupt_bits;         /* 1..WIRE_CORRUPT_BITS_MAX; 0: one, which every checksum finds */
	double duplicate;             /* an unharmed copy of what was pushed follows right behind it */

	uint64_t delay;
	uint64_t jitter;              /* 0..jitter more, each as likely */
	bool jitter_reorders;         /* false: nobody overtakes, so that jitter comes in lumps */
	double reorder;               /* comes reorder_delay later, and those behind it overtake it */
	uint64_t reorder_delay;       /* more than 0 when anything may be reordered */

	const struct wire_pick *picks; /* ascending, no two overlap; the wire keeps a copy of its own */
	uint32_t nb_picks;            /* 0..WIRE_PICKS_MAX */
};

/*
 * Counters of one direction: X(name, text). Every packet pushed, and every duplicate, is delivered,
 * under way, or in exactly one of the lost_.
 */
#define WIRE_COUNTERS(X) \
	X(packets, "packets pushed") \
	X(bytes, "and their bytes") \
	X(delivered, "packets pulled") \
	X(delivered_bytes, "and their bytes") \
	X(lost_down, "link down") \
	X(lost_mtu, "larger than the MTU") \
	X(lost_queue, "the queue was full, or more were under way than there is room for") \
	X(lost_picked, "picked by number") \
	X(lost_burst, "lost in a burst") \
	X(lost_random, "lost at random") \
	X(lost_no_mbuf, "no mbuf for the copy that had to be changed") \
	X(lost_flushed, "under way when the wire was flushed") \
	X(marked, "marked CE") \
	X(truncated, "cut short") \
	X(corrupted, "with flipped bits") \
	X(duplicated, "came twice") \
	X(reordered, "held back for others to overtake")

struct wire_counters {
#define X(name, text) uint64_t name;
	WIRE_COUNTERS(X)
#undef X
};

/* Told to the observer. The mbufs may be read until it returns, and are not its own. */
struct wire_report {
	enum wire_dir dir;
	enum {
		WIRE_SENT,            /* pushed and not lost; it will be due at `due` */
		WIRE_LOST,            /* pushed and lost: `lost` names the counter ("lost_random") */
		WIRE_DELIVERED,       /* pulled */
	} event;
	uint64_t number;              /* from 1 in this direction; a duplicate has that of its original */
	uint64_t now;                 /* of the call in which this happened */
	uint64_t pushed, due;         /* due is 0 for what was lost */
	uint32_t faults;              /* enum wire_fault: what was done to it */
	const char *lost;             /* NULL unless WIRE_LOST */
	bool is_copy;                 /* the duplicate, not the original */
	const struct rte_mbuf *sent;  /* as pushed; NULL when WIRE_DELIVERED */
	const struct rte_mbuf *m;     /* as it arrives; NULL when WIRE_LOST */
};

struct wire_params {
	uint64_t seed;
	uint32_t capacity;            /* packets under way in each direction, 1..WIRE_CAPACITY_MAX; 0: WIRE_CAPACITY */
	/* Copies for what is changed or duplicated come from here; it must outlive them. Needed. */
	struct rte_mempool *pool;
	/*
	 * Every packet is copied when it is pushed and the sender's is freed at once: nothing of the
	 * sender's pools is ever under way, or reaches the receiver.
	 */
	bool copy;
	struct wire_impair impair[WIRE_DIRS];
	/* Called for everything that happens, before the call in which it happens returns. NULL: nobody. */
	void (*observer)(void *arg, const struct wire_report *report);
	void *observer_arg;
};

/*
 * Are these impairments legal? 0 or -EINVAL, and then *what (unless NULL) is a constant text that
 * names field and range: "loss is a probability, 0..1".
 */
int wire_check(const struct wire_impair *impair, const char **what);

/* 0 and *w; -EINVAL: params are not legal; -ENOMEM. Free with wire_destroy(). */
int wire_create(const struct wire_params *params, struct wire **w);

/* Frees it with what is under way. NULL: nothing. */
void wire_destroy(struct wire *w);

/*
 * Changes a direction's impairments from the next packet on: what is under way keeps its time, and
 * the link sends what is queued at the rate that it was queued with. 0, -EINVAL or -ENOMEM, and
 * then nothing has changed.
 */
int wire_set(struct wire *w, enum wire_dir dir, const struct wire_impair *impair);

/* What wire_set() gave last. Its picks are valid until the next. */
const struct wire_impair *wire_get(const struct wire *w, enum wire_dir dir);

/* Takes n mbufs (the packets, each perhaps a chain) into a direction, in their order. */
void wire_push(struct wire *w, enum wire_dir dir, struct rte_mbuf *const *mbufs, unsigned n, uint64_t now);

/*
 * Hands out up to max packets that are due by now, in the order of their times, those of the same
 * time in the order in which they were pushed. They are the caller's. What was changed or is a
 * duplicate is a packet of its own; everything else is the very mbuf that was pushed (unless
 * params.copy). Returns how many.
 */
unsigned wire_pull(struct wire *w, enum wire_dir dir, struct rte_mbuf **mbufs, unsigned max, uint64_t now);

/* When the next packet of either direction is due (perhaps already), or WIRE_NEVER: none is under way. */
uint64_t wire_next(const struct wire *w);
/* The same, of one direction. */
uint64_t wire_next_in(const struct wire *w, enum wire_dir dir);

/* How many packets are under way in a direction. */
uint32_t wire_under_way(const struct wire *w, enum wire_dir dir);

/* Frees what is under way in a direction (counted as lost_flushed; the observer is not told). */
void wire_flush(struct wire *w, enum wire_dir dir);

/* A direction's counters since wire_create() or wire_counters_reset(). */
const struct wire_counters *wire_counters(const struct wire *w, enum wire_dir dir);
void wire_counters_reset(struct wire *w, enum wire_dir dir);

#endif
