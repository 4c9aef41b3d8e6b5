/* SPDX-License-Identifier: BSD-3-Clause */
/* leat's options on the command line, and what is left of it for the program. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <leat/config.h>
#include <leat/core.h>
#include "samples.h"

#define MAX_ARGS 160

static struct leat_config config;
static struct leat_error error;
static bool check;
static char *args[MAX_ARGS + 1];
static int nb_args;
static char *texts[MAX_ARGS]; /* all that ever were in args, to be freed */
static int nb_texts;

static char folder[] = "/tmp/leat-test-args-XXXXXX";

static void
add(const char *arg)
{
	cr_assert(nb_args < MAX_ARGS && nb_texts < MAX_ARGS);
	texts[nb_texts] = strdup(arg);
	args[nb_args++] = texts[nb_texts++];
	args[nb_args] = NULL;
}

static void
start(void)
{
	leat_config_init(&config);
	add("prog");
	if (mkdtemp(folder) == NULL || chdir(folder) < 0)
		cr_assert_fail("no folder for the test");
}

static void
end(void)
{
	while (nb_texts > 0)
		free(texts[--nb_texts]);
	unlink("leat.ini");
	if (chdir("/") == 0)
		rmdir(folder);
}

TestSuite(args, .init = start, .fini = end);

/* Adds arguments up to a NULL and reads all. */
static int
read_args(const char *const *more)
{
	for (; *more; more++)
		add(*more);
	return leat_config_args(&config, &nb_args, args, &check, &error);
}

#define READ(...) read_args((const char *const[]){__VA_ARGS__, NULL})

static void
expect_left(const char *const *want)
{
	int n = 0;

	for (; want[n]; n++)
		cr_expect(n < nb_args && strcmp(args[n], want[n]) == 0, "argv[%d] is %s, not %s", n,
			n < nb_args ? args[n] : "nothing", want[n]);
	cr_expect_eq(nb_args, n, "argc is %d, not %d", nb_args, n);
	cr_expect_null(args[nb_args], "no NULL at the end of argv");
}

#define LEFT(...) expect_left((const char *const[]){__VA_ARGS__, NULL})

static void
expect_refused(const char *const *more, const char *message)
{
	nb_args = 1;
	leat_config_init(&config);
	cr_expect_eq(read_args(more), -EINVAL, "taken, though: %s", message);
	cr_expect_eq(error.code, EINVAL);
	cr_expect_str_eq(error.text, message);
}

#define REFUSED(message, ...) expect_refused((const char *const[]){__VA_ARGS__, NULL}, message)

Test(args, nothing)
{
	struct leat_config before = config;

	cr_expect_eq(leat_config_args(&config, &nb_args, args, &check, &error), 0);
	LEFT("prog");
	cr_expect(!check);
	cr_expect_arr_eq(&config, &before, sizeof(config));
}

Test(args, every_key_can_be_set_with_set)
{
	char text[128];

	for (const struct sample *s = samples; s->key; s++) {
		add("--set");
		snprintf(text, sizeof(text), "%s=%s", s->key, s->value);
		add(text);
	}
	cr_expect_eq(leat_config_args(&config, &nb_args, args, &check, &error), 0, "%s", error.text);
	samples_expect(&config, "--set");
	LEFT("prog");
}

/* The options that keys have of their own; the other keys by --set. */
static void
add_samples_as_options(bool with_equals)
{
	static const char *const own[] = {"addr", "gateway", "route", "neighbour", "port", "pcap", "name", "trace"};
	char text[128];

	for (const struct sample *s = samples; s->key; s++) {
		const char *option = "set";

		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (strcmp(own[i], s->key) == 0)
				option = s->key;
		snprintf(text, sizeof(text), "--%s%s%s%s%s", option, with_equals ? "=" : "",
			!with_equals ? "" : strcmp(option, "set") ? "" : s->key,
			!with_equals || strcmp(option, "set") ? "" : " = ", with_equals ? s->value : "");
		add(text);
		if (with_equals)
			continue;
		snprintf(text, sizeof(text), "%s%s%s", strcmp(option, "set") ? "" : s->key,
			strcmp(option, "set") ? "" : "=", s->value);
		add(text);
	}
}

Test(args, every_option_takes_its_value_from_the_next_argument)
{
	add_samples_as_options(false);
	cr_expect_eq(leat_config_args(&config, &nb_args, args, &check, &error), 0, "%s", error.text);
	samples_expect(&config, "--");
	cr_expect_str_eq(config.addrs[0].origin, "--addr");
	cr_expect_str_eq(config.routes[0].origin, "--gateway");
	cr_expect_str_eq(config.routes[1].origin, "--route");
	LEFT("prog");
}

Test(args, every_option_takes_its_value_behind_an_equals_sign)
{
	add_samples_as_options(true);
	cr_expect_eq(leat_config_args(&config, &nb_args, args, &check, &error), 0, "%s", error.text);
	samples_expect(&config, "--");
	LEFT("prog");
}

Test(args, what_is_not_ours_is_left_in_order)
{
	cr_expect_eq(READ("-v", "--root", "/srv", "--addr", "192.0.2.1/24", "file", "--body=7", "--trace=64", "-",
		"--check", "--address", "x", "--nam", "y", "-p80"), 0, "%s", error.text);
	LEFT("prog", "-v", "--root", "/srv", "file", "--body=7", "-", "--address", "x", "--nam", "y", "-p80");
	cr_expect(check);
	cr_expect_eq(config.nb_addrs, 1);
	cr_expect_eq(config.trace, 64);
}

