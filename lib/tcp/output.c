/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step 6 of the turn: what a connection has to say, decided once: data, ACK, window and FIN
 * together, as few segments as the windows allow.
 */
#include <errno.h>
#include <stddef.h>
#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_tcp.h>
#include "base/seq.h"
#include "tcp/sack.h"
#include "tcp/scarcity.h"
#include "tcp/tcp.h"

/* A segment that is to be sent. */
struct out {
	uint32_t seq, len;
	uint8_t flags;
};

static uint32_t
write_syn_opts(struct core *core, const struct tcb *t, uint8_t flags, uint8_t *p)
{
	struct leat_endpoint local, remote;
	struct tcp_opts o;

	tuple_read(tcb_key(t), tcb_key_len(t), &local, &remote);
	tcp_syn_opts(core, &remote.addr, &o);
	o.tsval = tcp_ts_now(core) + t->ts_offset;
	if (flags & TCP_ACK) {
		/* the answer in a simultaneous open echoes only what was offered */
		o.has_ts = t->flags & TF_TS;
		o.has_sack_perm = t->flags & TF_SACK;
		o.has_wscale &= t->rcv_wscale != 0 || t->snd_wscale != 0;
		o.tsecr = t->ts_recent;
	}
	return tcp_opts_write(p, &o);
}

/* While data is missing, every segment with room for them names the blocks that are there. */
static uint32_t
write_sack_opts(struct core *core, const struct tcb *t, uint8_t *p)
{
	struct tcp_opts o = {.has_ts = t->flags & TF_TS, .tsval = tcp_ts_now(core) + t->ts_offset,
		.tsecr = t->ts_recent};

	tcp_sack_blocks(core->tcp, t, &o, o.has_ts ? TCP_SACK_MAX - 1 : TCP_SACK_MAX);
	return tcp_opts_write(p, &o);
}

static uint32_t
write_opts(struct core *core, const struct tcb *t, const struct out *o, uint8_t *p)
{
	if (unlikely(o->flags & TCP_SYN))
		return write_syn_opts(core, t, o->flags, p);
	if (unlikely(t->ooo_head != 0) && (t->flags & TF_SACK) && o->len + TCP_OPTS_MAX <= t->mss)
		return write_sack_opts(core, t, p);
	if (!(t->flags & TF_TS))
		return 0;
	tcp_ts_write(p, tcp_ts_now(core) + t->ts_offset, t->ts_recent);
	return TCP_TS_LEN;
}

static void
trace_out(struct core *core, struct tcb *t, const struct out *o, const struct rte_tcp_hdr *h, uint32_t opts_len)
{
	struct tcp_seg seg = {.seq = o->seq, .ack = rte_be_to_cpu_32(h->recv_ack), .len = o->len, .flags = o->flags,
		.wnd = rte_be_to_cpu_16(h->rx_win)};

	tcb_tuple(t, &seg.tuple);
	trace_segment(core, TRACE_SEG_OUT, &seg, (const uint8_t *)(h + 1), opts_len,
		tcp_seg_len(&seg) > 0 && seq_lt(o->seq, t->snd_nxt));
}

/* IP and TCP header at the start of m. Returns the TCP header's length. */
static uint32_t
write_headers(struct core *core, struct tcb *t, const struct out *o, struct rte_mbuf *m)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)(p + t->ip_len);

	memcpy(p, t->hdr, t->ip_len + 4u);
	uint32_t opts_len = write_opts(core, t, o, (uint8_t *)(h + 1));
	h->sent_seq = rte_cpu_to_be_32(o->seq);
	h->recv_ack = rte_cpu_to_be_32(o->flags & TCP_ACK ? t->rcv_nxt : 0);
	h->data_off = (uint8_t)((TCP_HDR_LEN + opts_len) << 2);
	h->tcp_flags = o->flags;
	h->rx_win = rte_cpu_to_be_16(o->flags & TCP_SYN ? tcp_syn_window(core) :
		o->flags & TCP_RST ? 0 : tcp_rcv_window(core, t));
	h->cksum = 0;
	h->tcp_urp = 0;
	m->data_len = (uint16_t)(t->ip_len + TCP_HDR_LEN + opts_len);
	m->pkt_len = m->data_len;
	if (trace_on(core))
		trace_out(core, t, o, h, opts_len);
	return TCP_HDR_LEN + opts_len;
}

/* What goes out acknowledges all that came in. */
static void
acknowledged(struct core *core, struct tcb *t)
{
	t->last_ack_sent = t->rcv_nxt;
	t->flags &= ~TF_ACK_NOW;
	t->rcv_segs = 0;
	tcp_timer_ack_sent(core, t);
}

