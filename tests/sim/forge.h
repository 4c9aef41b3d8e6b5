/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_FORGE_H
#define SIM_FORGE_H
#include <stdint.h>

struct host;
struct world;

/*
 * Somebody beside `to`, who knows the addresses and ports of this frame but not its numbers, sends
 * something that looks like it (RFC 5961: blind attacks). Nothing may come of it.
 */
void forge(struct world *w, struct host *to, const uint8_t *frame, uint32_t len);

#endif
