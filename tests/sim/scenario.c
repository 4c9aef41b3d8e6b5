/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <leat/config.h>
#include "draw.h"
#include "scenario.h"
#include "talk.h"

struct field {
	const char *name, *text;
	uint64_t plain;
	size_t at; /* in its struct */
};

#define PATH(n, p, t) {#n, t, p, offsetof(struct scenario_path, n)},
static const struct field path_fields[] = {
#include "scenario.def"
};
#define WAY(n, p, t) {#n, t, p, offsetof(struct scenario_way, n)},
static const struct field way_fields[] = {
#include "scenario.def"
};
#define HOST(n, p, t) {#n, t, p, offsetof(struct scenario_host, n)},
static const struct field host_fields[] = {
#include "scenario.def"
};
#define TALK(n, p, t) {#n, t, p, offsetof(struct scenario_talk, n)},
static const struct field talk_fields[] = {
#include "scenario.def"
};

enum { DRAWN_TALKS = 6 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct part {
	const char *name;
	size_t at;
	const struct field *fields;
	unsigned n;
};

static const struct part parts[] = {
	{"", offsetof(struct scenario, path), path_fields, COUNT(path_fields)},
	{"ab.", offsetof(struct scenario, ab), way_fields, COUNT(way_fields)},
	{"ba.", offsetof(struct scenario, ba), way_fields, COUNT(way_fields)},
	{"a.", offsetof(struct scenario, a), host_fields, COUNT(host_fields)},
	{"b.", offsetof(struct scenario, b), host_fields, COUNT(host_fields)},
	{"t0.", offsetof(struct scenario, talks[0]), talk_fields, COUNT(talk_fields)},
	{"t1.", offsetof(struct scenario, talks[1]), talk_fields, COUNT(talk_fields)},
	{"t2.", offsetof(struct scenario, talks[2]), talk_fields, COUNT(talk_fields)},
	{"t3.", offsetof(struct scenario, talks[3]), talk_fields, COUNT(talk_fields)},
	{"t4.", offsetof(struct scenario, talks[4]), talk_fields, COUNT(talk_fields)},
	{"t5.", offsetof(struct scenario, talks[5]), talk_fields, COUNT(talk_fields)},
	{"t6.", offsetof(struct scenario, talks[6]), talk_fields, COUNT(talk_fields)},
	{"t7.", offsetof(struct scenario, talks[7]), talk_fields, COUNT(talk_fields)},
	{"t8.", offsetof(struct scenario, talks[8]), talk_fields, COUNT(talk_fields)},
	{"t9.", offsetof(struct scenario, talks[9]), talk_fields, COUNT(talk_fields)},
};

/* Value i: its part and its field. */
static bool
look_up(unsigned i, const struct part **part, const struct field **field)
{
	for (unsigned p = 0; p < COUNT(parts); i -= parts[p++].n)
		if (i < parts[p].n) {
			*part = &parts[p];
			*field = &parts[p].fields[i];
			return true;
		}
	return false;
}

static uint64_t *
value_of(struct scenario *s, const struct part *part, const struct field *field)
{
	return (uint64_t *)((char *)s + part->at + field->at);
}

/* Does nothing ask for it? */
static bool
is_idle(const struct scenario *s, const struct part *part, const struct field *field)
{
	if (part->fields != talk_fields)
		return false;
	uint64_t id = (part->at - offsetof(struct scenario, talks)) / sizeof(s->talks[0]);
	return id >= s->path.talks || (s->talks[id].off && field->at != 0);
}

uint64_t *
scenario_value(struct scenario *s, unsigned i, uint64_t *plain)
{
	const struct part *part;
	const struct field *field;

	if (!look_up(i, &part, &field))
		return NULL;
	uint64_t *value = value_of(s, part, field);
	*plain = is_idle(s, part, field) ? *value : field->plain;
	return value;
}

static uint64_t *
value_by_name(struct scenario *s, const char *name, size_t len)
{
	const struct part *part;
	const struct field *field;

	for (unsigned i = 0; look_up(i, &part, &field); i++) {
		size_t prefix = strlen(part->name);
		if (len == prefix + strlen(field->name) && memcmp(name, part->name, prefix) == 0 &&
			memcmp(name + prefix, field->name, len - prefix) == 0)
			return value_of(s, part, field);
	}
	return NULL;
}

bool
scenario_set(struct scenario *s, const char *text, const char **bad)
{
	while (*text != '\0') {
		const char *equals = strchr(text, '=');
		uint64_t *value = equals != NULL ? value_by_name(s, text, (size_t)(equals - text)) : NULL;
		char *end;
		*bad = text;
		if (value == NULL || equals[1] < '0' || equals[1] > '9')
			return false;
		*value = strtoull(equals + 1, &end, 10);
		if (*end != ',' && *end != '\0')
			return false;
		text = *end == ',' ? end + 1 : end;
	}
	return s->path.talks >= 1 && s->path.talks <= SCENARIO_TALKS;
}

void
scenario_diff(const struct scenario *s, char text[SCENARIO_TEXT])
{
	struct scenario is = *s, drawn;
	const struct part *part;
	const struct field *field;
	size_t len = 0;

	scenario_draw(&drawn, s->seed);
	text[0] = '\0';
	for (unsigned i = 0; look_up(i, &part, &field); i++) {
		uint64_t value = *value_of(&is, part, field);
		if (!is_idle(s, part, field) && value != *value_of(&drawn, part, field))
			len += (size_t)snprintf(text + len, SCENARIO_TEXT - len, "%s%s%s=%" PRIu64, len > 0 ? "," : "",
				part->name, field->name, value);
	}
}

void
scenario_print(const struct scenario *s, FILE *to)
{
	struct scenario is = *s;
	const struct part *part;
	const struct field *field;
	char name[64];

	for (unsigned i = 0; look_up(i, &part, &field); i++) {
		if (is_idle(s, part, field))
			continue;
		uint64_t value = *value_of(&is, part, field);
		snprintf(name, sizeof(name), "%s%s", part->name, field->name);
		/* that a conversation takes place is no trouble */
		bool plain = value == field->plain || (field->at == 0 && part->fields == talk_fields);
		fprintf(to, "%c %-18s %10" PRIu64 "  %s\n", plain ? ' ' : '*', name, value, field->text);
	}
}

static void
draw_path(struct scenario_path *p, struct draw *d)
{
	p->delay = draw_scale(d, 500, 150000);
	if (draw_chance(d, 500)) {
		p->rate = draw_scale(d, 1000, 1000000);
		p->queue = draw_chance(d, 300) ? 0 : draw_scale(d, 4, 512);
	}
	if (draw_chance(d, 200)) {
		p->dark_at = draw_scale(d, 1, 4000);
		p->dark_ms = draw_chance(d, 150) ? UINT32_MAX : draw_scale(d, 10, 20000);
	}
	if (draw_chance(d, 30)) {
		p->hole_at = draw_scale(d, 1, 1000);
		p->hole_size = draw_between(d, 100, 1500);
	}
	if (draw_chance(d, 250))
		p->forge = draw_scale(d, 1, 200);
	if (draw_chance(d, 150)) {
		p->dry_pool = draw_between(d, 1, 8);
		p->dry_at = draw_scale(d, 1, 1000);
		p->dry_ms = draw_scale(d, 1, 2000);
		p->dry_left = draw_below(d, 4);
	}
	p->lend = draw_chance(d, 200);
	p->talks = 1 + draw_below(d, draw_chance(d, 700) ? 2 : DRAWN_TALKS);
}

static void
draw_way(struct scenario_way *w, struct draw *d)
{
	if (draw_chance(d, 450))
		w->loss = draw_scale(d, 1, 2000);
	if (draw_chance(d, 150)) {
		w->burst = draw_scale(d, 1, 200);
		w->burst_len = draw_chance(d, 500) ? 2 : draw_scale(d, 3, 20);
	}
	if (draw_chance(d, 300)) {
		w->jitter = draw_scale(d, 10, 50000);
		w->shuffle = draw_chance(d, 300);
	}
	if (draw_chance(d, 300)) {
		w->reorder = draw_scale(d, 1, 200);
		w->gap = draw_scale(d, 10, draw_chance(d, 100) ? 2000000 : 100000);
	}
	if (draw_chance(d, 200))
		w->dup = draw_scale(d, 1, 200);
	if (draw_chance(d, 200))
		w->corrupt = draw_scale(d, 1, 80);
	if (draw_chance(d, 150))
		w->truncate = draw_scale(d, 1, 80);
}

static void
draw_host(struct scenario_host *h, struct draw *d)
{
	h->rcv_buf = draw_scale(d, 2048, 1 << 20);
	h->snd_buf = draw_scale(d, 2048, 1 << 20);
	h->mss = draw_chance(d, 600) ? 0 : draw_between(d, 100, 1460);
	h->initial_window = draw_chance(d, 700) ? 10 : draw_between(d, 1, 20);
	h->sack = draw_chance(d, 750);
	h->timestamps = draw_chance(d, 750);
	h->window_scale = draw_chance(d, 750);
	h->nodelay = draw_chance(d, 300);
	h->delayed_ack = draw_chance(d, 300) ? 0 : 40;
	h->rto_min = draw_chance(d, 500) ? 200 : draw_between(d, 10, 300);
	h->rto_max = draw_chance(d, 500) ? 60000 : draw_between(d, 1000, 20000);
	h->rto_initial = 1000;
	h->keepalive = draw_chance(d, 200) ? 1000 : 0;
	h->msl = draw_chance(d, 800) ? 30000 : draw_scale(d, 1, 1000);
}

static uint64_t
draw_bytes(struct draw *d)
{
	if (draw_chance(d, 100))
		return 0;
	return draw_scale(d, 1, draw_chance(d, 100) ? 1 << 20 : 1 << 17);
}

static void
draw_talk(struct scenario_talk *t, struct draw *d)
{
	t->off = 0;
	t->kind = draw_below(d, TALK_KINDS);
	t->from_b = draw_below(d, 2);
	t->at = draw_chance(d, 600) ? 0 : draw_scale(d, 1, 2000);
	t->up = draw_bytes(d);
	t->down = draw_bytes(d);
	t->rounds = draw_scale(d, 1, 50);
	t->limit = draw_scale(d, 1, 1 << 15);
	t->pause = draw_scale(d, 100, 40000);
	t->ways = draw_below(d, 4);
}

bool
scenario_is_calm(const struct scenario *s)
{
	static const struct scenario_way calm;
	struct scenario_way ab = s->ab, ba = s->ba;
	const struct scenario_path *p = &s->path;

	ab.mark = ba.mark = 0;
	return memcmp(&ab, &calm, sizeof(calm)) == 0 && memcmp(&ba, &calm, sizeof(calm)) == 0 && p->rate == 0 &&
		p->dark_ms == 0 && p->hole_size == 0 && p->forge == 0 && p->dry_pool == 0 && s->a.rto_min >= 200 &&
		s->b.rto_min >= 200;
}

/* Congestion control, pacing, marks; of each tenth path that is all the trouble. */
static void
draw_ecn(struct scenario *s)
{
	struct draw d = draw_stream(s->seed, DRAW_ECN);

	if (draw_chance(&d, 100)) {
		s->ab = s->ba = (struct scenario_way){0};
		s->path.rate = s->path.queue = s->path.dark_ms = s->path.hole_size = s->path.forge = s->path.dry_pool = 0;
		s->a.rto_min = s->b.rto_min = 200;
		s->a.ecn = s->b.ecn = LEAT_ECN_ON;
	} else {
		s->a.ecn = draw_below(&d, 3);
		s->b.ecn = draw_below(&d, 3);
	}
	s->a.newreno = draw_chance(&d, 300);
	s->b.newreno = draw_chance(&d, 300);
	s->a.pacing = draw_chance(&d, 300);
	s->b.pacing = draw_chance(&d, 300);
	s->ab.mark = draw_chance(&d, 400) ? draw_scale(&d, 1, 500) : 0;
	s->ba.mark = draw_chance(&d, 400) ? draw_scale(&d, 1, 500) : 0;
}

void
scenario_draw(struct scenario *s, uint64_t seed)
{
	const struct part *part;
	const struct field *field;
	struct draw d = draw_stream(seed, DRAW_PATH);

	*s = (struct scenario){.seed = seed};
	for (unsigned i = 0; look_up(i, &part, &field); i++)
		*value_of(s, part, field) = field->plain;
	draw_path(&s->path, &d);
	draw_way(&s->ab, &d);
	/* most paths treat both ways alike, and many trouble one only */
	if (draw_chance(&d, 400))
		s->ba = s->ab;
	else if (draw_chance(&d, 600))
		draw_way(&s->ba, &d);
	draw_host(&s->a, &d);
	draw_host(&s->b, &d);
	for (unsigned i = 0; i < SCENARIO_TALKS; i++)
		draw_talk(&s->talks[i], &d);
	draw_ecn(s);
}
