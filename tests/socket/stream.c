/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams: blocking calls of one host against the other, in virtual time. */
#include <netinet/tcp.h>
#include <stdlib.h>
#include "lab.h"

enum { PORT = 7, MEGABYTE = 1 << 20 };

static int listener, ours, theirs;

static void
connected(void)
{
	lab_start();
	listener = lab_listen(PORT, 8);
	ours = lab_connect(listener, PORT, &theirs);
}

TestSuite(stream, .timeout = 60);

static void
check_name(const struct sockaddr_in *got, socklen_t len, const struct host *h)
{
	struct sockaddr_in want = lab_addr(h, 0);

	cr_assert_eq(len, sizeof(*got));
	cr_assert_eq(got->sin_family, AF_INET);
	cr_assert_eq(got->sin_addr.s_addr, want.sin_addr.s_addr);
}

Test(stream, connect_and_accept_name_both_ends, .init = connected, .fini = lab_stop)
{
	struct sockaddr_in a, b;
	socklen_t len = sizeof(a);

	works(leat_getsockname(client.s, ours, (struct sockaddr *)&a, &len));
	check_name(&a, len, &client);
	works(leat_getpeername(server.s, theirs, (struct sockaddr *)&b, &len));
	check_name(&b, len, &client);
	cr_assert_eq(a.sin_port, b.sin_port);
	cr_assert_neq(a.sin_port, 0);
	works(leat_getpeername(client.s, ours, (struct sockaddr *)&a, &len));
	check_name(&a, len, &server);
	cr_assert_eq(ntohs(a.sin_port), PORT);
	works(leat_getsockname(server.s, theirs, (struct sockaddr *)&b, &len));
	check_name(&b, len, &server);
	cr_assert_eq(ntohs(b.sin_port), PORT);
}

Test(stream, accept_tells_who_it_is_and_truncates_the_address, .init = connected, .fini = lab_stop)
{
	struct sockaddr_in to = lab_addr(&server, PORT), from;
	socklen_t len = sizeof(from);

	works(leat_connect(client.s, works(leat_socket(client.s, AF_INET, SOCK_STREAM, 0)),
		(struct sockaddr *)&to, sizeof(to)));
	works(leat_accept(server.s, listener, (struct sockaddr *)&from, &len));
	check_name(&from, len, &client);
	memset(&from, 0xee, sizeof(from));
	len = 4;
	works(leat_getsockname(server.s, theirs, (struct sockaddr *)&from, &len));
	cr_assert_eq(len, sizeof(from));
	cr_assert_eq(ntohs(from.sin_port), PORT);
	cr_assert_eq(from.sin_addr.s_addr, 0xeeeeeeee);
}

Test(stream, what_is_written_is_read, .init = connected, .fini = lab_stop)
{
	char buf[32];

	cr_assert_eq(leat_write(client.s, ours, "hello", 5), 5);
	cr_assert_eq(leat_read(server.s, theirs, buf, sizeof(buf)), 5);
	cr_assert_eq(memcmp(buf, "hello", 5), 0);
	cr_assert_eq(leat_send(server.s, theirs, "world!", 6, MSG_NOSIGNAL), 6);
	cr_assert_eq(leat_recv(client.s, ours, buf, 3, 0), 3);
	cr_assert_eq(leat_recv(client.s, ours, buf + 3, sizeof(buf) - 3, 0), 3);
	cr_assert_eq(memcmp(buf, "world!", 6), 0);
}

Test(stream, pieces_are_gathered_and_scattered, .init = connected, .fini = lab_stop)
{
	char a[3], b[1], c[8];
	const struct iovec out[] = {{(void *)(uintptr_t)"ab", 2}, {NULL, 0}, {(void *)(uintptr_t)"cdefg", 5}};
	const struct iovec in[] = {{a, sizeof(a)}, {b, 0}, {b, sizeof(b)}, {c, sizeof(c)}};

	cr_assert_eq(leat_writev(client.s, ours, out, 3), 7);
	cr_assert_eq(leat_readv(server.s, theirs, in, 4), 7);
	cr_assert(memcmp(a, "abc", 3) == 0 && b[0] == 'd' && memcmp(c, "efg", 3) == 0);
	fails(leat_writev(client.s, ours, out, -1), EINVAL);
	fails(leat_readv(server.s, theirs, in, 2000), EINVAL);
}

