/* SPDX-License-Identifier: BSD-3-Clause */
/* Option values as people write them; what is none ends the program with status 1. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/app.h"

static struct app app = {.name = "leat-test"};

TestSuite(values, .init = cr_redirect_stderr);

/* The status that fn(text) ends a process with; 0 when it returns. */
static int
status_of(void (*fn)(const char *text), const char *text)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn(text);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "%s", text);
	return WEXITSTATUS(status);
}

static void
number(const char *text)
{
	app_number(&app, "--n", text, 1, 4096);
}

static void
duration(const char *text)
{
	app_duration(&app, "--t", text);
}

static void
endpoint(const char *text)
{
	app_endpoint(&app, "--listen", text);
}

Test(values, numbers)
{
	static const char *const refused[] = {"", "x", "0", "4097", "5k", "1kk", "1 ", " 1", "-1", "+1", "1.5", "0x10",
		"18446744073709551617", "18014398509481984k"};

	cr_assert_eq(app_number(&app, "--n", "1", 1, 4096), 1);
	cr_assert_eq(app_number(&app, "--n", "4k", 1, 4096), 4096);
	cr_assert_eq(app_number(&app, "--n", "3M", 0, UINT64_MAX), 3 << 20);
	cr_assert_eq(app_number(&app, "--n", "2G", 0, UINT64_MAX), 2ull << 30);
	cr_assert_eq(app_number(&app, "--n", "18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(status_of(number, refused[i]), 1, "\"%s\"", refused[i]);
}

Test(values, durations)
{
	static const char *const refused[] = {"", "1", "s", "-1s", "+1s", "1 s", "1s ", "1d", "25h", "infs", "nans",
		"0x1s", "1e3s", "1..2s"};

	cr_assert_eq(app_duration(&app, "--t", "0s"), 0);
	cr_assert_eq(app_duration(&app, "--t", "250us"), 250000);
	cr_assert_eq(app_duration(&app, "--t", "10ms"), 10000000);
	cr_assert_eq(app_duration(&app, "--t", "1.5s"), 1500000000);
	cr_assert_eq(app_duration(&app, "--t", "2m"), 120000000000);
	cr_assert_eq(app_duration(&app, "--t", "24h"), 86400000000000);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(status_of(duration, refused[i]), 1, "\"%s\"", refused[i]);
}

Test(values, endpoints)
{
	static const char *const refused[] = {"", "80", ":0", ":65536", "192.0.2.1", "192.0.2.1:", "host:80"};
	struct leat_endpoint ep = app_endpoint(&app, "--listen", ":80");

	cr_assert_eq(ep.addr.family, LEAT_UNSPEC);
	cr_assert_eq(ep.port, 80);
	ep = app_endpoint(&app, "--listen", "192.0.2.1:8080");
	cr_assert_eq(ep.addr.family, LEAT_IPV4);
	cr_assert_eq(ep.port, 8080);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(status_of(endpoint, refused[i]), 1, "\"%s\"", refused[i]);
}

Test(values, bytes_for_people)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {1536, "1.5 KiB"}, {100 << 20, "100.0 MiB"},
		{3ull << 40, "3.0 TiB"}, {UINT64_MAX, "16384.0 PiB"}};
	char buf[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_str_eq(app_bytes(cases[i].bytes, buf, sizeof(buf)), cases[i].text);
}
