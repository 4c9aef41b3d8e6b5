/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sodium/crypto_shorthash.h>
#include "base/seq.h"
#include "tcp/accept.h"
#include "tcp/cookie.h"
#include "tcp/listen.h"
#include "tcp/reply.h"

enum {
	COUNT_SHIFT = 24,
	MSS_BITS = 3,
	MAC_MASK = (1 << (COUNT_SHIFT - MSS_BITS)) - 1,
	WSCALE_BITS = 15,     /* of the timestamp: as an entry has it */
	SACK_BIT = 1 << 4,
	ECN_BIT = 1 << 5,
	OPTION_BITS = 63,
	NO_TIMESTAMP = 255,
};

/* Two counts: the oldest that is taken was begun so long ago. */
#define LIFETIME_NS (2ULL * (4000ULL << COUNT_SHIFT))

/*
 * A peer is taken for one of the largest class that its MSS reaches: never more than it can take.
 * Behind them: RFC 9293 MUST-15 (536, 1220), tunnels, PPPoE, Ethernet in both versions of IP, jumbo frames.
 */
static const uint16_t mss_classes[1 << MSS_BITS] = {64, 256, 536, 1220, 1380, 1440, 1460, 8940};

static uint8_t
mss_class(const struct half_open *h)
{
	uint16_t mss = h->mss != 0 ? h->mss : h->v6 ? TCP_MSS_DEFAULT_V6 : TCP_MSS_DEFAULT_V4;
	uint8_t class = 0;

	while (class + 1u < RTE_DIM(mss_classes) && mss_classes[class + 1] <= mss)
		class++;
	return class;
}

static uint64_t
count_now(const struct core *core)
{
	return core->now / 4000 >> COUNT_SHIFT;
}

/* The options as the timestamp carries them. */
static uint8_t
option_bits(const struct half_open *h)
{
	return (uint8_t)(h->snd_wscale | (h->sack ? SACK_BIT : 0) | (h->ecn ? ECN_BIT : 0));
}

/* h: key, irs and what was agreed on. */
static uint32_t
cookie_of(const struct core *core, const struct half_open *h, uint64_t counted, uint8_t class)
{
	struct {
		uint64_t counted;
		uint8_t key[TUPLE6_LEN];
		uint32_t irs;
		uint8_t class, options, v6, zero[5];
	} in = {.counted = counted, .irs = h->irs, .class = class,
		.options = h->ts ? option_bits(h) : NO_TIMESTAMP, .v6 = h->v6};
	uint64_t mac;

	memcpy(in.key, h->key, sizeof(in.key));
	crypto_shorthash((unsigned char *)&mac, (const unsigned char *)&in, sizeof(in), core->tcp->cookie_key);
	return (uint32_t)counted << COUNT_SHIFT | ((uint32_t)mac & MAC_MASK) << MSS_BITS | class;
}

/*
 * What stands above the low 24 bits of a cookie decides: the count now, or the next one when the tuple
 * was in use until a moment ago (RFC 9293 3.6.1). Returns -1: neither lies beyond.
 */
static int
count_beyond(const struct core *core, uint32_t offset, uint32_t after)
{
	for (int ahead = 0; ahead < 2; ahead++)
		if (seq_gt(offset + ((uint32_t)(count_now(core) + (unsigned)ahead) << COUNT_SHIFT), after))
			return ahead;
	return -1;
}

bool
cookie_can_follow(const struct core *core, const struct tuple *tuple, uint32_t after)
{
	return count_beyond(core, tcp_isn_offset(core, tuple), after) >= 0;
}

/* Our clock with the options in its low bits: a little behind, so that what follows is never before it. */
static uint32_t
tsval_with(uint32_t tsval, uint8_t bits)
{
	uint32_t with = (tsval & ~(uint32_t)OPTION_BITS) | bits;

	return seq_gt(with, tsval) ? with - (OPTION_BITS + 1) : with;
}

