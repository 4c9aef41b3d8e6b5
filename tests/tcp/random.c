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
#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_tcp.h>
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum {
	SEEDS = 2000, PARTS = 4, SEEDS_A_WORLD = 25,
	PAIRS = 3, FRAMES = 2048, DRAINED = 4096, PORT = 7000,
	TOTAL_MAX = 120000, TURNS_MAX = 2000,
};

/* One end of a connection, as its application knows it. */
struct side {
	struct leat_conn *conn; /* NULL: not open yet, or told that it is closed */
	struct side *peer;
	uint8_t salt;           /* of what it sends */
	uint32_t total, queued, acked, got;
	bool steady;            /* does all it does inside callbacks */
	bool opened, shut, left, aborted, peer_closed, closed;
	int reason;
	unsigned refs;          /* not yet released */
};

struct pair {
	struct side dialer, accepter;
	uint16_t port;          /* the dialer's */
	bool from_a;
};

/* Memory that is sent by reference. */
struct loan {
	struct side *side;
	uint32_t len;
	uint8_t bytes[];
};

/* A frame under way. */
struct frame {
	uint64_t due;
	struct rte_mbuf *m;
	bool from_a;
};

/* What the wire does, in per mille. */
static struct {
	unsigned loss, dup, spoil, late, forge;
	uint64_t delay, jitter;
	uint64_t dead_from, dead_until; /* nothing gets through */
} wire;

static struct duo duo;
static struct leat_listener *listener_a, *listener_b;
static struct rte_mempool *wire_pool, *app_pool;
static struct frame frames[FRAMES];
static unsigned nb_frames, frames_seen;
static struct pair pairs[PAIRS];
static unsigned nb_pairs;
static struct rte_mbuf *drained[DRAINED];
static unsigned nb_drained;
static uint64_t drain_from, drain_until, apps_end;
static uint64_t rng;
static unsigned seed;
static bool polite, loud;
static bool patient;            /* TIME-WAIT outlasts every frame and every repeated FIN */

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void
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

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
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
static uint64_t
draw(void)
{
	uint64_t z = rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint32_t
below(uint32_t n)
{
	return (uint32_t)(draw() % n);
}

static bool
chance(unsigned per_mille)
{
	return below(1000) < per_mille;
}

static uint8_t
byte_of(const struct side *s, uint32_t at)
{
	return (uint8_t)(at * 131 + (at >> 8) * 17 + s->salt);
}

static const char *
name_of(const struct side *s)
{
	for (unsigned i = 0; i < nb_pairs; i++)
		if (s == &pairs[i].dialer || s == &pairs[i].accepter)
			return (s == &pairs[i].dialer) == pairs[i].from_a ? "a" : "b";
	return "?";
}

/* --- the applications --- */

static void
released(void *arg)
{
	struct loan *l = arg;

	if (l->side->refs-- == 0)
		fail("released twice");
	memset(l->bytes, 0xee, l->len); /* nobody may read it any more */
	free(l);
}

static ssize_t
write_loan(struct side *s, uint32_t n)
{
	struct loan *l = malloc(sizeof(*l) + n);

	*l = (struct loan){.side = s, .len = n};
	for (uint32_t i = 0; i < n; i++)
		l->bytes[i] = byte_of(s, s->queued + i);
	s->refs++;
	ssize_t r = leat_tcp_send_ref(s->conn, l->bytes, n, released, l);
	if (r <= 0) {
		s->refs--;
		free(l);
	}
	return r;
}

/* In a chain of pieces, sometimes held by somebody else too. */
static ssize_t
write_mbufs(struct side *s, uint32_t n)
{
	struct rte_mbuf *head = NULL, *other = NULL;
	uint32_t done = 0;

	while (done < n) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(app_pool);
		uint16_t piece = (uint16_t)RTE_MIN(n - done, 1 + below(1900));
		if (m == NULL || (head != NULL && rte_pktmbuf_chain(head, m) < 0))
			fail("the test has no mbuf");
		head = head == NULL ? m : head;
		uint8_t *p = (uint8_t *)rte_pktmbuf_append(head, piece);
		for (uint16_t i = 0; i < piece; i++)
			p[i] = byte_of(s, s->queued + done++);
	}
	if (chance(300))
		other = rte_pktmbuf_clone(head, app_pool);
	ssize_t r = leat_tcp_send_mbuf(s->conn, head);
	if (r <= 0)
		rte_pktmbuf_free(head);
	rte_pktmbuf_free(other);
	return r;
}

