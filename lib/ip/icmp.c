/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "core/mbufs.h"
#include "ip/icmp.h"
#include "ip/ping.h"
#include "wire/icmp.h"

enum {
	NS_PER_TOKEN = 1000000000 / ICMP_ERRORS_PER_SEC,
	FRAGMENTATION_NEEDED = 4,
	QUOTE_MAX = IPV4_HDR_MAX + ICMP_QUOTE_MIN,
};

static const struct ip_send icmp_send = {
	.ip_len = IPV4_HDR_LEN,
	.l4_len = ICMP_HDR_LEN,
	.cksum_at = ICMP_CKSUM_AT,
	.proto = IPPROTO_ICMP,
};

int
icmp_init(struct core *core)
{
	struct icmp_layer *icmp = calloc(1, sizeof(*icmp));

	if (icmp == NULL)
		return -ENOMEM;
	icmp->tokens = ICMP_ERRORS_BURST;
	icmp->refilled = core->now;
	core->ip->icmp = icmp;
	wheel_handler(&core->wheel, WHEEL_PING, ping_on_timer);
	return 0;
}

void
icmp_fini(struct core *core)
{
	if (core->ip->icmp == NULL)
		return;
	ping_fini(core);
	free(core->ip->icmp);
	core->ip->icmp = NULL;
}

/* Prepends the IP header to m, whose data is an ICMP message, and sends it. Takes m. */
static void
output(struct core *core, struct rte_mbuf *m, const struct ip_dgram *answered, uint8_t tos)
{
	uint8_t *h = (uint8_t *)rte_pktmbuf_prepend(m, IPV4_HDR_LEN);
	struct ip_send s = icmp_send;
	uint32_t next_hop = 0;

	if (h == NULL) {
		drop(core, m, DROP_no_mbuf);
		return;
	}
	ip_template(h, &answered->dst, &answered->src, IPPROTO_ICMP);
	s.tos = tos;
	count(core, CNT_icmp_out);
	ip_output(core, m, &s, &next_hop);
}

/* May the bytes of m be changed and m be sent again? Nobody shares them when every segment is direct. */
static bool
is_reusable(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		if (!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) > 1)
			return false;
	return true;
}

/* RFC 1122 3.2.2.6: all data of the request comes back. The request itself becomes the reply. */
static void
echo(struct core *core, struct ip_dgram *d)
{
	struct rte_mbuf *m = d->m;

	if (!is_reusable(m)) {
		m = rte_pktmbuf_copy(d->m, core->data_pool, 0, UINT32_MAX);
		rte_pktmbuf_free(d->m);
	}
	d->m = NULL;
	if (m == NULL) {
		drop(core, NULL, DROP_no_mbuf);
		return;
	}
	m->ol_flags = 0; /* what the port said of the request */
	uint8_t *h = rte_pktmbuf_mtod(m, uint8_t *);
	h[0] = ICMP_TYPE_ECHO_REPLY;
	h[1] = 0;
	count(core, CNT_icmp_echo_in);
	output(core, m, d, d->tos);
}

/* RFC 1122 3.2.2.1 and 4.2.3.9: what an error means to who sent the packet. */
static void
classify(const struct icmp_header *h, struct ip_error *e)
{
	static const struct {
		int error;
		bool hard;
	} unreachable[] = {
		{ENETUNREACH, false}, {EHOSTUNREACH, false},  /* network, host */
		{ECONNREFUSED, true}, {ECONNREFUSED, true},   /* protocol, port */
		{EMSGSIZE, true}, {EHOSTUNREACH, false},      /* fragmentation needed, source route failed */
		{ENETUNREACH, false}, {EHOSTUNREACH, false},  /* network, host unknown */
		{EHOSTUNREACH, false}, {ENETUNREACH, false},  /* source host isolated, network prohibited */
		{EHOSTUNREACH, false}, {ENETUNREACH, false},  /* host prohibited, network for this TOS */
		{EHOSTUNREACH, false}, {EHOSTUNREACH, false}, /* host for this TOS, communication prohibited */
	};

	/* time exceeded and parameter problem: the packet did not get there, the next one may */
	e->error = EHOSTUNREACH;
	if (h->type != ICMP_TYPE_UNREACHABLE || h->code >= RTE_DIM(unreachable))
		return;
	e->error = unreachable[h->code].error;
	e->hard = unreachable[h->code].hard;
	if (h->code == FRAGMENTATION_NEEDED)
		e->mtu = h->seq;
}

