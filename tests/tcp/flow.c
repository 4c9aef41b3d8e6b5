/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "flow.h"

struct flow flow;

static void
fill_window(void)
{
	flow.t.snd_nxt = flow.t.snd_una + flow.t.cwnd;
}

void
flow_begin(const struct tcp_cc_ops *cc, uint32_t cwnd, uint32_t ssthresh, uint32_t rtt_us)
{
	memset(&flow, 0, sizeof(flow));
	flow.core.now = UINT64_C(1000000000);
	flow.cc = cc;
	flow.t.mss = MSS;
	flow.t.cwnd = cwnd * MSS;
	flow.t.ssthresh = ssthresh != 0 ? ssthresh * MSS : UINT32_MAX;
	flow.t.srtt = rtt_us;
	flow.t.snd_una = 0xfff00000; /* the sequence numbers wrap soon */
	fill_window();
	cc->init(&flow.core, &flow.t, &flow.s);
}

void
flow_wait(uint64_t us)
{
	flow.core.now += us * 1000;
}

void
flow_ack(uint32_t bytes, uint32_t rtt_us)
{
	struct tcp_acked a = {
		.acked = bytes, .delivered = bytes, .flight = flow.t.snd_nxt - flow.t.snd_una, .rtt = rtt_us};

	flow.t.snd_una += bytes;
	flow.cc->acked(&flow.core, &flow.t, &flow.s, &a);
	fill_window();
}

void
flow_round(uint32_t segments, uint32_t rtt_us)
{
	uint32_t left = flow.t.snd_nxt - flow.t.snd_una, step = segments * MSS;
	uint32_t acks = (left + step - 1) / step;

	for (uint32_t i = 0; i < acks; i++) {
		uint32_t bytes = RTE_MIN(left, step);
		/* the last ACK is at the end of the round, whatever the division leaves over */
		flow_wait((uint64_t)rtt_us * (i + 1) / acks - (uint64_t)rtt_us * i / acks);
		flow_ack(bytes, rtt_us);
		left -= bytes;
	}
}

/* As undo_begin() and undo_resent() do, when a retransmission has left. */
static void
note_for_undo(void)
{
	flow.s.undo_cwnd = flow.t.cwnd;
	flow.s.undo_ts_set = false;
}

void
flow_loss(void)
{
	note_for_undo();
	flow.cc->congested(&flow.core, &flow.t, &flow.s, flow.t.cwnd);
	flow.s.undo_ts_set = true;
	flow.t.cwnd = flow.t.ssthresh;
	fill_window();
}

void
flow_timeout(void)
{
	if (!(flow.t.flags & TF_RECOVERY))
		note_for_undo();
	flow.cc->timed_out(&flow.core, &flow.t, &flow.s, flow.t.cwnd);
	flow.s.undo_ts_set = true;
	flow.t.cwnd = flow.t.mss;
	fill_window();
}
