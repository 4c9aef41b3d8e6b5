/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that no host sent: resets in a peer's name, what routers say, damage. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "wire/eth.h"
#include "wire/icmp.h"
#include "world.h"

enum { L4 = ETH_HDR_LEN + sizeof(struct rte_ipv4_hdr), QUOTED = sizeof(struct rte_ipv4_hdr) + 8 };

static const struct rte_ether_addr mac_to = {{2, 0, 0, 0, 0, 9}}, mac_from = {{2, 0, 0, 0, 0, 8}};

static uint32_t
address(uint8_t last)
{
	return rte_cpu_to_be_32(RTE_IPV4(198u, 18u, 0u, (uint32_t)last));
}

/* Ethernet and IP of a frame in `from`'s name (last byte of its address) to the side opposite f->from. */
static void
write_ip(struct frame *f, uint8_t from, uint8_t proto, uint32_t payload)
{
	struct rte_ipv4_hdr *ip = (void *)(f->bytes + ETH_HDR_LEN);

	eth_write(f->bytes, &mac_to, &mac_from, ETH_TYPE_IP4);
	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .time_to_live = 64, .next_proto_id = proto,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + payload)),
		.src_addr = address(from), .dst_addr = address(f->from == CLIENT ? 2 : 1)};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	f->len = L4 + payload;
}

/* Where a reset has to be aimed, by what the side knows or, if it has nothing, by what the other side sends. */
static void
aim(struct world *w, enum side to, enum breaks what, struct rte_tcp_hdr *h)
{
	static const int32_t off[] = {[RST_EXACT] = 0, [RST_INSIDE] = 1000, [RST_OUTSIDE] = -1000};
	enum side other = to == CLIENT ? SERVER : CLIENT;
	struct leat_tcp_info info;
	bool known = world_info(w, to, &info);

	h->tcp_flags = RTE_TCP_RST_FLAG;
	if (known && info.state == LEAT_TCP_SYN_SENT) {
		/* no window yet: it is the ACK that tells who saw the SYN */
		if (what != RST_INSIDE)
			h->tcp_flags |= RTE_TCP_ACK_FLAG;
		h->recv_ack = rte_cpu_to_be_32(info.snd_nxt + (what == RST_OUTSIDE));
		return;
	}
	h->sent_seq = rte_cpu_to_be_32((known ? info.rcv_nxt : w->record.isn[other][0] + 1) + (uint32_t)off[what]);
}

void
forge_rst(struct world *w, enum side to, enum breaks what)
{
	struct frame f = {.from = to == CLIENT ? SERVER : CLIENT};
	struct rte_tcp_hdr *h = (void *)(f.bytes + L4);

	write_ip(&f, f.from == CLIENT ? 1 : 2, IPPROTO_TCP, sizeof(*h));
	h->src_port = rte_cpu_to_be_16(f.from == CLIENT ? CLIENT_PORT : SERVER_PORT);
	h->dst_port = rte_cpu_to_be_16(f.from == CLIENT ? SERVER_PORT : CLIENT_PORT);
	h->data_off = sizeof(*h) / 4 << 4;
	aim(w, to, what, h);
	h->cksum = rte_ipv4_udptcp_cksum((const void *)(f.bytes + ETH_HDR_LEN), h);
	world_put(w, &f, w->now);
}

void
forge_icmp(struct world *w, const struct frame *about, uint8_t code, uint16_t mtu)
{
	struct frame f = {.from = about->from == CLIENT ? SERVER : CLIENT};
	uint8_t *icmp = f.bytes + L4;
	rte_be16_t cksum, be_mtu = rte_cpu_to_be_16(mtu);

	/* the router is half way, at 198.18.0.254 */
	write_ip(&f, 254, IPPROTO_ICMP, ICMP_HDR_LEN + QUOTED);
	icmp[0] = ICMP_TYPE_UNREACHABLE;
	icmp[1] = code;
	memcpy(icmp + 6, &be_mtu, sizeof(be_mtu));
	memcpy(icmp + ICMP_HDR_LEN, about->bytes + ETH_HDR_LEN, QUOTED);
	cksum = (rte_be16_t)~rte_raw_cksum(icmp, ICMP_HDR_LEN + QUOTED);
	memcpy(icmp + ICMP_CKSUM_AT, &cksum, sizeof(cksum));
	world_put(w, &f, w->now + WIRE_MS * MS);
}

void
forge_damage(struct frame *f)
{
	f->bytes[L4 + offsetof(struct rte_tcp_hdr, rx_win)] ^= 1;
}
