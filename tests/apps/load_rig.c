/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "load_rig.h"

struct rig rig;

/* What a connection of the server still has to say. */
struct talk {
	struct leat_conn *conn;
	struct leat_timer *timer;
	size_t said;
	unsigned requests;
};

static struct talk talks[8192];
static unsigned nb_talks;

static void
say_piece(struct leat_timer *timer, void *user)
{
	struct talk *t = user;
	struct rig_server *s = &rig.server;

	if (t->conn == NULL || t->said >= s->answer_len)
		return;
	size_t n = s->answer_len - t->said < s->piece ? s->answer_len - t->said : s->piece;
	leat_tcp_send(t->conn, s->answer + t->said, n);
	t->said += n;
	if (t->said < s->answer_len)
		leat_timer_arm(timer, MS);
	else if (s->close_after > 0 && t->requests >= s->close_after)
		leat_tcp_shutdown(t->conn);
}

static void
answer(struct talk *t)
{
	struct rig_server *s = &rig.server;

	t->requests++;
	if (s->close_after > 0 && t->requests > s->close_after)
		return; /* it said that it would not */
	s->requests++;
	if (s->reset) {
		leat_tcp_abort(t->conn);
	} else if (s->answer != NULL && s->piece > 0) {
		t->said = 0;
		leat_timer_arm(t->timer, MS);
	} else if (s->answer != NULL) {
		leat_tcp_send(t->conn, s->answer, s->answer_len);
		if (s->close_after > 0 && t->requests == s->close_after)
			leat_tcp_shutdown(t->conn); /* and go on reading, so that no RST overtakes the answer */
	}
}

/* Bytes at the start of rx that are one request; 0: it is not complete. */
static size_t
request_size(struct leat_rx *rx)
{
	struct iovec iov;

	if (rig.server.raw > 0)
		return leat_rx_size(rx) >= rig.server.raw ? rig.server.raw : 0;
	cr_assert_eq(leat_rx_iov(rx, &iov, 1), 1);
	const char *end = memmem(iov.iov_base, iov.iov_len, "\r\n\r\n", 4);
	return end != NULL ? (size_t)(end + 4 - (const char *)iov.iov_base) : 0;
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct talk *t = &talks[nb_talks++];
	struct leat_endpoint from;

	(void)user;
	*t = (struct talk){.conn = conn, .timer = leat_timer_create(leat_tcp_core(conn), say_piece, t)};
	leat_tcp_set_user(conn, t);
	leat_tcp_remote(conn, &from);
	rig.server.from[from.addr.bytes[3] & 7]++;
	leat_tcp_local(conn, &from);
	rig.server.to[from.port - RIG_PORT]++;
	rig.server.accepted++;
	rig.server.open++;
	if (rig.server.talks)
		leat_tcp_send(conn, rig.server.answer, rig.server.answer_len);
	if (rig.server.hangs_up)
		leat_tcp_shutdown(conn);
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	uint64_t at_once = 0;
	size_t n;

	while (leat_rx_size(rx) > 0 && (n = request_size(rx)) > 0) {
		rig.server.bytes += n;
		leat_tcp_consume(conn, n);
		answer(user);
		at_once++;
	}
	if (leat_rx_ended(rx))
		leat_tcp_consume(conn, leat_rx_size(rx)); /* a part of one, which will not become whole */
	if (at_once > rig.server.most_at_once)
		rig.server.most_at_once = at_once;
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct talk *t = user;

	(void)conn;
	(void)reason;
	t->conn = NULL;
	rig.server.open--;
	rig.server.closed++;
}

static bool
hand(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	struct rig_frame *f = &rig.frames[rig.last % RIG_FRAMES];

	if (rig.lose != NULL && rig.lose(from_a, m)) {
		rte_pktmbuf_free(m);
		return false;
	}
	cr_assert_lt(rig.last - rig.first, RIG_FRAMES);
	uint64_t due = d->now + MS;
	*f = (struct rig_frame){m, due > rig.stall_until ? due : rig.stall_until, from_a};
	rig.last++;
	return false;
}

