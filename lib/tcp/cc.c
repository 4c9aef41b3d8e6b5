/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "tcp/cc.h"
#include "tcp/tcp.h"

const struct tcp_cc_ops *const tcp_cc_all[TCP_CC_COUNT] = {
	[TCP_CC_CUBIC] = &tcp_cubic,
	[TCP_CC_NEWRENO] = &tcp_newreno,
};
static_assert((int)TCP_CC_CUBIC == LEAT_TCP_CUBIC && (int)TCP_CC_NEWRENO == LEAT_TCP_NEWRENO, "one numbering");

void
tcp_cc_set(struct core *core, struct tcb *t, enum tcp_cc cc)
{
	struct tcp_sender *s = sender_of(core->tcp, t);

	if (t->cc == cc)
		return;
	t->cc = (uint8_t)cc;
	if (s == NULL)
		return;
	memset(s->cc, 0, sizeof(s->cc));
	tcp_cc_all[cc]->init(core, t, s);
}
