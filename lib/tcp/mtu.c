/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long segments may be: by the path MTU of the destination, which routers tell us (RFC 1191,
 * RFC 8201), or which we find by trying, where routers drop what is too long for them and the ICMP
 * messages about it are dropped too: a black hole (RFC 2923 2.1).
 *
 * A black hole looks like any outage: full-sized segments are not acknowledged. So, after some
 * timeouts, a smaller one is sent (TF_SMALLER). If that gets through, the full size is tried again
 * (TF_FULL_AGAIN): when it gets through too, it was an outage, and nothing has changed; when it does
 * not, the path takes only smaller ones (both flags), and that is remembered for all connections.
 */
#include "base/seq.h"
#include "ip/pmtu.h"
#include "tcp/tcp.h"

enum { CHANCES = 2 }; /* timeouts for each size */

/* RFC 6691 2: the MSS option counts no options, the data must leave room for them. */
static uint32_t
options_len(const struct tcb *t)
{
	return t->flags & TF_TS ? TCP_TS_LEN : 0;
}

/* The payload of a full segment over a path with this MTU (0: unknown). */
static uint16_t
mss_over(const struct tcb *t, uint16_t mtu)
{
	uint32_t mss = t->mss_max;

	if (mtu != 0)
		mss = RTE_MIN(mss, (uint32_t)mtu - t->ip_len - TCP_HDR_LEN);
	return (uint16_t)(RTE_MAX(mss, TCP_MSS_MIN) - options_len(t));
}

/*
 * What is in flight was cut for a larger MTU, and is lost: it goes out again at once, cut
 * anew. Nothing was lost to congestion, so cwnd stays (RFC 8201 5.4), and so does the time-out.
 */
static void
send_again(struct core *core, struct tcb *t)
{
	if (t->flags & TF_RECOVERY)
		t->cwnd = RTE_MIN(t->cwnd, t->ssthresh);
	tcp_lose_all(core, t);
	tcp_timer_window(core, t);
	tcb_mark(core, t);
}

/* The hop to an IPv4 peer, if the route was used lately. */
static inline const struct ip_hop *
hop_of(const struct core *core, const struct tcb *t)
{
	uint32_t v4;

	memcpy(&v4, t->hdr + 16, sizeof(v4));
	return likely(t->ip_len == 20) ? ip4_hop_find(core, v4) : NULL;
}

static void
take_path(struct core *core, struct tcb *t, struct pmtu_path path)
{
	uint16_t before = t->mss;

	ip_template_df(t->hdr, t->ip_len, path.df);
	t->pmtu_seen = core->ip->pmtu_version;
	t->mss = mss_over(t, path.mtu);
	if (t->flags & TF_SMALLER)
		t->mss = RTE_MIN(t->mss, before);
	if (t->mss < before && t->state >= TCPS_ESTABLISHED && tcb_flight(t) > t->mss)
		send_again(core, t);
}

void
tcp_mtu_follow(struct core *core, struct tcb *t)
{
	struct leat_addr remote = tcb_remote(t);

	take_path(core, t, pmtu_get(core, &remote));
}

void
tcb_set_mss(struct core *core, struct tcb *t, uint16_t peer_mss)
{
	const struct ip_hop *hop = hop_of(core, t);
	/* RFC 9293 MUST-15: without the option, 536 or 1220 */
	uint32_t mss = peer_mss != 0 ? peer_mss : t->ip_len == 20 ? TCP_MSS_DEFAULT_V4 : TCP_MSS_DEFAULT_V6;
	struct leat_addr remote;
	uint16_t mtu;

	if (likely(hop != NULL)) {
		mtu = hop->mtu;
		t->next_hop = hop->next_hop;
	} else {
		remote = tcb_remote(t);
		mtu = ip_route_mtu(core, &remote);
	}
	if (mtu != 0)
		mss = RTE_MIN(mss, (uint32_t)mtu - t->ip_len - TCP_HDR_LEN);
	t->mss_max = (uint16_t)mss;
	if (likely(core->ip->pmtu_known == 0)) /* of no path anything special is known */
		take_path(core, t, (struct pmtu_path){mtu, core->ip->discover_pmtu});
	else
		tcp_mtu_follow(core, t);
	t->cwnd = tcp_initial_window(core, t);
}

