/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include "ladder/spans.h"
#include "plant.h"
#include "support/segment.h"
#include "tap.h"
#include "wire/tcp.h"
#include "world.h"

enum { MSS_DEFAULT = 536, FRAME_MAX = 14 + 1500 };

/*
 * One direction of a connection. Positions count from the SYN, which is 0. "told" is what the other
 * side has received of it.
 */
struct half {
	bool syn, has_wscale, has_fin, has_ts, over;
	uint8_t wscale;
	uint16_t mss;
	uint32_t iss, tsval;
	int64_t end;             /* of what was sent */
	int64_t new_from;        /* … before this turn; -1: nothing new was sent in it */
	int64_t fin;             /* its position */
	int64_t recover;         /* something was sent again, and this was the end then: being mended until it is acknowledged */
	struct spans told;
	int64_t acked;           /* the furthest ACK that it has been told … */
	unsigned dupacks;        /* … and how often again */
	struct spans sacked;     /* what SACK blocks have told it */
	int64_t ack;             /* the furthest that it has acknowledged, in the other's numbers */
	int64_t offered;         /* the furthest edge that it has offered, in the other's numbers */
	int64_t edge;            /* the furthest edge that it has been offered, in its own */
	uint8_t syn_flags;
	bool marked;             /* data came with CE, and no CWR since: each ACK must tell (ECE) */
	bool owes_cwr;           /* it was told so: its next new data must say CWR … */
	int64_t cwr_end;         /* … once for all that was sent until then */
};

struct flow {
	struct half halves[2];   /* the dialer's, the accepter's */
};

enum { ECN_FLAGS = TCP_ECE | TCP_CWR };

/* RFC 3168 6.1.1: both want ECN. */
static bool
agreed(const struct flow *f)
{
	return (f->halves[0].syn_flags & ECN_FLAGS) == ECN_FLAGS && (f->halves[1].syn_flags & ECN_FLAGS) == TCP_ECE;
}

struct tap {
	struct world *world;
	bool calm;               /* nothing need be sent again */
	struct flow flows[SCENARIO_TALKS];
};

struct tap *
tap_create(struct world *w)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (t != NULL)
		*t = (struct tap){.world = w, .calm = scenario_is_calm(&w->scenario) && !plant_loses(w->options->plant)};
	return t;
}

static void
half_clear(struct half *h)
{
	spans_free(&h->told);
	spans_free(&h->sacked);
}

static void
flow_clear(struct flow *f)
{
	for (int i = 0; i < 2; i++)
		half_clear(&f->halves[i]);
	memset(f, 0, sizeof(*f));
}

void
tap_destroy(struct tap *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < SCENARIO_TALKS; i++)
		flow_clear(&t->flows[i]);
	free(t);
}

#define JUDGE(what, ...) \
	do { \
		if (!(what)) \
			fail_segment(t, s, __VA_ARGS__); \
	} while (0)

