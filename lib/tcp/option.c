/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of a connection. What few set is kept in its struct tcp_extra. */
#include <errno.h>
#include "tcp/cc.h"
#include "tcp/extra.h"
#include "tcp/pace.h"
#include "tcp/stats.h"

enum { BUF_MIN = 2048, BUF_MAX = 1 << 30, MS_MIN = 10, MS_MAX = 86400000, PROBES_MAX = 127, DSCP_MAX = 63,
	PACING_MIN = 1000 };

static uint32_t
ticks_of(uint32_t ms)
{
	return ms * (CORE_TICKS_PER_SEC / 1000);
}

static uint32_t
ms_of(uint32_t ticks)
{
	return ticks / (CORE_TICKS_PER_SEC / 1000);
}

static void
set_flag(struct tcb *t, uint32_t flag, bool on)
{
	t->flags = on ? t->flags | flag : t->flags & ~flag;
}

static int
set_buffer(struct core *core, struct tcb *t, enum leat_tcp_option option, uint32_t value)
{
	if (value < BUF_MIN || value > BUF_MAX)
		return -EINVAL;
	if (option == LEAT_TCP_SNDBUF) {
		t->snd_buf = value;
		return 0;
	}
	t->flags |= TF_RCV_FIXED;
	tcp_extra_settle(core, t); /* it grows no more */
	if (t->flags & TF_EXTRA)
		extra_of(core->tcp, t)->rcv_buf = value;
	else
		t->rcv_buf = value;
	return 0;
}

static bool
is_legal(enum leat_tcp_option option, uint32_t value)
{
	if (option == LEAT_TCP_KEEPCNT)
		return value >= 1 && value <= PROBES_MAX;
	if (option == LEAT_TCP_USER_TIMEOUT && value == 0)
		return true;
	return value >= MS_MIN && value <= MS_MAX;
}

/* A time, or a number of probes, of this connection's own. */
static int
set_time(struct core *core, struct tcb *t, enum leat_tcp_option option, uint32_t value)
{
	if (!is_legal(option, value))
		return -EINVAL;
	struct tcp_extra *e = tcp_extra_need(core, t);
	if (e == NULL)
		return -ENOMEM;
	switch (option) {
	case LEAT_TCP_KEEPIDLE:
		e->keep_idle = ticks_of(value);
		break;
	case LEAT_TCP_KEEPINTVL:
		e->keep_interval = ticks_of(value);
		break;
	case LEAT_TCP_KEEPCNT:
		e->keep_probes = (uint8_t)value;
		break;
	default:
		e->user_timeout = ticks_of(value);
		e->waits_since = core->tick;
	}
	tcp_timer_times_set(core, t);
	return 0;
}

int
leat_tcp_set(struct leat_conn *c, enum leat_tcp_option option, uint32_t value)
{
	struct tcb *t = tcb_of(c);
	struct core *core = tcb_owned(t);

	switch (option) {
	case LEAT_TCP_NODELAY:
		set_flag(t, TF_NODELAY, value);
		if (value && t->state >= TCPS_ESTABLISHED && t->state != TCPS_TIME_WAIT)
			tcb_mark(core, t); /* what Nagle held back leaves now */
		return 0;
	case LEAT_TCP_DSCP:
		if (value > DSCP_MAX)
			return -EINVAL;
		ip_template_set_dscp(t->hdr, t->ip_len, (uint8_t)value);
		return 0;
	case LEAT_TCP_RCVBUF:
	case LEAT_TCP_SNDBUF:
		return set_buffer(core, t, option, value);
	case LEAT_TCP_CONGESTION:
		if (value >= TCP_CC_COUNT)
			return -EINVAL;
		tcp_cc_set(core, t, (enum tcp_cc)value);
		return 0;
	case LEAT_TCP_STATISTICS:
		return stats_set(core, t, value);
	case LEAT_TCP_PACING:
		return value != 0 && value < PACING_MIN ? -EINVAL : pace_set(core, t, value);
	case LEAT_TCP_ECN:
		/* it is agreed upon by the SYNs */
		if (t->state != TCPS_SYN_SENT || t->snd_nxt != t->iss)
			return -EINVAL;
		set_flag(t, TF_ECN, value);
		return 0;
	case LEAT_TCP_KEEPALIVE:
		set_flag(t, TF_KEEPALIVE, value);
		tcp_timer_times_set(core, t);
		return 0;
	case LEAT_TCP_KEEPIDLE:
	case LEAT_TCP_KEEPINTVL:
	case LEAT_TCP_KEEPCNT:
	case LEAT_TCP_USER_TIMEOUT:
		return set_time(core, t, option, value);
	}
	return -EINVAL;
}

int
leat_tcp_get(const struct leat_conn *c, enum leat_tcp_option option, uint32_t *value)
{
	const struct tcb *t = tcb_of(c);
	const struct core *core = tcb_core(t);
	const struct tcp_extra *e = extra_of(core->tcp, t);

	switch (option) {
	case LEAT_TCP_NODELAY:
		*value = !!(t->flags & TF_NODELAY);
		return 0;
	case LEAT_TCP_DSCP:
		*value = ip_template_dscp(t->hdr, t->ip_len);
		return 0;
	case LEAT_TCP_RCVBUF:
		*value = tcb_rcv_buf(core->tcp, t);
		return 0;
	case LEAT_TCP_SNDBUF:
		*value = t->snd_buf;
		return 0;
	case LEAT_TCP_CONGESTION:
		*value = t->cc;
		return 0;
	case LEAT_TCP_STATISTICS:
		*value = t->counted;
		return 0;
	case LEAT_TCP_PACING:
		*value = pace_get(core, t);
		return 0;
	case LEAT_TCP_ECN:
		*value = !!(t->flags & TF_ECN);
		return 0;
	case LEAT_TCP_KEEPALIVE:
		*value = !!(t->flags & TF_KEEPALIVE);
		return 0;
	case LEAT_TCP_KEEPIDLE:
		*value = ms_of(tcp_keep_idle(core, t));
		return 0;
	case LEAT_TCP_KEEPINTVL:
		*value = ms_of(tcp_keep_interval(core, t));
		return 0;
	case LEAT_TCP_KEEPCNT:
		*value = tcp_keep_probes(core, t);
		return 0;
	case LEAT_TCP_USER_TIMEOUT:
		*value = e != NULL ? ms_of(e->user_timeout) : 0;
		return 0;
	}
	return -EINVAL;
}
