/* SPDX-License-Identifier: BSD-3-Clause */
/* The applications: they do what they are told to, and what leat tells them is noted. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "world.h"

static const char *
reason_name(int reason)
{
	switch (reason) {
	case ECONNREFUSED:
		return "ECONNREFUSED";
	case ECONNRESET:
		return "ECONNRESET";
	case ECONNABORTED:
		return "ECONNABORTED";
	case ETIMEDOUT:
		return "ETIMEDOUT";
	case EHOSTUNREACH:
		return "EHOSTUNREACH";
	case ENETUNREACH:
		return "ENETUNREACH";
	case EMSGSIZE:
		return "EMSGSIZE";
	case ENOMEM:
		return "ENOMEM";
	default:
		return "another errno";
	}
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct host *h = user;

	h->conn = conn;
	record_told(&h->world->record, h->world->now, h->side, "opened");
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct host *h = user;
	size_t size = leat_rx_size(rx);

	if (size > h->unread)
		record_told(&h->world->record, h->world->now, h->side, "%zu bytes", size - h->unread);
	if (h->reads)
		leat_tcp_consume(conn, size);
	h->unread = h->reads ? 0 : size;
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	struct host *h = user;

	(void)conn;
	if (acked > 0) {
		record_told(&h->world->record, h->world->now, h->side, "%zu bytes arrived", acked);
		return;
	}
	/* memory was short, and is there again */
	record_told(&h->world->record, h->world->now, h->side, "may send again");
	app_sends(h, h->refused);
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	struct host *h = user;

	(void)conn;
	record_told(&h->world->record, h->world->now, h->side, "the peer has closed");
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct host *h = user;

	(void)conn;
	h->conn = NULL;
	if (reason == 0)
		record_told(&h->world->record, h->world->now, h->side, "closed, no error");
	else
		record_told(&h->world->record, h->world->now, h->side, "closed, %s", reason_name(reason));
}

static const struct leat_tcp_events events = {
	.on_open = on_open, .on_data = on_data, .on_sent = on_sent,
	.on_peer_closed = on_peer_closed, .on_closed = on_closed,
};

void
app_listens(struct host *h)
{
	const struct leat_endpoint local = {.port = h->side == CLIENT ? CLIENT_PORT : SERVER_PORT};

	cr_assert_eq(leat_tcp_listen(h->leat, &local, &events, h, &h->listener), 0);
}

/* Each from its port to the other's. */
void
app_connects(struct host *h)
{
	bool client = h->side == CLIENT;
	const struct leat_endpoint local = {.port = client ? CLIENT_PORT : SERVER_PORT};
	const struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, client ? 2 : 1),
		.port = client ? SERVER_PORT : CLIENT_PORT};
	int r = leat_tcp_connect(leat_core(h->leat, 0), &local, &remote, &events, h, &h->conn);

	if (r < 0)
		record_told(&h->world->record, h->world->now, h->side, "connect fails, %s", reason_name(-r));
}

void
app_sends(struct host *h, uint32_t len)
{
	uint8_t buf[4096] = {0};

	cr_assert_not_null(h->conn);
	ssize_t n = leat_tcp_send(h->conn, buf, len);
	h->refused = n < 0 ? 0 : len - (uint32_t)n;
	if (n < (ssize_t)len)
		record_told(&h->world->record, h->world->now, h->side, "send takes %zd of %u bytes", n, len);
}

void
app_shuts_down(struct host *h)
{
	cr_assert_not_null(h->conn);
	cr_assert_eq(leat_tcp_shutdown(h->conn), 0);
}

/* The program ends: what it has is closed, and nobody listens. */
void
app_exits(struct host *h)
{
	if (h->listener != NULL)
		leat_tcp_unlisten(h->listener);
	h->listener = NULL;
	if (h->conn != NULL)
		leat_tcp_close(h->conn);
}
