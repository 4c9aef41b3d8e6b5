/* SPDX-License-Identifier: BSD-3-Clause */
/* An instance: made in the order of the house, from the ground up, and taken down the other way. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <leat/version.h>
#include "base/error.h"
#include "core/trace.h"
#include "ip/icmp.h"
#include "link/neigh.h"
#include "run/calls.h"
#include "run/idle.h"
#include "run/inspect/inspect.h"
#include "run/listen.h"
#include "run/run.h"
#include "run/timer.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

const char *
leat_version(void)
{
	return LEAT_VERSION;
}

int
leat_init(int argc, char **argv)
{
	cpu_set_t cpus;
	bool saved = sched_getaffinity(0, sizeof(cpus), &cpus) == 0;
	int n = rte_eal_init(argc, argv);

	if (n < 0)
		return rte_errno ? -rte_errno : -EINVAL;
	/*
	 * EAL pins the caller to its main lcore. With a single lcore nobody asked for that, and two
	 * programs would share CPU 0; whoever chose lcores keeps them.
	 */
	if (saved && rte_lcore_count() == (unsigned)CPU_COUNT(&cpus))
		sched_setaffinity(0, sizeof(cpus), &cpus);
	return n;
}

/* The cores share one secret: what one has promised, a cookie or a sequence number, any of them knows. */
static int
fill_core(struct leat *leat, struct core *core, const uint8_t *secret)
{
	const struct leat_config *config = &leat->config;

	core->leat = leat;
	core->clock = config->clock;
	core->clock_arg = config->clock_arg;
	core->numa_node = link_numa_node(config);
	memcpy(core->secret, secret, sizeof(core->secret));
	return core_init(core, config->name, config->rx_mbufs, config->tx_mbufs);
}

