/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_RUN_H
#define RUN_RUN_H
/* The top of the house: the instance, and what sequences the layers. */
#include <pthread.h>
#include <stdatomic.h>
#include <leat/config.h>
#include <leat/core.h>
#include "core/core.h"
#include "ip/ip.h"
#include "link/port.h"

struct inspect;

/* A call from another thread that waits for the core to run it. */
struct core_call {
	struct core_call *next;
	void (*fn)(struct leat_core *core, void *arg);
	void *arg;
	bool done;
};

/* What a loop needs beside struct core: sleeping, waking, calls from outside. */
struct loop {
	struct core core;           /* first: struct leat_core is this */
	int wake_fd;                /* eventfd */
	int epoll_fd;               /* rx interrupts and wake_fd; -1: the ports have none */
	atomic_uint calls;          /* calls waiting; looked at once a turn */
	pthread_mutex_t lock;       /* guards call_list */
	pthread_cond_t done;
	struct core_call *call_list;
	pthread_t owner;            /* debug: who polls it */
};

struct leat {
	struct leat_config config;
	struct link_layer link;
	struct ip_layer ip;
	struct loop *loops;         /* one a core */
	unsigned nb_loops;
	atomic_bool stop;
	struct inspect *inspect;    /* NULL: off */
};

static inline struct core *
core_of(struct leat_core *c)
{
	return (struct core *)c;
}

static inline struct leat_core *
core_public(struct core *c)
{
	return (struct leat_core *)c;
}

#endif
