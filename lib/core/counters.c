/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/counters.h"

const struct counter_row counter_rows[CORE_COUNTERS] = {
#define COUNTER(name, text) {#name, text},
#define DROP(name, text) {"drop_" #name, text},
#include "core/counters.def"
#undef COUNTER
#undef DROP
};
