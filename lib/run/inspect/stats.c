/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat stats`: the counters by name, the drops with their reasons, who holds the packet buffers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "run/inspect/ask.h"
#include "run/run.h"

enum group {
	COUNTED,
	DROPPED,
	GROUPS
};

struct stats {
	struct ask *ask;
	bool all, json;
	const char *prefix;
	struct leat_stat *rows;
	size_t n;
	struct leat_usage usage;
};

struct usage_row {
	const char *name, *text;
	uint64_t value;
};

static enum group
group_of(const char *name)
{
	return strncmp(name, "drop_", 5) == 0 ? DROPPED : COUNTED;
}

static bool
named(const struct stats *s, const char *name)
{
	return s->prefix == NULL || strncmp(name, s->prefix, strlen(s->prefix)) == 0;
}

/* A counter; usage is told even when it is zero: that nothing is held is worth knowing. */
static bool
wanted(const struct stats *s, const char *name, uint64_t value)
{
	return (s->all || value != 0) && named(s, name);
}

/* A title before the first row of a part, and an empty line before every part but the first. */
static void
title(FILE *to, bool *titled, bool *any, const char *text)
{
	if (*titled)
		return;
	fprintf(to, "%s%s\n", *any ? "\n" : "", text);
	*titled = *any = true;
}

static void
write_row(FILE *to, const char *name, uint64_t value, const char *text)
{
	fprintf(to, "  %-28s %16" PRIu64 "  %s\n", name, value, text);
}

static void
write_text(const struct stats *s, const struct usage_row *mbufs, const struct usage_row *tables)
{
	static const char *const titles[GROUPS] = {"counters", "dropped"};
	FILE *to = ask_begin(s->ask);
	bool any = false;

	for (int g = 0; g < GROUPS; g++) {
		bool titled = false;
		for (size_t i = 0; i < s->n; i++) {
			const struct leat_stat *r = &s->rows[i];
			if ((int)group_of(r->name) != g || !wanted(s, r->name, r->value))
				continue;
			title(to, &titled, &any, titles[g]);
			write_row(to, r->name, r->value, r->text);
		}
	}
	const struct usage_row *const parts[] = {mbufs, tables};
	static const char *const part_titles[] = {"packet buffers", "tables"};
	for (int p = 0; p < 2; p++) {
		bool titled = false;
		for (const struct usage_row *r = parts[p]; r->name != NULL; r++) {
			if (!named(s, r->name))
				continue;
			title(to, &titled, &any, part_titles[p]);
			write_row(to, r->name, r->value, r->text);
		}
	}
	if (!any)
		fprintf(to, "nothing was counted under a name that begins with %s\n", s->prefix);
}

static void
json_member(FILE *to, bool *any, const char *name, uint64_t value)
{
	fprintf(to, "%s\n  \"%s\": %" PRIu64, *any ? "," : "", name, value);
	*any = true;
}

static void
json_usage(const struct stats *s, const char *name, const struct usage_row *rows)
{
	bool any = false;

	fprintf(s->ask->to, ",\n \"%s\": {", name);
	for (; rows->name != NULL; rows++)
		if (named(s, rows->name))
			json_member(s->ask->to, &any, rows->name, rows->value);
	fputc('}', s->ask->to);
}

static void
write_json(const struct stats *s, const struct usage_row *mbufs, const struct usage_row *tables)
{
	static const char *const names[GROUPS] = {"counters", "dropped"};
	FILE *to = ask_begin(s->ask);

	for (int g = 0; g < GROUPS; g++) {
		bool any = false;
		fprintf(to, "%s\"%s\": {", g ? ",\n " : "{", names[g]);
		for (size_t i = 0; i < s->n; i++)
			if ((int)group_of(s->rows[i].name) == g && wanted(s, s->rows[i].name, s->rows[i].value))
				json_member(to, &any, s->rows[i].name, s->rows[i].value);
		fputc('}', to);
	}
	json_usage(s, "mbufs", mbufs);
	json_usage(s, "tables", tables);
	fputs("}\n", to);
}

static void
write_stats(const struct stats *s)
{
	const struct leat_usage *u = &s->usage;
	const struct usage_row mbufs[] = {
		{"mbufs_total", "in all pools of the instance", u->mbufs_total},
		{"mbufs_free", "in the pools", u->mbufs_free},
		{"mbufs_stack", "held by leat: to send, received and not consumed, waiting for a neighbour",
			u->mbufs_stack},
		{"mbufs_app", "held by the application", u->mbufs_app},
		{"mbufs_driver", "held by the drivers: receive and transmit rings", u->mbufs_driver},
		{NULL, NULL, 0},
	};
	const struct usage_row tables[] = {
		{"connections", "control blocks in use", u->connections},
		{"half_open", "SYN-RECEIVED entries", u->half_open},
		{"time_wait", "TIME-WAIT entries", u->time_wait},
		{"listeners", "listening endpoints", u->listeners},
		{"table_bytes", "bytes that all this takes, and the table that finds it", u->table_bytes},
		{NULL, NULL, 0},
	};

	(s->json ? write_json : write_text)(s, mbufs, tables);
}

static void
get_usage(struct leat_core *core, void *arg)
{
	struct stats *s = arg;

	s->usage.size = sizeof(s->usage);
	leat_usage(leat_core_instance(core), &s->usage);
}

int
ask_stats(struct ask *a)
{
	struct stats s = {.ask = a};
	const struct ask_flag flags[] = {{"-a", &s.all}, {"--json", &s.json}, {NULL, NULL}};

	if (ask_flags(a, flags, &s.prefix) < 0 || ask_core(a, 0, get_usage, &s) < 0)
		return -1;
	size_t room = leat_stats(a->leat, NULL, 0);
	s.rows = calloc(room + 1, sizeof(*s.rows));
	if (s.rows == NULL)
		return ask_fail(a, "no memory");
	s.n = RTE_MIN(leat_stats(a->leat, s.rows, room), room);
	write_stats(&s);
	free(s.rows);
	return 0;
}
