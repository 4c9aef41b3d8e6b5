/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire's ring face: two ports of this process. */
#include <errno.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include "drivers/wire/ports.h"
#include "lab.h"

TestSuite(ports, .init = lab_start, .fini = lab_stop);

static uint16_t
start_port(const struct wire_ports *p, enum wire_dir dir)
{
	const struct rte_eth_conf conf = {0};
	uint16_t port;

	cr_assert_eq(rte_eth_dev_get_port_by_name(wire_ports_name(p, dir), &port), 0);
	cr_assert_eq(rte_eth_dev_configure(port, 1, 1, &conf), 0);
	cr_assert_eq(rte_eth_rx_queue_setup(port, 0, 64, SOCKET_ID_ANY, NULL, lab.pool), 0);
	cr_assert_eq(rte_eth_tx_queue_setup(port, 0, 64, SOCKET_ID_ANY, NULL), 0);
	cr_assert_eq(rte_eth_dev_start(port), 0);
	return port;
}

static void
transmit(uint16_t port, unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		struct rte_mbuf *m = lab_frame(i, LAB_LEN);
		cr_assert_eq(rte_eth_tx_burst(port, 0, &m, 1), 1);
	}
}

/* The number of the next frame of the port; 0: none. */
static uint64_t
receive(uint16_t port)
{
	struct rte_mbuf *m;

	if (rte_eth_rx_burst(port, 0, &m, 1) == 0)
		return 0;
	uint64_t number = lab_number(m);
	rte_pktmbuf_free(m);
	return number;
}

Test(ports, what_one_port_sends_the_other_receives_after_the_wire)
{
	struct wire_ports *p;

	lab.params.impair[WIRE_A_TO_B].delay = 3 * MS;
	cr_assert_eq(wire_ports_create("w", &lab.params, &p), 0);
	cr_assert_str_eq(wire_ports_name(p, WIRE_A_TO_B), "net_ring_wa");
	cr_assert_str_eq(wire_ports_name(p, WIRE_B_TO_A), "net_ring_wb");
	uint16_t a = start_port(p, WIRE_A_TO_B), b = start_port(p, WIRE_B_TO_A);
	transmit(a, 100);
	transmit(b, 2);
	cr_assert_eq(receive(b), 0, "nothing moves but in wire_turn()");
	cr_assert_eq(wire_turn(p, SEC), 104, "102 into the wire, 2 out of it");
	cr_assert(receive(a) == 1 && receive(a) == 2 && receive(a) == 0);
	cr_assert_eq(wire_turn(p, SEC), 0);
	cr_assert_eq(wire_next(wire_ports_wire(p)), SEC + 3 * MS);
	cr_assert_eq(wire_turn(p, SEC + 3 * MS - 1), 0);
	cr_assert_eq(wire_turn(p, SEC + 3 * MS), 100);
	for (unsigned i = 1; i <= 100; i++)
		cr_assert_eq(receive(b), i);
	wire_ports_destroy(p);
}

Test(ports, what_finds_no_room_in_the_port_stays_under_way)
{
	struct wire_ports *p;

	cr_assert_eq(wire_ports_create("w", &lab.params, &p), 0);
	uint16_t a = start_port(p, WIRE_A_TO_B), b = start_port(p, WIRE_B_TO_A);
	transmit(a, 1000);
	wire_turn(p, SEC);
	transmit(a, 100);
	wire_turn(p, SEC);
	cr_assert_eq(wire_under_way(wire_ports_wire(p), WIRE_A_TO_B), 1100 - 1024);
	for (unsigned i = 0; i < 1024; i++)
		cr_assert_neq(receive(b), 0);
	cr_assert_eq(wire_turn(p, SEC), 1100 - 1024);
	wire_ports_destroy(p); /* with packets in the port, which .fini sees freed */
}

Test(ports, forgotten_packets_are_not_freed)
{
	struct rte_mempool *theirs = rte_pktmbuf_pool_create("theirs", 63, 0, 0, 256, SOCKET_ID_ANY);
	struct rte_mbuf *m[2] = {rte_pktmbuf_alloc(theirs), rte_pktmbuf_alloc(theirs)};
	struct wire_ports *p;

	cr_assert_eq(wire_ports_create("w", &lab.params, &p), 0);
	uint16_t a = start_port(p, WIRE_A_TO_B);
	start_port(p, WIRE_B_TO_A);
	rte_eth_tx_burst(a, 0, &m[0], 1);
	wire_turn(p, SEC);
	rte_eth_tx_burst(a, 0, &m[1], 1);
	wire_ports_forget(p);
	wire_ports_destroy(p);
	cr_assert_eq(rte_mempool_in_use_count(theirs), 2);
	rte_pktmbuf_free_bulk(m, 2);
	rte_mempool_free(theirs);
}

Test(ports, names_are_checked_and_can_be_used_again)
{
	struct wire_ports *p, *q;

	cr_assert_eq(wire_ports_create("", &lab.params, &p), -EINVAL);
	cr_assert_eq(wire_ports_create("a,b", &lab.params, &p), -EINVAL);
	cr_assert_eq(wire_ports_create("12345678901234567", &lab.params, &p), -EINVAL);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(wire_ports_create("1234567890123456", &lab.params, &p), 0);
		cr_assert_eq(wire_ports_create("1234567890123456", &lab.params, &q), -EEXIST);
		start_port(p, WIRE_A_TO_B);
		wire_ports_destroy(p);
	}
	lab.params.impair[0].loss = 2;
	cr_assert_eq(wire_ports_create("w", &lab.params, &p), -EINVAL);
	wire_ports_destroy(NULL);
}
