/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The runs of a sender: what RFC 6675 calls the scoreboard and RFC 8985 the transmit times, in one
 * list from SND.UNA to SND.NXT. Every walk over it is bounded by TCP_RUNS_MAX.
 */
#include "base/seq.h"
#include "tcp/tcp.h"

static uint32_t
new_run(struct core *core, struct tcp_sender *s, const struct run *value)
{
	uint32_t handle = s->nb_runs < TCP_RUNS_MAX ? slab_alloc(&core->tcp->runs) : 0;

	if (handle == 0)
		return 0;
	*run_at(core->tcp, handle) = *value;
	s->nb_runs++;
	return handle;
}

static void
drop_run(struct core *core, struct tcp_sender *s, uint32_t handle)
{
	slab_free(&core->tcp->runs, handle);
	s->nb_runs--;
}

bool
runs_begin(struct core *core, const struct tcb *t, struct tcp_sender *s)
{
	struct run r = {.seq = t->snd_una, .end = t->snd_nxt, .first = t->rtt_time, .last = t->rtt_time,
		.again = (t->flags & TF_RTO) || t->backoff > 0};

	if (t->snd_una == t->snd_nxt)
		return true;
	s->head = s->tail = new_run(core, s, &r);
	return s->head != 0;
}

void
runs_free(struct core *core, struct tcp_sender *s)
{
	for (uint32_t handle = s->head, next; handle != 0; handle = next) {
		next = run_at(core->tcp, handle)->next;
		drop_run(core, s, handle);
	}
	s->head = s->tail = 0;
	s->sacked = s->lost = 0;
}

/* Does what leaves now belong to the last run? */
static bool
joins_tail(const struct core *core, const struct tcb *t, const struct tcp_sender *s)
{
	const struct run *tail = run_at(core->tcp, s->tail);
	uint32_t now = tcp_us_now(core);

	if (s->tail == 0 || tail->fate != RUN_SENT || tail->again > 0)
		return false;
	return tail->last == now || (s->nb_runs >= TCP_RUNS_FINE && now - tail->first <= t->srtt / 16);
}

bool
runs_room(const struct core *core, const struct tcb *t, const struct tcp_sender *s)
{
	const struct slab *runs = &core->tcp->runs;

	return (s->nb_runs < TCP_RUNS_MAX && runs->used < runs->max) || joins_tail(core, t, s) ||
		(s->tail != 0 && run_at(core->tcp, s->tail)->fate == RUN_SENT);
}

bool
runs_sent(struct core *core, const struct tcb *t, struct tcp_sender *s, uint32_t end)
{
	struct run r = {.seq = t->snd_nxt, .end = end, .first = tcp_us_now(core), .last = tcp_us_now(core)};
	uint32_t handle = joins_tail(core, t, s) ? 0 : new_run(core, s, &r);

	if (handle == 0) {
		/* it joins the last run, or, where memory or the limit forbid one more, is made to */
		if (s->tail == 0)
			return false;
		run_at(core->tcp, s->tail)->end = end;
		run_at(core->tcp, s->tail)->last = r.last;
		return true;
	}
	if (s->tail != 0)
		run_at(core->tcp, s->tail)->next = handle;
	else
		s->head = handle;
	s->tail = handle;
	return true;
}

/* Cuts a run in two at seq, which lies within it. False: no memory. */
static bool
split(struct core *core, struct tcp_sender *s, uint32_t handle, uint32_t seq)
{
	struct run *r = run_at(core->tcp, handle), second = *r;

	second.seq = seq;
	uint32_t added = new_run(core, s, &second);
	if (added == 0)
		return false;
	r->end = seq;
	r->next = added;
	if (s->tail == handle)
		s->tail = added;
	return true;
}

static uint32_t
length(const struct run *r)
{
	return r->end - r->seq;
}

static void
set_fate(struct tcp_sender *s, struct run *r, enum run_fate fate)
{
	s->sacked -= r->fate == RUN_SACKED ? length(r) : 0;
	s->lost -= r->fate == RUN_LOST ? length(r) : 0;
	r->fate = (uint8_t)fate;
	s->sacked += fate == RUN_SACKED ? length(r) : 0;
	s->lost += fate == RUN_LOST ? length(r) : 0;
}

/* A run and the next, of which nothing will be asked apart, become one. False: they do not. */
static bool
join_next(struct core *core, struct tcp_sender *s, uint32_t handle)
{
	struct run *r = run_at(core->tcp, handle);
	uint32_t next = r->next;
	const struct run *n = run_at(core->tcp, next);

	if (next == 0 || r->fate != n->fate)
		return false;
	if (r->fate != RUN_SACKED && (r->last != n->last || r->first != n->first || r->again != n->again))
		return false;
	r->end = n->end;
	r->next = n->next;
	if (s->tail == next)
		s->tail = handle;
	drop_run(core, s, next);
	return true;
}

/*
 * Calls fn for the runs that lie between seq and end, cut so that they do, and joins what has become
 * alike. What cannot be cut for want of memory is left as it was.
 */
