/* SPDX-License-Identifier: BSD-3-Clause */
/* By itself, so that a program that only draws ladders links nothing else of the stack. */
#include <rte_common.h>
#include <leat/tcp.h>

const char *
leat_tcp_state_name(enum leat_tcp_state state)
{
	static const char *const names[] = {"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED",
		"FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"};

	return (unsigned)state < RTE_DIM(names) ? names[state] : "?";
}
