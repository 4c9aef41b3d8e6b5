/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H
/*
 * A scenario: a path, two hosts, their applications. Drawn from a seed; single values can be set
 * over that ("ab.loss=0,t1.kind=3"), which is how a failing one is made smaller and told again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SCENARIO_TALKS = 10, SCENARIO_TEXT = 4096 };

#define FIELD(name, plain, text) uint64_t name;
#define PATH FIELD
struct scenario_path {
#include "scenario.def"
};
#define WAY FIELD
struct scenario_way {
#include "scenario.def"
};
#define HOST FIELD
struct scenario_host {
#include "scenario.def"
};
#define TALK FIELD
struct scenario_talk {
#include "scenario.def"
};
#undef FIELD

struct scenario {
	uint64_t seed;
	struct scenario_path path;
	struct scenario_way ab, ba;
	struct scenario_host a, b;
	struct scenario_talk talks[SCENARIO_TALKS];
};

/* Does the path lose, delay and disturb nothing, so that nothing need be sent again? It may mark. */
bool scenario_is_calm(const struct scenario *s);

/* Draws all of it. */
void scenario_draw(struct scenario *s, uint64_t seed);

/* Sets "name=value,name=value". False: there is no such name, or no number; *bad then points to it. */
bool scenario_set(struct scenario *s, const char *text, const char **bad);

/* Writes what differs from what the seed gives, as scenario_set() reads it. */
void scenario_diff(const struct scenario *s, char text[SCENARIO_TEXT]);

/* Every value, with what it means. */
void scenario_print(const struct scenario *s, FILE *to);

/*
 * Value i by number, in the order of the file; NULL: there are no more. *plain: what it is without trouble, or
 * what it is now when nothing asks for it, as in a conversation that does not take place.
 */
uint64_t *scenario_value(struct scenario *s, unsigned i, uint64_t *plain);

#endif
