/* SPDX-License-Identifier: BSD-3-Clause */
/* leat's options on the command line of a program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "config/entries.h"
#include "config/keys.h"
#include "config/setting.h"

enum action {
	ACTION_KEY,    /* sets the key of the same name */
	ACTION_SET,    /* key=value */
	ACTION_CONFIG,
	ACTION_CHECK,
};

struct option {
	const char *name;
	enum action action;
	const char *arg;   /* what stands for its value in help; NULL: it has none */
	const char *joint; /* "P via A" may come as three arguments */
	const char *help;
};

static const struct option options[] = {
	{"config", ACTION_CONFIG, "FILE", NULL, "read an INI file (options win over files)"},
	{"addr", ACTION_KEY, "A/LEN[@PORT]", NULL, "an address of ours (repeatable)"},
	{"gateway", ACTION_KEY, "A", NULL, "the router for everything outside our subnets"},
	{"route", ACTION_KEY, "P via A", "via", "a route (repeatable)"},
	{"neighbour", ACTION_KEY, "A lladdr MAC", "lladdr", "a neighbour ARP never asks for (repeatable)"},
	{"port", ACTION_KEY, "NAME", NULL, "a port to use (repeatable; default: all)"},
	{"set", ACTION_SET, "KEY=VALUE", NULL, "any key of the configuration file (repeatable)"},
	{"pcap", ACTION_KEY, "FILE", NULL, "write every frame to FILE"},
	{"name", ACTION_KEY, "NAME", NULL, "name of the instance, for `leat -n NAME`"},
	{"trace", ACTION_KEY, "N", NULL, "keep N records of the connection event trace"},
	{"check", ACTION_CHECK, NULL, NULL, "print configuration and memory needs, and exit"},
};

#define NB_OPTIONS (sizeof(options) / sizeof(options[0]))
#define OPTION_TEXT 16

/* An option of ours as it stands in argv. */
struct found {
	const struct option *option; /* NULL: not ours */
	const char *value;
	int args;                    /* arguments it takes up */
	char joined[ENTRY_TEXT + 1]; /* value put together from three arguments; too long stays too long */
};

static const struct option *
find_option(const char *arg)
{
	if (strncmp(arg, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < NB_OPTIONS; i++) {
		size_t n = strlen(options[i].name);

		if (strncmp(arg + 2, options[i].name, n) == 0 && (arg[2 + n] == '\0' || arg[2 + n] == '='))
			return &options[i];
	}
	return NULL;
}

static int
refuse_form(const struct option *o, const char *what, struct leat_error *error)
{
	return error_set(error, EINVAL, "--%s: %s: accepted is --%s%s%s", o->name, what, o->name,
		o->arg ? " " : "", o->arg ? o->arg : "");
}

/* The option at args[0]; n arguments are left. 0, or -EINVAL and told. */
static int
look(char **args, int n, struct found *f, struct leat_error *error)
{
	const struct option *o = find_option(args[0]);
	const char *equals = o ? strchr(args[0], '=') : NULL;

	f->option = o;
	f->args = 1;
	f->value = equals ? equals + 1 : NULL;
	if (o == NULL)
		return 0;
	if (o->arg == NULL)
		return equals ? refuse_form(o, "takes no value", error) : 0;
	if (f->value == NULL) {
		/* A value that looks like an option is a forgotten value; "--pcap=--x" still says it. */
		if (n < 2 || strncmp(args[1], "--", 2) == 0)
			return refuse_form(o, "a value is missing", error);
		f->value = args[1];
		f->args = 2;
	}
	if (o->joint && n >= f->args + 2 && strcmp(args[f->args], o->joint) == 0) {
		snprintf(f->joined, sizeof(f->joined), "%s %s %s", f->value, o->joint, args[f->args + 1]);
		f->value = f->joined;
		f->args += 2;
	}
	return 0;
}

/* --set key=value */
static int
apply_set(struct leat_config *config, const struct found *f, struct leat_error *error)
{
	char text[1024];
	size_t n = strlen(f->value);
	struct setting s = {.origin = "--set", .error = error};
	char *equals;

	if (n >= sizeof(text))
		return refuse_form(f->option, "too long", error);
	memcpy(text, f->value, n + 1);
	equals = strchr(text, '=');
	if (equals == NULL || equals == text)
		return refuse_form(f->option, equals ? "no key" : "no \"=\"", error);
	*equals = '\0';
	s.key = setting_trim(text);
	s.value = setting_trim(equals + 1);
	return setting_apply(config, &s);
}

static int
apply_key(struct leat_config *config, const struct found *f, struct leat_error *error)
{
	char origin[OPTION_TEXT];
	struct setting s = {.key = f->option->name, .value = f->value, .origin = origin, .error = error};

	snprintf(origin, sizeof(origin), "--%s", f->option->name);
	return setting_apply(config, &s);
}

/* First of two walks over the arguments: the files, so that the options after them win. */
static int
read_files(struct leat_config *config, int argc, char **argv, struct leat_error *error)
{
	struct found f;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i += f.args) {
		int rc = look(argv + i, argc - i, &f, error);

		if (rc == 0 && f.option && f.option->action == ACTION_CONFIG)
			rc = leat_config_file(config, f.value, error);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
apply(struct leat_config *config, const struct found *f, bool *check, struct leat_error *error)
{
	switch (f->option->action) {
	case ACTION_KEY:
		return apply_key(config, f, error);
	case ACTION_SET:
		return apply_set(config, f, error);
	case ACTION_CHECK:
		if (check)
			*check = true;
		return 0;
	default:
		return 0; /* the files were read before */
	}
}

int
leat_config_args(struct leat_config *config, int *argc, char **argv, bool *check, struct leat_error *error)
{
	int rc = read_files(config, *argc, argv, error);
	int kept = 1, i = 1;
	struct found f;

	for (; rc == 0 && i < *argc && strcmp(argv[i], "--") != 0; i += f.args) {
		rc = look(argv + i, *argc - i, &f, error);
		if (rc == 0 && f.option)
			rc = apply(config, &f, check, error);
		else if (rc == 0)
			argv[kept++] = argv[i];
	}
	if (rc < 0)
		return rc;
	while (i < *argc)
		argv[kept++] = argv[i++];
	if (kept < *argc)
		argv[kept] = NULL;
	*argc = kept;
	return 0;
}

void
leat_config_usage(FILE *to)
{
	char form[40];
	int column = 80;

	fprintf(to, "leat options:\n");
	for (size_t i = 0; i < NB_OPTIONS; i++) {
		const struct option *o = &options[i];

		snprintf(form, sizeof(form), "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		fprintf(to, "      %-26s %s\n", form, o->help);
	}
	fprintf(to, "\nKeys of the file and of --set (a wrong value tells what is accepted):");
	for (const struct config_key *k = config_keys; k->name; k++) {
		int n = (int)strlen(k->name) + 1;

		if (column + n > 78) {
			fprintf(to, "\n     ");
			column = 5;
		}
		fprintf(to, " %s", k->name);
		column += n;
	}
	fprintf(to, "\n");
}
