/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/seq.h"
#include "tcp/extra.h"

enum {
	SMALL = 16384,         /* whoever has received less needs no larger buffer yet */
	ROUND_MAX = 1000000,   /* microseconds: with pauses like this the buffer is not what it waits for */
};

uint32_t
tcp_grow_limit(const struct leat_tcp_config *c)
{
	return RTE_MAX(c->rcv_buf, c->rcv_buf_max);
}

static bool
may_grow(const struct core *core, const struct tcb *t)
{
	const struct tcp_layer *tcp = core->tcp;

	return !(t->flags & (TF_RCV_FIXED | TF_PEER_FIN | TF_ORPHAN)) &&
		tcb_rcv_buf(tcp, t) < tcp_grow_limit(tcp->config);
}

/* The receiver's RTT in microseconds: of what we send, if we do, else by timestamps; 0: unknown. */
static uint32_t
round_time(const struct tcb *t, const struct tcp_extra *e)
{
	uint32_t rtt = e->rtt != 0 ? e->rtt : e->rtt_known;

	if (t->flags & TF_RTT_KNOWN && (rtt == 0 || t->srtt < rtt))
		rtt = t->srtt;
	return rtt;
}

void
tcp_grow_received(struct core *core, struct tcb *t, const struct tcp_seg *seg)
{
	struct tcp_extra *e = extra_of(core->tcp, t);

	if (likely(e == NULL) || !e->growing || !seg->opts.has_ts || seg->opts.tsecr == 0)
		return;
	/* RFC 7323 4: what it echoes left us so long ago; the clock counts milliseconds */
	uint32_t ms = tcp_ts_now(core) + t->ts_offset - seg->opts.tsecr;
	if (ms < 600000)
		e->rtt = RTE_MIN(e->rtt != 0 ? e->rtt : UINT32_MAX, RTE_MAX(ms, 1u) * 1000);
}

static void
begin_round(const struct core *core, struct tcp_extra *e, uint32_t consumed)
{
	e->growing = 1;
	e->round_seq = consumed;
	e->round_start = tcp_us_now(core);
	e->rtt_known = e->rtt != 0 ? e->rtt : e->rtt_known;
	e->rtt = 0;
}

/* A round is over, in which so many bytes were taken. */
static void
fit(struct core *core, struct tcb *t, struct tcp_extra *e, uint32_t taken)
{
	uint32_t limit = tcp_grow_limit(core->tcp->config);
	uint64_t want = 2 * (uint64_t)taken + 16u * t->mss;

	/* not while others run short of buffers: what it offers will be wanted */
	if (2 * (uint64_t)taken <= e->rcv_buf || core->tcp->scarcity != RX_PLENTY)
		return;
	if (want > e->rcv_buf) {
		e->rcv_buf = (uint32_t)RTE_MIN(want, limit);
		count(core, CNT_tcp_rcv_buf_grown);
	}
}

void
tcp_grow_consumed(struct core *core, struct tcb *t, uint32_t consumed)
{
	if (!may_grow(core, t)) {
		tcp_extra_settle(core, t);
		return;
	}
	if (!(t->flags & TF_EXTRA) && consumed - t->irs < SMALL)
		return;
	struct tcp_extra *e = tcp_extra_need(core, t);
	if (e == NULL)
		return;
	uint32_t passed = tcp_us_now(core) - e->round_start, rtt = round_time(t, e);
	if (!e->growing || passed > RTE_MAX((uint32_t)ROUND_MAX, 4 * rtt)) {
		begin_round(core, e, consumed);
		return;
	}
	if (rtt == 0 || passed < rtt)
		return;
	fit(core, t, e, consumed - e->round_seq);
	begin_round(core, e, consumed);
}
