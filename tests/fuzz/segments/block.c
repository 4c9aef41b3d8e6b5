/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "app.h"
#include "base/seq.h"
#include "block.h"
#include "judge.h"
#include "talk.h"
#include "tcp/extra.h"
#include "tcp/listen.h"
#include "tcp/tcp.h"

enum { STEPS_MAX = 100000 };

/* What the control blocks have together. */
static struct {
	uint32_t chunks, shorts, runs, senders, extras, orphans, ooo, open;
	int64_t mbufs;
} sum;

static uint64_t given_up; /* out-of-order chunks, ever */

static const struct chunk *
chunk(uint32_t handle)
{
	HOLDS(++sum.chunks < STEPS_MAX, "a list of chunks has no end");
	return chunk_at(stage.tcp, handle);
}

/* Only the first of a queue is such a one. */
static const struct chunk *
short_chunk(const struct tcb *t, uint32_t handle)
{
	const struct chunk *c = sendq_at(stage.tcp, handle);

	HOLDS(handle == t->snd_head && c->m == NULL && c->off == 0 && c->len <= SHORT_ROOM,
		"a short chunk is not at the head of its queue, or of %u bytes", c->len);
	sum.shorts++;
	return c;
}

/* An mbuf chain is what its head says. */
static void
check_mbuf(const struct rte_mbuf *m, uint32_t len)
{
	uint32_t bytes = 0, segs = 0;

	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next, segs++)
		bytes += seg->data_len;
	HOLDS(m->pkt_len == bytes && m->nb_segs == segs, "an mbuf says %u bytes in %u, there are %u in %u", m->pkt_len,
		m->nb_segs, bytes, segs);
	HOLDS(bytes == len, "a chunk of %u bytes has %u", len, bytes);
	sum.mbufs += segs;
}

static void
check_send_queue(const struct tcb *t)
{
	uint32_t last = 0, seq = 0, start = seq_min(seq_max(t->snd_una, t->iss + 1), t->snd_end);
	bool cur = t->snd_cur == 0;

	if (t->flags & TF_STARVED) {
		HOLDS(t->snd_head == 0, "it waits for memory, and something is queued");
		return;
	}
	for (uint32_t i = t->snd_head; i != 0; i = sendq_at(stage.tcp, i)->next) {
		const struct chunk *c = i & SHORT_HANDLE ? short_chunk(t, i) : chunk(i);
		HOLDS(i != t->snd_head || (seq_leq(c->seq, start) && seq_gt(c->seq + c->len, start)),
			"the send queue begins at %u, SND.UNA is %u", c->seq - t->iss, t->snd_una - t->iss);
		HOLDS(i == t->snd_head || c->seq == seq, "a gap in the send queue at %u", seq - t->iss);
		HOLDS(c->len > 0 && (c->m == NULL || (c->m->nb_segs == 1 && c->off + c->len <= c->m->data_len)),
			"a chunk of %u bytes from %u of an mbuf that has not so many", c->len, c->off);
		seq = c->seq + c->len;
		last = i;
		cur |= i == t->snd_cur;
		sum.mbufs += c->m != NULL;
	}
	HOLDS(t->snd_tail == last && cur, "the send queue's tail or cursor is not in it");
	HOLDS(last != 0 ? seq == t->snd_end : start == t->snd_end, "the send queue ends at %u, not %u", seq - t->iss,
		t->snd_end - t->iss);
}

static void
note_bytes(struct side *s, const struct chunk *c)
{
	uint32_t seq = c->seq;

	for (const struct rte_mbuf *m = c->m; m != NULL; m = m->next)
		for (uint32_t i = 0; i < m->data_len; i++)
			judge_byte(s, seq++, rte_pktmbuf_mtod(m, const uint8_t *)[i]);
}

static uint32_t
check_receive_queue(const struct tcb *t, struct side *s)
{
	uint32_t last = 0, seq = 0, end = t->rcv_nxt - !!(t->flags & TF_PEER_FIN), bytes = 0;

	for (uint32_t i = t->rcv_head; i != 0; i = chunk_at(stage.tcp, i)->next) {
		const struct chunk *c = chunk(i);
		HOLDS(i == t->rcv_head || c->seq == seq, "a gap in the receive queue at %u", seq - t->irs);
		HOLDS(c->len > 0, "an empty chunk was received");
		check_mbuf(c->m, c->len);
		if (s != NULL)
			note_bytes(s, c);
		seq = c->seq + c->len;
		bytes += c->len;
		last = i;
	}
	HOLDS(t->rcv_tail == last, "the receive queue's tail is not in it");
	HOLDS(last == 0 || seq == end, "the receive queue ends at %u, RCV.NXT is %u", seq - t->irs, end - t->irs);
	return bytes;
}

