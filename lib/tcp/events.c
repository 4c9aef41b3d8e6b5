/* SPDX-License-Identifier: BSD-3-Clause */
/* Step 5 of the turn: the application is told, connection by connection, in a fixed order. */
#include "tcp/tcp.h"

static void
tell_open(struct tcb *t)
{
	t->flags |= TF_TOLD_OPEN;
	if (t->app->on_open != NULL)
		t->app->on_open(conn_of(t), t->user);
}

static void
tell_data(struct tcb *t)
{
	if (t->rcv_head != 0 && t->app->on_data != NULL)
		t->app->on_data(conn_of(t), (struct leat_rx *)t, t->user);
	if (t->rcv_head != 0)
		chunk_at(tcb_core(t)->tcp, t->rcv_head)->left = true;
}

static void
tell_sent(struct tcb *t)
{
	size_t acked = t->acked; /* 0: it was starved, and there is memory again */

	t->acked = 0;
	if (t->app->on_sent != NULL)
		t->app->on_sent(conn_of(t), acked, t->user);
}

/* Only when the application has taken all that came before. */
static void
tell_peer_closed(struct tcb *t)
{
	if (t->rcv_head != 0 || !(t->flags & TF_PEER_FIN) || (t->flags & TF_TOLD_FIN))
		return;
	t->flags |= TF_TOLD_FIN;
	if (t->app->on_peer_closed != NULL)
		t->app->on_peer_closed(conn_of(t), t->user);
}

/* The last call. A connection that was closed in order waits until its data is taken. */
static void
tell_closed(struct core *core, struct tcb *t)
{
	if (t->soft_error == 0 && t->rcv_head != 0 && !(t->flags & (TF_ORPHAN | TF_ABORTED)))
		return;
	t->flags |= TF_QUEUED; /* nothing more is told */
	if ((t->flags & TF_TOLD_OPEN) && t->app->on_closed != NULL)
		t->app->on_closed(conn_of(t), t->soft_error, t->user);
	t->events_next = core->tcp->dead;
	core->tcp->dead = slab_handle(&core->tcp->tcbs, t);
}

static bool
wants(const struct tcb *t, uint32_t not_after)
{
	return (t->flags & TF_TOLD_OPEN) && !(t->flags & not_after);
}

/* One round of what is queued on the connection. */
static void
tell(struct tcb *t)
{
	uint8_t events = t->events;

	t->events = 0;
	/* a callback may close or abort: look at the flags anew before each */
	if (events & EV_OPEN && !(t->flags & (TF_ORPHAN | TF_ABORTED)))
		tell_open(t);
	/* the FIN too: who waits for the rest of something learns by leat_rx_ended() that none will come */
	if (events & (EV_DATA | EV_PEER_CLOSED) && wants(t, TF_ORPHAN | TF_ABORTED))
		tell_data(t);
	if (events & EV_SENT && wants(t, TF_ABORTED))
		tell_sent(t);
	if (events & (EV_PEER_CLOSED | EV_DATA) && wants(t, TF_ORPHAN | TF_ABORTED))
		tell_peer_closed(t);
}

/* TF_QUEUED stays set meanwhile: what a callback brings about is told in the next round. */
static void
deliver(struct core *core, struct tcb *t)
{
	while (t->events & ~EV_CLOSED)
		tell(t);
	t->events = 0;
	t->flags &= ~TF_QUEUED;
	if (t->armed & T_DELACK && !(t->flags & TF_MARKED))
		tcp_timer_ack_waits(core, t);
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		tell_closed(core, t);
}

unsigned
tcp_deliver(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	unsigned done = tcp_release_refs(tcp);

	while (tcp->events_head != 0) {
		struct tcb *t = slab_at(&tcp->tcbs, tcp->events_head);
		tcp->events_head = t->events_next;
		if (tcp->events_head == 0)
			tcp->events_tail = 0;
		else
			tcb_prefetch(slab_at(&tcp->tcbs, tcp->events_head));
		deliver(core, t);
		done++;
	}
	return done;
}
