/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_QUEUE_H
#define DRIVERS_WIRE_QUEUE_H
/*
 * The queue before the link, and the link that sends at a rate. Only lengths and times: a packet's
 * departure is known when it comes, so the packets themselves are not kept here.
 */
#include <stdbool.h>
#include <stdint.h>
#include "wire.h"

struct departure {
	uint64_t at;
	uint32_t len;
};

struct queue {
	struct departure *departures; /* a ring of those that are not sent yet, in their order */
	uint32_t capacity, head, count;
	uint64_t bytes;               /* of those */
	uint64_t busy_until;          /* whole nanoseconds, and ... */
	uint64_t fraction;            /* ... fraction/rate of one more */
	uint64_t rate;                /* that fraction is of */
};

/* 0 or -ENOMEM. */
int queue_init(struct queue *q, uint32_t capacity);
void queue_fini(struct queue *q);

/*
 * A packet of d->len bytes comes at d->at. False: there is no room. Else d->at becomes the time at
 * which its last bit has left, rounded down, and *queued the bytes that were before it.
 */
bool queue_pass(struct queue *q, const struct wire_impair *i, struct departure *d, uint64_t *queued);

#endif