static void
for_range(struct core *core, struct tcp_sender *s, uint32_t seq, uint32_t end,
	void (*fn)(const struct core *, struct tcp_sender *, struct run *, void *), void *arg)
{
	uint32_t before = 0, handle = s->head;

	while (handle != 0 && seq_lt(run_at(core->tcp, handle)->seq, end)) {
		struct run *r = run_at(core->tcp, handle);
		bool overlaps = seq_gt(r->end, seq);
		if (overlaps && seq_lt(r->seq, seq)) {
			if (!split(core, s, handle, seq))
				return;
			overlaps = false; /* the rest of it comes next */
		}
		if (overlaps) {
			if (seq_gt(r->end, end) && !split(core, s, handle, end))
				return;
			fn(core, s, r, arg);
		}
		if (!overlaps || before == 0 || !join_next(core, s, before))
			before = handle;
		handle = run_at(core->tcp, before)->next;
	}
	if (before != 0)
		join_next(core, s, before);
}

static void
resend(const struct core *core, struct tcp_sender *s, struct run *r, void *arg)
{
	(void)arg;
	set_fate(s, r, RUN_SENT);
	r->first = r->last = tcp_us_now(core);
	if (r->again < UINT8_MAX)
		r->again++;
}

void
runs_resent(struct core *core, struct tcp_sender *s, uint32_t seq, uint32_t end)
{
	uint32_t first;

	for_range(core, s, seq, end, resend, NULL);
	if (runs_first_lost(core, s, &first) == 0 || seq_leq(end, first) || seq_gt(first, seq))
		return;
	/*
	 * It could not be cut: the whole run counts as sent again, or it would be for ever. What is
	 * missing then is found out as any other loss.
	 */
	uint32_t handle = s->head;
	while (run_at(core->tcp, handle)->fate != RUN_LOST)
		handle = run_at(core->tcp, handle)->next;
	resend(core, s, run_at(core->tcp, handle), NULL);
}

/* A part of a run, or all of it, has arrived: what that tells. */
static void
arrived(const struct core *core, struct tcp_sender *s, const struct run *r, uint32_t end, struct tcp_acked *a)
{
	a->delivered += end - r->seq;
	if (r->again == 0 && (r->first == r->last || end == r->end)) {
		/* the smallest of one ACK is that of the newest, the one that caused it */
		uint32_t rtt = RTE_MAX(tcp_us_now(core) - r->last, 1u);
		a->rtt = a->rtt == 0 ? rtt : RTE_MIN(a->rtt, rtt);
	}
	rack_delivered(core, s, r, end, a->least);
}

void
runs_acked(struct core *core, struct tcp_sender *s, uint32_t una, struct tcp_acked *a)
{
	while (s->head != 0) {
		uint32_t handle = s->head;
		struct run *r = run_at(core->tcp, handle);
		uint32_t end = seq_min(r->end, una);
		if (seq_geq(r->seq, una))
			return;
		if (r->fate != RUN_SACKED)
			arrived(core, s, r, end, a);
		s->sacked -= r->fate == RUN_SACKED ? end - r->seq : 0;
		s->lost -= r->fate == RUN_LOST ? end - r->seq : 0;
		r->seq = end;
		if (end != r->end)
			return;
		s->head = r->next;
		if (s->head == 0)
			s->tail = 0;
		drop_run(core, s, handle);
	}
}

static void
sack(const struct core *core, struct tcp_sender *s, struct run *r, void *arg)
{
	struct tcp_acked *a = arg;

	if (r->fate == RUN_SACKED)
		return;
	arrived(core, s, r, r->end, a);
	a->sacked += length(r);
	set_fate(s, r, RUN_SACKED);
}

void
runs_sacked(struct core *core, struct tcp_sender *s, uint32_t start, uint32_t end, struct tcp_acked *a)
{
	for_range(core, s, start, end, sack, a);
}

void
runs_lose(struct core *core, struct tcp_sender *s, uint32_t handle, uint32_t end)
{
	struct run *r = run_at(core->tcp, handle);

	if (seq_lt(end, r->end) && !split(core, s, handle, end))
		return;
	set_fate(s, r, RUN_LOST);
}

/* Every run with the one fate gets the other. */
static void
change_all(const struct core *core, struct tcp_sender *s, enum run_fate from, enum run_fate to)
{
	for (uint32_t handle = s->head; handle != 0; handle = run_at(core->tcp, handle)->next) {
		struct run *r = run_at(core->tcp, handle);
		if (r->fate == from)
			set_fate(s, r, to);
	}
}

void
runs_lose_all(const struct core *core, struct tcp_sender *s)
{
	change_all(core, s, RUN_SENT, RUN_LOST);
}

void
runs_unlose(const struct core *core, struct tcp_sender *s)
{
	change_all(core, s, RUN_LOST, RUN_SENT);
}

void
runs_forget_sacks(const struct core *core, struct tcp_sender *s)
{
	change_all(core, s, RUN_SACKED, RUN_SENT);
}

uint32_t
runs_first_lost(const struct core *core, const struct tcp_sender *s, uint32_t *seq)
{
	uint32_t handle = s->head, len = 0;

	if (s->lost == 0)
		return 0;
	while (run_at(core->tcp, handle)->fate != RUN_LOST)
		handle = run_at(core->tcp, handle)->next;
	*seq = run_at(core->tcp, handle)->seq;
	for (; handle != 0 && run_at(core->tcp, handle)->fate == RUN_LOST; handle = run_at(core->tcp, handle)->next)
		len += length(run_at(core->tcp, handle));
	return len;
}
