/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <leat/version.h>
#include "run/inspect/ask.h"
#include "run/run.h"

static int ask_help(struct ask *a);

static int
ask_config(struct ask *a)
{
	if (ask_flags(a, NULL, NULL) < 0)
		return -1;
	/* Never changes after leat_create(). */
	leat_config_print(&a->leat->config, ask_begin(a));
	return 0;
}

static int
ask_version(struct ask *a)
{
	if (ask_flags(a, NULL, NULL) < 0)
		return -1;
	fprintf(ask_begin(a), "leat %s\n", leat_version());
	return 0;
}

static const struct command {
	const char *name, *usage, *does;
	int (*run)(struct ask *a);
} commands[] = {
	{"ss", "[-l|-a] [--json] [ADDR:PORT]",
		"connections; -l: listeners, -a: both; :PORT: only with this port on either side", ask_ss},
	{"stats", "[-a] [--json] [PREFIX]",
		"counters, drops and who holds the packet buffers; -a: zeros too", ask_stats},
	{"arp", "[--json]", "neighbours", ask_arp},
	{"addr", "[--json]", "addresses", ask_addr},
	{"route", "[--json]", "routes", ask_route},
	{"ports", "[--json]", "ports: link, offloads, the driver's counters", ask_ports},
	{"trace", "[N] [ADDR[:PORT]] [--clear]",
		"the ladder of each connection in the trace; N: the last N; ADDR: of this peer", ask_trace},
	{"config", "", "the resolved configuration", ask_config},
	{"version", "", "of the library", ask_version},
	{"help", "", "this list", ask_help},
};

static int
ask_help(struct ask *a)
{
	FILE *to = ask_begin(a);

	for (size_t i = 0; i < RTE_DIM(commands); i++) {
		fprintf(to, "  %s%s%s\n", commands[i].name, commands[i].usage[0] ? " " : "", commands[i].usage);
		fprintf(to, "      %s\n", commands[i].does);
	}
	return 0;
}

FILE *
ask_begin(struct ask *a)
{
	if (!a->begun)
		fputs("ok\n", a->to);
	a->begun = true;
	return a->to;
}

int
ask_fail(struct ask *a, const char *format, ...)
{
	va_list ap;

	if (a->failed)
		return -1;
	a->failed = true;
	fputs(a->begun ? "\n(cut short: " : "error ", a->to);
	va_start(ap, format);
	vfprintf(a->to, format, ap);
	va_end(ap);
	fputs(a->begun ? ")\n" : "\n", a->to);
	return -1;
}

int
ask_core(struct ask *a, unsigned core, void (*fn)(struct leat_core *, void *), void *arg)
{
	if (atomic_load(a->stop))
		return ask_fail(a, "the program is ending");
	int rc = leat_core_call(leat_core(a->leat, core), fn, arg);

	if (rc == -ETIMEDOUT)
		return ask_fail(a, "core %u did not answer within two seconds: its loop is not turning", core);
	if (rc < 0)
		return ask_fail(a, "core %u: %s", core, strerror(-rc));
	return 0;
}

int
ask_flags(struct ask *a, const struct ask_flag *flags, const char **word)
{
	for (unsigned i = 1; i < a->nb_words; i++) {
		const struct ask_flag *f = flags;
		while (f != NULL && f->name != NULL && strcmp(f->name, a->words[i]) != 0)
			f++;
		if (f != NULL && f->name != NULL)
			*f->set = true;
		else if (a->words[i][0] != '-' && word != NULL && *word == NULL)
			*word = a->words[i];
		else
			return ask_fail(a, "%s does not take \"%s\" (leat help tells what it takes)", a->words[0],
				a->words[i]);
	}
	return 0;
}

void
json_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f) /* a name is not known to be UTF-8 */
			fprintf(to, "\\u%04x", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

char *
mac_text(const uint8_t mac[6], char buf[MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

void
ask_answer(struct leat *leat, const atomic_bool *stop, char *line, FILE *to)
{
	struct ask a = {.leat = leat, .stop = stop, .to = to};
	char *rest = NULL;

	for (char *w = strtok_r(line, " \t\r\n", &rest); w != NULL; w = strtok_r(NULL, " \t\r\n", &rest)) {
		if (a.nb_words == ASK_WORDS) {
			ask_fail(&a, "more than %d words", ASK_WORDS);
			return;
		}
		a.words[a.nb_words++] = w;
	}
	if (a.nb_words == 0) {
		ask_fail(&a, "no command");
		return;
	}
	for (size_t i = 0; i < RTE_DIM(commands); i++)
		if (strcmp(commands[i].name, a.words[0]) == 0) {
			commands[i].run(&a);
			return;
		}
	ask_fail(&a, "unknown command \"%s\" (leat help lists them)", a.words[0]);
}
