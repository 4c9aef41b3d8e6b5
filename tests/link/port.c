/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX];

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(port, .init = start, .fini = stop);

/* A frame of len bytes, 0, 1, 2, …, in segments. From data_pool, as ours are. */
static struct rte_mbuf *
make_frame(uint16_t len, uint16_t segment)
{
	struct rte_mbuf *head = NULL;

	for (uint16_t at = 0; at < len; at = (uint16_t)(at + segment)) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(n.core.data_pool);
		uint16_t part = RTE_MIN(segment, (uint16_t)(len - at));
		uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, part);
		for (uint16_t i = 0; i < part; i++)
			p[i] = (uint8_t)(at + i);
		if (head == NULL)
			head = m;
		else
			cr_assert_eq(rte_pktmbuf_chain(head, m), 0);
	}
	return head;
}

static void
expect_frame(uint16_t len, uint16_t padded)
{
	txq_flush(&n.core, n.core.txqs[0]);
	cr_assert_eq(net_take(&n, frame), padded);
	for (uint16_t i = 0; i < padded; i++)
		cr_assert_eq(frame[i], i < len ? (uint8_t)i : 0, "byte %u", i);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(port, what_a_ring_port_is)
{
	net_start(&n);
	cr_assert(n.port->started);
	cr_assert_eq(n.port->mtu, 1500);
	cr_assert(n.port->can_chain);
	cr_assert(n.port->can_extern);
	cr_assert_not(n.port->rx_cksum);
	cr_assert_not(n.port->tx_tcp_cksum);
	cr_assert_not(n.port->rx_intr);
	cr_assert(port_link_up(n.port));
	cr_assert(eth_is_station(&n.port->mac), "a ring has no MAC address: it gets one");
	cr_assert(rte_is_local_admin_ether_addr(&n.port->mac));
	cr_assert_eq(n.core.nb_txqs, 1);
	cr_assert_eq(link_numa_node(&n.config), rte_eth_dev_socket_id(n.port->port_id));
}

static void
add_ring_port(struct leat_config *c, const char *name, unsigned node)
{
	struct rte_ring *r = rte_ring_create(name, 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	int port = rte_eth_from_rings(name, &r, 1, &r, 1, node);

	cr_assert_geq(port, 0);
	rte_eth_dev_get_name_by_port((uint16_t)port, c->ports[c->nb_ports++].name);
}

/* Does link_open() warn of a second port on this node, while the first is on node 0? */
static bool
warns_of_node(unsigned node)
{
	struct leat_config two = n.config;
	struct link_layer other;
	struct leat_error error = {0};
	struct core core = n.core;
	char *said = NULL, wanted[96];
	size_t len;

	two.nb_ports = 0;
	add_ring_port(&two, "one", 0);
	add_ring_port(&two, "two", node);
	core.wheel.armed = 0;
	FILE *log = open_memstream(&said, &len);
	rte_openlog_stream(log);
	rte_log_set_level_pattern("leat.link", RTE_LOG_WARNING);
	cr_assert_eq(link_open(&other, &(struct core *){&core}, &two, &error), 0, "%s", error.text);
	link_close(&other);
	rte_openlog_stream(NULL);
	fclose(log);
	snprintf(wanted, sizeof(wanted), "port net_ring_two is on NUMA node %u, packet memory on node 0", node);
	bool found = strstr(said, wanted) != NULL;
	free(said);
	return found;
}

Test(port, on_another_node_than_the_first_is_told)
{
	net_start(&n);
	cr_assert(warns_of_node(1));
}

Test(port, on_the_same_node_is_not)
{
	net_start(&n);
	cr_assert_not(warns_of_node(0));
}

Test(port, without_a_name_all_ports_are_taken)
{
	net_start(&n);
	cr_assert_str_eq(n.port->name, "net_ring_test");
	struct leat_config all = n.config;
	struct link_layer other;
	struct leat_error error = {0};
	struct core core = n.core;

	all.nb_ports = 0;
	cr_assert_eq(link_open(&other, &(struct core *){&core}, &all, &error), -ENODEV, "the only one is ours already");
	cr_assert_not_null(strstr(error.text, "there is no port"));
}

Test(port, of_a_wrong_name_is_refused_and_the_right_ones_are_listed)
{
	struct leat_config wrong;
	struct link_layer other;
	struct leat_error error = {0};

	net_start(&n);
	struct core core = n.core;
	wrong = n.config;
	strcpy(wrong.ports[0].name, "net_tapp0");
	rte_eth_dev_owner_unset(n.port->port_id, n.port->owner);
	cr_assert_eq(link_open(&other, &(struct core *){&core}, &wrong, &error), -ENODEV);
	cr_assert_not_null(strstr(error.text, "net_tapp0"), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "net_ring_test"), "%s", error.text);
	cr_assert_null(core.link);
}

Test(port, is_opened_once)
{
	struct link_layer other;
	struct leat_error error = {0};

	net_start(&n);
	struct core core = n.core;
	core.wheel.armed = 0;
	cr_assert_eq(link_open(&other, &(struct core *){&core}, &n.config, &error), -EBUSY);
	cr_assert_not_null(strstr(error.text, "in use by leat instance test"), "%s", error.text);
}

Test(port, mtu_is_set)
{
	n.config.mtu = 9000;
	net_start(&n);
	cr_assert_eq(n.port->mtu, 9000);
}

Test(port, short_frames_are_padded_with_zeros)
{
	net_start(&n);
	for (uint16_t len = ETH_HDR_LEN; len <= 61; len++) {
		link_output(&n.core, n.port, make_frame(len, len));
		expect_frame(len, RTE_MAX(len, (uint16_t)60));
	}
}

Test(port, padding_never_touches_memory_that_is_shared)
{
	net_start(&n);
	struct rte_mbuf *head = make_frame(40, 40), *kept = rte_pktmbuf_alloc(n.core.data_pool);
	struct rte_mbuf *ind = rte_pktmbuf_alloc(n.core.ind_pool);
	memset(rte_pktmbuf_append(kept, 100), 0xee, 100);
	rte_pktmbuf_attach(ind, kept);
	ind->data_len = 1;
	ind->pkt_len = 1;
	cr_assert_eq(rte_pktmbuf_chain(head, ind), 0);
	link_output(&n.core, n.port, head);
	txq_flush(&n.core, n.core.txqs[0]);
	cr_assert_eq(net_take(&n, frame), 60);
	cr_assert_eq(frame[40], 0xee);
	cr_assert_eq(frame[41], 0);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(rte_pktmbuf_mtod(kept, uint8_t *)[i], 0xee);
	rte_pktmbuf_free(kept);
}

Test(port, chains_go_as_they_are)
{
	net_start(&n);
	link_output(&n.core, n.port, make_frame(1000, 300));
	expect_frame(1000, 1000);
	cr_assert_eq(net_count(&n, CNT_link_linearised), 0);
}

Test(port, that_takes_no_chains_gets_one_buffer)
{
	net_start(&n);
	n.port->can_chain = false;
	link_output(&n.core, n.port, make_frame(1514, 700));
	txq_flush(&n.core, n.core.txqs[0]);
	void *object;
	cr_assert_eq(rte_ring_dequeue(n.from_core, &object), 0);
	struct rte_mbuf *m = object;
	cr_assert_eq(m->nb_segs, 1);
	cr_assert_eq(m->pkt_len, 1514);
	for (uint16_t i = 0; i < 1514; i++)
		cr_assert_eq(rte_pktmbuf_mtod(m, uint8_t *)[i], (uint8_t)i);
	rte_pktmbuf_free(m);
	cr_assert_eq(net_count(&n, CNT_link_linearised), 1);
	cr_assert(n.port->warned_linear);
	link_output(&n.core, n.port, make_frame(100, 100));
	expect_frame(100, 100);
	cr_assert_eq(net_count(&n, CNT_link_linearised), 1, "one buffer is left alone");
}

Test(port, that_takes_no_chains_drops_what_fits_no_buffer)
{
	net_start(&n);
	n.port->can_chain = false;
	link_output(&n.core, n.port, make_frame(4000, 1000));
	cr_assert_eq(net_count(&n, DROP_link_too_long), 1);
	cr_assert_eq(n.core.txqs[0]->n, 0);
}

static void
release(void *addr, void *arg)
{
	(void)addr;
	++*(unsigned *)arg;
}

Test(port, that_takes_no_foreign_memory_gets_a_copy)
{
	static uint8_t memory[512];
	static struct rte_mbuf_ext_shared_info shared;
	unsigned released = 0;

	net_start(&n);
	for (int allowed = 0; allowed < 2; allowed++) {
		struct rte_mbuf *head = make_frame(60, 60), *ext = rte_pktmbuf_alloc(n.core.ind_pool);
		for (unsigned i = 0; i < 100; i++)
			memory[i] = (uint8_t)(60 + i);
		shared.free_cb = release;
		shared.fcb_opaque = &released;
		rte_mbuf_ext_refcnt_set(&shared, 1);
		rte_pktmbuf_attach_extbuf(ext, memory, RTE_BAD_IOVA, sizeof(memory), &shared);
		rte_pktmbuf_append(ext, 100);
		cr_assert_eq(rte_pktmbuf_chain(head, ext), 0);
		n.port->can_extern = allowed;
		link_output(&n.core, n.port, head);
		cr_assert_eq(released, 1, "a copy gives the memory back at once, the chain only when it is freed");
		expect_frame(160, 160);
		cr_assert_eq(released, allowed ? 2 : 1);
	}
	cr_assert_eq(net_count(&n, CNT_link_linearised), 1);
}

Test(port, a_received_buffer_that_its_sender_still_holds_is_copied)
{
	uint8_t bytes[100];
	struct rte_mbuf *pkts[CORE_BURST];

	net_start(&n);
	memset(bytes, 0x11, sizeof(bytes));
	struct rte_mbuf *m = net_mbuf(&n, bytes, sizeof(bytes), 60);
	rte_mbuf_refcnt_update(m->next, 1); /* the sender retains the second segment */
	struct rte_mbuf *held = m->next;
	cr_assert_eq(rte_ring_enqueue(n.to_core, m), 0);
	cr_assert_eq(link_rx_burst(&n.core, n.port, 0, pkts), 1);
	cr_assert_neq(pkts[0], m);
	cr_assert_eq(pkts[0]->nb_segs, 1);
	memset(rte_pktmbuf_mtod(pkts[0], void *), 0, 100);
	for (int i = 0; i < 40; i++)
		cr_assert_eq(rte_pktmbuf_mtod(held, uint8_t *)[i], 0x11, "what the sender holds is unchanged");
	rte_pktmbuf_free(pkts[0]);
	rte_pktmbuf_free(held);
	cr_assert_eq(net_count(&n, CNT_link_copied_shared), 1);
	cr_assert_eq(net_count(&n, CNT_link_frames_in), 1);
	cr_assert_eq(net_count(&n, CNT_link_bytes_in), 100);
}

Test(port, a_received_buffer_of_our_own_is_not_copied)
{
	struct rte_mbuf *pkts[CORE_BURST];
	uint8_t bytes[100] = {0};

	net_start(&n);
	struct rte_mbuf *m = net_mbuf(&n, bytes, sizeof(bytes), 60);
	cr_assert_eq(rte_ring_enqueue(n.to_core, m), 0);
	cr_assert_eq(link_rx_burst(&n.core, n.port, 0, pkts), 1);
	cr_assert_eq(pkts[0], m);
	rte_pktmbuf_free(m);
	cr_assert_eq(net_count(&n, CNT_link_copied_shared), 0);
}

Test(port, frames_and_bytes_out_are_counted_when_the_driver_took_them)
{
	net_start(&n);
	link_output(&n.core, n.port, make_frame(100, 100));
	cr_assert_eq(net_count(&n, CNT_link_frames_out), 0);
	txq_flush(&n.core, n.core.txqs[0]);
	cr_assert_eq(net_count(&n, CNT_link_frames_out), 1);
	cr_assert_eq(net_count(&n, CNT_link_bytes_out), 100);
}
