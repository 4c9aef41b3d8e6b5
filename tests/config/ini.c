/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration file: its form, and messages that name file and line. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <leat/config.h>
#include <leat/core.h>
#include "samples.h"

static struct leat_config config;
static struct leat_error error;
static char folder[] = "/tmp/leat-test-ini-XXXXXX";

static void
start(void)
{
	leat_config_init(&config);
	memset(&error, 0, sizeof(error));
	/* Inside it the file is called leat.ini and nothing else: messages can be compared whole. */
	if (mkdtemp(folder) == NULL || chdir(folder) < 0)
		cr_assert_fail("no folder for the test");
}

static void
end(void)
{
	unlink("leat.ini");
	if (chdir("/") == 0)
		rmdir(folder);
}

TestSuite(ini, .init = start, .fini = end);

static void
write_bytes(const char *bytes, size_t n)
{
	FILE *f = fopen("leat.ini", "w");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(bytes, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

static int
read_text(const char *text)
{
	write_bytes(text, strlen(text));
	return leat_config_file(&config, "leat.ini", &error);
}

static void
expect_good(const char *text)
{
	cr_expect_eq(read_text(text), 0, "\"%s\": %s", text, error.text);
}

static void
expect_refused(const char *text, const char *message)
{
	leat_config_init(&config);
	cr_expect_eq(read_text(text), -EINVAL, "\"%s\" was taken", text);
	cr_expect_eq(error.code, EINVAL);
	cr_expect_str_eq(error.text, message);
}

Test(ini, every_key_can_be_set)
{
	FILE *f = fopen("leat.ini", "w");

	cr_assert_not_null(f);
	for (const struct sample *s = samples; s->key; s++)
		fprintf(f, "%s = %s\n", s->key, s->value);
	fclose(f);
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), 0, "%s", error.text);
	samples_expect(&config, "leat.ini:");
	cr_expect_str_eq(config.addrs[0].origin, "leat.ini:8");
}

Test(ini, every_key_can_be_set_with_sections)
{
	FILE *f = fopen("leat.ini", "w");
	bool inside = false;

	cr_assert_not_null(f);
	for (const struct sample *s = samples; s->key; s++) {
		bool tcp = strncmp(s->key, "tcp.", 4) == 0;

		if (tcp != inside)
			fprintf(f, tcp ? "[tcp]\n" : "[]\n");
		inside = tcp;
		fprintf(f, "%s=%s\n", s->key + (tcp ? 4 : 0), s->value);
	}
	fclose(f);
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), 0, "%s", error.text);
	samples_expect(&config, "leat.ini:");
}

Test(ini, an_empty_file_changes_nothing)
{
	struct leat_config before = config;

	expect_good("");
	expect_good("\n\n  \n\t\n# only comments\n; of both kinds\n   # and further in\n");
	cr_expect_arr_eq(&config, &before, sizeof(config));
}

Test(ini, lines_may_end_as_on_windows)
{
	expect_good("mtu = 1400\r\n[tcp]\r\nmsl = 2s\r\n\r\n[]\r\nname = a\r\n");
	cr_expect_eq(config.mtu, 1400);
	cr_expect_eq(config.tcp.msl, 2000000000);
	cr_expect_str_eq(config.name, "a");
}

Test(ini, a_byte_order_mark_is_skipped)
{
	expect_good("\xef\xbb\xbfmtu = 1400\n");
	cr_expect_eq(config.mtu, 1400);
}

Test(ini, the_last_line_needs_no_end)
{
	expect_good("mtu = 1400\nname = last");
	cr_expect_str_eq(config.name, "last");
}

Test(ini, blanks_do_not_matter)
{
	expect_good("  \tmtu\t=  1400 \t \nname=b\n  [ tcp ]  \n  msl=2s\n[ ]\n trace =64\n"
		"route =  198.18.0.0/15   via   192.0.2.2\n");
	cr_expect_eq(config.mtu, 1400);
	cr_expect_str_eq(config.name, "b");
	cr_expect_eq(config.tcp.msl, 2000000000);
	cr_expect_eq(config.trace, 64);
	cr_expect_eq(config.nb_routes, 1);
}