static unsigned
deliver(void)
{
	unsigned n = 0;

	for (; rig.first != rig.last && rig.frames[rig.first % RIG_FRAMES].due <= rig.duo.now && n < 512; n++) {
		struct rig_frame *f = &rig.frames[rig.first++ % RIG_FRAMES];
		cr_assert_eq(rte_ring_enqueue(f->from_a ? rig.duo.b_in : rig.duo.a_in, f->m), 0);
	}
	return n;
}

static void
tune(struct leat_config *c, bool is_a)
{
	c->tcp.msl = MS;
	c->mtu = 1500;
	if (!is_a)
		for (unsigned i = 1; i < 4; i++) {
			c->addrs[i] = c->addrs[0];
			c->addrs[i].addr = leat_ipv4(198, 18, 0, (uint8_t)(2 + i));
			c->nb_addrs++;
		}
	if (!is_a && rig.tune != NULL)
		rig.tune(c);
}

void
rig_plan(enum load_mode mode, const char *request)
{
	plan_init(&rig.plan);
	rig.plan.mode = mode;
	rig.plan.warmup = 0;
	rig.plan.duration = 3600 * SEC;
	rig.plan.connections = 1;
	rig.plan.targets[0] = (struct target){.at = {leat_ipv4(198, 18, 0, 1), RIG_PORT}, .text = "198.18.0.1:80",
		.request = strdup(request), .request_len = strlen(request)};
	rig.plan.nb_targets = 1;
}

void
rig_open(void)
{
	static const struct leat_tcp_events events = {.on_open = on_open, .on_data = on_data,
		.on_peer_closed = on_peer_closed, .on_closed = on_closed};
	const struct leat_endpoint any = {.port = RIG_PORT}, second = {.port = RIG_PORT + 1};
	struct leat_listener *other;

	support_eal_start(NULL);
	rig.duo.hand = hand;
	duo_open(&rig.duo, tune);
	if (rig.server.answer != NULL && rig.server.answer_len == 0)
		rig.server.answer_len = strlen(rig.server.answer);
	cr_assert_eq(leat_tcp_listen(rig.duo.a, &any, &events, NULL, &rig.listener), 0);
	cr_assert_eq(leat_tcp_listen(rig.duo.a, &second, &events, NULL, &other), 0);
	duo_settle(&rig.duo);
	cr_assert_eq(gen_open(&rig.gen, &rig.plan, leat_core(rig.duo.b, 0), 0, 1), 0);
	gen_begin(&rig.gen, rig.duo.now);
}

static void
settle(void)
{
	unsigned n;

	do {
		n = deliver();
		duo_settle(&rig.duo);
		n += gen_turn(&rig.gen);
	} while (n > 0);
	duo_settle(&rig.duo);
}

/* The next moment at which anything is due. */
static uint64_t
next(uint64_t end)
{
	uint64_t times[] = {gen_next(&rig.gen), leat_core_next(leat_core(rig.duo.a, 0)), leat_core_next(leat_core(rig.duo.b, 0)),
		rig.first != rig.last ? rig.frames[rig.first % RIG_FRAMES].due : UINT64_MAX};
	uint64_t at = end;

	for (int i = 0; i < 4; i++)
		at = times[i] < at ? times[i] : at;
	return at > rig.duo.now ? at : rig.duo.now + 1;
}

void
rig_after(uint64_t ns)
{
	uint64_t end = rig.duo.now + ns;

	for (;;) {
		settle();
		if (rig.duo.now >= end)
			return;
		rig.duo.now = next(end);
	}
}

void
rig_finish(uint64_t ns)
{
	uint64_t end = rig.duo.now + ns;

	while (rig.gen.phase != GEN_DONE && rig.duo.now < end)
		rig_after(MS);
	cr_assert_eq(rig.gen.phase, GEN_DONE, "phase %d, %u connections", rig.gen.phase, gen_active(&rig.gen));
	cr_assert_eq(gen_active(&rig.gen), 0);
}

void
rig_close(void)
{
	rig_after(5 * SEC); /* what is left of it: FINs, TIME-WAIT */
	cr_assert_eq(rig.server.open, 0, "the server has %u connections", rig.server.open);
	gen_close(&rig.gen);
	duo_close(&rig.duo);
	plan_free(&rig.plan);
}
