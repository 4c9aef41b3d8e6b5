/* SPDX-License-Identifier: BSD-3-Clause */
/* What ends in time, and what is bounded. */
#include <rte_mempool.h>
#include "lab.h"
#include "tcp/tcp.h"

enum { PORT = 7 };

TestSuite(limits, .timeout = 60);

static int
connect_client(int fd, uint16_t port)
{
	struct sockaddr_in to = lab_addr(&server, port);

	return leat_connect(client.s, fd, (struct sockaddr *)&to, sizeof(to));
}

static int
new_client(int flags)
{
	return works(leat_socket(client.s, AF_INET, SOCK_STREAM | flags, 0));
}

/* --- time --- */

/* The hosts know each other's address; then nothing arrives any more. */
static void
silent(void)
{
	int listener, theirs;

	lab_start();
	listener = lab_listen(PORT, 8);
	lab_connect(listener, PORT, &theirs);
	lab_cut(true);
}

Test(limits, a_connect_that_nobody_answers_times_out, .init = silent, .fini = lab_stop)
{
	int fd = new_client(0);
	uint64_t start = lab_now();

	fails(connect_client(fd, PORT), ETIMEDOUT);
	/* RFC 9293 3.8.3: at least three minutes for a SYN */
	cr_assert_geq(lab_now() - start, 180 * LAB_SEC);
	/* and it can be tried again */
	lab_cut(false);
	works(connect_client(fd, PORT));
}

Test(limits, a_connect_under_way_says_so, .init = silent, .fini = lab_stop)
{
	int fd = new_client(SOCK_NONBLOCK), error = -1;
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	fails(connect_client(fd, PORT), EINPROGRESS);
	fails(connect_client(fd, PORT), EALREADY);
	fails(leat_send(client.s, fd, "x", 1, 0), EAGAIN);
	fails(leat_recv(client.s, fd, &a, 1, 0), EAGAIN);
	fails(leat_getpeername(client.s, fd, (struct sockaddr *)&a, &len), ENOTCONN);
	works(leat_getsockname(client.s, fd, (struct sockaddr *)&a, &len));
	cr_assert_neq(a.sin_port, 0);
	cr_assert_eq(leat_poll(client.s, &p, 1, 50), 0);
	lab_cut(false);
	cr_assert_eq(leat_poll(client.s, &p, 1, 5000), 1);
	cr_assert_eq(p.revents, POLLOUT);
	len = sizeof(error);
	works(leat_getsockopt(client.s, fd, SOL_SOCKET, SO_ERROR, &error, &len));
	cr_assert_eq(error, 0);
	works(connect_client(fd, PORT));
	fails(connect_client(fd, PORT), EISCONN);
}

