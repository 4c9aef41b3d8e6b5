/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat-ping says at its end, word for word as ping does; and chargen's text. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "echo/echo.h"
#include "ping/summary.h"

static void
expect_summary(const struct summary *s, uint64_t elapsed, const char *want)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	summary_print(s, "192.0.2.1", elapsed, f);
	fclose(f);
	cr_assert_str_eq(text, want);
	free(text);
}

Test(summary, all_answered)
{
	struct summary s = {.sent = 3};

	summary_answer(&s, 2000000);
	summary_answer(&s, 1000000);
	summary_answer(&s, 3000000);
	expect_summary(&s, 2003999999,
		"\n--- 192.0.2.1 ping statistics ---\n"
		"3 packets transmitted, 3 received, 0% packet loss, time 2003ms\n"
		"rtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n");
}

Test(summary, some_lost)
{
	struct summary s = {.sent = 3};

	summary_answer(&s, 1500);
	summary_answer(&s, 1500);
	expect_summary(&s, 0,
		"\n--- 192.0.2.1 ping statistics ---\n"
		"3 packets transmitted, 2 received, 33.33% packet loss, time 0ms\n"
		"rtt min/avg/max/mdev = 0.002/0.002/0.002/0.000 ms\n");
}

Test(summary, none_answered)
{
	struct summary s = {.sent = 2, .errors = 1};

	expect_summary(&s, 1000000000,
		"\n--- 192.0.2.1 ping statistics ---\n"
		"2 packets transmitted, 0 received, +1 errors, 100% packet loss, time 1000ms\n");
}

Test(summary, none_sent)
{
	struct summary s = {0};

	expect_summary(&s, 0,
		"\n--- 192.0.2.1 ping statistics ---\n"
		"0 packets transmitted, 0 received, 0% packet loss, time 0ms\n");
}

/* The second line that RFC 864 shows begins with "!", and each goes on where the ring does. */
Test(chargen, is_the_pattern_of_rfc864)
{
	size_t len;
	const char *text = chargen_text(&len);

	cr_assert_eq(len, 95 * 74);
	cr_assert(strncmp(text, " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n",
		74) == 0);
	cr_assert(strncmp(text + 74, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n",
		74) == 0);
	for (size_t i = 0; i < len; i++) {
		size_t line = i / 74, at = i % 74;
		char want = at == 72 ? '\r' : at == 73 ? '\n' : (char)(' ' + (line + at) % 95);
		cr_assert_eq(text[i], want, "byte %zu", i);
	}
}
