/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The page of the break table, tests/break.md, from the same data that run.c holds leat to.
 *
 *	break_page                    prints the page
 *	break_page FILE               is this the page? exit status 0 or 1
 *	break_page --self-test FILE   would a change of FILE be found?
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "break.h"

enum { PAGE_MAX = 1 << 20, TEXT = 2048, LADDER_MAX = 32, LADDER_WIDTH = 48 };

static char page[PAGE_MAX], file[PAGE_MAX];
static size_t used;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
put(const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(page + used, PAGE_MAX - used, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= PAGE_MAX - used)
		abort();
	used += (size_t)n;
}

/* --- the introduction --- */

static const char *const introduction =
	"# What happens when the connection breaks at each step\n"
	"\n"
	"A TCP connection is nine steps: three segments open it, data goes over it, two FINs and two ACKs close it, and\n"
	"one side waits a while. At each step something can break: the segment is lost or comes twice, the peer is\n"
	"gone, somebody forges a reset, there is no memory. This page says for each step and each breakage what leat\n"
	"sends, which states the two sides go through, what the applications are told, and how long it takes.\n"
	"\n"
	"Nothing here is drawn by hand. Each row is data in [tests/break/](break/), brought about between two instances\n"
	"of leat in virtual time on every run of the tests, and held to what happened, word by word:\n"
	"`tests/run break`. The page is rendered from the same data, and a test fails when it is not.\n"
	"\n"
	"## How to read it\n"
	"\n"
	"- **client** opens the connection, sends, and closes first; **server** listens. Once a connection is open the\n"
	"  two are equals: what is said of the client then holds for whoever sends or closes first.\n"
	"- Times are seconds since the step's segment left (or should have left). A segment takes 10 ms to the other\n"
	"  side; a round trip is 20 ms. A line with several times is the same segment sent several times.\n"
	"- Sequence and acknowledgement numbers count from each side's own SYN, which is 0; `seq 1:101` is 100 bytes\n"
	"  from number 1 on. Only what the two sides send is listed: not what is forged, and not what routers say.\n"
	"- **states**: where each side stood when the segment left, and what followed. *gone*: it has no power.\n"
	"  *LISTEN* is a server that has nothing but its listener.\n"
	"- A dot, or \"as in the normal case\": nothing is different.\n"
	"- **after**: when the last thing happened. What is still open then stays open: an hour is waited to see it.\n"
	"- The applications call nothing more than the story says, and close with leat_tcp_shutdown() (they go on\n"
	"  reading). Keepalive is off, as by default. \"100 bytes arrived\" is on_sent, \"opened\" on_open,\n"
	"  \"the peer has closed\" on_peer_closed, \"closed\" on_closed and its reason.\n"
	"\n"
	"| what breaks | what exactly |\n"
	"|---|---|\n"
	"| lost, duplicated, corrupted | the step's segment, once: it does not arrive; a copy follows 1 ms behind; a bit is flipped |\n"
	"| reordered | what follows a moment later overtakes it; a FIN overtakes the data before it |\n"
	"| delayed past the timeout | 1.5 s in the handshake, 0.5 s later, so that it has been sent again before it arrives |\n"
	"| RST | forged in the other's name, arrives at 5 ms; exact: with the number that is expected next; in the window: "
	"1000 beyond it; outside: 1000 before it |\n"
	"| vanishes, reboots | loses power at 5 ms; a reboot takes until 2 s, and its program starts anew |\n"
	"| both sides at once | the other application calls the same at the same moment |\n"
	"| link down | from 5 ms to 10 s nothing arrives, and both ports see it (where only a link further on is down, the "
	"doubled timeouts are waited out) |\n"
	"| ARP | nobody answers who asks for the other's MAC address |\n"
	"| ICMP | a router half way throws away what the segment's sender sends from then on, and says why each time |\n"
	"| no packet buffers | from just before until 3 s the sender of the segment has none to send with, or the receiver "
	"none to receive into |\n"
	"| no control blocks | until 3 s every block of that side is in use: connections, half-open entries, queue entries |\n"
	"| application exits | leat_tcp_unlisten() and leat_tcp_close() at 5 ms; with data unread at 15 ms |\n"
	"\n";