Test(stream, peeking_leaves_the_data, .init = connected, .fini = lab_stop)
{
	char buf[8] = "";

	leat_write(client.s, ours, "abcdef", 6);
	cr_assert_eq(leat_recv(server.s, theirs, buf, 4, MSG_PEEK), 4);
	cr_assert_eq(leat_recv(server.s, theirs, buf, 8, MSG_PEEK), 6);
	cr_assert_eq(leat_recv(server.s, theirs, NULL, 0, MSG_DONTWAIT), 0);
	cr_assert_eq(leat_recv(server.s, theirs, buf, 2, MSG_TRUNC), 2, "thrown away");
	cr_assert_eq(leat_recv(server.s, theirs, buf, 8, 0), 4);
	cr_assert_eq(memcmp(buf, "cdef", 4), 0);
	fails(leat_recv(server.s, theirs, buf, 1, MSG_DONTWAIT), EAGAIN);
}

/* The other application: sends two bytes each time it is asked, up to ten. */
static int dribbled;

static void
dribble(void)
{
	if (dribbled < 10)
		dribbled += (int)leat_send(server.s, theirs, "xy", 2, MSG_DONTWAIT);
}

Test(stream, waitall_waits_for_all, .init = connected, .fini = lab_stop)
{
	char buf[10];

	lab_other = dribble;
	cr_assert_eq(leat_recv(client.s, ours, buf, 10, MSG_WAITALL), 10);
	leat_close(server.s, theirs);
	lab_other = NULL;
	cr_assert_eq(leat_recv(client.s, ours, buf, 10, MSG_WAITALL), 0);
}

Test(stream, waitall_ends_at_the_end, .init = connected, .fini = lab_stop)
{
	char buf[10];

	leat_write(server.s, theirs, "abc", 3);
	leat_close(server.s, theirs);
	cr_assert_eq(leat_recv(client.s, ours, buf, 10, MSG_WAITALL), 3);
	cr_assert_eq(leat_recv(client.s, ours, buf, 10, 0), 0);
}

/* The other application: a server that sends back what it gets, without blocking. */
static uint8_t pending[20000];
static size_t pending_from, pending_to;
static bool echo_ended;

