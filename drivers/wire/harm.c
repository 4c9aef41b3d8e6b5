/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ether.h>
#include "dice.h"
#include "harm.h"
#include "wire.h"

enum { ECN_MASK = 3, ECN_CE = 3, TAGS_MAX = 2 };

/* Where a byte stands, whatever segment it is in. NULL: behind the end. */
static uint8_t *
byte_at(const struct rte_mbuf *m, uint32_t offset)
{
	for (; m != NULL; m = m->next) {
		if (offset < m->data_len)
			return rte_pktmbuf_mtod_offset(m, uint8_t *, offset);
		offset -= m->data_len;
	}
	return NULL;
}

static uint16_t
word_at(const struct rte_mbuf *m, uint32_t offset)
{
	const uint8_t *high = byte_at(m, offset), *low = byte_at(m, offset + 1);

	return low != NULL ? (uint16_t)(*high << 8 | *low) : 0;
}

/* The offset of the IP header, behind up to two VLAN tags; 0: it is not IP. */
static uint32_t
ip_offset(const struct rte_mbuf *m, bool *v4)
{
	uint32_t offset = 2 * RTE_ETHER_ADDR_LEN;
	uint16_t type = word_at(m, offset);

	for (int tags = 0; tags < TAGS_MAX && (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ); tags++)
		type = word_at(m, offset += RTE_VLAN_HLEN);
	*v4 = type == RTE_ETHER_TYPE_IPV4;
	if (!*v4 && type != RTE_ETHER_TYPE_IPV6)
		return 0;
	offset += RTE_ETHER_TYPE_LEN;
	return byte_at(m, offset + 19) != NULL ? offset : 0; /* the shorter header of the two */
}

/* The two bits are the last of IPv4's second byte, and the third and fourth of IPv6's (RFC 8200 7). */
bool
harm_is_ect(const struct rte_mbuf *m)
{
	bool v4;
	uint32_t ip = ip_offset(m, &v4);

	if (ip == 0)
		return false;
	unsigned ecn = (v4 ? *byte_at(m, ip + 1) : *byte_at(m, ip + 1) >> 4) & ECN_MASK;
	return ecn != 0 && ecn != ECN_CE;
}

void
harm_mark(struct rte_mbuf *m)
{
	bool v4;
	uint32_t ip = ip_offset(m, &v4);
	uint16_t before = word_at(m, ip);

	*byte_at(m, ip + 1) |= v4 ? ECN_CE : ECN_CE << 4;
	if (!v4)
		return;
	/* RFC 1624 3, equation 3: HC' = ~(~HC + ~m + m') */
	uint32_t sum = (uint16_t)~word_at(m, ip + 10) + (uint32_t)(uint16_t)~before + word_at(m, ip);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~((sum >> 16) + sum);
	*byte_at(m, ip + 10) = (uint8_t)(sum >> 8);
	*byte_at(m, ip + 11) = (uint8_t)sum;
}

static bool
is_among(uint64_t bit, const uint64_t *bits, unsigned n)
{
	while (n > 0)
		if (bits[--n] == bit)
			return true;
	return false;
}

void
harm_corrupt(struct rte_mbuf *m, unsigned bits, uint64_t seed, uint64_t n)
{
	uint64_t flipped[WIRE_CORRUPT_BITS_MAX], all = (uint64_t)m->pkt_len * 8;

	for (unsigned i = 0; i < bits && i < all; i++) {
		uint64_t bit = dice_below(dice_roll(seed, DICE_BIT + i, n), all);

		/* The same twice would undo it: then the next one. */
		while (is_among(bit, flipped, i))
			bit = bit + 1 == all ? 0 : bit + 1;
		flipped[i] = bit;
		*byte_at(m, (uint32_t)(bit / 8)) ^= (uint8_t)(1 << bit % 8);
	}
}