/* What was told of beyond RCV.NXT and is not held (any more) may come again in another form. */
static void
forget_bytes(struct side *s, uint32_t from, uint32_t to)
{
	uint32_t a = stream_at(s->stream, from), b = RTE_MIN(stream_at(s->stream, to), s->stream->end);

	if (a < b)
		memset(s->stream->have + a, 0, b - a);
}

static void
check_out_of_order(const struct tcb *t, struct side *s)
{
	uint32_t seq = t->rcv_nxt, n = 0;

	if (stage.core->counters[CNT_tcp_ooo_given_up] != given_up && s != NULL)
		forget_bytes(s, seq, s->stream->base + s->stream->end);
	for (uint32_t i = t->ooo_head; i != 0; i = chunk_at(stage.tcp, i)->next, n++) {
		const struct chunk *c = chunk(i);
		HOLDS(seq_geq(c->seq, seq) && (c->seq != t->rcv_nxt || c->len == 0), "out of order: %u after %u", c->seq - t->irs,
			seq - t->irs);
		HOLDS(c->len > 0 ? c->m != NULL : c->fin, "out of order: nothing");
		HOLDS(seq_leq(c->seq + c->len, t->rcv_adv), "out of order: %u is beyond the window", c->seq + c->len - t->irs);
		if (c->m != NULL)
			check_mbuf(c->m, c->len);
		if (s != NULL)
			forget_bytes(s, seq, c->seq);
		if (s != NULL && c->m != NULL)
			note_bytes(s, c);
		seq = c->seq + c->len;
	}
	if (s != NULL)
		forget_bytes(s, seq, s->stream->base + s->stream->end);
	HOLDS(n == t->ooo_count && n <= TCP_OOO_MAX, "%u chunks out of order, %u are counted", n, t->ooo_count);
	sum.ooo += n;
}

static void
check_runs(const struct tcb *t, const struct tcp_sender *s)
{
	uint32_t seq = t->snd_una, n = 0, last = 0, sacked = 0, lost = 0;

	for (uint32_t i = s->head; i != 0; i = run_at(stage.tcp, i)->next) {
		const struct run *r = run_at(stage.tcp, i);
		HOLDS(n++ < TCP_RUNS_MAX, "too many runs");
		HOLDS(r->seq == seq && seq_lt(r->seq, r->end), "a run from %u to %u, the last ended at %u", r->seq - t->iss,
			r->end - t->iss, seq - t->iss);
		sacked += r->fate == RUN_SACKED ? r->end - r->seq : 0;
		lost += r->fate == RUN_LOST ? r->end - r->seq : 0;
		seq = r->end;
		last = i;
	}
	HOLDS(n == s->nb_runs && last == s->tail, "%u runs, %u are counted", n, s->nb_runs);
	HOLDS(seq == t->snd_nxt, "the runs end at %u, SND.NXT is %u", seq - t->iss, t->snd_nxt - t->iss);
	HOLDS(lost == s->lost, "%u bytes are lost, %u are counted", lost, s->lost);
	HOLDS(!(t->flags & TF_SACK) || sacked == s->sacked, "%u bytes are SACKed, %u are counted", sacked, s->sacked);
	sum.runs += n;
	sum.senders++;
}

static void
check_numbers(const struct tcb *t, struct side *s, uint32_t queued)
{
	uint32_t fin = t->flags & TF_FIN_QUEUED ? 1 : 0;

	/* a smaller one takes nothing back */
	s->buffer = RTE_MAX(s->buffer, tcb_rcv_buf(stage.tcp, t));
	HOLDS(seq_leq(t->iss, t->snd_una) && seq_leq(t->snd_una, t->snd_nxt) && seq_leq(t->snd_nxt, t->snd_end + fin),
		"SND.UNA %u, SND.NXT %u, the end %u", t->snd_una - t->iss, t->snd_nxt - t->iss, t->snd_end - t->iss);
	HOLDS(t->cwnd > 0 && t->mss >= TCP_MSS_MIN - TCP_TS_LEN && t->mss <= 1460, "cwnd %u, MSS %u", t->cwnd, t->mss);
	HOLDS(t->ssthresh >= 2 * (TCP_MSS_MIN - TCP_TS_LEN), "ssthresh %u", t->ssthresh);
	if (t->state < TCPS_SYN_RECEIVED)
		return;
	HOLDS(seq_leq(t->rcv_nxt, t->rcv_adv), "RCV.NXT %u is beyond the window's edge %u", t->rcv_nxt - t->irs,
		t->rcv_adv - t->irs);
	HOLDS(t->rcv_adv - t->rcv_nxt + queued <= s->buffer + s->buffer / 8 + (1u << t->rcv_wscale),
		"a window of %u with %u bytes queued, the buffer has %u", t->rcv_adv - t->rcv_nxt, queued, s->buffer);
}

