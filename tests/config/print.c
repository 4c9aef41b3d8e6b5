/* SPDX-License-Identifier: BSD-3-Clause */
/* What --check and --help print. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <leat/config.h>
#include <leat/core.h>
#include "config/keys.h"
#include "samples.h"

static struct leat_config config;
static struct leat_error error;
static char *text;
static size_t text_size;

static void
start(void)
{
	leat_config_init(&config);
}

static void
end(void)
{
	free(text);
}

TestSuite(print, .init = start, .fini = end);

static void
print(void)
{
	FILE *f = open_memstream(&text, &text_size);

	cr_assert_not_null(f);
	leat_config_print(&config, f);
	fclose(f);
}

static void
expect_line(const char *line)
{
	const char *at = strstr(text, line);

	cr_expect(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n', "no line \"%s\" in:\n%s", line, text);
}

/* The output is a file that gives the same configuration, but for the secret and the origins. */
Test(print, reads_back)
{
	char path[] = "/tmp/leat-test-print-XXXXXX";
	struct leat_config again;
	int fd = mkstemp(path);

	for (const struct sample *s = samples; s->key; s++)
		cr_assert_eq(leat_config_set(&config, s->key, s->value, &error), 0, "%s", error.text);
	print();
	cr_assert_eq(write(fd, text, text_size), (ssize_t)text_size);
	close(fd);
	leat_config_init(&again);
	cr_expect_eq(leat_config_file(&again, path, &error), 0, "%s", error.text);
	unlink(path);
	memcpy(again.secret, config.secret, sizeof(again.secret));
	cr_expect(!again.has_secret);
	again.has_secret = true;
	samples_expect(&again, "");
}

Test(print, a_secret_is_never_shown)
{
	cr_assert_eq(leat_config_set(&config, "secret",
		"abababababababababababababababababababababababababababababababab", NULL), 0);
	print();
	expect_line("# secret: set (not shown)");
	cr_expect_null(strstr(text, "abab"));
}

Test(print, what_is_not_set_is_said)
{
	print();
	expect_line("# port: every port that EAL has probed");
	expect_line("# addr: none, nobody can reach this instance");
	expect_line("# pcap: none");
	expect_line("# secret: random at each start");
	expect_line("tcp.msl = 30s");
}

Test(print, memory_by_part)
{
	config.rx_mbufs = 1 << 20;
	config.tx_mbufs = 1 << 20;
	config.max_connections = 1 << 20;
	config.max_half_open = 2 << 20;
	config.max_time_wait = 4 << 20;
	config.trace = 0;
	print();
	/* 2^20 of n bytes are n MiB. A buffer: 64 in the pool, 128 struct rte_mbuf, 8 in the ring, its room. */
	expect_line("# receive buffers         1048576 x 2376 B     2376.0 MiB");
	expect_line("# send buffers            1048576 x 2376 B     2376.0 MiB");
	expect_line("# header buffers          1048576 x  712 B      712.0 MiB");
	expect_line("# references              1048576 x  200 B      200.0 MiB");
	expect_line("# together                                     5664.0 MiB");
	expect_line("# control blocks          1048576 x  256 B      256.0 MiB");
	expect_line("# half-open entries       2097152 x   64 B      128.0 MiB");
	expect_line("# TIME-WAIT entries       4194304 x   64 B      256.0 MiB");
	expect_line("# demux                   7340032 x   13 B       91.0 MiB");
	expect_line("# pieces of data          3145728 x   32 B       96.0 MiB");
	expect_line("# short messages          1048576 x  256 B      256.0 MiB");
	expect_line("# timers                  1048576 x   32 B       32.0 MiB");
	expect_line("# by reference            1048576 x   64 B       64.0 MiB");
	expect_line("# senders                 1048576 x  256 B      256.0 MiB");
	expect_line("# runs in flight          3145728 x   32 B       96.0 MiB");
	expect_line("# own options             1048576 x   64 B       64.0 MiB");
	expect_line("# statistics              1048576 x  256 B      256.0 MiB");
	expect_line("# together                                     1851.0 MiB");
	expect_line("# both, at the most                            7515.0 MiB");
}

/* The belts between the cores are DPDK's memory too: 257 lines each (core/belt.h). */
Test(print, memory_of_all_cores)
{
	config.rx_mbufs = 1 << 20;
	config.tx_mbufs = 1 << 20;
	config.cores = 1;
	print();
	cr_expect_null(strstr(text, "cores together"));
	config.cores = 64;
	print();
	expect_line("# DPDK's, of 64 cores together               362560.2 MiB");
}

Test(print, help_tells_every_key)
{
	FILE *f = open_memstream(&text, &text_size);
	char line[128], accepted[KEY_ACCEPTED_TEXT];

	leat_config_help(f);
	fclose(f);
	for (const struct config_key *k = config_keys; k->name; k++) {
		snprintf(line, sizeof(line), "%s = %s", k->name, key_write_accepted(k, accepted));
		cr_expect_not_null(strstr(text, line), "%s", line);
		cr_expect_not_null(strstr(text, k->help), "%s", k->help);
	}
	expect_line("tcp.msl = 1ms..4m; default 30s");
	expect_line("tx_descriptors = powers of two 64..32768; default 1024");
}

Test(print, usage_tells_every_option_and_key)
{
	static const char *const options[] = {"--config FILE", "--addr A/LEN[@PORT]", "--gateway A", "--route P via A",
		"--neighbour A lladdr MAC", "--port NAME", "--set KEY=VALUE", "--pcap FILE", "--name NAME", "--trace N",
		"--check"};
	FILE *f = open_memstream(&text, &text_size);

	leat_config_usage(f);
	fclose(f);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		cr_expect_not_null(strstr(text, options[i]), "%s", options[i]);
	for (const struct config_key *k = config_keys; k->name; k++)
		cr_expect_not_null(strstr(text, k->name), "%s", k->name);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_expect_leq(strlen(line), 80, "wide: %s", line);
}