/* What every core has before the ports are opened, which fill their queues from the cores' pools; and the ports. */
static int
fill_cores(struct leat *leat, struct leat_error *error)
{
	const struct leat_config *config = &leat->config;
	struct core *cores[LEAT_MAX_CORES];
	uint8_t secret[sizeof(config->secret)];

	memcpy(secret, config->secret, sizeof(secret));
	if (!config->has_secret && getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return error_set(error, errno, "random numbers: %s", strerror(errno));
	for (unsigned i = 0; i < leat->nb_loops; i++) {
		int rc = fill_core(leat, &leat->loops[i].core, secret);
		cores[i] = &leat->loops[i].core;
		if (rc < 0)
			return error_set(error, -rc, "packet memory: %s; rx_mbufs %u, tx_mbufs %u of %u cores need about %u MiB of "
				"EAL's memory (its -m option), and the name '%s' must be unique in the process", rte_strerror(-rc),
				config->rx_mbufs, config->tx_mbufs, config->cores,
				(config->rx_mbufs * 2 + config->tx_mbufs * 3) / 870 * config->cores, config->name);
	}
	return link_open(&leat->link, cores, config, error);
}

/*
 * May what was received be sent again in its own buffer? A driver may keep what it has sent until it wants the place:
 * as many receive buffers as transmit queues hold, of those that what this core receives is answered by, are then not
 * there to receive into, and they shall be no more than half.
 */
static bool
may_recycle(const struct link_layer *link, const struct leat_config *config, const struct core *core)
{
	uint32_t kept = 0;

	for (unsigned i = 0; i < link->nb_ports; i++) {
		const struct port *p = &link->ports[i];
		kept += config->tx_descriptors * (uint32_t)((p->nb_tx + p->nb_rx - 1) / p->nb_rx);
	}
	return core->rx_pool->size - core->driver_mbufs >= 2 * kept;
}

/* The rooms of one core, from the ground up. What was made before a failure is taken down by the caller. */
static int
fill_rooms(struct leat *leat, struct loop *loop, struct leat_error *error)
{
	struct core *core = &loop->core;
	const struct leat_config *config = &leat->config;
	int rc;

	core->driver_mbufs = core->rx_pool->size - rte_mempool_avail_count(core->rx_pool);
	core->recycles = may_recycle(&leat->link, config, core);
	if (config->trace > 0 && (core->trace = trace_create(config->trace)) == NULL)
		return error_set(error, ENOMEM, "no memory for a trace of %u records", config->trace);
	if ((rc = ip_init(core, &loop->ip, config, error)) < 0)
		return rc;
	struct tcp_layer *tcp = calloc(1, sizeof(*tcp));
	if (tcp == NULL || tcp_init(core, tcp, config) < 0) {
		free(tcp);
		core->tcp = NULL;
		return error_set(error, ENOMEM, "no memory for the TCP tables");
	}
	if (udp_init(core) < 0 || timer_init(core) < 0)
		return error_set(error, ENOMEM, "no memory");
	if (core->id == 0)
		ip_announce(core, config->arp.probe);
	for (unsigned i = 0; i < core->link->nb_ports; i++)
		if (shed_init(&loop->shed[i], config->rx_descriptors, core->rx_pool->size - core->driver_mbufs) < 0)
			return error_set(error, ENOMEM, "no memory");
	rc = idle_init(loop);
	return rc < 0 ? error_set(error, -rc, "eventfd, epoll: %s", strerror(-rc)) : 0;
}

/* Listeners that are left, connections: with these the application has the last to say. None begins any more. */
static void
end_connections(struct leat *leat)
{
	for (unsigned i = 0; i < leat->nb_loops; i++)
		if (leat->loops[i].core.tcp != NULL)
			leat->loops[i].core.tcp->ending = true;
	listen_end(leat);
	for (unsigned i = 0; i < leat->nb_loops; i++)
		calls_run(&leat->loops[i]); /* what was posted runs, though the core turns no more */
	for (unsigned i = 0; i < leat->nb_loops; i++)
		if (leat->loops[i].core.tcp != NULL)
			tcp_shutdown(&leat->loops[i].core);
	for (unsigned i = 0; i < leat->nb_loops; i++)
		calls_run(&leat->loops[i]); /* so does what was posted by these */
	for (unsigned i = 0; i < leat->nb_loops; i++)
		calls_forget(&leat->loops[i]); /* but not for ever */
}

/* What needs no port. */
static void
empty_rooms(struct loop *loop)
{
	struct core *core = &loop->core;

	idle_fini(loop);
	for (unsigned i = 0; i < CORE_MAX_PORTS; i++)
		shed_fini(core, &loop->shed[i]);
	timer_fini(core);
	udp_fini(core);
	if (core->ip != NULL)
		ip_fini(core);
}

/* What the ports may have referred to until they were closed. */
static void
empty_core(struct core *core)
{
	if (core->tcp != NULL)
		tcp_fini(core);
	free(core->tcp);
	free(core->trace);
}

static struct leat *
make(const struct leat_config *config)
{
	struct leat *leat = calloc(1, sizeof(*leat));

	if (leat == NULL)
		return NULL;
	leat->config = *config;
	leat->nb_loops = config->cores;
	pthread_mutex_init(&leat->listen_lock, NULL);
	leat->loops = aligned_alloc(64, config->cores * sizeof(struct loop));
	if (leat->loops == NULL) {
		free(leat);
		return NULL;
	}
	memset(leat->loops, 0, config->cores * sizeof(struct loop));
	for (unsigned i = 0; i < config->cores; i++) {
		struct loop *loop = &leat->loops[i];
		loop->core.id = i;
		loop->core.nb_cores = config->cores;
		loop->core.bed.wake_fd = loop->epoll_fd = -1;
	}
	return leat;
}

struct leat *
leat_create(const struct leat_config *config, struct leat_error *error)
{
	struct leat_error unused;

	error = error != NULL ? error : &unused;
	*error = (struct leat_error){0};
	if (config->size != sizeof(*config)) {
		error_set(error, EINVAL, "the configuration was not made by leat_config_init() of this library");
		return NULL;
	}
	if (leat_config_check(config, error) < 0)
		return NULL;
	struct leat *leat = make(config);
	if (leat == NULL) {
		error_set(error, ENOMEM, "no memory");
		return NULL;
	}
	int rc = fill_cores(leat, error);
	for (unsigned i = 0; i < leat->nb_loops && rc == 0; i++)
		rc = fill_rooms(leat, &leat->loops[i], error);
	if (rc < 0) {
		leat_destroy(leat);
		return NULL;
	}
	if (config->inspect && inspect_start(leat, error) < 0) {
		leat_destroy(leat);
		return NULL;
	}
	return leat;
}

void
leat_destroy(struct leat *leat)
{
	if (leat == NULL)
		return;
	if (leat->inspect != NULL)
		inspect_stop(leat);
	if (leat->loops[0].core.link != NULL)
		link_stand_still(&leat->link);
	end_connections(leat);
	for (unsigned i = 0; i < leat->nb_loops; i++)
		empty_rooms(&leat->loops[i]);
	if (leat->loops[0].core.link != NULL)
		link_close(&leat->link);
	for (unsigned i = 0; i < leat->nb_loops; i++)
		empty_core(&leat->loops[i].core);
	for (unsigned i = 0; i < leat->nb_loops; i++) /* what one core received, another may have held */
		core_fini(&leat->loops[i].core);
	pthread_mutex_destroy(&leat->listen_lock);
	free(leat->loops);
	free(leat);
}

unsigned
leat_core_count(const struct leat *leat)
{
	return leat->nb_loops;
}

struct leat_core *
leat_core(struct leat *leat, unsigned i)
{
	return i < leat->nb_loops ? core_public(&leat->loops[i].core) : NULL;
}

unsigned
leat_core_id(const struct leat_core *core)
{
	return ((const struct core *)core)->id;
}

struct leat *
leat_core_instance(struct leat_core *core)
{
	return core_of(core)->leat;
}

const struct leat_config *
leat_instance_config(const struct leat *leat)
{
	return &leat->config;
}
