/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss that was none. The answer to a retransmission shows by its timestamp that the first
 * transmission had arrived (Eifel detection, RFC 3522), or D-SACK blocks report every
 * retransmission as a duplicate (RFC 3708): the window is put back (RFC 4015).
 */
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/stats.h"

void
undo_begin(struct tcb *t, struct tcp_sender *s)
{
	/* one that shrinks already, by PRR, will be ssthresh */
	s->undo_cwnd = s->cwr == CWR_REDUCING || t->flags & TF_RECOVERY ? t->ssthresh : t->cwnd;
	s->undo_ssthresh = t->ssthresh;
	s->undo_una = t->snd_una;
	s->undo_again = 0;
	s->undo_ts_set = false;
	s->undo_armed = true;
}

void
undo_resent(const struct core *core, const struct tcb *t, struct tcp_sender *s)
{
	if (!s->undo_armed)
		return;
	if (!s->undo_ts_set) {
		s->undo_ts = tcp_ts_now(core) + t->ts_offset;
		s->undo_ts_set = true;
	}
	if (s->undo_again < UINT16_MAX)
		s->undo_again++;
}

/*
 * RFC 3522 3.2 (4): the echo is of before the first retransmission. Where more than one was sent, this
 * tells of all only when it acknowledges all: others may have been lost in earnest.
 */
static bool
answers_the_first(const struct tcb *t, const struct tcp_sender *s, const struct tcp_seg *seg)
{
	return s->undo_ts_set && (t->flags & TF_TS) && seg->opts.has_ts && seg->opts.tsecr != 0 &&
		seq_lt(seg->opts.tsecr, s->undo_ts) &&
		(s->undo_again == 1 || seq_geq(t->snd_una, s->recover));
}

bool
undo_check(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_seg *seg,
	const struct tcp_acked *a)
{
	if (!s->undo_armed)
		return false;
	bool twice = a->dsack && seq_geq(seg->opts.sack[0].start, s->undo_una) && seq_leq(seg->opts.sack[0].end, s->recover);
	if (twice && s->undo_again > 0 && s->undo_again < UINT16_MAX)
		s->undo_again--;
	bool all_twice = twice && s->undo_ts_set && s->undo_again == 0;
	if (!all_twice && !(a->acked > 0 && answers_the_first(t, s, seg)))
		return false;
	tcp_cc_all[t->cc]->undo(core, t, s);
	t->cwnd = RTE_MAX(t->cwnd, s->undo_cwnd);
	t->ssthresh = RTE_MAX(t->ssthresh, s->undo_ssthresh);
	runs_unlose(core, s);
	s->undo_armed = false;
	s->recovered = false;
	stats_count(core, t, undone);
	s->cwr = CWR_NONE;
	t->flags &= ~(TF_RECOVERY | TF_RTO);
	count(core, CNT_tcp_undone);
	return true;
}
