/* SPDX-License-Identifier: BSD-3-Clause */
/* What an instance answers to each question. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "asked.h"

static void
begin(void)
{
	asked_begin();
	config.trace = 256;
	asked_start();
	asked_run();
}

TestSuite(answers, .init = begin, .fini = asked_end, .timeout = 60);

#define has(text, part) do { \
	const char *text_ = (text); \
	cr_expect(strstr(text_, part) != NULL, "no \"%s\" in:\n%s", part, text_); \
} while (0)

#define lacks(text, part) do { \
	const char *text_ = (text); \
	cr_expect(strstr(text_, part) == NULL, "\"%s\" in:\n%s", part, text_); \
} while (0)

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* Python's parser, which is not ours, must take it. */
static const char *
json(const char *line)
{
	const char *text = ask(line);
	FILE *to = popen("python3 -m json.tool >/dev/null", "w");

	cr_assert_not_null(to);
	cr_assert_eq(strncmp(text, "ok\n", 3), 0, "%s: %s", line, text);
	fputs(text + 3, to);
	cr_expect_eq(pclose(to), 0, "%s is no JSON:\n%s", line, text + 3);
	return text;
}

Test(answers, ss_shows_connections_and_listeners_apart)
{
	cr_expect_str_eq(ask("ss"), "ok\nno connection\n");
	cr_expect_str_eq(ask("ss -l"), "ok\nno listener\n");
	asked_listen();
	asked_connect(1);
	const char *text = ask("ss");
	has(text, "\nState ");
	has(text, "SYN-SENT ");
	has(text, " 198.18.0.2:7");
	has(text, "timer:(syn,");
	has(text, "cwnd:");
	lacks(text, "LISTEN");
	text = ask("ss -l");
	has(text, "LISTEN ");
	has(text, " *:80 ");
	lacks(text, "SYN-SENT");
	text = ask("ss -a");
	has(text, "LISTEN ");
	has(text, "SYN-SENT ");
}

Test(answers, ss_shows_each_of_many_once)
{
	asked_connect(5000);
	cr_expect_eq(count(ask("ss"), "\nSYN-SENT "), 5000);
	cr_expect_eq(count(ask("ss --json"), "\"state\":\"SYN-SENT\""), 5000);
}

Test(answers, ss_takes_an_address_or_a_port)
{
	asked_listen();
	asked_connect(2);
	cr_expect_eq(count(ask("ss -a :80"), "LISTEN"), 1);
	cr_expect_eq(count(ask("ss -a :7"), "SYN-SENT"), 2);
	cr_expect_eq(count(ask("ss -a 198.18.0.2"), "SYN-SENT"), 2);
	cr_expect_eq(count(ask("ss -a 198.18.0.2:7"), "SYN-SENT"), 2);
	cr_expect_str_eq(ask("ss 198.18.0.2:8"), "ok\nno connection\n");
	cr_expect_eq(strncmp(ask("ss 198.18.0"), "error \"198.18.0\"", 16), 0);
}

Test(answers, stats_are_what_was_counted)
{
	asked_listen();
	asked_connect(3);
	const char *text = ask("stats");
	has(text, "\n  tcp_segs_out                                3  ");
	has(text, "\n  listeners                                   1  ");
	has(text, "\n  table_bytes ");
	has(text, "\n  mbufs_stack                                 0  ");
	lacks(text, "udp_in");
	has(ask("stats -a"), "\n  udp_in                                      0  ");
	text = ask("stats tcp_segs");
	cr_expect_eq(count(text, "\n  "), 1, "%s", text);
	has(ask("stats nonsense"), "nothing was counted");
}

Test(answers, the_json_is_json)
{
	asked_listen();
	static const char *const questions[] = {"ss --json", "ss -a --json", "stats --json", "stats -a --json",
		"stats --json nonsense", "arp --json", "addr --json", "route --json", "ports --json"};
	for (int k = 0; k < 2; k++, asked_connect(20))
		for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
			json(questions[i]);
	cr_expect_eq(count(json("ss -a --json"), "\"state\""), 41);
}

Test(answers, the_net_is_told)
{
	cr_expect_str_eq(ask("route"), "ok\n198.18.0.0/24 dev net_ring_asked src 198.18.0.1\n");
	has(ask("addr"), "ok\n198.18.0.1/24 dev net_ring_asked lladdr ");
	cr_expect_str_eq(ask("arp"), "ok\n198.18.0.2 dev net_ring_asked lladdr 02:00:00:00:00:ab STATIC\n");
	has(ask("ports"), "net_ring_asked: driver net_ring, link up");
	has(ask("config"), "addr = 198.18.0.1/24");
	cr_expect_str_eq(ask("version"), "ok\nleat " LEAT_VERSION "\n");
}

Test(answers, help_names_every_command)
{
	static const char *const names[] = {"ss", "stats", "arp", "addr", "route", "ports", "trace", "config",
		"version", "help"};
	char line[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "\n  %s", names[i]);
		has(ask("help"), line);
		cr_expect_eq(strncmp(ask(names[i]), "ok\n", 3), 0, "%s", names[i]);
	}
}

Test(answers, trace_draws_and_clears)
{
	asked_connect(2);
	const char *text = ask("trace");
	cr_expect_eq(count(text, "|--- SYN ---- seq 0  win "), 2, "%s", text);
	cr_expect_eq(count(ask("trace 1"), "|--- SYN ---- "), 1);
	cr_expect_eq(count(ask("trace 198.18.0.2:7"), "|--- SYN ---- "), 2);
	has(ask("trace 198.18.0.3"), "no connection with this peer");
	has(ask("trace --clear"), "empty");
	has(ask("trace"), "no connection in the trace");
	has(ask("trace 0"), "error \"0\" is no number");
}

Test(answers, a_trace_that_wrapped_keeps_the_newest)
{
	asked_connect(1000);
	const char *text = ask("trace");
	has(text, "The trace keeps the newest 256 records; ");
	unsigned n = count(text, "|--- SYN ---- ");
	cr_expect(n > 100 && n <= 256, "%u ladders", n);
}

Test(answers, what_is_wrong_is_said)
{
	cr_expect_str_eq(ask("nonsense -x"), "error unknown command \"nonsense\" (leat help lists them)\n");
	cr_expect_str_eq(ask(""), "error no command\n");
	cr_expect_str_eq(ask("  \t "), "error no command\n");
	cr_expect_str_eq(ask("ss -x"), "error ss does not take \"-x\" (leat help tells what it takes)\n");
	cr_expect_str_eq(ask("ss :1 :2"), "error ss does not take \":2\" (leat help tells what it takes)\n");
	cr_expect_str_eq(ask("arp x"), "error arp does not take \"x\" (leat help tells what it takes)\n");
	cr_expect_str_eq(ask("a b c d e f g h i j k l m n o p q"), "error more than 16 words\n");
}
