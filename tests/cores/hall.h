/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORES_HALL_H
#define CORES_HALL_H
/*
 * Two instances of several cores in virtual time, a at 198.18.0.1 and b at 198.18.0.2, polled in turn by one
 * thread, so that every run is the same. Their ports have as many queues as a test wants; it carries
 * the frames from the one's to the other's, and may choose by which queue each arrives.
 */
#include <stdbool.h>
#include <stdint.h>
#include <rte_ring.h>
#include <leat/leat.h>
#include "core/core.h"

enum { HALL_QUEUES = 4 };

#define MS UINT64_C(1000000)

struct side {
	struct leat *leat;
	unsigned cores;
	unsigned nb_in, nb_out;   /* queues of its port */
	enum leat_steering steering;
	unsigned room;            /* frames of its queues to the wire, one less than a power of two; 0: they are never full */
	struct rte_ring *in[HALL_QUEUES], *out[HALL_QUEUES];
};

struct hall {
	struct side a, b;
	uint64_t now;
	void (*tune)(struct leat_config *c, bool is_a); /* may be NULL */
	/* By which queue of the other side the frame arrives; < 0: the test has taken it. NULL: by that of its own number. */
	int (*sort)(struct hall *h, bool from_a, unsigned queue, struct rte_mbuf *m);
	struct leat_core *turning; /* the core whose turn it is: every callback must be one of its */
};

extern struct hall hall;

/* The sides' cores, nb_in, nb_out (0: as many as cores) and steering are set. */
void hall_open(void);
void hall_close(void);

/* One turn of a core. */
unsigned hall_turn(struct leat_core *core);

/* Turns all cores and carries frames until nothing happens; lets ns pass, timer by timer. */
void hall_settle(void);
void hall_after(uint64_t ns);

/* Gives a frame to queue `queue` of a, in an mbuf of a's first core; it is looked at with the next turn. */
void hall_give(unsigned queue, const void *frame, size_t len);

/* An IPv4 packet from b to a, headers and their checksum; returns the frame's length. */
size_t hall_ip4(uint8_t *frame, uint8_t proto, uint16_t fragment, const void *payload, size_t len);

/* What core i of a side has counted. */
uint64_t hall_count(const struct side *s, unsigned i, enum counter c);

/* A server that sends back what comes, on port 7 of b or a; and clients that count. */
struct client {
	struct leat_conn *conn;
	unsigned core;            /* it was opened on */
	unsigned opened, closed;
	int reason;
	size_t received;
};
extern const struct leat_tcp_events hall_echo, hall_client;
extern unsigned hall_accepted[LEAT_MAX_CORES]; /* by hall_echo, on each core */

void hall_connect(struct side *s, unsigned core, const struct leat_endpoint *to, struct client *c);

#endif
