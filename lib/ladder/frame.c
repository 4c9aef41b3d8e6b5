/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include "ladder/frame.h"

/* LINKTYPE_ values of capture files. */
enum {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113, LINK_IPV4 = 228, LINK_IPV6 = 229,
	LINK_SLL2 = 276,
	TAGS_MAX = 2,
	IPV4_HDR = 20, IPV6_HDR = 40,
	IPV6_EXTENSIONS = 8, /* before the search for TCP is given up */
};

/* What is left of a frame. */
struct rest {
	const uint8_t *p;
	uint32_t n;     /* captured bytes */
	uint32_t len;   /* bytes on the wire */
};

static bool
skip(struct rest *r, uint32_t n)
{
	if (n > r->n)
		return false;
	r->p += n;
	r->n -= n;
	r->len -= n < r->len ? n : r->len;
	return true;
}

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* To the network header. Whether that is IPv4 or IPv6 its first four bits say. */
static enum frame_kind
skip_link(struct rest *r, uint16_t link)
{
	uint32_t header = link == LINK_ETHERNET ? RTE_ETHER_HDR_LEN : link == LINK_SLL ? 16 : link == LINK_SLL2 ? 20 :
		link == LINK_NULL ? 4 : 0;
	uint16_t type = RTE_ETHER_TYPE_IPV4;

	if (header == 0 && link != LINK_RAW && link != LINK_IPV4 && link != LINK_IPV6)
		return FRAME_OTHER;
	if (r->n < header)
		return FRAME_SHORT;
	if (link == LINK_ETHERNET || link == LINK_SLL)
		type = be16(r->p + header - 2);
	else if (link == LINK_SLL2)
		type = be16(r->p);
	skip(r, header);
	for (int tags = 0; tags < TAGS_MAX && (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ); tags++) {
		if (r->n < RTE_VLAN_HLEN)
			return FRAME_SHORT;
		type = be16(r->p + 2);
		skip(r, RTE_VLAN_HLEN);
	}
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6 ? FRAME_TCP : FRAME_OTHER;
}

static void
put_addrs(struct tuple *t, const uint8_t *from, const uint8_t *to, uint8_t n)
{
	memcpy(t->key, from, n);
	memcpy(t->key + n, to, n);
	t->len = (uint8_t)(2 * n + 4);
}

/* The rest becomes the segment, without the padding behind it. A length of 0 is that of a packet still to be cut by
 * hardware. */
static bool
keep(struct rest *r, uint32_t header, uint32_t total)
{
	if (total != 0 && total < r->len)
		r->len = total;
	return skip(r, header);
}

static enum frame_kind
skip_ipv4(struct rest *r, struct tuple *t)
{
	if (r->n < IPV4_HDR)
		return FRAME_SHORT;
	const uint8_t *h = r->p;
	uint32_t header = 4u * (h[0] & 15), total = be16(h + 2);

	if (header < IPV4_HDR || (total != 0 && total < header))
		return FRAME_SHORT;
	if (h[9] != IPPROTO_TCP)
		return FRAME_OTHER;
	if ((be16(h + 6) & 0x3fff) != 0) /* more fragments, or an offset */
		return FRAME_FRAGMENT;
	put_addrs(t, h + 12, h + 16, 4);
	return keep(r, header, total) ? FRAME_TCP : FRAME_SHORT;
}

/* Over the extension headers (RFC 8200 4) that may stand before TCP. */
static enum frame_kind
skip_extensions(struct rest *r, uint8_t next)
{
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		if (next == IPPROTO_TCP)
			return FRAME_TCP;
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
				next != IPPROTO_FRAGMENT)
			return FRAME_OTHER;
		if (r->n < 8)
			return FRAME_SHORT;
		if (next == IPPROTO_FRAGMENT && (be16(r->p + 2) & 0xfff9) != 0)
			return FRAME_FRAGMENT;
		uint32_t len = next == IPPROTO_FRAGMENT ? 8 : 8u * (r->p[1] + 1u);
		next = r->p[0];
		if (!skip(r, len))
			return FRAME_SHORT;
	}
	return FRAME_OTHER;
}

static enum frame_kind
skip_ipv6(struct rest *r, struct tuple *t)
{
	if (r->n < IPV6_HDR)
		return FRAME_SHORT;
	const uint8_t *h = r->p;
	uint32_t payload = be16(h + 4);

	put_addrs(t, h + 8, h + 24, 16);
	if (!keep(r, IPV6_HDR, payload != 0 ? IPV6_HDR + payload : 0))
		return FRAME_SHORT;
	return skip_extensions(r, h[6]);
}

static enum frame_kind
skip_ip(struct rest *r, struct tuple *t)
{
	uint8_t version = r->n > 0 ? r->p[0] >> 4 : 0;

	return version == 4 ? skip_ipv4(r, t) : version == 6 ? skip_ipv6(r, t) : FRAME_SHORT;
}

enum frame_kind
frame_read(const struct blocks_frame *f, struct trace_rec *rec)
{
	struct rest r = {f->bytes, f->captured, f->len};
	enum frame_kind kind;
	struct tcp_seg seg;

	memset(rec, 0, sizeof(*rec));
	memset(&seg, 0, sizeof(seg));
	if ((kind = skip_link(&r, f->link)) != FRAME_TCP || (kind = skip_ip(&r, &rec->tuple)) != FRAME_TCP)
		return kind;
	int header = tcp_parse(r.p, r.n, r.len, &seg);
	if (header < 0 || (uint32_t)header > r.n)
		return FRAME_SHORT;
	memcpy(rec->tuple.key + rec->tuple.len - 4, r.p, 4);
	rec->kind = TRACE_SEG_OUT;
	rec->time = f->time;
	rec->flags = seg.flags;
	rec->seq = seg.seq;
	rec->ack = seg.ack;
	rec->len = seg.len;
	rec->wnd = seg.wnd;
	rec->opts_len = (uint8_t)(header - TCP_HDR_LEN);
	memcpy(rec->opts, r.p + TCP_HDR_LEN, rec->opts_len);
	return FRAME_TCP;
}
