/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <rte_mbuf.h>
#include "app.h"
#include "core/core.h"
#include "judge.h"
#include "plant.h"

enum { GREETING = 3000, MORE = 1000, ROUND = 1 << 14, PIECE = 700 };

uint8_t app_manner;

static const struct leat_tcp_events app_events;

static bool
may_act(const struct side *s)
{
	judge_acts();
	return s != NULL && s->conn != NULL && !s->left && !s->aborted;
}

/* --- what it does --- */

static void
released(void *arg)
{
	struct side *s = arg;

	HOLDS(s->refs > 0, "a reference is released twice");
	s->refs--;
}

static ssize_t
send_mbuf(struct side *s, uint32_t len)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t at = 0, n; at < len; at += n) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(stage.core->data_pool);
		n = RTE_MIN(len - at, (uint32_t)PIECE);
		if (m == NULL || (head != NULL && rte_pktmbuf_chain(head, m) != 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return 0;
		}
		memcpy(rte_pktmbuf_mtod(m, void *), talk_bytes(s->written + at), n);
		m->data_len = (uint16_t)n;
		if (head == NULL) {
			head = m;
			m->pkt_len = n;
		} else {
			head->pkt_len += n;
		}
	}
	ssize_t r = head != NULL ? leat_tcp_send_mbuf(s->conn, head) : 0;
	if (r <= 0)
		rte_pktmbuf_free(head);
	return r;
}

static ssize_t
send_some(struct side *s, enum app_send how, uint32_t len)
{
	ssize_t r;

	switch (how) {
	case APP_REF:
		r = leat_tcp_send_ref(s->conn, talk_bytes(s->written), len, released, s);
		s->refs += r > 0;
		return r;
	case APP_MBUF:
		return send_mbuf(s, len);
	default:
		return leat_tcp_send(s->conn, talk_bytes(s->written), len);
	}
}

void
app_sends(struct side *s, enum app_send how, uint32_t len)
{
	while (may_act(s) && len > 0 && s->written + len <= SENDS_MAX) {
		uint32_t n = RTE_MIN(len, (uint32_t)ROUND);
		ssize_t r = send_some(s, how, n);
		HOLDS(r <= (ssize_t)n && (r >= 0 || (r == -EPIPE && s->shut) || r == -ECONNRESET),
			"sending %u bytes returned %zd", n, r);
		say("the application sends %u bytes: %zd", n, r);
		if (r <= 0)
			return;
		s->written += (uint32_t)r;
		len -= (uint32_t)r;
	}
}

static void
take_in(struct side *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		judge_byte(s, s->irs + 1 + s->read + (uint32_t)i, p[i] ^ plant_read());
	s->read += (uint32_t)n;
}

void
app_reads(struct side *s, uint32_t len)
{
	uint8_t buf[2048];
	size_t n = 0, done = 0;

	if (!may_act(s))
		return;
	struct leat_rx *rx = leat_tcp_rx(s->conn);
	size_t there = leat_rx_size(rx);
	while (done < len && (n = leat_rx_read(rx, buf, RTE_MIN(len - done, sizeof(buf)))) > 0) {
		take_in(s, buf, n);
		done += n;
	}
	HOLDS(done == RTE_MIN((size_t)len, there) && leat_rx_size(rx) == there - done,
		"of %zu bytes %zu could be read, now there are %zu", there, done, leat_rx_size(rx));
	if (done > 0 && (app_manner & APP_ECHOES))
		app_sends(s, APP_COPY, (uint32_t)done);
}

void
app_takes(struct side *s)
{
	if (!may_act(s))
		return;
	struct leat_rx *rx = leat_tcp_rx(s->conn);
	size_t there = leat_rx_size(rx);
	struct rte_mbuf *m = leat_rx_take(rx);
	size_t n = 0;
	for (struct rte_mbuf *seg = m; seg != NULL; seg = seg->next) {
		take_in(s, rte_pktmbuf_mtod(seg, uint8_t *), seg->data_len);
		n += seg->data_len;
	}
	HOLDS((m != NULL) == (there > 0) && n <= there && (m == NULL || n == m->pkt_len),
		"took %zu bytes of %zu, the mbuf says %u", n, there, m != NULL ? m->pkt_len : 0);
	rte_pktmbuf_free(m);
}

void
app_shuts(struct side *s)
{
	if (!may_act(s))
		return;
	int r = leat_tcp_shutdown(s->conn);
	HOLDS(r == 0 || r == -ENOTCONN, "shutdown returned %d", r);
	say("the application shuts down: %d", r);
	s->shut |= r == 0;
}

void
app_closes(struct side *s)
{
	if (!may_act(s))
		return;
	say("the application closes");
	s->left = s->shut = true;
	leat_tcp_close(s->conn);
}

void
app_aborts(struct side *s)
{
	if (s == NULL || s->conn == NULL || s->aborted)
		return;
	judge_acts();
	say("the application aborts");
	s->aborted = true;
	leat_tcp_abort(s->conn);
}

void
app_sets(struct side *s, uint8_t option, uint32_t value)
{
	uint32_t is = 0;

	if (!may_act(s))
		return;
	enum leat_tcp_option o = (enum leat_tcp_option)(option % (LEAT_TCP_PACING + 1));
	if (o == LEAT_TCP_KEEPIDLE || o == LEAT_TCP_KEEPINTVL)
		value *= 100; /* shorter ones take too long to end */
	if (o == LEAT_TCP_PACING && value > 127)
		value = value & 1 ? UINT32_MAX : value * 100;
	int r = leat_tcp_set(s->conn, o, value);
	HOLDS(r == 0 || r == -EINVAL || r == -ENOMEM, "setting option %d to %u returned %d", o, value, r);
	HOLDS(leat_tcp_get(s->conn, o, &is) == 0, "option %d cannot be read", o);
	say("the application sets option %d to %u: %d, now %u", o, value, r, is);
}

