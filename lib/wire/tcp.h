/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_TCP_H
#define WIRE_TCP_H
/* TCP headers and options: bytes <-> structs (RFC 9293 3.1, 3.2; RFC 7323; RFC 2018). */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include "wire/tuple.h"

struct rte_mbuf;

enum {
	TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10,
	TCP_URG = 0x20, TCP_ECE = 0x40, TCP_CWR = 0x80,
};

enum {
	TCP_HDR_LEN = 20,
	TCP_HDR_MAX = 60,
	TCP_OPTS_MAX = 40,
	TCP_OPT_EOL = 0, TCP_OPT_NOP = 1, TCP_OPT_MSS = 2, TCP_OPT_WSCALE = 3, TCP_OPT_SACK_PERM = 4,
	TCP_OPT_SACK = 5, TCP_OPT_TIMESTAMP = 8,
	TCP_WSCALE_MAX = 14, /* RFC 7323 2.3 */
	TCP_SACK_MAX = 4,
	TCP_MSS_DEFAULT_V4 = 536, /* RFC 9293 MUST-15 */
	TCP_MSS_DEFAULT_V6 = 1220,
	TCP_MSS_MIN = 64,         /* what a peer or a path may bring us down to, options included */
	TCP_TS_LEN = 12, /* NOP NOP timestamp, as it is sent */
};

/* The options of a header. `has` tells which were there; the first of each kind counts. */
struct tcp_opts {
	bool has_mss, has_wscale, has_sack_perm, has_ts;
	uint8_t wscale;
	uint8_t nb_sack;
	uint16_t mss;
	uint32_t tsval, tsecr;
	struct {
		uint32_t start, end;
	} sack[TCP_SACK_MAX];
};

/* A parsed segment. All numbers in host byte order. */
struct tcp_seg {
	struct rte_mbuf *m;   /* its data begins at the TCP payload; NULL when taken */
	struct tuple tuple;   /* local = destination of the packet */
	uint64_t hash;        /* of the tuple, keyed */
	uint32_t handle;      /* what the demux found */
	uint32_t seq, ack;
	uint32_t len;         /* payload bytes, without SYN and FIN */
	uint16_t wnd;         /* as on the wire, not scaled */
	uint16_t urg;
	uint8_t flags;
	uint8_t tos;
	struct tcp_opts opts;
};

/* SEG.LEN of RFC 9293 3.4: payload plus one each for SYN and FIN. */
static inline uint32_t
tcp_seg_len(const struct tcp_seg *s)
{
	return s->len + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
}

static inline uint32_t
tcp_word(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return rte_be_to_cpu_32(word);
}

void tcp_opts_parse_any(const uint8_t *p, uint32_t len, struct tcp_opts *o);

/* Reads len bytes of options. Never reads beyond; stops at the first that is malformed. */
static inline void
tcp_opts_parse(const uint8_t *p, uint32_t len, struct tcp_opts *o)
{
	memset(o, 0, offsetof(struct tcp_opts, sack));
	/* the form that nearly every segment of an open connection has */
	if (likely(len == TCP_TS_LEN && tcp_word(p) == (TCP_OPT_NOP << 24 | TCP_OPT_NOP << 16 | TCP_OPT_TIMESTAMP << 8 | 10))) {
		o->has_ts = true;
		o->tsval = tcp_word(p + 4);
		o->tsecr = tcp_word(p + 8);
	} else if (len > 0) {
		tcp_opts_parse_any(p, len, o);
	}
}

/*
 * Reads the header at h, of which avail bytes are readable, and its options, into s (tuple, m,
 * hash and tos are not touched). total: bytes of header and payload by the IP header. Returns
 * the header length 20..60, or -EBADMSG when the data offset is below 5 or beyond the segment.
 * Malformed options end the option list (RFC 9293 3.1); they are never a reason to drop.
 */
static inline int
tcp_parse(const uint8_t *h, uint32_t avail, uint32_t total, struct tcp_seg *s)
{
	if (avail < TCP_HDR_LEN || total < TCP_HDR_LEN)
		return -EBADMSG;
	uint32_t word = tcp_word(h + 12), off = word >> 28 << 2;
	if (off < TCP_HDR_LEN || off > total || off > avail)
		return -EBADMSG;
	s->seq = tcp_word(h + 4);
	s->ack = tcp_word(h + 8);
	s->flags = (uint8_t)(word >> 16);
	s->wnd = (uint16_t)word;
	s->urg = (uint16_t)tcp_word(h + 16);
	s->len = total - off;
	tcp_opts_parse(h + TCP_HDR_LEN, off - TCP_HDR_LEN, &s->opts);
	return (int)off;
}

/*
 * Writes the options in the order MSS, SACK-permitted, timestamps, NOP, window scale (as Linux
 * does), then SACK blocks, as many of the first as there is room for (RFC 2018 3: three beside
 * timestamps), padded to a multiple of four. p has TCP_OPTS_MAX bytes. Returns the bytes written.
 */
uint32_t tcp_opts_write(uint8_t *p, const struct tcp_opts *o);

/* Writes NOP NOP timestamp: TCP_TS_LEN bytes. Returns their sum (wire/cksum.h). */
static inline uint64_t
tcp_ts_write(uint8_t *p, uint32_t tsval, uint32_t tsecr)
{
	uint32_t kind = RTE_BE32(TCP_OPT_NOP << 24 | TCP_OPT_NOP << 16 | TCP_OPT_TIMESTAMP << 8 | 10);

	tsval = rte_cpu_to_be_32(tsval);
	tsecr = rte_cpu_to_be_32(tsecr);
	memcpy(p, &kind, 4);
	memcpy(p + 4, &tsval, 4);
	memcpy(p + 8, &tsecr, 4);
	return (uint64_t)kind + tsval + tsecr;
}

/* The sum of len bytes of options, in words of 32 bits as they were written: a wider load would wait for the stores. */
static inline uint64_t
tcp_opts_sum(const uint8_t *p, uint32_t len)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < len; i += 4) {
		uint32_t word;
		memcpy(&word, p + i, 4);
		sum += word;
	}
	return sum;
}

/* What of a header is not in the template, in host byte order. */
struct tcp_fields {
	uint32_t seq, ack;
	uint16_t wnd;
	uint8_t flags;
};

/*
 * Writes the header at p, with the ports (as they lie in a template) in front and opts_len bytes of options
 * behind it, which somebody else writes; the checksum field is 0. Returns the sum of what it wrote, for who adds
 * that of the options and of the payload. It is made of what is written, not read back: loads that cross stores
 * which have just been made wait for them.
 */
static inline uint64_t
tcp_write(uint8_t *p, const uint8_t ports[4], const struct tcp_fields *f, uint32_t opts_len)
{
	uint32_t seq = rte_cpu_to_be_32(f->seq), ack = rte_cpu_to_be_32(f->ack), pair, none = 0;
	uint32_t rest = rte_cpu_to_be_32((TCP_HDR_LEN + opts_len) << 26 | (uint32_t)f->flags << 16 | f->wnd);

	memcpy(&pair, ports, 4);
	memcpy(p, &pair, 4);
	memcpy(p + 4, &seq, 4);
	memcpy(p + 8, &ack, 4);
	memcpy(p + 12, &rest, 4);
	memcpy(p + 16, &none, 4);
	return (uint64_t)pair + seq + ack + rest;
}

/* "SYN ACK" into buf, "" for none; the names in tcpdump's order. Returns buf. */
char *tcp_flags_format(uint8_t flags, char *buf, uint32_t size);

#endif
