/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls on a connection. They queue and mark; the loop does the rest. */
#include <errno.h>
#include "tcp/scarcity.h"

enum { SEND_MAX = 1 << 30 }; /* bytes of one call that may exceed the send buffer */

/* What an application may still do: 0, or -errno. */
static int
may_send(const struct tcb *t)
{
	if (t->flags & (TF_FIN_QUEUED | TF_ABORTED))
		return -EPIPE;
	return t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT ? -ECONNRESET : 0;
}

static int
bind_active(struct core *core, struct tcb *t, const struct tuple *tuple)
{
	tcb_set_tuple(t, tuple, tcp_ts_offset(core, tuple));
	t->iss = tcp_isn(core, tuple);
	t->snd_una = t->snd_nxt = t->iss;
	t->snd_end = t->iss + 1;
	t->flags |= TF_TOLD_OPEN; /* the caller has it: on_closed will come */
	if (demux_insert(&core->tcp->demux, tcb_hash(core, t),
		demux_handle(DEMUX_TCB, slab_handle(&core->tcp->tcbs, t), tuple->len)) == 0)
		return 0;
	count(core, CNT_tcp_demux_full);
	return -ENOMEM;
}

/* Local address and port, as far as the caller left them open. 0 or -errno. */
static int
choose_local(struct core *core, const struct leat_endpoint *local, const struct leat_endpoint *remote,
	struct tuple *tuple)
{
	const struct ip_hop *hop = ip_hop_find(core, &remote->addr);
	const struct ip_route *route = hop != NULL ? hop->route : ip_route_lookup(core, &remote->addr);
	struct leat_addr from;

	if (remote->port == 0 || (route == NULL && !ip_is_unicast(core, &remote->addr)))
		return -EINVAL;
	if (route == NULL)
		return -ENETUNREACH;
	from = route->source;
	if (local != NULL && local->addr.family != LEAT_UNSPEC) {
		if (!ip_is_local(core, &local->addr) || local->addr.family != remote->addr.family)
			return -EADDRNOTAVAIL;
		from = local->addr;
	}
	if (local == NULL || local->port == 0) {
		if (tcp_choose_port(core, &from, remote, tuple))
			return 0;
		count(core, CNT_tcp_ports_exhausted);
		return -EADDRNOTAVAIL;
	}
	tuple_make(tuple, &from, local->port, &remote->addr, remote->port);
	if (steer_tuple(&core->link->steer, tuple) != core->id) {
		count(core, CNT_tcp_ports_elsewhere);
		return -EADDRNOTAVAIL;
	}
	return tcp_tuple_free(core, tuple) ? 0 : -EADDRINUSE;
}

int
leat_tcp_connect(struct leat_core *c, const struct leat_endpoint *local, const struct leat_endpoint *remote,
	const struct leat_tcp_events *events, void *user, struct leat_conn **out)
{
	struct core *core = (struct core *)c;
	struct tuple tuple;

	core_assert_owner(core);
	if (core->tcp->ending)
		return -ESHUTDOWN;
	if (tcp_scarcity_refuses(core)) {
		count(core, CNT_tcp_mbufs_scarce);
		return -ENOBUFS;
	}
	struct tcb *t = tcb_alloc(core);
	if (t == NULL) {
		count(core, CNT_tcp_no_tcb);
		return -ENOMEM;
	}
	/* last of all a tuple is chosen: an entry in TIME-WAIT ends with it */
	int r = choose_local(core, local, remote, &tuple);
	if (r == 0)
		r = bind_active(core, t, &tuple);
	if (r < 0) {
		tcb_free(core, t);
		return r;
	}
	t->app = events;
	t->user = user;
	tcb_set_mss(core, t, 0);
	if (core->tcp->config->ecn == LEAT_ECN_ON)
		t->flags |= TF_ECN;
	tcb_set_state(core, t, TCPS_SYN_SENT);
	tcb_mark(core, t);
	*out = conn_of(t);
	return 0;
}

void
leat_tcp_prefetch(const struct leat_conn *c)
{
	tcb_prefetch(tcb_of(c));
}

ssize_t
leat_tcp_send(struct leat_conn *c, const void *data, size_t len)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);
	int r = may_send(t);

	if (r < 0)
		return r;
	tcp_starved_remove(core, t);
	size_t taken = tcp_sendq_copy(core, t, data, RTE_MIN(len, tcp_sendq_room(t)));
	if (taken > 0)
		tcb_mark(core, t);
	else if (len > 0)
		tcp_starved_add(core, t, STARVED_COPY);
	return (ssize_t)taken;
}

ssize_t
leat_tcp_send_ref(struct leat_conn *c, const void *data, size_t len, void (*release)(void *), void *arg)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);
	int r = may_send(t);

	if (r < 0)
		return r;
	if (len == 0 || len > SEND_MAX)
		return -EINVAL;
	if (tcp_sendq_room(t) == 0)
		return 0;
	tcp_starved_remove(core, t);
	r = tcp_sendq_ref(core, t, data, len, release, arg);
	if (r < 0) {
		tcp_starved_add(core, t, STARVED_REF);
		return 0; /* no memory just now: as if the buffer were full */
	}
	tcb_mark(core, t);
	return (ssize_t)len;
}

