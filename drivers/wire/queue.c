/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include "queue.h"

#define NS_BITS 8000000000ull /* bits of a byte times nanoseconds of a second */

int
queue_init(struct queue *q, uint32_t capacity)
{
	*q = (struct queue){.departures = calloc(capacity, sizeof(*q->departures)), .capacity = capacity};
	return q->departures != NULL ? 0 : -ENOMEM;
}

void
queue_fini(struct queue *q)
{
	free(q->departures);
}

static void
forget_sent(struct queue *q, uint64_t now)
{
	while (q->count > 0 && q->departures[q->head].at <= now) {
		q->bytes -= q->departures[q->head].len;
		q->head = q->head + 1 == q->capacity ? 0 : q->head + 1;
		q->count--;
	}
}

/* The fraction is carried over, so that no packet is late by more than a nanosecond however many were before it. */
static uint64_t
transmit(struct queue *q, uint64_t rate, uint64_t now, uint32_t len)
{
	if (rate != q->rate || now > q->busy_until)
		q->fraction = 0;
	q->rate = rate;
	if (now > q->busy_until)
		q->busy_until = now;
	unsigned __int128 work = (unsigned __int128)len * NS_BITS + q->fraction;
	q->busy_until += (uint64_t)(work / rate);
	q->fraction = (uint64_t)(work % rate);
	return q->busy_until;
}

bool
queue_pass(struct queue *q, const struct wire_impair *i, struct departure *d, uint64_t *queued)
{
	uint64_t now = d->at;

	*queued = 0;
	if (i->rate == 0)
		return true;
	forget_sent(q, now);
	if (q->count == q->capacity || (i->queue_packets != 0 && q->count >= i->queue_packets) ||
			(i->queue_bytes != 0 && q->bytes + d->len > i->queue_bytes))
		return false;
	*queued = q->bytes;
	d->at = transmit(q, i->rate, now, d->len);
	uint32_t tail = q->head + q->count;
	q->departures[tail < q->capacity ? tail : tail - q->capacity] = *d;
	q->count++;
	q->bytes += d->len;
	return true;
}
