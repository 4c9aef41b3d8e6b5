/* SPDX-License-Identifier: BSD-3-Clause */
/* The retransmission timeout: how it is measured and computed (RFC 6298; RFC 9293 3.8.1). */
#include "spec.h"

SUITE(rtt);

static bool
near(uint64_t us, uint64_t want_us)
{
	return us + 2000 >= want_us && us <= want_us + 2000;
}

/* A client whose handshake took that long. */
static void
open_with_rtt(uint64_t ns)
{
	talk->active = true;
	in_state(TCPS_SYN_SENT);
	after(ns);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK);
	expect_app_opened();
}

/* Sends n bytes and has them acknowledged after that long. */
static void
exchange(uint32_t n, uint64_t ns)
{
	app_sends(n);
	expect_sent(.len = n);
	after(ns);
	expect_nothing();
	peer_sends(.flags = ACK);
}

/* RFC 6298 2.1: one second until there is a measurement */
Test(rtt, initial_timeout_is_one_second)
{
	in_state(TCPS_SYN_SENT);
	expect(rto() == SEC);
}

/* RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 * RTTVAR */
Test(rtt, first_measurement)
{
	open_with_rtt(100 * MS);
	expect(near(tcp_info()->srtt_us, 100000));
	expect(near(tcp_info()->rttvar_us, 50000));
	expect(near(tcp_info()->rto_us, 300000));
}

/* RFC 6298 2.2: the passive side measures its SYN-ACK, or its first data */
Test(rtt, first_measurement_of_a_server)
{
	opens_in(100 * MS);
	exchange(100, 100 * MS);
	expect(near(tcp_info()->srtt_us, 100000));
}

/* RFC 9293 3.8.1 MUST-18, RFC 6298 2.3: RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, SRTT = 7/8 SRTT + 1/8 R' */
Test(rtt, second_measurement)
{
	open_with_rtt(100 * MS);
	exchange(100, 200 * MS);
	expect(near(tcp_info()->rttvar_us, 62500));
	expect(near(tcp_info()->srtt_us, 112500));
	expect(near(tcp_info()->rto_us, 362500));
}

/* RFC 6298 2.3: a steady round trip is found in the end */
Test(rtt, converges)
{
	open_with_rtt(500 * MS);
	for (int i = 0; i < 60; i++)
		exchange(100, 100 * MS);
	expect(tcp_info()->srtt_us >= 98000 && tcp_info()->srtt_us <= 110000);
	expect(tcp_info()->rttvar_us < 20000);
}

/* RFC 6298 2.4, and leat's choice: not below 200 ms */
Test(rtt, timeout_has_a_minimum)
{
	open_with_rtt(1 * MS);
	for (int i = 0; i < 20; i++)
		exchange(100, 1 * MS);
	expect(rto() >= 200 * MS && rto() <= 202 * MS);
	app_sends(100);
	expect_sent(.len = 100);
	until(sent_at() + 199 * MS);
	expect_nothing();
	until(sent_at() + 203 * MS);
	expect_sent(.len = 100);
}

/* Configuration: tcp.rto_min */
Test(rtt, minimum_is_configurable)
{
	config.tcp.rto_min = 20 * MS;
	open_with_rtt(1 * MS);
	for (int i = 0; i < 20; i++)
		exchange(100, 1 * MS);
	expect(rto() >= 20 * MS && rto() <= 22 * MS);
}

/* Configuration: tcp.rto_initial */
Test(rtt, initial_timeout_is_configurable)
{
	config.tcp.rto_initial = 3 * SEC;
	in_state(TCPS_SYN_SENT);
	after(2999 * MS);
	expect_nothing();
	after(2 * MS);
	expect_sent(.flags = SYN);
}

/* RFC 9293 3.8.1 MUST-18, RFC 6298 3: Karn. What was sent twice measures nothing */
Test(rtt, retransmitted_data_is_not_measured)
{
	open_with_rtt(100 * MS);
	uint32_t srtt = tcp_info()->srtt_us;
	app_sends(100);
	expect_sent(.len = 100);
	after(350 * MS);
	expect_sent(.seq = 1, .len = 100);
	after(5 * MS);
	peer_sends(.flags = ACK);
	expect(tcp_info()->srtt_us == srtt);
}

/* RFC 7323 4, RFC 6298 3: with timestamps it is known which of the two was answered */
Test(rtt, timestamps_tell_which_transmission_was_answered)
{
	talk->ts = true;
	open_with_rtt(100 * MS);
	app_sends(100);
	expect_sent(.len = 100);
	after(350 * MS);
	expect_sent(.seq = 1, .len = 100);
	uint32_t second = talk->ts_recent;
	until(sent_at() + 100 * MS);
	peer_sends(.flags = ACK, .tsecr = second);
	expect(near(tcp_info()->srtt_us, 100000));
}

/* RFC 6298 5.5: the timeout stays backed off until new data was acknowledged at the first try */
Test(rtt, back_off_lasts_until_a_measurement)
{
	open_with_rtt(100 * MS);
	app_sends(100);
	expect_sent(.len = 100);
	uint64_t timeout = rto();
	after(timeout + MS);
	expect_sent(.seq = 1, .len = 100);
	uint64_t again = sent_at();
	until(again + 2 * timeout - MS);
	expect_nothing();
	until(again + 2 * timeout + MS);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.flags = ACK);
	exchange(100, 100 * MS);
	expect(rto() <= timeout + 10 * MS);
}

/* RFC 6298 5.7: a SYN that had to be sent again: three seconds for the first data */
Test(rtt, lost_syn_makes_the_timeout_three_seconds)
{
	in_state(TCPS_SYN_SENT);
	after(1100 * MS);
	expect_sent(.flags = SYN, .seq = 0);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK);
	expect_app_opened();
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	until(sent_at() + 2999 * MS);
	expect_nothing();
	until(sent_at() + 3001 * MS);
	expect_sent(.seq = 1, .len = 100);
}

/* RFC 6298 3, 4: one measurement a round trip is enough, and a cumulative ACK is one */
Test(rtt, cumulative_ack_measures_sensibly)
{
	open_with_rtt(100 * MS);
	app_sends(5 * 1460);
	expect_sent_run(5, 1, 1460);
	after(100 * MS);
	peer_sends(.flags = ACK);
	expect(near(tcp_info()->srtt_us, 100000));
}
