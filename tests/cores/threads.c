/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads, each turning one core of each of two instances, which open connections to each other with
 * all their cores at once; a third thread calls and posts to all. Exit status 0: every connection was
 * answered and none lost its way. Criterion cannot start under the thread sanitizer, so this is a plain program.
 *
 *   test_cores_threads 1|2     queues of each port: with 1 both cores send and receive by core 0
 *
 * The sanitizer sees only what is compiled here: DPDK's libraries are not. So packet memory comes from a mempool of
 * this program's own, and what one port sends the other receives on the same thread: all that passes from
 * one thread to the other goes by what is to be judged.
 *
 * Nothing is sent again only because a thread stood still: the payload would be in two packets, and who frees the last of
 * its references knows so by a relaxed load (rte_mbuf_refcnt_update()). What he writes then stands behind what the other
 * read, as a branch and an atomic change of the count have it; but the sanitizer takes neither for an order.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_eth_ring.h>
#include <rte_mempool.h>
#include <leat/leat.h>
#include "support/eal.h"

enum {
	CORES = 2,
	RING = 1024,
	CLIENTS = 8,       /* connections at once, of each core of each instance */
	ROUNDS = 100,      /* connections each client opens, one after the other */
	ANSWER = 3000,     /* bytes */
	SECONDS = 60,      /* then it is given up; it takes one or two */
};
#define RTO 5000000000u    /* nanoseconds: longer than a thread stands still */

struct client {
	struct leat_core *core;
	struct leat_endpoint to;
	struct leat_conn *conn;
	unsigned opened, answered;
	size_t got;
};

static struct leat *instances[2];
static struct client clients[2][CORES][CLIENTS];
static atomic_uint done;           /* clients that are through */
static atomic_bool stop;
static atomic_uint failures;
static unsigned called[2][CORES];  /* by the core itself */

#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			atomic_fetch_add(&failures, 1); \
		} \
	} while (0)

/* --- a mempool that the sanitizer sees through --- */

struct stack {
	pthread_mutex_t lock;
	unsigned n;
	void *objects[];
};

static int
stack_alloc(struct rte_mempool *mp)
{
	struct stack *s = calloc(1, sizeof(*s) + mp->size * sizeof(void *));

	if (s == NULL)
		return -ENOMEM;
	pthread_mutex_init(&s->lock, NULL);
	mp->pool_data = s;
	return 0;
}

static void
stack_free(struct rte_mempool *mp)
{
	free(mp->pool_data);
}