void
app_connects(struct talk *t)
{
	const struct leat_endpoint local = {leat_ipv4(198, 18, 0, 1), TALK_ACTIVE_PORT};
	const struct leat_endpoint remote = {leat_ipv4(198, 18, 0, 2), TALK_PEER_PORT};
	struct leat_conn *c;

	if (t->leat_port != TALK_ACTIVE_PORT || (t->side != NULL && t->side->conn != NULL))
		return;
	struct side *s = side_new(t);
	if (s == NULL)
		return;
	int r = leat_tcp_connect(leat_core(stage.leat, 0), &local, &remote, &app_events, s, &c);
	HOLDS(r == 0 || r == -EADDRINUSE || r == -ENOMEM || r == -ENOBUFS, "connect returned %d", r);
	say("the application connects: %d", r);
	if (r != 0)
		return;
	t->side = s;
	s->conn = c;
	s->active = true;
}

/* --- what it is told --- */

static struct side *
side_of(struct leat_conn *c, void *user)
{
	struct side *s = user;

	HOLDS(!s->closed && s->conn == c, "an event after on_closed");
	return s;
}

static void
opened(struct side *s)
{
	struct leat_tcp_info i = {.size = sizeof(i)};

	HOLDS(!s->opened && !s->left && !s->aborted, "on_open twice, or after close");
	s->opened = true;
	leat_tcp_info(s->conn, &i);
	judge_opened(s, &i);
	say("open");
	if (app_manner & APP_GREETS)
		app_sends(s, APP_COPY, GREETING);
}

static void
on_open(struct leat_conn *c, void *user)
{
	opened(side_of(c, user));
}

static void
on_accept(struct leat_conn *c, void *user)
{
	static const struct leat_tcp_events nobody;
	struct leat_endpoint local, remote;

	(void)user;
	leat_tcp_local(c, &local);
	leat_tcp_remote(c, &remote);
	struct talk *t = talk_of(local.port, remote.port);
	struct side *s = side_new(t);
	if (s == NULL) {
		leat_tcp_set_events(c, &nobody);
		leat_tcp_abort(c);
		return;
	}
	s->conn = c;
	if (t != NULL)
		t->side = s;
	leat_tcp_set_events(c, &app_events);
	leat_tcp_set_user(c, s);
	opened(s);
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct side *s = side_of(c, user);

	HOLDS(s->opened && !s->left && !s->aborted, "on_data before open, or after close");
	HOLDS(leat_rx_size(rx) > 0, "on_data without any");
	if (app_manner & APP_TAKES)
		app_takes(s);
	else if (!(app_manner & APP_LAZY))
		app_reads(s, UINT32_MAX);
	if (app_manner & APP_LEAVES)
		app_closes(s);
}

static void
on_sent(struct leat_conn *c, size_t n, void *user)
{
	struct side *s = side_of(c, user);

	/* who was refused memory before it was open is told then too */
	HOLDS((s->opened || n == 0 || s->left) && !s->aborted, "on_sent before open, or after abort");
	s->acked += (uint32_t)n;
	HOLDS(s->acked <= s->written, "%u bytes are acknowledged of %u", s->acked, s->written);
	if (app_manner & APP_ABORTS)
		app_aborts(s);
	if (app_manner & APP_GOES_ON)
		app_sends(s, APP_COPY, MORE);
}

static void
on_peer_closed(struct leat_conn *c, void *user)
{
	struct side *s = side_of(c, user);

	HOLDS(s->opened && !s->peer_closed && !s->left && !s->aborted, "on_peer_closed twice, or after close");
	HOLDS(leat_rx_size(leat_tcp_rx(c)) == 0 && leat_rx_ended(leat_tcp_rx(c)), "the peer closed, and something is left");
	s->peer_closed = true;
	say("the peer has closed");
	if (app_manner & APP_FOLLOWS)
		app_closes(s);
}

static void on_closed(struct leat_conn *c, int reason, void *user);

static void
tell_again(struct side *s)
{
	on_closed(NULL, 0, s);
}

static void
on_closed(struct leat_conn *c, int reason, void *user)
{
	static const int reasons[] = {0, ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNABORTED};
	struct side *s = side_of(c, user);
	bool known = false;

	say("closed: %s", strerror(reason));
	for (size_t i = 0; i < RTE_DIM(reasons); i++)
		known |= reason == reasons[i];
	HOLDS(known, "closed because of \"%s\"", strerror(reason));
	HOLDS(reason != 0 || (s->shut && s->acked == s->written), "closed in order with %u of %u bytes acknowledged", s->acked,
		s->written);
	HOLDS(reason != ECONNABORTED || s->left || s->aborted, "closed by nobody");
	s->closed = true;
	s->reason = reason;
	s->conn = NULL;
	plant_closed(s, tell_again);
}

static const struct leat_tcp_events app_events = {on_open, on_data, on_sent, on_peer_closed, on_closed};
const struct leat_tcp_events app_accepting = {.on_open = on_accept};

unsigned
app_conns(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SIDES; i++)
		n += sides[i].conn != NULL;
	return n;
}
