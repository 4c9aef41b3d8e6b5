/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel.h"
#include "slab.h"

enum {
	PARTS = 3,
	CACHES = 512,
	MOST = 20000,   /* connections: within the ports that one address has */
	LEAST = 300,    /* below it a cache's slabs are as large as what is sought */
};

struct cache {
	char name[64];
	uint64_t objects, size;
};

struct caches {
	int n;
	struct cache cache[CACHES];
};

/* Client ends, then server ends. */
struct sockets {
	int listener;
	struct sockaddr_in at;
	unsigned n;
	int fds[2 * MOST];
};

/* "name <active_objs> <num_objs> <objsize> ..." behind two lines of headings. */
static int
read_caches(struct caches *c)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[512];

	c->n = 0;
	while (f != NULL && c->n < CACHES && fgets(line, sizeof(line), f) != NULL) {
		struct cache *at = &c->cache[c->n];
		c->n += sscanf(line, "%63s %" SCNu64 " %*u %" SCNu64, at->name, &at->objects, &at->size) == 3;
	}
	if (f != NULL)
		fclose(f);
	return c->n > 0 ? 0 : -1;
}

static double
growth(const struct caches *before, const struct caches *after, unsigned sockets)
{
	double bytes = 0;

	for (int i = 0; i < after->n && i < before->n; i++) {
		const struct cache *a = &after->cache[i], *b = &before->cache[i];
		if (strcmp(a->name, b->name) == 0 && a->objects >= b->objects + sockets / 2)
			bytes += (double)((a->objects - b->objects) * a->size);
	}
	return bytes;
}

static int
listen_at_loopback(struct sockets *s)
{
	socklen_t len = sizeof(s->at);

	s->at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	return s->listener >= 0 && bind(s->listener, (struct sockaddr *)&s->at, len) == 0 && listen(s->listener, 16) == 0 &&
			getsockname(s->listener, (struct sockaddr *)&s->at, &len) == 0 ? 0 : -1;
}

static int
open_one(struct sockets *s)
{
	int *fds = &s->fds[s->n];

	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (fds[0] < 0)
		return -1;
	s->n++;
	if (connect(fds[0], (struct sockaddr *)&s->at, sizeof(s->at)) < 0 || (fds[1] = accept(s->listener, NULL, NULL)) < 0)
		return -1;
	s->n++;
	return 0;
}

/* With a reset: nothing stays in TIME-WAIT. */
static void
close_all(struct sockets *s)
{
	const struct linger hard = {.l_onoff = 1};

	for (unsigned i = 0; i < s->n; i++) {
		setsockopt(s->fds[i], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(s->fds[i]);
	}
	if (s->listener >= 0)
		close(s->listener);
}

static const char *
measure(struct sockets *s, unsigned connections, struct series *bytes)
{
	static struct caches before, after;

	if (read_caches(&before) < 0)
		return "/proc/slabinfo is root's";
	if (listen_at_loopback(s) < 0)
		return "no socket listens on loopback";
	for (int part = 0; part < PARTS; part++) {
		for (unsigned i = 0; i < connections / PARTS; i++)
			if (open_one(s) < 0)
				return "too few sockets over loopback";
		if (read_caches(&after) < 0)
			return "/proc/slabinfo does not tell";
		series_add(bytes, growth(&before, &after, 2 * (connections / PARTS)) / (2 * (connections / PARTS)));
		before = after;
	}
	return series_median(bytes) > 0 ? NULL : "/proc/slabinfo does not tell";
}

const char *
slab_of_sockets(struct series *bytes)
{
	static struct sockets s = {.listener = -1};
	unsigned connections = kernel_room() < MOST ? kernel_room() : MOST;

	if (connections < LEAST)
		return "too few descriptors";
	const char *why = measure(&s, connections, bytes);
	close_all(&s);
	return why;
}
