/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All timers of a control block: what is armed. The other files report facts, this one decides; what happens when a
 * deadline is due is in timeouts.c.
 *
 *   retransmission  something is in flight: RTO after it was sent, or after the last progress
 *                   (RFC 6298 5). Doubles each time; gives up after `retries` (RFC 1122 R2).
 *   tail loss probe, reordering (RFC 8985): the same deadline, sooner; then it is the time-out again.
 *   persist         the same deadline, when the peer's window is closed, or too small for what
 *                   waits while nothing is in flight (RFC 9293 3.8.6.1). Lives as long as the
 *                   peer answers.
 *   delayed ACK     in-order data is not acknowledged yet (RFC 9293 3.8.6.3).
 *   keepalive       nothing was heard for a while (RFC 9293 3.8.4), off by default.
 *   user timeout    something waits to be acknowledged, and nothing was for so long (RFC 9293 3.8.3);
 *                   the same deadline as keepalive, whichever is nearer. Off by default.
 *   pacing          more of what a window allows may leave (pace.h). Off by default.
 *   FIN-WAIT-2      in the place of keepalive: an orphan waits for the peer's FIN.
 *
 * One wheel node for all, filed at the earliest and re-armed lazily (timers.h).
 */
#include <stddef.h>
#include "tcp/timers.h"

/*
 * Microseconds that a probe waits beyond two RTTs: an ACK may be late because a host is busy (as Linux
 * does with two of its ticks).
 */
enum { TLP_SLACK = 10000 };

/*
 * A busy connection leaves its node where it is when all is acknowledged: it is soon wanted again, and comes up once
 * in a time-out. One that speaks less often than that (T_SPARSE) would be cold by then, and fetched for nothing: its node
 * is taken out while both are warm.
 */
static void
unfile(struct core *core, struct tcb *t)
{
	wheel_cancel(&core->wheel, tcp_timer_node_of(core, t));
	tcp_timer_node_free(core, t);
}

static void
arm(struct core *core, struct tcb *t, uint8_t which, uint32_t *deadline, uint32_t at)
{
	/* what is closed only waits to be told: its node would outlive it in the wheel */
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		return;
	*deadline = at;
	t->armed |= which;
	tcp_timer_file(core, t, at);
}

static uint32_t
rto_ticks(const struct core *core, const struct tcb *t)
{
	return core_ticks(tcp_rto_us(core, t) * 1000);
}

static void
arm_rtx(struct core *core, struct tcb *t)
{
	t->armed &= (uint8_t)~(T_PTO | T_REO);
	arm(core, t, T_RTX, &t->t_rtx, core->tick + rto_ticks(core, t));
}

static void
stop_rtx(struct core *core, struct tcb *t)
{
	/*
	 * t_rtx stays: a time-out after data was last sent the connection will have been idle (RFC 5681 4.1,
	 * tcp_timer_was_idle(), refile()). Not so where it was for something sooner, or where more data has left since
	 * it was set: in a later turn, so there is a sender.
	 */
	if (unlikely(t->armed & (T_PTO | T_REO) || t->sender != 0))
		t->t_rtx = core->tick + rto_ticks(core, t);
	t->armed &= (uint8_t)~(T_RTX | T_PTO | T_REO);
	if (t->armed != T_SPARSE)
		return;
	t->armed = 0;
	if (t->timer != 0 && t->sender == 0)
		unfile(core, t);
}

/*
 * RFC 8985 7.2: microseconds after which the tail is probed; 0: it is not. Where the probe would come
 * no earlier than the retransmission (one segment in flight, whose ACK may be delayed), there is none.
 */
static uint64_t
probe_after(const struct core *core, const struct tcb *t)
{
	const uint32_t need = TF_SACK | TF_RTT_KNOWN;
	const struct tcp_sender *s = sender_of(core->tcp, t);

	if ((t->flags & (need | TF_RECOVERY | TF_RTO)) != need || t->backoff > 0 || t->snd_wnd == 0 ||
		!core->tcp->config->tail_loss_probe || tcb_flight(t) <= t->mss)
		return 0;
	if (s != NULL && (s->sacked > 0 || s->tlp_out))
		return 0;
	uint64_t us = 2 * (uint64_t)t->srtt + TLP_SLACK;
	return us < tcp_rto_us(core, t) ? us : 0;
}

static void
arm_probe_or_rtx(struct core *core, struct tcb *t)
{
	uint64_t us = probe_after(core, t);

	if (us == 0) {
		arm_rtx(core, t);
		return;
	}
	t->armed = (uint8_t)((t->armed & ~T_REO) | T_PTO);
	arm(core, t, T_RTX, &t->t_rtx, core->tick + core_ticks(us * 1000));
}

