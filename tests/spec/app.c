/* SPDX-License-Identifier: BSD-3-Clause */
/* The application of a test: does what the test says, and notes what leat tells it. */
#include <string.h>
#include "spec.h"

static struct leat_listener *listener;

static void
note(struct talk *t, int what, int64_t n)
{
	struct app_event *last = t->nb_events ? &t->events[t->nb_events - 1] : NULL;

	if (what == APP_DATA && last != NULL && last->what == APP_DATA) {
		last->n += n;
		return;
	}
	if (t->nb_events == APP_EVENTS)
		spec_fail("more than %d events of the application", APP_EVENTS);
	t->events[t->nb_events++] = (struct app_event){.what = what, .n = n};
}

static void
read_data(struct talk *t, size_t n)
{
	uint8_t buf[2048];

	while (n > 0) {
		size_t got = leat_rx_read(leat_tcp_rx(t->conn), buf, n < sizeof(buf) ? n : sizeof(buf));
		if (got == 0)
			spec_fail("%zu bytes fewer to read than were announced", n);
		for (size_t i = 0; i < got; i++)
			if (buf[i] != spec_byte(t->received++))
				spec_fail("wrong byte %u was delivered", t->received - 1);
		t->unread -= (uint32_t)got;
		n -= got;
	}
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct leat_endpoint local, remote;
	struct talk *t = user;

	leat_tcp_local(conn, &local);
	leat_tcp_remote(conn, &remote);
	if (t == NULL && (t = spec_talk_find(remote.port, local.port)) == NULL)
		return;
	leat_tcp_set_user(conn, t);
	t->conn = conn;
	note(t, APP_OPENED, 0);
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct talk *t = user;

	if (t == NULL)
		return leat_tcp_consume(conn, leat_rx_size(rx));
	note(t, APP_DATA, (int64_t)leat_rx_size(rx) - t->unread);
	t->unread = (uint32_t)leat_rx_size(rx);
	if (t->reads)
		read_data(t, t->unread);
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	struct talk *t = user;

	(void)conn;
	if (t != NULL)
		t->acked += (uint32_t)acked;
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)conn;
	if (user != NULL)
		note(user, APP_PEER_CLOSED, 0);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct talk *t = user;

	(void)conn;
	if (t == NULL)
		return;
	note(t, APP_CLOSED, reason);
	t->conn = NULL;
}

static const struct leat_tcp_events app = {
	.on_open = on_open, .on_data = on_data, .on_sent = on_sent,
	.on_peer_closed = on_peer_closed, .on_closed = on_closed,
};

static struct leat_conn *
the_conn(void)
{
	if (talk->conn == NULL)
		spec_fail("the application has no connection");
	return talk->conn;
}

size_t
app_offers(size_t n)
{
	static uint8_t buf[65536];
	size_t done = 0;

	while (done < n) {
		size_t len = n - done < sizeof(buf) ? n - done : sizeof(buf);
		for (size_t i = 0; i < len; i++)
			buf[i] = spec_byte(talk->written + (uint32_t)i);
		ssize_t took = leat_tcp_send(the_conn(), buf, len);
		if (took < 0)
			spec_fail("leat_tcp_send: %s", strerror((int)-took));
		talk->written += (uint32_t)took;
		done += (size_t)took;
		if ((size_t)took < len)
			break;
	}
	spec_ladder_line("               app sends %zu", done);
	spec_turn();
	return done;
}

void
spec_app_sends(size_t n)
{
	size_t took = app_offers(n);

	if (took != n)
		spec_fail("only %zu of %zu bytes were taken", took, n);
}

void
spec_app_consumes(size_t n)
{
	read_data(talk, n);
	spec_ladder_line("               app consumes %zu", n);
	spec_turn();
}

void
spec_app_ends(void (*end)(struct leat_conn *))
{
	spec_ladder_line("               app %s", end == leat_tcp_close ? "closes" : "aborts");
	end(the_conn());
	spec_turn();
}

void
spec_app_shuts_down(void)
{
	spec_ladder_line("               app shuts down");
	int rc = leat_tcp_shutdown(the_conn());
	if (rc != 0)
		spec_fail("leat_tcp_shutdown: %s", strerror(-rc));
	spec_turn();
}

void
spec_app_queues_connect(void)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = talk->peer_port};

	spec_start();
	talk->active = true;
	int rc = leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &app, talk, &talk->conn);
	if (rc != 0)
		spec_fail("leat_tcp_connect: %s", strerror(-rc));
	spec_ladder_line("               app connects");
}

void
spec_app_connects(void)
{
	spec_app_queues_connect();
	spec_turn();
}

void
spec_expect_app(int what, int64_t n)
{
	static const char *const names[] = {"opened", "data", "peer closed", "closed"};
	struct app_event e = talk->events[0];

	if (talk->nb_events == 0)
		spec_fail("no event of the application, expected %s", names[what]);
	if ((int)e.what != what || (n != ANY && e.n != n))
		spec_fail("application: %s %d, expected %s %d", names[e.what], (int)e.n, names[what], (int)n);
	memmove(talk->events, talk->events + 1, --talk->nb_events * sizeof(e));
}

void
spec_expect_app_sent(uint32_t n)
{
	if (talk->acked != n)
		spec_fail("%u bytes were reported as sent, expected %u", talk->acked, n);
	talk->acked = 0;
}

void
spec_expect_no_app_event(void)
{
	if (talk->nb_events > 0)
		spec_fail("the application was called %u times, expected not", talk->nb_events);
	spec_expect_app_sent(0);
}

void
spec_listens(void)
{
	struct leat_endpoint local = {.port = LEAT_PORT};

	spec_start();
	int rc = leat_tcp_listen(stack, &local, &app, NULL, &listener);
	if (rc != 0)
		spec_fail("leat_tcp_listen: %s", strerror(-rc));
	spec_turn();
}

void
spec_unlisten(void)
{
	leat_tcp_unlisten(listener);
	spec_ladder_line("               app listens no more");
	spec_turn();
}
