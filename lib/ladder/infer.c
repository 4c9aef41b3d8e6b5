/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <leat/tcp.h>
#include "base/seq.h"
#include "ladder/infer.h"

void
infer_init(struct infer *p)
{
	memset(p, 0, sizeof(*p));
	p->known = p->expected = INFER_UNKNOWN;
}

static bool
acks(const struct trace_rec *r, uint32_t seq)
{
	return (r->flags & TCP_ACK) && seq_gt(r->ack, seq);
}

/* Where the segment ends in sequence space (RFC 9293 3.4), and where its FIN stands. */
static uint32_t
seg_fin(const struct trace_rec *r)
{
	return r->seq + r->len + !!(r->flags & TCP_SYN);
}

static uint32_t
seg_end(const struct trace_rec *r)
{
	return seg_fin(r) + !!(r->flags & TCP_FIN);
}

static void
peer_syn(struct infer *p, const struct trace_rec *r)
{
	bool has_ack = (r->flags & TCP_ACK) != 0;

	if (p->synced && !has_ack && (!p->syn || r->seq != p->irs)) {
		p->restarted = true;
		return;
	}
	/* A SYN again, in the same form: what we answered to the one before has not arrived. */
	if (p->syn && has_ack == p->passive) {
		p->our_ack_of_syn = false;
		p->our_syn &= has_ack;
	}
	/* The first SYN: what came before belonged to an older connection (RFC 9293 3.5.1). */
	if (!p->syn || r->seq != p->irs)
		p->synced = false;
	/* Called, or calling while it was called (RFC 9293 figure 7): either way it has our SYN. */
	p->passive = has_ack;
	p->syn = true;
	p->irs = r->seq;
}

static void
peer_fin(struct infer *p, const struct trace_rec *r)
{
	if (p->fin.seen) {
		p->our_ack_of_fin = p->has_our_ack;
		return;
	}
	p->fin.seen = true;
	p->fin.seq = seg_fin(r);
	p->fin_late = p->our_fin.seen && acks(r, p->our_fin.seq);
}

static void
from_peer(struct infer *p, const struct trace_rec *r)
{
	p->our_rst = false;
	p->rst = (r->flags & TCP_RST) != 0;
	if (p->rst)
		return;
	p->restarted = false;
	if (r->flags & TCP_SYN)
		peer_syn(p, r);
	else if (r->flags & TCP_ACK)
		p->synced = true;
	if (r->flags & TCP_FIN)
		peer_fin(p, r);
	if (p->our_fin.seen && acks(r, p->our_fin.seq))
		p->has_our_fin = true;
	if (p->proof && acks(r, p->proof_seq - 1))
		p->has_our_ack = true;
}

static void
from_us(struct infer *p, const struct trace_rec *r)
{
	uint32_t end = seg_end(r);

	if (r->flags & TCP_RST) {
		p->our_rst = true;
		return;
	}
	p->our_syn |= (r->flags & TCP_SYN) != 0;
	if (p->syn && acks(r, p->irs))
		p->our_ack_of_syn = true;
	if ((r->flags & TCP_FIN) && !p->our_fin.seen) {
		p->our_fin.seen = true;
		p->our_fin.seq = seg_fin(r);
	}
	if (p->fin.seen && acks(r, p->fin.seq)) {
		p->our_ack_of_fin = true;
		/* Bytes never sent before travel only with this ACK or a later one. */
		if (!p->proof && p->sent && seq_gt(end, p->our_max)) {
			p->proof = true;
			p->proof_seq = p->our_max + 1;
		}
	}
	p->our_max = p->sent ? seq_max(p->our_max, end) : end;
	p->sent = true;
}

/* The peer closed first, as far as it could know (RFC 9293 figure 5, the left side). */
static int
active_close(bool fin_acked, bool has_our_fin)
{
	if (fin_acked)
		return has_our_fin ? LEAT_TCP_TIME_WAIT : LEAT_TCP_FIN_WAIT_2;
	return has_our_fin ? LEAT_TCP_CLOSING : LEAT_TCP_FIN_WAIT_1;
}

static int
known(const struct infer *p)
{
	if (p->rst)
		return LEAT_TCP_CLOSED;
	if (p->restarted)
		return LEAT_TCP_SYN_SENT;
	if (p->fin.seen)
		return p->fin_late ? LEAT_TCP_LAST_ACK : active_close(p->has_our_ack, p->has_our_fin);
	if (p->has_our_fin)
		return LEAT_TCP_CLOSE_WAIT;
	if (p->synced)
		return LEAT_TCP_ESTABLISHED;
	if (p->syn)
		return p->passive ? LEAT_TCP_SYN_RECEIVED : LEAT_TCP_SYN_SENT;
	return INFER_UNKNOWN;
}

static int
expected_open(const struct infer *p)
{
	if (p->our_ack_of_syn)
		return p->our_fin.seen ? LEAT_TCP_CLOSE_WAIT : LEAT_TCP_ESTABLISHED;
	/* Our SYN without an ACK of its SYN: it was listening, or called at the same time. */
	if (p->our_syn)
		return LEAT_TCP_SYN_RECEIVED;
	return p->known;
}

static int
expected(const struct infer *p)
{
	if (p->our_rst)
		return LEAT_TCP_CLOSED;
	if (p->rst || p->restarted)
		return p->known;
	if (p->fin.seen && p->fin_late)
		return p->our_ack_of_fin ? LEAT_TCP_CLOSED : LEAT_TCP_LAST_ACK;
	if (p->fin.seen)
		return active_close(p->our_ack_of_fin, p->our_fin.seen);
	if (p->synced)
		return p->our_fin.seen ? LEAT_TCP_CLOSE_WAIT : LEAT_TCP_ESTABLISHED;
	return expected_open(p);
}

void
infer_segment(struct infer *p, const struct trace_rec *r)
{
	if (r->kind == TRACE_SEG_IN)
		from_peer(p, r);
	else
		from_us(p, r);
	p->known = known(p);
	p->expected = expected(p);
}
