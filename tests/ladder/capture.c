/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture files: what is read of each form, what is refused, and how the ladder of a capture looks. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <leat/ladder.h>
#include "ladder/capture.h"
#include "file.h"

static char *text;

static void
end(void)
{
	free(text);
	file_end();
}

TestSuite(capture, .init = file_begin, .fini = end);

/* What is drawn after the legend; the file must be readable. */
static const char *
drawn(const struct leat_endpoint *only, unsigned last)
{
	struct leat_error error = {.text = "no error text"};
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int rc = leat_ladder_file(file_path(), only, last, to, &error);

	fclose(to);
	cr_assert_eq(rc, 0, "%s", error.text);
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		cr_assert_leq(strcspn(line, "\n"), 120, "a line of %zu columns:\n%s", strcspn(line, "\n"), text);
	const char *after = strstr(text, "\n\n");
	return after != NULL ? after + 2 : text;
}

static void
expect(const char *golden)
{
	const char *is = drawn(NULL, 0);

	cr_assert_str_eq(is, golden, "drawn:\n%s\nexpected:\n%s", is, golden);
}

static void
expect_refused(int code, const char *part)
{
	struct leat_error error = {0};
	size_t size;
	FILE *to = open_memstream(&text, &size);

	cr_assert_eq(leat_ladder_file(file_path(), NULL, 0, to, &error), -code, "%s", error.text);
	fclose(to);
	cr_assert_eq(size, 0, "something was drawn:\n%s", text);
	cr_assert(error.code == code && strstr(error.text, part) != NULL, "said: %s", error.text);
	cr_assert_not_null(strstr(error.text, file_path()), "the file is not named: %s", error.text);
}

/* The first segment that is read of a file with one. */
static struct trace_rec
read_one(void)
{
	struct leat_error error = {0};
	struct capture c;

	cr_assert_eq(capture_read(file_path(), &c, &error), 0, "%s", error.text);
	cr_assert_eq(c.n, 1, "%zu segments", c.n);
	struct trace_rec rec = c.recs[0].rec;
	capture_free(&c);
	return rec;
}

static void
expect_kind(enum frame_kind kind)
{
	struct capture c;

	cr_assert_eq(capture_read(file_path(), &c, NULL), 0);
	cr_assert(c.n == (kind == FRAME_TCP) && c.kinds[kind] == 1, "TCP %zu, other %zu, fragments %zu, short %zu",
		(size_t)c.kinds[0], (size_t)c.kinds[1], (size_t)c.kinds[2], (size_t)c.kinds[3]);
	capture_free(&c);
}

/* --- forms of files --- */

Test(capture, both_orders_and_both_clocks_of_classic_files_are_read)
{
	for (int form = 0; form < 4; form++) {
		file_open_classic(form & 1, form & 2);
		file_frame(1234567, NULL, from_client(SYN, .seq = 5, .wnd = 77));
		struct trace_rec r = read_one();
		cr_assert_eq(r.time, form & 2 ? 1001234567u : 1001234000u, "form %d: %lu", form, r.time);
		cr_assert(r.kind == TRACE_SEG_OUT && r.flags == SYN && r.seq == 5 && r.wnd == 77 && r.len == 0);
	}
}

Test(capture, both_orders_of_pcapng_are_read_with_their_clocks)
{
	static const struct {
		uint8_t resolution; /* as in the file */
		uint64_t ns;
	} clocks[] = {{6, 1001234000}, {9, 1001234567}, {3, 1001000000}, {12, 1001234567}, {0x80 | 10, 1000976562}};

	for (int swapped = 0; swapped < 2; swapped++) {
		for (size_t i = 0; i < RTE_DIM(clocks); i++) {
			file_open_ng(swapped);
			file_interface(1, clocks[i].resolution);
			file_frame(1234567, NULL, from_client(ACK, .seq = 9, .len = 3));
			struct trace_rec r = read_one();
			cr_assert_eq(r.time, clocks[i].ns, "clock %u: %lu", clocks[i].resolution, r.time);
			cr_assert(r.seq == 9 && r.len == 3);
		}
	}
}

