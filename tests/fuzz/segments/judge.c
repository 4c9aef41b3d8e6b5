/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include "base/seq.h"
#include "block.h"
#include "judge.h"
#include "peer.h"
#include "wire/tcp.h"

enum {
	MSS_DEFAULT = 536,
	MSS_LEAST = 64,     /* what a peer or a path may bring leat down to (wire/tcp.h) */
	ADDRS = 16,
	ASKED = 256,
	AMPLIFY = 3,
};

/* How much came from an address, and went there: bytes of IP. */
static struct addr {
	uint32_t addr;
	uint64_t in, out;
	bool proven;        /* who is there has acknowledged a number of ours */
} addrs[ADDRS];
static unsigned nb_addrs;

/* Numbers with which leat has asked, the newest of them. */
static uint32_t asked[ASKED];
static unsigned nb_asked;

static unsigned pure;       /* segments without data that were sent in this turn */
static uint64_t data_bytes; /* that were */
static bool acts;

void
judge_begin(void)
{
	nb_addrs = nb_asked = pure = 0;
	data_bytes = 0;
	acts = false;
}

void
judge_acts(void)
{
	acts = true;
}

static struct addr *
addr_of(uint32_t addr)
{
	for (unsigned i = 0; i < nb_addrs; i++)
		if (addrs[i].addr == addr)
			return &addrs[i];
	if (nb_addrs == ADDRS)
		return NULL;
	addrs[nb_addrs] = (struct addr){.addr = addr};
	return &addrs[nb_addrs++];
}

/* --- what comes --- */

static struct talk *
talk_from(const struct segment *s)
{
	return talk_of(s->dport, s->sport);
}

static bool
answers(uint32_t ack)
{
	for (unsigned i = 0; i < RTE_MIN(nb_asked, (unsigned)ASKED); i++)
		if (ack == asked[i] + 1)
			return true;
	return false;
}

static bool
fin_at(const struct side *s, uint32_t seq)
{
	for (unsigned i = 0; i < RTE_MIN(s->nb_fins, (unsigned)FINS); i++)
		if (s->fins[i] == seq)
			return true;
	return false;
}

static void
take_fin(struct side *s, uint32_t at)
{
	if (s != NULL && !fin_at(s, at))
		s->fins[s->nb_fins++ % FINS] = at;
}

void
judge_arrives(struct arrival *a, const uint8_t *frame, uint32_t len)
{
	const struct segment *s = &a->s;
	uint32_t src = 0;

	if (len < RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr))
		return;
	memcpy(&src, frame + RTE_ETHER_HDR_LEN + offsetof(struct rte_ipv4_hdr, src_addr), sizeof(src));
	struct addr *from = addr_of(src);
	if (from != NULL)
		from->in += len - RTE_ETHER_HDR_LEN;
	struct talk *t = a->valid ? talk_from(s) : NULL;
	if (a->valid)
		say("<- %u: flags %02x seq %u ack %u len %u wnd %u%s", s->sport, s->flags, s->seq, s->ack, s->len, s->wnd,
			t == NULL ? " (of no talk)" : "");
	else
		say("<- %u bytes that are no segment", len);
	if (!a->valid)
		return;
	if (from != NULL && (s->flags & TCP_ACK) && answers(s->ack))
		from->proven = true;
	if (t == NULL)
		return;
	if (s->flags & TCP_SYN)
		t->told_mss = RTE_MAX(t->told_mss, s->mss != 0 ? s->mss : MSS_DEFAULT);
	if (s->flags & TCP_FIN)
		take_fin(t->side, s->seq + !!(s->flags & TCP_SYN) + s->len);
}

/* The window that an arrival offers to this side; false: none. */
static bool
offers(const struct side *s, const struct arrival *a, uint32_t *edge)
{
	if (!a->valid || talk_from(&a->s) != s->talk || !(a->s.flags & TCP_ACK) || a->s.ack - s->iss > s->written + 2)
		return false;
	*edge = a->s.ack + ((uint32_t)a->s.wnd << (a->s.flags & TCP_SYN ? 0 : s->snd_shift));
	return true;
}

static uint32_t
peer_edge(const struct side *s)
{
	uint32_t edge = s->peer_edge, other;

	for (unsigned i = 0; i < nb_arrivals; i++)
		if (offers(s, &arrivals[i], &other))
			edge = seq_max(edge, other);
	return edge;
}

