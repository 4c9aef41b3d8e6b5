/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire's engine: what is done to packets, to whom else it is not done, and what the observer hears. */
#include <math.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include "lab.h"
#include "support/net.h"

enum { N = 20000 };

TestSuite(faults, .init = lab_start, .fini = lab_stop);

static void
assert_share(uint64_t got, double n, double p)
{
	cr_assert(fabs((double)got - n * p) < 5 * sqrt(n * p * (1 - p)), "%lu of %.0f is not %g", got, n, p);
}

/* One packet through the wire, at once. The sender's is still ours beside it. */
static struct rte_mbuf *
carry(struct rte_mbuf *m)
{
	struct rte_mbuf *out;

	rte_pktmbuf_refcnt_update(m, 1);
	wire_push(lab.w, 0, &m, 1, SEC);
	cr_assert_eq(wire_pull(lab.w, 0, &out, 1, SEC), 1);
	return out;
}

static unsigned
differing_bits(const struct rte_mbuf *a, const struct rte_mbuf *b)
{
	const uint8_t *p = rte_pktmbuf_mtod(a, uint8_t *), *q = rte_pktmbuf_mtod(b, uint8_t *);
	unsigned n = 0;

	for (unsigned i = 0; i < a->data_len; i++)
		n += (unsigned)__builtin_popcount(p[i] ^ q[i]);
	return n;
}

Test(faults, corruption_flips_so_many_bits_of_a_copy)
{
	for (unsigned bits = 0; bits <= WIRE_CORRUPT_BITS_MAX; bits += 8) {
		lab.params.impair[0] = (struct wire_impair){.corrupt = 1, .corrupt_bits = (uint8_t)bits};
		lab_wire();
		for (unsigned i = 0; i < 200; i++) {
			struct rte_mbuf *m = lab_frame(i, LAB_LEN), *clean = lab_frame(i, LAB_LEN), *out = carry(m);
			cr_assert(out != m && out->pool == lab.pool && out->pkt_len == LAB_LEN);
			cr_assert_eq(differing_bits(m, clean), 0, "the sender's packet was scribbled on");
			cr_assert_eq(differing_bits(out, clean), bits == 0 ? 1 : bits);
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(clean);
			rte_pktmbuf_free(out);
		}
	}
}

Test(faults, corruption_strikes_with_its_probability_and_everywhere)
{
	uint64_t hits[LAB_LEN] = {0};

	lab.params.impair[0].corrupt = 0.5;
	lab_wire();
	for (unsigned i = 0; i < N; i++) {
		struct rte_mbuf *m = lab_frame(i, LAB_LEN), *out = carry(m);
		for (unsigned k = 0; k < LAB_LEN; k++)
			hits[k] += rte_pktmbuf_mtod(m, uint8_t *)[k] != rte_pktmbuf_mtod(out, uint8_t *)[k];
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(out);
	}
	assert_share(wire_counters(lab.w, 0)->corrupted, N, 0.5);
	for (unsigned k = 0; k < LAB_LEN; k++)
		assert_share(hits[k], N, 0.5 / LAB_LEN);
}

Test(faults, truncation_leaves_any_shorter_length)
{
	uint64_t of_length[LAB_LEN + 1] = {0};

	lab.params.impair[0].truncate = 0.5;
	lab_wire();
	for (unsigned i = 0; i < N; i++) {
		struct rte_mbuf *m = lab_frame(i, LAB_LEN), *out = carry(m);
		cr_assert(m->pkt_len == LAB_LEN && (out != m) == (out->pkt_len < LAB_LEN));
		cr_assert_arr_eq(rte_pktmbuf_mtod(m, void *), rte_pktmbuf_mtod(out, void *), out->pkt_len);
		of_length[out->pkt_len]++;
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(out);
	}
	cr_assert_eq(of_length[0], 0);
	for (unsigned k = 1; k < LAB_LEN; k++)
		assert_share(of_length[k], N, 0.5 / (LAB_LEN - 1));
	cr_assert_eq(wire_counters(lab.w, 0)->truncated, N - of_length[LAB_LEN]);
}

