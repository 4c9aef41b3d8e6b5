/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_TEXT_H
#define LADDER_TEXT_H
/* What a segment says, in words: numbers relative to the connection's first, windows scaled. */
#include <stdbool.h>
#include <stdint.h>
#include "core/trace.h"
#include "ladder/capture.h"
#include "ladder/spans.h"

/* What is known of one side from the segments it sent. */
struct ladder_side {
	bool based;           /* last and last_rel are known */
	uint32_t last;        /* the sequence number looked at last, and its distance from the first: */
	int64_t last_rel;     /* 64 bits, for connections of more than 4 GiB */
	bool syn, fin;
	bool has_wscale;
	uint8_t wscale;
	bool has_ts;
	uint32_t ts_base;
	struct spans seen;    /* the sequence space it has filled, SYN and FIN included */
	bool has_end;
	int64_t end;          /* the furthest it came */
	uint64_t segs, again; /* segments; those of them that repeat */
	uint64_t lost;        /* those that a capture says were lost */
};

struct ladder_pair {
	struct ladder_side us, peer;
	bool captured;        /* the records are of a struct capture_rec each */
};

/* One segment as a reader sees it. */
struct ladder_seg {
	const struct trace_rec *rec;
	int64_t seq, ack;     /* relative */
	uint32_t wnd;         /* scaled, when both sides' SYNs allowed it */
	struct tcp_opts opts; /* as on the wire */
	int32_t tsval, tsecr; /* relative to each side's first */
	bool has_tsecr;
	bool stray;           /* a SYN with another number: it is not of this connection */
	bool repeats;         /* was sent before */
	bool lost;            /* will not arrive */
	const char *mark;     /* "resent", "again", "out of order", "fills a hole" or "" */
	const struct capture_fate *fate; /* of a capture; else NULL */
};

enum { LADDER_TEXT = 512 };

/* Takes a segment record into account, in the order of the trace. */
void ladder_seg_read(struct ladder_pair *pair, const struct trace_rec *r, struct ladder_seg *seg);

/* Writes it out, the parts set off by two spaces; aligned: in columns, where that is of use. */
void ladder_seg_text(const struct ladder_seg *seg, bool aligned, char text[LADDER_TEXT]);

/* Payload bytes that a side sent, each counted once. */
uint64_t ladder_bytes(const struct ladder_side *side);

#endif
