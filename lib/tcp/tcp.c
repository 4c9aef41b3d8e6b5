/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP of one core: made, fed, ended. */
#include <errno.h>
#include <string.h>
#include <sodium/core.h>
#include <sodium/crypto_shorthash.h>
#include "base/seq.h"
#include "core/recycle.h"
#include "tcp/cc.h"
#include "tcp/extra.h"
#include "tcp/half_open.h"
#include "tcp/listen.h"
#include "tcp/stats.h"
#include "tcp/scarcity.h"
#include "tcp/tcp.h"
#include "tcp/time_wait.h"

enum { AHEAD = 4 }; /* segments: what is fetched now has come when their turn does */

/* A key of its own for each purpose: 16 bytes derived from the core's secret. */
static void
derive(const struct core *core, uint64_t purpose, uint8_t key[16])
{
	for (uint64_t half = 0; half < 2; half++) {
		uint64_t in[2] = {purpose, half};
		crypto_shorthash(key + 8 * half, (const uint8_t *)in, sizeof(in), core->secret);
	}
	for (int i = 0; i < 16; i++) /* SipHash takes half of the secret as its key; the other half goes in here */
		key[i] ^= core->secret[16 + i];
}

static int
make_tables(struct core *core, struct tcp_layer *tcp, const struct leat_config *config)
{
	uint32_t chunks = config->rx_mbufs + 2 * config->tx_mbufs;
	uint8_t keys[32];

	derive(core, 1, keys);
	derive(core, 2, keys + 16);
	derive(core, 3, tcp->isn_key);
	derive(core, 5, tcp->port_key);
	derive(core, 6, tcp->cookie_key);
	if (demux_init(&tcp->demux, keys, core->numa_node) < 0 ||
		slab_init(&tcp->tcbs, sizeof(struct tcb), config->max_connections, core, core->numa_node) < 0 ||
		slab_init(&tcp->half_opens, sizeof(struct half_open), config->max_half_open, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->time_waits, sizeof(struct time_wait), config->max_time_wait, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->chunks, sizeof(struct chunk), chunks, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->shorts, sizeof(struct short_chunk), config->tx_mbufs, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->timers, sizeof(struct wheel_node), config->max_connections, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->senders, sizeof(struct tcp_sender), config->max_connections, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->runs, sizeof(struct run), chunks, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->extras, sizeof(struct tcp_extra), config->max_connections, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->stats, sizeof(struct tcp_stats), config->max_connections, NULL, core->numa_node) < 0 ||
		slab_init(&tcp->refs, sizeof(struct send_ref), config->tx_mbufs, tcp, core->numa_node) < 0)
		return -ENOMEM;
	demux_set_place(&tcp->demux, DEMUX_TCB, tcp->tcbs.base, 8, offsetof(struct tcb, hdr) + 12,
		offsetof(struct tcb, hdr) + 8);
	demux_set_place(&tcp->demux, DEMUX_HALF_OPEN, tcp->half_opens.base, 6, 0, 0);
	demux_set_place(&tcp->demux, DEMUX_TIME_WAIT, tcp->time_waits.base, 6, 0, 0);
	return 0;
}

/* The smallest shift with which a window field can say rcv_buf (RFC 7323 2.3). */
static uint32_t
window_shift(uint32_t rcv_buf)
{
	uint32_t shift = 0;

	while (shift < TCP_WSCALE_MAX && (65535u << shift) < rcv_buf)
		shift++;
	return shift;
}

int
tcp_init(struct core *core, struct tcp_layer *tcp, const struct leat_config *config)
{
	memset(tcp, 0, sizeof(*tcp));
	core->tcp = tcp;
	tcp->config = &config->tcp;
	tcp->rst_refilled = core->now;
	tcp->rst_tokens = (config->tcp.rst_rate + 9) / 10;
	tcp->rcv_wscale = window_shift(tcp_grow_limit(&config->tcp));
	if (sodium_init() < 0 || make_tables(core, tcp, config) < 0) {
		tcp_fini(core);
		return -ENOMEM;
	}
	tcp_timers_init(core);
	half_open_init(core);
	time_wait_init(core);
	tcp_starved_init(core);
	tcp_carrier_init(core);
	tcp_scarcity_look(core);
	return 0;
}

