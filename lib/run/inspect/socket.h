/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_INSPECT_SOCKET_H
#define RUN_INSPECT_SOCKET_H
/* The place of an instance's socket in the file system: made, taken over from the dead, removed. */
#include <sys/stat.h>
#include <sys/un.h>

struct leat_error;

struct inspect_socket {
	int fd;                /* listening */
	struct sockaddr_un addr;
	dev_t dev;             /* which file it is, so that no other is removed */
	ino_t ino;
};

/* 0, or -errno with *error filled. */
int inspect_socket_open(struct inspect_socket *s, const char *name, struct leat_error *error);
void inspect_socket_close(struct inspect_socket *s);

#endif
