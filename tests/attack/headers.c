/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers that lie: versions, lengths, offsets, fragments, options. The classes that broke others:
 * Ripple20 (lengths, tunnels, fragments), AMNESIA:33 (lengths and options), INFRA:HALT.
 */
#include <string.h>
#include "attack.h"

SUITE(headers);

static const uint8_t nasty[] = {0, 1, 2, 3, 4, 0x0f, 0x10, 0x3f, 0x40, 0x44, 0x4f, 0x7f, 0x80, 0xf0, 0xfe, 0xff};

/* Spoils one byte at a time, with checksums right and wrong; leat must be as good as new after each. */
static void
spoil_each_byte(const struct packet *good, uint32_t from, uint32_t to)
{
	for (uint32_t at = from; at < to; at++)
		for (unsigned i = 0; i < 2 * sizeof(nasty); i++) {
			struct packet p = *good;
			p.bytes[at] = nasty[i / 2];
			if (i % 2 != 0)
				attack_fix(&p);
			throws(&p);
			forget_sent();
			/* what was opened or what waits for a neighbour is forgotten by itself */
			if (i % 8 == 7)
				still_serves();
		}
	if (talk->conn != NULL)
		app_aborts();
	after(200 * SEC);
	forget_sent();
	expect(attack_usage().mbufs_stack == 0 && attack_usage().half_open == 0);
}

static void
listening(void)
{
	config.rx_mbufs = config.tx_mbufs = 2048;
	in_state(TCPS_LISTEN);
}

/* RFC 791 3.1, RFC 9293 3.1: every field of a SYN to anything */
Test(headers, every_byte_of_a_syn_with_every_lie)
{
	listening();
	talk->wscale = 7;
	talk->sack = talk->ts = true;
	struct packet p = packet_of(.flags = SYN, .seq = 0);
	spoil_each_byte(&p, 0, p.len);
	still_serves();
}

/* RFC 791 3.1, RFC 9293 3.1: every field of data on an open connection that the attacker sees */
Test(headers, every_byte_of_data_with_every_lie)
{
	listening();
	talk->ts = true;
	talk->reads = false; /* who sees the connection may write what he likes into it */
	in_state(TCPS_ESTABLISHED);
	struct packet p = packet_of(.flags = PSH | ACK, .seq = 1, .len = 40);
	spoil_each_byte(&p, 0, p.len - 40);
	still_serves();
}

/* RFC 791 3.1: version 3, and every other one that is not 4 */
Test(headers, ip_version_that_does_not_exist)
{
	in_state(TCPS_LISTEN);
	for (uint8_t version = 0; version < 16; version++) {
		struct packet p = packet_of(.flags = SYN, .seq = 0);
		p.bytes[0] = (uint8_t)(version << 4 | 5);
		attack_fix(&p);
		if (version == 4)
			continue;
		expect(throws(&p) == 0);
		still_serves();
	}
	expect(counter("drop_ip4_version") == 15);
	expect(attack_usage().half_open == 0);
}

/* RFC 791 3.1: a header shorter than a header, or longer than the packet */
Test(headers, ip_header_length_that_lies)
{
	in_state(TCPS_LISTEN);
	for (uint8_t ihl = 0; ihl < 16; ihl++) {
		struct packet p = packet_of(.flags = SYN, .seq = 0);
		p.bytes[0] = (uint8_t)(0x40 | ihl);
		if (ihl == 5)
			continue;
		throws(&p);
		attack_fix(&p);
		throws(&p);
		still_serves();
	}
	expect(attack_usage().half_open == 0);
}

/* RFC 791 3.1 (Ripple20, CVE-2020-11896): a total length that is not the packet's */
Test(headers, ip_total_length_that_lies)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t total = 0; total < 0x10000; total += total < 100 ? 1 : 4099) {
		struct packet p = packet_of(.flags = ACK, .seq = 1, .len = 20);
		if (total == p.len)
			continue;
		p.bytes[2] = (uint8_t)(total >> 8);
		p.bytes[3] = (uint8_t)total;
		attack_fix(&p);
		throws(&p);
		forget_sent();
		if (total % 8 == 0)
			still_serves();
	}
	/* shorter ones are what they say; none may bring a byte more than was there */
	expect(tcp_info()->rcv_nxt - talk->peer_iss <= 21);
	while (talk->nb_events > 0)
		expect_app_data(ANY);
}

/* RFC 791 3.2 (Ripple20, CVE-2020-11896): fragments of every shape, also ones that overlap or never end */
Test(headers, fragments_of_every_shape)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t field = 0; field < 0x10000; field += 37) {
		struct packet p = packet_of(.flags = ACK, .seq = 1, .len = 100);
		p.bytes[6] = (uint8_t)(field >> 8);
		p.bytes[7] = (uint8_t)field;
		attack_fix(&p);
		if ((field & 0x3fff) == 0)
			continue; /* is no fragment */
		throws(&p);
		forget_sent();
		if (field % 64 == 0)
			still_serves();
	}
	after(120 * SEC); /* what waits to be whole is given up */
	forget_sent();
	expect(attack_usage().mbufs_stack == 0);
	expect_no_app_event();
}