static ssize_t
write_copy(struct side *s, uint32_t n)
{
	uint8_t buf[8192];

	for (uint32_t i = 0; i < n; i++)
		buf[i] = byte_of(s, s->queued + i);
	return leat_tcp_send(s->conn, buf, n);
}

/* Some bytes, in one of the three ways. False: no more room. */
static bool
write_some(struct side *s)
{
	uint32_t left = s->total - s->queued, n = RTE_MIN(left, 1 + below(chance(500) ? 300 : 8000));

	if (n == 0)
		return false;
	unsigned way = below(10);
	ssize_t r = way < 2 ? write_loan(s, n) : way < 4 ? write_mbufs(s, n) : write_copy(s, n);
	if (r < 0 && r != -ECONNRESET) /* it has ended, and on_closed will tell */
		fail("writing: %s", strerror((int)-r));
	s->queued += r > 0 ? (uint32_t)r : 0;
	return r == n;
}

static void
check(struct side *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++, s->got++)
		if (s->got >= s->peer->queued || p[i] != byte_of(s->peer, s->got))
			fail("byte %u is wrong at %s", s->got, name_of(s));
}

static void
read_some(struct side *s, size_t max)
{
	struct leat_rx *rx = leat_tcp_rx(s->conn);
	uint8_t buf[4096];
	size_t n;

	if (chance(200)) {
		struct rte_mbuf *m = leat_rx_take(rx);
		for (struct rte_mbuf *seg = m; seg != NULL; seg = seg->next)
			check(s, rte_pktmbuf_mtod(seg, uint8_t *), seg->data_len);
		rte_pktmbuf_free(m);
	}
	while (max > 0 && (n = leat_rx_read(rx, buf, RTE_MIN(max, sizeof(buf)))) > 0) {
		check(s, buf, n);
		max -= n;
	}
}

static bool
may_write(const struct side *s)
{
	return s->conn != NULL && !s->shut && !s->left && !s->aborted;
}

static void
leave(struct side *s)
{
	say("%s closes", name_of(s));
	s->left = true;
	leat_tcp_close(s->conn);
}

static void
give_up(struct side *s)
{
	say("%s aborts", name_of(s));
	s->aborted = true;
	leat_tcp_abort(s->conn);
}

/* Writes as the mood is, and ends its direction when all is written. */
static void
go_on_writing(struct side *s)
{
	if (!may_write(s) || !s->opened)
		return;
	while (write_some(s))
		if (!s->steady && chance(500))
			return;
	if (s->queued < s->total)
		return;
	if (s->peer_closed || (!polite && chance(300))) {
		leave(s);
	} else {
		say("%s shuts down", name_of(s));
		s->shut = true;
		int r = leat_tcp_shutdown(s->conn);
		if (r != 0 && r != -ENOTCONN)
			fail("shutdown: %s", strerror(-r));
	}
}

static void
disturb(struct side *s)
{
	if (chance(20))
		leat_tcp_set(s->conn, LEAT_TCP_NODELAY, below(2));
	if (chance(20))
		leat_tcp_set(s->conn, LEAT_TCP_RCVBUF, 2048 + below(100000));
	if (chance(20))
		leat_tcp_set(s->conn, LEAT_TCP_KEEPALIVE, below(2));
	if (polite)
		return;
	if (chance(10))
		give_up(s);
	else if (chance(10) && !s->left)
		leave(s);
	else if (s->peer->conn != NULL && !s->peer->aborted && chance(5))
		give_up(s->peer); /* of the other instance, in the middle of this one's turn */
}

static struct side *
side_of(void *user)
{
	struct side *s = user;

	if (s->closed || s->conn == NULL)
		fail("called after on_closed");
	return s;
}

static void
on_open(struct leat_conn *c, void *user)
{
	struct side *s = user;

	(void)c;
	s = side_of(s);
	if (s->opened || s->left || s->aborted)
		fail("on_open twice, or after close");
	s->opened = true;
	say("%s is open", name_of(s));
	go_on_writing(s);
	if (!s->aborted)
		disturb(s);
}

