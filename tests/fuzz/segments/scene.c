/* SPDX-License-Identifier: BSD-3-Clause */
#include "app.h"
#include "judge.h"
#include "peer.h"
#include "scene.h"
#include "script.h"
#include "tcp/tcp.h"
#include "wire/tcp.h"

enum start { AT_LISTEN, AT_HALF_OPEN, AT_SYN_SENT, AT_SYN_RECEIVED, AT_ESTABLISHED, AT_FIN_WAIT_1, AT_FIN_WAIT_2,
	AT_CLOSE_WAIT, AT_CLOSING, AT_LAST_ACK, AT_TIME_WAIT, AT_DATA_OUT, STARTS };

enum { OFFER_TS = 1, OFFER_SACK = 2, OFFER_WSCALE = 4, ACTIVE = 8, COOKIES = 16, NEWRENO = 32, NODELAY = 64,
	KEEPALIVE = 128 };

enum {
	HONEST = TALKS - 1,  /* this talk is honest, in the end */
	REQUEST = 100, ANSWER = 200,
	SLABS = 9,
};

static uint8_t ending;
static uint32_t slab_max[SLABS];

static struct slab *
slab(unsigned i)
{
	struct tcp_layer *tcp = stage.tcp;
	struct slab *const all[SLABS] = {&tcp->tcbs, &tcp->half_opens, &tcp->time_waits, &tcp->chunks, &tcp->senders,
		&tcp->runs, &tcp->refs, &tcp->extras, &tcp->shorts};

	return all[i];
}

void
scene_gives_memory(void)
{
	stage_wet();
	for (unsigned i = 0; i < SLABS; i++)
		slab(i)->max = slab_max[i];
}

/* --- the beginning --- */

static void
agree(uint8_t offers)
{
	struct leat_tcp_config *c = stage.config;
	struct talk *t = &talks[0];

	c->syn_cookies = offers & COOKIES ? LEAT_COOKIES_ALWAYS : LEAT_COOKIES_PRESSURE;
	c->congestion = offers & NEWRENO ? LEAT_TCP_NEWRENO : LEAT_TCP_CUBIC;
	c->nodelay = offers & NODELAY;
	c->keepalive = offers & KEEPALIVE ? 10 * SEC : 0;
	c->keepalive_interval = SEC;
	for (unsigned i = 0; i < TALKS; i++) {
		talks[i].ts = offers & OFFER_TS;
		talks[i].sack = offers & OFFER_SACK;
		talks[i].wscale = offers & OFFER_WSCALE;
	}
	if (offers & ACTIVE) {
		t->leat_port = TALK_ACTIVE_PORT;
		t->peer_port = TALK_PEER_PORT;
	}
}

static void
measure(uint8_t sizes)
{
	static const uint32_t rcv[] = {65536, 2048, 4096, 16384}, snd[] = {65536, 2048, 16384, 262144};
	static const uint16_t mss[] = {1460, 0, 64, 700};
	struct leat_tcp_config *c = stage.config;

	c->rcv_buf = rcv[sizes & 3];
	c->rcv_buf_max = sizes & 4 ? 131072 : 0;
	c->snd_buf = snd[sizes >> 3 & 3];
	for (unsigned i = 0; i < TALKS; i++)
		talks[i].mss = mss[sizes >> 5 & 3];
	if (sizes & 0x80)
		stage.tcp->rcv_wscale = 7;
}

/* Time passes until leat's next number for the first talk is near this one. */
static void
count_up_to(uint32_t iss)
{
	const struct leat_addr us = {.v4 = STAGE_US, .family = LEAT_IPV4}, peer = {.v4 = STAGE_PEER, .family = LEAT_IPV4};
	struct tuple tuple;

	tuple_make(&tuple, &us, talks[0].leat_port, &peer, talks[0].peer_port);
	stage.now += (uint64_t)(iss - tcp_isn(stage.core, &tuple)) * 4000;
	stage_turn();
}

static void
number(uint8_t how)
{
	static const uint32_t peer[] = {1000, UINT32_MAX - 100, INT32_MAX - 100u, 0};

	for (unsigned i = 0; i < TALKS; i++)
		talks[i].peer_iss = peer[how & 3] + 7 * i;
	if (how & 4)
		count_up_to(how & 8 ? INT32_MAX - 100u : UINT32_MAX - 100);
	stage.config->retries = how & 16 ? 3 : 15;
	stage.config->ecn = how & 32 ? LEAT_ECN_ON : LEAT_ECN_ACCEPT;
}

static void
says(struct talk *t, uint8_t flags)
{
	const struct wish w = peer_wish(t, flags, 0);

	peer_sends(&w, 0);
	stage_turn();
}

static void
ends(struct talk *t)
{
	if (ending & 0x40)
		app_closes(t->side);
	else
		app_shuts(t->side);
	stage_turn();
}

