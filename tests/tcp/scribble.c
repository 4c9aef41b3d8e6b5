/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Over net_ring the receiver gets the sender's own mbufs. It may do with them what a receiver may:
 * trim, cut, unlink, and write wherever a buffer is direct and its alone. A packet is lost; what
 * is sent again must be right nevertheless.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"
#include "support/eal.h"

enum { TOTAL = 300000 };

static struct duo duo;
static uint8_t data[TOTAL];
static size_t queued, got;
static unsigned frames, lost;
static bool by_reference, released, done;

static void
feed(struct leat_conn *c)
{
	if (by_reference) {
		if (queued == 0)
			queued = TOTAL;
		return;
	}
	while (queued < TOTAL) {
		/* of all sizes: copied behind the header, referred to, and in several pieces */
		size_t n = 1 + (queued * 7919) % 3000;
		ssize_t taken = leat_tcp_send(c, data + queued, n < TOTAL - queued ? n : TOTAL - queued);
		if (taken <= 0)
			return;
		queued += (size_t)taken;
	}
	leat_tcp_close(c);
}

static void
on_released(void *arg)
{
	(void)arg;
	released = true;
}

static void
on_open(struct leat_conn *c, void *user)
{
	(void)user;
	if (by_reference) {
		cr_assert_eq(leat_tcp_send_ref(c, data, TOTAL, on_released, NULL), TOTAL);
		leat_tcp_close(c);
	}
	feed(c);
}

static void
on_sent(struct leat_conn *c, size_t n, void *user)
{
	(void)n;
	(void)user;
	if (!by_reference)
		feed(c);
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	uint8_t buf[65536];
	size_t n;

	(void)c;
	(void)user;
	while ((n = leat_rx_read(rx, buf, sizeof(buf))) > 0) {
		cr_assert_leq(got + n, TOTAL);
		cr_assert_arr_eq(buf, data + got, n, "wrong bytes after %zu", got);
		got += n;
	}
}

static void
on_peer_closed(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static void
on_closed(struct leat_conn *c, int reason, void *user)
{
	(void)c;
	(void)user;
	cr_assert_eq(reason, 0);
	done = true;
}

static const struct leat_tcp_events sender = {.on_open = on_open, .on_sent = on_sent};
static const struct leat_tcp_events receiver = {
	.on_data = on_data, .on_peer_closed = on_peer_closed, .on_closed = on_closed,
};

/* All that a receiver may do to a packet it was given. */
static void
scribble(struct rte_mbuf *m)
{
	for (struct rte_mbuf *seg = m, *next; seg != NULL; seg = next) {
		next = seg->next;
		cr_assert_eq(rte_mbuf_refcnt_read(seg), 1, "a packet is not the receiver's alone");
		if (RTE_MBUF_DIRECT(seg) && rte_mbuf_refcnt_read(seg) == 1)
			memset(rte_pktmbuf_mtod(seg, void *), 0xee, seg->data_len);
		seg->data_off = 7;
		seg->data_len = 1;
		seg->pkt_len = 1;
		seg->vlan_tci = 0xeee;
		seg->next = NULL;
		seg->nb_segs = 1;
		rte_pktmbuf_free(seg);
	}
}

/* A copy goes on to the other side; the original is ruined. Every eleventh data frame is lost. */
static bool
ruin(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	bool loses = from_a && m->pkt_len > 200 && ++frames % 11 == 5;

	if (!loses) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(m, d->arg, 0, UINT32_MAX);
		cr_assert_not_null(copy);
		cr_assert_eq(rte_ring_enqueue(from_a ? d->b_in : d->a_in, copy), 0);
	} else {
		lost++;
	}
	scribble(m);
	return false;
}

static void
transfer(void)
{
	struct leat_endpoint at = {leat_ipv4(198, 18, 0, 2), 7000};
	struct leat_listener *listener;
	struct leat_conn *c;

	support_eal_start(NULL);
	for (size_t i = 0; i < TOTAL; i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	duo_open(&duo, NULL);
	duo.arg = rte_pktmbuf_pool_create("copies", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	duo.hand = ruin;
	cr_assert_eq(leat_tcp_listen(duo.b, &at, &receiver, NULL, &listener), 0);
	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &at, &sender, NULL, &c), 0);
	for (int i = 0; i < 600 && !done; i++)
		duo_after(&duo, 100000000);
	cr_assert(done, "%zu of %d bytes arrived", got, TOTAL);
	cr_assert_eq(got, TOTAL);
	cr_assert_gt(lost, 5);
	cr_assert_geq(leat_stat_value(duo.a, "tcp_retransmits"), lost);
	duo_close(&duo);
}

Test(scribble, copied_data_is_right_after_loss, .timeout = 60)
{
	transfer();
}

Test(scribble, referenced_data_is_right_after_loss_and_is_released, .timeout = 60)
{
	by_reference = true;
	transfer();
	cr_assert(released);
}