Test(faults, a_packet_of_one_byte_cannot_be_cut)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(lab.sender), *out;

	lab.params.impair[0] = (struct wire_impair){.truncate = 1, .mark = 1};
	lab_wire();
	rte_pktmbuf_append(m, 1);
	out = carry(m);
	cr_assert(out == m && out->pkt_len == 1);
	cr_assert_eq(wire_counters(lab.w, 0)->truncated + wire_counters(lab.w, 0)->marked, 0);
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(out);
}

/* A frame of which each byte stands in a segment of its own, like nothing that a driver makes. */
static struct rte_mbuf *
split(struct rte_mbuf *m)
{
	struct rte_mbuf *head = NULL;

	for (unsigned i = 0; i < m->data_len; i++) {
		struct rte_mbuf *part = rte_pktmbuf_alloc(lab.sender);
		*rte_pktmbuf_append(part, 1) = *rte_pktmbuf_mtod_offset(m, char *, i);
		if (head == NULL)
			head = part;
		else
			cr_assert_eq(rte_pktmbuf_chain(head, part), 0);
	}
	rte_pktmbuf_free(m);
	return head;
}

Test(faults, chains_are_harmed_like_whole_packets)
{
	uint8_t buf[LAB_LEN];
	struct rte_mbuf *whole = lab_frame(1, LAB_LEN), *chain = split(lab_frame(1, LAB_LEN)), *out, *other;

	lab.params.impair[0] = (struct wire_impair){.corrupt = 1, .corrupt_bits = 9, .mark = 1};
	lab_wire();
	out = carry(whole);
	lab_wire();
	other = carry(chain);
	cr_assert_eq(other->pkt_len, LAB_LEN);
	cr_assert_arr_eq(rte_pktmbuf_read(other, 0, LAB_LEN, buf), rte_pktmbuf_mtod(out, void *), LAB_LEN);
	cr_assert_eq(wire_counters(lab.w, 0)->marked, 1);
	rte_pktmbuf_free(whole);
	rte_pktmbuf_free(chain);
	rte_pktmbuf_free(out);
	rte_pktmbuf_free(other);
}

Test(faults, shared_and_indirect_packets_are_never_written)
{
	struct rte_mbuf *data = lab_frame(1, LAB_LEN), *clean = lab_frame(1, LAB_LEN);
	struct rte_mbuf *clone = rte_pktmbuf_clone(data, lab.sender), *out;

	lab.params.impair[0] = (struct wire_impair){.corrupt = 1, .mark = 1};
	lab_wire();
	out = carry(clone);
	cr_assert_eq(differing_bits(data, clean), 0);
	cr_assert_neq(rte_pktmbuf_mtod(out, void *), rte_pktmbuf_mtod(data, void *));
	rte_pktmbuf_free(out);
	rte_pktmbuf_free(clone);
	rte_pktmbuf_free(clean);
	rte_pktmbuf_free(data);
}

Test(faults, a_duplicate_follows_right_behind_and_is_unharmed)
{
	struct rte_mbuf *m = lab_frame(1, LAB_LEN), *other = lab_frame(2, LAB_LEN), *clean = lab_frame(1, LAB_LEN), *out[4];
	const struct wire_pick picks[] = {{1, 1, WIRE_DUPLICATE | WIRE_CORRUPT}, {2, 2, WIRE_DUPLICATE}};

	lab.params.impair[0] = (struct wire_impair){.delay = MS, .picks = picks, .nb_picks = 2};
	lab_wire();
	wire_push(lab.w, 0, &m, 1, SEC);
	wire_push(lab.w, 0, &other, 1, SEC);
	cr_assert_eq(wire_pull(lab.w, 0, out, 4, SEC + MS), 4);
	cr_assert_eq(differing_bits(out[0], clean), 1);
	cr_assert_eq(differing_bits(out[1], clean), 0);
	cr_assert_eq(out[2], other);
	cr_assert(out[3] != other && out[3]->pool == lab.pool && lab_number(out[3]) == 2);
	cr_assert_eq(wire_counters(lab.w, 0)->duplicated, 2);
	lab_assert_accounts(0);
	rte_pktmbuf_free(clean);
	rte_pktmbuf_free_bulk(out, 4);
}

