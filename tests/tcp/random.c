/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two instances, a wire that loses, doubles, delays, cuts and spoils frames and hears forged ones,
 * pools that run dry, and applications that write, read, close and abort as it comes. Everything is
 * drawn from a seed:
 *
 *   LEAT_SEED=1234   replays that one (with those before it in its world), and tells its story
 *   LEAT_SEEDS=n     runs seeds 0..n-1 (2000)
 *
 * Whatever happens: what arrives is the stream, in order, once; on_closed comes once for each
 * connection and nothing after it; reason 0 means that all arrived; memory sent by reference is
 * released once; in the end nothing is held, and the end comes. Polite seeds (nobody aborts, nothing
 * runs dry) must also deliver everything.
 */
#include <stdarg.h>
#include "random.h"
#include "support/eal.h"

enum { SEEDS = 2000, PARTS = 4, SEEDS_A_WORLD = 25, TURNS_MAX = 2000 };

struct duo duo;
struct pair pairs[PAIRS];
unsigned nb_pairs;
struct rte_mempool *app_pool;
uint64_t apps_end;
bool polite;

static struct leat_listener *listener_a, *listener_b;
static uint64_t rng;
static unsigned seed;
static bool loud;
static bool patient; /* TIME-WAIT outlasts every frame and every repeated FIN */

void
fail(const char *format, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	fprintf(stderr, "seed %u failed: %s; again: LEAT_SEED=%u\n", seed, why, seed);
	cr_assert_fail("seed %u: %s; again: LEAT_SEED=%u", seed, why, seed);
	abort();
}

