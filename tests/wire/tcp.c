/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP headers and options against bytes as others write them, and against bytes nobody should
 * write. What is parsed lies in a block of its exact size, so that the sanitizer sees each byte
 * read beyond.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_common.h>
#include "wire/tcp.h"

/* The options of a SYN as Linux sends it: MSS 1460, SACK permitted, timestamps, NOP, window scale 7. */
static const uint8_t linux_syn[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 1, 3, 3, 7};
/* Windows 10: MSS, NOP, window scale 8, NOP, NOP, SACK permitted. */
static const uint8_t windows_syn[] = {2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};
/* macOS: MSS, NOP, window scale 6, NOP, NOP, timestamps, SACK permitted, EOL, padding. */
static const uint8_t macos_syn[] = {2, 4, 0x05, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0, 0,
	4, 2, 0, 0};
/* An ACK with timestamps and three SACK blocks, as Linux sends it. */
static const uint8_t linux_sack[] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 26, 0, 0, 0x10, 0, 0, 0, 0x20, 0,
	0, 0, 0x30, 0, 0, 0, 0x40, 0, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0x10};
static const uint8_t only_ts[] = {1, 1, 8, 10, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04};

/* Parses a copy of exactly len bytes. Fields that are not set must not be there by chance. */
static struct tcp_opts
parse(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct tcp_opts o;

	memset(&o, 0xa5, sizeof(o));
	memcpy(copy + (len > 0 ? 0 : 1), bytes, len);
	tcp_opts_parse(len > 0 ? copy : copy + 1, (uint32_t)len, &o);
	free(copy);
	return o;
}

static bool
same(const struct tcp_opts *a, const struct tcp_opts *b)
{
	return memcmp(a, b, offsetof(struct tcp_opts, sack)) == 0 &&
		memcmp(a->sack, b->sack, a->nb_sack * sizeof(a->sack[0])) == 0;
}

Test(tcp_opts, none)
{
	static const struct tcp_opts none;
	struct tcp_opts o = parse(only_ts, 0);

	cr_assert(same(&o, &none));
}

Test(tcp_opts, of_a_linux_syn)
{
	struct tcp_opts o = parse(linux_syn, sizeof(linux_syn));

	cr_assert(o.has_mss && o.has_wscale && o.has_sack_perm && o.has_ts && o.nb_sack == 0);
	cr_assert_eq(o.mss, 1460);
	cr_assert_eq(o.wscale, 7);
	cr_assert_eq(o.tsval, 0x12345678);
	cr_assert_eq(o.tsecr, 0);
}

Test(tcp_opts, of_a_windows_syn)
{
	struct tcp_opts o = parse(windows_syn, sizeof(windows_syn));

	cr_assert(o.has_mss && o.has_wscale && o.has_sack_perm && !o.has_ts);
	cr_assert_eq(o.wscale, 8);
}

Test(tcp_opts, of_a_macos_syn)
{
	struct tcp_opts o = parse(macos_syn, sizeof(macos_syn));

	cr_assert(o.has_mss && o.has_wscale && o.has_sack_perm && o.has_ts);
	cr_assert_eq(o.wscale, 6);
	cr_assert_eq(o.tsval, 0xaabbccdd);
}

Test(tcp_opts, sack_blocks)
{
	struct tcp_opts o = parse(linux_sack, sizeof(linux_sack));

	cr_assert(o.has_ts && o.tsval == 1 && o.tsecr == 2);
	cr_assert_eq(o.nb_sack, 3);
	cr_assert(o.sack[0].start == 0x1000 && o.sack[0].end == 0x2000);
	cr_assert(o.sack[1].start == 0x3000 && o.sack[1].end == 0x4000);
	cr_assert(o.sack[2].start == 0xfffffff0 && o.sack[2].end == 0x10);
}

/* What is cut off is not there; what stands before the cut is. */
Test(tcp_opts, every_prefix_of_every_block)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} blocks[] = {{linux_syn, sizeof(linux_syn)}, {windows_syn, sizeof(windows_syn)},
		{macos_syn, sizeof(macos_syn)}, {linux_sack, sizeof(linux_sack)}, {only_ts, sizeof(only_ts)}};

	for (size_t i = 0; i < RTE_DIM(blocks); i++) {
		struct tcp_opts last = parse(only_ts, 0);
		for (size_t len = 1; len <= blocks[i].len; len++) {
			struct tcp_opts o = parse(blocks[i].bytes, len);
			cr_assert(!last.has_mss || (o.has_mss && o.mss == last.mss));
			cr_assert(!last.has_wscale || (o.has_wscale && o.wscale == last.wscale));
			cr_assert(!last.has_sack_perm || o.has_sack_perm);
			cr_assert(!last.has_ts || (o.has_ts && o.tsval == last.tsval && o.tsecr == last.tsecr));
			cr_assert_geq(o.nb_sack, last.nb_sack);
			last = o;
		}
		struct tcp_opts whole = parse(blocks[i].bytes, blocks[i].len);
		cr_assert(same(&last, &whole));
	}
	/* where each option of Linux' SYN is complete, and not a byte before */
	for (size_t len = 0; len <= sizeof(linux_syn); len++) {
		struct tcp_opts o = parse(linux_syn, len);
		cr_assert_eq(o.has_mss, len >= 4);
		cr_assert_eq(o.has_sack_perm, len >= 6);
		cr_assert_eq(o.has_ts, len >= 16);
		cr_assert_eq(o.has_wscale, len >= 20);
	}
}

