/* SPDX-License-Identifier: BSD-3-Clause */
/* The place inside the caller's own calls: the thread that asks also polls the core. */
#include <stdlib.h>
#include <unistd.h>
#include <leat/core.h>
#include "socket/app.h"
#include "socket/stack.h"

struct inside {
	struct stack *stack;
	struct leat_core *core;
	void (*idle)(uint64_t until, void *arg);
	void *idle_arg;
};

static void
serve(void *arg)
{
	const struct inside *in = arg;

	stack_serve(in->stack);
}

static unsigned
turn(void *arg)
{
	const struct inside *in = arg;

	stack_serve(in->stack);
	return leat_core_poll(in->core);
}

static uint64_t
now(void *arg)
{
	const struct inside *in = arg;

	return leat_core_now(in->core);
}

static void
idle(uint64_t until, void *arg)
{
	const struct inside *in = arg;
	uint64_t next = leat_core_next(in->core);

	if (in->idle != NULL)
		in->idle(next < until ? next : until, in->idle_arg);
	else
		leat_core_wait(in->core, until == WAIT_FOREVER ? until : until - leat_core_now(in->core));
}

static void
wake(void *arg)
{
	const struct inside *in = arg;

	leat_core_wake(in->core);
}

static void
close_inside(void *arg)
{
	struct inside *in = arg;

	stack_close(in->stack);
	free(in);
}

int
inside_open(struct place *p, struct leat_core *core, const struct leat_sockets_config *config, int *fd)
{
	struct inside *in = calloc(1, sizeof(*in));
	/* closed sockets may hold their slot for a while: so many more than descriptors */
	uint32_t slots = config->max_sockets + config->max_sockets / 4 + 16;

	if (in == NULL)
		return -ENOMEM;
	in->core = core;
	in->idle = config->idle;
	in->idle_arg = config->idle_arg;
	int r = stack_open(core, slots, config->ring_size, fd, &in->stack);
	if (r < 0) {
		free(in);
		return r;
	}
	*p = (struct place){.serve = serve, .turn = turn, .idle = idle, .now = now, .wake = wake,
		.close = close_inside, .arg = in};
	return 0;
}

void
leat_sockets_config_init(struct leat_sockets_config *config)
{
	*config = (struct leat_sockets_config){.size = sizeof(*config), .max_sockets = 1024, .ring_size = 64 << 10};
}

static bool
valid(const struct leat_sockets_config *c)
{
	return c->size == sizeof(*c) && c->max_sockets >= 1 && c->max_sockets <= 65536 &&
		c->ring_size >= CHANNEL_RING_MIN && c->ring_size <= CHANNEL_RING_MAX &&
		(c->ring_size & (c->ring_size - 1)) == 0;
}

/* The application side maps the memory a second time: an address that got into it would not work. */
int
leat_sockets_open(struct leat_core *core, const struct leat_sockets_config *config, struct leat_sockets **out)
{
	struct leat_sockets_config defaults;
	struct place place;
	int fd;

	leat_sockets_config_init(&defaults);
	if (config == NULL)
		config = &defaults;
	if (!valid(config))
		return -EINVAL;
	int r = inside_open(&place, core, config, &fd);
	if (r < 0)
		return r;
	r = app_open(out, fd, config->max_sockets);
	close(fd);
	if (r < 0) {
		place.close(place.arg);
		return r;
	}
	(*out)->place = place;
	return 0;
}
