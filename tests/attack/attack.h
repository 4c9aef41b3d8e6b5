/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ATTACK_ATTACK_H
#define ATTACK_ATTACK_H
/*
 * What the tests of attacks share: hostile packets by their bytes, and the question after each of
 * them whether leat is as it was: nothing is held, nobody was told anything, a new connection opens,
 * is served and ends.
 */
#include "../spec/spec.h"

enum { PACKET_MAX = 1500, IP_LEN = 20, TCP_LEN = 20 };

/* An IP packet that may be anything. */
struct packet {
	uint8_t bytes[PACKET_MAX];
	uint32_t len;
};

/* The segment as a correct peer would send it, to be spoilt. */
#define packet_of(...) attack_packet(SEGMENT(__VA_ARGS__))
struct packet attack_packet(const struct segment *s);
/* Both checksums right again, over what the headers claim where that is there. */
void attack_fix(struct packet *p);

/* Sends it, and lets leat turn. The bytes of IP that leat answered. */
#define throws(p) AT(attack_throw(p))
uint32_t attack_throw(const struct packet *p);

/* leat is as good as new: see above. */
#define still_serves() AT(attack_serves())
void attack_serves(void);

struct leat_usage attack_usage(void);

#endif
