/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_FRAME_H
#define LADDER_FRAME_H
/* A captured frame as a record of the trace. */
#include "core/trace.h"
#include "ladder/blocks.h"

/* What a frame is, if it is none that can be drawn. */
enum frame_kind {
	FRAME_TCP,
	FRAME_OTHER,    /* another protocol, or a link type that is not known here */
	FRAME_FRAGMENT, /* of IP: it has no TCP header, or not all of its segment */
	FRAME_SHORT,    /* less of it was captured than its headers, or they lie */
	FRAME_KINDS,
};

/* FRAME_TCP: *rec is a segment, its sender as local, TRACE_SEG_OUT. No checksum is looked at: many captures see
 * packets before hardware has written theirs. */
enum frame_kind frame_read(const struct blocks_frame *frame, struct trace_rec *rec);

#endif
