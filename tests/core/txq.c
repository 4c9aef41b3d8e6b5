/* SPDX-License-Identifier: BSD-3-Clause */
/* The queue of a turn, against a port whose other end is a ring that the test holds. */
#include <criterion/criterion.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include "core/core.h"
#include "core/txq.h"
#include "support/eal.h"

enum { RING = 64, MBUFS = 1023 };

static struct core core;
static struct txq q;
static struct rte_ring *wire; /* holds RING packets: what the "driver" takes before it is full */
static unsigned written;      /* frames that the pcap hook saw */

static void
start(void)
{
	struct rte_eth_conf conf = {0};

	support_eal_start(NULL);
	core = (struct core){.numa_node = -1};
	cr_assert_eq(core_init(&core, "txq", MBUFS, MBUFS), 0);
	wire = rte_ring_create("wire", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	int port = rte_eth_from_rings("txq", &wire, 1, &wire, 1, SOCKET_ID_ANY);
	cr_assert_geq(port, 0);
	cr_assert_eq(rte_eth_dev_configure((uint16_t)port, 1, 1, &conf), 0);
	cr_assert_eq(rte_eth_rx_queue_setup((uint16_t)port, 0, 64, SOCKET_ID_ANY, NULL, core.rx_pool), 0);
	cr_assert_eq(rte_eth_tx_queue_setup((uint16_t)port, 0, 64, SOCKET_ID_ANY, NULL), 0);
	cr_assert_eq(rte_eth_dev_start((uint16_t)port), 0);
	q = (struct txq){.port_id = (uint16_t)port};
}

/* Nothing may be lost: every mbuf is back in the pool in the end. */
static void
stop(void)
{
	void *m;

	while (rte_ring_dequeue(wire, &m) == 0)
		rte_pktmbuf_free(m);
	for (uint32_t i = 0; i < q.n; i++)
		rte_pktmbuf_free(q.pkts[i]);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), MBUFS);
	core_fini(&core);
}

TestSuite(txq, .init = start, .fini = stop);

/* A packet of 60 + i % 7 bytes that knows its number. */
static void
put(uint32_t i)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core.rx_pool);

	cr_assert_not_null(m);
	rte_pktmbuf_append(m, (uint16_t)(60 + i % 7));
	m->hash.usr = i;
	txq_put(&core, &q, m);
}

/* Takes up to max packets off the wire; they must be numbered first, first + 1, … */
static unsigned
take(uint32_t first, unsigned max)
{
	unsigned n = 0;
	void *p;

	while (n < max && rte_ring_dequeue(wire, &p) == 0) {
		cr_assert_eq(((struct rte_mbuf *)p)->hash.usr, first + n);
		rte_pktmbuf_free(p);
		n++;
	}
	return n;
}

static uint64_t
bytes_of(uint32_t n)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		bytes += 60 + i % 7;
	return bytes;
}

Test(txq, nothing_leaves_before_the_flush)
{
	for (uint32_t i = 0; i < 10; i++)
		put(i);
	cr_assert_eq(rte_ring_count(wire), 0);
	cr_assert_eq(txq_flush(&core, &q), 10);
	cr_assert_eq(q.n, 0);
	cr_assert_eq(core.counters[CNT_link_frames_out], 10);
	cr_assert_eq(core.counters[CNT_link_bytes_out], bytes_of(10));
	cr_assert_eq(take(0, 99), 10);
}

Test(txq, flushing_an_empty_queue_does_nothing)
{
	cr_assert_eq(txq_flush(&core, &q), 0);
	cr_assert_eq(core.counters[CNT_link_frames_out], 0);
}

Test(txq, what_the_driver_refuses_stays_in_order)
{
	for (uint32_t i = 0; i < 100; i++)
		put(i);
	cr_assert_eq(txq_flush(&core, &q), RING);
	cr_assert_eq(q.n, 100 - RING);
	cr_assert_eq(core.counters[CNT_link_bytes_out], bytes_of(RING));
	cr_assert_eq(txq_flush(&core, &q), 0, "the driver is full");
	cr_assert_eq(core.counters[CNT_link_bytes_out], bytes_of(RING));
	put(100);
	cr_assert_eq(take(0, 10), 10);
	cr_assert_eq(txq_flush(&core, &q), 10);
	cr_assert_eq(take(10, 999), RING);
	cr_assert_eq(txq_flush(&core, &q), 27);
	cr_assert_eq(take(10 + RING, 999), 27);
	cr_assert_eq(core.counters[CNT_link_frames_out], 101);
	cr_assert_eq(core.counters[CNT_link_bytes_out], bytes_of(101));
}

Test(txq, a_full_queue_is_flushed_at_once)
{
	for (uint32_t i = 0; i < TXQ_SIZE; i++)
		put(i);
	cr_assert_eq(rte_ring_count(wire), 0);
	put(TXQ_SIZE);
	cr_assert_eq(rte_ring_count(wire), RING);
	cr_assert_eq(q.n, TXQ_SIZE + 1 - RING);
	cr_assert_eq(core.counters[DROP_tx_full], 0);
}

