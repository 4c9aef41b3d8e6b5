/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat arp`, `leat addr`, `leat route`: as `ip neigh`, `ip addr`, `ip route` show theirs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "link/neigh.h"
#include "run/inspect/ask.h"
#include "run/run.h"

/* What one entry of the neighbour table looks like, copied on the core. */
struct neigh_seen {
	struct leat_addr addr;
	uint8_t state, waiting;
	const char *port; /* ports live as long as the instance */
	struct rte_ether_addr mac;
	uint32_t confirmed_ms, used_ms;
};

/* Each core has neighbours of its own, most of them the same: of those the one that is known best is shown. */
struct neigh_list {
	uint32_t tick;
	unsigned n;
	unsigned others;    /* of list, from earlier cores */
	struct neigh_seen list[NEIGH_MAX];
};

static const char *const neigh_states[] = {
	[NEIGH_INCOMPLETE] = "INCOMPLETE",
	[NEIGH_REACHABLE] = "REACHABLE",
	[NEIGH_STALE] = "STALE",
	[NEIGH_FAILED] = "FAILED",
	[NEIGH_STATIC] = "STATIC",
};

static uint32_t
ms_since(uint32_t tick, uint32_t then)
{
	return (tick - then) / (CORE_TICKS_PER_SEC / 1000);
}

static bool
has_mac(const struct neigh_seen *s)
{
	return s->state != NEIGH_INCOMPLETE && s->state != NEIGH_FAILED;
}

/* Where an earlier core's entry stands, else the next place; NULL: there is nothing to add. */
static struct neigh_seen *
place_for(struct neigh_list *l, const struct neigh *n)
{
	for (unsigned i = 0; i < l->others; i++) {
		struct neigh_seen *s = &l->list[i];
		if (leat_addr_equal(&s->addr, &n->addr) && s->port == n->port->name)
			return has_mac(s) && s->confirmed_ms <= ms_since(l->tick, n->confirmed) ? NULL : s;
	}
	return l->n < NEIGH_MAX ? &l->list[l->n++] : NULL;
}

static void
see_neigh(const struct neigh *n, void *arg)
{
	struct neigh_list *l = arg;
	struct neigh_seen *s = place_for(l, n);

	if (s == NULL)
		return;
	s->addr = n->addr;
	s->state = n->state;
	s->waiting = n->nb_waiting;
	s->port = n->port->name;
	memcpy(&s->mac, n->header, sizeof(s->mac)); /* the destination comes first */
	s->confirmed_ms = ms_since(l->tick, n->confirmed);
	s->used_ms = ms_since(l->tick, n->used);
}

static void
see_neighs(struct leat_core *c, void *arg)
{
	struct neigh_list *l = arg;

	l->tick = core_of(c)->tick;
	l->others = l->n;
	neigh_walk(core_of(c), see_neigh, l);
}

static void
write_neigh(FILE *to, const void *item)
{
	const struct neigh_seen *s = item;
	char addr[LEAT_ADDR_TEXT], mac[MAC_TEXT];

	fprintf(to, "%s dev %s", leat_addr_format(&s->addr, addr, sizeof(addr)), s->port);
	if (has_mac(s))
		fprintf(to, " lladdr %s", mac_text(s->mac.addr_bytes, mac));
	fprintf(to, " %s", neigh_states[s->state]);
	if (s->state == NEIGH_REACHABLE || s->state == NEIGH_STALE)
		fprintf(to, ", confirmed %" PRIu32 ".%" PRIu32 " s ago", s->confirmed_ms / 1000,
			s->confirmed_ms / 100 % 10);
	if (s->waiting > 0)
		fprintf(to, ", %u waiting", s->waiting);
	fputc('\n', to);
}

static void
write_neigh_json(FILE *to, const void *item)
{
	const struct neigh_seen *s = item;
	char addr[LEAT_ADDR_TEXT], mac[MAC_TEXT];

	fprintf(to, "{\"addr\":\"%s\",\"port\":", leat_addr_format(&s->addr, addr, sizeof(addr)));
	json_string(to, s->port);
	if (has_mac(s))
		fprintf(to, ",\"mac\":\"%s\"", mac_text(s->mac.addr_bytes, mac));
	else
		fputs(",\"mac\":null", to);
	fprintf(to, ",\"state\":\"%s\",\"confirmed_ms\":%" PRIu32 ",\"used_ms\":%" PRIu32 ",\"waiting\":%u}",
		neigh_states[s->state], s->confirmed_ms, s->used_ms, s->waiting);
}

static void
write_addr(FILE *to, const void *item)
{
	const struct ip_addr *a = item;
	char addr[LEAT_ADDR_TEXT], mac[MAC_TEXT];

	fprintf(to, "%s/%u dev %s lladdr %s\n", leat_addr_format(&a->addr, addr, sizeof(addr)), a->prefix_len,
		a->port->name, mac_text(a->port->mac.addr_bytes, mac));
}

static void
write_addr_json(FILE *to, const void *item)
{
	const struct ip_addr *a = item;
	char addr[LEAT_ADDR_TEXT], mac[MAC_TEXT];

	fprintf(to, "{\"addr\":\"%s\",\"prefix_len\":%u,\"port\":",
		leat_addr_format(&a->addr, addr, sizeof(addr)), a->prefix_len);
	json_string(to, a->port->name);
	fprintf(to, ",\"mac\":\"%s\"}", mac_text(a->port->mac.addr_bytes, mac));
}

static void
write_route(FILE *to, const void *item)
{
	const struct ip_route *r = item;
	char text[LEAT_ADDR_TEXT];

	if (r->prefix_len == 0)
		fputs("default", to);
	else
		fprintf(to, "%s/%u", leat_addr_format(&r->dest, text, sizeof(text)), r->prefix_len);
	if (r->via.family != LEAT_UNSPEC)
		fprintf(to, " via %s", leat_addr_format(&r->via, text, sizeof(text)));
	fprintf(to, " dev %s src %s\n", r->port->name, leat_addr_format(&r->source, text, sizeof(text)));
}

static void
write_route_json(FILE *to, const void *item)
{
	const struct ip_route *r = item;
	char text[LEAT_ADDR_TEXT];

	fprintf(to, "{\"dest\":\"%s\",\"prefix_len\":%u", leat_addr_format(&r->dest, text, sizeof(text)),
		r->prefix_len);
	if (r->via.family != LEAT_UNSPEC)
		fprintf(to, ",\"via\":\"%s\"", leat_addr_format(&r->via, text, sizeof(text)));
	else
		fputs(",\"via\":null", to);
	fprintf(to, ",\"source\":\"%s\",\"port\":", leat_addr_format(&r->source, text, sizeof(text)));
	json_string(to, r->port->name);
	fputc('}', to);
}

typedef void (*write_fn)(FILE *to, const void *item);

struct listing {
	const char *name;    /* of the JSON array, and of what there is none of */
	const void *items;
	size_t n, size;
	write_fn text, json; /* one item */
};

static int
write_list(struct ask *a, bool json, const struct listing *l)
{
	FILE *to = ask_begin(a);

	if (json)
		fprintf(to, "{\"%s\":[\n", l->name);
	else if (l->n == 0)
		fprintf(to, "no %s\n", l->name);
	for (size_t i = 0; i < l->n; i++) {
		if (json && i > 0)
			fputs(",\n", to);
		(json ? l->json : l->text)(to, (const char *)l->items + i * l->size);
	}
	if (json)
		fputs("\n]}\n", to);
	return 0;
}

/* The only flag of the commands here. */
static int
json_flag(struct ask *a, bool *json)
{
	const struct ask_flag flags[] = {{"--json", json}, {NULL, NULL}};

	return ask_flags(a, flags, NULL);
}

int
ask_arp(struct ask *a)
{
	bool json = false;

	if (json_flag(a, &json) < 0)
		return -1;
	struct neigh_list *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return ask_fail(a, "no memory");
	int rc = 0;
	for (unsigned i = 0; i < leat_core_count(a->leat) && rc == 0; i++)
		rc = ask_core(a, i, see_neighs, l);
	if (rc == 0)
		rc = write_list(a, json, &(struct listing){"neighbours", l->list, l->n, sizeof(l->list[0]),
			write_neigh, write_neigh_json});
	free(l);
	return rc;
}

/* Addresses and routes are set by leat_create() and do not change. */
int
ask_addr(struct ask *a)
{
	const struct ip_layer *ip = &a->leat->loops[0].ip;
	bool json = false;

	if (json_flag(a, &json) < 0)
		return -1;
	return write_list(a, json, &(struct listing){"addresses", ip->addrs, ip->nb_addrs, sizeof(ip->addrs[0]),
		write_addr, write_addr_json});
}

int
ask_route(struct ask *a)
{
	const struct ip_layer *ip = &a->leat->loops[0].ip;
	bool json = false;

	if (json_flag(a, &json) < 0)
		return -1;
	return write_list(a, json, &(struct listing){"routes", ip->routes, ip->nb_routes, sizeof(ip->routes[0]),
		write_route, write_route_json});
}
