/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_PMD_H
#define DRIVERS_PMD_H
/*
 * net_wire, a poll-mode driver: the impaired wire as Ethernet ports of any DPDK program.
 *
 *   --vdev=net_wire0,peer=net_wire1,delay=20ms --vdev=net_wire1,peer=net_wire0,loss=1%
 *   --vdev=net_tap0 --vdev=net_wire0,on=net_tap0,loss=1%,rx-loss=1%
 *
 * A pair has a cable between its two ports; a port in front of another has one to itself, whose far end is
 * that port. Either way a port sends into cable direction `out`, and receives from the other. A
 * direction's lock is held whenever its engine is used: threads of either end, and telemetry, meet there.
 *
 *   vdev    devargs, probe and remove    ops     what ethdev asks of a port
 *   cable   what a pair shares           burst   packets       tell    telemetry
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <ethdev_driver.h>
#include <rte_spinlock.h>
#include "../wire/capture.h"
#include "../wire/spec.h"
#include "../wire/wire.h"

enum { PMD_TX_QUEUES = 16, PMD_BURST = 32, PMD_NAME = RTE_ETH_NAME_MAX_LEN, PMD_MTU_MAX = 9710, PMD_PATH = 256 };

extern int pmd_logtype;
#define SAY(level, ...) rte_log(RTE_LOG_##level, pmd_logtype, "net_wire: " __VA_ARGS__)

struct cable {
	struct wire *wire;
	struct rte_mempool *pool;
	unsigned ends;                      /* ports that hold it */
	uint64_t seed;
	uint32_t capacity;
	char capture_path[PMD_PATH];        /* "" if nothing is captured */
	struct wire_capture *capture;
	rte_spinlock_t locks[WIRE_DIRS];
	struct wire_spec specs[WIRE_DIRS];  /* what the engine was told last; under the lock */
};

/* What devargs say. */
struct pmd_args {
	char peer[PMD_NAME], on[PMD_NAME];  /* one of them, the other is empty */
	char capture[PMD_PATH];             /* a file, or empty */
	bool has_seed, has_capacity;
	uint64_t seed;
	uint32_t capacity;
	struct wire_spec out, in;           /* in: the keys with rx-, only with on= */
};

struct pmd_queue {
	struct pmd_port *port;
};

struct pmd_port {
	char name[PMD_NAME], peer[PMD_NAME];
	uint16_t port_id;
	uint16_t lower;                     /* the port behind us, or RTE_MAX_ETHPORTS: a pair */
	struct cable *cable;
	enum wire_dir out;
	struct rte_ether_addr mac;
	struct rte_mempool *rx_pool;        /* that the application gave, for the port behind us */
	struct pmd_queue rx, tx[PMD_TX_QUEUES];
	struct {
		uint64_t packets, bytes, errors;
	} sent, received;                   /* under the locks of their directions */
};

/* The wire's clock. */
static inline uint64_t
pmd_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline bool
pmd_has_lower(const struct pmd_port *p)
{
	return p->lower != RTE_MAX_ETHPORTS;
}

/* vdev.c: the port of that name, if it is one of ours. */
struct pmd_port *pmd_find(const char *name);

/*
 * cable.c. cable_take() is for a port whose specs its args give: it makes a cable, or takes the other end of
 * peer's. 0, and then port->cable and port->out are set, or -errno with the error's text.
 */
int cable_take(struct pmd_port *port, const struct pmd_args *args, struct pmd_port *peer, char *error);
void cable_release(struct pmd_port *port);
/* A direction's new impairments. 0 or -errno. */
int cable_set(struct cable *c, enum wire_dir dir, const struct wire_spec *spec);
/* A copy of a direction's counters, and of what it was told last. */
void cable_counters(struct cable *c, enum wire_dir dir, struct wire_counters *counters);
void cable_get(struct cable *c, enum wire_dir dir, struct wire_spec *spec);

/* ops.c */
extern const struct eth_dev_ops pmd_ops;
/* Gives up all that a port holds. */
void pmd_close(struct pmd_port *p);

/* burst.c */
uint16_t pmd_rx_burst(void *queue, struct rte_mbuf **mbufs, uint16_t n);
uint16_t pmd_tx_burst(void *queue, struct rte_mbuf **mbufs, uint16_t n);

#endif
