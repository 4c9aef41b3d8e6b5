/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_WRITE_H
#define SIM_WRITE_H
/* The ways in which an application can write. */
#include <stdbool.h>
#include "talk.h"

/* Writes some of the next `left` bytes (at least 1). False: no more room, or the connection has ended. */
bool write_some(struct side *s, uint32_t left);

#endif