void
tcp_timer_idle(struct core *core, struct tcb *t, uint32_t keepalive)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);
	bool keep = keepalive > 0 && t->flags & TF_KEEPALIVE && t->state >= TCPS_ESTABLISHED;
	bool user = e != NULL && e->user_timeout != 0 && tcp_timer_waits(t);
	uint32_t at = core->tick + keepalive;

	if (tcp_timer_is_ending(t))
		return;
	if (user && (!keep || seq_lt(e->waits_since + e->user_timeout, at)))
		at = e->waits_since + e->user_timeout;
	if (keep || user)
		arm(core, t, T_IDLE, &t->t_idle, at);
	else
		t->armed &= (uint8_t)~T_IDLE;
}

/* From now on something waits, or goes on waiting. */
static void
wait_anew(struct core *core, struct tcb *t)
{
	struct tcp_extra *e = extra_of(core->tcp, t);

	if (likely(e == NULL) || e->user_timeout == 0)
		return;
	e->waits_since = core->tick;
	tcp_timer_idle(core, t, tcp_keep_idle(core, t));
}

void
tcp_timer_sent(struct core *core, struct tcb *t, bool first)
{
	/* RFC 6298 5.1 */
	if (!(t->armed & T_RTX)) {
		if (t->timer == 0 && tcp_timer_was_idle(core, t))
			t->armed |= T_SPARSE;
		arm_rtx(core, t);
		wait_anew(core, t);
	} else if (first) {
		arm_rtx(core, t); /* it is that of the persist timer, of which little may be left */
	}
}

void
tcp_timer_sent_new(struct core *core, struct tcb *t)
{
	if (probe_after(core, t) != 0)
		arm_probe_or_rtx(core, t);
}

void
tcp_timer_resent(struct core *core, struct tcb *t)
{
	arm_rtx(core, t);
}

void
tcp_timer_acked(struct core *core, struct tcb *t)
{
	t->backoff = 0;
	t->probes = 0;
	wait_anew(core, t);
	/* RFC 6298 5.2, 5.3 */
	if (t->snd_una == t->snd_nxt)
		stop_rtx(core, t);
	else if (!(t->armed & T_REO))
		arm_probe_or_rtx(core, t);
}

void
tcp_timer_reorder(struct core *core, struct tcb *t, uint32_t us)
{
	uint32_t at = core->tick + core_ticks((uint64_t)us * 1000);

	if (us == 0) {
		if (t->armed & T_REO || (t->armed & T_PTO && probe_after(core, t) == 0))
			arm_rtx(core, t);
		return;
	}
	if ((t->armed & (T_RTX | T_PTO | T_REO)) == T_RTX && seq_leq(t->t_rtx, at))
		return;
	t->armed = (uint8_t)((t->armed & ~T_PTO) | T_REO);
	arm(core, t, T_RTX, &t->t_rtx, at);
}

void
tcp_timer_window(struct core *core, struct tcb *t)
{
	t->backoff = 0;
	t->probes = 0;
	if (tcb_flight(t) > 0)
		arm_rtx(core, t);
	else
		stop_rtx(core, t);
}

void
tcp_timer_blocked(struct core *core, struct tcb *t)
{
	if (!(t->armed & T_RTX)) {
		arm_rtx(core, t);
		wait_anew(core, t);
	}
}

void
tcp_timer_ack_owed(struct core *core, struct tcb *t)
{
	if (t->armed & T_DELACK)
		return;
	/* most answers come in this turn, and take the ACK with them: it is not filed for them */
	t->armed |= T_DELACK;
	t->t_delack = core->tick + core_ticks(core->tcp->config->delayed_ack);
}

void
tcp_timer_ack_waits(struct core *core, struct tcb *t)
{
	arm(core, t, T_DELACK, &t->t_delack, t->t_delack);
}

void
tcp_timer_heard(struct core *core, struct tcb *t)
{
	t->probes = 0;
	if (tcp_timer_minds_silence(t))
		tcp_timer_idle(core, t, tcp_keep_idle(core, t));
}

void
tcp_timer_times_set(struct core *core, struct tcb *t)
{
	t->probes = 0;
	tcp_timer_idle(core, t, tcp_keep_idle(core, t));
}

void
tcp_timer_fin_wait_2(struct core *core, struct tcb *t)
{
	arm(core, t, T_IDLE, &t->t_idle, core->tick + core_ticks(core->tcp->config->fin_wait2));
}

void
tcp_timer_pace(struct core *core, struct tcb *t, uint64_t ns)
{
	struct tcp_sender *s = sender_of(core->tcp, t);

	arm(core, t, T_PACE, &s->t_pace, core_deadline(core, ns));
	if (tcb_flight(t) == 0)
		wait_anew(core, t);
}

void
tcp_timer_stop(struct core *core, struct tcb *t)
{
	t->armed = 0;
	if (t->timer != 0)
		unfile(core, t);
}
