/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/error.h"
#include "run/inspect/inspect.h"
#include "run/inspect/socket.h"

enum {
	BACKLOG = 16,
};

static void
directory(char *buf, unsigned size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime != NULL && runtime[0] == '/')
		snprintf(buf, size, "%s/leat", runtime);
	else if (geteuid() == 0)
		snprintf(buf, size, "/run/leat");
	else
		snprintf(buf, size, "/tmp/leat-%u", (unsigned)geteuid());
}

void
inspect_path(const char *name, char *buf, unsigned size)
{
	char dir[4096];

	directory(dir, sizeof(dir));
	if (snprintf(buf, size, "%s/%s.sock", dir, name) >= (int)size)
		buf[0] = '\0';
}

/*
 * The directory, open and locked: two that start at once look at the same stale socket one after
 * the other. In /tmp somebody else may have made it first, so whose it is gets checked.
 */
static int
open_directory(const char *path, struct leat_error *error)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(error, errno, "the directory %s for inspection sockets cannot be made: %s; "
			"set XDG_RUNTIME_DIR to one that can, or inspect=off", path, strerror(errno));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || fchmod(fd, 0700) < 0) {
		close(fd);
		return error_set(error, EPERM, "the directory %s belongs to somebody else: remove it, or set "
			"XDG_RUNTIME_DIR", path);
	}
	flock(fd, LOCK_EX);
	return fd;
}

/* Does somebody listen there? *pid: who, 0 when that cannot be told. */
static bool
is_alive(const struct sockaddr_un *addr, pid_t *pid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	/* EAGAIN: its backlog is full, so it lives. */
	bool alive = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	*pid = peer.pid;
	close(fd);
	return alive;
}

static int
bind_to(const struct inspect_socket *s)
{
	return bind(s->fd, (const struct sockaddr *)&s->addr, sizeof(s->addr)) < 0 ? -errno : 0;
}

static int
take_place(struct inspect_socket *s, const char *name, struct leat_error *error)
{
	struct stat st;
	pid_t pid = 0;
	int rc = bind_to(s);

	if (rc == -EADDRINUSE) {
		if (is_alive(&s->addr, &pid))
			return error_set(error, EADDRINUSE, "the name '%s' is in use by process %d, which listens on %s; "
				"choose another: --set name=OTHER", name, (int)pid, s->addr.sun_path);
		unlink(s->addr.sun_path);
		rc = bind_to(s);
	}
	if (rc == 0 && (chmod(s->addr.sun_path, 0600) < 0 || listen(s->fd, BACKLOG) < 0 ||
			stat(s->addr.sun_path, &st) < 0))
		rc = -errno;
	if (rc < 0)
		return error_set(error, -rc, "%s: %s", s->addr.sun_path, strerror(-rc));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int
inspect_socket_open(struct inspect_socket *s, const char *name, struct leat_error *error)
{
	char path[4096 + 64], dir[4096];

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	s->addr.sun_family = AF_UNIX;
	inspect_path(name, path, sizeof(path));
	directory(dir, sizeof(dir));
	if (path[0] == '\0' || strlen(path) >= sizeof(s->addr.sun_path))
		return error_set(error, ENAMETOOLONG, "the inspection socket %s/%s.sock has a longer path than the %zu "
			"bytes a socket may have; set XDG_RUNTIME_DIR to a shorter one", dir, name,
			sizeof(s->addr.sun_path) - 1);
	memcpy(s->addr.sun_path, path, strlen(path) + 1);
	int locked = open_directory(dir, error);
	if (locked < 0)
		return locked;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = s->fd < 0 ? error_set(error, errno, "a Unix socket: %s", strerror(errno)) :
		take_place(s, name, error);
	close(locked);
	if (rc < 0 && s->fd >= 0)
		close(s->fd);
	if (rc < 0)
		s->fd = -1;
	return rc;
}

void
inspect_socket_close(struct inspect_socket *s)
{
	struct stat st;

	if (s->fd < 0)
		return;
	if (stat(s->addr.sun_path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(s->addr.sun_path);
	close(s->fd);
	s->fd = -1;
}
