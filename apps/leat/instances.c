/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "instances.h"

enum { PLACES = 3 };

/*
 * Where programs over leat make their sockets. Each takes the first of these that it can, by its
 * own user and environment; those need not be ours, so all are looked at.
 */
static unsigned
places(char dirs[PLACES][256])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	unsigned n = 0;

	if (runtime != NULL && runtime[0] == '/')
		snprintf(dirs[n++], sizeof(dirs[0]), "%s/leat", runtime);
	if (geteuid() == 0)
		snprintf(dirs[n++], sizeof(dirs[0]), "/run/leat");
	else
		snprintf(dirs[n++], sizeof(dirs[0]), "/tmp/leat-%u", (unsigned)geteuid());
	return n;
}

void
instances_places(FILE *to)
{
	char dirs[PLACES][256];
	unsigned n = places(dirs);

	for (unsigned i = 0; i < n; i++)
		fprintf(to, "%s%s", i ? " or " : "", dirs[i]);
}

int
instance_connect(const char *path, pid_t *pid)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* A full backlog would block: a program that is stopped must not stop us. */
	struct timeval patience = {.tv_sec = 2};
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
		*pid = peer.pid;
	return fd;
}

/* Adds what the file is, if it is the socket of a living instance. */
static void
look(const char *dir, const char *file, const char *name, struct instance *list, unsigned *n)
{
	size_t len = strlen(file), tail = strlen(".sock");
	struct instance *i = &list[*n];

	if (*n == MAX_INSTANCES || len <= tail || len - tail >= MAX_NAME || strcmp(file + len - tail, ".sock") != 0)
		return;
	memset(i, 0, sizeof(*i));
	memcpy(i->name, file, len - tail);
	if (name != NULL && strcmp(name, i->name) != 0)
		return;
	if (snprintf(i->path, sizeof(i->path), "%s/%s", dir, file) >= (int)sizeof(i->path))
		return;
	int fd = instance_connect(i->path, &i->pid);
	if (fd >= 0)
		close(fd);
	/* Refused: its process is dead. */
	if (fd >= 0 || fd == -EAGAIN)
		(*n)++;
}

unsigned
instances_find(struct instance *list, const char *name)
{
	char dirs[PLACES][256];
	unsigned nb_dirs = places(dirs), n = 0;

	for (unsigned i = 0; i < nb_dirs; i++) {
		DIR *d = opendir(dirs[i]);
		struct dirent *e;
		for (unsigned first = n; d != NULL && (e = readdir(d)) != NULL;) {
			look(dirs[i], e->d_name, name, list, &n);
			for (; first < n; first++)
				list[first].place = i;
		}
		if (d != NULL)
			closedir(d);
	}
	return n;
}
