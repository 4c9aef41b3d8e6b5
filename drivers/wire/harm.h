/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_HARM_H
#define DRIVERS_WIRE_HARM_H
/* What is done to the bytes of a packet. It must be a copy of its own. */
#include <stdbool.h>
#include <stdint.h>
#include <rte_mbuf.h>

/* Is it an IP packet of an ECN-capable transport that is not marked yet? (RFC 3168 5: ECT(0) or ECT(1)) */
bool harm_is_ect(const struct rte_mbuf *m);

/* harm_is_ect() becomes CE; the checksum of an IPv4 header follows. */
void harm_mark(struct rte_mbuf *m);

/* Flips so many different bits, as the dice about packet n say. */
void harm_corrupt(struct rte_mbuf *m, unsigned bits, uint64_t seed, uint64_t n);

#endif
