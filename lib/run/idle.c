/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An idle core sleeps on the receive interrupts of its ports, an eventfd, and its next timer.
 * Where a port has no interrupt (rings, memif) it naps: short sleeps, each followed by a look.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <rte_atomic.h>
#include <rte_ethdev.h>
#include "core/lane.h"
#include "core/txq.h"
#include "run/calls.h"
#include "run/idle.h"
#include "tcp/tcp.h"

enum { NAP_NS = 50000, EVENTS = 32 /* looked at when one sleep ends */ };

static int
watch(const struct loop *loop, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

/* Every queue of ours must be able to wake us, or none helps. */
static bool
watch_ports(const struct loop *loop)
{
	const struct link_layer *link = loop->core.link;

	for (unsigned i = 0; i < link->nb_ports; i++) {
		const struct port *p = &link->ports[i];
		for (unsigned q = loop->core.id; q < p->nb_rx; q += loop->core.nb_cores) {
			int fd = p->rx_intr ? rte_eth_dev_rx_intr_ctl_q_get_fd(p->port_id, (uint16_t)q) : -1;
			if (fd < 0 || watch(loop, fd) < 0)
				return false;
		}
	}
	return true;
}

int
idle_init(struct loop *loop)
{
	loop->core.bed.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->core.bed.wake_fd < 0 || loop->epoll_fd < 0 || watch(loop, loop->core.bed.wake_fd) < 0)
		return -errno;
	loop->naps = !watch_ports(loop);
	return 0;
}

void
idle_fini(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->core.bed.wake_fd >= 0)
		close(loop->core.bed.wake_fd);
	loop->epoll_fd = loop->core.bed.wake_fd = -1;
}

void
leat_core_wake(struct leat_core *c)
{
	core_wake(core_of(c));
}

static bool
has_work(struct loop *loop)
{
	const struct core *core = &loop->core;

	if (tcp_pending(core->tcp) || lanes_waiting(core) || calls_wait(loop) ||
		atomic_load_explicit(&core->leat->stop, memory_order_relaxed))
		return true;
	for (unsigned i = 0; i < core->nb_txqs; i++)
		if (core->txqs[i]->n > 0 || shed_length(&loop->shed[i]) > 0)
			return true;
	return false;
}

/* Asks for interrupts; true when a packet is there already, which would bring none. */
static bool
enable_interrupts(const struct core *core)
{
	bool waiting = false;

	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		const struct port *p = &core->link->ports[i];
		for (unsigned q = core->id; q < p->nb_rx; q += core->nb_cores) {
			rte_eth_dev_rx_intr_enable(p->port_id, (uint16_t)q);
			waiting |= rte_eth_rx_queue_count(p->port_id, (uint16_t)q) > 0;
		}
	}
	return waiting;
}

static void
disable_interrupts(const struct core *core)
{
	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		const struct port *p = &core->link->ports[i];
		for (unsigned q = core->id; q < p->nb_rx; q += core->nb_cores)
			rte_eth_dev_rx_intr_disable(p->port_id, (uint16_t)q);
	}
}

static void
sleep_for(struct loop *loop, uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	struct epoll_event events[EVENTS];
	uint64_t count_read;

	count(&loop->core, CNT_core_sleeps);
	/* EINTR is welcome: net_tap tells of packets by a signal */
	int n = epoll_pwait2(loop->epoll_fd, events, EVENTS, &ts, NULL);
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == loop->core.bed.wake_fd && read(loop->core.bed.wake_fd, &count_read, sizeof(count_read)) < 0)
			break;
}

static void
sleep_unless_packets(struct loop *loop, uint64_t ns)
{
	if (loop->naps) {
		sleep_for(loop, RTE_MIN(ns, (uint64_t)NAP_NS));
		return;
	}
	if (!enable_interrupts(&loop->core))
		sleep_for(loop, ns);
	disable_interrupts(&loop->core);
}

void
leat_core_wait(struct leat_core *c, uint64_t max_ns)
{
	struct loop *loop = loop_of(core_of(c));
	struct core *core = &loop->core;
	uint64_t next = leat_core_next(c), now = core->clock(core->clock_arg);
	uint64_t ns = RTE_MIN(max_ns, (uint64_t)3600 * 1000000000u);

	if (next != UINT64_MAX)
		ns = RTE_MIN(ns, next > now ? next - now : 0);
	if (ns == 0 || has_work(loop))
		return;
	/* Who puts something in our way from here on wakes us; what was put before is seen now. */
	atomic_store_explicit(&core->bed.asleep, true, memory_order_relaxed);
	rte_smp_mb();
	if (!has_work(loop))
		sleep_unless_packets(loop, ns);
	atomic_store_explicit(&core->bed.asleep, false, memory_order_relaxed);
}
