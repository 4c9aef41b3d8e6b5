/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CUBIC (RFC 9438): between two losses the window follows a cubic function of time, flat around the
 * window W_max that was the limit before, and never below what Reno would have. Windows are bytes,
 * times are seconds in units of 2^-16. An ACK costs some multiplications; division by a variable
 * happens once a segment of growth.
 */
#include <string.h>
#include "core/core.h"
#include "tcp/hystart.h"
#include "tcp/slow_start.h"

enum {
	SECOND = 1 << 16,
	/* The cube of more is more than any window, and is less than 2^63 of what it is computed in. */
	TIME_MAX = 512 * SECOND,
	/* alpha of the Reno-friendly region: 3 * (1 - 0.7) / (1 + 0.7) = 9/17, and 1 (RFC 9438 4.3) */
	ALPHA = 9,
	ALPHA_ONE = 17,
};

/* A congestion avoidance stage, and what it takes over from the last congestion (RFC 9438 4.1.2). */
struct curve {
	uint64_t epoch;      /* t_epoch, nanoseconds, moved on over what does not count; 0: not begun */
	uint32_t w_max;      /* 0: not known */
	uint32_t cwnd_prior; /* 0: what cwnd was when the stage began */
	uint32_t k;
	uint32_t w_est;
};

struct cubic {
	union {
		struct hystart hystart; /* first */
		struct curve curve;     /* !first */
	};
	struct curve saved;     /* before the congestion that undo_begin() noted, for undo() */
	uint64_t last;          /* when cwnd was last let grow, nanoseconds */
	uint64_t acc;           /* growth of cwnd not given yet, times cwnd: bytes squared */
	uint64_t est_acc;       /* of w_est: bytes times ALPHA_ONE */
	bool first;             /* in the first slow start; W_max is undefined (RFC 9438 4.10) */
	bool saved_first;
};
static_assert(sizeof(struct cubic) <= sizeof(((struct tcp_sender *)0)->cc), "it lives there");

static struct cubic *
cubic(struct tcp_sender *s)
{
	return (struct cubic *)s->cc;
}

/* 10^9 / 2^16 = 5^9 / 2^7 */
static uint64_t
seconds(uint64_t ns)
{
	return ns * 128 / 1953125;
}

/* The integer part of the cube root, bit by bit (Warren, Hacker's Delight 11-2): no division. */
static uint32_t
cube_root(uint64_t x)
{
	uint64_t y = 0;

	for (int s = 63; s >= 0; s -= 3) {
		y *= 2;
		uint64_t b = 3 * y * (y + 1) + 1;
		if (x >> s >= b) {
			x -= b << s;
			y++;
		}
	}
	return (uint32_t)y;
}

/* RFC 9438 4.2: K = cbrt((W_max - cwnd_epoch) / C), of segments, C = 2/5. */
static uint32_t
period(uint64_t bytes, uint32_t mss)
{
	if (bytes == 0)
		return 0;
	/* as many binary places as there is room for, up to those of our unit: exact to 2^-9 s at worst */
	int places = RTE_MIN(__builtin_clzll(5 * bytes) / 3, 16);
	uint64_t k = (uint64_t)cube_root((5 * bytes << 3 * places) / (2 * mss)) << (16 - places);

	return (uint32_t)RTE_MIN(k, (uint64_t)TIME_MAX);
}

/* RFC 9438 4.2: W_cubic(t) = C * (t - K)^3 + W_max. */
static uint64_t
w_cubic(const struct curve *c, uint32_t mss, uint64_t t)
{
	uint64_t d = RTE_MIN(t < c->k ? c->k - t : t - c->k, (uint64_t)TIME_MAX);
	uint64_t cube = (d * d >> 16) * d >> 16;
	uint64_t bytes = cube * mss * 2 / 5 >> 16;

	if (t < c->k)
		return c->w_max - RTE_MIN(bytes, c->w_max);
	return c->w_max + bytes;
}

/* Congestion avoidance begins. */
static void
begin(struct cubic *c, const struct tcb *t, uint64_t now)
{
	struct curve *v = &c->curve;

	/*
	 * RFC 9438 4.8, 4.10: after a timeout, or when no loss has told of W_max, K is 0 and W_max is
	 * cwnd. So too where there is nothing to climb back to.
	 */
	v->w_max = RTE_MAX(v->w_max, t->cwnd);
	v->k = period(v->w_max - t->cwnd, t->mss);
	v->w_est = t->cwnd;
	v->epoch = now;
	c->last = now;
	c->acc = 0;
	c->est_acc = 0;
}

/*
 * RFC 9438 4.2, 5.8: t leaves out the time in which the application did not use the window. What
 * uses the window is called for at each ACK, and what one ACK lets go is acknowledged a round trip
 * later: so what passed beyond that, nobody sent.
 */
static void
leave_out_pause(struct cubic *c, const struct tcb *t, const struct tcp_acked *a, uint64_t now)
{
	uint64_t rtt = 1000 * (uint64_t)(a->rtt != 0 ? a->rtt : t->srtt), passed = now - c->last;

	if (passed > rtt)
		c->curve.epoch += passed - rtt;
	c->last = now;
}