Test(limits, so_sndtimeo_bounds_a_connect, .init = silent, .fini = lab_stop)
{
	struct timeval t = {.tv_sec = 4};
	int fd = new_client(0);
	uint64_t start = lab_now();

	works(leat_setsockopt(client.s, fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
	fails(connect_client(fd, PORT), EINPROGRESS);
	cr_assert_eq((lab_now() - start) / LAB_MS, 4000);
	fails(connect_client(fd, PORT), EALREADY);
}

Test(limits, shutting_down_a_connect_ends_it, .init = silent, .fini = lab_stop)
{
	int fd = new_client(SOCK_NONBLOCK), error = -1;
	socklen_t len = sizeof(error);

	fails(connect_client(fd, PORT), EINPROGRESS);
	works(leat_shutdown(client.s, fd, SHUT_WR));
	works(leat_getsockopt(client.s, fd, SOL_SOCKET, SO_ERROR, &error, &len));
	cr_assert_eq(error, ECONNRESET);
	fails(connect_client(fd, PORT), EINPROGRESS);
	works(leat_close(client.s, fd));
}

Test(limits, poll_and_epoll_wait_for_as_long_as_they_are_told, .init = silent, .fini = lab_stop)
{
	int ep = works(leat_epoll_create(client.s, 0)), fd = new_client(0);
	struct epoll_event e = {.events = 0};
	struct pollfd p = {.fd = -1};
	uint64_t start = lab_now();

	cr_assert_eq(leat_poll(client.s, &p, 1, 1234), 0);
	cr_assert_eq((lab_now() - start) / LAB_MS, 1234);
	start = lab_now();
	cr_assert_eq(leat_epoll_wait(client.s, ep, &e, 1, 4321), 0);
	cr_assert_eq((lab_now() - start) / LAB_MS, 4321);
	cr_assert_eq(leat_poll(client.s, &p, 1, 0), 0);
	cr_assert_eq((lab_now() - start) / LAB_MS, 4321);
	/* a socket that is not connected hangs up at once */
	works(leat_epoll_ctl(client.s, ep, EPOLL_CTL_ADD, fd, &e));
	cr_assert_eq(leat_epoll_wait(client.s, ep, &e, 1, -1), 1);
	cr_assert_eq(e.events, EPOLLHUP);
}

/* --- where one cannot get --- */

Test(limits, there_is_no_way, .init = lab_start, .fini = lab_stop)
{
	struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0xc0000207)};
	struct sockaddr_in absent = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0xc6120063)};
	struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0xe0000001)};
	int fd = new_client(0);

	fails(leat_connect(client.s, fd, (struct sockaddr *)&far, sizeof(far)), ENETUNREACH);
	fails(leat_connect(client.s, fd, (struct sockaddr *)&group, sizeof(group)), ENETUNREACH);
	/* nobody has the address */
	fails(leat_connect(client.s, fd, (struct sockaddr *)&absent, sizeof(absent)), EHOSTUNREACH);
}

/* --- numbers --- */

static void
few(void)
{
	lab_sockets.max_sockets = 4;
	lab_start();
}

Test(limits, descriptors_are_the_lowest_free_and_run_out, .init = few, .fini = lab_stop)
{
	int l;

	for (int i = 0; i < 4; i++)
		cr_assert_eq(new_client(0), i);
	fails(leat_socket(client.s, AF_INET, SOCK_STREAM, 0), EMFILE);
	fails(leat_epoll_create(client.s, 0), EMFILE);
	works(leat_close(client.s, 2));
	works(leat_close(client.s, 1));
	cr_assert_eq(leat_epoll_create(client.s, 0), 1);
	cr_assert_eq(new_client(0), 2);
	l = lab_listen(PORT, 1);
	for (int i = 0; i < 3; i++)
		works(leat_socket(server.s, AF_INET, SOCK_STREAM, 0));
	fails(leat_accept(server.s, l, NULL, NULL), EMFILE);
}

static void
few_and_small(void)
{
	lab_sockets.ring_size = lab_tcp.snd_buf = lab_tcp.rcv_buf = 4096;
	few();
}

Test(limits, closed_sockets_that_cannot_send_run_out_of_slots_and_give_them_back, .init = few_and_small,
	.fini = lab_stop)
{
	static const uint8_t block[4096];
	int l = lab_listen(PORT, 100), fd, closed = 0;

	/* nobody accepts them, so nobody reads: closed, each keeps its slot */
	while ((fd = leat_socket(client.s, AF_INET, SOCK_STREAM, 0)) >= 0) {
		works(connect_client(fd, PORT));
		while (leat_send(client.s, fd, block, sizeof(block), MSG_DONTWAIT) > 0)
			lab_settle();
		works(leat_close(client.s, fd));
		cr_assert_lt(++closed, 100);
	}
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_gt(closed, 4, "more than there are descriptors");
	cr_assert_eq(leat_sockets_drain(client.s, LAB_SEC), -ETIMEDOUT);
	works(leat_close(server.s, l));
	cr_assert_eq(leat_sockets_drain(client.s, LAB_SEC), 0);
	for (int i = 0; i < 100; i++)
		works(leat_close(client.s, new_client(0)));
}

