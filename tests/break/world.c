/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "core/core.h"
#include "link/port.h"
#include "support/eal.h"
#include "wire/eth.h"
#include "world.h"

enum { RING = 256, TURNS = 64 };
enum { L4 = ETH_HDR_LEN + sizeof(struct rte_ipv4_hdr) };

static uint64_t
clock_of(void *arg)
{
	return ((struct world *)arg)->now;
}

static void
configure(struct leat_config *c, struct world *w, enum side side, const char *name, bool knows)
{
	leat_config_init(c);
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->ports[0].name, sizeof(c->ports[0].name), "net_ring_%s", name);
	c->nb_ports = 1;
	c->addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, side == CLIENT ? 1 : 2),
		.prefix_len = 24};
	c->nb_addrs = 1;
	if (knows) {
		c->neighbours[0] = (struct leat_neighbour_config){
			.addr = leat_ipv4(198, 18, 0, side == CLIENT ? 2 : 1), .mac = {2, 0, 0, 0, 0, 9}};
		c->nb_neighbours = 1;
	}
	c->clock = clock_of;
	c->clock_arg = w;
	c->has_secret = true;
	memset(c->secret, name[0] * 3 + name[strlen(name) - 1], sizeof(c->secret));
	c->rx_mbufs = c->tx_mbufs = 512;
	c->rx_descriptors = c->tx_descriptors = 64;
	c->max_connections = c->max_half_open = c->max_time_wait = 16;
}

static void
make_host(struct world *w, struct host *h, enum side side, const char *name, bool knows)
{
	struct leat_config c;
	struct leat_error error;
	char text[32];

	h->side = side;
	h->world = w;
	h->reads = true;
	snprintf(text, sizeof(text), "%s-in", name);
	h->in = rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(text, sizeof(text), "%s-out", name);
	h->out = rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	cr_assert_geq(rte_eth_from_rings(name, &h->in, 1, &h->out, 1, 0), 0);
	configure(&c, w, side, name, knows);
	h->leat = leat_create(&c, &error);
	cr_assert_not_null(h->leat, "%s", error.text);
	h->core = (struct core *)leat_core(h->leat, 0);
}

void
world_open(struct world *w, const bool knows[2], bool spares)
{
	static const char *const spare_names[2] = {"client2", "server2"};

	memset(w, 0, sizeof(*w));
	w->now = 1000 * SEC;
	support_eal_start(NULL);
	for (enum side side = CLIENT; side <= SERVER; side++) {
		make_host(w, &w->hosts[side], side, side_names[side], knows[side]);
		if (spares)
			make_host(w, &w->spares[side], side, spare_names[side], knows[side]);
		w->host[side] = &w->hosts[side];
		w->host[side]->on = true;
	}
	app_listens(w->host[SERVER]);
}

static void
close_host(struct host *h)
{
	struct leat_usage u = {.size = sizeof(u)};
	void *m;

	if (h->leat == NULL)
		return;
	if (h->on) {
		if (h->conn != NULL)
			leat_tcp_abort(h->conn);
		leat_core_poll(leat_core(h->leat, 0));
		while (rte_ring_dequeue(h->out, &m) == 0)
			rte_pktmbuf_free(m);
		leat_usage(h->leat, &u);
		cr_assert_eq(u.connections, 0, "%u control blocks are lost", u.connections);
		cr_assert_eq(u.mbufs_stack, 0, "%u mbufs are lost", u.mbufs_stack);
	}
	leat_destroy(h->leat);
}

void
world_close(struct world *w)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		close_host(&w->hosts[side]);
		close_host(&w->spares[side]);
	}
}

void
world_links(struct world *w, bool up)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		uint16_t id = w->host[side]->core->link->ports[0].port_id;
		cr_assert_eq(up ? rte_eth_dev_set_link_up(id) : rte_eth_dev_set_link_down(id), 0);
	}
}

/* --- what a side knows --- */

static bool
look(const struct leat_tcp_info *info, void *arg)
{
	struct leat_tcp_info *out = arg;

	if (info->state != LEAT_TCP_LISTEN)
		*out = *info;
	return true;
}

bool
world_info(struct world *w, enum side side, struct leat_tcp_info *info)
{
	struct host *h = w->host[side];

	memset(info, 0, sizeof(*info));
	if (h->on)
		leat_tcp_walk(leat_core(h->leat, 0), look, info);
	return info->state != LEAT_TCP_CLOSED;
}

static void
note_state(struct world *w, enum side side)
{
	const char *last = record_state_of(&w->record, side);
	struct host *h = w->host[side];
	struct leat_tcp_info info;
	/* behind a connection that was, there is the listener, but not for this story */
	bool fresh = last[0] == '\0' || strcmp(last, "SYN-RECEIVED") == 0 || strcmp(last, "LISTEN") == 0 ||
		strcmp(last, "gone") == 0;

	if (!h->on)
		record_state(&w->record, w->now, side, "gone");
	else if (world_info(w, side, &info))
		record_state(&w->record, w->now, side, leat_tcp_state_name(info.state));
	else
		record_state(&w->record, w->now, side, h->listener != NULL && fresh ? "LISTEN" : "CLOSED");
}