Test(capture, blocks_of_others_and_a_second_section_are_passed)
{
	file_open_ng(false);
	file_interface(1, 9);
	file_block(5, "statistics..", 12);
	file_frame(0, NULL, from_client(SYN, .seq = 1));
	file_block(0x40000bad, "whatever", 8);
	file_more_ng(true);
	file_interface(1, 6);
	file_frame(1000, NULL, from_client(ACK, .seq = 2));
	cr_assert_not_null(strstr(drawn(NULL, 0), "client sent    0 bytes in 2 segments"), "%s", text);
}

Test(capture, a_file_of_one_interface_may_keep_no_times)
{
	file_open_ng(false);
	file_interface(1, 6);
	file_simple(from_client(SYN, .seq = 8));
	cr_assert_eq(read_one().seq, 8);
}

Test(capture, segments_come_in_the_order_of_their_times)
{
	file_open_ng(false);
	file_interface(1, 9);
	file_frame(2000, NULL, from_server(SYN | ACK, .seq = 70, .ack = 6));
	file_frame(1000, NULL, from_client(SYN, .seq = 5));
	file_frame(3000, NULL, from_client(ACK, .seq = 6, .ack = 71));
	const char *is = drawn(NULL, 0), *syn = strstr(is, "--- SYN ----"), *both = strstr(is, "SYN ACK");
	cr_assert(syn != NULL && both != NULL && syn < both, "%s", text);
}

/* --- frames --- */

Test(capture, every_link_type_that_is_known_is_read)
{
	static const uint16_t links[] = {1, 101, 113, 276, 0, 228};

	for (size_t i = 0; i < RTE_DIM(links); i++) {
		file_open_ng(false);
		file_interface(links[i], 9);
		file_frame(0, NULL, from_client(SYN, .seq = 4711, .link = links[i]));
		cr_assert_eq(read_one().seq, 4711, "link type %u", links[i]);
	}
	file_open_ng(false);
	file_interface(147, 9);
	file_frame(0, NULL, from_client(SYN));
	expect_kind(FRAME_OTHER);
}

Test(capture, tags_padding_and_a_missing_length_do_not_change_the_payload)
{
	for (int i = 0; i < 3; i++) {
		file_open_classic(false, true);
		file_frame(0, NULL, from_client(ACK, .seq = 1, .len = 4, .tags = i, .padding = 12));
		cr_assert_eq(read_one().len, 4, "%d tags", i);
	}
	file_open_classic(false, true);
	file_frame(0, NULL, from_client(ACK, .seq = 1, .len = 9, .no_length = true));
	cr_assert_eq(read_one().len, 9, "what hardware is still to cut has no length");
}

Test(capture, ipv6_is_read_through_its_extension_headers)
{
	file_open_classic(false, true);
	file_frame(0, NULL, from_client(ACK, .seq = 3, .len = 5, .v6 = true));
	struct trace_rec r = read_one();
	cr_assert(r.tuple.len == TUPLE6_LEN && r.len == 5 && r.seq == 3);
	file_open_classic(false, true);
	file_frame(0, NULL, from_client(ACK, .seq = 3, .len = 5, .v6 = true, .extension = true));
	cr_assert_eq(read_one().len, 5);
}

Test(capture, what_is_not_drawn_is_told)
{
	file_open_classic(false, true);
	file_frame(0, NULL, from_client(SYN, .seq = 1));
	file_frame(0, NULL, from_client(SYN, .protocol = 17));
	file_frame(0, NULL, from_client(SYN, .protocol = 17));
	file_frame(0, NULL, from_client(ACK, .fragment = true));
	file_frame(0, NULL, from_client(ACK, .captured = 40));
	cr_assert_not_null(strstr(drawn(NULL, 0),
		"\nnot drawn: frames of other protocols: 2, IP fragments: 1, without whole headers: 1\n"), "%s", text);
}

Test(capture, no_byte_beyond_what_was_captured_is_read)
{
	for (int v6 = 0; v6 < 2; v6++) {
		uint32_t whole = v6 ? 14 + 40 + 8 + 32 : 14 + 20 + 32;
		for (uint32_t n = 0; n <= whole; n++) {
			file_open_classic(false, true);
			file_frame(0, NULL, from_client(ACK, .seq = 1, .len = 100, .v6 = v6, .extension = v6, .timestamps = true,
				.captured = n, .cut = true));
			expect_kind(n == whole ? FRAME_TCP : FRAME_SHORT);
		}
	}
}