Test(tcp_opts, a_length_of_zero_or_one_ends_the_list)
{
	for (uint8_t bad = 0; bad < 2; bad++) {
		const uint8_t unknown[] = {2, 4, 0x05, 0xb4, 254, bad, 4, 2, 3, 3, 7};
		const uint8_t known[] = {4, 2, 2, bad, 0x05, 0xb4, 3, 3, 7};
		struct tcp_opts o = parse(unknown, sizeof(unknown));
		cr_assert(o.has_mss && !o.has_sack_perm && !o.has_wscale);
		o = parse(known, sizeof(known));
		cr_assert(o.has_sack_perm && !o.has_mss && !o.has_wscale);
	}
}

Test(tcp_opts, a_length_beyond_the_end_ends_the_list)
{
	static const uint8_t bytes[] = {4, 2, 8, 11, 0, 0, 0, 1, 0, 0, 0, 2};
	static const uint8_t alone[] = {4, 2, 2};

	struct tcp_opts o = parse(bytes, sizeof(bytes));
	cr_assert(o.has_sack_perm && !o.has_ts);
	o = parse(alone, sizeof(alone));
	cr_assert(o.has_sack_perm && !o.has_mss);
}

/* RFC 9293 3.1 MUST-6: ignore, and go on behind it. */
Test(tcp_opts, unknown_kinds_are_skipped)
{
	static const uint8_t bytes[] = {19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 34, 2, 30, 4, 0, 0,
		2, 4, 0x02, 0x18, 3, 3, 1};
	struct tcp_opts o = parse(bytes, sizeof(bytes));

	cr_assert(o.has_mss && o.mss == 536 && o.has_wscale && o.wscale == 1);
}

Test(tcp_opts, known_kinds_with_a_wrong_length_are_skipped)
{
	static const uint8_t bytes[] = {2, 3, 9, 3, 4, 1, 1, 4, 3, 9, 8, 9, 0, 0, 0, 0, 0, 0, 9, 5, 9, 0, 0, 0, 0, 0, 0, 9,
		2, 4, 0x05, 0xb4};
	struct tcp_opts o = parse(bytes, sizeof(bytes));

	cr_assert(!o.has_wscale && !o.has_sack_perm && !o.has_ts && o.nb_sack == 0);
	cr_assert(o.has_mss && o.mss == 1460);
}

Test(tcp_opts, of_a_kind_that_comes_twice_the_first_counts)
{
	static const uint8_t bytes[] = {8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 8, 10, 0, 0, 0, 3, 0, 0, 0, 4, 2, 4, 1, 0, 2, 4, 2, 0,
		3, 3, 5, 3, 3, 6};
	static const uint8_t sacks[] = {5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4};
	struct tcp_opts o = parse(bytes, sizeof(bytes));

	cr_assert(o.tsval == 1 && o.tsecr == 2 && o.mss == 256 && o.wscale == 5);
	o = parse(sacks, sizeof(sacks));
	cr_assert(o.nb_sack == 1 && o.sack[0].start == 1);
}

Test(tcp_opts, nothing_counts_behind_the_end_of_the_list)
{
	static const uint8_t bytes[] = {4, 2, 0, 2, 4, 5, 180, 3, 3, 7};
	struct tcp_opts o = parse(bytes, sizeof(bytes));

	cr_assert(o.has_sack_perm && !o.has_mss && !o.has_wscale);
}

/* RFC 7323 2.3: above 14 is 14. */
Test(tcp_opts, window_scale_has_a_ceiling)
{
	for (unsigned shift = 0; shift < 256; shift++) {
		const uint8_t bytes[] = {3, 3, (uint8_t)shift};
		struct tcp_opts o = parse(bytes, sizeof(bytes));
		cr_assert_eq(o.wscale, shift < 14 ? shift : 14);
	}
}

