/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pmd.h"

/* Of the pool: packets that the receiver holds, beside those under way. */
enum { CAPACITY = 4096, HELD = 2048 };

static void
destroy(struct cable *c)
{
	wire_destroy(c->wire);
	int error = wire_capture_close(c->capture);
	if (error < 0)
		SAY(WARNING, "capture=%s: is incomplete: %s\n", c->capture_path, rte_strerror(-error));
	rte_mempool_free(c->pool);
	free(c);
}

/* What the first of a pair sends, or the port in front of another. */
static int
open_capture(struct cable *c, const struct pmd_port *port, const struct pmd_args *args, char *error)
{
	char sends[PMD_NAME + 16], receives[PMD_NAME + 16];
	const char *const names[WIRE_DIRS] = {[WIRE_A_TO_B] = sends, [WIRE_B_TO_A] = receives};
	int result;

	if (args->capture[0] == '\0')
		return 0;
	snprintf(sends, sizeof(sends), "%s sends", port->name);
	snprintf(receives, sizeof(receives), "%s receives", port->name);
	memcpy(c->capture_path, args->capture, sizeof(c->capture_path));
	result = wire_capture_open(args->capture, names, pmd_now(), &c->capture);
	if (result < 0)
		snprintf(error, WIRE_SPEC_ERROR, "capture=%s: must be a file that can be written: %s", args->capture,
			rte_strerror(-result));
	return result;
}

static int
create(const struct pmd_port *port, const struct pmd_args *args, struct cable **out, char *error)
{
	struct wire_params params = {.seed = args->has_seed ? args->seed : 1, .copy = true,
		.capacity = args->has_capacity ? args->capacity : CAPACITY};
	struct cable *c = calloc(1, sizeof(*c));
	char name[RTE_MEMPOOL_NAMESIZE];

	int result;

	snprintf(error, WIRE_SPEC_ERROR, "no memory for the packets under way: a smaller capacity= or a larger -m would do");
	if (c == NULL)
		return -ENOMEM;
	if ((result = open_capture(c, port, args, error)) < 0) {
		destroy(c);
		return result;
	}
	if (c->capture != NULL) {
		params.observer = wire_capture_report;
		params.observer_arg = c->capture;
	}
	snprintf(name, sizeof(name), "wire%u", port->port_id);
	c->pool = params.pool = rte_pktmbuf_pool_create(name, 2 * (params.capacity + HELD), 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	c->seed = params.seed;
	c->capacity = params.capacity;
	if (c->pool == NULL || wire_create(&params, &c->wire) < 0) {
		destroy(c);
		return -ENOMEM;
	}
	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++)
		rte_spinlock_init(&c->locks[dir]);
	*out = c;
	return 0;
}

/* The second of a pair has what the first made, and may not wish for something else. */
static int
join(const struct pmd_port *peer, const struct pmd_args *args, struct cable **out, char *error)
{
	struct cable *c = peer->cable;

	if (args->has_seed && args->seed != c->seed) {
		snprintf(error, WIRE_SPEC_ERROR, "seed=%" PRIu64 ": must be that of %s, %" PRIu64 ", or not given",
			args->seed, peer->name, c->seed);
		return -EINVAL;
	}
	if (args->capture[0] != '\0' && strcmp(args->capture, c->capture_path) != 0) {
		snprintf(error, WIRE_SPEC_ERROR, "capture=%.60s: is of both directions; give it to %s alone", args->capture,
			peer->name);
		return -EINVAL;
	}
	if (args->has_capacity && args->capacity != c->capacity) {
		snprintf(error, WIRE_SPEC_ERROR, "capacity=%u: must be that of %s, %u, or not given", args->capacity,
			peer->name, c->capacity);
		return -EINVAL;
	}
	*out = c;
	return 0;
}

int
cable_take(struct pmd_port *port, const struct pmd_args *args, struct pmd_port *peer, char *error)
{
	int result;

	if (peer != NULL) {
		result = join(peer, args, &port->cable, error);
		port->out = !peer->out;
	} else {
		result = create(port, args, &port->cable, error);
		port->out = WIRE_A_TO_B;
	}
	if (result < 0)
		return result;
	port->cable->ends++;
	result = cable_set(port->cable, port->out, &args->out);
	if (result == 0 && args->on[0] != '\0')
		result = cable_set(port->cable, !port->out, &args->in);
	if (result < 0) {
		snprintf(error, WIRE_SPEC_ERROR, "no memory");
		cable_release(port);
	}
	return result;
}

void
cable_release(struct pmd_port *port)
{
	struct cable *c = port->cable;

	port->cable = NULL;
	if (c != NULL && --c->ends == 0)
		destroy(c);
}

int
cable_set(struct cable *c, enum wire_dir dir, const struct wire_spec *spec)
{
	const struct wire_impair impair = wire_spec_impair(spec);

	rte_spinlock_lock(&c->locks[dir]);
	int result = wire_set(c->wire, dir, &impair);
	if (result == 0)
		c->specs[dir] = *spec;
	rte_spinlock_unlock(&c->locks[dir]);
	return result;
}

void
cable_counters(struct cable *c, enum wire_dir dir, struct wire_counters *counters)
{
	rte_spinlock_lock(&c->locks[dir]);
	*counters = *wire_counters(c->wire, dir);
	rte_spinlock_unlock(&c->locks[dir]);
}

void
cable_get(struct cable *c, enum wire_dir dir, struct wire_spec *spec)
{
	rte_spinlock_lock(&c->locks[dir]);
	*spec = c->specs[dir];
	rte_spinlock_unlock(&c->locks[dir]);
}