/* Where in an arrival the byte at seq stands; NULL: not in it. */
static const uint8_t *
byte_in(const struct side *s, const struct arrival *a, uint32_t seq)
{
	uint32_t at = seq - (a->s.seq + !!(a->s.flags & TCP_SYN));

	return a->valid && talk_from(&a->s) == s->talk && at < a->s.len ? a->s.data + at : NULL;
}

static bool
carried(const struct side *s, uint32_t seq, const uint8_t *value)
{
	for (unsigned i = 0; i < nb_arrivals; i++) {
		const uint8_t *p = byte_in(s, &arrivals[i], seq);
		if (p != NULL && (value == NULL || *p == *value))
			return true;
	}
	return false;
}

void
judge_opened(struct side *s, const struct leat_tcp_info *i)
{
	s->known = true;
	s->iss = i->iss;
	s->irs = i->irs;
	s->stream->base = i->irs + 1;
	s->ts = i->timestamps;
	s->snd_shift = i->snd_wscale;
	s->rcv_shift = i->rcv_wscale;
	s->peer_edge = i->iss + 1;
	s->ack = i->irs + 1;
	s->edge = i->irs + 1;
	/* without memory to send it who knows the secret of this instance may have guessed it */
	HOLDS(answers(i->iss + 1) || stage.dried, "open with the number %u, which was never sent", i->iss);
	if (addr_of(STAGE_PEER) != NULL)
		addr_of(STAGE_PEER)->proven = true;
	for (unsigned k = 0; k < nb_arrivals; k++)
		if (arrivals[k].valid && talk_from(&arrivals[k].s) == s->talk && (arrivals[k].s.flags & TCP_FIN))
			take_fin(s, arrivals[k].s.seq + !!(arrivals[k].s.flags & TCP_SYN) + arrivals[k].s.len);
}

bool
judge_knows(struct side *s)
{
	struct leat_tcp_info i = {.size = sizeof(i)};

	if (s->known || s->conn == NULL)
		return s->known;
	leat_tcp_info(s->conn, &i);
	/* one that was closed before it was open is never told to be */
	if (i.state >= LEAT_TCP_ESTABLISHED)
		judge_opened(s, &i);
	return s->known;
}

void
judge_byte(struct side *s, uint32_t seq, uint8_t value)
{
	struct stream *is = s->stream;
	uint32_t at = stream_at(is, seq);

	if (s->talk == NULL)
		return;
	HOLDS(at < STREAM_MAX, "a byte at %u of the stream", at);
	if (at < is->end && is->have[at]) {
		HOLDS(value == is->value[at], "byte %u is %02x, %02x was taken first", at, value, is->value[at]);
		return;
	}
	HOLDS(carried(s, seq, &value), "byte %u is %02x, which no segment has brought", at, value);
	is->have[at] = 1;
	is->value[at] = value;
	is->end = RTE_MAX(is->end, at + 1);
}

/* --- what goes --- */

/* Has every byte of from..to come? */
static bool
has_come(const struct side *s, uint32_t from, uint32_t to)
{
	const struct stream *is = s->stream;

	if (stream_has(is, from, to))
		return true;
	if (to - from > STREAM_MAX)
		return false;
	for (uint32_t seq = from; seq != to; seq++) {
		uint32_t at = stream_at(is, seq);
		if (!(at < is->end && is->have[at]) && !carried(s, seq, NULL))
			return false;
	}
	return true;
}

static void
judge_ack(struct side *s, const struct segment *g)
{
	uint32_t edge = g->ack + ((uint32_t)g->wnd << s->rcv_shift);

	HOLDS(seq_geq(g->ack, s->ack), "acknowledges %u, %u before", g->ack, s->ack);
	bool again = g->ack == s->ack; /* what nobody has read may be gone meanwhile */
	bool fin = fin_at(s, g->ack - 1) && (again || has_come(s, s->stream->base, g->ack - 1));
	HOLDS(fin || again || has_come(s, s->stream->base, g->ack), "acknowledges %u, which has not all come", g->ack - s->irs);
	s->ack = g->ack;
	for (unsigned i = 0; i < g->nb_sacks; i++) {
		uint32_t from = g->sacks[i].from, to = g->sacks[i].to;
		HOLDS(seq_lt(from, to) && to - from <= STREAM_MAX && has_come(s, from, to),
			"SACK of %u..%u, which has not come", from - s->irs, to - s->irs);
		HOLDS(i == 0 || seq_gt(from, g->ack), "SACK block %u is below the ACK", i);
	}
	/* by less than a unit of the scale it may go back (RFC 7323 2.4) */
	HOLDS(seq_gt(edge + (1u << s->rcv_shift), s->edge) || fin || s->closed, "the window's edge goes back from %u to %u", s->edge - s->irs,
		edge - s->irs);
	s->edge = seq_max(s->edge, edge);
}

