/* SPDX-License-Identifier: BSD-3-Clause */
/* Impairments as text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>
#include "drivers/wire/spec.h"

static struct wire_spec
parsed(const char *text)
{
	struct wire_spec spec = {0};
	char error[WIRE_SPEC_ERROR] = "";

	cr_assert_eq(wire_spec_parse(&spec, text, error), 0, "%s: %s", text, error);
	return spec;
}

Test(spec, every_key_reaches_its_field)
{
	struct wire_spec s = parsed("down=yes,mtu=1400,rate=10mbit,queue-bytes=64K,queue-packets=50,mark-bytes=32K,mark=2%,"
		"loss=1%,burst=0.01/25%/90%/0.5%,truncate=3%,corrupt=0.25,corrupt-bits=8,duplicate=100%,delay=20ms,jitter=5us,"
		"jitter-reorders=on,reorder=.5,reorder-delay=1s,lose=3/7-9");
	struct wire_impair i = wire_spec_impair(&s);

	cr_assert(i.down && i.mtu == 1400 && i.rate == 10000000 && i.queue_bytes == 65536 && i.queue_packets == 50);
	cr_assert(i.mark_bytes == 32768 && i.mark == 0.02 && i.loss == 0.01);
	cr_assert(i.burst.enter == 0.01 && i.burst.leave == 0.25 && i.burst.loss_bad == 0.9 && i.burst.loss_good == 0.005);
	cr_assert(i.truncate == 0.03 && i.corrupt == 0.25 && i.corrupt_bits == 8 && i.duplicate == 1);
	cr_assert(i.delay == 20000000 && i.jitter == 5000 && i.jitter_reorders);
	cr_assert(i.reorder == 0.5 && i.reorder_delay == 1000000000);
	cr_assert_eq(i.nb_picks, 2);
	cr_assert(i.picks[0].first == 3 && i.picks[0].last == 3 && i.picks[0].faults == WIRE_LOSE);
	cr_assert(i.picks[1].first == 7 && i.picks[1].last == 9 && i.picks[1].faults == WIRE_LOSE);
}

Test(spec, what_is_not_said_stays)
{
	struct wire_spec s = parsed("delay=20ms,loss=1%,lose=3");
	char error[WIRE_SPEC_ERROR];

	cr_assert_eq(wire_spec_parse(&s, "loss=0", error), 0);
	cr_assert_eq(wire_spec_parse(&s, "", error), 0);
	cr_assert(s.impair.delay == 20000000 && s.impair.loss == 0 && wire_spec_impair(&s).nb_picks == 1);
	struct wire_spec burst = parsed("burst=1%/50%");
	cr_assert(burst.impair.burst.loss_bad == 1 && burst.impair.burst.loss_good == 0);
	cr_assert_eq(parsed("rate=0").impair.rate, 0);
	cr_assert_eq(parsed("rate=1000gbit").impair.rate, WIRE_RATE_MAX);
	cr_assert_eq(parsed("rate=1000bit").impair.rate, WIRE_RATE_MIN);
}

Test(spec, what_is_wrong_is_refused_with_key_value_and_range)
{
	static const char *const cases[][2] = {
		{"loss=101%", "loss=101%: must be a probability, 0%..100% or 0..1"}, {"loss=1.5", "loss=1.5: must be"},
		{"loss=-1", "loss=-1: must be"}, {"loss=", "loss=: must be"}, {"loss=1%%", "loss=1%%: must be"},
		{"loss=nan", "loss=nan: must be"}, {"burst=1%", "burst=1%: must be ENTER/LEAVE"},
		{"burst=1/1/1/1/1", "burst=1/1/1/1/1: must be"}, {"burst=1/x", "burst=1/x: must be"},
		{"delay=20", "delay=20: must be a time of up to 1h"}, {"delay=2h", "delay=2h: must be"},
		{"rate=10", "rate=10: must be 1kbit..1000gbit"}, {"rate=999bit", "rate=999bit: must be"},
		{"rate=1001gbit", "rate=1001gbit: must be"}, {"rate=mbit", "rate=mbit: must be"},
		{"rate=18446744073709551615gbit", "rate=18446744073709551615gbit: must be"}, {"rate=1Mbit", "rate=1Mbit: must be"},
		{"mtu=65536", "mtu=65536: must be 0..65535"}, {"corrupt-bits=65", "corrupt-bits=65: must be 0..64"},
		{"queue-packets=4294967296", "queue-packets=4294967296: must be"}, {"queue-bytes=1Q", "queue-bytes=1Q: must be bytes"},
		{"down=perhaps", "down=perhaps: must be yes or no"}, {"lose=0", "lose=0: must be up to 64"},
		{"lose=7-5", "lose=7-5: must be"}, {"lose=7/7", "lose=7/7: must be"}, {"lose=", "lose=: must be"},
		{"los=1%", "los: no such key; there are down mtu rate"}, {"loss", "\"loss\": must be key=value"},
		{"delay=1ms,", "\"\": must be key=value"}, {"reorder=1%", "reordering needs a reorder_delay"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_spec s = parsed("jitter=7ms"), before = s;
		char error[WIRE_SPEC_ERROR] = "", text[128];
		snprintf(text, sizeof(text), "jitter=8ms,%s", cases[i][0]);
		cr_assert_lt(wire_spec_parse(&s, text, error), 0, "%s", text);
		cr_assert_eq(strncmp(error, cases[i][1], strlen(cases[i][1])), 0, "%s: %s", text, error);
		cr_assert_eq(memcmp(&s, &before, sizeof(s)), 0, "all or nothing: %s", text);
	}
	struct wire_spec s = {0};
	char error[WIRE_SPEC_ERROR];
	cr_assert_eq(wire_spec_set(&s, "reorder", "1%", error), 0, "keys come in any order, and are judged together");
	cr_assert_eq(wire_spec_check(&s, error), -EINVAL);
	cr_assert_eq(wire_spec_set(&s, "peer", "x", error), -ENOENT);
	cr_assert_not_null(strstr(error, "reorder-delay lose"), "all keys are named: %s", error);
}
