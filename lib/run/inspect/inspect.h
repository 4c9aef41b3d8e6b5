/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_INSPECT_INSPECT_H
#define RUN_INSPECT_INSPECT_H
/*
 * The Unix socket that the program `leat` talks to, and the thread that answers it. It looks at a
 * core only through leat_core_call(). The answers are text made here, so that an old `leat` can
 * look at a new library.
 */
struct leat;
struct leat_error;
struct inspect;

/*
 * Path of an instance's socket: $XDG_RUNTIME_DIR/leat/NAME.sock, without that variable
 * /run/leat/NAME.sock as root, /tmp/leat-UID/NAME.sock as another user; "" when it does not fit.
 * apps/leat looks in the same places.
 */
void inspect_path(const char *name, char *buf, unsigned size);

/* 0, or -errno with *error filled (the name is in use by a living process, …). */
int inspect_start(struct leat *leat, struct leat_error *error);
void inspect_stop(struct leat *leat);

#endif
