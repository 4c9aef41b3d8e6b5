/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "run/inspect/inspect.h"
#include "asked.h"
#include "support/eal.h"

struct leat_config config;
struct leat *stack;

static char dir[64];
static pthread_t loop;
static bool running;
static struct rte_ring *rx, *tx;
static struct leat_listener *listener;
static char *text;

double
ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void
asked_begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/leat-test-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	support_eal_start(NULL);
	leat_config_init(&config);
	snprintf(config.name, sizeof(config.name), "asked");
	config.inspect = true;
	config.rx_mbufs = config.tx_mbufs = 1024;
	config.rx_descriptors = config.tx_descriptors = 64;
	config.max_connections = 8192;
	config.nb_addrs = config.nb_neighbours = config.nb_ports = 1;
	config.addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, 1), .prefix_len = 24};
	config.neighbours[0] = (struct leat_neighbour_config){.addr = leat_ipv4(198, 18, 0, 2),
		.mac = {2, 0, 0, 0, 0, 0xab}};
	rx = rte_ring_create("asked-rx", 64, SOCKET_ID_ANY, 0);
	tx = rte_ring_create("asked-tx", 64, SOCKET_ID_ANY, 0);
	int port = rte_eth_from_rings("asked", &rx, 1, &tx, 1, 0);
	cr_assert_geq(port, 0);
	rte_eth_dev_get_name_by_port((uint16_t)port, config.ports[0].name);
}

void
asked_start(void)
{
	struct leat_error error;

	stack = leat_create(&config, &error);
	cr_assert_not_null(stack, "%s", error.text);
}

static void *
turn(void *arg)
{
	leat_run(arg);
	return NULL;
}

void
asked_run(void)
{
	cr_assert_eq(pthread_create(&loop, NULL, turn, stack), 0);
	running = true;
}

void
asked_end(void)
{
	char path[128];
	void *m;

	if (running) {
		leat_stop(stack);
		pthread_join(loop, NULL);
	}
	if (listener != NULL)
		leat_tcp_unlisten(listener);
	while (tx != NULL && rte_ring_dequeue(tx, &m) == 0)
		rte_pktmbuf_free(m);
	leat_destroy(stack);
	free(text);
	snprintf(path, sizeof(path), "%s/leat", dir);
	rmdir(path);
	cr_expect_eq(rmdir(dir), 0, "something was left in %s", dir);
}

static void
listen_80(struct leat_core *core, void *arg)
{
	static const struct leat_tcp_events events;
	struct leat_endpoint any = {.port = 80};

	*(int *)arg = leat_tcp_listen(leat_core_instance(core), &any, &events, NULL, &listener);
}

void
asked_listen(void)
{
	int rc = -1;

	cr_assert_eq(leat_core_call(leat_core(stack, 0), listen_80, &rc), 0);
	cr_assert_eq(rc, 0);
}

static void
connect_n(struct leat_core *core, void *arg)
{
	static const struct leat_tcp_events events;
	struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	unsigned *n = arg;

	for (; *n > 0; --*n) {
		struct leat_conn *conn;
		if (leat_tcp_connect(core, NULL, &to, &events, NULL, &conn) < 0)
			return;
	}
}

void
asked_connect(unsigned n)
{
	cr_assert_eq(leat_core_call(leat_core(stack, 0), connect_n, &n), 0);
	cr_assert_eq(n, 0, "%u connects failed", n);
}

int
client(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inspect_path(config.name, addr.sun_path, sizeof(addr.sun_path));
	cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0, "%s: %m", addr.sun_path);
	return fd;
}

const char *
rest(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	double end = ms_now() + 10000;
	size_t n = 0, room = 1 << 24;
	ssize_t got = 1;

	text = text != NULL ? text : malloc(room);
	while (got > 0) {
		cr_assert_eq(poll(&p, 1, (int)(end - ms_now())), 1, "no answer after ten seconds");
		got = recv(fd, text + n, room - n - 1, 0);
		n += got > 0 ? (size_t)got : 0;
	}
	text[n] = '\0';
	close(fd);
	return text;
}

const char *
ask(const char *line)
{
	int fd = client();

	cr_assert_eq(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	cr_assert_eq(send(fd, "\n", 1, 0), 1);
	return rest(fd);
}