Test(ini, comments_may_follow_values)
{
	expect_good("mtu = 1400 # bytes\n"
		"[tcp] ; section\nmsl = 2s\t; lifetime = 3s\n[] # end\npcap = /tmp/a#b;c # file\n");
	cr_expect_eq(config.mtu, 1400);
	cr_expect_eq(config.tcp.msl, 2000000000);
	cr_expect_str_eq(config.pcap, "/tmp/a#b;c");
}

Test(ini, a_value_may_hold_an_equals_sign)
{
	expect_good("pcap = /tmp/a=b\n");
	cr_expect_str_eq(config.pcap, "/tmp/a=b");
}

Test(ini, an_empty_value_is_a_value)
{
	cr_expect_eq(leat_config_set(&config, "pcap", "x", NULL), 0);
	expect_good("pcap =\n");
	cr_expect_str_eq(config.pcap, "");
	expect_refused("\nmtu =\n", "leat.ini:2: mtu = : not a number in digits: accepted are 0 or 576..9600");
	expect_refused("mtu = # nothing\n",
		"leat.ini:1: mtu = : not a number in digits: accepted are 0 or 576..9600");
	expect_refused("gateway=", "leat.ini:1: gateway = : \"\" is no address: accepted is ADDRESS, such as "
		"192.0.2.254");
}

Test(ini, messages_name_file_and_line)
{
	expect_refused("# one\n\nname = x\n[tcp]\nmsl = 1s\n[]\naddr = 192.0.2.1/33\n",
		"leat.ini:7: addr = 192.0.2.1/33: prefix length 33: accepted are 0..32 for IPv4");
	expect_refused("[tcp]\nmls = 1s\n", "leat.ini:2: tcp.mls = 1s: unknown key: did you mean tcp.msl?");
	expect_refused("[tcp]\nmtu = 1500\n", "leat.ini:2: tcp.mtu = 1500: unknown key: did you mean mtu?");
	expect_refused("\r\n\r\ncores = 65\r\n",
		"leat.ini:3: cores = 65: out of range: accepted are 1..64");
}

Test(ini, lines_of_another_form_are_refused)
{
	expect_refused("mtu 1500\n", "leat.ini:1: \"mtu 1500\": no \"=\": accepted are key = value, [section] and "
		"comments (# or ;)");
	expect_refused("m\x1b[1m\n", "leat.ini:1: \"m?[1m\": no \"=\": accepted are key = value, [section] and "
		"comments (# or ;)");
	expect_refused("[\x01]\n",
		"leat.ini:1: [?]: no key begins with that: accepted is [tcp], or [] to end a section");
	expect_refused("addr = 192.0.2.\x01/24",
		"leat.ini:1: addr = 192.0.2.?/24: \"192.0.2.?\" is no address: accepted is ADDRESS/LENGTH or "
		"ADDRESS/LENGTH@PORT, such as 192.0.2.1/24");
	expect_refused("= 1500\n", "leat.ini:1: no key before the \"=\": accepted is key = value");
	expect_refused("mtu = 1500\n[tcp\nmsl = 1s\n",
		"leat.ini:2: a section without its \"]\": accepted is [tcp], or [] to end a section");
	expect_refused("[", "leat.ini:1: a section without its \"]\": accepted is [tcp], or [] to end a section");
	expect_refused("[tpc]\nmsl = 1s\n",
		"leat.ini:1: [tpc]: no key begins with that: accepted is [tcp], or [] to end a section");
	expect_refused("[tc]\n",
		"leat.ini:1: [tc]: no key begins with that: accepted is [tcp], or [] to end a section");
	expect_refused("[tcp.]\n",
		"leat.ini:1: [tcp.]: no key begins with that: accepted is [tcp], or [] to end a section");
}

Test(ini, a_key_stands_in_it_once)
{
	expect_refused("[tcp]\nmsl = 1s\nrto_min = 1ms\nmsl = 2s\n",
		"leat.ini:4: tcp.msl = 2s: already set in line 2");
	expect_refused("mtu = 1500\nmtu = 1500\n", "leat.ini:2: mtu = 1500: already set in line 1");
	expect_good("port = a\nport = b\nneighbour = 192.0.2.2 lladdr 02:00:00:00:00:02\n"
		"neighbour = 192.0.2.3 lladdr 02:00:00:00:00:03\n");
	cr_expect_eq(config.nb_ports, 2);
	cr_expect_eq(config.nb_neighbours, 2);
}

