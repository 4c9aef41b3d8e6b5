/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPPORT_DUO_H
#define SUPPORT_DUO_H
/*
 * Two whole instances in one process and in virtual time, a at 198.18.0.1 and b at 198.18.0.2. The
 * test stands between them: every frame passes its hand, as the very mbuf that the sender handed
 * to its port (net_ring passes pointers).
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>

struct rte_mbuf;
struct rte_ring;

struct duo {
	struct leat *a, *b;
	uint64_t now;             /* nanoseconds */
	struct rte_ring *a_out, *a_in, *b_out, *b_in;
	/* What becomes of a frame: pass it on (true), or it was taken (false). NULL: all pass. */
	bool (*hand)(struct duo *d, bool from_a, struct rte_mbuf *m);
	void *arg;
};

/* tune may change each configuration (NULL: defaults). EAL must be started. */
void duo_open(struct duo *d, void (*tune)(struct leat_config *c, bool is_a));

/* Aborts what is open, and asserts that no mbuf is held by either. It can be opened again. */
void duo_close(struct duo *d);

/* Turns both and moves frames until nothing happens at this moment. */
void duo_settle(struct duo *d);

/* Lets ns pass, timer by timer. */
void duo_after(struct duo *d, uint64_t ns);

/* A server that sends back what comes, and closes when its peer does. */
extern const struct leat_tcp_events duo_echo;

#endif
