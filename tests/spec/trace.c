/* SPDX-License-Identifier: BSD-3-Clause */
/* What TCP writes into the connection event trace, and when (core/trace.h). */
#include "core/trace.h"
#include "spec.h"

SUITE(trace);

static const struct trace *
records(void)
{
	return ((const struct core *)leat_core(stack, 0))->trace;
}

/* The n-th record of the talk, from 0; NULL = there are not so many. */
static const struct trace_rec *
record(unsigned n)
{
	const struct trace *t = records();

	expect(t != NULL && t->written <= t->size);
	return n < t->written ? &t->recs[n] : NULL;
}

static unsigned
noted(enum trace_note what)
{
	const struct trace_rec *r;
	unsigned found = 0;

	for (unsigned i = 0; (r = record(i)) != NULL; i++)
		found += r->kind == TRACE_NOTE && r->from == what;
	return found;
}

static void
expect_record(unsigned n, enum trace_kind kind, int a, int b)
{
	const struct trace_rec *r = record(n);

	expect(r != NULL && r->kind == kind);
	if (kind == TRACE_STATE)
		expect(r->from == a && r->to == b);
	else
		expect(r->flags == a && r->len == (uint32_t)b);
}

/* A whole life: each segment as it was on the wire, each state once */
Test(trace, segments_and_states_are_in_order)
{
	unsigned n = 0;

	config.trace = 64;
	in_state(TCPS_ESTABLISHED);
	expect_record(n++, TRACE_SEG_IN, SYN, 0);
	expect_record(n++, TRACE_STATE, TCPS_LISTEN, TCPS_SYN_RECEIVED);
	expect_record(n++, TRACE_SEG_OUT, SYN | ACK, 0);
	expect_record(n++, TRACE_SEG_IN, ACK, 0);
	expect_record(n++, TRACE_STATE, TCPS_SYN_RECEIVED, TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.len = 10);
	expect_record(n++, TRACE_SEG_OUT, PSH | ACK, 10);
	expect(!record(n - 1)->resent && record(n - 1)->seq == talk->leat_iss + 1);
	after(rto() + MS);
	expect_sent(.len = 10);
	expect(record(n)->kind == TRACE_NOTE && record(n++)->from == TRACE_RTO);
	expect_record(n++, TRACE_SEG_OUT, PSH | ACK, 10);
	expect(record(n - 1)->resent);
	expect(record(n) == NULL);
}

/* A half-open entry and TIME-WAIT have their states too */
Test(trace, small_states_are_told)
{
	const struct trace_rec *r;
	bool back = false, gone = false;

	config.trace = 64;
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 1);
	new_talk(PEER_PORT + 1);
	in_state(TCPS_TIME_WAIT);
	after(61 * SEC);
	for (unsigned i = 0; (r = record(i)) != NULL; i++) {
		back |= r->kind == TRACE_STATE && r->from == TCPS_SYN_RECEIVED && r->to == TCPS_CLOSED;
		gone |= r->kind == TRACE_STATE && r->from == TCPS_TIME_WAIT && r->to == TCPS_CLOSED;
	}
	expect(back && gone);
}

/* What is no segment and no state */
Test(trace, what_happens_is_noted)
{
	config.trace = 256;
	config.tcp.retries = 3;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN);
	expect_sent(.flags = ACK);
	expect(noted(TRACE_CHALLENGE) == 1);
	app_sends(1460 * 5);
	forget_sent();
	for (int i = 0; i < 3; i++)
		peer_sends(.ack = 1);
	forget_sent();
	expect(noted(TRACE_FAST_RETRANSMIT) == 1);
	peer_reports(3, 1, 1, 0);
	expect(noted(TRACE_ICMP) == 1);
	peer_sends(.ack = talk->leat_nxt, .wnd = 0);
	app_sends(10);
	after(rto() + MS);
	forget_sent();
	expect(noted(TRACE_PERSIST) == 1);
	after(100 * SEC);
	forget_sent();
	expect(noted(TRACE_GIVE_UP) == 1);
	expect_closed();
}

/* Delayed ACKs and keep-alives are noted as well */
Test(trace, timers_are_noted)
{
	config.trace = 256;
	config.tcp.keepalive = 10 * SEC;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 17; i++)
		peer_sends(.len = 10);
	after(100 * MS);
	forget_sent();
	expect(noted(TRACE_DELAYED_ACK) == 1);
	after(10 * SEC);
	forget_sent();
	expect(noted(TRACE_KEEPALIVE) == 1);
}

/* Off by default: there is no ring at all */
Test(trace, is_off_by_default)
{
	in_state(TCPS_ESTABLISHED);
	expect(records() == NULL);
}
