/* SPDX-License-Identifier: BSD-3-Clause */
/* One segment: its options and headers are written, the data is put behind them, and IP has it. */
#include <errno.h>
#include <stddef.h>
#include <netinet/in.h>
#include <rte_tcp.h>
#include "base/seq.h"
#include "core/recycle.h"
#include "ip/output.h"
#include "tcp/ecn.h"
#include "tcp/emit.h"
#include "tcp/sack.h"
#include "tcp/stats.h"

static uint32_t
write_syn_opts(struct core *core, const struct tcb *t, uint8_t flags, uint8_t *p)
{
	const struct leat_addr remote = tcb_remote(t);
	struct tcp_opts o;

	tcp_syn_opts(core, &remote, &o);
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

/*
 * While data is missing, every segment with room for them names the blocks that are there. A
 * duplicate is reported in front of them, once (RFC 2883 4).
 */
static uint32_t
write_sack_opts(struct core *core, const struct tcb *t, const struct tcp_out *out, uint8_t *p)
{
	struct tcp_opts o = {.has_ts = t->flags & TF_TS, .tsval = tcp_ts_now(core) + t->ts_offset,
		.tsecr = t->ts_recent};
	uint8_t max = o.has_ts ? TCP_SACK_MAX - 1 : TCP_SACK_MAX, first = out->dup.len > 0;

	tcp_sack_blocks(core->tcp, t, &o, (uint8_t)(max - first));
	if (first) {
		memmove(&o.sack[1], &o.sack[0], o.nb_sack * sizeof(o.sack[0]));
		o.sack[0].start = out->dup.start;
		o.sack[0].end = out->dup.start + out->dup.len;
		o.nb_sack++;
	}
	return tcp_opts_write(p, &o);
}

static uint32_t
write_opts(struct core *core, const struct tcb *t, const struct tcp_out *o, uint8_t *p)
{
	if (o->flags & TCP_SYN)
		return write_syn_opts(core, t, o->flags, p);
	if ((t->ooo_head != 0 || o->dup.len > 0) && (t->flags & TF_SACK) && o->len + TCP_OPTS_MAX <= t->mss)
		return write_sack_opts(core, t, o, p);
	if (!(t->flags & TF_TS))
		return 0;
	tcp_ts_write(p, tcp_ts_now(core) + t->ts_offset, t->ts_recent);
	return TCP_TS_LEN;
}

static void
trace_out(struct core *core, struct tcb *t, const struct tcp_out *o, const struct tcp_fields *f, const uint8_t *opts,
	uint32_t opts_len)
{
	struct tcp_seg seg = {.seq = o->seq, .ack = f->ack, .len = o->len, .flags = f->flags, .tos = o->ecn, .wnd = f->wnd};

	tcb_tuple(t, &seg.tuple);
	trace_segment(core, TRACE_SEG_OUT, &seg, opts, opts_len, tcp_seg_len(&seg) > 0 && seq_lt(o->seq, t->snd_nxt));
}

/* The TCP header of m, behind the place of the IP header. Returns the TCP header's length, and its sum in *sum. */
static uint32_t
write_headers(struct core *core, struct tcb *t, const struct tcp_out *o, struct rte_mbuf *m, uint64_t *sum)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *), *h = p + t->ip_len;
	uint32_t opts_len = write_opts(core, t, o, h + TCP_HDR_LEN);
	const struct tcp_fields f = {
		.seq = o->seq,
		.ack = o->flags & TCP_ACK ? t->rcv_nxt : 0,
		.flags = o->flags | ecn_echo(t, o->flags),
		.wnd = o->flags & TCP_SYN ? tcp_syn_window(core) : o->flags & TCP_RST ? 0 : tcp_rcv_window(core, t),
	};

	*sum = tcp_write(h, t->hdr + t->ip_len, &f, opts_len) + tcp_opts_sum(h + TCP_HDR_LEN, opts_len);
	m->data_len = (uint16_t)(t->ip_len + TCP_HDR_LEN + opts_len);
	m->pkt_len = m->data_len;
	if (trace_on(core))
		trace_out(core, t, o, &f, h + TCP_HDR_LEN, opts_len);
	return TCP_HDR_LEN + opts_len;
}

/* What goes out acknowledges all that came in. */
static void
acknowledged(struct tcb *t)
{
	t->last_ack_sent = t->rcv_nxt;
	t->flags &= ~TF_ACK_NOW;
	t->rcv_segs = 0;
	tcp_timer_ack_sent(t);
}

static void
was_sent(struct core *core, struct tcb *t, const struct tcp_out *o)
{
	count(core, CNT_tcp_segs_out);
	if (unlikely(t->counted))
		stats_out(core, t, o->len);
	if (likely(o->flags & TCP_ACK))
		acknowledged(t);
}