Test(txq, the_newest_are_dropped_when_queue_and_driver_are_full)
{
	for (uint32_t i = 0; i < TXQ_SIZE + RING + 5; i++)
		put(i);
	cr_assert_eq(core.counters[DROP_tx_full], 5);
	for (uint32_t first = 0; first < TXQ_SIZE + RING; first += RING) {
		cr_assert_eq(take(first, 999), RING);
		txq_flush(&core, &q);
	}
	cr_assert_eq(rte_ring_count(wire), 0);
	cr_assert_eq(core.counters[CNT_link_frames_out], TXQ_SIZE + RING);
}

static void
note_frame(struct pcap_file *file, const struct rte_mbuf *m, uint64_t now)
{
	cr_assert_eq((void *)file, (void *)&written);
	cr_assert_eq(m->hash.usr, written);
	cr_assert_eq(now, core.now);
	written++;
}

Test(txq, every_frame_that_is_queued_is_written_to_the_capture_once)
{
	q.pcap = (struct pcap_file *)&written;
	q.on_frame = note_frame;
	for (uint32_t i = 0; i < TXQ_SIZE + RING + 5; i++)
		put(i);
	cr_assert_eq(written, TXQ_SIZE + RING, "not those that were dropped");
	txq_flush(&core, &q);
	cr_assert_eq(written, TXQ_SIZE + RING);
}

static uint32_t poison; /* the number of the packet that the driver never takes */

/* A driver that stops at one packet, as net_tap does when writev() fails. */
static uint16_t
stop_at_poison(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *user)
{
	(void)port;
	(void)queue;
	(void)user;
	for (uint16_t i = 0; i < n; i++)
		if (pkts[i]->hash.usr == poison)
			return i;
	return n;
}

/* A packet that the driver never takes holds the others up for a second, not for ever. */
Test(txq, a_packet_that_is_never_taken_is_dropped)
{
	core.now = 5000000000u;
	poison = 3;
	cr_assert_not_null(rte_eth_add_tx_callback(q.port_id, 0, stop_at_poison, NULL));
	for (uint32_t i = 0; i < 10; i++)
		put(i);
	cr_assert_eq(txq_flush(&core, &q), 3);
	cr_assert_eq(txq_flush(&core, &q), 0);
	core.now += TXQ_PATIENCE_NS - 1;
	cr_assert_eq(txq_flush(&core, &q), 0);
	cr_assert_eq(core.counters[DROP_tx_refused], 0);
	core.now++;
	cr_assert_eq(txq_flush(&core, &q), 6);
	cr_assert_eq(core.counters[DROP_tx_refused], 1);
	cr_assert_eq(q.n, 0);
	cr_assert_eq(take(0, 3), 3);
	cr_assert_eq(take(4, 99), 6);
	/* the next one has its own second */
	poison = 10;
	put(10);
	put(11);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(txq_flush(&core, &q), 0);
	cr_assert_eq(core.counters[DROP_tx_refused], 1);
	core.now += TXQ_PATIENCE_NS;
	cr_assert_eq(txq_flush(&core, &q), 1);
	cr_assert_eq(core.counters[DROP_tx_refused], 2);
	cr_assert_eq(take(11, 99), 1);
}

/* A port that takes nothing: what waits is of no use to anybody after a second. */
Test(txq, a_port_that_takes_nothing_is_not_waited_for)
{
	for (uint32_t i = 0; i < RING + 20; i++)
		put(i);
	cr_assert_eq(txq_flush(&core, &q), RING);
	cr_assert_eq(txq_flush(&core, &q), 0);
	core.now += TXQ_PATIENCE_NS;
	cr_assert_eq(txq_flush(&core, &q), 0);
	cr_assert_eq(core.counters[DROP_tx_refused], 20);
	cr_assert_eq(q.n, 0);
	put(500);
	cr_assert_eq(txq_flush(&core, &q), 0);
	cr_assert_eq(q.n, 1, "and the next is given its second");
	take(0, 99);
	cr_assert_eq(txq_flush(&core, &q), 1);
	cr_assert_eq(take(500, 99), 1);
}

/* A port that is slow, but not dead, loses nothing. */
Test(txq, a_slow_port_is_waited_for)
{
	for (uint32_t i = 0; i < RING + 20; i++)
		put(i);
	txq_flush(&core, &q);
	for (uint32_t i = 0; i < 20; i++) {
		cr_assert_eq(txq_flush(&core, &q), 0);
		core.now += TXQ_PATIENCE_NS;
		take(i, 1);
		cr_assert_eq(txq_flush(&core, &q), 1);
	}
	cr_assert_eq(core.counters[DROP_tx_refused], 0);
	cr_assert_eq(take(20, 999), RING);
}
