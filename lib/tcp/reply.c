/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <rte_tcp.h>
#include "core/recycle.h"
#include "ip/output.h"
#include "tcp/reply.h"

void
tcp_reply_send(struct core *core, const struct tcp_reply *r)
{
	struct rte_mbuf *m = recycle_get(core);
	uint8_t template[IP_HDR_MAX + 4];

	if (m == NULL) {
		count(core, DROP_no_mbuf);
		return;
	}
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t ip_len = ip_template_key(template, r->tuple.key, r->tuple.len, IPPROTO_TCP);
	uint32_t opts_len = tcp_opts_write(p + ip_len + TCP_HDR_LEN, &r->opts);
	const struct tcp_fields f = {.seq = r->seq, .ack = r->ack, .wnd = r->wnd, .flags = r->flags};
	uint64_t sum = tcp_write(p + ip_len, template + ip_len, &f, opts_len) +
		tcp_opts_sum(p + ip_len + TCP_HDR_LEN, opts_len);
	m->data_len = (uint16_t)(ip_len + TCP_HDR_LEN + opts_len);
	m->pkt_len = m->data_len;
	if (trace_on(core)) {
		struct tcp_seg seg = {.tuple = r->tuple, .seq = r->seq, .ack = r->ack, .wnd = r->wnd,
			.flags = r->flags};
		trace_segment(core, TRACE_SEG_OUT, &seg, p + ip_len + TCP_HDR_LEN, opts_len, false);
	}
	count(core, CNT_tcp_segs_out);
	if (r->flags & TCP_RST)
		count(core, CNT_tcp_rst_out);
	const struct ip_send send = {.ip_len = ip_len, .l4_len = (uint8_t)(TCP_HDR_LEN + opts_len),
		.cksum_at = offsetof(struct rte_tcp_hdr, cksum), .proto = IPPROTO_TCP, .summed = true, .sum = sum};
	const struct leat_endpoint remote = tuple_remote(r->tuple.key, r->tuple.len);
	const struct ip_hop *hop = ip_hop_find(core, &remote.addr);
	uint32_t next_hop = likely(hop != NULL) ? hop->next_hop : 0;
	ip_output_tcp(core, m, template, send, &next_hop);
}

/* A bucket of tokens that fills evenly and holds those of a tenth of a second. */
static bool
may_reset(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	uint64_t rate = tcp->config->rst_rate;

	if (rate == 0)
		return false;
	uint64_t ns = 1000000000 / rate, new = (core->now - tcp->rst_refilled) / ns;
	tcp->rst_refilled += new * ns;
	tcp->rst_tokens = (uint32_t)RTE_MIN(tcp->rst_tokens + new, RTE_MAX(rate / 10, 1u));
	if (tcp->rst_tokens == 0)
		return false;
	tcp->rst_tokens--;
	return true;
}

void
tcp_reply_rst(struct core *core, const struct tcp_seg *seg)
{
	struct tcp_reply r = {.tuple = seg->tuple};

	if (seg->flags & TCP_RST)
		return;
	if (!may_reset(core)) {
		count(core, CNT_tcp_rst_limited);
		return;
	}
	if (seg->flags & TCP_ACK) {
		/* <SEQ=SEG.ACK><CTL=RST> */
		r.seq = seg->ack;
		r.flags = TCP_RST;
	} else {
		/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
		r.ack = seg->seq + tcp_seg_len(seg);
		r.flags = TCP_RST | TCP_ACK;
	}
	tcp_reply_send(core, &r);
}