static void
echo(void)
{
	while (!echo_ended) {
		if (pending_from == pending_to) {
			ssize_t n = leat_recv(server.s, theirs, pending, sizeof(pending), MSG_DONTWAIT);
			if (n < 0) {
				cr_assert_eq(errno, EAGAIN);
				return;
			}
			if (n == 0) {
				echo_ended = true;
				cr_assert_eq(leat_shutdown(server.s, theirs, SHUT_WR), 0);
				return;
			}
			pending_from = 0;
			pending_to = (size_t)n;
		}
		ssize_t n = leat_send(server.s, theirs, pending + pending_from, pending_to - pending_from, MSG_DONTWAIT);
		if (n < 0) {
			cr_assert_eq(errno, EAGAIN);
			return;
		}
		pending_from += (size_t)n;
	}
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

/* Writes and reads in turn, no more than the pipe can hold between them. */
static void
echo_megabyte(size_t step)
{
	uint8_t *out = malloc(MEGABYTE), *in = malloc(MEGABYTE);
	size_t sent = 0, got = 0;

	for (size_t i = 0; i < MEGABYTE; i++)
		out[i] = pattern(i);
	lab_other = echo;
	while (got < MEGABYTE) {
		size_t n = MEGABYTE - sent < step ? MEGABYTE - sent : step;
		if (n > 0) {
			cr_assert_eq((size_t)works(leat_write(client.s, ours, out + sent, n)), n);
			sent += n;
		} else {
			works(leat_shutdown(client.s, ours, SHUT_WR));
		}
		while (got < sent)
			got += (size_t)works(leat_read(client.s, ours, in + got, sent - got));
	}
	cr_assert_eq(memcmp(in, out, MEGABYTE), 0);
	works(leat_shutdown(client.s, ours, SHUT_WR));
	cr_assert_eq(leat_read(client.s, ours, in, 1), 0);
	cr_assert(echo_ended);
	free(in);
	free(out);
}

Test(stream, a_megabyte_is_echoed, .init = connected, .fini = lab_stop)
{
	echo_megabyte(100000);
}

static void
connected_small(void)
{
	lab_sockets.ring_size = 4096;
	connected();
}

Test(stream, a_megabyte_is_echoed_through_small_rings, .init = connected_small, .fini = lab_stop)
{
	echo_megabyte(50001);
}

/* Writes until nothing fits any more; returns how much. */
static size_t
fill(void)
{
	static const uint8_t block[1000];
	size_t total = 0;
	ssize_t n;

	for (;;) {
		n = leat_send(client.s, ours, block, sizeof(block), MSG_DONTWAIT);
		if (n < 0) {
			cr_assert_eq(errno, EAGAIN);
			lab_settle();
			n = leat_send(client.s, ours, block, sizeof(block), MSG_DONTWAIT);
			if (n < 0)
				return total;
		}
		total += (size_t)n;
	}
}

Test(stream, who_does_not_read_closes_the_window_and_opens_it_again, .init = connected, .fini = lab_stop)
{
	static uint8_t buf[1 << 20];
	size_t total = fill(), got = 0, all = 2 * lab_sockets.ring_size + lab_tcp.snd_buf + lab_tcp.rcv_buf;
	struct pollfd p = {.fd = ours, .events = POLLOUT};

	/* two rings, TCP's buffers on both sides: bounded, and nearly all of it used */
	cr_assert_leq(total, all + 65536);
	cr_assert_geq(total, all * 3 / 4);
	cr_assert_eq(leat_poll(client.s, &p, 1, 0), 0);
	lab_after(100 * LAB_MS);
	while (got < total) {
		ssize_t n = leat_recv(server.s, theirs, buf, sizeof(buf), 0);
		cr_assert_gt(n, 0);
		got += (size_t)n;
	}
	cr_assert_eq(leat_poll(client.s, &p, 1, 1000), 1);
	cr_assert_eq(p.revents, POLLOUT);
}

Test(stream, a_blocking_write_waits_for_the_reader, .init = connected, .fini = lab_stop)
{
	static uint8_t block[3 << 20];
	int done = 0;

	lab_other = echo;
	/* the echo comes back to one who does not read: the pipe must hold, so write no more than it can */
	done = works(leat_write(client.s, ours, block, 900000));
	cr_assert_eq(done, 900000);
	size_t got = 0;
	while (got < 900000)
		got += (size_t)works(leat_read(client.s, ours, block, sizeof(block)));
	cr_assert_eq(got, 900000);
}

Test(stream, end_of_file_comes_after_all_data_and_stays, .init = connected, .fini = lab_stop)
{
	char buf[16];

	leat_write(client.s, ours, "last", 4);
	leat_close(client.s, ours);
	lab_settle();
	cr_assert_eq(leat_read(server.s, theirs, buf, sizeof(buf)), 4);
	cr_assert_eq(leat_read(server.s, theirs, buf, sizeof(buf)), 0);
	cr_assert_eq(leat_read(server.s, theirs, buf, sizeof(buf)), 0);
}

Test(stream, half_close_leaves_the_other_half, .init = connected, .fini = lab_stop)
{
	char buf[16];

	leat_write(client.s, ours, "request", 7);
	works(leat_shutdown(client.s, ours, SHUT_WR));
	fails(leat_write(client.s, ours, "more", 4), EPIPE);
	cr_assert_eq(leat_recv(server.s, theirs, buf, sizeof(buf), MSG_WAITALL), 7);
	cr_assert_eq(leat_write(server.s, theirs, "response", 8), 8);
	cr_assert_eq(leat_read(client.s, ours, buf, sizeof(buf)), 8);
	leat_close(server.s, theirs);
	cr_assert_eq(leat_read(client.s, ours, buf, sizeof(buf)), 0);
}

Test(stream, what_was_written_before_close_arrives, .init = connected, .fini = lab_stop)
{
	static uint8_t block[300000], in[300000];
	size_t got = 0;

	/* more than TCP takes at once: the ring still holds data when close() returns */
	lab_other = NULL;
	works(leat_fcntl(client.s, ours, F_SETFL, O_NONBLOCK));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = pattern(i);
	int n = works(leat_send(client.s, ours, block, sizeof(block), 0));
	cr_assert_eq(leat_close(client.s, ours), 0);
	fails(leat_close(client.s, ours), EBADF);
	while (got < (size_t)n)
		got += (size_t)works(leat_read(server.s, theirs, in + got, sizeof(in) - got));
	cr_assert_eq(memcmp(in, block, got), 0);
	cr_assert_eq(leat_read(server.s, theirs, in, 1), 0);
	leat_close(server.s, theirs);
	cr_assert_eq(leat_sockets_drain(client.s, LAB_SEC), 0);
}

Test(stream, drain_says_when_the_peer_does_not_answer, .init = connected, .fini = lab_stop)
{
	lab_cut(true);
	leat_write(client.s, ours, "x", 1);
	leat_close(client.s, ours);
	uint64_t start = lab_now();
	cr_assert_eq(leat_sockets_drain(client.s, 3 * LAB_SEC), -ETIMEDOUT);
	cr_assert_geq(lab_now() - start, 3 * LAB_SEC);
	lab_cut(false);
	cr_assert_eq(leat_sockets_drain(client.s, 60 * LAB_SEC), 0);
}

Test(stream, closing_with_unread_data_resets, .init = connected, .fini = lab_stop)
{
	char buf[4];

	leat_write(client.s, ours, "unread", 6);
	lab_settle();
	leat_close(server.s, theirs);
	lab_settle();
	fails(leat_read(client.s, ours, buf, 4), ECONNRESET);
	cr_assert_eq(leat_read(client.s, ours, buf, 4), 0);
	fails(leat_write(client.s, ours, "x", 1), EPIPE);
}

Test(stream, linger_zero_resets, .init = connected, .fini = lab_stop)
{
	struct linger l = {.l_onoff = 1, .l_linger = 0};
	char buf[4];

	works(leat_setsockopt(client.s, ours, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	leat_close(client.s, ours);
	fails(leat_read(server.s, theirs, buf, 4), ECONNRESET);
}

Test(stream, lingering_waits_for_the_acknowledgement, .init = connected, .fini = lab_stop)
{
	struct linger l = {.l_onoff = 1, .l_linger = 5};

	works(leat_setsockopt(client.s, ours, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	leat_write(client.s, ours, "x", 1);
	uint64_t start = lab_now();
	leat_close(client.s, ours);
	cr_assert_lt(lab_now() - start, LAB_SEC, "the peer was there");

	int again = lab_connect(listener, PORT, &theirs);
	works(leat_setsockopt(client.s, again, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	lab_cut(true);
	leat_write(client.s, again, "x", 1);
	start = lab_now();
	leat_close(client.s, again);
	cr_assert_geq(lab_now() - start, 5 * LAB_SEC);
	cr_assert_lt(lab_now() - start, 6 * LAB_SEC);
}

Test(stream, a_reader_gets_what_came_before_the_reset, .init = connected_small, .fini = lab_stop)
{
	static uint8_t block[30000], in[30000];
	struct linger l = {.l_onoff = 1, .l_linger = 0};
	size_t got = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = pattern(i);
	/* much more than the ring holds is with TCP when the RST comes */
	leat_write(client.s, ours, block, sizeof(block));
	lab_settle();
	works(leat_setsockopt(client.s, ours, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	leat_close(client.s, ours);
	lab_settle();
	while (got < sizeof(block)) {
		ssize_t n = leat_read(server.s, theirs, in + got, 1000);
		cr_assert_gt(n, 0, "after %zu bytes: %s", got, strerror(errno));
		got += (size_t)n;
	}
	cr_assert_eq(memcmp(in, block, sizeof(block)), 0);
	fails(leat_read(server.s, theirs, in, 1), ECONNRESET);
	cr_assert_eq(leat_read(server.s, theirs, in, 1), 0);
}

Test(stream, receive_and_send_timeouts, .init = connected, .fini = lab_stop)
{
	static uint8_t block[4 << 20];
	struct timeval t = {.tv_sec = 2, .tv_usec = 500000};
	char buf[4];
	uint64_t start = lab_now();

	works(leat_setsockopt(client.s, ours, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	fails(leat_read(client.s, ours, buf, 4), EAGAIN);
	cr_assert_eq((lab_now() - start) / LAB_MS, 2500);
	works(leat_setsockopt(client.s, ours, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
	start = lab_now();
	ssize_t n = leat_write(client.s, ours, block, sizeof(block));
	cr_assert(n > 0 && (size_t)n < sizeof(block), "what went before the time was over: %zd", n);
	cr_assert_geq(lab_now() - start, 2500 * LAB_MS);
	fails(leat_write(client.s, ours, block, 1), EAGAIN);
	works(leat_setsockopt(server.s, listener, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	start = lab_now();
	fails(leat_accept(server.s, listener, NULL, NULL), EAGAIN);
	cr_assert_eq((lab_now() - start) / LAB_MS, 2500);
}

static void
interrupt(void)
{
	leat_sockets_interrupt(client.s);
	lab_other = NULL;
}

Test(stream, a_blocking_call_can_be_interrupted, .init = connected, .fini = lab_stop)
{
	char buf[4];
	struct pollfd p = {.fd = ours, .events = POLLIN};

	lab_other = interrupt;
	fails(leat_read(client.s, ours, buf, 4), EINTR);
	lab_other = interrupt;
	fails(leat_poll(client.s, &p, 1, -1), EINTR);
	leat_sockets_interrupt(client.s);
	fails(leat_recv(client.s, ours, buf, 4, MSG_DONTWAIT), EAGAIN);
	fails(leat_read(client.s, ours, buf, 4), EINTR);
}

Test(stream, a_silent_peer_times_out, .init = connected, .fini = lab_stop)
{
	char buf[4];
	uint64_t start = lab_now();

	lab_cut(true);
	leat_write(client.s, ours, "x", 1);
	fails(leat_read(client.s, ours, buf, 4), ETIMEDOUT);
	cr_assert_geq(lab_now() - start, 100 * LAB_SEC);
	fails(leat_write(client.s, ours, "x", 1), EPIPE);
}

/* A socket without a connection tells what its connection will begin with. */
Test(stream, options_begin_as_configured, .fini = lab_stop)
{
	char name[16];
	int v = -1;
	socklen_t len = sizeof(v);

	lab_tcp.congestion = LEAT_TCP_NEWRENO;
	lab_tcp.nodelay = true;
	lab_tcp.keepalive = 7200 * LAB_SEC;
	connected();
	int fd = works(leat_socket(client.s, AF_INET, SOCK_STREAM, 0));
	works(leat_getsockopt(client.s, fd, IPPROTO_TCP, TCP_NODELAY, &v, &len));
	cr_expect_eq(v, 1);
	works(leat_getsockopt(client.s, fd, SOL_SOCKET, SO_KEEPALIVE, &v, &len));
	cr_expect_eq(v, 1);
	len = sizeof(name);
	works(leat_getsockopt(client.s, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	cr_expect_str_eq(name, "reno");
	len = sizeof(name);
	works(leat_getsockopt(client.s, ours, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	cr_expect_str_eq(name, "reno");
	len = sizeof(v);
	works(leat_getsockopt(client.s, works(leat_socket(client.s, AF_INET, SOCK_DGRAM, 0)), SOL_SOCKET, SO_KEEPALIVE,
		&v, &len));
	cr_expect_eq(v, 0);
}
