/* SPDX-License-Identifier: BSD-3-Clause */
/* leat's round: two instances, wired by two rings, turned by one thread. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>
#include "compare.h"
#include "gen.h"
#include "kernel.h"
#include "run.h"

enum { RING = 4096, SERVER_PORT = 7, POOL = 16384 };

/* One pair for the life of the program: EAL, too, is one. */
static struct pair {
	struct leat *server, *client;
	struct rte_ring *up, *down;
} pair;

/* What the kernel's server does, with leat's calls. */
static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	static const char answer[KERNEL_MESSAGE];
	struct iovec iov;

	(void)user;
	while (leat_rx_size(rx) >= KERNEL_MESSAGE && leat_rx_iov(rx, &iov, 1) == 1) {
		bool last = *(const char *)iov.iov_base == KERNEL_CLOSE;
		leat_tcp_consume(conn, KERNEL_MESSAGE);
		if (last)
			leat_tcp_send_close(conn, answer, sizeof(answer));
		else
			leat_tcp_send(conn, answer, sizeof(answer));
	}
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

/* Neither hugepages nor devices nor files that another run could meet; not bound to one CPU. */
static int
start_eal(void)
{
	char prefix[64];
	const char *argv[] = {"leat-load", "--no-huge", "-m", "512", "--no-pci", "--no-telemetry", "--no-shconf", "--log-level", "error",
		"--lcores", "0", "--file-prefix", prefix, "--", NULL};
	cpu_set_t cpus;

	snprintf(prefix, sizeof(prefix), "leat-compare-%d", getpid());
	sched_getaffinity(0, sizeof(cpus), &cpus);
	int rc = leat_init(13, (char **)(uintptr_t)argv);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (rc < 0)
		fprintf(stderr, "leat-load: DPDK's EAL did not start (%s)\n", strerror(-rc));
	return rc < 0 ? rc : 0;
}

static struct leat *
make(const char *name, bool server)
{
	struct leat_config c;
	struct leat_error error;

	if (rte_eth_from_rings(name, server ? &pair.up : &pair.down, 1, server ? &pair.down : &pair.up, 1, 0) < 0) {
		fprintf(stderr, "leat-load: DPDK made no port over rings\n");
		return NULL;
	}
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, server ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.idle = LEAT_IDLE_SPIN;
	c.tcp.msl = MILLISECOND;
	c.rx_mbufs = c.tx_mbufs = POOL;
	struct leat *leat = leat_create(&c, &error);
	if (leat == NULL)
		fprintf(stderr, "leat-load: %s\n", error.text);
	return leat;
}

int
compare_leat_open(void)
{
	static const struct leat_tcp_events events = {.on_data = on_data, .on_peer_closed = on_peer_closed};
	const struct leat_endpoint at = {.port = SERVER_PORT};
	struct leat_listener *listener;
	int rc = start_eal();

	if (rc < 0)
		return rc;
	pair.up = rte_ring_create("up", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	pair.down = rte_ring_create("down", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (pair.up == NULL || pair.down == NULL)
		return -ENOMEM;
	pair.server = make("server", true);
	pair.client = pair.server != NULL ? make("client", false) : NULL;
	if (pair.client == NULL)
		return -ENOMEM;
	return leat_tcp_listen(pair.server, &at, &events, NULL, &listener);
}

/* A plan for the same work that kernel_client.c does. */
static void
make_plan(struct plan *p, char *request, bool keep, uint64_t warmup, uint64_t duration)
{
	plan_init(p);
	p->mode = keep ? LOAD_KEEPALIVE : LOAD_REQUEST;
	p->raw = true;
	p->request_size = p->response_size = KERNEL_MESSAGE;
	p->connections = keep ? COMPARE_KEPT : COMPARE_REQUESTS;
	p->warmup = warmup;
	p->duration = duration;
	memset(request, 'x', KERNEL_MESSAGE);
	request[0] = keep ? KERNEL_KEEP : KERNEL_CLOSE;
	p->targets[0] = (struct target){.at = {leat_ipv4(198, 18, 0, 1), SERVER_PORT}, .request = request,
		.request_len = KERNEL_MESSAGE};
	p->nb_targets = 1;
}

/* Turns both; returns the CPU time of the measured part, ns. */
static uint64_t
turn(struct gen *g, struct leat_core *server)
{
	uint64_t from = 0, to = 0;
	enum gen_phase before = g->phase;

	while (g->phase != GEN_DONE) {
		leat_core_poll(g->core);
		gen_turn(g);
		leat_core_poll(server);
		if (g->phase == before)
			continue;
		if (g->phase == GEN_MEASURE)
			from = thread_cpu();
		else if (before == GEN_MEASURE)
			to = thread_cpu();
		before = g->phase;
	}
	return to - from;
}

int
compare_leat(bool keep, uint64_t warmup, uint64_t duration, struct side *out)
{
	static struct gen g;
	static struct plan plan;
	static char request[KERNEL_MESSAGE];
	struct leat_core *core = leat_core(pair.client, 0);

	make_plan(&plan, request, keep, warmup, duration);
	int rc = gen_open(&g, &plan, core, 0, 1);
	if (rc < 0)
		return rc;
	leat_core_poll(core);
	gen_begin(&g, leat_core_now(core));
	*out = (struct side){.cpu = (double)turn(&g, leat_core(pair.server, 0)) / 1e9};
	out->seconds = (double)(g.to.at - g.from.at) / 1e9;
	out->done = g.to.tally.answers - g.from.tally.answers;
	out->failed = tally_failed(&g.tally);
	histogram_add(&out->times, &g.times.whole);
	gen_close(&g);
	return 0;
}

void
compare_leat_close(void)
{
	if (pair.client != NULL)
		leat_destroy(pair.client);
	if (pair.server != NULL)
		leat_destroy(pair.server);
	char dir[512];
	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(dir); /* EAL leaves it */
}
