/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_TORN_H
#define HTTPD_TORN_H
/*
 * Files that are truncated while they are mapped: touching what is gone raises SIGBUS, which would
 * end the server because someone wrote `cp new.html root/`. The handler puts zeros in that place
 * and marks the file torn; the connection that sends it is then aborted, which is how HTTP says
 * that a body is not what its head promised.
 */
struct file;

/* Catches SIGBUS; what no watched file explains still ends the process. Once per process. */
void torn_start(void);

void torn_watch(struct file *f);
void torn_forget(struct file *f);

#endif
