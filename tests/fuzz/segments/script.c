/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of a play. */
#include <string.h>
#include "app.h"
#include "base/seq.h"
#include "block.h"
#include "bytes.h"
#include "judge.h"
#include "peer.h"
#include "scene.h"
#include "script.h"
#include "tcp/tcp.h"
#include "wire/tcp.h"

enum {
	STEPS_MAX = 60,
	ROOM_MAX = 1460,
	STEP_SEGMENT = 0,   /* 0 to 4: a segment, all of it chosen */
	STEP_RIGHT = 5,     /* 5, 6: what a correct peer would send */
	STEP_AGAIN = 7,     /* a frame that was sent before */
	STEP_CHANGED = 8,   /* the same, with another byte in it */
	STEP_RAW = 9,       /* an IP packet byte by byte */
	STEP_ICMP = 10,     /* an error about something of leat's */
	STEP_TIME = 11,
	STEP_APP = 12,      /* 12, 13 */
	STEP_BURST = 14,    /* the next frames come all at once */
	STEP_MEMORY = 15,
	STEPS = 16,
};

/* Frames that are still to come before leat turns. */
static unsigned burst;

static void
turn(void)
{
	if (burst > 0 && --burst > 0 && nb_arrivals < PEER_BURST)
		return;
	burst = 0;
	stage_turn();
}

static uint16_t
word(struct bytes *b)
{
	uint8_t high = bytes_next(b);

	return (uint16_t)(high << 8 | bytes_next(b));
}

/* --- segments --- */

static uint32_t
seq_base(const struct talk *t, unsigned which)
{
	const struct numbers *n = &t->n;
	const uint32_t bases[] = {n->rcv_nxt, n->rcv_adv, n->irs, t->peer_iss};

	return bases[which & 3];
}

static uint32_t
ack_base(const struct talk *t, unsigned which)
{
	const struct numbers *n = &t->n;
	const uint32_t bases[] = {n->snd_nxt, n->snd_una, n->iss, 0};

	return bases[which & 3];
}

enum { EXTRA_NO_TS = 1, EXTRA_TS = 2, EXTRA_SACK = 4, EXTRA_RAW = 8, EXTRA_URG = 16, EXTRA_IP = 32, EXTRA_CKSUM = 64,
	EXTRA_SPOILT = 128 };

static void
add_opts(struct wish *w, const void *p, uint8_t len)
{
	if (w->opts_len + len > (int)sizeof(w->opts))
		return;
	memcpy(w->opts + w->opts_len, p, len);
	w->opts_len = (uint8_t)(w->opts_len + len);
}

/* Blocks relative to SND.UNA, right ones or not. */
static void
add_sack(struct bytes *b, struct wish *w)
{
	struct tcp_opts o = {.nb_sack = (uint8_t)(1 + (bytes_next(b) & 3))};
	uint8_t p[TCP_OPTS_MAX];

	for (uint8_t i = 0; i < o.nb_sack; i++) {
		o.sack[i].start = w->talk->n.snd_una + bytes_offset(b, 100);
		o.sack[i].end = o.sack[i].start + bytes_offset(b, 100);
	}
	add_opts(w, p, (uint8_t)tcp_opts_write(p, &o));
}

static void
add_raw(struct bytes *b, struct wish *w)
{
	uint8_t p[TCP_OPTS_MAX], len = bytes_next(b) % (TCP_OPTS_MAX + 1);

	memset(p, 0, sizeof(p));
	for (uint8_t i = 0; i < len; i++)
		p[i] = bytes_next(b);
	add_opts(w, p, (uint8_t)((len + 3) & ~3));
}

static void
add_extras(struct bytes *b, struct wish *w, uint8_t extras)
{
	if (extras & (EXTRA_NO_TS | EXTRA_TS))
		w->opts_len = 0;
	if (extras & EXTRA_TS)
		w->opts_len = peer_ts_opt(w->talk, w->talk->tsval + bytes_offset(b, 1 << 24), w->opts);
	if (extras & EXTRA_SACK)
		add_sack(b, w);
	if (extras & EXTRA_RAW)
		add_raw(b, w);
	if (extras & EXTRA_URG)
		w->urg = word(b);
	if (extras & EXTRA_IP) {
		w->tos = bytes_next(b);
		w->ttl = bytes_next(b);
	}
	w->bad_cksum = extras & EXTRA_CKSUM;
	w->spoilt = extras & EXTRA_SPOILT;
}

static void
send_segment(struct bytes *b, struct talk *t)
{
	uint8_t flags = bytes_next(b), bases = bytes_next(b), extras = bytes_next(b), cut = bytes_next(b);
	struct wish w = peer_wish(t, flags, 0);

	w.seq = seq_base(t, bases) + bytes_offset(b, 200);
	w.ack = ack_base(t, bases >> 2) + bytes_offset(b, 200);
	if (bases & 0x10)
		w.wnd = word(b);
	w.len = RTE_MIN(bytes_size(b, 12), (uint32_t)ROOM_MAX);
	add_extras(b, &w, extras);
	peer_sends(&w, cut);
}

/* What a correct peer would send now: 0..3 data, 4 ACK of all, 5 FIN, 6 SYN, 7 ACK of so much */
static void
send_right(struct bytes *b, struct talk *t)
{
	static const uint8_t flags[] = {TCP_PSH | TCP_ACK, TCP_ACK, TCP_ACK, TCP_ACK, TCP_ACK, TCP_FIN | TCP_ACK, TCP_SYN,
		TCP_ACK};
	uint8_t what = bytes_next(b), cut = bytes_next(b);
	uint32_t n = bytes_size(b, 12);
	struct wish w = peer_wish(t, flags[what & 7], (what & 7) < 4 ? RTE_MIN(n, (uint32_t)ROOM_MAX) : 0);

	if ((what & 7) == 7)
		w.ack = seq_min(t->n.snd_una + n, t->n.snd_nxt);
	if (what & 0x40)
		w.wnd = 0;
	peer_sends(&w, cut);
}

