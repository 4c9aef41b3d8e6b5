/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_UDP_H
#define LEAT_UDP_H
/* UDP (RFC 768). */
#include <stddef.h>
#include <stdint.h>
#include <leat/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat_core;
struct leat_udp;

/** A datagram that came in; everything is lent for the time of the callback. */
struct leat_datagram {
	struct leat_endpoint from;
	struct leat_endpoint to; /**< the local address it was sent to */
	const void *data;        /**< contiguous */
	size_t len;
};

/**
 * Callbacks of a UDP endpoint; all optional. They run on its core, inside leat_core_poll(), in the
 * order in which the datagrams and errors came.
 */
struct leat_udp_events {
	void (*on_datagram)(struct leat_udp *, const struct leat_datagram *, void *user);
	/** An ICMP error quoted a datagram from this endpoint to `to`: ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EMSGSIZE. */
	void (*on_error)(struct leat_udp *, const struct leat_endpoint *to, int error, void *user);
};

/**
 * Opens a UDP endpoint on local (address LEAT_UNSPEC or all-zero: every address of the instance;
 * port 0: a free port of 49152..65535 is chosen at random, RFC 6056; NULL: both). Of two endpoints
 * with one port the one with the address a datagram was sent to gets it; broadcasts go to the one
 * with every address. With several cores what is sent to the port comes to this one; where several have
 * opened the port (which then is theirs together: open the same addresses on each) to one of them, always
 * the same for one sender's port. *events is copied. 0, or -errno: -EADDRINUSE (that address and port),
 * -EADDRNOTAVAIL (not an address of ours, or no port is free), -ENOMEM.
 */
int leat_udp_open(struct leat_core *core, const struct leat_endpoint *local,
	const struct leat_udp_events *events, void *user, struct leat_udp **out);

/**
 * Sends one datagram; data is copied; it leaves at the end of the turn. From an endpoint with every
 * address it is sent from the address of the route. 0, or -errno: -EINVAL (port 0), -EMSGSIZE (more
 * than the route's MTU carries unfragmented), -ENETUNREACH (no route: also to broadcast and
 * multicast addresses and to our own), -EHOSTUNREACH (the neighbour does not answer), -ENOBUFS.
 */
int leat_udp_send(struct leat_udp *udp, const struct leat_endpoint *to, const void *data, size_t len);

/** The local endpoint. */
void leat_udp_local(const struct leat_udp *udp, struct leat_endpoint *out);

/** Closes and frees; no callback comes any more. May be called from a callback. */
void leat_udp_close(struct leat_udp *udp);

#ifdef __cplusplus
}
#endif
#endif