static void
on_accept(struct leat_conn *c, void *user)
{
	struct leat_endpoint remote;

	leat_tcp_remote(c, &remote);
	for (unsigned i = 0; i < nb_pairs; i++)
		if (pairs[i].port == remote.port && pairs[i].from_a == (user == duo.b)) {
			pairs[i].accepter.conn = c;
			leat_tcp_set_user(c, &pairs[i].accepter);
			on_open(c, &pairs[i].accepter);
			return;
		}
	fail("a connection from nowhere");
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct side *s = side_of(user);

	(void)rx;
	if (s->left || s->aborted)
		fail("on_data after close");
	if (s->steady || chance(600))
		read_some(s, s->steady ? SIZE_MAX : 1 + below(20000));
	if (!s->steady)
		disturb(s);
	(void)c;
}

static void
on_sent(struct leat_conn *c, size_t n, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	s->acked += (uint32_t)n;
	if (s->acked > s->queued || s->aborted)
		fail("%u bytes were acknowledged of %u", s->acked, s->queued);
	if (s->steady || chance(500))
		go_on_writing(s);
}

static void
on_peer_closed(struct leat_conn *c, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	if (s->peer_closed || s->left || s->aborted)
		fail("on_peer_closed twice, or after close");
	if (s->got != s->peer->queued || !(s->peer->shut || s->peer->left))
		fail("the end came at byte %u of %u", s->got, s->peer->queued);
	s->peer_closed = true;
	say("%s: the peer closed", name_of(s));
	if (s->shut || (!polite && chance(500)))
		leave(s);
	else
		go_on_writing(s);
}

static void
on_closed(struct leat_conn *c, int reason, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	say("%s: closed, %s, %u/%u sent, %u got", name_of(s), strerror(reason), s->acked, s->queued, s->got);
	s->closed = true;
	s->reason = reason;
	s->conn = NULL;
	if (reason == 0 && (s->acked != s->queued || s->got != s->peer->queued))
		fail("closed in order with %u of %u sent, %u of %u received", s->acked, s->queued, s->got,
			s->peer->queued);
}

static const struct leat_tcp_events dialing = {on_open, on_data, on_sent, on_peer_closed, on_closed};
static const struct leat_tcp_events accepting = {on_accept, on_data, on_sent, on_peer_closed, on_closed};

static void
step(struct side *s)
{
	if (s->conn == NULL || s->aborted)
		return;
	if (duo.now >= apps_end) {
		if (polite)
			fail("%s has waited long enough: %u/%u sent, %u got", name_of(s), s->acked, s->queued, s->got);
		give_up(s);
		return;
	}
	if (s->steady)
		return;
	if (s->opened && !s->left && chance(700))
		read_some(s, 1 + below(30000));
	if (chance(700))
		go_on_writing(s);
	if (s->conn != NULL && !s->aborted)
		disturb(s);
}

/* --- the wire --- */

static void
put_frame(struct rte_mbuf *m, bool from_a)
{
	uint64_t delay = wire.delay + (wire.jitter ? draw() % wire.jitter : 0);

	if (chance(wire.late))
		delay += draw() % (2 * SEC);
	if (nb_frames == FRAMES) {
		rte_pktmbuf_free(m);
		return;
	}
	frames[nb_frames++] = (struct frame){.due = duo.now + delay, .m = m, .from_a = from_a};
}

static struct rte_ipv4_hdr *
ip_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
}

static bool
is_ip(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4);
}

/* One byte changed (both checksums find that), the end cut off, or bytes behind the end. */
static void
spoil(struct rte_mbuf *m)
{
	switch (below(3)) {
	case 0:
		rte_pktmbuf_mtod(m, uint8_t *)[RTE_ETHER_HDR_LEN + below(m->pkt_len - RTE_ETHER_HDR_LEN)] ^=
			(uint8_t)(1 + below(254));
		break;
	case 1:
		rte_pktmbuf_trim(m, (uint16_t)(1 + below(m->pkt_len - 1)));
		break;
	case 2:
		if (rte_pktmbuf_tailroom(m) >= 40)
			memset(rte_pktmbuf_append(m, (uint16_t)(1 + below(40))), 0xa5, 1);
		break;
	}
}

