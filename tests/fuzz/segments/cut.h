/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_CUT_H
#define SEGMENTS_CUT_H
/* Frames over mbufs, cut in one of 256 ways: whole, in two, in pieces of one length or of any, empty ones too. */
#include <stdint.h>

struct rte_mbuf;

/* In some ways leat may read it, but not write. NULL: there is no mbuf. */
struct rte_mbuf *cut_frame(const uint8_t *frame, uint32_t len, uint8_t cut);

/* The play is over: what leat might not write is as it was. */
void cut_take_back(void);

#endif
