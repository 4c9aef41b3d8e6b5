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
#include "run/shed.h"

struct core_call;
struct inspect;
struct leat_listener;

/* What a loop needs beside struct core: sleeping, waking, calls from outside. */
struct loop {
	struct core core;           /* first: struct leat_core is this */
	struct ip_layer ip;
	struct shed shed[CORE_MAX_PORTS]; /* by our port index */
	int epoll_fd;               /* core.bed.wake_fd and the receive interrupts of the ports */
	bool naps;                  /* a port has no interrupt: sleeps are short */
	/* What other threads want of the core, the last first (calls.h); looked at once a turn. */
	_Atomic(struct core_call *) calls __attribute__((aligned(64)));
} __attribute__((aligned(64)));

struct leat {
	struct leat_config config;
	struct link_layer link;
	struct loop *loops;         /* one a core */
	unsigned nb_loops;
	struct leat_listener *listeners; /* listen.c */
	pthread_mutex_t listen_lock;
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

static inline struct loop *
loop_of(struct core *c)
{
	return (struct loop *)c;
}

#endif