Test(faults, duplication_has_its_probability_and_needs_room)
{
	lab.params.impair[0].duplicate = 0.3;
	lab_wire();
	lab_stream(0, N, 1000, NULL);
	assert_share(wire_counters(lab.w, 0)->duplicated, N, 0.3);
	cr_assert_eq(wire_counters(lab.w, 0)->delivered, N + wire_counters(lab.w, 0)->duplicated);
	lab.params.capacity = 1;
	lab.params.impair[0].duplicate = 1;
	lab_wire();
	lab_push(0, 1, SEC);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 1);
	lab_assert_accounts(0);
}

static uint64_t last, late, others_late;

static void
watch(uint64_t number, uint64_t time)
{
	uint64_t took = time - SEC - (number - 1) * MS;

	late += took == 15 * MS;
	others_late += took != 15 * MS && took != 10 * MS;
	last = number;
}

Test(faults, reordered_packets_are_late_by_as_much_and_nobody_else_is)
{
	lab.params.impair[0] = (struct wire_impair){.delay = 10 * MS, .reorder = 0.1, .reorder_delay = 5 * MS};
	lab_wire();
	lab_stream(0, N, MS, watch);
	cr_assert_eq(late, wire_counters(lab.w, 0)->reordered);
	cr_assert_eq(others_late, 0);
	assert_share(late, N, 0.1);
}

static unsigned
ecn(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN)->type_of_service & 3u;
}

Test(faults, ect_becomes_ce_and_the_checksum_stays_right)
{
	static const unsigned after[] = {0, 3, 3, 3};

	lab.params.impair[0].mark = 1;
	lab_wire();
	for (unsigned tos = 0; tos < 256; tos++) {
		struct rte_mbuf *m = lab_frame(tos * 7919, LAB_LEN), *out;
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
		ip->type_of_service = (uint8_t)tos;
		ip->packet_id = (uint16_t)(tos * 257);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_cpu_to_be_16(net_cksum(ip, sizeof(*ip), 0));
		out = carry(m);
		cr_assert_eq(ecn(out), after[tos & 3]);
		cr_assert_eq(ecn(m), tos & 3);
		cr_assert_eq(net_cksum(rte_pktmbuf_mtod_offset(out, void *, RTE_ETHER_HDR_LEN), sizeof(*ip), 0), 0);
		cr_assert_eq(out == m, (tos & 3) == 0 || (tos & 3) == 3, "what is not marked is not copied");
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(out);
	}
	cr_assert_eq(wire_counters(lab.w, 0)->marked, 128);
}

/* The same behind one and two VLAN tags; not behind three, and not for what is no IP. */
Test(faults, marks_are_found_behind_vlan_tags_and_in_ipv6)
{
	static const struct {
		uint8_t types[8], at, before, after;
	} cases[] = {
		{{0x86, 0xdd}, 15, 0x10, 0x30}, {{0x86, 0xdd}, 15, 0x2f, 0x3f}, {{0x86, 0xdd}, 15, 0x4f, 0x4f},
		{{0x86, 0xdd}, 15, 0x30, 0x30}, {{0x81, 0, 0, 1, 0x86, 0xdd}, 19, 0x20, 0x30}, {{0x08, 0x06}, 15, 0x22, 0x22},
		{{0x81, 0, 0, 1, 0x08, 0}, 19, 0x01, 0x03}, {{0x88, 0xa8, 0, 1, 0x81, 0, 0, 2}, 23, 0x02, 0x02},
	};

	lab.params.impair[0].mark = 1;
	lab_wire();
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *m = lab_frame(1, LAB_LEN), *out;
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		memset(p + 12, 0, LAB_LEN - 12);
		memcpy(p + 12, cases[i].types, 8);
		p[cases[i].at] = cases[i].before;
		out = carry(m);
		cr_assert_eq(rte_pktmbuf_mtod(out, uint8_t *)[cases[i].at], cases[i].after, "case %u", i);
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(out);
	}
}

