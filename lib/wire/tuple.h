/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_TUPLE_H
#define WIRE_TUPLE_H
/*
 * The 4-tuple of a connection as it stands in an outgoing header: local address, remote address,
 * local port, remote port, in network byte order. 12 bytes for IPv4, 36 for IPv6: in both
 * families these bytes are contiguous in IP header + transport header, so a control block's
 * header template is its key.
 */
#include <stdbool.h>
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

/* Are two keys of len bytes the same? */
static inline bool
tuple_key_equal(const uint8_t *a, const uint8_t *b, uint8_t len)
{
	uint64_t a8, b8;
	uint32_t a4, b4;

	if (unlikely(len != TUPLE4_LEN))
		return memcmp(a, b, len) == 0;
	memcpy(&a8, a, 8);
	memcpy(&b8, b, 8);
	memcpy(&a4, a + 8, 4);
	memcpy(&b4, b + 8, 4);
	return ((a8 ^ b8) | (a4 ^ b4)) == 0;
}

/* Four secret numbers become what tuple_key_hash() takes: a multiplier must be odd, or bits are lost. */
static inline void
tuple_hash_secret(uint64_t keys[4])
{
	keys[1] |= 1;
	keys[3] |= 1;
}

static inline uint64_t
tuple_hash_fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide p = (wide)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/*
 * The keyed hash of a tuple's key: nobody outside chooses where connections go. Every byte passes two multiplications,
 * one of them by something that varies too. Were the ports only multiplied by a key, tuples with ports in a row would
 * lie in a row, and under one secret in a hundred on top of each other.
 */
static inline uint64_t
tuple_key_hash(const uint64_t keys[4], const uint8_t *key, uint8_t len)
{
	uint64_t h = keys[0], w;
	uint32_t ports;

	for (uint8_t i = 0; i + 12 < len; i += 8) {
		memcpy(&w, key + i, 8);
		h = tuple_hash_fold(h ^ w, keys[1]);
	}
	memcpy(&w, key + len - 12, 8);
	memcpy(&ports, key + len - 4, 4);
	return tuple_hash_fold(tuple_hash_fold(h ^ w, keys[2] ^ ports), keys[3]);
}

/* One end of a key of len bytes: the local one, the remote one. */
static inline struct leat_endpoint
tuple_end(const uint8_t *key, uint8_t len, bool remote)
{
	uint8_t n = (uint8_t)((len - 4) / 2);
	struct leat_endpoint e = {.addr.family = n == 4 ? LEAT_IPV4 : LEAT_IPV6};
	uint16_t port;

	memcpy(&port, key + len - (remote ? 2 : 4), 2);
	e.port = rte_be_to_cpu_16(port);
	if (likely(n == 4))
		memcpy(&e.addr.v4, key + (remote ? 4 : 0), 4);
	else
		memcpy(e.addr.bytes, key + (remote ? 16 : 0), 16);
	return e;
}

static inline struct leat_endpoint
tuple_local(const uint8_t *key, uint8_t len)
{
	return tuple_end(key, len, false);
}

static inline struct leat_endpoint
tuple_remote(const uint8_t *key, uint8_t len)
{
	return tuple_end(key, len, true);
}

/* Both. */
static inline void
tuple_read(const uint8_t *key, uint8_t len, struct leat_endpoint *local, struct leat_endpoint *remote)
{
	*local = tuple_local(key, len);
	*remote = tuple_remote(key, len);
}

#endif