/* --- what is refused --- */

Test(capture, what_is_no_capture_file_is_refused)
{
	file_write("just some text, longer than a header", 36);
	expect_refused(EBADMSG, "neither pcap nor pcapng");
	free(text);
	file_write("short", 5);
	expect_refused(EBADMSG, "it has 5 bytes");
	free(text);
	unlink(file_path());
	expect_refused(ENOENT, "No such file");
}

Test(capture, damage_is_told_with_its_place)
{
	file_open_ng(false);
	file_frame(0, NULL, from_client(SYN));
	expect_refused(EBADMSG, "damaged at byte 28: there is no interface 0");
	free(text);
	file_open_ng(false);
	file_interface(1, 9);
	file_raw(6, 7);
	expect_refused(EBADMSG, "a block's length cannot be 7");
	free(text);
	file_open_ng(false);
	file_interface(1, 99);
	expect_refused(EBADMSG, "a clock cannot be as fine as 99");
}

/* A file may be cut anywhere, and any byte of it may be wrong: it is read as far as it goes, or refused. */
Test(capture, a_file_that_is_cut_is_drawn_up_to_there)
{
	file_open_ng(false);
	file_interface(1, 9);
	file_frame(1000, "net_wire packet 1 after 1.000 ms", from_client(SYN, .seq = 5));
	size_t one = file_size();
	file_frame(2000, NULL, from_server(SYN | ACK, .seq = 70, .ack = 6));
	for (size_t size = file_size() - 1; size > one; size--) {
		file_cut(size);
		cr_assert_not_null(strstr(drawn(NULL, 0), "ends within a frame"), "%zu bytes:\n%s", size, text);
		cr_assert_not_null(strstr(text, "client sent    0 bytes in 1 segment"), "%zu bytes:\n%s", size, text);
		free(text);
		text = NULL;
	}
	file_cut(one);
	cr_assert_null(strstr(drawn(NULL, 0), "ends within a frame"));
}

Test(capture, any_byte_may_be_wrong)
{
	file_open_ng(false);
	file_interface(1, 9);
	file_frame(1000, "net_wire packet 1 lost_random", from_client(SYN, .seq = 5, .timestamps = true));
	file_simple(from_server(SYN | ACK, .seq = 70, .ack = 6, .v6 = true, .extension = true));
	size_t size = file_size();
	for (size_t at = 0; at < size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct capture c;
			file_flip(at, bit);
			capture_read(file_path(), &c, NULL);
			cr_assert_leq(c.n, 2);
			capture_free(&c);
			file_flip(at, bit);
		}
	}
}

/* --- ladders --- */

static void
handshake(void)
{
	file_open_ng(false);
	file_interface(1, 9);
	file_frame(0, "net_wire packet 1 after 10.000 ms", from_client(SYN, .seq = 999, .wnd = 64240));
	file_frame(10000000, "net_wire packet 1 after 10.000 ms", from_server(SYN | ACK, .seq = 69, .ack = 1000, .wnd = 65535));
	file_frame(20000000, "net_wire packet 2 after 10.000 ms", from_client(ACK, .seq = 1000, .ack = 70, .wnd = 502));
}

