/* SPDX-License-Identifier: BSD-3-Clause */
/* The program leat, as somebody at a shell sees it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "asked.h"
#include "run/inspect/inspect.h"
#include "run/run.h"

static char text[1 << 16];

static void
begin(void)
{
	asked_begin();
	/* Not the name of an instance that may be running here. */
	snprintf(config.name, sizeof(config.name), "test-%d", (int)getpid());
	asked_start();
	asked_run();
}

TestSuite(leat, .init = begin, .fini = asked_end, .timeout = 60);

/* Runs `leat ARGS`; text is what it wrote, on both streams. Returns its exit status. */
static int
leat(const char *args)
{
	char line[512];

	snprintf(line, sizeof(line), "%s %s 2>&1", LEAT_PROGRAM, args);
	FILE *from = popen(line, "r");
	cr_assert_not_null(from);
	text[fread(text, 1, sizeof(text) - 1, from)] = '\0';
	int status = pclose(from);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

Test(leat, it_prints_what_the_only_instance_answers)
{
	cr_expect_eq(leat("version"), 0);
	cr_expect_str_eq(text, "leat " LEAT_VERSION "\n");
	cr_expect_eq(leat("ss -l"), 0);
	cr_expect_str_eq(text, "no listener\n");
	asked_listen();
	cr_expect_eq(leat("ss -l --json"), 0);
	cr_expect_not_null(strstr(text, "\"state\":\"LISTEN\""), "%s", text);
}

Test(leat, a_refused_question_is_an_error)
{
	cr_expect_eq(leat("nonsense"), 1);
	cr_expect_str_eq(text, "leat: unknown command \"nonsense\" (leat help lists them)\n");
	cr_expect_eq(leat("ss -x"), 1);
	cr_expect_eq(leat("'ss -a'"), 1);
	cr_expect_str_eq(text, "leat: \"ss -a\" is not one word\n");
	cr_expect_eq(leat(""), 1);
	cr_expect_eq(leat("-x"), 1);
	cr_expect_eq(leat("-w 0 ss"), 1);
}

Test(leat, an_instance_that_is_not_there_is_an_error)
{
	cr_expect_eq(leat("-n nobody-has-this-name ss"), 1);
	cr_expect_not_null(strstr(text, "no program over leat with the name 'nobody-has-this-name'"), "%s", text);
	cr_expect_eq(strcspn(text, "\n") + 1, strlen(text), "more than one line: %s", text);
}

Test(leat, several_instances_are_told_apart)
{
	static struct leat other;
	struct leat_error error;
	char line[512];

	snprintf(other.config.name, sizeof(other.config.name), "other");
	cr_assert_eq(inspect_start(&other, &error), 0, "%s", error.text);
	cr_expect_eq(leat("ss"), 1);
	cr_expect(strstr(text, "several programs over leat are running") && strstr(text, config.name) &&
		strstr(text, "other"), "%s", text);
	cr_expect_eq(leat("-n other version"), 0);
	snprintf(line, sizeof(line), "-n %s ss -l", config.name);
	cr_expect_eq(leat(line), 0);
	cr_expect_eq(leat("ls"), 0);
	snprintf(line, sizeof(line), "%-20s %8d  ", config.name, (int)getpid());
	cr_expect(strstr(text, line) && strstr(text, "\nother "), "%s", text);
	inspect_stop(&other);
	cr_expect_eq(leat("ss"), 0, "one is left: %s", text);
}

Test(leat, it_watches_until_it_is_interrupted)
{
	int fds[2], status;
	unsigned n = 0;

	cr_assert_eq(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execl(LEAT_PROGRAM, "leat", "-w", "0.1", "ss", NULL);
		_exit(127);
	}
	close(fds[1]);
	FILE *from = fdopen(fds[0], "r");
	while (n < 3 && fgets(text, sizeof(text), from) != NULL)
		n += strcmp(text, "no connection\n") == 0;
	cr_expect_eq(n, 3);
	kill(child, SIGINT);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	fclose(from);
}

Test(leat, it_tells_about_itself_alone)
{
	cr_expect_eq(leat("--version"), 0);
	cr_expect_str_eq(text, "leat " LEAT_VERSION "\n");
	cr_expect_eq(leat("--help"), 0);
	cr_expect_eq(strncmp(text, "leat [-n NAME] [-w SECONDS] COMMAND", 35), 0);
}
