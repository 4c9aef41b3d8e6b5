/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_INSTANCES_H
#define LEAT_INSTANCES_H
/* The running instances: whose sockets lie where leat puts them, and somebody listens. */
#include <stdio.h>
#include <sys/types.h>

enum {
	MAX_INSTANCES = 256,
	MAX_NAME = 64,
};

struct instance {
	char name[MAX_NAME];
	char path[108]; /* as long as a socket's path can be */
	pid_t pid;
	unsigned place; /* in the order of instances_places() */
};

/*
 * Fills list, at most MAX_INSTANCES, in the order of the places; returns how many. name NULL: all,
 * else only those of this name.
 */
unsigned instances_find(struct instance *list, const char *name);

/* A connection to a socket, or -errno. *pid: who made it. */
int instance_connect(const char *path, pid_t *pid);

/* "DIR or DIR": where they are looked for. */
void instances_places(FILE *to);

#endif