/* --- the overview --- */

static const struct cell *
find(enum step step, enum breaks what, enum side who)
{
	const struct table *t = break_tables[step];

	for (size_t i = 0; i < t->nb_cells; i++)
		if (t->cells[i].what == what && t->cells[i].who == who)
			return &t->cells[i];
	return NULL;
}

/* Which errors it tells whom; how long, if it tells the same later; "·": nothing is different. */
static void
put_outcome(const struct cell *c, const struct cell *normal)
{
	const char *error;
	bool any = false;

	if (c == NULL || c->sent == NULL) {
		put(" — |");
		return;
	}
	for (const char *line = c->told; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		error = strstr(line, ", E");
		if (error == NULL || error > line + strcspn(line, "\n"))
			continue;
		put("%s%.6s: %.*s", any ? "<br>" : " ", line, (int)strcspn(error + 2, " "), error + 2);
		any = true;
	}
	if (!any && strcmp(c->told, normal->told) == 0)
		put(" ·");
	else if (!any)
		put(" %s", c->takes);
	put(" |");
}

static void
put_overview_row(enum breaks what, enum side who)
{
	char title[64];

	put("| %s |", break_title(what, who, title, sizeof(title)));
	for (enum step step = 0; step < STEPS; step++)
		put_outcome(find(step, what, who), find(step, NOTHING, BOTH));
	put("\n");
}

static void
put_overview(void)
{
	static const char *const names[STEPS] = {"SYN", "SYN-ACK", "third ACK", "data", "FIN", "its ACK", "other FIN",
		"last ACK", "TIME-WAIT"};

	put("## At a glance\n\nThe errors that the applications are told; where there are none, how long it takes; a dot "
	    "where they notice\nnothing; a dash where it cannot be.\n\n| |");
	for (enum step step = 0; step < STEPS; step++)
		put(" [%s](#step-%d) |", names[step], (int)step + 1);
	put("\n|---|");
	for (enum step step = 0; step < STEPS; step++)
		put("---|");
	put("\n");
	for (enum breaks what = LOST; what < BREAKS; what++) {
		if (!break_has_sides(what)) {
			put_overview_row(what, BOTH);
			continue;
		}
		put_overview_row(what, CLIENT);
		put_overview_row(what, SERVER);
	}
	put("\n");
}

/* --- the ladder of the normal case --- */

struct rung {
	double at;
	enum side side;
	bool sent;
	char text[64];
};

/* "client SYN seq 0 at 0.01" */
static unsigned
read_rungs(const char *text, bool sent, struct rung *r, unsigned nb)
{
	char copy[TEXT], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *at = strstr(line, " at "), *space = strchr(line, ' ');
		if (at == NULL || nb == LADDER_MAX)
			continue;
		*at = '\0';
		r[nb].side = strncmp(line, "client", 6) == 0 ? CLIENT : SERVER;
		r[nb].sent = sent;
		r[nb].at = strtod(at + 4, NULL);
		snprintf(r[nb++].text, sizeof(r[0].text), "%s", space + 1);
	}
	return nb;
}

/* By time; what is told before what is sent: so it happens in a turn. */
static int
compare(const void *a, const void *b)
{
	const struct rung *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->sent - y->sent;
}

