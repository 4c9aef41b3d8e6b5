/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets live on one core of several; what is for them comes there. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <leat/socket.h>
#include "support/eal.h"
#include "hall.h"

enum { CLIENTS = 32 };

static struct leat_sockets *s;
static struct client clients[CLIENTS];

static void
start(void)
{
	support_eal_start("-m", "384", NULL);
	hall.a = (struct side){.cores = 3, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_sockets_open(leat_core(hall.a.leat, 1), NULL, &s), 0);
}

static void
stop(void)
{
	leat_sockets_close(s);
	hall_close();
}

TestSuite(sockets, .init = start, .fini = stop, .timeout = 60);

static struct sockaddr_in
at(uint8_t host, uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = host == 0 ? 0 : leat_ipv4(198, 18, 0, host).v4};
}

/* The sockets' core turns in their calls; the others by hand. */
static void
settle(void)
{
	for (unsigned quiet = 0; quiet < 3; quiet++) {
		hall_settle();
		while (leat_sockets_turn(s) > 0)
			quiet = 0;
	}
}

Test(sockets, a_listener_accepts_all_connections)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 1), .port = 80};
	const struct sockaddr_in local = at(0, 80);
	int fd = leat_socket(s, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	cr_assert_eq(leat_bind(s, fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	cr_assert_eq(leat_listen(s, fd, CLIENTS), 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(&hall.b, 0, &to, &clients[i]);
		settle();
		cr_assert_eq(clients[i].opened, 1);
		int c = leat_accept4(s, fd, NULL, NULL, SOCK_NONBLOCK);
		cr_assert_geq(c, 0);
		cr_assert_eq(leat_write(s, c, "word", 4), 4);
		settle();
		cr_assert_eq(clients[i].received, 4);
		leat_close(s, c);
		leat_tcp_close(clients[i].conn);
	}
	leat_close(s, fd);
	hall_after(70000 * MS);
}

Test(sockets, what_they_open_and_send_is_answered)
{
	const struct sockaddr_in echo = at(2, 7);
	const struct leat_endpoint any = {.port = 7};
	struct leat_listener *l;
	char buf[8];

	cr_assert_eq(leat_tcp_listen(hall.b.leat, &any, &hall_echo, NULL, &l), 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		int fd = leat_socket(s, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		cr_assert_eq(leat_connect(s, fd, (const struct sockaddr *)&echo, sizeof(echo)), -1);
		settle();
		cr_assert_eq(leat_write(s, fd, "word", 4), 4);
		settle();
		cr_assert_eq(leat_read(s, fd, buf, sizeof(buf)), 4);
		leat_close(s, fd);
	}
	hall_after(70000 * MS);
}
