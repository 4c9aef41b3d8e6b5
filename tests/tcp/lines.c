/* SPDX-License-Identifier: BSD-3-Clause */
/* Which lines of a control block a segment changes: of many connections each one is a miss, and each changed is written back. */
#include <string.h>
#include <criterion/criterion.h>
#include "support/duo.h"
#include "support/eal.h"
#include "tcp/tcb.h"

enum { LINE = 64, LINES = sizeof(struct tcb) / LINE, ROUNDS = 10 };
enum { MS = 1000000 };

static struct duo duo;
static struct leat_conn *theirs;
static size_t taken;

static void
accept_one(struct leat_conn *c, void *user)
{
	(void)user;
	theirs = c;
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	taken += leat_rx_size(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static const struct leat_tcp_events server = {.on_open = accept_one, .on_data = take}, client = {.on_data = take};

/* The lines that differ, as bits. */
static unsigned
changed(const struct tcb *before, const struct tcb *now)
{
	unsigned lines = 0;

	for (unsigned i = 0; i < LINES; i++)
		lines |= (unsigned)(memcmp((const char *)before + i * LINE, (const char *)now + i * LINE, LINE) != 0) << i;
	return lines;
}

Test(lines, data_in_order_that_is_read_at_once_changes_one)
{
	const struct leat_endpoint at = {leat_ipv4(198, 18, 0, 2), 80};
	struct leat_listener *listener;
	struct leat_conn *ours;
	char data[64] = {1};

	support_eal_start(NULL);
	duo_open(&duo, NULL);
	cr_assert_eq(leat_tcp_listen(duo.b, &at, &server, NULL, &listener), 0);
	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &at, &client, NULL, &ours), 0);
	duo_after(&duo, 10 * MS);
	cr_assert_not_null(theirs);
	for (int i = 0; i < ROUNDS; i++) {
		struct tcb before = *tcb_of(theirs);
		cr_assert_eq(leat_tcp_send(ours, data, sizeof(data)), sizeof(data));
		duo_settle(&duo);
		cr_assert_eq(taken, sizeof(data) * (size_t)(i + 1));
		cr_assert_eq(changed(&before, tcb_of(theirs)), 1u << 1, "line 1 has what a segment changes: %x",
			changed(&before, tcb_of(theirs)));
		duo_after(&duo, MS);
	}
	leat_tcp_abort(ours);
	duo_close(&duo);
}