Test(limits, a_full_queue_resets_who_comes_next, .init = lab_start, .fini = lab_stop)
{
	int l = lab_listen(PORT, 2), fds[5];
	struct leat_sockets_stats stats;
	char buf[4];

	for (int i = 0; i < 5; i++) {
		fds[i] = new_client(0);
		works(connect_client(fds[i], PORT));
		lab_settle();
	}
	/* as on Linux one more waits than the backlog says */
	leat_sockets_stats(server.s, &stats);
	cr_assert_eq(stats.accept_overflow, 2);
	fails(leat_recv(client.s, fds[2], buf, 4, MSG_DONTWAIT), EAGAIN);
	fails(leat_recv(client.s, fds[3], buf, 4, 0), ECONNRESET);
	fails(leat_recv(client.s, fds[4], buf, 4, 0), ECONNRESET);
	for (int i = 0; i < 3; i++)
		works(leat_accept(server.s, l, NULL, NULL));
	works(leat_fcntl(server.s, l, F_SETFL, O_NONBLOCK));
	fails(leat_accept(server.s, l, NULL, NULL), EAGAIN);
	/* there is room again */
	works(connect_client(new_client(0), PORT));
	works(leat_accept(server.s, l, NULL, NULL));
}

Test(limits, closing_a_listener_resets_its_queue, .init = lab_start, .fini = lab_stop)
{
	int l = lab_listen(PORT, 2), fd = new_client(0);
	char buf[4];

	works(connect_client(fd, PORT));
	lab_settle();
	works(leat_close(server.s, l));
	fails(leat_recv(client.s, fd, buf, 4, 0), ECONNRESET);
	fails(connect_client(new_client(0), PORT), ECONNREFUSED);
}

Test(limits, a_full_socket_drops_datagrams, .init = lab_start, .fini = lab_stop)
{
	struct sockaddr_in to = lab_addr(&server, PORT);
	int s = works(leat_socket(server.s, AF_INET, SOCK_DGRAM, 0)), c = works(leat_socket(client.s, AF_INET, SOCK_DGRAM, 0));
	struct leat_sockets_stats stats;
	static uint8_t buf[1400];
	int got = 0;

	works(leat_bind(server.s, s, (struct sockaddr *)&to, sizeof(to)));
	for (int i = 0; i < 100; i++) {
		buf[0] = (uint8_t)i;
		works(leat_sendto(client.s, c, buf, sizeof(buf), 0, (struct sockaddr *)&to, sizeof(to)));
		lab_settle();
	}
	leat_sockets_stats(server.s, &stats);
	cr_assert_gt(stats.datagram_overflow, 0);
	while (leat_recv(server.s, s, buf, sizeof(buf), MSG_DONTWAIT) == sizeof(buf))
		cr_assert_eq(buf[0], got++, "the oldest are kept, whole and in order");
	cr_assert_eq(got + (int)stats.datagram_overflow, 100);
}

Test(limits, who_watches_a_ring_that_is_nearly_full_is_told_of_room, .init = few_and_small, .fini = lab_stop)
{
	static const uint8_t block[3500];
	int theirs, fd = lab_connect(lab_listen(PORT, 1), PORT, &theirs), ep = works(leat_epoll_create(client.s, 0));
	struct epoll_event e = {.events = EPOLLOUT};

	works(leat_fcntl(client.s, fd, F_SETFL, O_NONBLOCK));
	works(leat_epoll_ctl(client.s, ep, EPOLL_CTL_ADD, fd, &e));
	lab_cut(true);
	/* TCP's buffer is full, the ring is not: no write was short, so none has asked for room */
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(leat_send(client.s, fd, block, sizeof(block), 0), sizeof(block));
		lab_settle();
	}
	cr_assert_eq(leat_epoll_wait(client.s, ep, &e, 1, 0), 0);
	lab_cut(false);
	cr_assert_eq(leat_epoll_wait(client.s, ep, &e, 1, 5000), 1);
	cr_assert_eq(e.events, EPOLLOUT);
}

