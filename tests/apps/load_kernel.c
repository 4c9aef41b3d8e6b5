/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's side of leat-load --compare: its epoll server and client, over loopback. */
#include <criterion/criterion.h>
#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "load/kernel.h"

static struct kernel_server server;
static pthread_t thread;

static void *
serve(void *arg)
{
	kernel_server_run(arg);
	return NULL;
}

static void
start(void)
{
	cr_assert_eq(kernel_server_open(&server, "127.0.0.1", 0), 0);
	cr_assert_neq(server.port, 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, &server), 0);
}

/* Ends it; what it counted can be read then. */
static void
stop(void)
{
	server.stop = true;
	pthread_join(thread, NULL);
	cr_assert_eq(server.failed, 0);
}

static int
dial(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(server.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

/* Sends text in pieces of so many bytes, and expects so many to come back; with `ends` the FIN behind them. */
static void
expect(int fd, const char *text, size_t len, size_t piece, size_t want, bool ends)
{
	char got[4096];
	size_t n = 0;

	for (size_t at = 0; at < len; at += piece) {
		size_t part = len - at < piece ? len - at : piece;
		cr_assert_eq(send(fd, text + at, part, 0), (ssize_t)part);
	}
	while (n < want) {
		ssize_t r = recv(fd, got + n, want - n, 0);
		cr_assert_gt(r, 0, "%zu of %zu", n, want);
		n += (size_t)r;
	}
	ssize_t more = recv(fd, got, sizeof(got), ends ? 0 : MSG_DONTWAIT);
	cr_assert(ends ? more == 0 : more < 0 && errno == EAGAIN);
}

static char block[3 * KERNEL_MESSAGE];

Test(load_kernel, answers_each_64_bytes, .init = start)
{
	int fd = dial();

	memset(block, KERNEL_KEEP, sizeof(block));
	expect(fd, block, KERNEL_MESSAGE, KERNEL_MESSAGE, KERNEL_MESSAGE, false);
	expect(fd, block, sizeof(block), sizeof(block), sizeof(block), false);
	expect(fd, block, KERNEL_MESSAGE - 1, 10, 0, false);
	expect(fd, block, 1, 1, KERNEL_MESSAGE, false);
	close(fd);
	stop();
	cr_assert(server.accepted == 1 && server.requests == 5);
	kernel_server_close(&server);
}

Test(load_kernel, closes_when_it_is_told, .init = start)
{
	int fd = dial();

	memset(block, KERNEL_KEEP, sizeof(block));
	expect(fd, block, KERNEL_MESSAGE, 7, KERNEL_MESSAGE, false);
	block[0] = KERNEL_CLOSE;
	expect(fd, block, KERNEL_MESSAGE, 7, KERNEL_MESSAGE, true);
	close(fd);
	stop();
	cr_assert_eq(server.requests, 2);
	kernel_server_close(&server);
}

#define HEAD_LEN strlen("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n")

Test(load_kernel, speaks_http, .init = start)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", last[] = "GET / HTTP/1.1\r\ncOnnection: Close\r\n\r\n",
		two[] = "GET /a HTTP/1.1\r\nX: connection\r\n\r\nGET /c HTTP/1.1\r\nConnection: keep-alive\r\n\r\n";
	int fd = dial();
	size_t one = HEAD_LEN + 2 + 64;

	expect(fd, get, strlen(get), 100, one, false);
	expect(fd, get, strlen(get), 1, one, false);
	expect(fd, two, strlen(two), 1000, 2 * one, false);
	expect(fd, last, strlen(last), 3, one + strlen("Connection: close\r\n"), true);
	close(fd);
	stop();
	cr_assert(server.accepted == 1 && server.requests == 5);
	kernel_server_close(&server);
}

static unsigned begun, ended;

static void
mark(void *arg, bool begins)
{
	cr_assert_eq(arg, &server);
	*(begins ? &begun : &ended) += 1;
}

static struct kernel_client client;

static void
run_client(bool keep)
{
	client = (struct kernel_client){.port = server.port, .keep = keep, .connections = 8, .warmup = 10000000,
		.duration = 100000000, .marks = mark, .arg = &server};
	cr_assert_eq(kernel_client_run(&client), 0);
	cr_assert(client.done > 0 && client.failed == 0, "%llu, %llu", (unsigned long long)client.done,
		(unsigned long long)client.failed);
	cr_assert(begun == 1 && ended == 1 && client.seconds >= 0.1);
	cr_assert_eq(client.times.count, client.done);
	stop();
	cr_assert_geq(server.requests, client.done);
}

Test(load_kernel, client_with_a_connection_a_request, .init = start)
{
	run_client(false);
	cr_assert_geq(server.accepted, client.done);
	kernel_server_close(&server);
}

Test(load_kernel, client_on_kept_connections, .init = start)
{
	run_client(true);
	cr_assert_eq(server.accepted, 8);
	kernel_server_close(&server);
}

Test(load_kernel, an_address_in_use_is_refused, .init = start)
{
	struct kernel_server second;

	cr_assert_eq(kernel_server_open(&second, "127.0.0.1", server.port), -EADDRINUSE);
	cr_assert_eq(kernel_server_open(&second, "localhost", server.port), -EINVAL);
	stop();
	kernel_server_close(&server);
	/* and without a server the client fails, but does not hang */
	client = (struct kernel_client){.port = server.port, .connections = 1, .duration = 20000000, .marks = mark, .arg = &server};
	cr_assert_eq(kernel_client_run(&client), 0);
	cr_assert(client.done == 0 && client.failed > 0);
}
