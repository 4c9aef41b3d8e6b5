/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_SYN_H
#define WIRE_SYN_H
/* What would begin a connection, told by as little of a frame as tells it: for those who throw it away unread. */
#include <netinet/in.h>
#include <stdbool.h>
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

/* Are these len bytes a frame with a bare SYN? What is malformed is none: who reads it properly finds that out. */
static inline bool
frame_is_syn(const uint8_t *p, uint32_t len)
{
	enum { FLAGS_AT = 13, BEGINS = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN };
	const uint8_t *ip = p + ETH_HDR_LEN;

	if (len < ETH_HDR_LEN + IPV4_HDR_LEN + TCP_HDR_LEN || eth_type(p) != ETH_TYPE_IP4)
		return false;
	uint32_t ip_len = (ip[0] & 15u) * 4, offset = (uint32_t)(ip[6] << 8 | ip[7]) & IPV4_OFFSET;
	if (ip[9] != IPPROTO_TCP || offset != 0 || ETH_HDR_LEN + ip_len + TCP_HDR_LEN > len)
		return false;
	return (ip[ip_len + FLAGS_AT] & BEGINS) == TCP_SYN;
}

#endif
