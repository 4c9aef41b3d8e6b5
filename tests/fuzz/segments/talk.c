/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "talk.h"
#include "tcp/half_open.h"
#include "tcp/tcp.h"
#include "tcp/time_wait.h"

enum { PERIOD = 16381, ROUND = 1 << 14 };

struct talk talks[TALKS];
struct side sides[SIDES];

static struct stream streams[SIDES];
static unsigned nb_sides;

static void
begin_talk(struct talk *t, unsigned i)
{
	*t = (struct talk){.leat_port = STAGE_PORT, .peer_port = (uint16_t)(TALK_PEER_PORT + i), .mss = 1460, .shift = 2};
}

void
talk_begin(void)
{
	for (unsigned i = 0; i < TALKS; i++)
		begin_talk(&talks[i], i);
	for (unsigned i = 0; i < nb_sides; i++)
		memset(streams[i].have, 0, streams[i].end);
	memset(sides, 0, nb_sides * sizeof(sides[0]));
	nb_sides = 0;
}

struct talk *
talk_of(uint16_t leat_port, uint16_t peer_port)
{
	for (unsigned i = 0; i < TALKS; i++)
		if (talks[i].leat_port == leat_port && talks[i].peer_port == peer_port)
			return &talks[i];
	return NULL;
}

static void
look_tcb(struct numbers *n, const struct tcb *t)
{
	*n = (struct numbers){.state = (enum leat_tcp_state)t->state, .iss = t->iss, .irs = t->irs, .snd_una = t->snd_una,
		.snd_nxt = t->snd_nxt, .rcv_nxt = t->rcv_nxt, .rcv_adv = t->rcv_adv};
}

bool
talk_look(struct talk *t)
{
	uint32_t handle = stage_find(t->leat_port, t->peer_port), i = demux_index(handle);
	const struct half_open *h;
	const struct time_wait *w;

	switch (demux_kind(handle)) {
	case DEMUX_TCB:
		look_tcb(&t->n, slab_at(&stage.tcp->tcbs, i));
		return true;
	case DEMUX_HALF_OPEN:
		h = half_open_at(stage.tcp, i);
		t->n = (struct numbers){.state = LEAT_TCP_SYN_RECEIVED, .iss = h->iss, .irs = h->irs, .snd_una = h->iss,
			.snd_nxt = h->iss + 1, .rcv_nxt = h->irs + 1, .rcv_adv = h->irs + 1 + 65535};
		return true;
	case DEMUX_TIME_WAIT:
		w = time_wait_at(stage.tcp, i);
		t->n.state = LEAT_TCP_TIME_WAIT;
		t->n.snd_una = t->n.snd_nxt = w->snd_nxt;
		t->n.rcv_nxt = w->rcv_nxt;
		return true;
	default:
		/* after a cookie only the peer knows */
		if (t->asked && (t->side == NULL || t->side->iss != t->iss))
			t->n = (struct numbers){.iss = t->iss, .irs = t->peer_iss, .snd_una = t->iss, .snd_nxt = t->iss + 1,
				.rcv_nxt = t->peer_iss + 1, .rcv_adv = t->peer_iss + 1 + 65535};
		t->n.state = LEAT_TCP_CLOSED;
		return false;
	}
}

struct side *
side_new(struct talk *t)
{
	if (nb_sides == SIDES)
		return NULL;
	struct side *s = &sides[nb_sides];
	s->stream = &streams[nb_sides++];
	s->stream->end = 0;
	s->talk = t;
	return s;
}

static uint8_t
mix(uint32_t n)
{
	n *= UINT32_C(2654435761);
	return (uint8_t)(n >> 24 ^ n >> 13);
}

const uint8_t *
talk_bytes(uint32_t n)
{
	static uint8_t table[PERIOD + ROUND];
	static bool filled;

	for (uint32_t i = 0; i < sizeof(table) && !filled; i++)
		table[i] = mix(i % PERIOD);
	filled = true;
	return &table[n % PERIOD];
}

uint8_t
talk_peer_byte(uint32_t n)
{
	return mix(n ^ UINT32_C(0x5bd1e995));
}

bool
stream_has(const struct stream *s, uint32_t from, uint32_t to)
{
	uint32_t a = stream_at(s, from), b = stream_at(s, to);

	return a <= b && b <= s->end && memchr(s->have + a, 0, b - a) == NULL;
}

bool
stream_whole(const struct stream *s, uint32_t seq)
{
	return stream_has(s, s->base, seq);
}
