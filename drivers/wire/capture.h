/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_CAPTURE_H
#define DRIVERS_WIRE_CAPTURE_H
/*
 * A capture file of all that is pushed into a wire, when it is pushed, as its sender sent it: pcapng, an interface
 * for each direction, and with each packet a comment that tells what becomes of it:
 *
 *   net_wire packet 7 lost_random             the name of the counter that it is lost to
 *   net_wire packet 8 after 20.000 ms duplicated reordered   when it arrives, and what was done to it
 *
 * The number is that of the packet in its direction, as the key lose= takes it. `leat ladder` (which reads these
 * comments, lib/ladder/capture.c) draws such a file, and tshark reads it.
 *
 * Each packet is one write(2), so the file is whole to the last one whatever happens to the process.
 */
#include "wire.h"

struct wire_capture;

/*
 * Creates the file at path, or empties it. now: of the wire's clock; the wall clock read here gives the dates. names:
 * of each direction's interface, up to 63 characters. 0 or -errno.
 */
int wire_capture_open(const char *path, const char *const names[WIRE_DIRS], uint64_t now, struct wire_capture **c);

/* The wire_params.observer; its arg is the struct wire_capture. The threads of both directions may call it. */
void wire_capture_report(void *arg, const struct wire_report *report);

/* 0, or the -errno of the first packet that could not be written, with which the file ends. NULL: nothing. */
int wire_capture_close(struct wire_capture *c);

#endif
