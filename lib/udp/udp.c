/* SPDX-License-Identifier: BSD-3-Clause */
/* From the network layer to the application. */
#include <errno.h>
#include <stdlib.h>
#include "core/mbufs.h"
#include "udp/udp.h"
#include "wire/udp.h"

int
udp_init(struct core *core)
{
	core->udp = calloc(1, sizeof(*core->udp));
	return core->udp == NULL ? -ENOMEM : 0;
}

void
udp_fini(struct core *core)
{
	struct udp_layer *layer = core->udp;

	if (layer == NULL)
		return;
	for (unsigned i = 0; i < UDP_BUCKETS; i++)
		while (layer->buckets[i] != NULL)
			leat_udp_close(layer->buckets[i]);
	free(layer);
	core->udp = NULL;
}

/*
 * The endpoint for what was sent to addr and port: the one with this address, else the one with
 * any. No endpoint has the address of a group: what was sent there, one with any address hears.
 */
static struct leat_udp *
find(struct udp_layer *layer, const struct leat_addr *addr, uint16_t port)
{
	struct leat_udp *any = NULL;

	for (struct leat_udp *u = *udp_bucket(layer, port); u != NULL; u = u->next) {
		if (u->local.port != port)
			continue;
		if (u->local.addr.family == LEAT_UNSPEC)
			any = u;
		else if (leat_addr_equal(&u->local.addr, addr))
			return u;
	}
	return any;
}

/* The next place in the queue; NULL when it is full. */
static struct udp_event *
push(struct udp_layer *layer)
{
	if (layer->tail - layer->head == UDP_QUEUE)
		return NULL;
	return &layer->queue[layer->tail++ % UDP_QUEUE];
}

/* Takes m, whose data begins at the payload. */
static void
queue_datagram(struct core *core, struct leat_udp *udp, const struct ip_dgram *d, uint16_t from_port)
{
	struct udp_event *e = push(core->udp);

	if (e == NULL) {
		drop(core, d->m, DROP_udp_queue_full);
		return;
	}
	*e = (struct udp_event){
		.udp = udp,
		.m = d->m,
		.remote = {.addr = d->src, .port = from_port},
		.to = d->dst,
	};
	core->held += d->m->nb_segs;
}

int
udp_input(struct core *core, struct ip_dgram *d)
{
	struct udp_header h;

	/* ip4_input() has put the first eight bytes into one piece */
	if (d->m->data_len < UDP_HDR_LEN ||
	    udp_parse(rte_pktmbuf_mtod(d->m, const uint8_t *), d->m->pkt_len, &h) < 0) {
		drop(core, d->m, DROP_udp_malformed);
		return 0;
	}
	mbuf_keep(d->m, h.len); /* what follows the datagram is not summed either */
	if (!ip_l4_cksum_ok(core, d)) {
		drop(core, d->m, DROP_udp_bad_checksum);
		return 0;
	}
	struct leat_udp *udp = find(core->udp, &d->dst, h.dst);
	if (udp == NULL) {
		if (!d->to_group)
			return -ECONNREFUSED;
		/* RFC 1122 3.2.2: nobody is told that nobody listened to a broadcast */
		drop(core, d->m, DROP_udp_no_port);
		return 0;
	}
	rte_pktmbuf_adj(d->m, UDP_HDR_LEN);
	queue_datagram(core, udp, d, h.src);
	return 0;
}

bool
udp_error(struct core *core, const struct ip_error *error)
{
	struct leat_endpoint local, remote;

	tuple_read(error->tuple.key, error->tuple.len, &local, &remote);
	struct leat_udp *udp = find(core->udp, &local.addr, local.port);
	if (udp == NULL)
		return false;
	struct udp_event *e = push(core->udp);
	if (e == NULL)
		drop(core, NULL, DROP_udp_queue_full);
	else
		*e = (struct udp_event){.udp = udp, .remote = remote, .to = local.addr, .error = error->error};
	return true;
}

static void
deliver_datagram(struct core *core, const struct udp_event *e)
{
	struct leat_udp *udp = e->udp;
	const struct leat_datagram d = {
		.from = e->remote,
		.to = {.addr = e->to, .port = udp->local.port},
		.data = mbuf_peek(e->m, 0, e->m->pkt_len, core->udp->linear),
		.len = e->m->pkt_len,
	};

	count(core, CNT_udp_in);
	if (udp->events.on_datagram != NULL)
		udp->events.on_datagram(udp, &d, udp->user);
	/* udp may be gone by now */
	core->held -= e->m->nb_segs;
	rte_pktmbuf_free(e->m);
}

unsigned
udp_deliver(struct core *core)
{
	struct udp_layer *layer = core->udp;
	unsigned done = 0;

	while (layer->head != layer->tail) {
		const struct udp_event *e = &layer->queue[layer->head++ % UDP_QUEUE];
		struct leat_udp *udp = e->udp;
		if (udp == NULL)
			continue;
		if (e->m != NULL)
			deliver_datagram(core, e);
		else if (udp->events.on_error != NULL)
			udp->events.on_error(udp, &e->remote, e->error, udp->user);
		done++;
	}
	return done;
}

void
udp_forget(struct core *core, const struct leat_udp *udp)
{
	struct udp_layer *layer = core->udp;

	for (uint32_t i = layer->head; i != layer->tail; i++) {
		struct udp_event *e = &layer->queue[i % UDP_QUEUE];
		if (e->udp != udp)
			continue;
		e->udp = NULL;
		if (e->m == NULL)
			continue;
		core->held -= e->m->nb_segs;
		drop(core, e->m, DROP_udp_closed);
	}
}
