/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_SCRIPT_H
#define SEGMENTS_SCRIPT_H
/*
 * An input as a play: five bytes say how it begins, then come steps.
 *
 *   0  the state in which it begins: 0 LISTEN, then in the order of enum start below
 *   1  what is agreed on: timestamps, SACK, window scale; who opens; cookies; congestion control; Nagle; keepalive
 *   2  buffers and MSS
 *   3  where the sequence numbers begin; how it ends
 *   4  how the application behaves: enum manner (app.h)
 *
 * A step is a byte that says what happens, and bytes for how it does (script.c). Behind the end of the
 * input there are zeros, and no steps.
 */
#include <stddef.h>
#include <stdint.h>

/* Plays it from the beginning to the end, where all must have been given back. */
void script_play(const uint8_t *data, size_t size);

#endif
