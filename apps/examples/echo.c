/* SPDX-License-Identifier: BSD-3-Clause */
/* An echo server over the event interface: port 7 of every address, until Ctrl-C. */
#include <signal.h>
#include <stdio.h>
#include <leat/leat.h>

static struct leat *leat;

/* Sends back what was received. What does not fit stays, and closes the window, until on_sent. */
static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct iovec piece;
	ssize_t n;

	(void)user;
	while (leat_rx_iov(rx, &piece, 1) > 0 && (n = leat_tcp_send(conn, piece.iov_base, piece.iov_len)) > 0)
		leat_tcp_consume(conn, (size_t)n);
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	(void)acked;
	on_data(conn, leat_tcp_rx(conn), user);
}

/* Comes when all that was received before is consumed, which here means: queued to be sent. */
static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

static void
on_signal(int signal)
{
	(void)signal;
	leat_stop(leat);
}

int
main(int argc, char **argv)
{
	static const struct leat_tcp_events events = {
		.on_data = on_data, .on_sent = on_sent, .on_peer_closed = on_peer_closed};
	const struct leat_endpoint local = {.port = 7};
	struct leat_listener *listener;
	struct leat_config config;
	struct leat_error error;
	int eal = leat_init(argc, argv); /* DPDK's options, up to "--" */

	if (eal < 0)
		return 1;
	argc -= eal;
	argv += eal;
	leat_config_init(&config);
	if (leat_config_args(&config, &argc, argv, NULL, &error) < 0 || !(leat = leat_create(&config, &error))) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	signal(SIGINT, on_signal);
	if (leat_tcp_listen(leat, &local, &events, NULL, &listener) < 0 || leat_run(leat) < 0)
		return 1;
	leat_destroy(leat);
	return 0;
}