static void
judge_data(struct side *s, const struct segment *g)
{
	bool fin = g->flags & TCP_FIN;
	int32_t from = (int32_t)(g->seq - (s->iss + 1));
	uint32_t end = g->seq + g->len + fin, most = RTE_MAX(s->talk->told_mss, (uint32_t)MSS_LEAST);

	HOLDS(from >= (g->len + fin > 0 ? 0 : -1), "sends from %d", from);
	HOLDS((uint32_t)(from + 1) + g->len <= s->written + 1 + s->shut, "sends up to %d, %u were written", from + (int32_t)g->len,
		s->written);
	HOLDS(!fin || (s->shut && (uint32_t)from + g->len == s->written), "FIN at %d, %u were written%s", from + (int32_t)g->len,
		s->written, s->shut ? "" : ", and more may be");
	HOLDS(g->len == 0 || (uint32_t)from + g->len <= s->written, "sends byte %d, %u were written", from + (int32_t)g->len,
		s->written);
	for (uint32_t i = 0; i < g->len; i++)
		HOLDS(g->data[i] == talk_byte((uint32_t)from + i), "byte %u of what leat sends is wrong", (uint32_t)from + i);
	HOLDS(g->len == 0 || g->len + g->opts_len <= most, "%u bytes with options, MSS is %u", g->len + g->opts_len, most);
	uint32_t edge = peer_edge(s);
	HOLDS(end == g->seq || seq_leq(end, edge) || (end == g->seq + 1 && seq_leq(g->seq, edge)),
		"ends at %u, the window at %u", end - s->iss, edge - s->iss);
}

static void
judge_clock(struct side *s, const struct segment *g)
{
	HOLDS(g->has_ts == s->ts, s->ts ? "has no timestamp" : "has a timestamp");
	HOLDS(!s->ts || !s->sent_any || seq_geq(g->tsval, s->tsval), "its clock goes back from %u to %u", s->tsval, g->tsval);
	s->tsval = g->tsval;
	s->sent_any = true;
	s->talk->ts_recent = g->tsval;
}

/* Whose numbers are these? One turn may see the last of a connection, and the next one opened. */
static struct side *
side_with(const struct talk *t, const struct segment *g)
{
	for (unsigned i = 0; t != NULL && i < SIDES; i++) {
		struct side *s = &sides[SIDES - 1 - i];
		if (s->talk == t && judge_knows(s) && g->seq - s->iss <= s->written + 1 + s->shut &&
			g->ack - s->irs <= STREAM_MAX)
			return s;
	}
	return t != NULL ? t->side : NULL;
}

/* What asks for a RST has told it its number; or it is where the connection was. */
static void
judge_rst(const struct talk *t, const struct segment *g)
{
	const struct side *side = side_with(t, g);
	bool answers = false, only_rsts = !acts, known = t != NULL && (g->flags & TCP_ACK) &&
		((side != NULL && g->seq - side->iss <= side->written + 2) || (t->asked && g->seq == t->iss + 1));

	HOLDS(g->len == 0, "a RST with %u bytes", g->len);
	/* its SYN never left for want of memory, the peer's own had come, and then it was aborted: nobody knows its number */
	known |= stage.dried && side != NULL && side->active && !side->known && (g->flags & TCP_ACK);
	for (unsigned i = 0; i < nb_arrivals; i++) {
		const struct segment *a = &arrivals[i].s;
		uint32_t end = a->seq + a->len + !!(a->flags & TCP_SYN) + !!(a->flags & TCP_FIN);
		if (!arrivals[i].valid || a->sport != g->dport)
			continue;
		known |= (a->flags & TCP_ACK) ? g->seq == a->ack && !(g->flags & TCP_ACK) : g->seq == 0 && g->ack == end;
		answers = true; /* others have their own answers, and who gives up at that moment was not asked */
		only_rsts &= !!(a->flags & TCP_RST);
	}
	HOLDS(known, "a RST with number %u", g->seq);
	HOLDS(!answers || !only_rsts, "a RST answers a RST");
}