/* The form that is looked for first, and the same with one more NOP, which goes the long way. */
Test(tcp_opts, the_fast_path_equals_the_slow_one)
{
	uint8_t longer[13];

	srand(1);
	for (int i = 0; i < 1000; i++) {
		memcpy(longer, only_ts, sizeof(only_ts));
		longer[12] = TCP_OPT_NOP;
		for (int k = 4; k < 12; k++)
			longer[k] = (uint8_t)rand();
		struct tcp_opts fast = parse(longer, 12), slow = parse(longer, 13);
		cr_assert(fast.has_ts && same(&fast, &slow));
	}
	/* and what only looks like it, in each of the bytes that make it out */
	for (int k = 0; k < 4; k++)
		for (unsigned v = 0; v < 256; v++) {
			memcpy(longer, only_ts, sizeof(only_ts));
			longer[12] = TCP_OPT_EOL;
			longer[k] = (uint8_t)v;
			struct tcp_opts fast = parse(longer, 12), slow = parse(longer, 13);
			cr_assert(same(&fast, &slow), "byte %d is %u", k, v);
		}
}

/* A SYN in the order of Linux, and the same with one more NOP, which goes the long way. */
Test(tcp_opts, a_syn_at_once_equals_one_read_option_by_option)
{
	uint8_t longer[sizeof(linux_syn) + 1];

	srand(1);
	for (int i = 0; i < 1000; i++) {
		memcpy(longer, linux_syn, sizeof(linux_syn));
		longer[sizeof(linux_syn)] = TCP_OPT_NOP;
		for (int k = 8; k < 16; k++)
			longer[k] = (uint8_t)rand();
		longer[2] = (uint8_t)rand();
		longer[3] = (uint8_t)rand();
		longer[19] = (uint8_t)rand();
		struct tcp_opts fast = parse(longer, sizeof(linux_syn)), slow = parse(longer, sizeof(longer));
		cr_assert(fast.has_mss && fast.has_wscale && fast.has_sack_perm && fast.has_ts && same(&fast, &slow));
	}
	/* and what only looks like it, in each of its bytes */
	for (size_t k = 0; k < sizeof(linux_syn); k++)
		for (unsigned v = 0; v < 256; v++) {
			memcpy(longer, linux_syn, sizeof(linux_syn));
			longer[sizeof(linux_syn)] = TCP_OPT_EOL;
			longer[k] = (uint8_t)v;
			struct tcp_opts fast = parse(longer, sizeof(linux_syn)), slow = parse(longer, sizeof(longer));
			cr_assert(same(&fast, &slow), "byte %zu is %u", k, v);
		}
}

Test(tcp_opts, are_written_in_the_order_of_linux)
{
	const struct tcp_opts syn = {.has_mss = true, .has_wscale = true, .has_sack_perm = true, .has_ts = true,
		.mss = 1460, .wscale = 7, .tsval = 0x12345678};
	uint8_t out[TCP_OPTS_MAX];

	cr_assert_eq(tcp_opts_write(out, &syn), sizeof(linux_syn));
	cr_assert_eq(memcmp(out, linux_syn, sizeof(linux_syn)), 0);
	struct tcp_opts ack = parse(linux_sack, sizeof(linux_sack));
	cr_assert_eq(tcp_opts_write(out, &ack), sizeof(linux_sack));
	cr_assert_eq(memcmp(out, linux_sack, sizeof(linux_sack)), 0);
	tcp_ts_write(out, 0xdeadbeef, 0x01020304);
	cr_assert_eq(memcmp(out, only_ts, TCP_TS_LEN), 0);
}

/* Every combination is read back as it was written, in a multiple of four bytes, in no more than 40. */
Test(tcp_opts, what_is_written_is_read_back)
{
	for (unsigned bits = 0; bits < 16; bits++)
		for (uint8_t nb = 0; nb <= TCP_SACK_MAX; nb++) {
			struct tcp_opts in = {.has_mss = bits & 1, .has_wscale = bits & 2, .has_sack_perm = bits & 4,
				.has_ts = bits & 8, .nb_sack = nb};
			uint8_t *out = malloc(TCP_OPTS_MAX);
			in.mss = in.has_mss ? 1400 : 0;
			in.wscale = in.has_wscale ? 14 : 0;
			in.tsval = in.has_ts ? 0xfffffff1 : 0;
			in.tsecr = in.has_ts ? 0x80000000 : 0;
			for (uint32_t i = 0; i < nb; i++) {
				in.sack[i].start = 1000 * i;
				in.sack[i].end = 1000 * i + 500;
			}
			uint32_t len = tcp_opts_write(out, &in);
			cr_assert_eq(len % 4, 0);
			cr_assert_leq(len, TCP_OPTS_MAX);
			struct tcp_opts back = parse(out, len);
			/* SACK blocks give way: the first ones stay (RFC 2018 4: they are the newest) */
			cr_assert_leq(back.nb_sack, nb);
			if (back.nb_sack < nb)
				cr_assert_gt(len + 8 + (back.nb_sack == 0 ? 4 : 0), TCP_OPTS_MAX, "there was room");
			in.nb_sack = back.nb_sack;
			cr_assert(same(&in, &back), "options %u, %u blocks", bits, nb);
			free(out);
		}
}

