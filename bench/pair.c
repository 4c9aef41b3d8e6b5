/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>
#include "pair.h"

enum { RING = 4096 };

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void
start_eal(int argc, char **argv)
{
	char prefix[64];
	const char *plain[] = {argv[0], "--no-huge", "-m", "1024", "--no-pci", "--no-telemetry", "--log-level", "error",
		"--file-prefix", prefix};

	snprintf(prefix, sizeof(prefix), "leat-bench-%d", getpid());
	int r = argc > 1 ? leat_init(argc, argv) : leat_init(10, (char **)(uintptr_t)plain);
	if (r < 0)
		die("EAL", strerror(-r));
}

static struct leat *
make(const char *name, bool server, struct rte_ring *in, struct rte_ring *out,
	void (*tune)(struct leat_config *config, bool server))
{
	struct leat_config c;
	struct leat_error error;

	if (rte_eth_from_rings(name, &in, 1, &out, 1, 0) < 0)
		die(name, "rte_eth_from_rings failed");
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, server ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.idle = LEAT_IDLE_SPIN;
	tune(&c, server);
	struct leat *leat = leat_create(&c, &error);
	if (leat == NULL)
		die(name, error.text);
	return leat;
}

void
pair_open(struct pair *p, int argc, char **argv, void (*tune)(struct leat_config *config, bool server))
{
	start_eal(argc, argv);
	struct rte_ring *up = rte_ring_create("up", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	struct rte_ring *down = rte_ring_create("down", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (up == NULL || down == NULL)
		die("rings", "no memory");
	p->server = make("server", true, up, down, tune);
	p->client = make("client", false, down, up, tune);
	p->server_at = (struct leat_endpoint){leat_ipv4(198, 18, 0, 1), 80};
}

void
pair_close(struct pair *p)
{
	leat_destroy(p->client);
	leat_destroy(p->server);
	rte_eal_cleanup();
}