/* Somebody who knows the tuple but not the numbers. */
static void
forge(struct rte_mbuf *m)
{
	static const uint8_t flags[] = {RTE_TCP_RST_FLAG, RTE_TCP_SYN_FLAG, RTE_TCP_ACK_FLAG,
		RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG, RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG,
		RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG, 0, 0xff};
	struct rte_ipv4_hdr *ip = ip_of(m);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);

	if (ip->next_proto_id != IPPROTO_TCP || (tcp->tcp_flags & RTE_TCP_SYN_FLAG)) {
		rte_pktmbuf_free(m);
		return;
	}
	rte_pktmbuf_trim(m, (uint16_t)(m->pkt_len - RTE_ETHER_HDR_LEN - rte_be_to_cpu_16(ip->total_length)));
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + 0x10000000 + below(0xd0000000));
	tcp->tcp_flags = flags[below(RTE_DIM(flags))];
	tcp->cksum = 0;
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
}

static bool
hand(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	bool dead = d->now >= wire.dead_from && d->now < wire.dead_until;
	struct rte_mbuf *copy = dead || chance(wire.loss) ? NULL : rte_pktmbuf_copy(m, wire_pool, 0, UINT32_MAX);

	frames_seen++;
	rte_pktmbuf_free(m);
	if (copy == NULL)
		return false;
	if (chance(wire.dup)) {
		struct rte_mbuf *twin = rte_pktmbuf_copy(copy, wire_pool, 0, UINT32_MAX);
		if (twin != NULL)
			put_frame(twin, from_a);
	}
	if (is_ip(copy) && chance(wire.forge)) {
		struct rte_mbuf *lie = rte_pktmbuf_copy(copy, wire_pool, 0, UINT32_MAX);
		if (lie != NULL) {
			uint8_t proto = ip_of(lie)->next_proto_id;
			struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip_of(lie) + 1);
			if (proto == IPPROTO_TCP && !(tcp->tcp_flags & RTE_TCP_SYN_FLAG)) {
				forge(lie);
				put_frame(lie, from_a);
			} else {
				rte_pktmbuf_free(lie);
			}
		}
	}
	if (is_ip(copy) && chance(wire.spoil))
		spoil(copy);
	put_frame(copy, from_a);
	return false;
}

static void
deliver_frames(void)
{
	for (unsigned i = 0; i < nb_frames;) {
		struct frame f = frames[i];
		if (f.due > duo.now) {
			i++;
			continue;
		}
		frames[i] = frames[--nb_frames];
		if (rte_ring_enqueue(f.from_a ? duo.b_in : duo.a_in, f.m) != 0)
			rte_pktmbuf_free(f.m);
	}
}

/* --- memory that runs out --- */

static void
drain(void)
{
	static const char *const kinds[] = {"rx", "data", "hdr", "ind"};
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "%s-0-%s", chance(500) ? "a" : "b", kinds[below(4)]);
	struct rte_mempool *pool = rte_mempool_lookup(name);
	unsigned leave_over = below(4);
	say("%s runs dry", name);
	while (nb_drained < DRAINED && rte_mempool_avail_count(pool) > leave_over) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		if (m == NULL)
			break;
		drained[nb_drained++] = m;
	}
	drain_until = duo.now + draw() % (2 * SEC);
}

static void
refill(void)
{
	while (nb_drained > 0)
		rte_pktmbuf_free(drained[--nb_drained]);
}

/* --- the run --- */

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

	for (unsigned i = 0; i < nb_frames; i++)
		next = RTE_MIN(next, frames[i].due);
	next = RTE_MIN(next, next_step);
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
dial(struct pair *p)
{
	struct leat *from = p->from_a ? duo.a : duo.b;
	struct leat_endpoint to = {leat_ipv4(198, 18, 0, p->from_a ? 2 : 1), PORT}, local;

	memset(&p->dialer, 0, sizeof(p->dialer));
	memset(&p->accepter, 0, sizeof(p->accepter));
	for (int i = 0; i < 2; i++) {
		struct side *s = i == 0 ? &p->dialer : &p->accepter;
		s->peer = i == 0 ? &p->accepter : &p->dialer;
		s->salt = (uint8_t)draw();
		s->total = chance(200) ? 0 : below(chance(300) ? TOTAL_MAX : 5000);
		s->steady = chance(400);
	}
	int r = leat_tcp_connect(leat_core(from, 0), NULL, &to, &dialing, &p->dialer, &p->dialer.conn);
	if (r != 0)
		fail("connect: %s", strerror(-r));
	leat_tcp_local(p->dialer.conn, &local);
	p->port = local.port;
	/* some do not wait for it to open */
	if (chance(200))
		write_some(&p->dialer);
	if (!polite && chance(50))
		leave(&p->dialer);
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