Test(args, two_dashes_end_them_and_stay)
{
	cr_expect_eq(READ("one", "--name", "a", "--", "--name", "b", "--check", "--"), 0, "%s", error.text);
	LEFT("prog", "one", "--", "--name", "b", "--check", "--");
	cr_expect_str_eq(config.name, "a");
	cr_expect(!check);
}

Test(args, routes_and_neighbours_may_be_three_arguments)
{
	cr_expect_eq(READ("a", "--route", "198.18.0.0/15", "via", "192.0.2.2", "b", "--route=198.51.100.0/24", "via",
		"192.0.2.3", "c", "--route", "203.0.113.0/24 via 192.0.2.4", "--neighbour", "192.0.2.2", "lladdr",
		"02:00:00:00:00:02", "d"), 0, "%s", error.text);
	LEFT("prog", "a", "b", "c", "d");
	cr_assert_eq(config.nb_routes, 3);
	cr_expect_eq(config.routes[0].prefix_len, 15);
	cr_expect_eq(config.routes[1].via.bytes[3], 3);
	cr_expect_eq(config.routes[2].via.bytes[3], 4);
	cr_expect_eq(config.nb_neighbours, 1);
}

Test(args, check_may_go_unasked)
{
	add("--check");
	cr_expect_eq(leat_config_args(&config, &nb_args, args, NULL, NULL), 0);
	LEFT("prog");
}

Test(args, a_value_may_look_like_an_option_behind_an_equals_sign)
{
	cr_expect_eq(READ("--pcap=--check"), 0);
	cr_expect_str_eq(config.pcap, "--check");
	cr_expect(!check);
}

static void
write_file(const char *text)
{
	FILE *f = fopen("leat.ini", "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(args, options_win_over_files_whatever_their_order)
{
	write_file("name = file\nmtu = 1400\naddr = 192.0.2.1/24\n");
	cr_expect_eq(READ("--name", "option", "--addr", "192.0.2.2/24", "--config", "leat.ini"), 0, "%s",
		error.text);
	LEFT("prog");
	cr_expect_str_eq(config.name, "option");
	cr_expect_eq(config.mtu, 1400);
	cr_assert_eq(config.nb_addrs, 2);
	cr_expect_str_eq(config.addrs[0].origin, "leat.ini:3");
	cr_expect_str_eq(config.addrs[1].origin, "--addr");
}

Test(args, errors_in_files_name_file_and_line)
{
	write_file("\nmtu = 1\n");
	REFUSED("leat.ini:2: mtu = 1: out of range: accepted are 0 or 576..9600",
		"--config=leat.ini");
	nb_args = 1;
	cr_expect_eq(READ("--config", "/nowhere/leat.ini"), -ENOENT);
	cr_expect_str_eq(error.text, "/nowhere/leat.ini: cannot be opened: No such file or directory");
}

Test(args, what_stands_for_a_file_is_not_read_as_one)
{
	/* "--config" is the value of --name here, and no file is looked for. */
	REFUSED("--name: name = --config: not a name: accepted are 1..31 letters, digits, '-', '_', '.', the first "
		"a letter or digit", "--name=--config", "x");
	nb_args = 1;
	cr_expect_eq(READ("--", "--config", "/nowhere/leat.ini"), 0);
}

Test(args, messages_name_the_option)
{
	REFUSED("--addr: addr = 192.0.2.1/33: prefix length 33: accepted are 0..32 for IPv4", "--addr", "192.0.2.1/33");
	REFUSED("--addr: addr = 192.0.2.1/33: prefix length 33: accepted are 0..32 for IPv4", "--addr=192.0.2.1/33");
	REFUSED("--trace: trace = 1e6: not digits with nothing, K, M or G behind them: accepted are 0 or 64..16M",
		"--trace", "1e6");
	REFUSED("--set: tcp.mls = 1s: unknown key: did you mean tcp.msl?", "--set", "tcp.mls=1s");
	REFUSED("--route: route = 198.18.0.0/15 via me: \"me\" is no address: accepted is ADDRESS/LENGTH via ROUTER, "
		"such as 198.18.0.0/15 via 192.0.2.254", "--route", "198.18.0.0/15", "via", "me");
	REFUSED("--route: route = 198.18.0.0/15: not a route: accepted is ADDRESS/LENGTH via ROUTER, such as "
		"198.18.0.0/15 via 192.0.2.254", "--route", "198.18.0.0/15", "via");
}

Test(args, forms_refused)
{
	char text[1100];

	REFUSED("--addr: a value is missing: accepted is --addr A/LEN[@PORT]", "--addr");
	REFUSED("--pcap: a value is missing: accepted is --pcap FILE", "--pcap", "--check");
	REFUSED("--config: a value is missing: accepted is --config FILE", "--config");
	REFUSED("--check: takes no value: accepted is --check", "--check=yes");
	REFUSED("--set: no \"=\": accepted is --set KEY=VALUE", "--set", "mtu");
	REFUSED("--set: no key: accepted is --set KEY=VALUE", "--set", "=1500");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	REFUSED("--set: too long: accepted is --set KEY=VALUE", "--set", text);
	nb_args = 1;
	cr_expect_eq(READ("--route", text, "via", "192.0.2.2"), -EINVAL);
	cr_expect_not_null(strstr(error.text, ": too long: accepted is ADDRESS/LENGTH via ROUTER"), "%s", error.text);
}
