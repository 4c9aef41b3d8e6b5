/* SPDX-License-Identifier: BSD-3-Clause */
/* Local addresses and ports, by the rules of Linux. */
#include <errno.h>
#include <string.h>
#include "socket/stack.h"

enum { PORT_TRIES = 64 };

static bool
is_any(const struct leat_addr *a)
{
	return a->family == LEAT_UNSPEC || (a->words[0] == 0 && a->words[1] == 0);
}

static bool
overlap(const struct leat_endpoint *a, const struct leat_endpoint *b)
{
	return a->port == b->port &&
		(is_any(&a->addr) || is_any(&b->addr) || leat_addr_equal(&a->addr, &b->addr));
}

/* SO_REUSEADDR of both lets them share, as long as neither listens. */
static bool
taken_by_socket(const struct sock *k, const struct leat_endpoint *local)
{
	const struct sock *other;

	TAILQ_FOREACH(other, &k->stack->socks, all) {
		if (other == k || other->type != k->type || !other->bound || !overlap(&other->local, local))
			continue;
		if (k->options[OPTION_REUSE] != 1 || other->options[OPTION_REUSE] != 1 ||
			other->state == SOCK_LISTENING)
			return true;
	}
	return false;
}

struct search {
	const struct leat_endpoint *local;
	bool found;
};

static bool
compare(const struct leat_tcp_info *info, void *arg)
{
	struct search *s = arg;

	s->found = overlap(&info->local, s->local);
	return !s->found;
}

/* Connections, TIME-WAIT too, hold a port against those who do not say SO_REUSEADDR. */
static bool
taken(const struct sock *k, const struct leat_endpoint *local)
{
	struct search s = {.local = local};

	if (taken_by_socket(k, local))
		return true;
	if (k->options[OPTION_REUSE] != 1)
		leat_tcp_walk(k->stack->core, compare, &s);
	return s.found;
}

/*
 * A UDP endpoint, opened and closed again, answers two questions for TCP too: is this address
 * ours (-EADDRNOTAVAIL), and which port, chosen as RFC 6056 wants it?
 */
static int
probe(const struct sock *k, const struct leat_addr *addr, uint16_t *port)
{
	static const struct leat_udp_events none;
	const struct leat_endpoint at = {.addr = *addr};
	struct leat_endpoint got;
	struct leat_udp *udp;
	int r = leat_udp_open(k->stack->core, &at, &none, NULL, &udp);

	if (r < 0)
		return r;
	leat_udp_local(udp, &got);
	leat_udp_close(udp);
	*port = got.port;
	return 0;
}

/* Checks the address and fills in the port if it is 0. */
static int
choose(const struct sock *k, struct leat_endpoint *local)
{
	bool fixed = local->port != 0;
	uint16_t port;

	for (int i = 0; i < PORT_TRIES; i++) {
		int r = probe(k, &local->addr, &port);
		if (r < 0)
			return r;
		if (!fixed)
			local->port = port;
		if (!taken(k, local))
			return 0;
		if (fixed)
			break;
	}
	return -EADDRINUSE;
}

int
req_bind(struct sock *k, struct message *m)
{
	struct leat_endpoint local = m->local;

	if (k->bound || k->state != SOCK_IDLE)
		return -EINVAL;
	int r = k->type == SOCK_DGRAM ? udp_sock_bind(k, &local) : choose(k, &local);
	if (r < 0)
		return r;
	if (k->type == SOCK_STREAM)
		k->local = local;
	k->bound = true;
	k->bind = m->local = k->local;
	return 0;
}

int
bind_any(struct sock *k)
{
	struct leat_endpoint local = {.port = 0};
	int r = choose(k, &local);

	if (r < 0)
		return r;
	k->local = k->bind = local;
	k->bound = true;
	return 0;
}

bool
bind_listened(const struct sock *k)
{
	const struct sock *other;

	TAILQ_FOREACH(other, &k->stack->socks, all)
		if (other != k && other->state == SOCK_LISTENING && overlap(&other->local, &k->local))
			return true;
	return false;
}