/* seq 0x01020304, ack 0x05060708, window 0x2000, urgent 9. */
static const uint8_t header[TCP_HDR_LEN] = {0x1f, 0x90, 0xc0, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x18, 0x20, 0x00, 0, 0,
	0, 9};

/* Parses an exact-size copy: the header, then the options. */
static int
parse_header(uint8_t data_offset, size_t avail, uint32_t total, struct tcp_seg *s)
{
	uint8_t *copy = malloc(avail > 0 ? avail : 1);

	for (size_t i = 0; i < avail; i++)
		copy[i] = i < sizeof(header) ? header[i] : TCP_OPT_NOP;
	if (avail > 12)
		copy[12] = (uint8_t)(data_offset << 4);
	memset(s, 0xa5, sizeof(*s));
	int rc = tcp_parse(copy, (uint32_t)avail, total, s);
	free(copy);
	return rc;
}

Test(tcp_header, is_read)
{
	struct tcp_seg s;

	cr_assert_eq(parse_header(5, 20, 120, &s), 20);
	cr_assert_eq(s.seq, 0x01020304);
	cr_assert_eq(s.ack, 0x05060708);
	cr_assert_eq(s.flags, TCP_ACK | TCP_PSH);
	cr_assert_eq(s.wnd, 0x2000);
	cr_assert_eq(s.urg, 9);
	cr_assert_eq(s.len, 100);
	cr_assert(!s.opts.has_mss && !s.opts.has_ts && s.opts.nb_sack == 0);
	cr_assert_eq(tcp_seg_len(&s), 100);
	s.flags |= TCP_SYN | TCP_FIN;
	cr_assert_eq(tcp_seg_len(&s), 102);
}

/* The data offset against what the IP header says (total) and what can be read (avail): all of it. */
Test(tcp_header, a_data_offset_that_lies_is_refused)
{
	struct tcp_seg s;

	for (uint8_t offset = 0; offset < 16; offset++)
		for (uint32_t total = 0; total <= 70; total++)
			for (uint32_t avail = 0; avail <= total; avail++) {
				uint32_t len = offset * 4u;
				bool good = len >= TCP_HDR_LEN && len <= total && len <= avail;
				int rc = parse_header(offset, avail, total, &s);
				cr_assert_eq(rc, good ? (int)len : -EBADMSG, "offset %u, %u of %u", offset, avail, total);
				if (good)
					cr_assert_eq(s.len, total - len);
			}
}

Test(tcp_header, malformed_options_are_no_reason_to_refuse)
{
	uint8_t *bytes = malloc(24);
	struct tcp_seg s;

	memcpy(bytes, header, TCP_HDR_LEN);
	bytes[12] = 6 << 4;
	memcpy(bytes + TCP_HDR_LEN, (uint8_t[]){8, 0, 0xff, 2}, 4);
	cr_assert_eq(tcp_parse(bytes, 24, 24, &s), 24);
	cr_assert(!s.opts.has_ts && !s.opts.has_mss);
	free(bytes);
}

/* What the caller has filled in stays. */
Test(tcp_header, leaves_the_rest_of_the_segment_alone)
{
	struct tcp_seg s, before;

	memset(&before, 0xa5, sizeof(before));
	parse_header(5, 20, 20, &s);
	cr_assert_eq(memcmp(&s.tuple, &before.tuple, sizeof(s.tuple)), 0);
	cr_assert(s.m == before.m && s.hash == before.hash && s.handle == before.handle && s.tos == before.tos);
}

Test(tcp_flags, in_words)
{
	char buf[64];

	cr_assert_str_eq(tcp_flags_format(0, buf, sizeof(buf)), "");
	cr_assert_str_eq(tcp_flags_format(TCP_SYN, buf, sizeof(buf)), "SYN");
	cr_assert_str_eq(tcp_flags_format(TCP_SYN | TCP_ACK, buf, sizeof(buf)), "SYN ACK");
	cr_assert_str_eq(tcp_flags_format(TCP_FIN | TCP_PSH | TCP_ACK, buf, sizeof(buf)), "FIN PSH ACK");
	cr_assert_str_eq(tcp_flags_format(0xff, buf, sizeof(buf)), "SYN FIN RST PSH URG ECE CWR ACK");
}

Test(tcp_flags, never_write_beyond_the_buffer)
{
	for (uint32_t size = 1; size < 40; size++) {
		char *buf = malloc(size);
		tcp_flags_format(0xff, buf, size);
		cr_assert_eq(strncmp(buf, "SYN FIN RST PSH URG ECE CWR ACK", size - 1), 0);
		cr_assert_lt(strlen(buf), size);
		free(buf);
	}
}