static void
send_again(struct bytes *b, bool changed)
{
	uint8_t n = bytes_next(b), cut = bytes_next(b), at = 0, value = 0;

	if (changed) {
		at = bytes_next(b);
		value = bytes_next(b);
	}
	peer_sends_again(n & 31, changed ? at : UINT32_MAX, value, n & 0x40, cut);
}

/* A packet like one of the peer's, as far as it goes; then anything. */
static void
send_raw(struct bytes *b)
{
	uint8_t packet[128] = {0}, how = bytes_next(b), cut = bytes_next(b), len = bytes_next(b) % (sizeof(packet) + 1);
	const struct frame *like = peer_frame(0);

	if ((how & 1) && like != NULL)
		memcpy(packet, like->bytes + 14, 20);
	for (uint8_t i = how & 1 ? 20 : 0; i < len; i++)
		packet[i] = bytes_next(b);
	peer_sends_raw(packet, len, how & 2, cut);
}

static void
send_icmp(struct bytes *b, struct talk *t)
{
	static const uint8_t types[] = {3, 3, 3, 11, 12, 4, 5, 8};
	uint8_t what = bytes_next(b), quoted = bytes_next(b);
	uint16_t mtu = (uint16_t)bytes_size(b, 12);

	talk_look(t);
	peer_reports(t, types[what & 7], what >> 4, mtu, t->n.snd_una + bytes_offset(b, 200), quoted);
}

/* --- what else happens --- */

static void
pass_time(struct bytes *b)
{
	static const uint64_t spans[] = {MS / 2, MS, 10 * MS, 40 * MS, 100 * MS, 200 * MS, 300 * MS, SEC, 2 * SEC, 5 * SEC,
		10 * SEC, 30 * SEC, 60 * SEC, 120 * SEC, 600 * SEC, 7200 * SEC};
	uint64_t span = spans[bytes_next(b) % RTE_DIM(spans)];

	say("%g s pass", (double)span / 1e9);
	judge_acts();
	stage_after(span);
}

static void
act(struct bytes *b, struct talk *t)
{
	uint8_t what = bytes_next(b);
	uint32_t n = bytes_size(b, 301);

	switch (what & 15) {
	case 0: case 1: case 2: case 3:
		app_sends(t->side, (enum app_send)(what % APP_SENDS), n);
		break;
	case 4: case 5:
		app_reads(t->side, n);
		break;
	case 6:
		app_takes(t->side);
		break;
	case 7:
		app_shuts(t->side);
		break;
	case 8: case 9:
		app_closes(t->side);
		break;
	case 10:
		app_aborts(t->side);
		break;
	case 11:
		app_connects(t);
		break;
	case 12:
		app_manner = (uint8_t)n;
		break;
	default:
		app_sets(t->side, what >> 4, n);
	}
	judge_acts();
}

/* Memory runs short, or is there again. */
static void
ration(struct bytes *b)
{
	struct slab *const slabs[] = {&stage.tcp->tcbs, &stage.tcp->half_opens, &stage.tcp->time_waits, &stage.tcp->chunks,
		&stage.tcp->senders, &stage.tcp->runs, &stage.tcp->refs, &stage.tcp->extras};
	struct slab *shorts = &stage.tcp->shorts;
	uint8_t which = bytes_next(b), left = bytes_next(b);

	if ((which & 15) == 2 && left == 0)
		left = 1; /* there is always one entry for TIME-WAIT, which may make room */
	if (which & 0x80) {
		scene_gives_memory();
		return;
	}
	say("of memory %u%s are left %u", which & 15, which & 0x40 ? " and of short messages" : "", left);
	if (which & 8)
		stage_dry(which & 3, left);
	else if (slabs[which & 7]->max > slabs[which & 7]->used + left)
		slabs[which & 7]->max = slabs[which & 7]->used + left;
	if (which & 0x40)
		shorts->max = RTE_MIN(shorts->max, shorts->used + left);
	judge_acts();
}

static void
step(struct bytes *b)
{
	uint8_t op = bytes_next(b);
	struct talk *t = &talks[(op >> 4) < 12 ? 0 : (op >> 4) & 3];

	switch (op % STEPS) {
	case STEP_RIGHT: case STEP_RIGHT + 1:
		send_right(b, t);
		break;
	case STEP_AGAIN:
		send_again(b, false);
		break;
	case STEP_CHANGED:
		send_again(b, true);
		break;
	case STEP_RAW:
		send_raw(b);
		break;
	case STEP_ICMP:
		send_icmp(b, t);
		break;
	case STEP_TIME:
		pass_time(b);
		break;
	case STEP_APP: case STEP_APP + 1:
		act(b, t);
		break;
	case STEP_BURST:
		burst = 1 + bytes_next(b) % PEER_BURST;
		return;
	case STEP_MEMORY:
		ration(b);
		break;
	default:
		send_segment(b, t);
	}
	turn();
}

void
script_play(const uint8_t *data, size_t size)
{
	struct bytes b = {data, size};

	burst = 0;
	talk_begin();
	peer_begin();
	judge_begin();
	block_begin();
	scene_begin(&b);
	for (unsigned n = 0; n < STEPS_MAX && b.left > 0; n++)
		step(&b);
	scene_end();
	stage_reset();
}