/* Whose packet was it that is quoted? False when that is nobody above IP. */
static bool
attribute(const struct icmp_quote *quote, struct ip_error *e)
{
	const struct leat_addr local = {.v4 = quote->ip.src, .family = LEAT_IPV4},
		remote = {.v4 = quote->ip.dst, .family = LEAT_IPV4};
	const uint8_t *l4 = quote->l4;

	e->proto = quote->ip.proto;
	e->len = quote->ip.total;
	if (e->proto != IPPROTO_TCP && e->proto != IPPROTO_UDP)
		return false;
	tuple_make(&e->tuple, &local, (uint16_t)(l4[0] << 8 | l4[1]), &remote, (uint16_t)(l4[2] << 8 | l4[3]));
	e->seq = (uint32_t)l4[4] << 24 | (uint32_t)l4[5] << 16 | (uint32_t)l4[6] << 8 | l4[7];
	return true;
}

/* Was it an echo request of a pinger? Then that is told. */
static bool
tell_pinger(struct core *core, const struct icmp_quote *quote, const struct ip_error *e)
{
	const struct leat_addr remote = {.v4 = quote->ip.dst, .family = LEAT_IPV4};
	struct icmp_header request;

	if (quote->ip.proto != IPPROTO_ICMP)
		return false;
	icmp_parse(quote->l4, &request);
	return request.type == ICMP_TYPE_ECHO && ping_on_error(core, &request, &remote, e);
}

bool
icmp_unsent(struct core *core, struct rte_mbuf *m, struct ip_error *e)
{
	uint8_t buf[QUOTE_MAX];
	uint32_t len = RTE_MIN(m->pkt_len, (uint32_t)QUOTE_MAX);
	struct icmp_quote quote;

	memset(e, 0, sizeof(*e));
	if (icmp_quote_parse(mbuf_peek(m, 0, len, buf), len, &quote) < 0)
		return false;
	e->error = EHOSTUNREACH;
	e->local = true;
	e->from = (struct leat_addr){.v4 = quote.ip.src, .family = LEAT_IPV4};
	if (attribute(&quote, e))
		return true;
	tell_pinger(core, &quote, e);
	return false;
}

static bool
read_quote(const struct ip_dgram *d, uint8_t *buf, struct icmp_quote *quote)
{
	uint32_t len = RTE_MIN(d->m->pkt_len - ICMP_HDR_LEN, (uint32_t)QUOTE_MAX);
	const uint8_t *p = mbuf_peek(d->m, ICMP_HDR_LEN, len, buf);

	/* Only who sent the packet is told, and only the first fragment says which packet it was. */
	return icmp_quote_parse(p, len, quote) == 0 && quote->ip.src == d->dst.v4 &&
		(quote->ip.fragment & IPV4_OFFSET) == 0;
}

/* True when *e is about a TCP or UDP packet. *reason: why the message was of no use, 0 = it was. */
static bool
receive_error(struct core *core, const struct ip_dgram *d, const struct icmp_header *h, struct ip_error *e,
	int *reason)
{
	uint8_t buf[QUOTE_MAX];
	struct icmp_quote quote;

	count(core, CNT_icmp_errors_in);
	*reason = DROP_icmp_malformed;
	if (!read_quote(d, buf, &quote))
		return false;
	memset(e, 0, sizeof(*e));
	e->from = d->src;
	classify(h, e);
	*reason = 0;
	if (attribute(&quote, e))
		return true;
	if (!tell_pinger(core, &quote, e))
		*reason = DROP_icmp_unmatched;
	return false;
}

