/* SPDX-License-Identifier: BSD-3-Clause */
/* The applications of the random test: they write, read, close and abort as it comes. */
#include "random.h"

/* Memory that is sent by reference. */
struct loan {
	struct side *side;
	uint32_t len;
	uint8_t bytes[];
};

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

const struct leat_tcp_events dialing = {on_open, on_data, on_sent, on_peer_closed, on_closed};
const struct leat_tcp_events accepting = {on_accept, on_data, on_sent, on_peer_closed, on_closed};

void
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

void
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
