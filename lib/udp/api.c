/* SPDX-License-Identifier: BSD-3-Clause */
/* The public interface: opening, sending, closing. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sodium/crypto_shorthash.h>
#include "link/steer.h"
#include "udp/udp.h"
#include "wire/udp.h"

static bool
is_any(const struct leat_addr *a)
{
	return a->words[0] == 0 && a->words[1] == 0;
}

/* Does an endpoint have the port, on addr (NULL: on whatever address)? */
static bool
is_taken(struct udp_layer *layer, uint16_t port, const struct leat_addr *addr)
{
	for (const struct leat_udp *u = *udp_bucket(layer, port); u != NULL; u = u->next)
		if (u->local.port == port && (addr == NULL || leat_addr_equal(&u->local.addr, addr)))
			return true;
	return false;
}

/*
 * RFC 6056 3.3.1: a random start, then the next that is free. Random as long as the secret is:
 * the SipHash of a counter. 0 when every port is taken.
 */
static uint16_t
choose_port(struct core *core)
{
	const struct {
		char purpose[8]; /* the same key numbers other things elsewhere */
		uint64_t n;
	} input = {.purpose = "udpport", .n = core->udp->ports_chosen++};
	uint64_t hash;

	_Static_assert(sizeof(core->secret) >= crypto_shorthash_KEYBYTES, "the secret is a key");
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)&input, sizeof(input), core->secret);
	for (uint32_t i = 0; i < UDP_PORT_COUNT; i++) {
		uint16_t port = (uint16_t)(UDP_PORT_FIRST + (hash + i) % UDP_PORT_COUNT);
		if (!is_taken(core->udp, port, NULL) && steer_udp_claim(core, port))
			return port;
	}
	return 0;
}

/* The local endpoint that is asked for, into *out. */
static int
choose_local(struct core *core, const struct leat_endpoint *local, struct leat_endpoint *out)
{
	memset(out, 0, sizeof(*out));
	if (local != NULL && !is_any(&local->addr)) {
		if (!ip_is_local(core, &local->addr))
			return -EADDRNOTAVAIL;
		out->addr = local->addr;
	}
	out->port = local != NULL ? local->port : 0;
	if (out->port == 0) {
		out->port = choose_port(core);
		return out->port == 0 ? -EADDRNOTAVAIL : 0;
	}
	return is_taken(core->udp, out->port, &out->addr) ? -EADDRINUSE : 0;
}

int
leat_udp_open(struct leat_core *c, const struct leat_endpoint *local, const struct leat_udp_events *events,
	void *user, struct leat_udp **out)
{
	struct core *core = (struct core *)c;
	struct leat_udp *udp = calloc(1, sizeof(*udp));

	core_assert_owner(core);
	if (udp == NULL)
		return -ENOMEM;
	int rc = choose_local(core, local, &udp->local);
	if (rc < 0) {
		free(udp);
		return rc;
	}
	struct leat_udp **bucket = udp_bucket(core->udp, udp->local.port);
	udp->core = core;
	udp->events = *events;
	udp->user = user;
	udp->next = *bucket;
	*bucket = udp;
	steer_udp(core, udp->local.port, true);
	*out = udp;
	return 0;
}

/* Behind what m holds; as much as fits. Returns how much that was. */
static size_t
append(struct rte_mbuf *m, const uint8_t *data, size_t len)
{
	uint16_t n = (uint16_t)RTE_MIN(len, (size_t)rte_pktmbuf_tailroom(m));

	if (n > 0) /* data may be NULL when there is none */
		memcpy(rte_pktmbuf_append(m, n), data, n);
	return n;
}

/* hdr_len bytes to be written and a copy of data; small ones in a small buffer. NULL: none was free. */
static struct rte_mbuf *
make_packet(struct core *core, uint32_t hdr_len, const uint8_t *data, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(len <= CORE_COPY_MAX ? core->hdr_pool : core->data_pool);

	if (m == NULL)
		return NULL;
	rte_pktmbuf_append(m, (uint16_t)hdr_len);
	for (size_t done = append(m, data, len); done < len;) {
		struct rte_mbuf *more = rte_pktmbuf_alloc(core->data_pool);
		if (more == NULL) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		done += append(more, data + done, len - done);
		rte_pktmbuf_chain(m, more);
	}
	return m;
}

/* m has room for the headers in front of len bytes of payload. Takes m. */
static int
output(struct leat_udp *udp, struct rte_mbuf *m, const struct leat_addr *source, const struct leat_endpoint *to)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t ip_len = ip_template(p, source, &to->addr, IPPROTO_UDP);
	const struct udp_header h = {
		.src = udp->local.port,
		.dst = to->port,
		.len = (uint16_t)(m->pkt_len - ip_len),
	};
	const struct ip_send send = {
		.ip_len = ip_len,
		.l4_len = UDP_HDR_LEN,
		.cksum_at = UDP_CKSUM_AT,
		.proto = IPPROTO_UDP,
	};

	udp_write(p + ip_len, &h);
	if (!leat_addr_equal(&udp->peer, &to->addr)) {
		udp->peer = to->addr;
		udp->next_hop = 0;
	}
	return ip_output(udp->core, m, &send, &udp->next_hop);
}

int
leat_udp_send(struct leat_udp *udp, const struct leat_endpoint *to, const void *data, size_t len)
{
	struct core *core = udp->core;

	core_assert_owner(core);
	if (to->port == 0)
		return -EINVAL;
	const struct ip_route *route = ip_route_lookup(core, &to->addr);
	if (route == NULL)
		return -ENETUNREACH;
	uint32_t hdr_len = ip_hdr_len(&to->addr) + UDP_HDR_LEN;
	if (len > route->port->mtu - hdr_len)
		return -EMSGSIZE;
	struct rte_mbuf *m = make_packet(core, hdr_len, data, len);
	if (m == NULL) {
		drop(core, NULL, DROP_no_mbuf);
		return -ENOBUFS;
	}
	bool any = udp->local.addr.family == LEAT_UNSPEC;
	int rc = output(udp, m, any ? &route->source : &udp->local.addr, to);
	if (rc == 0)
		count(core, CNT_udp_out);
	return rc;
}

void
leat_udp_local(const struct leat_udp *udp, struct leat_endpoint *out)
{
	*out = udp->local;
}

void
leat_udp_close(struct leat_udp *udp)
{
	struct core *core = udp->core;
	struct leat_udp **at = udp_bucket(core->udp, udp->local.port);

	core_assert_owner(core);
	while (*at != udp)
		at = &(*at)->next;
	*at = udp->next;
	if (!is_taken(core->udp, udp->local.port, NULL))
		steer_udp(core, udp->local.port, false);
	udp_forget(core, udp);
	free(udp);
}
