/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <leat/ping.h>
#include "ip/icmp.h"
#include "ip/ping.h"
#include "link/neigh.h"
#include "link/steer.h"

enum {
	OUTSTANDING = 64,
	PAYLOAD_MAX = 1472,
};

struct request {
	bool waiting;
	uint16_t seq;
	uint32_t deadline; /* tick */
	uint64_t sent;     /* nanoseconds */
};

struct leat_ping {
	struct leat_ping *next; /* in the bucket of its identifier */
	struct core *core;
	struct leat_addr to, from;
	uint16_t ident, seq;
	uint32_t next_hop;
	bool *closed;           /* set when it is closed from its own callback */
	struct wheel_node timer;
	void (*on_result)(struct leat_ping *, const struct leat_ping_result *, void *user);
	void *user;
	struct request requests[OUTSTANDING];
};

static struct leat_ping **
bucket(struct core *core, uint16_t ident)
{
	return &core->ip->icmp->pings[ident % PING_BUCKETS];
}

static struct leat_ping *
find(struct core *core, uint16_t ident, const struct leat_addr *to)
{
	for (struct leat_ping *p = *bucket(core, ident); p != NULL; p = p->next)
		if (p->ident == ident && (to == NULL || leat_addr_equal(&p->to, to)))
			return p;
	return NULL;
}

static struct request *
find_request(struct leat_ping *ping, uint16_t seq)
{
	for (unsigned i = 0; i < OUTSTANDING; i++)
		if (ping->requests[i].waiting && ping->requests[i].seq == seq)
			return &ping->requests[i];
	return NULL;
}

/*
 * A random identifier that no other pinger has: who cannot see our requests cannot answer them. And one by
 * which the answers come to this core.
 */
static uint16_t
choose_ident(struct core *core)
{
	struct icmp_layer *icmp = core->ip->icmp;
	uint16_t ident;

	do {
		struct {
			char what[8];
			uint64_t n, now;
		} in = {"ping", icmp->opened++, core->now};
		uint8_t out[crypto_shorthash_BYTES];
		_Static_assert(crypto_shorthash_KEYBYTES <= sizeof(core->secret), "the secret is a key");
		crypto_shorthash(out, (const uint8_t *)&in, sizeof(in), core->secret);
		memcpy(&ident, out, sizeof(ident));
	} while (!steer_ping_is_ours(core, ident) || find(core, ident, NULL) != NULL);
	return ident;
}

int
leat_ping_open(struct leat_core *public, const struct leat_addr *to,
	void (*on_result)(struct leat_ping *, const struct leat_ping_result *, void *user), void *user,
	struct leat_ping **out)
{
	struct core *core = (struct core *)public;
	const struct ip_route *route = ip_route_lookup(core, to);

	if (route == NULL)
		return -ENETUNREACH;
	struct leat_ping *ping = calloc(1, sizeof(*ping));
	if (ping == NULL)
		return -ENOMEM;
	ping->core = core;
	ping->to = *to;
	ping->from = route->source;
	ping->on_result = on_result;
	ping->user = user;
	ping->ident = choose_ident(core);
	ping->seq = 1; /* as iputils does, and those who count its lines */
	wheel_node_init(&ping->timer, WHEEL_PING);
	ping->next = *bucket(core, ping->ident);
	*bucket(core, ping->ident) = ping;
	*out = ping;
	return 0;
}

void
leat_ping_close(struct leat_ping *ping)
{
	struct leat_ping **at = bucket(ping->core, ping->ident);

	while (*at != ping)
		at = &(*at)->next;
	*at = ping->next;
	wheel_cancel(&ping->core->wheel, &ping->timer);
	if (ping->closed != NULL)
		*ping->closed = true;
	free(ping);
}

