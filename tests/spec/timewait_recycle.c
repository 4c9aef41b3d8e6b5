/* SPDX-License-Identifier: BSD-3-Clause */
/* We open a connection anew whose last incarnation is in TIME-WAIT with us: timestamps tell the two apart. */
#include <errno.h>
#include <string.h>
#include "spec.h"
#include "base/seq.h"

SUITE(timewait_recycle);

static const struct leat_tcp_events none;
static uint32_t old_end, old_ts; /* leat's SND.NXT and timestamp of the old incarnation */

/* A TIME-WAIT entry; the conversation is then a new one, from the same ports, that leat opens. */
static void
in_time_wait(bool ts)
{
	talk->ts = ts;
	in_state(TCPS_TIME_WAIT);
	old_end = talk->leat_iss + talk->leat_nxt;
	old_ts = talk->ts_recent;
	new_talk(PEER_PORT);
	talk->leat_port = LEAT_PORT;
	talk->active = true;
	talk->ts = ts;
}

static int
connect_again(void)
{
	const struct leat_endpoint local = {.port = LEAT_PORT},
		remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};

	return leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &talk->conn);
}

/* RFC 7323 B.2: what is left of the old connection is older than the new one's timestamps */
Test(timewait_recycle, timestamps_that_have_gone_on_let_it_be_opened)
{
	in_time_wait(true);
	after(3 * MS);
	expect(connect_again() == 0);
	spec_turn();
	expect_sent(.flags = SYN, .len = 0);
	expect(seq_gt(talk->leat_iss, old_end));
	expect(seq_gt(talk->ts_recent, old_ts));
	expect(counter("tcp_time_wait_recycled") == 1);
	expect_state(TCPS_SYN_SENT);
	leat_tcp_abort(talk->conn);
	talk->conn = NULL;
}

/* RFC 7323 B.2: in the same tick nothing would tell the two apart */
Test(timewait_recycle, the_same_timestamp_does_not)
{
	in_time_wait(true);
	expect(connect_again() == -EADDRINUSE);
	expect(counter("tcp_time_wait_recycled") == 0);
}

/* RFC 9293 3.6.1 MUST-13: without timestamps TIME-WAIT lasts its time */
Test(timewait_recycle, without_timestamps_it_lasts)
{
	in_time_wait(false);
	after(1 * SEC);
	expect(connect_again() == -EADDRINUSE);
	after(2 * config.tcp.msl);
	expect(connect_again() == 0);
	forget_sent();
	leat_tcp_abort(talk->conn);
	talk->conn = NULL;
}

/* RFC 9293 3.6.1 MUST-13: what does not become a connection does not end TIME-WAIT */
Test(timewait_recycle, it_lasts_where_there_is_no_control_block)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = 1};
	struct leat_conn *conn;

	config.max_connections = 16;
	in_time_wait(true);
	after(3 * MS);
	while (leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) == 0)
		remote.port++;
	expect(remote.port == 17);
	expect(connect_again() == -ENOMEM);
	expect(counter("tcp_time_wait_recycled") == 0);
	expect_state(TCPS_TIME_WAIT);
	leat_destroy(stack);
	stack = NULL;
}

/* RFC 6056 3.3.4: where all other ports are in use, one in TIME-WAIT is chosen */
Test(timewait_recycle, a_port_in_time_wait_is_chosen_again)
{
	const struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};
	struct leat_conn *conn;
	unsigned n = 0;
	int rc;

	config.max_connections = 70000;
	talk->active = true;
	talk->ts = true;
	in_state(TCPS_TIME_WAIT);
	after(3 * MS);
	while ((rc = leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn)) == 0)
		n++;
	expect(rc == -EADDRNOTAVAIL && n == 65536 - 1024);
	expect(counter("tcp_time_wait_recycled") == 1);
	leat_destroy(stack);
	stack = NULL;
}
