/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_tcp.h>
#include "wire/tcp.h"

enum { SYN_LEN = 20 };
enum { TWO_NOPS = TCP_OPT_NOP << 24 | TCP_OPT_NOP << 16 };

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Writes a word of four bytes, the first the highest; returns where the next goes. */
static uint8_t *
put(uint8_t *p, uint32_t word)
{
	word = rte_cpu_to_be_32(word);
	memcpy(p, &word, sizeof(word));
	return p + sizeof(word);
}

static void
parse_sack(const uint8_t *p, uint32_t len, struct tcp_opts *o)
{
	if ((len - 2) % 8 != 0 || o->nb_sack != 0)
		return;
	for (uint32_t i = 2; i < len && o->nb_sack < TCP_SACK_MAX; i += 8, o->nb_sack++) {
		o->sack[o->nb_sack].start = get32(p + i);
		o->sack[o->nb_sack].end = get32(p + i + 4);
	}
}

/* One option with a length byte; an unknown kind or a wrong length is ignored (RFC 9293 MUST-6). */
static void
parse_one(const uint8_t *p, uint32_t len, struct tcp_opts *o)
{
	switch (p[0]) {
	case TCP_OPT_MSS:
		if (len == 4 && !o->has_mss) {
			o->has_mss = true;
			o->mss = get16(p + 2);
		}
		break;
	case TCP_OPT_WSCALE:
		if (len == 3 && !o->has_wscale) {
			o->has_wscale = true;
			/* RFC 7323 2.3: a shift above 14 is taken as 14 */
			o->wscale = p[2] > TCP_WSCALE_MAX ? TCP_WSCALE_MAX : p[2];
		}
		break;
	case TCP_OPT_SACK_PERM:
		if (len == 2)
			o->has_sack_perm = true;
		break;
	case TCP_OPT_SACK:
		parse_sack(p, len, o);
		break;
	case TCP_OPT_TIMESTAMP:
		if (len == 10 && !o->has_ts) {
			o->has_ts = true;
			o->tsval = get32(p + 2);
			o->tsecr = get32(p + 6);
		}
		break;
	}
}

/* MSS, SACK-permitted, timestamps, NOP, window scale: what Linux and leat put into a SYN. False: it is not that. */
static bool
parse_syn(const uint8_t *p, struct tcp_opts *o)
{
	uint32_t first = tcp_word(p), second = tcp_word(p + 4), last = tcp_word(p + 16);

	if (first >> 16 != (TCP_OPT_MSS << 8 | 4) ||
		second != (TCP_OPT_SACK_PERM << 24 | 2 << 16 | TCP_OPT_TIMESTAMP << 8 | 10) ||
		last >> 8 != (TCP_OPT_NOP << 16 | TCP_OPT_WSCALE << 8 | 3))
		return false;
	o->has_mss = o->has_wscale = o->has_sack_perm = o->has_ts = true;
	o->mss = (uint16_t)first;
	o->wscale = (uint8_t)RTE_MIN(last & UINT8_MAX, (uint32_t)TCP_WSCALE_MAX); /* RFC 7323 2.3 */
	o->tsval = tcp_word(p + 8);
	o->tsecr = tcp_word(p + 12);
	return true;
}

void
tcp_opts_parse_any(const uint8_t *p, uint32_t len, struct tcp_opts *o)
{
	if (len == SYN_LEN && parse_syn(p, o))
		return;
	while (len > 0 && p[0] != TCP_OPT_EOL) {
		uint32_t n = 1;
		if (p[0] != TCP_OPT_NOP) {
			/* MUST-7: an illegal length (also zero) must not hurt */
			if (len < 2 || p[1] < 2 || p[1] > len)
				return;
			n = p[1];
			parse_one(p, n, o);
		}
		p += n;
		len -= n;
	}
}

/* As many blocks as fit into room bytes; 0 when none does. Returns the bytes written. */
static uint32_t
write_sack(uint8_t *p, uint32_t room, const struct tcp_opts *o)
{
	uint32_t n = room < 12 ? 0 : (room - 4) / 8;

	n = n < o->nb_sack ? n : o->nb_sack;
	if (n == 0)
		return 0;
	p = put(p, TWO_NOPS | TCP_OPT_SACK << 8 | (2 + 8 * n));
	for (uint32_t i = 0; i < n; i++)
		p = put(put(p, o->sack[i].start), o->sack[i].end);
	return 4 + 8 * n;
}

/* What parse_syn() reads. */
static inline void
write_syn(uint8_t *p, const struct tcp_opts *o)
{
	p = put(p, TCP_OPT_MSS << 24 | 4 << 16 | o->mss);
	p = put(p, TCP_OPT_SACK_PERM << 24 | 2 << 16 | TCP_OPT_TIMESTAMP << 8 | 10);
	p = put(put(p, o->tsval), o->tsecr);
	put(p, TCP_OPT_NOP << 24 | TCP_OPT_WSCALE << 16 | 3 << 8 | o->wscale);
}

uint32_t
tcp_opts_write(uint8_t *p, const struct tcp_opts *o)
{
	uint8_t *start = p;

	if (likely(o->has_mss & o->has_sack_perm & o->has_ts & o->has_wscale && o->nb_sack == 0)) {
		write_syn(p, o);
		return SYN_LEN;
	}
	if (o->has_mss)
		p = put(p, TCP_OPT_MSS << 24 | 4 << 16 | o->mss);
	/* SACK-permitted fills the place of the two NOPs before timestamps */
	if (o->has_ts) {
		uint32_t first = o->has_sack_perm ? TCP_OPT_SACK_PERM << 24 | 2 << 16 : TWO_NOPS;
		p = put(put(put(p, first | TCP_OPT_TIMESTAMP << 8 | 10), o->tsval), o->tsecr);
	} else if (o->has_sack_perm) {
		p = put(p, TWO_NOPS | TCP_OPT_SACK_PERM << 8 | 2);
	}
	if (o->has_wscale)
		p = put(p, TCP_OPT_NOP << 24 | TCP_OPT_WSCALE << 16 | 3 << 8 | o->wscale);
	p += write_sack(p, TCP_OPTS_MAX - (uint32_t)(p - start), o);
	return (uint32_t)(p - start);
}

char *
tcp_flags_format(uint8_t flags, char *buf, uint32_t size)
{
	static const char *const names[8] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
	static const uint8_t order[8] = {1, 0, 2, 3, 5, 6, 7, 4}; /* SYN FIN RST PSH URG ECE CWR ACK */
	uint32_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < 8 && n < size; i++)
		if (flags & 1u << order[i])
			n += (uint32_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", names[order[i]]);
	return buf;
}