/* --- many --- */

enum { CLIENTS = 40, ROUNDS = 20 };

static int serving_ep;

/* The other application: a level-triggered echo server for all. */
static void
serve_all(void)
{
	struct epoll_event e[8];
	char buf[100];
	int n = leat_epoll_wait(server.s, serving_ep, e, 8, 0);

	for (int i = 0; i < n; i++) {
		ssize_t got = leat_recv(server.s, e[i].data.fd, buf, 10, MSG_DONTWAIT);
		cr_assert_gt(got, 0);
		cr_assert_eq(leat_send(server.s, e[i].data.fd, buf, (size_t)got, MSG_DONTWAIT), got);
	}
}

Test(limits, nobody_starves_in_epoll, .init = lab_start, .fini = lab_stop)
{
	int l = lab_listen(PORT, CLIENTS), fds[CLIENTS], theirs;
	char out[64], in[64];

	serving_ep = works(leat_epoll_create(server.s, 0));
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = lab_connect(l, PORT, &theirs);
		struct epoll_event e = {.events = EPOLLIN, .data.fd = theirs};
		works(leat_epoll_ctl(server.s, serving_ep, EPOLL_CTL_ADD, theirs, &e));
	}
	lab_other = serve_all;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CLIENTS; i++) {
			memset(out, 'a' + (i + round) % 26, sizeof(out));
			cr_assert_eq(leat_send(client.s, fds[i], out, sizeof(out), 0), sizeof(out));
		}
		for (int i = 0; i < CLIENTS; i++) {
			memset(out, 'a' + (i + round) % 26, sizeof(out));
			cr_assert_eq(leat_recv(client.s, fds[i], in, sizeof(in), MSG_WAITALL), sizeof(in));
			cr_assert_eq(memcmp(in, out, sizeof(in)), 0);
		}
	}
}

Test(limits, values_out_of_range_are_refused, .init = lab_start, .fini = lab_stop)
{
	const struct leat_sockets_config good = lab_sockets;
	struct leat_sockets_config bad[6];
	struct leat_sockets *s;

	for (int i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].size = 4;
	bad[1].max_sockets = 0;
	bad[2].max_sockets = 65537;
	bad[3].ring_size = 2048;
	bad[4].ring_size = 65537;
	bad[5].ring_size = 32 << 20;
	for (int i = 0; i < 6; i++)
		cr_assert_eq(leat_sockets_open(client.core, &bad[i], &s), -EINVAL, "%d", i);
	cr_assert_eq(leat_sockets_open(client.core, NULL, &s), 0);
	leat_sockets_close(s);
}

/* --- memory --- */

static void *taken[65536];

/* Not a buffer is free when the first byte is written; an acknowledgement could not bring on_sent. */
Test(limits, what_found_no_memory_is_sent_when_there_is_some, .init = lab_start, .fini = lab_stop)
{
	int theirs, fd = lab_connect(lab_listen(PORT, 8), PORT, &theirs);
	struct rte_mempool *pool = rte_mempool_lookup("client-0-data");
	struct slab *shorts = &((struct core *)client.core)->tcp->shorts;
	unsigned n = 0;
	char buf[8];

	shorts->max = shorts->used; /* nor is there a place for what is short */
	need(pool != NULL, "the pool has another name");
	while (n < 65536 && rte_mempool_get(pool, &taken[n]) == 0)
		n++;
	need(works((int)leat_send(client.s, fd, "hello", 5, 0)) == 5, "the ring has room");
	lab_after(LAB_SEC);
	fails(leat_recv(server.s, theirs, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	while (n > 0)
		rte_mempool_put(pool, taken[--n]);
	lab_after(2 * LAB_MS);
	cr_assert_eq(works((int)leat_recv(server.s, theirs, buf, sizeof(buf), MSG_DONTWAIT)), 5);
}