/* --- the wire --- */

static void
read_frame(struct frame *f)
{
	const struct rte_ether_hdr *eth = (const void *)f->bytes;
	const struct rte_ipv4_hdr *ip = (const void *)(eth + 1);

	f->is_tcp = eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && ip->next_proto_id == IPPROTO_TCP;
	if (f->is_tcp)
		cr_assert_gt(tcp_parse(f->bytes + L4, f->len - L4,
			rte_be_to_cpu_16(ip->total_length) - (uint32_t)sizeof(*ip), &f->seg), 0);
}

void
world_put(struct world *w, const struct frame *f, uint64_t at)
{
	cr_assert_lt(w->nb_flights, FLIGHTS);
	w->flights[w->nb_flights] = *f;
	w->flights[w->nb_flights++].at = at;
}

void
world_lose_flights(struct world *w)
{
	w->nb_flights = 0;
}

/* What a host sent leaves it. Returns how many. */
static unsigned
collect(struct world *w, struct host *h)
{
	unsigned n = 0;
	void *object;

	for (; rte_ring_dequeue(h->out, &object) == 0; n++) {
		struct rte_mbuf *m = object;
		struct frame f = {.from = h->side, .at = w->now, .len = m->pkt_len};
		cr_assert_leq(m->pkt_len, FRAME_MAX);
		const void *p = rte_pktmbuf_read(m, 0, m->pkt_len, f.bytes);
		if (p != f.bytes)
			memcpy(f.bytes, p, m->pkt_len);
		rte_pktmbuf_free(m);
		read_frame(&f);
		/* it was looked for before the story begins */
		if (f.is_tcp || w->what == ARP_FAILS)
			record_frame(&w->record, &f);
		if (f.is_tcp && w->nb_archive < ARCHIVE)
			w->archive[w->nb_archive++] = f;
		if ((w->hand == NULL || w->hand(w, &f)) && !w->down)
			world_put(w, &f, w->now + WIRE_MS * MS);
	}
	return n;
}

/* As a NIC: into a buffer of the host's, or it is lost. */
static void
arrive(struct world *w, const struct frame *f)
{
	struct host *h = w->host[f->from == CLIENT ? SERVER : CLIENT];
	struct rte_mbuf *m = h->on ? rte_pktmbuf_alloc(h->core->rx_pool) : NULL;
	struct rte_ether_hdr *eth;

	if (m == NULL)
		return;
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(m, (uint16_t)f->len);
	memcpy(eth, f->bytes, f->len);
	/* the same card after a reboot, and whatever the configuration says */
	if (!rte_is_broadcast_ether_addr(&eth->dst_addr))
		eth->dst_addr = h->core->link->ports[0].mac;
	cr_assert_eq(rte_ring_enqueue(h->in, m), 0);
}

static void
deliver(struct world *w)
{
	for (unsigned i = 0; i < w->nb_flights;) {
		if (w->flights[i].at > w->now) {
			i++;
			continue;
		}
		struct frame f = w->flights[i];
		memmove(&w->flights[i], &w->flights[i + 1], (--w->nb_flights - i) * sizeof(f));
		arrive(w, &f);
	}
}

/* --- time --- */

static void
settle(struct world *w)
{
	unsigned turn;

	for (turn = 0; turn < TURNS; turn++) {
		unsigned n = 0;
		for (enum side side = CLIENT; side <= SERVER; side++) {
			if (!w->host[side]->on)
				continue;
			n += leat_core_poll(leat_core(w->host[side]->leat, 0));
			n += collect(w, w->host[side]);
			note_state(w, side);
		}
		if (n == 0)
			break;
	}
	w->starved = turn == TURNS;
}

static uint64_t
next_event(const struct world *w, uint64_t end)
{
	uint64_t next = end;

	for (enum side side = CLIENT; side <= SERVER; side++)
		if (w->host[side]->on)
			next = RTE_MIN(next, leat_core_next(leat_core(w->host[side]->leat, 0)));
	for (unsigned i = 0; i < w->nb_flights; i++)
		next = RTE_MIN(next, w->flights[i].at);
	for (unsigned i = 0; i < w->nb_laters; i++)
		next = RTE_MIN(next, w->laters[i].at);
	return w->starved ? RTE_MIN(next, w->now + MS) : next;
}

static void
run_laters(struct world *w)
{
	for (unsigned i = 0; i < w->nb_laters;) {
		if (w->laters[i].at > w->now) {
			i++;
			continue;
		}
		void (*run)(struct world *) = w->laters[i].run;
		w->laters[i] = w->laters[--w->nb_laters];
		run(w);
	}
}

void
world_later(struct world *w, uint64_t at, void (*run)(struct world *w))
{
	cr_assert_lt(w->nb_laters, LATERS);
	w->laters[w->nb_laters++] = (struct later){.at = at, .run = run};
}

void
world_until(struct world *w, uint64_t end)
{
	settle(w);
	while (w->now < end) {
		uint64_t next = next_event(w, end);
		w->now = next > w->now ? next : w->now + MS / 10;
		run_laters(w);
		deliver(w);
		settle(w);
	}
}