static void fail_segment(const struct tap *t, const struct segment *s, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

static void
fail_segment(const struct tap *t, const struct segment *s, const char *format, ...)
{
	char why[256], flags[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	world_fail(t->world, "%s sent %u -> %u %s seq %u ack %u len %u wnd %u: %s", s->from_a ? "a" : "b", s->sport, s->dport,
		tcp_flags_format(s->flags, flags, sizeof(flags)), s->seq, s->ack, s->len, s->wnd, why);
}

/* Whose segment is it? */
static struct talk *
talk_of(const struct tap *t, const struct segment *s, bool *by_dialer)
{
	/* a dialer's own port may be TALK_PORT too: then what goes to that one is its */
	struct talk *talk = s->dport == TALK_PORT ? world_talk_of(t->world, s->sport, s->from_a) : NULL;

	*by_dialer = talk != NULL;
	return talk != NULL ? talk : world_talk_of(t->world, s->dport, !s->from_a);
}

/* From 32 bits to a position, which is within 2^31 of where things are. */
static int64_t
position(const struct half *h, uint32_t seq)
{
	return (int32_t)(seq - h->iss);
}

/* What has arrived without a hole. */
static int64_t
in_order(const struct half *h)
{
	return h->told.n > 0 && h->told.list[0].from == 0 ? h->told.list[0].to : 0;
}

static bool
has_arrived(const struct half *h, int64_t from, int64_t to)
{
	for (unsigned i = 0; i < h->told.n; i++)
		if (h->told.list[i].from <= from && to <= h->told.list[i].to)
			return true;
	return false;
}

/* RFC 7323 2.2: when both said so, and never in a SYN. */
static int64_t
window(const struct half *mine, const struct half *theirs, const struct segment *s)
{
	bool scaled = mine->has_wscale && theirs->has_wscale && !(s->flags & TCP_SYN);

	return (int64_t)s->wnd << (scaled ? mine->wscale : 0);
}

/* A connection begins here, or begins anew: its numbers are new. */
static void
take_syn(struct flow *f, struct half *mine, const struct segment *s)
{
	if (mine->syn && mine->iss == s->seq)
		return;
	if (!(s->flags & TCP_ACK))
		flow_clear(f);
	half_clear(mine);
	*mine = (struct half){.syn = true, .iss = s->seq, .mss = s->mss, .has_wscale = s->has_wscale, .wscale = s->wscale,
		.new_from = -1, .syn_flags = s->flags};
}

static void
judge_ack(const struct tap *t, const struct segment *s, struct half *mine, const struct half *theirs)
{
	if (!(s->flags & TCP_ACK) || !theirs->syn)
		return;
	int64_t ack = position(theirs, s->ack), edge = ack + window(mine, theirs, s), unit = INT64_C(1) << mine->wscale;
	JUDGE(ack <= in_order(theirs), "acknowledges %ld, only %ld have arrived", ack, in_order(theirs));
	for (unsigned i = 0; i < s->nb_sacks; i++) {
		int64_t from = position(theirs, s->sacks[i].from), to = position(theirs, s->sacks[i].to);
		JUDGE(from < to && has_arrived(theirs, from, to), "SACK of %ld..%ld, which has not arrived", from, to);
	}
	/*
	 * a SYN's window cannot be scaled, so it cannot say what was offered rounded up; and by less than a
	 * unit of the scale it may go back (RFC 7323 2.4)
	 */
	JUDGE(edge + unit > mine->offered || (s->flags & TCP_SYN) || ack < mine->ack || theirs->has_fin,
		"the window's edge goes back from %ld to %ld", mine->offered, edge);
	mine->ack = RTE_MAX(mine->ack, ack);
	mine->offered = RTE_MAX(mine->offered, edge);
}

static void
judge_content(const struct tap *t, const struct segment *s, const struct side *side, int64_t from)
{
	JUDGE(from - 1 + s->len <= side->queued, "sends byte %ld, %u were written", from - 1 + s->len, side->queued);
	for (uint32_t i = 0; i < s->len; i++)
		JUDGE(s->data[i] == talk_byte(side, (uint32_t)(from - 1) + i), "byte %ld of the stream is wrong", from - 1 + i);
}

static void
judge_data(const struct tap *t, const struct segment *s, struct half *mine, const struct half *theirs)
{
	bool syn = s->flags & TCP_SYN, fin = s->flags & TCP_FIN;
	int64_t from = position(mine, s->seq), end = from + s->len + syn + fin;
	uint32_t mss = theirs->mss != 0 ? theirs->mss : MSS_DEFAULT;

	if (fin) {
		JUDGE(!mine->has_fin || mine->fin == end - 1, "FIN was at %ld", mine->fin);
		mine->has_fin = true;
		mine->fin = end - 1;
	}
	JUDGE(!mine->has_fin || end <= mine->fin + 1, "is behind FIN at %ld", mine->fin);
	JUDGE(s->len == 0 || s->len + s->opts_len <= mss, "is longer than MSS %u", mss);
	JUDGE(syn || end <= from || end <= mine->edge || (end == from + 1 && from <= mine->edge),
		"ends at %ld, the window at %ld", end, mine->edge);
	if (end > from && from < mine->end)
		mine->recover = mine->end;
	if (end > mine->end && mine->new_from < 0)
		mine->new_from = mine->end;
	mine->end = RTE_MAX(mine->end, end);
}

/*
 * ECN on a path that only marks: nothing is sent again (but the byte that asks whether a window is open,
 * and comes again with what follows it); marks are told of until they are answered, and answered.
 */
static void
judge_ecn(const struct tap *t, const struct segment *s, const struct flow *f, struct half *mine)
{
	int64_t from = position(mine, s->seq);
	bool probes = s->len == 1 || from + 1 >= mine->edge;

	if (!t->calm || !agreed(f) || s->flags & TCP_SYN)
		return;
	JUDGE(!mine->marked || (s->flags & TCP_ECE), "does not tell that data came with a mark");
	if (s->len == 0 || probes)
		return;
	JUDGE(from + 1 >= mine->end, "sends %ld again, and nothing was lost", from);
	JUDGE(!mine->owes_cwr || (s->flags & TCP_CWR), "does not answer a mark");
	if (s->flags & TCP_CWR)
		mine->owes_cwr = false;
}

/* A segment of theirs has arrived here. */
static void
take_ecn(const struct tap *t, const struct segment *s, const struct flow *f, struct half *ours)
{
	int64_t ack = position(ours, s->ack);

	if (!t->calm || !agreed(f) || s->flags & TCP_SYN)
		return;
	if (s->flags & TCP_CWR)
		ours->marked = false;
	if (s->ce && s->len > 0)
		ours->marked = true;
	if (!(s->flags & TCP_ECE) || ours->owes_cwr || ack <= ours->cwr_end || ours->acked >= ours->end)
		return;
	ours->owes_cwr = true;
	ours->cwr_end = ours->end;
}

static void
judge(const struct tap *t, const struct segment *s)
{
	bool by_dialer;
	struct talk *talk = talk_of(t, s, &by_dialer);

	if (talk == NULL || (s->flags & TCP_RST))
		return;
	struct flow *f = (struct flow *)(uintptr_t)&t->flows[talk->id];
	struct half *mine = &f->halves[!by_dialer], *theirs = &f->halves[by_dialer];
	/* the connection is over here, and somebody else has knocked in the dialer's name */
	mine->over |= (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && s->ack != theirs->iss + 1;
	if (mine->over)
		return;
	if (s->flags & TCP_SYN)
		take_syn(f, mine, s);
	JUDGE(mine->syn, "has not opened");
	if (s->has_ts) {
		JUDGE(!mine->has_ts || (int32_t)(s->tsval - mine->tsval) >= 0, "its clock goes back from %u to %u", mine->tsval,
			s->tsval);
		mine->has_ts = true;
		mine->tsval = s->tsval;
	}
	if (s->len > 0)
		judge_content(t, s, by_dialer ? &talk->dialer : &talk->accepter, position(mine, s->seq));
	judge_ecn(t, s, f, mine);
	judge_data(t, s, mine, theirs);
	judge_ack(t, s, mine, theirs);
}

void
tap_sent(struct tap *t, bool from_a, uint8_t *frame, uint32_t len)
{
	struct segment segment, *s = &segment;
	const char *wrong = segment_read(frame, len, s);

	if (wrong == segment_not_tcp)
		return;
	s->from_a = from_a;
	JUDGE(wrong == NULL, "%s", wrong);
	JUDGE(len <= FRAME_MAX, "%u bytes are more than the port carries", len);
	judge(t, s);
}

static void
take_ack(struct half *h, const struct segment *s)
{
	int64_t ack = position(h, s->ack);

	if (ack > h->acked) {
		h->acked = ack;
		h->dupacks = 0;
	} else if (ack == h->acked && s->len == 0 && ++h->dupacks > 2 && s->nb_sacks == 0) {
		/* from here on the sender can only guess what has left the network */
		h->recover = h->end;
	}
}

void
tap_delivered(struct tap *t, uint8_t *frame, uint32_t len)
{
	struct segment s;
	bool by_dialer;

	if (segment_read(frame, len, &s) != NULL || (s.flags & TCP_RST))
		return;
	struct talk *talk = talk_of(t, &s, &by_dialer);
	if (talk == NULL)
		return;
	struct half *theirs = &t->flows[talk->id].halves[!by_dialer], *ours = &t->flows[talk->id].halves[by_dialer];
	int64_t from = position(theirs, s.seq), end = from + s.len + !!(s.flags & TCP_SYN) + !!(s.flags & TCP_FIN);
	/* of a life before this one */
	if (!theirs->syn || from < 0 || end > theirs->end)
		return;
	take_ecn(t, &s, &t->flows[talk->id], ours);
	spans_add(&theirs->told, from, end);
	if ((s.flags & TCP_ACK) && ours->syn)
		ours->edge = RTE_MAX(ours->edge, position(ours, s.ack) + window(theirs, ours, &s));
	if ((s.flags & TCP_ACK) && ours->syn)
		take_ack(ours, &s);
	for (unsigned i = 0; i < s.nb_sacks; i++)
		spans_add(&ours->sacked, position(ours, s.sacks[i].from), position(ours, s.sacks[i].to));
}

/* How much of what they tell of lies behind una. */
static int64_t
beyond(const struct spans *s, int64_t una)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < s->n; i++)
		sum += RTE_MAX(s->list[i].to, una) - RTE_MAX(s->list[i].from, una);
	return sum;
}

/*
 * RFC 5681 3.1: new data only while what is in flight is below cwnd; what SACK blocks have told of is
 * not (RFC 6675 4), nor, without SACK, a segment for each duplicate ACK (RFC 5681 3.2). Limited
 * transmit (RFC 3042) lets two segments more go, and a FIN takes no room.
 */
static void
judge_turn(const struct tap *t, struct half *mine, const struct side *side)
{
	struct leat_tcp_info i = {.size = sizeof(i)};

	leat_tcp_info(side->conn, &i);
	int64_t una = position(mine, i.snd_una), gone = i.sack ? beyond(&mine->sacked, una) : (int64_t)mine->dupacks * i.mss;
	int64_t flight = mine->end - una - gone;
	/* what was sent again may be thought lost, and counts for nothing then: RFC 6675 4, RFC 8985 */
	if (una < mine->recover)
		return;
	if (flight > (int64_t)i.cwnd + 2 * i.mss + 1)
		world_fail(t->world, "%s has %ld bytes in flight, its cwnd is %u (mss %u), and it sent new data", side_name(side),
			flight, i.cwnd, i.mss);
}

void
tap_turned(struct tap *t, bool is_a)
{
	for (unsigned i = 0; i < t->world->nb_talks; i++) {
		struct talk *talk = &t->world->talks[i];
		struct side *sides[] = {&talk->dialer, &talk->accepter};
		for (int k = 0; k < 2; k++) {
			struct half *mine = &t->flows[i].halves[k];
			if (sides[k]->is_a != is_a || mine->new_from < 0)
				continue;
			if (sides[k]->conn != NULL && sides[k]->opened)
				judge_turn(t, mine, sides[k]);
			mine->new_from = -1;
		}
	}
}
