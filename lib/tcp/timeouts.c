/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens when a deadline of a control block is due: the wheel calls on_timer(), which looks which of them it
 * was. What is armed next is said as a fact to timers.c, like everywhere.
 */
#include <errno.h>
#include <stddef.h>
#include "tcp/scarcity.h"
#include "tcp/timers.h"

enum { DEAF = 6 }; /* time-outs, each twice the one before: 13 seconds at the least */

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
 * A few hundred peers who do not read would hold all packet memory for as long as they answer, and nobody else could begin.
 * So where it is that scarce, who has kept the window closed for long is ended (RFC 6429 3: a connection in the persist
 * state may be, when resources run out).
 */
static bool
holds_too_long(struct core *core, const struct tcb *t)
{
	return t->backoff >= DEAF && t->snd_wnd == 0 && tcp_scarcity_refuses(core);
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
	if (holds_too_long(core, t)) {
		count(core, CNT_tcp_deaf_shed);
		give_up(core, t);
		return;
	}
	tcb_note(core, t, TRACE_PERSIST, t->probes);
	t->flags |= t->snd_wnd == 0 ? TF_PROBE : TF_FORCE;
	if (t->backoff < retries)
		t->backoff++;
	tcp_timer_resent(core, t);
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
		tcp_timer_resent(core, t);
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
	tcp_timer_resent(core, t);
}

/* RFC 9293 3.8.3: the user's own limit, whatever the peer answers to probes. */
static bool
user_timeout_over(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);

	return e != NULL && e->user_timeout != 0 && tcp_timer_waits(t) &&
		seq_geq(core->tick, e->waits_since + e->user_timeout);
}

static void
on_idle(struct core *core, struct tcb *t)
{
	if (tcp_timer_is_ending(t)) {
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
		tcp_timer_idle(core, t, 0);
		return;
	}
	if (t->probes++ >= tcp_keep_probes(core, t)) {
		give_up(core, t);
		return;
	}
	tcb_note(core, t, TRACE_KEEPALIVE, t->probes);
	t->flags |= TF_KEEP_PROBE;
	tcb_mark(core, t);
	tcp_timer_idle(core, t, tcp_keep_interval(core, t));
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
		tcp_timer_file(core, t, sender_of(core->tcp, t)->t_pace);
	/* a sender is retired then, if nothing is asked of it */
	if (t->armed & T_RTX || (t->sender != 0 && !(t->armed & T_PACE)))
		tcp_timer_file(core, t, t->t_rtx);
	if (t->armed & T_DELACK)
		tcp_timer_file(core, t, t->t_delack);
	if (t->armed & T_IDLE)
		tcp_timer_file(core, t, t->t_idle);
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct tcb *t = (struct tcb *)(uintptr_t)node->owner;

	tcp_timer_node_free(core, t); /* as long as nothing is filed there is none */
	t->armed &= (uint8_t)~T_SPARSE;
	if (due(core, t, T_DELACK, t->t_delack)) {
		t->quickack = TCP_QUICKACKS; /* nothing came that could have taken it along: nor will it soon */
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
