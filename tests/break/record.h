/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BREAK_RECORD_H
#define BREAK_RECORD_H
/* What happened, and the same in the words of the table. */
#include <stdbool.h>
#include <stdint.h>
#include "break.h"

enum { RECORD_NOTES = 512, RECORD_TEXT = 2048, NOTE_TEXT = 80 };

struct frame;

struct note {
	uint64_t at;
	enum side side;
	char text[NOTE_TEXT];
};

struct notes {
	struct note notes[RECORD_NOTES];
	unsigned nb;
};

struct record {
	struct notes sent, told, state;
	uint32_t isn[2][2]; /* of each side: now, and before a reboot */
	bool known[2];
};

/* The four claims, from `zero` on. */
struct claims {
	char sent[RECORD_TEXT], state[RECORD_TEXT], told[RECORD_TEXT], takes[32];
};

void record_frame(struct record *r, const struct frame *f);
void record_told(struct record *r, uint64_t at, enum side side, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Only a change is noted. */
void record_state(struct record *r, uint64_t at, enum side side, const char *state);
/* The last state noted, "" for none. */
const char *record_state_of(const struct record *r, enum side side);

void record_claims(const struct record *r, uint64_t zero, struct claims *out);

/* Holds a cell to what happened. Returns the name of the first claim that is wrong, NULL: all are right. */
const char *record_differs(const struct cell *cell, const struct claims *is);

#endif