/* Sends one segment as it is told. 0, -ENOBUFS (nothing was sent), or what ip_output() says. */
static int
emit(struct core *core, struct tcb *t, const struct out *o)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core->hdr_pool);

	if (unlikely(m == NULL)) {
		count(core, DROP_no_mbuf);
		return -ENOBUFS;
	}
	uint32_t l4_len = write_headers(core, t, o, m);
	if (o->len > 0 && tcp_sendq_fill(core, t, o->seq, o->len, m) < 0) {
		drop(core, m, DROP_no_mbuf);
		return -ENOBUFS;
	}
	count(core, CNT_tcp_segs_out);
	if (likely(o->flags & TCP_ACK))
		acknowledged(core, t);
	struct ip_send send = {.ip_len = t->ip_len, .l4_len = (uint8_t)l4_len,
		.cksum_at = offsetof(struct rte_tcp_hdr, cksum), .proto = IPPROTO_TCP};
	return ip_output(core, m, &send, &t->next_hop);
}

void
tcp_send_ack(struct core *core, struct tcb *t)
{
	emit(core, t, &(struct out){.seq = t->snd_nxt, .flags = TCP_ACK});
}

void
tcp_send_rst(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_rst_out);
	emit(core, t, &(struct out){.seq = t->snd_nxt, .flags = TCP_RST | TCP_ACK});
}

/* Does the FIN directly follow this data, and may it be sent? */
static bool
fin_follows(const struct tcb *t, uint32_t seq, uint32_t len)
{
	return (t->flags & TF_FIN_QUEUED) && seq + len == t->snd_end;
}

/* Bookkeeping for a segment that was sent: new or again. */
static void
sent(struct core *core, struct tcb *t, const struct out *o)
{
	uint32_t end = o->seq + o->len + !!(o->flags & (TCP_SYN | TCP_FIN));

	if (seq_lt(o->seq, t->snd_nxt)) {
		count(core, CNT_tcp_retransmits);
		if (t->retransmits < UINT16_MAX)
			t->retransmits++;
	} else if (!(t->flags & (TF_TIMING | TF_RTO))) {
		t->flags |= TF_TIMING;
		t->rtt_seq = end;
		t->rtt_time = tcp_us_now(core);
	}
	t->snd_nxt = seq_max(t->snd_nxt, end);
	if (t->flags & TF_RTO)
		t->snd_rtx = seq_max(t->snd_rtx, end);
	tcp_timer_sent(core, t);
}

static int
send_data(struct core *core, struct tcb *t, uint32_t seq, uint32_t len, bool fin)
{
	struct out o = {.seq = seq, .len = len, .flags = TCP_ACK};

	/* RFC 9293 MUST-61: PSH when there is no more to follow */
	if (len > 0 && seq + len == t->snd_end)
		o.flags |= TCP_PSH;
	if (fin)
		o.flags |= TCP_FIN;
	int r = emit(core, t, &o);
	if (r == -ENOBUFS)
		return r;
	sent(core, t, &o);
	return r;
}

/* The segment at SND.UNA again, not beyond what the window now allows (but one byte). */
static int
resend_first(struct core *core, struct tcb *t, uint32_t max)
{
	uint32_t data = seq_lt(t->snd_una, t->snd_end) ? seq_min(t->snd_end, t->snd_nxt) - t->snd_una : 0;
	uint32_t len = RTE_MIN(RTE_MIN(data, (uint32_t)t->mss), RTE_MAX(max, 1u));
	bool fin = fin_follows(t, t->snd_una, len) && tcb_fin_sent(t);

	return send_data(core, t, t->snd_una, len, fin);
}

/* Zero-window probe: the first byte not acknowledged, or the FIN (RFC 9293 3.8.6.1). */
static int
probe(struct core *core, struct tcb *t)
{
	uint32_t len = seq_lt(t->snd_una, t->snd_end) ? 1 : 0;

	count(core, CNT_tcp_persist_probes);
	t->flags &= ~TF_TIMING;
	return send_data(core, t, t->snd_una, len, len == 0 && (t->flags & TF_FIN_QUEUED));
}

/* RFC 9293 3.8.4: an old sequence number that forces an answer. */
static int
keep_probe(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_keepalive_probes);
	return emit(core, t, &(struct out){.seq = t->snd_nxt - 1, .flags = TCP_ACK});
}

/* RFC 9293 3.8.6.2.1 with Nagle (3.7.4): is a segment of len bytes from seq worth sending? */
static bool
worth_sending(const struct tcb *t, uint32_t seq, uint32_t len)
{
	if (len == t->mss || (t->flags & (TF_RTO | TF_FORCE)))
		return true;
	bool all = seq + len == t->snd_end;
	if (all && (seq == t->snd_una || (t->flags & (TF_NODELAY | TF_FIN_QUEUED))))
		return true;
	return len > 0 && len >= ((uint32_t)t->max_wnd << t->snd_wscale) / 2 && seq == t->snd_una;
}

/* RFC 3042: each of the first two duplicate ACKs lets one new segment go, beyond cwnd. */
static uint32_t
limited_transmit(const struct tcb *t)
{
	return t->dupacks < TCP_DUP_THRESH && !(t->flags & (TF_RECOVERY | TF_RTO)) ? t->dupacks * (uint32_t)t->mss : 0;
}