Test(faults, the_queue_marks_from_its_threshold_on)
{
	struct rte_mbuf *m;

	lab.params.impair[0] = (struct wire_impair){.rate = 1000000, .mark_bytes = 3 * LAB_LEN};
	lab_wire();
	lab_push(0, 8, SEC);
	for (unsigned i = 1; i <= 8; i++) {
		cr_assert_eq(wire_pull(lab.w, 0, &m, 1, SEC + i * MS), 1);
		cr_assert_eq(ecn(m), i <= 3 ? 2 : 3, "packet %u", i);
		rte_pktmbuf_free(m);
	}
	lab_push(0, 1, 2 * SEC);
	cr_assert_eq(wire_counters(lab.w, 0)->marked, 5);
}

Test(faults, each_fault_can_be_picked)
{
	const struct wire_pick picks[] = {{1, 1, WIRE_MARK}, {2, 2, WIRE_TRUNCATE}, {3, 3, WIRE_CORRUPT},
		{4, 4, WIRE_DUPLICATE}, {5, 5, WIRE_REORDER}, {6, 6, WIRE_LOSE}};
	struct rte_mbuf *out[8];

	lab.params.impair[0] = (struct wire_impair){.reorder_delay = 1, .picks = picks, .nb_picks = 6};
	lab_wire();
	lab_push(0, 8, SEC);
	const struct wire_counters *c = wire_counters(lab.w, 0);
	cr_assert(c->marked == 1 && c->truncated == 1 && c->corrupted == 1 && c->duplicated == 1 && c->reordered == 1 &&
		c->lost_picked == 1);
	cr_assert_eq(wire_pull(lab.w, 0, out, 8, SEC), 7);
	cr_assert_eq(ecn(out[0]), 3);
	cr_assert_lt(out[1]->pkt_len, LAB_LEN);
	cr_assert_eq(lab_number(out[3]), 4);
	cr_assert_eq(lab_number(out[4]), 4);
	cr_assert_eq(lab_number(out[6]), 8);
	rte_pktmbuf_free_bulk(out, 7);
	cr_assert_eq(lab_pull(0, SEC + 1), 5);
}

static struct wire_report reports[16];
static unsigned nb_reports;

static void
observe(void *arg, const struct wire_report *r)
{
	cr_assert_eq(arg, &lab);
	cr_assert_lt(nb_reports, RTE_DIM(reports));
	cr_assert((r->event == WIRE_LOST) == (r->m == NULL) && (r->event == WIRE_DELIVERED) == (r->sent == NULL));
	if (r->sent != NULL)
		cr_assert_eq(r->sent->pkt_len, LAB_LEN, "it may be read");
	reports[nb_reports++] = *r;
}

Test(faults, the_observer_hears_all_that_happens)
{
	const struct wire_pick picks[] = {{1, 1, WIRE_LOSE}, {2, 2, WIRE_DUPLICATE | WIRE_CORRUPT}};

	lab.params.observer = observe;
	lab.params.observer_arg = &lab;
	lab.params.impair[1] = (struct wire_impair){.delay = MS, .picks = picks, .nb_picks = 2};
	lab_wire();
	lab_push(1, 2, SEC);
	cr_assert_eq(nb_reports, 3);
	cr_assert(reports[0].event == WIRE_LOST && reports[0].number == 1 && reports[0].dir == WIRE_B_TO_A);
	cr_assert_str_eq(reports[0].lost, "lost_picked");
	cr_assert(reports[1].event == WIRE_SENT && reports[1].number == 2 && reports[1].now == SEC);
	cr_assert(reports[1].due == SEC + MS && reports[1].m != reports[1].sent && !reports[1].is_copy);
	cr_assert_eq(reports[1].faults, WIRE_DUPLICATE | WIRE_CORRUPT);
	cr_assert(reports[2].event == WIRE_SENT && reports[2].is_copy && reports[2].faults == WIRE_DUPLICATE);
	while (lab_pull(1, SEC + 2 * MS) != 0)
		;
	cr_assert_eq(nb_reports, 5);
	for (unsigned i = 3; i < 5; i++) {
		cr_assert(reports[i].event == WIRE_DELIVERED && reports[i].number == 2 && reports[i].m == reports[i - 2].m);
		cr_assert(reports[i].now == SEC + 2 * MS && reports[i].pushed == SEC && reports[i].due == SEC + MS);
		cr_assert_eq(reports[i].is_copy, i == 4);
	}
}