static void
judge_form(const struct segment *g)
{
	const uint8_t together = TCP_SYN | TCP_FIN | TCP_RST;
	uint8_t one = g->flags & together;

	HOLDS((one & (one - 1)) == 0, "flags %02x", g->flags);
	HOLDS(!(g->flags & TCP_URG) && g->urg == 0, "an urgent pointer");
	HOLDS(g->flags & (TCP_SYN | TCP_RST | TCP_ACK), "no ACK");
	HOLDS(!(g->flags & TCP_SYN) || g->len == 0, "a SYN with data");
}

static void
judge_segment(const struct segment *g)
{
	struct talk *t = talk_of(g->sport, g->dport);
	struct side *s = side_with(t, g);

	say("-> %u: flags %02x seq %u ack %u len %u wnd %u", g->dport, g->flags, g->seq, g->ack, g->len, g->wnd);
	judge_form(g);
	pure += g->len == 0 && !(g->flags & TCP_FIN);
	data_bytes += g->len;
	if (g->flags & TCP_RST) {
		judge_rst(t, g);
		return;
	}
	if (g->flags & TCP_SYN)
		asked[nb_asked++ % ASKED] = g->seq;
	if (t == NULL)
		return;
	if (g->flags & TCP_SYN) {
		t->asked = true;
		t->iss = g->seq;
		t->irs = g->ack - 1;
		t->ts_recent = g->tsval;
		return;
	}
	/* a half-open entry or a cookie answers what it does not take */
	if (stage.dried && s != NULL && s->closed)
		return; /* perhaps of a half-open entry whose SYN-ACK could not be sent */
	if (s != NULL && !judge_knows(s) && s->closed && s->left)
		return; /* open and over in one turn: nobody knows of what it was */
	if (s == NULL || !s->known || (t->asked && (t->iss != s->iss || (!s->active && t->irs != s->irs)) && g->seq == t->iss + 1)) {
		HOLDS(t->asked && g->seq == t->iss + 1 && g->len == 0 && g->flags == TCP_ACK, "a segment of nothing");
		return;
	}
	judge_clock(s, g);
	judge_data(s, g);
	judge_ack(s, g);
}

static void
judge_icmp(const uint8_t *frame, uint32_t total)
{
	const uint8_t *icmp = frame + RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr);

	HOLDS(rte_raw_cksum(icmp, total - sizeof(struct rte_ipv4_hdr)) == 0xffff, "the checksum of an ICMP message");
}

void
judge_sent(const uint8_t *frame, uint32_t len)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame;
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	struct segment g;

	HOLDS(len >= 60, "a frame of %u bytes", len);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return;
	const char *wrong = segment_read((uint8_t *)(uintptr_t)frame, len, &g);
	HOLDS(wrong == NULL || wrong == segment_not_tcp, "%s", wrong);
	HOLDS(eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && ip->version_ihl == 0x45 && ip->src_addr == STAGE_US,
		"a frame of another kind");
	uint32_t total = rte_be_to_cpu_16(ip->total_length);
	for (uint32_t at = RTE_ETHER_HDR_LEN + total; at < len; at++)
		HOLDS(frame[at] == 0, "there is something behind the packet");
	struct addr *to = addr_of(ip->dst_addr);
	if (to != NULL)
		to->out += total;
	if (wrong == NULL && ip->dst_addr == STAGE_PEER)
		judge_segment(&g);
	else if (wrong != NULL)
		judge_icmp(frame, total);
}

/* --- the turn is over --- */

static void
judge_amplification(void)
{
	for (unsigned i = 0; i < nb_addrs; i++) {
		const struct addr *a = &addrs[i];
		if (a->addr == STAGE_PEER && sides[0].active)
			continue; /* leat has begun it */
		HOLDS(a->proven || a->out <= AMPLIFY * a->in, "%lu bytes went to an address from which %lu came",
			(unsigned long)a->out, (unsigned long)a->in);
	}
}

static void
judge_number(void)
{
	uint64_t unacked = 0;

	for (unsigned i = 0; i < SIDES; i++)
		unacked += sides[i].written - sides[i].acked;
	HOLDS(pure <= 2 * nb_arrivals + 16 || stage_is_dry(), "%u segments without data in one turn", pure);
	HOLDS(data_bytes <= 2 * unacked + 65536, "%lu bytes in one turn, %lu are not acknowledged", (unsigned long)data_bytes,
		(unsigned long)unacked);
}

void
judge_turned(void)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (sides[i].talk != NULL && judge_knows(&sides[i]))
			sides[i].peer_edge = peer_edge(&sides[i]);
	block_check();
	judge_number();
	judge_amplification();
	nb_arrivals = 0;
	pure = 0;
	data_bytes = 0;
	acts = false;
}
