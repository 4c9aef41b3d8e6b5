/* SPDX-License-Identifier: BSD-3-Clause */
/* The socket and its server: whose it is, and that nobody who asks can hang anybody else. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "asked.h"
#include "run/inspect/inspect.h"
#include "run/run.h"

TestSuite(inspect, .init = asked_begin, .fini = asked_end, .timeout = 60);

static void
start(void)
{
	asked_start();
	asked_run();
}

static const char *
path(void)
{
	static char text[256];

	inspect_path(config.name, text, sizeof(text));
	return text;
}

/* Leaves the socket of a process that is dead. */
static void
leave_stale(void)
{
	char dir[256];
	int status;

	snprintf(dir, sizeof(dir), "%s", path());
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(mkdir(dir, 0755), 0);
	pid_t child = fork();
	if (child == 0) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		strcpy(addr.sun_path, path());
		_exit(bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0);
	}
	waitpid(child, &status, 0);
	cr_assert_eq(status, 0);
	cr_assert_eq(access(path(), F_OK), 0);
}

Test(inspect, only_the_user_may_ask)
{
	struct stat st;
	char dir[256];

	start();
	cr_assert_eq(stat(path(), &st), 0);
	cr_expect(S_ISSOCK(st.st_mode));
	cr_expect_eq(st.st_mode & 0777, 0600);
	snprintf(dir, sizeof(dir), "%s", path());
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(stat(dir, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0700);
}

Test(inspect, the_socket_of_a_dead_process_is_replaced)
{
	struct stat st;
	char dir[256];

	leave_stale();
	start();
	cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0);
	snprintf(dir, sizeof(dir), "%s", path());
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(stat(dir, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0700, "a directory that was open to others is closed");
}

Test(inspect, a_name_in_use_is_refused)
{
	static struct leat other;
	struct leat_error error = {0};
	char who[64];

	start();
	snprintf(other.config.name, sizeof(other.config.name), "%s", config.name);
	cr_expect_eq(inspect_start(&other, &error), -EADDRINUSE);
	cr_expect_null(other.inspect);
	snprintf(who, sizeof(who), "the name 'asked' is in use by process %d", (int)getpid());
	cr_expect_eq(strncmp(error.text, who, strlen(who)), 0, "%s", error.text);
	cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0, "the first one still answers");
}

Test(inspect, a_path_that_no_socket_can_have_is_refused)
{
	static struct leat other;
	struct leat_error error = {0};
	char old[128], dir[128] = "/tmp/";

	snprintf(old, sizeof(old), "%s", getenv("XDG_RUNTIME_DIR"));
	memset(dir + 5, 'x', 110);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	snprintf(other.config.name, sizeof(other.config.name), "%s", config.name);
	cr_expect_eq(inspect_start(&other, &error), -ENAMETOOLONG);
	cr_expect_not_null(strstr(error.text, "XDG_RUNTIME_DIR"), "%s", error.text);
	cr_expect_neq(access(dir, F_OK), 0);
	setenv("XDG_RUNTIME_DIR", old, 1);
}

Test(inspect, the_socket_goes_with_the_instance)
{
	asked_start();
	cr_assert_eq(access(path(), F_OK), 0);
	leat_destroy(stack);
	stack = NULL;
	cr_expect_neq(access(path(), F_OK), 0);
}

/* The threads of inspection let no signal in: drivers' signals must reach the loop. */
Test(inspect, all_signals_are_blocked_in_its_thread)
{
	char name[300], line[256];
	unsigned found = 0;
	struct dirent *e;

	start();
	DIR *d = opendir("/proc/self/task");
	while ((e = readdir(d)) != NULL) {
		bool ours = false;
		unsigned long long blocked = 0;
		snprintf(name, sizeof(name), "/proc/self/task/%s/status", e->d_name);
		FILE *f = fopen(name, "r");
		while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
			ours |= strcmp(line, "Name:\tleat-inspect\n") == 0;
			sscanf(line, "SigBlk: %llx", &blocked);
		}
		if (f != NULL)
			fclose(f);
		if (!ours)
			continue;
		found++;
		for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
			cr_expect(blocked >> (sig - 1) & 1, "real-time signal %d comes through", sig);
		cr_expect(blocked >> (SIGINT - 1) & 1 && blocked >> (SIGIO - 1) & 1);
	}
	closedir(d);
	cr_expect_eq(found, 1);
}

Test(inspect, a_question_has_an_end)
{
	char line[2048];

	start();
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	cr_expect_eq(strncmp(ask(line), "error a question is one line", 28), 0);
	int fd = client();
	cr_assert_eq(send(fd, "version", 7, 0), 7);
	shutdown(fd, SHUT_WR);
	cr_expect_eq(strncmp(rest(fd), "ok\n", 3), 0, "the end of the stream ends the line too");
	close(client());
	cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0);
}

Test(inspect, a_client_that_does_not_read_is_dropped_and_hinders_nobody)
{
	start();
	asked_connect(6000);
	size_t whole = strlen(ask("ss"));
	cr_assert_gt(whole, 1000000, "too little to fill a socket");
	int slow = client();
	cr_assert_eq(send(slow, "ss\n", 3, 0), 3);
	double began = ms_now();
	while (ms_now() < began + 7000) {
		double asked = ms_now();
		cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0);
		cr_expect_lt(ms_now() - asked, 1500, "waited for another client");
		usleep(200000);
	}
	cr_expect_lt(strlen(rest(slow)), whole, "it was not dropped");
}

Test(inspect, silent_clients_are_sent_away)
{
	int fds[8];

	start();
	for (int i = 0; i < 8; i++)
		fds[i] = client();
	double began = ms_now();
	cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0);
	cr_expect_lt(ms_now() - began, 8000);
	for (int i = 0; i < 8; i++)
		cr_expect_eq(strncmp(rest(fds[i]), "error", 5), 0);
}

Test(inspect, a_core_that_does_not_turn_is_reported)
{
	asked_start();
	cr_expect_str_eq(ask("ss"), "error core 0 did not answer within two seconds: its loop is not turning\n");
	cr_expect_eq(strncmp(ask("version"), "ok\n", 3), 0);
}

Test(inspect, the_end_waits_for_nobody)
{
	asked_start();
	int silent = client(), asking = client();
	cr_assert_eq(send(asking, "ss\n", 3, 0), 3);
	usleep(100000);
	double began = ms_now();
	inspect_stop(stack);
	cr_expect_lt(ms_now() - began, 1000);
	cr_expect_null(stack->inspect);
	close(silent);
	close(asking);
}