/* The next segment that windows and rules allow. False: nothing more now. */
static bool
next_segment(const struct tcb *t, struct out *o)
{
	bool again = t->flags & TF_RTO && seq_lt(t->snd_rtx, t->snd_nxt);
	uint32_t seq = again ? t->snd_rtx : t->snd_nxt;
	uint32_t used = seq - t->snd_una;
	uint32_t wnd = t->snd_wnd > used ? t->snd_wnd - used : 0;
	uint32_t cwnd = t->cwnd + limited_transmit(t);
	uint32_t room = cwnd > used ? RTE_MIN(cwnd - used, wnd) : 0;

	if (seq_gt(seq, t->snd_end)) /* the FIN is out */
		return false;
	/* sent again it may take the room of FIN too: cut as the first time */
	uint32_t data = (again ? seq_min(t->snd_nxt, t->snd_end) : t->snd_end) - seq;
	o->seq = seq;
	o->len = RTE_MIN(RTE_MIN(data, room), (uint32_t)t->mss);
	bool fin = fin_follows(t, seq, o->len) && wnd > o->len && (!again || tcb_fin_sent(t));
	o->flags = fin ? TCP_FIN : 0;
	if (fin)
		return true;
	return o->len > 0 && worth_sending(t, seq, o->len);
}

/* Something waits, nothing is in flight: only the peer's window can be the reason. */
static void
check_blocked(struct core *core, struct tcb *t)
{
	bool waits = seq_lt(t->snd_nxt, t->snd_end) || ((t->flags & TF_FIN_QUEUED) && !tcb_fin_sent(t));

	if (waits && tcb_flight(t) == 0)
		tcp_timer_blocked(core, t);
}

static int
output_data(struct core *core, struct tcb *t)
{
	struct out o;
	int r = 0;

	if (unlikely(t->pmtu_seen != core->ip->pmtu_version))
		tcp_mtu_follow(core, t);
	/* RFC 5681 4.1: after being idle the path is unknown again */
	if (tcb_flight(t) == 0 && seq_lt(t->snd_nxt, t->snd_end) && tcp_timer_was_idle(core, t))
		t->cwnd = RTE_MIN(t->cwnd, tcp_initial_window(core, t));
	if (t->flags & TF_REXMIT)
		r = resend_first(core, t, t->snd_wnd);
	if (r == 0 && (t->flags & TF_PROBE))
		r = probe(core, t);
	while (r == 0 && next_segment(t, &o)) {
		r = send_data(core, t, o.seq, o.len, o.flags & TCP_FIN);
		t->flags &= ~TF_FORCE;
	}
	if (r == 0 && (t->flags & TF_KEEP_PROBE))
		r = keep_probe(core, t);
	if (r == -ENOBUFS)
		return r;
	t->flags &= ~(TF_REXMIT | TF_PROBE | TF_FORCE | TF_KEEP_PROBE);
	check_blocked(core, t);
	return r;
}

/* SYN-SENT: SYN; SYN-RECEIVED after a simultaneous open: SYN, ACK. */
static int
output_syn(struct core *core, struct tcb *t)
{
	struct out o = {.seq = t->iss, .flags = TCP_SYN};

	if (t->state == TCPS_SYN_RECEIVED)
		o.flags |= TCP_ACK;
	if (t->snd_nxt != t->iss && !(t->flags & (TF_RTO | TF_ACK_NOW)))
		return 0;
	int r = emit(core, t, &o);
	if (r == -ENOBUFS)
		return r;
	sent(core, t, &o);
	t->flags &= ~TF_RTO;
	return r;
}

void
tcp_output(struct core *core, struct tcb *t)
{
	bool syn = t->state == TCPS_SYN_SENT || t->state == TCPS_SYN_RECEIVED;
	int r = syn ? output_syn(core, t) : output_data(core, t);

	if (!syn && r == 0 && (t->flags & TF_ACK_NOW))
		tcp_send_ack(core, t);
	if (r == -ENOBUFS || (!syn && r == 0 && (t->flags & TF_ACK_NOW)))
		tcb_mark(core, t); /* buffers come back: next turn */
	else if (r < 0 && t->state == TCPS_SYN_SENT)
		tcb_close(core, t, -r); /* no route, or the neighbour does not answer */
	else if (r < 0)
		t->soft_error = (uint8_t)-r;
}

void
tcp_output_marked(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = tcp->marked;

	tcp->marked = 0; /* what is marked while we send is for the next turn */
	while (handle != 0) {
		struct tcb *t = slab_at(&tcp->tcbs, handle);
		handle = t->marked_next;
		t->flags &= ~TF_MARKED;
		if (t->state != TCPS_CLOSED && t->state != TCPS_TIME_WAIT)
			tcp_output(core, t);
		core->work++;
	}
	core->work += tcp_scarcity_relieve(core);
	while (tcp->dead != 0) {
		struct tcb *t = slab_at(&tcp->tcbs, tcp->dead);
		tcp->dead = t->events_next;
		tcb_free(core, t);
	}
}