/* RFC 2003 (Ripple20, CVE-2020-11896): IP in IP, as deep as it goes in a packet, is not unwrapped */
Test(headers, ip_in_ip)
{
	in_state(TCPS_LISTEN);
	struct packet inner = packet_of(.flags = SYN, .seq = 0);
	for (int depth = 1; depth < 60; depth++) {
		struct packet p = inner;
		memmove(p.bytes + IP_LEN, inner.bytes, inner.len);
		p.len = inner.len + IP_LEN;
		p.bytes[2] = (uint8_t)(p.len >> 8);
		p.bytes[3] = (uint8_t)p.len;
		p.bytes[9] = 4;
		attack_fix(&p);
		/* RFC 1122 3.2.2.1: at the most an ICMP error of 576 bytes, and those are limited */
		expect(throws(&p) <= 576);
		still_serves();
		inner = p;
	}
	expect(attack_usage().half_open == 0);
	expect(counter("drop_ip_protocol") == 59);
}

/* RFC 9293 3.1: a TCP header shorter than a header, or longer than the segment (AMNESIA:33) */
Test(headers, data_offset_that_lies)
{
	in_state(TCPS_LISTEN);
	for (uint8_t offset = 0; offset < 16; offset++)
		for (int len = 0; len < 3; len++) {
			struct packet p = packet_of(.flags = SYN, .seq = 0, .mss = NONE, .len = len);
			if (offset == 5)
				continue;
			p.bytes[IP_LEN + 12] = (uint8_t)(offset << 4);
			attack_fix(&p);
			expect(throws(&p) == 0);
			still_serves();
		}
	expect(counter("drop_tcp_malformed") == 45);
}

/* RFC 9293 3.1: cut anywhere, the IP header telling the truth about it */
Test(headers, segment_cut_anywhere)
{
	in_state(TCPS_LISTEN);
	talk->ts = true;
	for (uint32_t len = IP_LEN; len < IP_LEN + TCP_LEN + 20; len++) {
		struct packet p = packet_of(.flags = SYN, .seq = 0);
		p.len = len;
		p.bytes[2] = 0;
		p.bytes[3] = (uint8_t)len;
		attack_fix(&p);
		throws(&p);
		still_serves();
	}
}

static void
syn_with_options(const uint8_t *options, uint32_t len)
{
	peer_sends(.flags = SYN, .seq = 0, .options = (const char *)options, .options_len = len);
	forget_sent();
	peer_sends(.flags = RST, .seq = 1);
	still_serves();
}

/* RFC 9293 MUST-7: kind after kind with length 0, 1, 255 and all between, at every place of the block */
Test(headers, option_lengths_that_lie)
{
	static const uint8_t lengths[] = {0, 1, 2, 3, 4, 5, 9, 10, 11, 18, 34, 38, 39, 40, 41, 128, 254, 255};
	static const uint8_t kinds[] = {2, 3, 4, 5, 8, 19, 28, 29, 30, 34, 253, 254, 255};
	uint8_t options[40];

	in_state(TCPS_LISTEN);
	for (unsigned k = 0; k < sizeof(kinds); k++)
		for (unsigned l = 0; l < sizeof(lengths); l++)
			for (unsigned at = 0; at < 40; at += 13) {
				memset(options, 1, sizeof(options));
				options[at] = kinds[k];
				if (at + 1 < sizeof(options))
					options[at + 1] = lengths[l];
				syn_with_options(options, sizeof(options));
			}
}

/* RFC 9293 3.2: a block that ends inside an option */
Test(headers, option_cut_off_by_the_end)
{
	static const uint8_t kinds[] = {2, 3, 4, 5, 8};

	in_state(TCPS_LISTEN);
	for (unsigned k = 0; k < sizeof(kinds); k++) {
		uint8_t options[4] = {1, 1, 1, kinds[k]};
		syn_with_options(options, 4);
		options[2] = kinds[k];
		options[3] = 10;
		syn_with_options(options, 4);
	}
}

/* RFC 9293 3.2: every option twice and three times; the first counts */
Test(headers, every_option_twice)
{
	static const uint8_t options[] = {
		2, 4, 0x05, 0xb4, 2, 4, 0x00, 0x40, /* MSS 1460, then 64 */
		1, 3, 3, 2, 1, 3, 3, 14,            /* window scale 2, then 14 */
		4, 2, 4, 2,                         /* SACK-permitted */
		8, 10, 0, 0, 0, 7, 0, 0, 0, 0,      /* timestamp 7 */
		8, 10, 0xff, 0, 0, 7, 0, 0, 0, 0,   /* and another */
	};

	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .options = (const char *)options, .options_len = sizeof(options));
	expect_sent(.flags = SYN | ACK, .tsecr = 7);
	peer_sends(.flags = ACK, .tsval = 8);
	expect_app_opened();
	expect(tcp_info()->mss == 1448 && tcp_info()->snd_wscale == 2 && tcp_info()->sack);
	still_serves();
}
