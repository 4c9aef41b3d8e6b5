/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All timers of a control block. The other files report facts; what is armed is decided here.
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
 * One wheel node for all, filed at the earliest and re-armed lazily. It is not in the control block: the wheel
 * goes from node to node, and of many connections the control blocks are cold, while the nodes of those
 * that wait for something lie close together.
 */
#include <errno.h>
#include <stddef.h>
#include "base/seq.h"
#include "tcp/extra.h"

/*
 * Microseconds that a probe waits beyond two RTTs: an ACK may be late because a host is busy (as Linux
 * does with two of its ticks).
 */
enum { TLP_SLACK = 10000 };

static struct wheel_node *
node_of(const struct core *core, const struct tcb *t)
{
	return slab_at(&core->tcp->timers, t->timer);
}

/* Files the node at `at`, or earlier. There is one for each connection. */
static void
file(struct core *core, struct tcb *t, uint32_t at)
{
	if (t->timer == 0) {
		t->timer = slab_alloc(&core->tcp->timers);
		wheel_node_init(node_of(core, t), WHEEL_TCB);
		node_of(core, t)->owner = t;
	} else if (seq_leq(t->timer_at, at)) {
		return;
	}
	wheel_arm(&core->wheel, node_of(core, t), at);
	t->timer_at = node_of(core, t)->at;
}

static void
free_node(struct core *core, struct tcb *t)
{
	slab_free(&core->tcp->timers, t->timer);
	t->timer = 0;
}

static void
arm(struct core *core, struct tcb *t, uint8_t which, uint32_t *deadline, uint32_t at)
{
	/* what is closed only waits to be told: its node would outlive it in the wheel */
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		return;
	*deadline = at;
	t->armed |= which;
	file(core, t, at);
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

/* An orphan in FIN-WAIT-2: its time is limited, it neither keeps alive nor waits for an ACK. */
static bool
is_ending(const struct tcb *t)
{
	return t->state == TCPS_FIN_WAIT_2 && (t->flags & TF_ORPHAN);
}

/* Is something sent, or queued to be, that is not acknowledged? What only waits for its turn does not count. */
static bool
waits(const struct tcb *t)
{
	bool held_back = tcb_flight(t) == 0 && t->armed & T_PACE;

	return !held_back && seq_lt(t->snd_una, t->snd_end + !!(t->flags & TF_FIN_QUEUED));
}

/* keepalive: ticks until the next probe, 0: none. */
static void
arm_idle(struct core *core, struct tcb *t, uint32_t keepalive)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);
	bool keep = keepalive > 0 && t->flags & TF_KEEPALIVE && t->state >= TCPS_ESTABLISHED;
	bool user = e != NULL && e->user_timeout != 0 && waits(t);
	uint32_t at = core->tick + keepalive;

	if (is_ending(t))
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
	arm_idle(core, t, tcp_keep_idle(core, t));
}