/* Without a timer nothing of this would ever be tried again. */
static void
check_timers(const struct tcb *t)
{
	bool waits = t->state >= TCPS_ESTABLISHED &&
		(seq_lt(t->snd_nxt, t->snd_end) || ((t->flags & TF_FIN_QUEUED) && !tcb_fin_sent(t)));

	if (t->flags & TF_MARKED)
		return; /* it has no memory, and tries again each turn */
	HOLDS(tcb_flight(t) == 0 || (t->armed & T_RTX), "%u in flight, and no timer", tcb_flight(t));
	HOLDS(!waits || tcb_flight(t) > 0 || (t->armed & (T_RTX | T_PACE)), "%u wait to be sent, nothing in flight, and no timer",
		t->snd_end - t->snd_nxt);
	HOLDS(t->armed == 0 || t->timer != 0, "deadlines %02x that the wheel does not know", t->armed);
	HOLDS(t->rcv_segs == 0 || (t->armed & T_DELACK), "%u segments wait for an ACK, and no timer", t->rcv_segs);
	HOLDS(!(t->flags & TF_ORPHAN) || t->armed != 0, "an orphan that nothing will end");
}

static void
check_open(const struct tcb *t, struct side *s)
{
	struct leat_tcp_info i = {.size = sizeof(i)};
	struct side *knows = judge_knows(s) ? s : NULL;
	uint32_t queued = check_receive_queue(t, knows);

	check_send_queue(t);
	check_out_of_order(t, knows);
	if (t->sender != 0)
		check_runs(t, sender_of(stage.tcp, t));
	sum.extras += !!(t->flags & TF_EXTRA);
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		return; /* it waits for its data to be taken */
	check_numbers(t, s, queued);
	check_timers(t);
	sum.orphans += !!(t->flags & TF_ORPHAN);
	sum.open++;
	leat_tcp_info((const struct leat_conn *)t, &i);
	HOLDS(i.rcv_queued == queued && i.in_flight == tcb_flight(t), "it tells of %u bytes queued and %u in flight, of %u and %u",
		i.rcv_queued, i.in_flight, queued, tcb_flight(t));
}

/* chunks, mbufs, entries: all of them are somebody's. */
static void
check_sums(void)
{
	const struct tcp_layer *tcp = stage.tcp;
	const struct leat_endpoint at = {.port = STAGE_PORT};
	const struct tcp_listener *l = tcp_listener_find(stage.core, &at);

	HOLDS(tcp->tcbs.used == app_conns(), "%u control blocks, the application has %u", tcp->tcbs.used, app_conns());
	HOLDS(tcp->chunks.used == sum.chunks, "%u chunks, %u are somebody's", tcp->chunks.used, sum.chunks);
	HOLDS(tcp->shorts.used == sum.shorts, "%u short chunks, %u are somebody's", tcp->shorts.used, sum.shorts);
	HOLDS(tcp->runs.used == sum.runs, "%u runs, %u are somebody's", tcp->runs.used, sum.runs);
	HOLDS(tcp->senders.used == sum.senders, "%u senders, %u are somebody's", tcp->senders.used, sum.senders);
	HOLDS(tcp->extras.used == sum.extras, "%u extras, %u are somebody's", tcp->extras.used, sum.extras);
	HOLDS(tcp->orphans == sum.orphans, "%u orphans, %u are counted", sum.orphans, tcp->orphans);
	HOLDS(tcp->ooo_chunks == sum.ooo, "%u chunks out of order, %u are counted", sum.ooo, tcp->ooo_chunks);
	HOLDS(tcp->demux.entries == sum.open + tcp->half_opens.used + tcp->time_waits.used,
		"%u entries in the demux for %u open, %u half-open, %u in TIME-WAIT", tcp->demux.entries, sum.open,
		tcp->half_opens.used, tcp->time_waits.used);
	HOLDS(l->half_open == tcp->half_opens.used, "%u half-open entries, the listener has %u", tcp->half_opens.used,
		l->half_open);
	HOLDS(stage.core->held >= sum.mbufs, "%ld mbufs are held, %ld are in queues", (long)stage.core->held, (long)sum.mbufs);
	HOLDS(tcp->events_head == 0 && tcp->dead == 0, "events or dead control blocks are left");
}

void
block_begin(void)
{
	given_up = stage.core->counters[CNT_tcp_ooo_given_up];
}

void
block_check(void)
{
	memset(&sum, 0, sizeof(sum));
	for (unsigned i = 0; i < SIDES; i++)
		if (sides[i].conn != NULL)
			check_open(tcb_of(sides[i].conn), &sides[i]);
	given_up = stage.core->counters[CNT_tcp_ooo_given_up];
	check_sums();
}
