/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_PING_H
#define LEAT_PING_H
/* ICMP echo (RFC 792). */
#include <stddef.h>
#include <stdint.h>
#include <leat/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat_core;
struct leat_ping;

/** What came of one echo request. */
struct leat_ping_result {
	uint16_t seq;          /**< sequence number of the request */
	int error;             /**< 0 = answered; ETIMEDOUT, EHOSTUNREACH, ENETUNREACH */
	uint64_t rtt_ns;       /**< from sending to receiving, when answered */
	uint8_t ttl;           /**< of the answer */
	uint32_t len;          /**< payload bytes of the answer */
	struct leat_addr from; /**< who answered, or who reported the error */
};

/** Opens a pinger to one destination, with an identifier of its own. 0 or -errno (-ENETUNREACH). */
int leat_ping_open(struct leat_core *core, const struct leat_addr *to,
	void (*on_result)(struct leat_ping *, const struct leat_ping_result *, void *user), void *user,
	struct leat_ping **out);

/**
 * Sends one echo request with len payload bytes (0..1472). on_result comes exactly once for it,
 * at the latest after timeout_ns. Returns its sequence number
 * (the first is 1; 65535 is followed by 0); or -errno, and no result
 * comes: -EBUSY (64 requests are unanswered), -EMSGSIZE (longer than the route's MTU carries),
 * -ENETUNREACH, -EHOSTUNREACH (the next hop does not answer), -ENOBUFS.
 */
int leat_ping_send(struct leat_ping *ping, size_t len, uint64_t timeout_ns);

/** Forgets the outstanding requests (no further on_result) and frees. */
void leat_ping_close(struct leat_ping *ping);

#ifdef __cplusplus
}
#endif
#endif
