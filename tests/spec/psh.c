/* SPDX-License-Identifier: BSD-3-Clause */
/* PSH (RFC 9293 3.9.1.2). leat has no PUSH in its calls, so MUST-60 and MUST-61 hold. */
#include "spec.h"

SUITE(psh);

/* RFC 9293 3.9.1.2 MUST-61: the last buffered segment */
Test(psh, last_segment_of_a_write_has_it)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(4000);
	expect_sent(.flags = ACK, .seq = 1, .len = 1460);
	expect_sent(.flags = ACK, .seq = 1461, .len = 1460);
	expect_sent(.flags = PSH | ACK, .seq = 2921, .len = 1080);
	expect_nothing();
}

/* RFC 9293 3.9.1.2 MUST-61: a full one too */
Test(psh, last_full_segment_has_it)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(2920);
	expect_sent(.flags = ACK, .seq = 1, .len = 1460);
	expect_sent(.flags = PSH | ACK, .seq = 1461, .len = 1460);
}

/* RFC 9293 3.9.1.2: while more is queued behind a closed window there is none */
Test(psh, segment_before_a_closed_window_has_none)
{
	talk->wnd = 1460;
	in_state(TCPS_ESTABLISHED);
	app_sends(2000);
	expect_sent(.flags = ACK, .seq = 1, .len = 1460);
	peer_sends(.ack = 1461);
	expect_sent(.flags = PSH | ACK, .seq = 1461, .len = 540);
}

/* RFC 9293 3.9.1.3: data is delivered as it comes, PSH of the peer or not */
Test(psh, received_data_is_delivered_without_it)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .len = 100);
	expect_app_data(100);
	expect_sent(.ack = 101);
	peer_sends(.flags = PSH | ACK, .len = 100);
	expect_app_data(100);
	expect_sent(.ack = 201);
}

/* RFC 9293 3.9.1.2: pure ACKs and FINs have nothing to push */
Test(psh, segments_without_data_have_none)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10);
	expect_sent(.flags = ACK, .len = 0);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .len = 0);
}

/* RFC 9293 3.9.1.2 MUST-61: sent again it has it again */
Test(psh, retransmission_has_it)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .seq = 1, .len = 100);
	after(rto() + MS);
	expect_sent(.flags = PSH | ACK, .seq = 1, .len = 100);
}