ssize_t
leat_tcp_send_mbuf(struct leat_conn *c, struct rte_mbuf *m)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);
	uint32_t len = m->pkt_len;
	int r = may_send(t);

	if (r < 0)
		return r;
	if (len == 0 || len > SEND_MAX)
		return -EINVAL; /* empty too: 0 says that it is the caller's */
	if (tcp_sendq_room(t) == 0)
		return 0;
	tcp_starved_remove(core, t);
	if (tcp_sendq_mbuf(core, t, m) < 0) {
		tcp_starved_add(core, t, STARVED_REF);
		return 0;
	}
	tcb_mark(core, t);
	return (ssize_t)len;
}

size_t
leat_tcp_room(const struct leat_conn *c)
{
	return may_send(tcb_of(c)) < 0 ? 0 : tcp_sendq_room(tcb_of(c));
}

/* CLOSE of RFC 9293 3.10.4, for a connection that has something to close. */
static void
queue_fin(struct core *core, struct tcb *t)
{
	t->flags |= TF_FIN_QUEUED;
	if (t->state == TCPS_ESTABLISHED)
		tcb_set_state(core, t, TCPS_FIN_WAIT_1);
	else if (t->state == TCPS_CLOSE_WAIT)
		tcb_set_state(core, t, TCPS_LAST_ACK);
	tcb_mark(core, t);
}

int
leat_tcp_shutdown(struct leat_conn *c)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);

	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT || t->state == TCPS_SYN_SENT)
		return -ENOTCONN;
	if (!(t->flags & TF_FIN_QUEUED))
		queue_fin(core, t);
	return 0;
}

/* The connection has ended, and its application has not been told: the last word is the application's. */
static void
end_closed(struct core *core, struct tcb *t, bool aborted)
{
	if (aborted && t->soft_error == 0)
		t->soft_error = ECONNABORTED;
	tcb_event(core, t, EV_CLOSED);
}

void
leat_tcp_close(struct leat_conn *c)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);
	bool unread = t->rcv_head != 0;

	if (t->flags & (TF_ORPHAN | TF_ABORTED))
		return;
	t->flags |= TF_ORPHAN;
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT) {
		/* it may have waited for its data to be taken; too late for a RST */
		end_closed(core, t, unread);
		return;
	}
	core->tcp->orphans++;
	if (t->state == TCPS_SYN_SENT) {
		/* RFC 9293 3.10.4: nothing was said to be closed; what is queued goes nowhere */
		tcb_close(core, t, ECONNABORTED);
	} else if (unread) {
		/* RFC 9293 3.6.1, RFC 2525 2.17: the peer must know that its data was lost */
		tcb_reset(core, t, ECONNABORTED);
	} else if (core->tcp->orphans > core->tcp->config->max_orphans) {
		/* nobody waits for its end any more, and it would keep a control block from somebody who does */
		count(core, CNT_tcp_orphans_reset);
		tcb_reset(core, t, ECONNABORTED);
	} else {
		if (!(t->flags & TF_FIN_QUEUED))
			queue_fin(core, t);
		if (t->state == TCPS_FIN_WAIT_2)
			tcp_timer_fin_wait_2(core, t);
	}
}

ssize_t
leat_tcp_send_close(struct leat_conn *c, const void *data, size_t len)
{
	ssize_t taken = leat_tcp_send(c, data, len);

	if (taken == (ssize_t)len)
		leat_tcp_close(c);
	return taken;
}

void
leat_tcp_abort(struct leat_conn *c)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);

	if (t->flags & TF_ABORTED)
		return;
	t->flags |= TF_ABORTED;
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		end_closed(core, t, true);
	else
		tcb_reset(core, t, ECONNABORTED);
}

/* --- context --- */

void *
leat_tcp_user(const struct leat_conn *c)
{
	return tcb_of(c)->user;
}

void
leat_tcp_set_user(struct leat_conn *c, void *user)
{
	tcb_of(c)->user = user;
}

void
leat_tcp_set_events(struct leat_conn *c, const struct leat_tcp_events *events)
{
	tcb_of(c)->app = events;
}

struct leat_core *
leat_tcp_core(const struct leat_conn *c)
{
	return (struct leat_core *)tcb_core(tcb_of(c));
}

void
leat_tcp_local(const struct leat_conn *c, struct leat_endpoint *out)
{
	*out = tuple_local(tcb_key(tcb_of(c)), tcb_key_len(tcb_of(c)));
}

void
leat_tcp_remote(const struct leat_conn *c, struct leat_endpoint *out)
{
	*out = tuple_remote(tcb_key(tcb_of(c)), tcb_key_len(tcb_of(c)));
}
