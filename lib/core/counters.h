/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H
/* Counters and drop reasons, all from counters.def: one line there gives enum, name and text. */

enum counter {
#define COUNTER(name, text) CNT_##name,
#define DROP(name, text) DROP_##name,
#include "core/counters.def"
#undef COUNTER
#undef DROP
	CORE_COUNTERS
};

struct counter_row {
	const char *name; /* "tcp_segs_in", "drop_tcp_bad_checksum" */
	const char *text;
};

extern const struct counter_row counter_rows[CORE_COUNTERS];

#endif
