/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_FLOOD_H
#define LOAD_FLOOD_H
/*
 * A SYN flood, to measure who is served beside it: SYNs to one address and port from random strangers in a prefix, at
 * a rate or as fast as it goes. What comes back is thrown away. It has an ethdev port for itself and no stack: only for
 * a server of your own, on a device between the two.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "plan.h"
#include "result.h"

enum { FLOOD_OPTIONS = 20 };

/* As it is on the wire. */
struct flood_syn {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
	uint8_t options[FLOOD_OPTIONS];
} __attribute__((packed, aligned(2)));

struct flood {
	const struct plan *plan;
	uint16_t port;
	struct rte_mempool *pool;
	uint32_t from, hosts; /* first stranger, and how many; host byte order */
	struct flood_syn syn; /* what all have in common */
	uint64_t sent, refused, answers; /* refused: that the port did not take */
	double seconds;
	_Atomic bool stop;
};

/* Configures a port that nobody has started, and starts it. 0, or -errno: -ENODEV, -ENOMEM, -ENETDOWN (no link). */
int flood_open(struct flood *f, const struct plan *plan, uint16_t port);

/* Sends for plan->duration, at plan->rate; a line each second on stderr unless plan->quiet. */
void flood_run(struct flood *f);

/* What came of it, in a line, or as a JSON object. */
void flood_print(const struct flood *f, FILE *to);
void flood_json(const struct flood *f, FILE *to);

/* What kept it from being faster. */
struct limit flood_limit(const struct flood *f);

void flood_close(struct flood *f);

#endif