static int
stack_put(struct rte_mempool *mp, void *const *objects, unsigned n)
{
	struct stack *s = mp->pool_data;

	pthread_mutex_lock(&s->lock);
	memcpy(s->objects + s->n, objects, n * sizeof(void *));
	s->n += n;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static int
stack_get(struct rte_mempool *mp, void **objects, unsigned n)
{
	struct stack *s = mp->pool_data;
	int r = -ENOBUFS;

	pthread_mutex_lock(&s->lock);
	if (s->n >= n) {
		s->n -= n;
		memcpy(objects, s->objects + s->n, n * sizeof(void *));
		r = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

static unsigned
stack_count(const struct rte_mempool *mp)
{
	struct stack *s = mp->pool_data;

	pthread_mutex_lock(&s->lock);
	unsigned n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static const struct rte_mempool_ops stack_ops = {
	.name = "locked_stack", .alloc = stack_alloc, .free = stack_free, .enqueue = stack_put, .dequeue = stack_get,
	.get_count = stack_count};
RTE_MEMPOOL_REGISTER_OPS(stack_ops)

/* --- a server: so many bytes for one --- */

static void
on_question(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	static const uint8_t answer[ANSWER];

	(void)user;
	leat_tcp_consume(conn, leat_rx_size(rx));
	EXPECT(leat_tcp_send(conn, answer, sizeof(answer)) == sizeof(answer));
	leat_tcp_close(conn);
}

static const struct leat_tcp_events server = {.on_data = on_question};

/* --- clients --- */

static void open_next(struct client *c);

static void
on_open(struct leat_conn *conn, void *user)
{
	struct client *c = user;

	EXPECT(leat_tcp_core(conn) == c->core);
	EXPECT(leat_tcp_send(conn, "?", 1) == 1);
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct client *c = user;

	c->got += leat_rx_size(rx);
	leat_tcp_consume(conn, leat_rx_size(rx));
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct client *c = user;

	(void)conn;
	EXPECT(reason == 0);
	EXPECT(c->got == ANSWER);
	c->answered++;
	open_next(c);
}

static const struct leat_tcp_events client_events = {
	.on_open = on_open, .on_data = on_data, .on_peer_closed = on_peer_closed, .on_closed = on_closed};

static void
open_next(struct client *c)
{
	if (c->opened == ROUNDS) {
		atomic_fetch_add(&done, 1);
		return;
	}
	c->opened++;
	c->got = 0;
	EXPECT(leat_tcp_connect(c->core, NULL, &c->to, &client_events, c, &c->conn) == 0);
}

/* --- threads --- */

static void *
turn(void *arg)
{
	unsigned core = (unsigned)(uintptr_t)arg;
	unsigned empty = 0;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < CLIENTS; k++)
			open_next(&clients[i][core][k]);
	while (!atomic_load(&stop)) {
		unsigned n = leat_core_poll(leat_core(instances[0], core)) + leat_core_poll(leat_core(instances[1], core));
		empty = n > 0 ? 0 : empty + 1;
		if (empty >= 100) /* sleeps, and is woken by what the other passes */
			leat_core_wait(leat_core(instances[empty % 2], core), 1000000);
	}
	return NULL;
}

static void
on_call(struct leat_core *core, void *arg)
{
	(*(unsigned *)arg)++;
	(void)core;
}

static unsigned calls_made;

static void *
call_all(void *arg)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)arg;
	while (!atomic_load(&stop)) {
		for (unsigned i = 0; i < 2; i++)
			for (unsigned k = 0; k < CORES; k++) {
				EXPECT(leat_core_post(leat_core(instances[i], k), on_call, &called[i][k]) == 0);
				EXPECT(leat_core_call(leat_core(instances[i], k), on_call, &called[i][k]) == 0);
			}
		calls_made += 2;
		nanosleep(&pause, NULL);
		if (calls_made >= 400)
			break;
	}
	return NULL;
}

static struct leat *
make(unsigned i, unsigned queues, struct rte_ring **in, struct rte_ring **out)
{
	const char *name = i == 0 ? "a" : "b";
	const struct leat_endpoint port = {.port = 7};
	struct leat_listener *l;
	struct leat_config c;
	struct leat_error error;

	rte_eth_from_rings(name, in, queues, out, queues, 0);
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, (uint8_t)(1 + i));
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.cores = CORES;
	c.rx_mbufs = c.tx_mbufs = 2048;
	c.tcp.rto_min = c.tcp.rto_initial = RTO;
	c.tcp.tail_loss_probe = false;
	struct leat *leat = leat_create(&c, &error);
	if (leat == NULL || leat_tcp_listen(leat, &port, &server, NULL, &l) < 0) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	return leat;
}

static void
make_clients(void)
{
	for (unsigned i = 0; i < 2; i++)
		for (unsigned core = 0; core < CORES; core++)
			for (unsigned k = 0; k < CLIENTS; k++)
				clients[i][core][k] = (struct client){
					.core = leat_core(instances[i], core),
					.to = {.addr = leat_ipv4(198, 18, 0, (uint8_t)(2 - i)), .port = 7}};
}

static void
run_threads(void)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	pthread_t threads[CORES + 1];

	for (uintptr_t i = 0; i < CORES; i++)
		pthread_create(&threads[i], NULL, turn, (void *)i);
	pthread_create(&threads[CORES], NULL, call_all, NULL);
	for (unsigned waited = 0; atomic_load(&done) < 2 * CORES * CLIENTS && waited < SECONDS * 100; waited++)
		nanosleep(&pause, NULL);
	pthread_join(threads[CORES], NULL); /* while the cores still turn */
	atomic_store(&stop, true);
	for (unsigned i = 0; i < CORES; i++)
		pthread_join(threads[i], NULL);
}

int
main(int argc, char **argv)
{
	unsigned queues = argc > 1 && strcmp(argv[1], "2") == 0 ? 2 : 1;
	struct rte_ring *there[CORES], *back[CORES];

	support_eal_start("--mbuf-pool-ops-name", "locked_stack", NULL);
	for (unsigned q = 0; q < queues; q++) {
		char name[32];
		snprintf(name, sizeof(name), "there-%u", q);
		there[q] = rte_ring_create(name, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		snprintf(name, sizeof(name), "back-%u", q);
		back[q] = rte_ring_create(name, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	}
	instances[0] = make(0, queues, back, there);
	instances[1] = make(1, queues, there, back);
	make_clients();
	run_threads();
	EXPECT(atomic_load(&done) == 2 * CORES * CLIENTS);
	for (unsigned i = 0; i < 2; i++) {
		EXPECT(leat_stat_value(instances[i], "core_steered") > 0);
		EXPECT((leat_stat_value(instances[i], "core_sent_for") > 0) == (queues == 1));
		for (unsigned k = 0; k < CORES; k++)
			EXPECT(called[i][k] == calls_made && calls_made > 0);
	}
	leat_destroy(instances[0]);
	leat_destroy(instances[1]);
	return atomic_load(&failures) == 0 ? 0 : 1;
}