/* RFC 9438 4.3: W_est = W_est + alpha * segments_acked / cwnd. */
static void
estimate_reno(struct cubic *c, const struct tcb *t, uint32_t bytes)
{
	struct curve *v = &c->curve;
	uint64_t whole = (uint64_t)t->cwnd * ALPHA_ONE;

	c->est_acc += (uint64_t)bytes * (v->w_est < v->cwnd_prior ? ALPHA : ALPHA_ONE);
	if (c->est_acc < whole)
		return;
	c->est_acc -= whole;
	v->w_est = RTE_MIN(v->w_est + t->mss, (uint32_t)TCP_CWND_MAX);
}

/* RFC 9438 4.4, 4.5: cwnd = cwnd + (target - cwnd) / cwnd for each segment, given a segment at a time. */
static void
approach(struct cubic *c, struct tcb *t, uint64_t target, uint32_t bytes)
{
	uint64_t segment = (uint64_t)t->cwnd * t->mss;

	c->acc += (target - t->cwnd) * bytes;
	if (c->acc < segment)
		return;
	uint64_t n = c->acc / segment;
	c->acc -= n * segment;
	tcp_cwnd_grow(t, n * t->mss);
}

/* bytes were acknowledged in congestion avoidance. */
static void
avoid(const struct core *core, struct tcb *t, struct cubic *c, const struct tcp_acked *a, uint32_t bytes)
{
	struct curve *v = &c->curve;

	if (v->epoch == 0)
		begin(c, t, core->now);
	leave_out_pause(c, t, a, core->now);
	bytes = RTE_MIN(bytes, t->cwnd); /* an ACK of more than a window is one window's growth */
	estimate_reno(c, t, bytes);
	uint64_t now = seconds(core->now - v->epoch);
	if (w_cubic(v, t->mss, now) < v->w_est) {
		/* RFC 9438 4.3: the Reno-friendly region */
		tcp_cwnd_grow(t, v->w_est - RTE_MIN(v->w_est, t->cwnd));
		return;
	}
	uint64_t target = w_cubic(v, t->mss, now + seconds(1000 * (uint64_t)t->srtt));
	target = RTE_MIN(target, t->cwnd + (uint64_t)t->cwnd / 2);
	approach(c, t, RTE_MAX(target, (uint64_t)t->cwnd), bytes);
}

/* A slow start that no ssthresh bounds. */
static void
begin_first(struct cubic *c, const struct tcb *t)
{
	c->first = true;
	hystart_begin(&c->hystart, t);
}

static void
end_first(struct cubic *c)
{
	c->first = false;
	memset(&c->curve, 0, sizeof(c->curve));
}

static void
init(const struct core *core, struct tcb *t, struct tcp_sender *s)
{
	(void)core;
	/* RFC 9406 4.3: only when ssthresh is at its initial value; later ones stop at what was found */
	if (t->ssthresh == TCP_SSTHRESH_NONE)
		begin_first(cubic(s), t);
}

static void
acked(const struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	struct cubic *c = cubic(s);
	uint32_t bytes = a->acked;

	if (c->first) {
		if (hystart_acked(&c->hystart, t, a)) {
			end_first(c);
			t->ssthresh = t->cwnd;
		}
		return;
	}
	if (t->cwnd < t->ssthresh) {
		c->curve.epoch = 0;
		bytes = tcp_slow_start(t, a);
	}
	if (t->cwnd >= t->ssthresh)
		avoid(core, t, c, a, bytes);
}

/* What both kinds of congestion have in common. Returns W_max as it was. */
static uint32_t
reduce(struct tcb *t, struct tcp_sender *s, uint32_t flight)
{
	struct cubic *c = cubic(s);
	bool first = c->first;

	if (first)
		end_first(c);
	uint32_t w_max = c->curve.w_max;
	/* a timeout in recovery is undone together with it: what was before that is kept */
	if (!s->undo_ts_set) {
		c->saved = c->curve;
		c->saved_first = first;
	}
	c->curve = (struct curve){.cwnd_prior = t->cwnd};
	t->ssthresh = tcp_ssthresh(t, (uint64_t)flight * 7 / 10); /* RFC 9438 4.6: beta = 0.7 */
	return w_max;
}

static void
congested(const struct core *core, struct tcb *t, struct tcp_sender *s, uint32_t flight)
{
	uint32_t before = reduce(t, s, flight);

	(void)core;
	/* RFC 9438 4.7, fast convergence: less than the last time, so others want their share */
	cubic(s)->curve.w_max = t->cwnd < before ? (uint32_t)((uint64_t)t->cwnd * 17 / 20) : t->cwnd;
}

/* RFC 9438 4.8: W_max will be where congestion avoidance begins. */
static void
timed_out(const struct core *core, struct tcb *t, struct tcp_sender *s, uint32_t flight)
{
	(void)core;
	reduce(t, s, flight);
}

/* RFC 9438 4.9 */
static void
undo(const struct core *core, struct tcb *t, struct tcp_sender *s)
{
	struct cubic *c = cubic(s);

	if (c->saved_first)
		begin_first(c, t); /* ssthresh is arbitrarily high again */
	else if (t->cwnd < s->undo_cwnd) /* else it went so far without: the present holds */
		c->curve = c->saved;
	c->last = core->now;
}

const struct tcp_cc_ops tcp_cubic = {
	.name = "cubic",
	.init = init,
	.acked = acked,
	.congested = congested,
	.timed_out = timed_out,
	.undo = undo,
};