bool
cookie_send(struct core *core, struct tcp_listener *l, const struct tcp_seg *seg, const uint32_t *after)
{
	uint32_t offset = tcp_isn_offset(core, &seg->tuple);
	int ahead = after != NULL ? count_beyond(core, offset, *after) : 0;
	struct tcp_reply r;
	struct half_open h;

	if (ahead < 0)
		return false;
	half_open_remember(core, &h, seg);
	if (!h.ts) {
		/* there is no place to remember them */
		h.snd_wscale = HALF_OPEN_NO_WSCALE;
		h.sack = h.ecn = 0;
	}
	h.iss = offset + cookie_of(core, &h, count_now(core) + (unsigned)ahead, mss_class(&h));
	half_open_reply(core, &h, TCP_SYN | TCP_ACK, &r);
	if (h.ts)
		r.opts.tsval = tsval_with(r.opts.tsval, option_bits(&h));
	l->cookies_until = core->now + LIFETIME_NS;
	count(core, CNT_tcp_cookies_sent);
	tcp_reply_send(core, &r);
	return true;
}

bool
cookie_is_active(const struct core *core, const struct tcp_listener *l)
{
	return core->now < l->cookies_until;
}

/* What the cookie's SYN must have said, by what its ACK echoes. */
static void
recall(const struct core *core, const struct tcp_seg *seg, struct half_open *h)
{
	const struct leat_tcp_config *c = core->tcp->config;
	uint8_t bits = seg->opts.tsecr & OPTION_BITS;

	memset(h, 0, sizeof(*h));
	half_open_set_tuple(core, h, &seg->tuple);
	h->iss = seg->ack - 1;
	h->irs = seg->seq - 1;
	h->snd_wscale = HALF_OPEN_NO_WSCALE;
	h->ts = c->timestamps && seg->opts.has_ts;
	if (!h->ts)
		return;
	h->ts_recent = seg->opts.tsval;
	h->sack = (bits & SACK_BIT) != 0;
	h->ecn = (bits & ECN_BIT) != 0;
	h->snd_wscale = bits & WSCALE_BITS;
}

enum verdict {
	NONE,  /* no cookie of ours */
	LATER, /* perhaps one, but then this is not the first segment after the SYN */
	VALID, /* *h is what the entry would have been */
};

static enum verdict
judge(const struct core *core, const struct tcp_seg *seg, struct half_open *h)
{
	uint32_t cookie = seg->ack - 1 - tcp_isn_offset(core, &seg->tuple);
	uint64_t counted = count_now(core);
	int8_t ahead = (int8_t)((cookie >> COUNT_SHIFT) - (uint32_t)counted);
	uint8_t class = cookie & ((1 << MSS_BITS) - 1);

	if (ahead < -1 || ahead > 1)
		return NONE;
	recall(core, seg, h);
	if (cookie_of(core, h, counted + (uint64_t)(int64_t)ahead, class) != cookie)
		return LATER;
	h->mss = mss_classes[class];
	return VALID;
}

bool
cookie_is_valid(const struct core *core, const struct tcp_listener *l, const struct tcp_seg *seg)
{
	struct half_open h;

	return cookie_is_active(core, l) && judge(core, seg, &h) == VALID;
}

/* The connection that the cookie stands for. False: no memory; the peer will repeat what it has to say. */
static bool
open_from(struct core *core, const struct half_open *h, const struct tcp_listener *l, struct tcp_seg *seg)
{
	struct tcp_layer *tcp = core->tcp;
	struct tcb *t = accept_make(core, h, l, seg);

	if (t == NULL)
		return false;
	uint32_t handle = slab_handle(&tcp->tcbs, t);
	if (demux_insert(&tcp->demux, seg->hash, demux_handle(DEMUX_TCB, handle, seg->tuple.len)) < 0) {
		count(core, CNT_tcp_demux_full);
		tcb_free(core, t);
		return false;
	}
	count(core, CNT_tcp_cookies_accepted);
	accept_open(core, t, seg);
	return true;
}

bool
cookie_input(struct core *core, struct tcp_listener *l, struct tcp_seg *seg)
{
	struct half_open h;

	if (!cookie_is_active(core, l))
		return false;
	enum verdict verdict = judge(core, seg, &h);
	if (verdict == VALID && open_from(core, &h, l, seg))
		return true;
	if (verdict != VALID)
		count(core, CNT_tcp_cookies_refused);
	if (verdict == NONE)
		return false;
	seg_drop(core, seg, DROP_tcp_half_open);
	return true;
}
