/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_SAMPLES_H
#define RUN_SAMPLES_H
/*
 * A value for every key, none of them the default, and what it is in struct leat_config; so that
 * each source of configuration can be shown to reach every field.
 */
#include <leat/config.h>

struct sample {
	const char *key, *value;
};

/* Ends with a NULL key. */
extern const struct sample samples[];

/* All samples, and nothing else, are in c; each entry of a list says it came from `origin` (not if NULL). */
void samples_expect(const struct leat_config *c, const char *origin);

#endif