Test(capture, what_the_wire_lost_and_harmed_is_marked)
{
	handshake();
	file_frame(21000000, "net_wire packet 3 lost_random", from_client(PSH | ACK, .seq = 1000, .ack = 70, .wnd = 502, .len = 100));
	file_frame(230000000, "net_wire packet 4 after 10.000 ms duplicated",
		from_client(PSH | ACK, .seq = 1000, .ack = 70, .wnd = 502, .len = 100));
	file_frame(240000000, "net_wire packet 2 lost_picked", from_server(ACK, .seq = 70, .ack = 1100, .wnd = 502));
	file_frame(241000000, "net_wire packet 3 after 10.000 ms corrupted", from_server(FIN | ACK, .seq = 70, .ack = 1100, .wnd = 502));
	expect(
		"192.0.2.2:5000 (client) <--> 192.0.2.1:80 (server), from 1970-01-01 00:00:01.000000 UTC\n"
		"\n"
		"        ms client        +------------------------------------------------------------------------------+ server\n"
		"     0.000 SYN-SENT      |--- SYN ---- seq 0  win 64240 ----------------------------------------------->| SYN-RECEIVED?\n"
		"    10.000 ESTABLISHED?  |<-- SYN ACK  seq 0  ack 1  win 65535 -----------------------------------------| SYN-RECEIVED\n"
		"    20.000 ESTABLISHED   |--- ACK ---- seq 1                 ack 1      win 502 ----------------------->| ESTABLISHED?\n"
		"                         |                                                                              |\n"
		"    21.000               |--- PSH ACK  seq 1:101 (100)       ack 1      win 502     LOST random #3 ---X |\n"
		"   230.000               |=== PSH ACK  seq 1:101 (100)  ack 1  win 502  duplicated #4  again ==========>|\n"
		"   240.000               | X- ACK ---- seq 1                 ack 101    win 502     LOST picked #2 -----| ESTABLISHED\n"
		"                         |                                                                              |\n"
		"   241.000               |<-- FIN ACK  seq 1                 ack 101    win 502     corrupted #3 -------| FIN-WAIT-1\n"
		"                         +------------------------------------------------------------------------------+\n"
		"           client sent    100 bytes in 4 segments, 1 resent, 1 lost; now ESTABLISHED\n"
		"           server sent    0 bytes in 3 segments, 0 resent, 1 lost; now FIN-WAIT-1\n"
		"           duration       241.000 ms\n");
}

Test(capture, one_end_or_the_last_connections_can_be_asked_for)
{
	struct leat_endpoint only = {.addr = leat_ipv4(192, 0, 2, 1), .port = 80};

	handshake();
	file_ports(6000, 81);
	file_frame(30000000, NULL, from_client(SYN, .seq = 1));
	cr_assert_not_null(strstr(drawn(NULL, 0), ":5000 (client)"), "%s", text);
	cr_assert_not_null(strstr(text, ":6000 (client)"), "%s", text);
	free(text);
	cr_assert_null(strstr(drawn(NULL, 1), ":5000 (client)"), "%s", text);
	free(text);
	cr_assert_null(strstr(drawn(&only, 0), ":6000 (client)"), "%s", text);
	free(text);
	only.port = 6000;
	only.addr.family = LEAT_UNSPEC;
	cr_assert_not_null(strstr(drawn(&only, 0), ":6000 (client)"), "%s", text);
	free(text);
	only.port = 9;
	cr_assert_not_null(strstr(drawn(&only, 0), "no connection with this peer in the capture"), "%s", text);
}

Test(capture, ports_that_serve_again_are_a_connection_of_their_own)
{
	handshake();
	file_frame(30000000, NULL, from_client(FIN | ACK, .seq = 1000, .ack = 70));
	file_frame(40000000, NULL, from_server(FIN | ACK, .seq = 70, .ack = 1001));
	file_frame(50000000, NULL, from_client(ACK, .seq = 1001, .ack = 71));
	file_frame(60000000, NULL, from_client(SYN, .seq = 5000));
	cr_assert_not_null(strstr(drawn(NULL, 0), "now CLOSED"), "%s", text);
	const char *first = strstr(text, "(client) <-->"), *second = first ? strstr(first + 1, "(client) <-->") : NULL;
	cr_assert_not_null(second, "%s", text);
	cr_assert_null(strstr(second + 1, "(client) <-->"), "%s", text);
}

Test(capture, who_answers_first_is_the_server_all_the_same)
{
	file_open_classic(false, true);
	file_frame(0, NULL, from_server(SYN | ACK, .seq = 70, .ack = 6));
	file_frame(1000, NULL, from_client(ACK, .seq = 6, .ack = 71));
	cr_assert_not_null(strstr(drawn(NULL, 0), "192.0.2.2:5000 (client) <--> 192.0.2.1:80 (server)"), "%s", text);
	free(text);
	file_open_classic(false, true);
	file_frame(0, NULL, from_server(ACK, .seq = 70, .ack = 6));
	file_frame(1000, NULL, from_client(ACK, .seq = 6, .ack = 71));
	cr_assert_not_null(strstr(drawn(NULL, 0), "192.0.2.1:80 (A) <--> 192.0.2.2:5000 (B), beginning not in the capture"),
		"%s", text);
}
