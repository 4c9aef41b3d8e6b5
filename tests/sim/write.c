/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_mbuf.h>
#include "world.h"
#include "write.h"

enum { WRITE_MAX = 8192, PIECE_MAX = 1900 };

/* Memory that is sent by reference. */
struct loan {
	struct side *side;
	uint32_t len;
	uint8_t bytes[];
};

static void
fill(const struct side *s, uint8_t *p, uint32_t done, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		p[i] = talk_byte(s, s->queued + done + i);
}

static void
released(void *arg)
{
	struct loan *l = arg;

	if (l->side->refs-- == 0)
		world_fail(l->side->talk->world, "%s: memory is released twice", side_name(l->side));
	memset(l->bytes, 0xee, l->len); /* nobody may read it any more */
	free(l);
}

static ssize_t
write_loan(struct side *s, uint32_t n)
{
	struct loan *l = malloc(sizeof(*l) + n);

	if (l == NULL)
		world_fail(s->talk->world, "the test has no memory");
	*l = (struct loan){.side = s, .len = n};
	fill(s, l->bytes, 0, n);
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
	struct world *world = s->talk->world;
	struct rte_mbuf *head = NULL, *other = NULL;
	uint32_t done = 0;

	while (done < n) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(world->app_pool);
		uint32_t piece = RTE_MIN(n - done, (uint32_t)draw_between(&s->talk->draw, 1, PIECE_MAX));
		if (m == NULL || (head != NULL && rte_pktmbuf_chain(head, m) < 0)) {
			/* what a connection may queue is bounded in bytes: many small pieces are not */
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return 0;
		}
		head = head == NULL ? m : head;
		fill(s, (uint8_t *)rte_pktmbuf_append(head, (uint16_t)piece), done, piece);
		done += piece;
	}
	if (draw_chance(&s->talk->draw, 300))
		other = rte_pktmbuf_clone(head, world->app_pool);
	ssize_t r = leat_tcp_send_mbuf(s->conn, head);
	if (r <= 0)
		rte_pktmbuf_free(head);
	rte_pktmbuf_free(other);
	return r;
}

static ssize_t
write_copy(struct side *s, uint32_t n)
{
	uint8_t buf[WRITE_MAX];

	fill(s, buf, 0, n);
	return leat_tcp_send(s->conn, buf, n);
}

bool
write_some(struct side *s, uint32_t left)
{
	struct draw *d = &s->talk->draw;
	uint64_t way = s->talk->plan->ways;
	uint32_t n = RTE_MIN(left, (uint32_t)draw_between(d, 1, draw_chance(d, 200) ? 300 : WRITE_MAX));

	if (way == 0)
		way = draw_chance(d, 600) ? 1 : draw_between(d, 2, 3);
	memory_hold(way != 1);
	ssize_t r = way == 2 ? write_loan(s, n) : way == 3 ? write_mbufs(s, n) : write_copy(s, n);
	memory_hold(false);
	if (r < 0 && r != -ECONNRESET) /* it has ended, and on_closed will tell */
		world_fail(s->talk->world, "%s: writing: %s", side_name(s), strerror((int)-r));
	s->queued += r > 0 ? (uint32_t)r : 0;
	return r == (ssize_t)n;
}
