/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_RUN_ASKED_H
#define TESTS_RUN_ASKED_H
/*
 * An instance over a ring port at which nobody answers, its loop in a thread, and a client of its
 * inspection socket. Its address is 198.18.0.1/24, with 198.18.0.2 as a static neighbour. The
 * socket's directory is this test's own.
 */
#include <stdbool.h>
#include <leat/leat.h>

extern struct leat_config config; /* filled by asked_begin(); may be changed before asked_start() */
extern struct leat *stack;

void asked_begin(void);
void asked_start(void);           /* the instance; nobody turns its core yet */
void asked_run(void);             /* the loop, in a thread */
void asked_end(void);

/* On the core: listens on port 80; opens n connections to 198.18.0.2, which stay in SYN-SENT. */
void asked_listen(void);
void asked_connect(unsigned n);

/* Connects to the instance; asserts that it can. */
int client(void);

/* Asks a line and returns the whole answer, static. It must come within ten seconds. */
const char *ask(const char *line);

/* The rest of what a client is told until the server closes; static. */
const char *rest(int fd);

/* Milliseconds of the monotonic clock. */
double ms_now(void);

#endif
