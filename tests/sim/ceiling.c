/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include "ceiling.h"
#include "talk.h"

#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* The time after which `retries` doublings of `first` are over: nobody gives up before, ms. */
static uint64_t
patience_ms(uint64_t first, uint64_t max, uint64_t retries)
{
	uint64_t sum = 0;

	for (uint64_t i = 0, wait = first; i <= retries; i++, wait *= 2) {
		wait = MIN(wait, max);
		sum += wait;
	}
	return sum;
}

static uint64_t
host_patience_ms(const struct scenario_host *h)
{
	uint64_t data = patience_ms(h->rto_min, h->rto_max, h->retries);
	uint64_t syn = patience_ms(h->rto_initial, h->rto_max, 10);
	/* nine probes, one a second */
	uint64_t alive = h->keepalive > 0 ? h->keepalive + 9000 : UINT64_MAX;

	return MIN(MIN(data, syn), alive);
}

/* A burst may outlast all retransmissions, since nothing else is sent through it: next to never when short. */
static bool
is_short(const struct scenario_way *w)
{
	return w->burst == 0 || w->burst_len <= 2;
}

bool
path_is_kind(const struct scenario *s)
{
	const struct scenario_path *p = &s->path;
	uint64_t patience = MIN(host_patience_ms(&s->a), host_patience_ms(&s->b));

	return is_short(&s->ab) && is_short(&s->ba) && p->dry_pool == 0 && p->hole_size == 0 &&
		p->dark_ms * 2 < patience && s->a.msl >= 30000 && s->b.msl >= 30000;
}

/* Of a direction: how likely a frame does not count, or makes the sender as slow as if it did not: a mark. */
static double
loss_of(const struct scenario_way *w)
{
	double burst = w->burst / 1e4, stay = w->burst_len > 0 ? 1.0 / (double)w->burst_len : 1;
	double kept = (1 - w->loss / 1e4) * (1 - w->corrupt / 1e3) * (1 - w->truncate / 1e3) * (1 - w->mark / 1e3);

	/* the share of time that a chain of two states spends in the bad one */
	return 1 - kept * (1 - (burst > 0 ? burst / (burst + stay) : 0));
}

static double
lateness(const struct scenario_way *w)
{
	return (double)(w->jitter + w->gap) / 1e6;
}

/*
 * Seconds until there is next to no chance (1e-9) that the same segment, or its ACK, was lost each
 * time, waiting twice as long each time (RFC 6298 5.5).
 */
static double
tail(const struct scenario_host *h, double p, double rto)
{
	unsigned times = p > 0 ? (unsigned)(log(1e-9) / log(p)) + 1 : 1;
	double sum = 0;

	for (unsigned i = 0; i < MIN(times, 16u); i++, rto *= 2)
		sum += MIN(rto, (double)h->rto_max / 1e3);
	return sum;
}

/*
 * Bytes a second that Reno carries over such a path (Padhye, Firoiu, Towsley, Kurose 1998, as in
 * RFC 5348 3.1, with two segments an ACK), not above what its window and the line allow.
 */
static double
model(const struct scenario *s, double mss, double rtt, double rto, double p)
{
	double window = (double)MIN(MIN(s->a.rcv_buf, s->b.rcv_buf), MIN(s->a.snd_buf, s->b.snd_buf));
	double x = window / rtt;

	if (p > 0) {
		double wait = rto * MIN(1.0, 3 * sqrt(3 * 2 * p / 8)) * p * (1 + 32 * p * p);
		x = MIN(x, mss / (rtt * sqrt(2 * 2 * p / 3) + wait));
	}
	if (s->path.rate > 0)
		x = MIN(x, (double)s->path.rate * 1e3 / 8);
	return x;
}

static uint64_t
bytes_of(const struct scenario *s, uint64_t *rounds)
{
	uint64_t bytes = 0;

	*rounds = 0;
	for (uint64_t i = 0; i < s->path.talks; i++) {
		const struct scenario_talk *t = &s->talks[i];
		bytes += t->up + t->down + 2 * t->rounds;
		*rounds += t->kind == TALK_REQUESTS ? t->rounds : 0;
	}
	return bytes;
}

/*
 * Twenty times what the model says for all bytes one after the other, and for each request a round
 * trip and a timeout; the black-out four times (the wait that was doubled through it may be as long
 * again, at both ends); one tail each for opening, moving and closing.
 */
uint64_t
path_ceiling(const struct scenario *s)
{
	double p = MIN(0.7, 1 - (1 - loss_of(&s->ab)) * (1 - loss_of(&s->ba)));
	double frames = (double)MIN(s->path.queue ? s->path.queue : 1000, 1000u);
	double queued = s->path.rate > 0 ? frames * 12e3 / ((double)s->path.rate * 1e3) : 0;
	double rtt = 2 * (double)s->path.delay / 1e6 + lateness(&s->ab) + lateness(&s->ba) + 2 * queued;
	/* windows of few segments wait for a delayed ACK, or for the persist timer, each round */
	double rto = MAX(MAX(s->a.rto_min, s->b.rto_min) / 1e3, 0.2) + 2 * rtt, round = rtt + 0.04 + rto / 4;
	uint64_t mss_a = s->a.mss ? s->a.mss : 1460, mss_b = s->b.mss ? s->b.mss : 1460, rounds;
	double mss = (double)MIN(MIN(mss_a, mss_b), MIN(s->a.rcv_buf, s->b.rcv_buf)) - 12;
	double bytes = (double)bytes_of(s, &rounds);
	double tails = tail(&s->a, p, MAX(1.0, rto)) + tail(&s->b, p, MAX(1.0, rto));
	double seconds = 30 + 20 * (bytes / model(s, mss, round, rto, p) + (double)rounds * (rtt + p * rto)) +
		4 * (double)MIN(s->path.dark_ms, 100000u) / 1e3 + 3 * tails + 15 /* a slow reader's looks */;

	return (uint64_t)(seconds * 1e9);
}