bool
icmp_input(struct core *core, struct ip_dgram *d, struct ip_error *e)
{
	int reason = DROP_icmp_type;
	struct icmp_header h;
	bool is_error = false;

	count(core, CNT_icmp_in);
	if (d->m->pkt_len < ICMP_HDR_LEN || d->m->data_len < ICMP_HDR_LEN) {
		drop(core, d->m, DROP_icmp_malformed);
		return false;
	}
	if (!ip_l4_cksum_ok(core, d)) {
		drop(core, d->m, DROP_icmp_bad_checksum);
		return false;
	}
	if (d->to_group) { /* RFC 1122 3.2.2.6: such an echo may be ignored; the rest is nobody's business */
		drop(core, d->m, DROP_icmp_to_group);
		return false;
	}
	icmp_parse(rte_pktmbuf_mtod(d->m, const uint8_t *), &h);
	switch (h.type) {
	case ICMP_TYPE_ECHO:
		echo(core, d);
		return false;
	case ICMP_TYPE_ECHO_REPLY:
		reason = ping_on_reply(core, d, &h) ? 0 : DROP_icmp_unmatched;
		break;
	case ICMP_TYPE_UNREACHABLE:
	case ICMP_TYPE_TIME_EXCEEDED:
	case ICMP_TYPE_PARAMETER_PROBLEM:
		is_error = receive_error(core, d, &h, e, &reason);
		break;
	}
	drop_if(core, d->m, reason);
	d->m = NULL;
	return is_error;
}

/* One error may be sent: a bucket of tokens that fills evenly (RFC 1812 4.3.2.8). */
static bool
take_token(struct core *core)
{
	struct icmp_layer *icmp = core->ip->icmp;
	uint64_t new = (core->now - icmp->refilled) / NS_PER_TOKEN;

	icmp->refilled += new * NS_PER_TOKEN;
	icmp->tokens = (uint32_t)RTE_MIN(icmp->tokens + new, (uint64_t)ICMP_ERRORS_BURST);
	if (icmp->tokens == 0)
		return false;
	icmp->tokens--;
	return true;
}

/* RFC 1122 3.2.2: may this datagram be answered with an error? (ip4_input() has judged the source.) */
static bool
may_complain(const struct ip_dgram *d)
{
	if (d->to_group)
		return false;
	if (d->proto != IPPROTO_ICMP)
		return true;
	if (d->m->data_len < 1)
		return false;
	uint8_t type = *rte_pktmbuf_mtod(d->m, const uint8_t *);
	return type == ICMP_TYPE_ECHO; /* of all that is not an error the one that is ever asked about */
}

void
icmp_send_unreachable(struct core *core, const struct ip_dgram *d, enum icmp_unreach code)
{
	const struct icmp_header h = {.type = ICMP_TYPE_UNREACHABLE, .code = (uint8_t)code};
	uint32_t room = ICMP_ERROR_MAX - IPV4_HDR_LEN - ICMP_HDR_LEN - d->hdr_len;
	uint32_t quoted = RTE_MIN(d->m->pkt_len, room);

	if (!may_complain(d))
		return;
	if (!take_token(core)) {
		count(core, CNT_icmp_rate_limited);
		return;
	}
	struct rte_mbuf *m = rte_pktmbuf_alloc(core->data_pool);
	uint8_t *p = m == NULL ? NULL :
		(uint8_t *)rte_pktmbuf_append(m, (uint16_t)(ICMP_HDR_LEN + d->hdr_len + quoted));
	if (p == NULL) {
		drop(core, m, DROP_no_mbuf);
		return;
	}
	icmp_write(p, &h);
	memcpy(p + ICMP_HDR_LEN, rte_pktmbuf_mtod(d->m, const uint8_t *) - d->hdr_len, d->hdr_len);
	uint8_t *to = p + ICMP_HDR_LEN + d->hdr_len;
	const void *from = mbuf_peek(d->m, 0, quoted, to);
	if (from != to)
		memcpy(to, from, quoted);
	output(core, m, d, 0);
}
