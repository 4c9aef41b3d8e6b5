/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_SPEC_H
#define DRIVERS_WIRE_SPEC_H
/*
 * Impairments as text: "delay=20ms,loss=1%,lose=3/7-9". Each key is a field of struct wire_impair of the
 * same name, with '-' for '_':
 *
 *   down jitter-reorders                      yes or no (or on/off, true/false, 1/0)
 *   loss mark truncate corrupt duplicate reorder   0%..100%, or 0..1
 *   burst          ENTER/LEAVE[/BAD[/GOOD]], each a probability; BAD 100%, GOOD 0% when not given
 *   delay jitter reorder-delay                20ms, 150us, 1s (integers; ns, us, ms, s, m, h)
 *   rate           10mbit, 1gbit, 64kbit (powers of 1000); 0: no limit
 *   queue-bytes mark-bytes                    64K, 1M, 9000 (powers of 1024)
 *   queue-packets corrupt-bits mtu            numbers
 *   lose           numbers of packets, and ranges of them, ascending: 3/7-9
 */
#include <stddef.h>
#include "wire.h"

enum { WIRE_SPEC_PICKS = 64, WIRE_SPEC_ERROR = 320 };

/* All zero: the perfect wire. */
struct wire_spec {
	struct wire_impair impair; /* its picks are not used: see wire_spec_impair() */
	struct wire_pick lose[WIRE_SPEC_PICKS];
};

/*
 * Sets one key. 0; -ENOENT: there is no such key; -EINVAL: the value is none that it takes. On an error the
 * spec is as before, and error (WIRE_SPEC_ERROR bytes) says what was wrong and what would be right.
 */
int wire_spec_set(struct wire_spec *spec, const char *key, const char *value, char *error);

/* Sets all keys of "key=value,key=value"; "" sets none. The same returns; all or nothing. */
int wire_spec_parse(struct wire_spec *spec, const char *text, char *error);

/*
 * Are the values together legal (wire_check())? 0 or -EINVAL with the error's text. Keys may come in any order,
 * so ask when all are set.
 */
int wire_spec_check(const struct wire_spec *spec, char *error);

/* For wire_params or wire_set(); refers to spec, which must live as long as it is used. */
struct wire_impair wire_spec_impair(const struct wire_spec *spec);

#endif
