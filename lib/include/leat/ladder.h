/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_LADDER_H
#define LEAT_LADDER_H
/*
 * The ladder of every TCP connection in a capture file: each segment as an arrow, with relative numbers, options,
 * what was sent again and, in captures of the driver net_wire (its option capture=FILE), what was lost.
 * Needs no instance and no EAL.
 */
#include <stdio.h>
#include <leat/addr.h>
#include <leat/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Draws the connections of the capture file at path (pcap or pcapng; Ethernet, Linux "any" or raw IP), oldest first,
 * to `to`. end: only those with this end, client or server (port 0: any port, family LEAT_UNSPEC: any address);
 * NULL: all. last: only the last so many of them; 0: all. Any thread.
 * Returns 0, or -errno and fills *error (which may be NULL): -ENOENT and others of open(2), -EINVAL (not a
 * regular file), -EBADMSG (no capture file, or a damaged one), -ENOMEM; nothing is then drawn. A file that ends
 * within a frame, as one whose writer was killed, is drawn up to there, and a line says so.
 */
int leat_ladder_file(const char *path, const struct leat_endpoint *end, unsigned last, FILE *to,
	struct leat_error *error);

#ifdef __cplusplus
}
#endif
#endif