void
say(const char *format, ...)
{
	va_list ap;

	if (!loud)
		return;
	fprintf(stderr, "%12.6f ", (double)duo.now / 1e9);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* splitmix64 */
uint64_t
draw(void)
{
	uint64_t z = rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint32_t
below(uint32_t n)
{
	return (uint32_t)(draw() % n);
}

bool
chance(unsigned per_mille)
{
	return below(1000) < per_mille;
}

static void
settle(void)
{
	unsigned quiet = 0, turns = 0;

	while (quiet < 2) {
		unsigned n = leat_core_poll(leat_core(duo.a, 0)) + leat_core_poll(leat_core(duo.b, 0));
		void *m;
		while (rte_ring_dequeue(duo.a_out, &m) == 0)
			n += 1 + hand(&duo, true, m);
		while (rte_ring_dequeue(duo.b_out, &m) == 0)
			n += 1 + hand(&duo, false, m);
		quiet = n == 0 ? quiet + 1 : 0;
		/* without buffers each turn tries again */
		if (++turns == (nb_drained > 0 ? 3 : TURNS_MAX)) {
			if (nb_drained == 0)
				fail("a core never becomes idle");
			return;
		}
	}
}

static void
pass_time(uint64_t next_step)
{
	uint64_t next = RTE_MIN(leat_core_next(leat_core(duo.a, 0)), leat_core_next(leat_core(duo.b, 0)));

	next = RTE_MIN(RTE_MIN(next, next_frame()), next_step);
	if (nb_drained > 0)
		next = RTE_MIN(RTE_MAX(next, duo.now + MS), RTE_MAX(drain_until, duo.now + 1));
	duo.now = RTE_MAX(next, duo.now + 1000);
	if (nb_drained > 0 && duo.now >= drain_until)
		refill();
	if (drain_from != 0 && duo.now >= drain_from) {
		drain_from = 0;
		drain();
	}
	deliver_frames();
	if (frames_seen > 300000)
		fail("the frames do not end");
}

static bool
all_forgotten(void)
{
	for (int i = 0; i < 2; i++) {
		struct leat_usage u = {.size = sizeof(u)};
		leat_usage(i == 0 ? duo.a : duo.b, &u);
		if (u.connections + u.half_open + u.time_wait + u.mbufs_stack + u.mbufs_app > 0)
			return false;
	}
	return nb_frames == 0 && nb_drained == 0;
}

static void
draw_round(void)
{
	rng = seed * 0x2545f4914f6cdd1dull + 1;
	polite = chance(500) && patient;
	memset(&wire, 0, sizeof(wire));
	wire.delay = 10000 + draw() % (20 * MS);
	wire.jitter = chance(500) ? draw() % (50 * MS) : 0;
	wire.loss = chance(600) ? below(polite ? 80 : 250) : 0;
	wire.dup = chance(300) ? below(200) : 0;
	wire.late = chance(200) ? below(20) : 0;
	wire.spoil = chance(300) ? below(80) : 0;
	wire.forge = chance(300) ? below(200) : 0;
	drain_from = 0;
	if (!polite && chance(300)) {
		wire.dead_from = duo.now + draw() % (2 * SEC);
		wire.dead_until = chance(200) ? UINT64_MAX : wire.dead_from + draw() % (20 * SEC);
	}
	if (!polite && chance(300))
		drain_from = duo.now + 1 + draw() % (1 * SEC);
	apps_end = duo.now + 600 * SEC;
	frames_seen = 0;
}

static void
check_round(void)
{
	for (unsigned i = 0; i < nb_pairs; i++) {
		const struct side *d = &pairs[i].dialer, *a = &pairs[i].accepter;
		if (!d->closed || (a->opened && !a->closed))
			fail("on_closed did not come");
		if (d->refs + a->refs > 0)
			fail("%u references are not released", d->refs + a->refs);
		/* a black-out before may have left the neighbour as one that does not answer */
		bool unreachable = d->reason == EHOSTUNREACH && !a->opened;
		if (polite && !unreachable && (d->reason != 0 || !a->opened || a->reason != 0))
			fail("a polite conversation ended with %s and %s", strerror(d->reason), strerror(a->reason));
	}
	if (rte_mempool_in_use_count(wire_pool) + rte_mempool_in_use_count(app_pool) > 0)
		fail("%u frames and %u mbufs of the application are lost", rte_mempool_in_use_count(wire_pool),
			rte_mempool_in_use_count(app_pool));
}

static void
run_round(void)
{
	draw_round();
	uint64_t ceiling = duo.now + 3000 * SEC, next_step = duo.now;

	nb_pairs = 1 + below(PAIRS);
	say("seed %u: %s, %u pairs, loss %u dup %u late %u spoil %u forge %u", seed, polite ? "polite" : "rude",
		nb_pairs, wire.loss, wire.dup, wire.late, wire.spoil, wire.forge);
	for (unsigned i = 0; i < nb_pairs; i++) {
		pairs[i].from_a = chance(500);
		dial(&pairs[i]);
	}
	for (settle(); !all_forgotten(); settle()) {
		if (duo.now > ceiling)
			fail("it does not end");
		pass_time(next_step);
		if (duo.now < next_step)
			continue;
		next_step = duo.now + (duo.now < apps_end ? 1 + draw() % (20 * MS) : SEC);
		for (unsigned i = 0; i < nb_pairs; i++) {
			step(&pairs[i].dialer);
			step(&pairs[i].accepter);
		}
	}
	check_round();
}

static void
tune(struct leat_config *c, bool is_a)
{
	static const uint32_t sizes[] = {2048, 4000, 16384, 65536, 262144};

	(void)is_a;
	c->rx_mbufs = c->tx_mbufs = 1024;
	c->rx_descriptors = c->tx_descriptors = 64;
	c->max_connections = c->max_half_open = c->max_time_wait = 16;
	c->tcp.timestamps = chance(700);
	c->tcp.sack = chance(700);
	c->tcp.window_scale = chance(700);
	c->tcp.nodelay = chance(300);
	c->tcp.rcv_buf = sizes[below(5)];
	c->tcp.snd_buf = sizes[below(5)];
	c->tcp.mss = (uint16_t)(chance(500) ? 0 : 100 + below(1300));
	c->tcp.initial_window = (uint8_t)(1 + below(20));
	c->tcp.delayed_ack = chance(300) ? 0 : 40 * MS;
	c->tcp.msl = patient ? 30 * SEC : MS + draw() % SEC;
	c->tcp.rto_min = MS * (10 + below(200));
	c->tcp.rto_max = SEC * (1 + below(10));
	c->tcp.rto_initial = RTE_MIN(SEC, c->tcp.rto_max);
	c->tcp.fin_wait2 = 5 * SEC;
	c->tcp.keepalive = chance(300) ? SEC : 0;
	c->tcp.keepalive_interval = SEC;
	c->tcp.syn_retries = 10;
	c->tcp.synack_retries = 10;
}

static void
open_world(unsigned world)
{
	struct leat_endpoint at = {.port = PORT};

	seed = world * SEEDS_A_WORLD;
	rng = world + 1000000;
	patient = chance(700);
	duo.hand = hand;
	duo_open(&duo, tune);
	cr_assert_eq(leat_tcp_listen(duo.a, &at, &accepting, duo.a, &listener_a), 0);
	cr_assert_eq(leat_tcp_listen(duo.b, &at, &accepting, duo.b, &listener_b), 0);
}

static void
run_world(unsigned world, unsigned last)
{
	open_world(world);
	for (seed = world * SEEDS_A_WORLD; seed <= last; seed++) {
		loud = getenv("LEAT_SEED") != NULL && seed == last;
		run_round();
	}
	duo_close(&duo);
}

static unsigned
number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
run_part(unsigned part)
{
	unsigned seeds = number("LEAT_SEEDS", SEEDS), one = number("LEAT_SEED", UINT32_MAX);

	support_eal_start(NULL);
	wire_pool = rte_pktmbuf_pool_create("wire", 2 * FRAMES - 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	app_pool = rte_pktmbuf_pool_create("app", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	cr_assert(wire_pool != NULL && app_pool != NULL);
	for (unsigned world = part; world * SEEDS_A_WORLD < seeds || one != UINT32_MAX; world += PARTS) {
		if (one != UINT32_MAX && world * SEEDS_A_WORLD > one)
			break;
		unsigned last = world * SEEDS_A_WORLD + SEEDS_A_WORLD - 1;
		if (one == UINT32_MAX)
			run_world(world, RTE_MIN(last, seeds - 1));
		else if (one <= last)
			run_world(world, one);
	}
}

Test(random, seeds_of_part_0, .timeout = 300) { run_part(0); }
Test(random, seeds_of_part_1, .timeout = 300) { run_part(1); }
Test(random, seeds_of_part_2, .timeout = 300) { run_part(2); }
Test(random, seeds_of_part_3, .timeout = 300) { run_part(3); }
