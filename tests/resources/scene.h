/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOURCES_SCENE_H
#define RESOURCES_SCENE_H
/*
 * One resource of an instance runs out, and four questions are asked, the same of each: what is shed, and how is it
 * counted? Do those who are connected go on? Is a newcomer served at once when the load falls? Does anything leak?
 *
 * The instance is a, at 198.18.0.1; b, at 198.18.0.2, has plenty of everything. Both send back what comes to port 80.
 * Between them the test does what a NIC does: it receives into the receiver's own pool, and what finds no buffer is lost.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>
#include "support/duo.h"

#define MS UINT64_C(1000000)
#define SEC (1000 * MS)

enum { ECHO_PORT = 80 };

struct resource {
	void (*tune)(struct leat_config *c, bool is_a); /* NULL: as it is by default */
	bool by_a;           /* a opens the newcomers; else b does, to a */
	int error;           /* by_a: what leat_tcp_connect() returns then */
	bool served;         /* the newcomer is served all the same: something else gives way */
	const char *counter; /* of a */
	void (*exhaust)(void);
	void (*relieve)(void);
};

/* Who connects, to talk or to be in the way. */
struct caller {
	struct leat_conn *conn; /* NULL: not yet, or no more */
	bool open;
	bool deaf;              /* reads nothing */
	uint32_t goal, sent, got; /* bytes: to be sent and to come back, so far */
};

extern struct duo duo;

/* Does the wire lose this frame? NULL: none. And what becomes of a frame of a's that is copied to b: NULL: it is freed. */
extern bool (*scene_loses)(bool from_a, const struct rte_mbuf *m);
extern void (*scene_sent)(struct rte_mbuf *m);

/* Opens a connection from a or b to a port of the other. 0 or -errno. */
int scene_dial(struct caller *c, bool from_a, uint16_t from_port, uint16_t port);

/* Ends it, whatever its state, and lets the other side hear of it. */
void scene_hang_up(struct caller *c);

/* Has n callers at a time opened by b to a port of a. */
void scene_crowd(struct caller *crowd, unsigned n, uint16_t port);
void scene_disperse(struct caller *crowd, unsigned n);

/* A port of a with a server of the test's own. */
void scene_serve(uint16_t port, const struct leat_tcp_events *events);

/* Those who were connected before exchange data with a, both ways. Must end in time, and be what was sent. */
void scene_converse(void);

struct leat_usage scene_usage(void);
struct rte_mempool *scene_pool(const char *kind); /* of a: "rx", "data", "hdr", "ind" */

/* The whole: asks the four questions. */
void scene_show(const struct resource *r);

#endif
