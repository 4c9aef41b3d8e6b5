/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_KERNEL_H
#define LOAD_KERNEL_H
/*
 * The same work through the kernel's sockets: an epoll server and an epoll client, written as such programs are when
 * they are to be fast: one thread each, no call more than it takes, no memory per request. They know nothing of leat.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/histogram.h"

enum { KERNEL_MESSAGE = 64 }; /* bytes of a request, and of its answer */

/* The first byte of a raw request says what shall be done behind its answer. */
#define KERNEL_CLOSE 'c'
#define KERNEL_KEEP 'k'

struct kernel_server {
	int listener, epoll;
	uint16_t port;
	struct kernel_peer *peers; /* by descriptor */
	int nb_peers;
	_Atomic bool stop;
	uint64_t accepted, requests, failed;
};

/*
 * Listens on address ("127.0.0.1") and port; port 0: any, s->port tells which. 0 or -errno. It answers each 64 bytes
 * with 64 bytes, and each GET with a page of 64; what says "Connection: close", or begins with KERNEL_CLOSE, is the
 * connection's last request.
 */
int kernel_server_open(struct kernel_server *s, const char *address, uint16_t port);

/* Serves until s->stop is set and something happens, at the latest after 100 ms. */
void kernel_server_run(struct kernel_server *s);
void kernel_server_close(struct kernel_server *s);

/* What a client made of its time. */
struct kernel_client {
	uint32_t address;       /* in network order; 0: 127.0.0.1 */
	uint16_t port;
	bool keep;              /* requests on kept connections, else one each */
	unsigned connections;   /* at a time */
	uint64_t warmup, duration; /* ns */
	void (*marks)(void *arg, bool begins); /* called when the measured time begins, and when it ends */
	void *arg;

	double seconds;
	uint64_t done, failed;
	struct histogram times; /* from connect(), or write(), to the whole answer: ns */
};

/* Runs to the end of its time, in this thread. 0 or -errno. */
int kernel_client_run(struct kernel_client *c);

/* The monotonic clock, ns. */
uint64_t kernel_now(void);

#endif