Test(ini, a_second_file_wins_over_the_first)
{
	expect_good("mtu = 1400\nname = first\n");
	expect_good("mtu = 1300\n");
	cr_expect_eq(config.mtu, 1300);
	cr_expect_str_eq(config.name, "first");
}

/* A key, and behind it a comment of n bytes. */
static void
write_line(size_t n)
{
	char line[2048];

	memset(line, 'x', sizeof(line));
	memcpy(line, "mtu = 1400\n#", 12);
	line[11 + n] = '\n';
	write_bytes(line, 11 + n + 1);
}

Test(ini, very_long_lines_are_refused)
{
	write_line(1024);
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), 0, "%s", error.text);
	write_line(1025);
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), -EINVAL);
	cr_expect_str_eq(error.text, "leat.ini:2: line too long: accepted are lines of at most 1024 bytes");
}

Test(ini, zero_bytes_are_refused)
{
	write_bytes("mtu = 1400\nname = a\0b\n", 22);
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), -EINVAL);
	cr_expect_str_eq(error.text, "leat.ini:2: a zero byte: this is not a text file");
}

Test(ini, a_file_that_is_not_there)
{
	cr_expect_eq(leat_config_file(&config, "none.ini", &error), -ENOENT);
	cr_expect_eq(error.code, ENOENT);
	cr_expect_str_eq(error.text, "none.ini: cannot be opened: No such file or directory");
	cr_expect_eq(leat_config_file(&config, "none.ini", NULL), -ENOENT);
}

Test(ini, a_folder_is_no_file)
{
	cr_expect_eq(leat_config_file(&config, folder, &error), -EISDIR);
	cr_expect_eq(error.code, EISDIR);
	cr_expect_not_null(strstr(error.text, ": cannot be read: Is a directory"), "%s", error.text);
}

Test(ini, of_a_long_path_the_end_is_shown)
{
	char deep[128] = "./", want[192];

	write_bytes("mtu = 1\n", 8);
	for (int i = 0; i < 50; i++)
		strcat(deep, "./");
	strcat(deep, "leat.ini");
	cr_expect_eq(leat_config_file(&config, deep, &error), -EINVAL);
	/* 63 bytes: "...", 58 of the path, ":1". */
	snprintf(want, sizeof(want), "...%s:1: mtu = 1: out of range: accepted are 0 or 576..9600",
		deep + strlen(deep) - 58);
	cr_expect_str_eq(error.text, want);
}

Test(ini, the_example_reads_and_passes)
{
	cr_expect_eq(leat_config_file(&config, SOURCE_ROOT "/apps/leat.ini.example", &error), 0, "%s", error.text);
	cr_expect_eq(leat_config_check(&config, &error), 0, "%s", error.text);
	cr_expect_str_eq(config.name, "web");
	cr_expect_eq(config.nb_ports, 1);
	cr_expect_eq(config.nb_addrs, 2);
	cr_expect_eq(config.nb_routes, 2);
	cr_expect_eq(config.nb_neighbours, 1);
	cr_expect_eq(config.rx_mbufs, 16384);
	cr_expect_eq(config.tcp.msl, 15000000000);
	cr_expect(config.tcp.nodelay);
}

/* What the example shows behind "#key = " is the default. */
Test(ini, the_example_shows_true_defaults)
{
	FILE *in = fopen(SOURCE_ROOT "/apps/leat.ini.example", "r"), *out = fopen("leat.ini", "w");
	struct leat_config defaults;
	char line[256];
	unsigned shown = 0;

	cr_assert(in != NULL && out != NULL);
	while (fgets(line, sizeof(line), in)) {
		bool key = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' && strchr(line, '=');

		/* Three whose lines are no defaults but examples. */
		if (key && strncmp(line, "#pcap", 5) && strncmp(line, "#secret", 7) && strncmp(line, "#inspect", 8)) {
			fputs(line + 1, out);
			shown++;
		} else if (line[0] == '[') {
			fputs(line, out);
		}
	}
	fclose(in);
	fclose(out);
	cr_expect_gt(shown, 15);
	defaults = config;
	cr_expect_eq(leat_config_file(&config, "leat.ini", &error), 0, "%s", error.text);
	cr_expect_arr_eq(&config, &defaults, sizeof(config), "the example shows a value that is no default");
}