static void
put_rung(const struct rung *r)
{
	static const char dashes[] = "------------------------------------------------";
	int len = (int)strlen(r->text), left = (LADDER_WIDTH - len - 4) / 2, right = LADDER_WIDTH - len - 4 - left;

	if (!r->sent && r->side == CLIENT)
		put("%8.3g  %22s |%*s|\n", r->at, r->text, LADDER_WIDTH, "");
	else if (!r->sent)
		put("%8.3g  %22s |%*s| %s\n", r->at, "", LADDER_WIDTH, "", r->text);
	else
		put("%8.3g  %22s |%s%.*s %s %.*s%s|\n", r->at, "", r->side == CLIENT ? "-" : "<", left, dashes, r->text,
			right, dashes, r->side == CLIENT ? ">" : "-");
}

static void
put_ladder(const struct cell *c)
{
	struct rung rungs[LADDER_MAX];
	unsigned nb = read_rungs(c->told, false, rungs, read_rungs(c->sent, true, rungs, 0));

	qsort(rungs, nb, sizeof(rungs[0]), compare);
	put("```\n seconds  %22s  %-*s  server\n", "client", LADDER_WIDTH, "");
	for (unsigned i = 0; i < nb; i++)
		put_rung(&rungs[i]);
	if (nb == 0)
		put("%8s  %22s |%*s|\n", "", "", LADDER_WIDTH, "nothing is sent, nobody is told anything      ");
	put("```\n");
}

/* --- the tables --- */

static void
put_lines(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			put("<br>");
		else
			put("%c", *text);
}

static bool
is_as(const struct cell *c, const struct cell *normal)
{
	return c != normal && strcmp(c->sent, normal->sent) == 0 && strcmp(c->state, normal->state) == 0 &&
		strcmp(c->told, normal->told) == 0 && strcmp(c->takes, normal->takes) == 0;
}

static void
put_row(const struct cell *c, const struct cell *normal)
{
	char title[64];

	put("| %s | ", break_title(c->what, c->who, title, sizeof(title)));
	if (c->sent == NULL) {
		put("cannot be | — | — | — ");
	} else if (is_as(c, normal)) {
		put("as in the normal case | · | · | %s ", c->takes);
	} else {
		put_lines(c->sent);
		put(" | ");
		put_lines(c->state);
		put(" | ");
		put_lines(c->told);
		put(" | %s ", c->takes);
	}
	put("| %s%s%s%s |\n", c->why, c->rule != NULL ? " (" : "", c->rule != NULL ? c->rule : "",
		c->rule != NULL ? ")" : "");
}

static void
put_table(const struct table *t)
{
	const struct cell *normal = find(t->step, NOTHING, BOTH);

	put("<a id=\"step-%d\"></a>\n## %d. %s\n\n%s\n\n", (int)t->step + 1, (int)t->step + 1, t->title, t->intro);
	put_ladder(normal);
	put("\n| what goes wrong | what the two send | states | the applications are told | after | why |\n"
	    "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < t->nb_cells; i++)
		put_row(&t->cells[i], normal);
	put("\n");
}

static size_t
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(file, 1, PAGE_MAX - 1, f);
	fclose(f);
	return n;
}

/* The line of the first difference, 0 when there is none. */
static int
differs(size_t len)
{
	int line = 1;

	for (size_t i = 0; i < len || i < used; i++) {
		if (i >= len || i >= used || file[i] != page[i])
			return line;
		line += page[i] == '\n';
	}
	return 0;
}

static int
self_test(size_t len)
{
	file[len / 2] ^= 1;
	if (differs(len) == 0 || differs(len - 1) == 0 || (file[len / 2] ^= 1, differs(len - 1) == 0)) {
		puts("a changed page is not found");
		return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	int line;

	put("%s", introduction);
	put_overview();
	for (enum step step = 0; step < STEPS; step++)
		put_table(break_tables[step]);
	if (argc == 1)
		return fwrite(page, 1, used, stdout) != used;
	if (argc == 3 && strcmp(argv[1], "--self-test") == 0)
		return self_test(read_file(argv[2]));
	line = differs(read_file(argv[1]));
	if (line != 0)
		printf("%s: line %d is not what the data say; render it anew: %s > %s\n", argv[1], line, argv[0], argv[1]);
	return line != 0;
}