/*
 * Also those that are in no table any more: closed, with data that nobody has read. The free places
 * are taken and emptied, and then every place that was ever used can be looked at.
 */
static void
abort_all(struct tcp_layer *tcp)
{
	struct slab *s = &tcp->tcbs;

	while (s->free != 0)
		memset(slab_at(s, slab_alloc(s)), 0, sizeof(struct tcb));
	for (uint32_t handle = 1; handle <= s->touched; handle++) {
		struct tcb *t = slab_at(s, handle);
		if (t->app != NULL)
			leat_tcp_abort(conn_of(t));
	}
}

void
tcp_shutdown(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	for (unsigned b = 0; b < TCP_LISTEN_BUCKETS; b++)
		while (tcp->listeners[b] != NULL)
			tcp_listener_remove(core, tcp->listeners[b]);
	time_wait_forget_all(core);
	abort_all(tcp);
	tcp_deliver(core);
	tcp_output_marked(core);
	/* the wheel outlives this layer */
	wheel_cancel(&core->wheel, &tcp->half_open_timer);
	wheel_cancel(&core->wheel, &tcp->time_wait_timer);
	wheel_cancel(&core->wheel, &tcp->starved_timer);
}

void
tcp_fini(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	tcp_release_refs(tcp);
	demux_fini(&tcp->demux);
	slab_fini(&tcp->stats);
	slab_fini(&tcp->extras);
	slab_fini(&tcp->refs);
	slab_fini(&tcp->runs);
	slab_fini(&tcp->senders);
	slab_fini(&tcp->timers);
	slab_fini(&tcp->shorts);
	slab_fini(&tcp->chunks);
	slab_fini(&tcp->time_waits);
	slab_fini(&tcp->half_opens);
	slab_fini(&tcp->tcbs);
}

uint64_t
tcp_table_bytes(const struct tcp_layer *tcp)
{
	const struct slab *slabs[] = {&tcp->tcbs, &tcp->half_opens, &tcp->time_waits, &tcp->chunks, &tcp->shorts, &tcp->timers,
		&tcp->senders, &tcp->runs, &tcp->refs, &tcp->extras, &tcp->stats};
	uint64_t bytes = demux_bytes(&tcp->demux);

	for (unsigned i = 0; i < RTE_DIM(slabs); i++)
		bytes += (uint64_t)slabs[i]->used << slabs[i]->shift;
	return bytes;
}

uint16_t
tcp_our_mss(const struct core *core, const struct leat_addr *remote)
{
	uint16_t set = core->tcp->config->mss, mtu = ip_route_mtu(core, remote);
	uint16_t fits = mtu > 0 ? (uint16_t)(mtu - ip_hdr_len(remote) - TCP_HDR_LEN) : TCP_MSS_DEFAULT_V4;

	return set != 0 && set < fits ? set : fits;
}

void
tcp_syn_opts(const struct core *core, const struct leat_addr *remote, struct tcp_opts *o)
{
	const struct leat_tcp_config *c = core->tcp->config;

	*o = (struct tcp_opts){
		.has_mss = true, .mss = tcp_our_mss(core, remote),
		.has_sack_perm = c->sack,
		.has_ts = c->timestamps,
		.has_wscale = c->window_scale, .wscale = (uint8_t)core->tcp->rcv_wscale,
	};
}

uint16_t
tcp_syn_window(const struct core *core)
{
	return (uint16_t)RTE_MIN(core->tcp->config->rcv_buf, 65535u);
}

static void
trace_in(struct core *core, const struct tcp_seg *seg, const uint8_t *header, uint32_t header_len)
{
	trace_segment(core, TRACE_SEG_IN, seg, header + TCP_HDR_LEN, header_len - TCP_HDR_LEN, false);
}