void
tcp_timer_sent(struct core *core, struct tcb *t)
{
	/* RFC 6298 5.1 */
	if (!(t->armed & T_RTX)) {
		arm_rtx(core, t);
		wait_anew(core, t);
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

bool
tcp_timer_was_idle(const struct core *core, const struct tcb *t)
{
	/* Not armed, t_rtx is when it would have fired had the last exchange not been answered. */
	return !(t->armed & T_RTX) && seq_gt(core->tick, t->t_rtx);
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
	if (t->flags & (TF_KEEPALIVE | TF_EXTRA))
		arm_idle(core, t, tcp_keep_idle(core, t));
}

void
tcp_timer_times_set(struct core *core, struct tcb *t)
{
	t->probes = 0;
	arm_idle(core, t, tcp_keep_idle(core, t));
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
	if (t->timer == 0)
		return;
	wheel_cancel(&core->wheel, node_of(core, t));
	free_node(core, t);
}

static void
give_up(struct core *core, struct tcb *t)
{
	int reason = t->soft_error != 0 ? t->soft_error : ETIMEDOUT;

	count(core, CNT_tcp_timed_out);
	tcb_note(core, t, TRACE_GIVE_UP, (uint32_t)reason);
	/* The peer may be alive and only the way back broken: it is told. */
	if (t->state >= TCPS_SYN_RECEIVED)
		tcp_send_rst(core, t);
	tcb_close(core, t, reason);
}

/*
 * The window is closed: a probe each time, for ever as long as the peer answers. But nobody is left
 * to end an orphan: for it the probes are counted although they are answered (RFC 6429 3).
 */
static void
on_persist(struct core *core, struct tcb *t)
{
	uint8_t retries = core->tcp->config->retries;

	if (++t->probes > retries || ((t->flags & TF_ORPHAN) && t->backoff >= retries)) {
		give_up(core, t);
		return;
	}
	tcb_note(core, t, TRACE_PERSIST, t->probes);
	t->flags |= t->snd_wnd == 0 ? TF_PROBE : TF_FORCE;
	if (t->backoff < retries)
		t->backoff++;
	arm_rtx(core, t);
	tcb_mark(core, t);
	tcp_carrier_lost(core, t);
}

/* early: T_PTO or T_REO, when it is not yet the time-out. */
static void
on_rtx(struct core *core, struct tcb *t, uint8_t early)
{
	const struct leat_tcp_config *c = core->tcp->config;
	bool syn = t->state < TCPS_ESTABLISHED;

	t->armed &= (uint8_t)~(T_PTO | T_REO);
	if (early != 0 && t->snd_wnd > 0 && tcb_flight(t) > 0) {
		arm_rtx(core, t);
		if (early & T_REO)
			tcp_on_reorder(core, t);
		else
			tcp_on_probe(core, t);
		return;
	}

	if (!syn && (t->snd_wnd == 0 || tcb_flight(t) == 0)) {
		on_persist(core, t);
		return;
	}
	if (t->backoff >= (syn ? c->syn_retries : c->retries)) {
		give_up(core, t);
		return;
	}
	t->backoff++; /* RFC 6298 5.5 */
	if (!tcp_carrier_lost(core, t)) /* which says nothing of how long segments may be */
		tcp_mtu_timeout(core, t);
	tcp_on_rto(core, t);
	arm_rtx(core, t);
}

/* RFC 9293 3.8.3: the user's own limit, whatever the peer answers to probes. */
static bool
user_timeout_over(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);

	return e != NULL && e->user_timeout != 0 && waits(t) &&
		seq_geq(core->tick, e->waits_since + e->user_timeout);
}

static void
on_idle(struct core *core, struct tcb *t)
{
	if (is_ending(t)) {
		tcb_close(core, t, ETIMEDOUT);
		return;
	}
	if (user_timeout_over(core, t)) {
		count(core, CNT_tcp_user_timeouts);
		give_up(core, t);
		return;
	}
	/* data in flight asks the same question by itself: the next that is heard begins the silence anew */
	if (!(t->flags & TF_KEEPALIVE) || t->state < TCPS_ESTABLISHED || tcb_flight(t) > 0) {
		arm_idle(core, t, 0);
		return;
	}
	if (t->probes++ >= tcp_keep_probes(core, t)) {
		give_up(core, t);
		return;
	}
	tcb_note(core, t, TRACE_KEEPALIVE, t->probes);
	t->flags |= TF_KEEP_PROBE;
	tcb_mark(core, t);
	arm_idle(core, t, tcp_keep_interval(core, t));
}

static bool
due(const struct core *core, struct tcb *t, uint8_t which, uint32_t deadline)
{
	if (!(t->armed & which) || seq_gt(deadline, core->tick))
		return false;
	t->armed &= (uint8_t)~which;
	return true;
}

/* A sender that nothing asks for any more. Its schedule is kept: who waits a little sends no sooner. */
static void
retire_sender(struct core *core, struct tcb *t)
{
	const struct tcp_sender *s = sender_of(core->tcp, t);

	if (s == NULL || t->armed & (T_RTX | T_PACE) || tcb_flight(t) > 0 || seq_gt(t->t_rtx, core->tick))
		return;
	if (t->paced && s->pace_next > core->now)
		t->t_rtx = core_deadline(core, s->pace_next - core->now);
	else
		sender_free(core, t);
}

static void
refile(struct core *core, struct tcb *t)
{
	if (t->armed & T_PACE)
		file(core, t, sender_of(core->tcp, t)->t_pace);
	/* a sender is retired then, if nothing is asked of it */
	if (t->armed & T_RTX || (t->sender != 0 && !(t->armed & T_PACE)))
		file(core, t, t->t_rtx);
	if (t->armed & T_DELACK)
		file(core, t, t->t_delack);
	if (t->armed & T_IDLE)
		file(core, t, t->t_idle);
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct tcb *t = (struct tcb *)(uintptr_t)node->owner;

	free_node(core, t); /* as long as nothing is filed there is none */
	if (due(core, t, T_DELACK, t->t_delack)) {
		count(core, CNT_tcp_delayed_acks);
		tcb_note(core, t, TRACE_DELAYED_ACK, 0);
		t->flags |= TF_ACK_NOW;
		tcb_mark(core, t);
	}
	if (due(core, t, T_RTX, t->t_rtx))
		on_rtx(core, t, t->armed & (T_PTO | T_REO));
	if (t->state != TCPS_CLOSED && due(core, t, T_IDLE, t->t_idle))
		on_idle(core, t);
	if (t->state == TCPS_CLOSED)
		return;
	if ((t->armed & T_PACE) && due(core, t, T_PACE, sender_of(core->tcp, t)->t_pace))
		tcb_mark(core, t);
	retire_sender(core, t);
	refile(core, t);
}

void
tcp_timers_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_TCB, on_timer);
}