/* Written in one pass. */
int
tcp_emit_plain(struct core *core, struct tcb *t, const struct tcp_out *o)
{
	const uint32_t header = TCP_HDR_LEN + TCP_TS_LEN;
	struct rte_mbuf *m = recycle_get(core);
	uint64_t sum = 0;

	if (unlikely(m == NULL)) {
		count(core, DROP_no_mbuf);
		return -ENOBUFS;
	}
	m->data_len = (uint16_t)(IPV4_HDR_LEN + header);
	m->pkt_len = IPV4_HDR_LEN + header;
	if (o->len > 0 && unlikely(tcp_sendq_fill(core, t, o->seq, o->len, m, &sum) < 0)) {
		drop(core, m, DROP_no_mbuf);
		return -ENOBUFS;
	}
	const struct tcp_fields f = {.seq = o->seq, .ack = t->rcv_nxt, .flags = o->flags, .wnd = tcp_rcv_window(core, t)};
	uint8_t *h = rte_pktmbuf_mtod_offset(m, uint8_t *, IPV4_HDR_LEN);
	sum += tcp_write(h, t->hdr + IPV4_HDR_LEN, &f, TCP_TS_LEN);
	sum += tcp_ts_write(h + TCP_HDR_LEN, tcp_ts_now(core) + t->ts_offset, t->ts_recent);
	was_sent(core, t, o);
	return ip4_output(core, m, t->hdr, (struct ip_send){.ip_len = IPV4_HDR_LEN, .l4_len = (uint8_t)header,
		.cksum_at = offsetof(struct rte_tcp_hdr, cksum), .proto = IPPROTO_TCP, .tos = o->ecn, .summed = true, .sum = sum},
		&t->next_hop);
}

static int
emit_any(struct core *core, struct tcb *t, const struct tcp_out *o)
{
	struct rte_mbuf *m = recycle_get(core);

	if (unlikely(m == NULL)) {
		count(core, DROP_no_mbuf);
		return -ENOBUFS;
	}
	struct ip_send send = {.ip_len = t->ip_len, .cksum_at = offsetof(struct rte_tcp_hdr, cksum),
		.proto = IPPROTO_TCP, .tos = o->ecn, .summed = true};
	send.l4_len = (uint8_t)write_headers(core, t, o, m, &send.sum);
	if (o->len > 0 && tcp_sendq_fill(core, t, o->seq, o->len, m, &send.sum) < 0) {
		drop(core, m, DROP_no_mbuf);
		return -ENOBUFS;
	}
	was_sent(core, t, o);
	return ip_output_tcp(core, m, t->hdr, send, &t->next_hop);
}

int
tcp_emit(struct core *core, struct tcb *t, const struct tcp_out *o)
{
	if (likely((o->flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK && o->dup.len == 0 && tcp_emits_plainly(core, t)))
		return tcp_emit_plain(core, t, o);
	return emit_any(core, t, o);
}

/* Our SYN leaves at the end of this turn, with the ACK of the peer's, and nothing may be in front of it. */
static bool
syn_waits(const struct tcb *t)
{
	return t->state == TCPS_SYN_RECEIVED && t->snd_nxt == t->iss;
}

/* Without a buffer it is owed, and leaves in a later turn, without the duplicate. */
static void
send_ack(struct core *core, struct tcb *t, struct duplicate dup)
{
	if (tcp_emit(core, t, &(struct tcp_out){.seq = t->snd_nxt, .flags = TCP_ACK, .dup = dup}) != -ENOBUFS)
		return;
	t->flags |= TF_ACK_NOW;
	tcb_mark(core, t);
}

void
tcp_send_ack(struct core *core, struct tcb *t)
{
	if (!syn_waits(t))
		send_ack(core, t, (struct duplicate){0, 0});
}

void
tcp_send_dsack(struct core *core, struct tcb *t, struct duplicate dup)
{
	if (syn_waits(t))
		return;
	if ((t->flags & TF_SACK) && dup.len > 0) {
		count(core, CNT_tcp_dsacks_out);
		stats_count(core, t, dsacks_out);
	}
	send_ack(core, t, dup);
}

void
tcp_send_rst(struct core *core, struct tcb *t)
{
	/*
	 * Beyond the window, where the probe of a closed one was, it would be dropped unheard (RFC 9293 3.10.7.4, first): so
	 * it is at the edge then, as Linux does. No window holds a SYN back.
	 */
	uint32_t edge = t->state < TCPS_ESTABLISHED ? t->snd_nxt : t->snd_una + t->snd_wnd;

	count(core, CNT_tcp_rst_out);
	tcp_emit(core, t, &(struct tcp_out){.seq = seq_gt(t->snd_nxt, edge) ? edge : t->snd_nxt, .flags = TCP_RST | TCP_ACK});
}
