/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_TUPLE_H
#define WIRE_TUPLE_H
/*
 * The 4-tuple of a connection as it stands in an outgoing header: local address, remote address,
 * local port, remote port, in network byte order. 12 bytes for IPv4, 36 for IPv6: in both
 * families these bytes are contiguous in IP header + transport header, so a control block's
 * header template is its key.
 */
#include <stdint.h>
#include <string.h>
#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <leat/addr.h>

#define TUPLE4_LEN 12
#define TUPLE6_LEN 36

struct tuple {
	uint8_t key[TUPLE6_LEN] __attribute__((aligned(4)));
	uint8_t len; /* TUPLE4_LEN or TUPLE6_LEN */
};

static inline uint8_t
addr_len(const struct leat_addr *a)
{
	return a->family == LEAT_IPV6 ? 16 : 4;
}

/*
 * All as they lie in a header, ports the local one first. Stored in the widths in which it is hashed and compared:
 * a load across smaller stores that have just been made waits for them.
 */
static inline void
tuple4_set(struct tuple *t, uint32_t local, uint32_t remote, uint32_t ports)
{
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
	uint64_t addrs = (uint64_t)remote << 32 | local;
#else
	uint64_t addrs = (uint64_t)local << 32 | remote;
#endif
	memcpy(t->key, &addrs, sizeof(addrs));
	memcpy(t->key + sizeof(addrs), &ports, sizeof(ports));
	t->len = TUPLE4_LEN;
}

/* Ports in host byte order. */
static inline void
tuple_make(struct tuple *t, const struct leat_addr *local, uint16_t lport, const struct leat_addr *remote,
	uint16_t rport)
{
	uint8_t n = addr_len(local);
	uint16_t lp = rte_cpu_to_be_16(lport), rp = rte_cpu_to_be_16(rport);

	if (likely(n == 4)) {
		tuple4_set(t, local->v4, remote->v4, rte_cpu_to_be_32((uint32_t)lport << 16 | rport));
		return;
	}
	memcpy(t->key, local->bytes, n);
	memcpy(t->key + n, remote->bytes, n);
	memcpy(t->key + 2 * n, &lp, 2);
	memcpy(t->key + 2 * n + 2, &rp, 2);
	t->len = (uint8_t)(2 * n + 4);
}

/* Reads a key of len bytes back. */
static inline void
tuple_read(const uint8_t *key, uint8_t len, struct leat_endpoint *local, struct leat_endpoint *remote)
{
	uint8_t n = (uint8_t)((len - 4) / 2);
	uint16_t port;

	memset(local, 0, sizeof(*local));
	memset(remote, 0, sizeof(*remote));
	if (likely(len == TUPLE4_LEN)) {
		uint32_t k[3];
		memcpy(k, key, sizeof(k));
		k[2] = rte_be_to_cpu_32(k[2]);
		*local = (struct leat_endpoint){.addr = {.v4 = k[0], .family = LEAT_IPV4}, .port = (uint16_t)(k[2] >> 16)};
		*remote = (struct leat_endpoint){.addr = {.v4 = k[1], .family = LEAT_IPV4}, .port = (uint16_t)k[2]};
		return;
	}
	local->addr.family = remote->addr.family = LEAT_IPV6;
	memcpy(local->addr.bytes, key, n);
	memcpy(remote->addr.bytes, key + n, n);
	memcpy(&port, key + 2 * n, 2);
	local->port = rte_be_to_cpu_16(port);
	memcpy(&port, key + 2 * n + 2, 2);
	remote->port = rte_be_to_cpu_16(port);
}

#endif
