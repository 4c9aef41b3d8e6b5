/* SPDX-License-Identifier: BSD-3-Clause */
/* Options that TCP has to know of, and TCP_INFO. */
#include <errno.h>
#include <leat/config.h>
#include "socket/stack.h"

/* What TCP calls them; SO_REUSEADDR concerns bind only. */
static bool
tcp_name(uint32_t option, enum leat_tcp_option *name)
{
	switch (option) {
	case OPTION_NODELAY:
		*name = LEAT_TCP_NODELAY;
		return true;
	case OPTION_KEEPALIVE:
		*name = LEAT_TCP_KEEPALIVE;
		return true;
	case OPTION_RCVBUF:
		*name = LEAT_TCP_RCVBUF;
		return true;
	case OPTION_SNDBUF:
		*name = LEAT_TCP_SNDBUF;
		return true;
	case OPTION_CONGESTION:
		*name = LEAT_TCP_CONGESTION;
		return true;
	case OPTION_KEEPIDLE:
		*name = LEAT_TCP_KEEPIDLE;
		return true;
	case OPTION_KEEPINTVL:
		*name = LEAT_TCP_KEEPINTVL;
		return true;
	case OPTION_KEEPCNT:
		*name = LEAT_TCP_KEEPCNT;
		return true;
	case OPTION_USER_TIMEOUT:
		*name = LEAT_TCP_USER_TIMEOUT;
		return true;
	default:
		return false;
	}
}

/* What a connection of this instance begins with; OPTION_UNSET where the application knows. */
static uint32_t
default_of(const struct sock *k, uint32_t option)
{
	const struct leat_tcp_config *c = &leat_instance_config(leat_core_instance(k->stack->core))->tcp;

	if (k->type != SOCK_STREAM)
		return OPTION_UNSET;
	switch (option) {
	case OPTION_NODELAY:
		return c->nodelay;
	case OPTION_KEEPALIVE:
		return c->keepalive > 0;
	case OPTION_CONGESTION:
		return c->congestion;
	default:
		return OPTION_UNSET;
	}
}

/* Options that were set before there was a connection, or at the listener it came from. */
void
options_apply(const struct sock *k)
{
	enum leat_tcp_option name;

	for (uint32_t i = 0; i < OPTION_MAX; i++)
		if (k->options[i] != OPTION_UNSET && tcp_name(i, &name))
			leat_tcp_set(k->conn, name, k->options[i]);
}

int
req_set(struct sock *k, struct message *m)
{
	enum leat_tcp_option name;

	if (m->option >= OPTION_MAX || m->value >= OPTION_UNSET)
		return -EINVAL;
	if (k->conn != NULL && tcp_name(m->option, &name)) {
		int r = leat_tcp_set(k->conn, name, m->value);
		if (r < 0)
			return r;
	}
	k->options[m->option] = m->value;
	return 0;
}

int
req_get(struct sock *k, struct message *m)
{
	enum leat_tcp_option name;

	if (m->option >= OPTION_MAX)
		return -EINVAL;
	if (k->conn != NULL && tcp_name(m->option, &name))
		return leat_tcp_get(k->conn, name, &m->value);
	m->value = k->options[m->option];
	if (m->value == OPTION_UNSET)
		m->value = default_of(k, m->option);
	return 0;
}

/* leat's states, in the numbers of Linux */
static const uint8_t linux_state[] = {
	[LEAT_TCP_CLOSED] = TCP_CLOSE,
	[LEAT_TCP_LISTEN] = TCP_LISTEN,
	[LEAT_TCP_SYN_SENT] = TCP_SYN_SENT,
	[LEAT_TCP_SYN_RECEIVED] = TCP_SYN_RECV,
	[LEAT_TCP_ESTABLISHED] = TCP_ESTABLISHED,
	[LEAT_TCP_FIN_WAIT_1] = TCP_FIN_WAIT1,
	[LEAT_TCP_FIN_WAIT_2] = TCP_FIN_WAIT2,
	[LEAT_TCP_CLOSE_WAIT] = TCP_CLOSE_WAIT,
	[LEAT_TCP_CLOSING] = TCP_CLOSING,
	[LEAT_TCP_LAST_ACK] = TCP_LAST_ACK,
	[LEAT_TCP_TIME_WAIT] = TCP_TIME_WAIT,
};

static uint32_t
segments(uint32_t bytes, uint16_t mss)
{
	return mss == 0 || bytes == UINT32_MAX ? bytes : (bytes + mss - 1) / mss;
}

int
req_info(struct sock *k, struct message *m)
{
	struct leat_tcp_info i = {.size = sizeof(i)};

	if (k->type != SOCK_STREAM)
		return -EOPNOTSUPP;
	m->info = (struct tcp_info){.tcpi_state = k->state == SOCK_LISTENING ? TCP_LISTEN : TCP_CLOSE};
	if (k->conn == NULL)
		return 0;
	leat_tcp_info(k->conn, &i);
	m->info = (struct tcp_info){
		.tcpi_state = linux_state[i.state],
		.tcpi_retransmits = i.backoff,
		.tcpi_backoff = i.backoff,
		.tcpi_options = (uint8_t)((i.timestamps ? TCPI_OPT_TIMESTAMPS : 0) |
			(i.sack ? TCPI_OPT_SACK : 0) | (i.snd_wscale | i.rcv_wscale ? TCPI_OPT_WSCALE : 0) |
			(i.ecn ? TCPI_OPT_ECN : 0)),
		.tcpi_snd_wscale = i.snd_wscale & 15,
		.tcpi_rcv_wscale = i.rcv_wscale & 15,
		.tcpi_rto = i.rto_us,
		.tcpi_snd_mss = i.mss,
		.tcpi_rcv_mss = i.mss,
		.tcpi_advmss = i.mss,
		.tcpi_unacked = segments(i.in_flight, i.mss),
		.tcpi_sacked = segments(i.sacked, i.mss),
		.tcpi_lost = segments(i.lost, i.mss),
		.tcpi_rtt = i.srtt_us,
		.tcpi_rttvar = i.rttvar_us,
		.tcpi_snd_ssthresh = segments(i.ssthresh, i.mss),
		.tcpi_snd_cwnd = segments(i.cwnd, i.mss),
		.tcpi_rcv_space = i.rcv_wnd,
		.tcpi_total_retrans = i.retransmits,
	};
	return 0;
}