/* Until its SYN is answered, or ours. */
static void
begin_open(struct talk *t, enum start start)
{
	if (t->leat_port != TALK_ACTIVE_PORT) {
		if (start >= AT_HALF_OPEN)
			says(t, TCP_SYN);
		return;
	}
	app_connects(t);
	stage_turn();
	if (start == AT_SYN_RECEIVED)
		says(t, TCP_SYN);
}

static void
open_up(struct talk *t)
{
	talk_look(t);
	says(t, t->leat_port == TALK_ACTIVE_PORT ? TCP_SYN | TCP_ACK : TCP_ACK);
}

static void
walk(struct talk *t, enum start start)
{
	if (start == AT_SYN_SENT || start == AT_SYN_RECEIVED)
		t->leat_port = TALK_ACTIVE_PORT;
	begin_open(t, start);
	if (start < AT_ESTABLISHED)
		return;
	open_up(t);
	HOLDS(t->side != NULL && t->side->opened, "it does not open");
	if (start == AT_DATA_OUT) {
		app_sends(t->side, APP_COPY, 20000);
		stage_turn();
	}
	if (start == AT_CLOSE_WAIT || start == AT_LAST_ACK)
		says(t, TCP_FIN | TCP_ACK);
	if (start >= AT_FIN_WAIT_1 && start <= AT_TIME_WAIT && start != AT_CLOSE_WAIT)
		ends(t);
	if (start == AT_FIN_WAIT_2 || start == AT_TIME_WAIT)
		says(t, TCP_ACK);
	if (start == AT_CLOSING) {
		struct wish w = peer_wish(t, TCP_FIN | TCP_ACK, 0);
		w.ack--;
		peer_sends(&w, 0);
		stage_turn();
	}
	if (start == AT_TIME_WAIT)
		says(t, TCP_FIN | TCP_ACK);
}

/* What the application does by itself may have changed it; else it is there. */
static void
check_start(const struct talk *t, enum start start)
{
	static const enum leat_tcp_state states[STARTS] = {LEAT_TCP_CLOSED, LEAT_TCP_SYN_RECEIVED, LEAT_TCP_SYN_SENT,
		LEAT_TCP_SYN_RECEIVED, LEAT_TCP_ESTABLISHED, LEAT_TCP_FIN_WAIT_1, LEAT_TCP_FIN_WAIT_2, LEAT_TCP_CLOSE_WAIT,
		LEAT_TCP_CLOSING, LEAT_TCP_LAST_ACK, LEAT_TCP_TIME_WAIT, LEAT_TCP_ESTABLISHED};
	bool cookie = stage.config->syn_cookies == LEAT_COOKIES_ALWAYS && start == AT_HALF_OPEN;
	bool active = t->leat_port == TALK_ACTIVE_PORT && start <= AT_HALF_OPEN;

	if (app_manner != 0 || cookie || active)
		return;
	HOLDS(t->n.state == states[start], "it began in %s, not in %s", leat_tcp_state_name(t->n.state),
		leat_tcp_state_name(states[start]));
}

void
scene_begin(struct bytes *b)
{
	enum start start = (enum start)(bytes_next(b) % STARTS);

	for (unsigned i = 0; i < SLABS; i++)
		slab_max[i] = slab(i)->max;
	agree(bytes_next(b));
	measure(bytes_next(b));
	ending = bytes_next(b);
	number(ending);
	app_manner = bytes_next(b);
	walk(&talks[0], start);
	talk_look(&talks[0]);
	check_start(&talks[0], start);
	say("it begins in %s", leat_tcp_state_name(talks[0].n.state));
}

/* --- the end --- */

static void
serve(struct talk *t)
{
	app_manner = 0;
	says(t, TCP_SYN);
	open_up(t);
	struct side *s = t->side;
	HOLDS(s != NULL && s->opened && s->conn != NULL, "an honest connection does not open");
	struct wish w = peer_wish(t, TCP_PSH | TCP_ACK, REQUEST);
	peer_sends(&w, 0);
	stage_turn();
	HOLDS(s->read == REQUEST, "of an honest request of %d bytes %u come", REQUEST, s->read);
	app_sends(s, APP_COPY, ANSWER);
	app_closes(s);
	stage_turn();
	says(t, TCP_FIN | TCP_ACK);
	HOLDS(s->closed && s->reason == 0 && s->acked == ANSWER, "an honest connection does not end in order");
}

void
scene_end(void)
{
	stage_turn();
	scene_gives_memory();
	stage_after(SEC); /* who waited for memory gets it */
	serve(&talks[HONEST]);
	say("it ends");
	app_manner = APP_LAZY;
	for (unsigned i = 0; i < SIDES; i++) {
		if (ending & 0x80)
			app_closes(&sides[i]);
		else
			app_aborts(&sides[i]);
	}
	judge_acts();
	stage_until_still();
	for (unsigned i = 0; i < SIDES; i++) {
		HOLDS(sides[i].conn == NULL, "a connection never ends");
		HOLDS(sides[i].refs == 0, "%u references are not released", sides[i].refs);
	}
}