/* The request, with a payload of 0, 1, 2, …; NULL when there is no buffer. */
static struct rte_mbuf *
make_request(const struct leat_ping *ping, uint16_t len)
{
	const struct icmp_header h = {.type = ICMP_TYPE_ECHO, .ident = ping->ident, .seq = ping->seq};
	struct rte_mbuf *m = rte_pktmbuf_alloc(ping->core->data_pool);
	uint16_t headers = IPV4_HDR_LEN + ICMP_HDR_LEN;
	uint8_t *p = m == NULL ? NULL : (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(headers + len));

	if (p == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	ip_template(p, &ping->from, &ping->to, IPPROTO_ICMP);
	icmp_write(p + IPV4_HDR_LEN, &h);
	for (uint16_t i = 0; i < len; i++)
		p[headers + i] = (uint8_t)i;
	return m;
}

static struct request *
free_request(struct leat_ping *ping)
{
	for (unsigned i = 0; i < OUTSTANDING; i++)
		if (!ping->requests[i].waiting)
			return &ping->requests[i];
	return NULL;
}

int
leat_ping_send(struct leat_ping *ping, size_t len, uint64_t timeout_ns)
{
	static const struct ip_send send = {
		.ip_len = IPV4_HDR_LEN, .l4_len = ICMP_HDR_LEN, .cksum_at = ICMP_CKSUM_AT, .proto = IPPROTO_ICMP,
	};
	struct core *core = ping->core;
	struct request *r = free_request(ping);

	if (r == NULL)
		return -EBUSY;
	if (len > PAYLOAD_MAX)
		return -EMSGSIZE;
	struct rte_mbuf *m = make_request(ping, (uint16_t)len);
	if (m == NULL)
		return -ENOBUFS;
	int rc = ip_output(core, m, &send, &ping->next_hop);
	if (rc < 0)
		return rc;
	count(core, CNT_icmp_out);
	*r = (struct request){
		.waiting = true,
		.seq = ping->seq,
		.sent = core->now,
		.deadline = core->tick + core_ticks(timeout_ns),
	};
	wheel_arm(&core->wheel, &ping->timer, r->deadline);
	return ping->seq++;
}

/* Tells the application. Afterwards ping may be gone: false then. */
static bool
finish(struct leat_ping *ping, struct request *r, struct leat_ping_result *result)
{
	bool closed = false;

	result->seq = r->seq;
	r->waiting = false;
	ping->closed = &closed;
	ping->on_result(ping, result, ping->user);
	if (!closed)
		ping->closed = NULL;
	return !closed;
}

bool
ping_on_reply(struct core *core, const struct ip_dgram *d, const struct icmp_header *h)
{
	struct leat_ping *ping = find(core, h->ident, &d->src);
	struct request *r = ping == NULL ? NULL : find_request(ping, h->seq);

	if (r == NULL)
		return false;
	struct leat_ping_result result = {
		.rtt_ns = core->now - r->sent,
		.ttl = d->ttl,
		.len = d->m->pkt_len - ICMP_HDR_LEN,
		.from = d->src,
	};
	finish(ping, r, &result);
	return true;
}

bool
ping_on_error(struct core *core, const struct icmp_header *request, const struct leat_addr *dst,
	const struct ip_error *e)
{
	struct leat_ping *ping = find(core, request->ident, dst);
	struct request *r = ping == NULL ? NULL : find_request(ping, request->seq);

	if (r == NULL)
		return false;
	struct leat_ping_result result = {.error = e->error, .from = e->from};
	finish(ping, r, &result);
	return true;
}

void
ping_on_timer(struct core *core, struct wheel_node *node)
{
	struct leat_ping *ping = container_of(node, struct leat_ping, timer);
	/* Silence has a reason when not even the neighbour on the way answers. */
	bool no_neighbour = neigh_state_of(core, ping->next_hop) == NEIGH_FAILED;

	for (unsigned i = 0; i < OUTSTANDING; i++) {
		struct request *r = &ping->requests[i];
		struct leat_ping_result result = {
			.error = no_neighbour ? EHOSTUNREACH : ETIMEDOUT,
			.from = no_neighbour ? ping->from : ping->to,
		};
		if (!r->waiting)
			continue;
		if ((int32_t)(core->wheel.tick - r->deadline) < 0)
			wheel_arm(&core->wheel, &ping->timer, r->deadline);
		else if (!finish(ping, r, &result))
			return;
	}
}

void
ping_fini(struct core *core)
{
	for (unsigned i = 0; i < PING_BUCKETS; i++)
		while (core->ip->icmp->pings[i] != NULL)
			leat_ping_close(core->ip->icmp->pings[i]);
}
