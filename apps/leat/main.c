/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leat: looks into a running program over leat. It asks one line through the program's Unix socket
 * and prints the answer; what can be asked, and how it looks, is the business of the library that
 * answers. So this program needs neither DPDK nor libleat (of which only the ladder is linked in, for capture files),
 * and starts at once.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <leat/version.h>
#include "instances.h"
#include "offline.h"

enum {
	QUESTION = 512,     /* longest */
	PATIENCE_MS = 15000, /* for the next piece of an answer; a core that hangs is noticed after 2 s */
};

static const char help[] =
	"leat [-n NAME] [-w SECONDS] COMMAND [ARGUMENT...]\n"
	"\n"
	"Looks into a running program over leat.\n"
	"\n"
	"  ls                              the running instances\n"
	"  ss [-l|-a] [--json] [ADDR:PORT] connections, as `ss -tni` shows them\n"
	"  stats [-a] [--json] [PREFIX]    counters, drops with their reason, packet buffers\n"
	"  trace [N] [ADDR[:PORT]]         the packets of each connection as a ladder; --clear\n"
	"  arp, addr, route, ports         neighbours, addresses, routes, ports; --json\n"
	"  config                          the resolved configuration\n"
	"  ladder FILE [N] [ADDR[:PORT]]   the connections in a capture file as ladders; asks no program\n"
	"  help                            all that the running program can be asked\n"
	"  version                         of the library that it uses\n"
	"\n"
	"  -n, --name NAME                 of the instance; needed only when several run\n"
	"  -w, --watch SECONDS             ask again and again\n"
	"      --help, --version           of this program\n";

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("leat: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static int
list_instances(void)
{
	static struct instance list[MAX_INSTANCES];
	unsigned n = instances_find(list, NULL);

	if (n == 0) {
		fputs("leat: no program over leat is running (looked in ", stderr);
		instances_places(stderr);
		fputs(")\n", stderr);
		return 1;
	}
	printf("%-20s %8s  %s\n", "NAME", "PID", "SOCKET");
	for (unsigned i = 0; i < n; i++)
		printf("%-20s %8d  %s\n", list[i].name, (int)list[i].pid, list[i].path);
	return 0;
}

/*
 * The instance to ask: the one with this name, or the only one. What lies in the place that the
 * environment names comes before what lies in the system's.
 */
static struct instance
choose(const char *name)
{
	static struct instance list[MAX_INSTANCES];
	unsigned n = instances_find(list, name);
	char names[512] = "";

	if (n == 0 && name != NULL)
		die("no program over leat with the name '%s' is running; leat ls lists those that are", name);
	if (n == 0)
		die("no program over leat is running; start one (they open the socket unless told --set inspect=off)");
	for (unsigned i = 0; i < n; i++)
		n = list[i].place == list[0].place ? n : i;
	for (unsigned i = 0; i < n && strlen(names) < sizeof(names) - MAX_NAME - 4; i++)
		snprintf(names + strlen(names), MAX_NAME + 2, "%s%s", i ? ", " : "", list[i].name);
	if (n > 1 && name == NULL)
		die("several programs over leat are running: %s; choose one with -n NAME", names);
	return list[0];
}

static char *
question(char **words, int n)
{
	static char line[QUESTION];
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		if (strpbrk(words[i], " \t\r\n") != NULL || words[i][0] == '\0')
			die("\"%s\" is not one word", words[i]);
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", i ? " " : "", words[i]);
		if (at >= sizeof(line) - 1)
			die("the question is longer than %d bytes", QUESTION - 2);
	}
	line[at] = '\n';
	line[at + 1] = '\0';
	return line;
}

/* The whole answer, so that a slow reader of ours does not keep the program waiting. free() it. */
static char *
receive(int fd, const char *name)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0, room = 64 * 1024;
	char *text = malloc(room);

	for (;;) {
		if (text != NULL && room - n < 2)
			text = realloc(text, room *= 2);
		if (text == NULL)
			die("no memory for the answer");
		int ready = poll(&p, 1, PATIENCE_MS);
		if (ready == 0)
			die("'%s' does not answer", name);
		if (ready < 0)
			continue;
		ssize_t got = read(fd, text + n, room - n - 1);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	return text;
}

static void
ask(const struct instance *i, const char *line)
{
	pid_t pid;
	int fd = instance_connect(i->path, &pid);

	if (fd < 0)
		die("'%s' is gone: %s", i->name, strerror(-fd));
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		die("'%s': %s", i->name, strerror(errno));
	char *text = receive(fd, i->name);
	close(fd);
	char *end = strchr(text, '\n');
	if (end == NULL)
		die("'%s' ended while it was asked", i->name);
	*end = '\0';
	if (strncmp(text, "error ", 6) == 0)
		die("%s", text + 6);
	if (strcmp(text, "ok") != 0)
		die("'%s' answered with something else than leat's answers", i->name);
	fputs(end + 1, stdout);
	free(text);
	if (fflush(stdout) != 0)
		die("the answer cannot be written: %s", strerror(errno));
}

static void
watch(const struct instance *i, const char *line, double seconds)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct timespec pause = {.tv_sec = (time_t)seconds};

	pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	while (!interrupted) {
		time_t now = time(NULL);
		char when[32];
		strftime(when, sizeof(when), "%H:%M:%S", localtime(&now));
		/* On a terminal from the top each time; into a file one after the other. */
		printf("%s%s  %s: %.*s, every %g s\n\n", isatty(STDOUT_FILENO) ? "\033[H\033[2J" : "", when, i->name,
			(int)strlen(line) - 1, line, seconds);
		ask(i, line);
		if (!isatty(STDOUT_FILENO))
			putchar('\n');
		nanosleep(&pause, NULL);
	}
}

static double
read_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0.1 && seconds <= 86400))
		die("-w takes seconds, 0.1 to 86400, not \"%s\"", text);
	return seconds;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {{"name", required_argument, NULL, 'n'},
		{"watch", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {0}};
	const char *name = NULL;
	double seconds = 0;

	for (int opt; (opt = getopt_long(argc, argv, "+n:w:h", longs, NULL)) != -1;) {
		switch (opt) {
		case 'n':
			name = optarg;
			break;
		case 'w':
			seconds = read_seconds(optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("leat " LEAT_VERSION);
			return 0;
		default:
			return 1;
		}
	}
	if (optind == argc)
		die("what shall be looked at? leat --help lists the commands");
	if (strcmp(argv[optind], "ls") == 0)
		return argc == optind + 1 ? list_instances() : (die("ls takes no arguments"), 1);
	if (strcmp(argv[optind], "ladder") == 0)
		return ladder_command(argv + optind + 1, argc - optind - 1);
	char *line = question(argv + optind, argc - optind);
	struct instance i = choose(name);
	if (seconds > 0)
		watch(&i, line, seconds);
	else
		ask(&i, line);
	return 0;
}