/*
 * RFC 5927 4.1: who is not on the path can hardly know what is in flight. The error is about the
 * destination; that this connection has to send again, follow() sees.
 */
bool
tcp_mtu_error(struct core *core, struct tcb *t, const struct ip_error *e)
{
	struct leat_addr remote = tcb_remote(t);
	uint16_t mtu = e->mtu != 0 ? e->mtu : pmtu_plateau(e->len);

	if (!tcb_in_flight(t, e->seq)) {
		count(core, CNT_tcp_pmtu_not_in_flight);
		return false;
	}
	if (!pmtu_lower(core, &remote, mtu)) {
		count(core, CNT_tcp_pmtu_not_lower);
	} else {
		count(core, CNT_tcp_pmtu_lowered);
		if (mtu < pmtu_get(core, &remote).mtu)
			count(core, CNT_tcp_pmtu_below_floor);
		tcb_note(core, t, TRACE_PMTU, pmtu_get(core, &remote).mtu);
	}
	/* perhaps another connection has had the news already, and this one has not sent since */
	if (t->pmtu_seen != core->ip->pmtu_version)
		tcp_mtu_follow(core, t);
	return true;
}

/*
 * The next smaller size worth a trial, 0: none. What Ethernet takes (from jumbo frames), what leaves
 * room for every tunnel (the least MTU of IPv6), what every host must take (RFC 1122 3.3.2).
 */
static uint16_t
smaller(const struct tcb *t)
{
	static const uint16_t v4[] = {1460, 1220, TCP_MSS_DEFAULT_V4}, v6[] = {1440, TCP_MSS_DEFAULT_V6};
	const uint16_t *sizes = t->ip_len == 20 ? v4 : v6;
	unsigned n = t->ip_len == 20 ? RTE_DIM(v4) : RTE_DIM(v6);

	for (unsigned i = 0; i < n; i++)
		if (sizes[i] - options_len(t) < t->mss)
			return (uint16_t)(sizes[i] - options_len(t));
	return 0;
}

/* Is it the turn of another size, at this timeout? */
static bool
is_due(const struct core *core, const struct tcb *t)
{
	uint8_t first = core->tcp->config->blackhole;

	if (first == 0 || t->state < TCPS_ESTABLISHED)
		return false;
	if (t->flags & TF_FULL_AGAIN)
		return t->backoff % CHANCES == 0;
	return t->backoff >= first && (t->backoff - first) % CHANCES == 0;
}

void
tcp_mtu_timeout(struct core *core, struct tcb *t)
{
	uint32_t data = seq_min(t->snd_end, t->snd_nxt) - t->snd_una;
	uint16_t mss = smaller(t);

	if (!is_due(core, t))
		return;
	if (mss != 0 && RTE_MIN(data, (uint32_t)t->mss) > mss) {
		t->mss = mss;
		t->flags |= TF_SMALLER;
		count(core, CNT_tcp_mtu_trials);
		tcb_note(core, t, TRACE_MTU_TRIAL, mss);
	} else if (t->flags & (TF_SMALLER | TF_FULL_AGAIN)) {
		/* it is not the size; after as many timeouts again it may be */
		t->flags &= ~(TF_SMALLER | TF_FULL_AGAIN);
		tcp_mtu_follow(core, t);
	}
}

void
tcp_mtu_acked(struct core *core, struct tcb *t, uint32_t acked)
{
	struct leat_addr remote = tcb_remote(t);
	uint32_t was = t->flags & (TF_SMALLER | TF_FULL_AGAIN);

	if (was == TF_FULL_AGAIN && acked <= smaller(t))
		return; /* no proof of anything */
	t->flags &= ~was;
	if (was == TF_SMALLER) {
		t->flags |= TF_FULL_AGAIN;
		tcp_mtu_follow(core, t);
		t->cwnd = RTE_MAX(t->cwnd, (uint32_t)t->mss); /* the loss window is one full-sized segment */
	} else if (was == (TF_SMALLER | TF_FULL_AGAIN)) {
		uint32_t mtu = t->mss + options_len(t) + TCP_HDR_LEN + t->ip_len;
		if (pmtu_lower(core, &remote, (uint16_t)mtu))
			count(core, CNT_tcp_black_holes);
		tcb_note(core, t, TRACE_PMTU, mtu);
	}
}
