/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_INSPECT_ASK_H
#define RUN_INSPECT_ASK_H
/*
 * One question to an instance and its answer. The question is a line of words, the answer text
 * whose first line is "ok" or "error WHY". A command reads its words, may fail, and then writes.
 * All of it runs in the inspection's own threads; cores are asked through ask_core().
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/core.h>

enum {
	ASK_LINE = 512,   /* longest question */
	ASK_WORDS = 16,
};

struct ask {
	struct leat *leat;
	FILE *to;
	const atomic_bool *stop;    /* true: the instance ends, ask no core any more */
	char *words[ASK_WORDS + 1]; /* the command, then its arguments; NULL ends them */
	unsigned nb_words;
	bool begun;                 /* "ok" is written */
	bool failed;
};

/* Answers the question in line (which it changes) to `to`. */
void ask_answer(struct leat *leat, const atomic_bool *stop, char *line, FILE *to);

/* "ok": from here on the answer is written to what this returns. */
FILE *ask_begin(struct ask *a);

/* "error WHY". Once the answer has begun, a last line that says it is cut short. Returns -1. */
int ask_fail(struct ask *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs fn on a core between two turns. 0, or -1 after ask_fail(). */
int ask_core(struct ask *a, unsigned core, void (*fn)(struct leat_core *, void *), void *arg);

/* What most commands take: flags by name, and at most one other word. */
struct ask_flag {
	const char *name; /* "-a"; NULL ends the list */
	bool *set;
};
/* *word (NULL: none is taken) becomes the other word or NULL. 0, or -1 after ask_fail(). */
int ask_flags(struct ask *a, const struct ask_flag *flags, const char **word);

/* The commands. 0, or -1 after ask_fail(). */
int ask_ss(struct ask *a);     /* inspect_ss.c */
int ask_stats(struct ask *a);  /* inspect_stats.c */
int ask_arp(struct ask *a);    /* inspect_net.c */
int ask_addr(struct ask *a);
int ask_route(struct ask *a);
int ask_ports(struct ask *a);  /* inspect_ports.c */
int ask_trace(struct ask *a);  /* inspect_trace.c */

/* "text" with what JSON wants escaped (RFC 8259 7). */
void json_string(FILE *to, const char *text);

/* "aa:bb:cc:00:11:22" into buf; returns it. */
#define MAC_TEXT 18
char *mac_text(const uint8_t mac[6], char buf[MAC_TEXT]);

#endif