int
tcp_parse_dgram(struct core *core, struct ip_dgram *d, struct tcp_seg *seg)
{
	uint8_t buf[TCP_HDR_MAX];
	uint32_t have = RTE_MIN(d->m->pkt_len, (uint32_t)TCP_HDR_MAX);
	const uint8_t *h = likely(have <= d->m->data_len) ? rte_pktmbuf_mtod(d->m, const uint8_t *) :
		mbuf_peek(d->m, 0, have, buf);
	int header_len = tcp_parse(h, have, d->m->pkt_len, seg);

	count(core, CNT_tcp_segs_in);
	if (header_len < 0) {
		drop(core, d->m, DROP_tcp_malformed);
		return -1;
	}
	/* RFC 9293 3.9.2.3 MUST-63: to a group is no connection; from one IP has let nothing pass */
	if (unlikely(d->to_group)) {
		drop(core, d->m, DROP_tcp_bad_address);
		return -1;
	}
	if (!ip_l4_cksum_ok(core, d)) {
		drop(core, d->m, DROP_tcp_bad_checksum);
		return -1;
	}
	seg->tos = d->tos;
	if (likely(d->dst.family == LEAT_IPV4)) {
		uint32_t ports;
		memcpy(&ports, h, sizeof(ports));
		tuple4_set(&seg->tuple, d->dst.v4, d->src.v4, ports << 16 | ports >> 16);
	} else {
		tuple_make(&seg->tuple, &d->dst, (uint16_t)(h[2] << 8 | h[3]), &d->src, (uint16_t)(h[0] << 8 | h[1]));
	}
	seg->hash = demux_hash(&core->tcp->demux, &seg->tuple);
	if (trace_on(core))
		trace_in(core, seg, h, (uint32_t)header_len);
	seg->m = mbuf_cut_front(d->m, (uint32_t)header_len);
	return 0;
}

static void
dispatch(struct core *core, struct tcp_seg *seg)
{
	uint32_t index = demux_index(seg->handle);
	struct tcb *t;

	switch (demux_kind(seg->handle)) {
	case DEMUX_TCB:
		t = slab_at(&core->tcp->tcbs, index);
		if (t->state == TCPS_SYN_SENT)
			tcp_syn_sent_input(core, t, seg);
		else
			tcp_input(core, t, seg);
		break;
	case DEMUX_HALF_OPEN:
		half_open_input(core, index, seg);
		break;
	case DEMUX_TIME_WAIT:
		time_wait_input(core, index, seg);
		break;
	case DEMUX_NONE:
		tcp_listen_input(core, seg, NULL);
		break;
	}
	recycle_put(core, seg->m);
}

/* What its ACK may free: the control block is here by now. */
static void
fetch_queue(const struct tcp_layer *tcp, const struct tcp_seg *seg)
{
	if (demux_kind(seg->handle) == DEMUX_TCB)
		tcp_sendq_fetch(tcp, slab_at(&tcp->tcbs, demux_index(seg->handle)));
}

void
tcp_input_burst(struct core *core, struct tcp_seg *segs, unsigned n)
{
	struct demux *demux = &core->tcp->demux;

	tcp_scarcity_look(core);
	demux_lookup_burst(demux, segs, n);
	for (unsigned i = 0; i < n && i < AHEAD; i++)
		fetch_queue(core->tcp, &segs[i]);
	for (unsigned i = 0; i < n; i++) {
		if (i + AHEAD < n)
			fetch_queue(core->tcp, &segs[i + AHEAD]);
		/* a segment before this one may have made, replaced or removed what was found */
		if (unlikely(demux_has_changed(demux, segs[i].hash)))
			segs[i].handle = demux_lookup(demux, &segs[i].tuple, segs[i].hash);
		dispatch(core, &segs[i]);
	}
}

bool
tcp_icmp_error(struct core *core, const struct ip_error *e)
{
	struct demux *demux = &core->tcp->demux;
	uint32_t handle = demux_lookup(demux, &e->tuple, demux_hash(demux, &e->tuple));

	if (demux_kind(handle) != DEMUX_TCB)
		return false;
	struct tcb *t = slab_at(&core->tcp->tcbs, demux_index(handle));
	if (e->error == EMSGSIZE)
		return tcp_mtu_error(core, t, e);
	/* RFC 5927 4: the quoted segment must be one that is in flight */
	if (!tcb_in_flight(t, e->seq))
		return false;
	if (trace_on(core))
		trace_note(core, &e->tuple, TRACE_ICMP, (uint32_t)e->error);
	/* when not even the neighbour answers, no route will come to help (Linux does the same) */
	if (t->state == TCPS_SYN_SENT && (e->hard || e->local)) {
		tcb_close(core, t, e->error);
		return true;
	}
	/* RFC 5927 5.2: once synchronised, hard errors are taken for soft ones */
	count(core, CNT_tcp_icmp_soft);
	t->soft_error = (uint8_t)e->error;
	return true;
}
