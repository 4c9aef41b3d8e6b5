/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_CORE_H
#define LEAT_CORE_H
/*
 * The life of an instance and the turn of its cores.
 *
 *   leat_init(argc, argv)  or rte_eal_init() by the application
 *   leat_create(&config)   ports are opened, memory is taken
 *   listeners, connects
 *   leat_run()             or a loop of one's own around leat_core_poll()
 *   leat_destroy()
 *
 * An instance has cores; a core is not an lcore: any thread may poll any core, one at a time.
 * Unless a function says otherwise it may be called only by the thread that polls the core, or
 * by the thread that owns the instance while no core is being polled. Debug builds assert it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <leat/config.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat;      /**< an instance: ports, addresses, routes, listeners, cores */
struct leat_core; /**< what one loop owns */

/** Why something could not be done: a code and one line for a person. */
struct leat_error {
	int code; /**< errno value, 0 = no error */
	char text[384];
};

/**
 * Initialises DPDK's EAL (rte_eal_init). Once per process, before leat_create().
 * Returns the number of arguments consumed (argv[returned] is what follows "--"), or -errno.
 */
int leat_init(int argc, char **argv);

/**
 * Makes an instance: opens its ports, checks every value of config, takes its memory.
 * config is copied. Returns NULL and fills *error (which may be NULL) when anything is wrong;
 * nothing is then left open.
 */
struct leat *leat_create(const struct leat_config *config, struct leat_error *error);

/**
 * Ends the instance: connections that are still open are aborted (RST, on_closed with
 * ECONNABORTED), ports are stopped, memory is given back. No core may be polled any more.
 */
void leat_destroy(struct leat *leat);

/** The number of cores, 1 or more. */
unsigned leat_core_count(const struct leat *leat);

/** Core i, 0 <= i < leat_core_count(); NULL otherwise. */
struct leat_core *leat_core(struct leat *leat, unsigned i);

/** The configuration it was made from; lasts as long as the instance. Any thread. */
const struct leat_config *leat_instance_config(const struct leat *leat);

/** Its number, 0 <= number < leat_core_count(): leat_core() gives it back. Any thread. */
unsigned leat_core_id(const struct leat_core *core);

/** The instance a core belongs to. */
struct leat *leat_core_instance(struct leat_core *core);

/**
 * One turn of the wheel: packets in, timers, events to the application, packets out.
 * Never blocks. Returns the number of packets, timers and events handled: 0 = nothing to do. Not from
 * a callback, which is inside of a turn: there it does nothing, returns 0 and is counted
 * (core_nested_polls).
 */
unsigned leat_core_poll(struct leat_core *core);

/**
 * Sleeps until a packet may have come, a timer is due, leat_core_wake() is called, or max_ns
 * (nanoseconds) have passed; returns at once when the next turn already has work.
 */
void leat_core_wait(struct leat_core *core, uint64_t max_ns);

/** Ends a leat_core_wait() of this core. Any thread, also a signal handler. */
void leat_core_wake(struct leat_core *core);

/**
 * Runs fn(core, arg) on the core, between two turns, and returns when it has run: the way for
 * other threads to look or to change something. Any thread but the one that polls the core; the
 * core must be polled meanwhile. 0, -ENOMEM, or -ETIMEDOUT when it was not run within two seconds (it
 * will not run later then).
 */
int leat_core_call(struct leat_core *core, void (*fn)(struct leat_core *core, void *arg), void *arg);

/**
 * The same without waiting: fn runs at the start of the core's next turn, and at the latest in
 * leat_destroy(): also what is posted there, by on_closed or by an earlier fn; but what such a last fn posts is
 * forgotten, so that one that posts itself ends. Any thread, also a callback on any core; what one thread
 * posts to a core runs in the order in which it was posted. 0, or -ENOMEM.
 */
int leat_core_post(struct leat_core *core, void (*fn)(struct leat_core *core, void *arg), void *arg);

/** The core's clock, read at the start of the current turn: nanoseconds. */
uint64_t leat_core_now(const struct leat_core *core);

/** When the next timer is due, in nanoseconds of the core's clock; UINT64_MAX = none armed. */
uint64_t leat_core_next(const struct leat_core *core);

/**
 * Polls every core until leat_stop(): core 0 in the calling thread, each other one on an lcore of EAL's
 * that has nothing to do. Sleeps when idle unless the configuration says idle=spin. Returns 0, or -EAGAIN when there
 * are too few lcores, which the log then says.
 */
int leat_run(struct leat *leat);

/**
 * Ends leat_run() at the end of the turn. Any thread, also a signal handler. The instance must still be there when it
 * returns: who calls it from another thread lets that end, or blocks the signal, before leat_destroy().
 */
void leat_stop(struct leat *leat);

/** One counter as leat_stats() gives it. */
struct leat_stat {
	const char *name; /**< e.g. "tcp_segs_in" or "drop_ip4_bad_checksum" */
	const char *text; /**< what it counts, one line */
	uint64_t value;   /**< sum over the cores */
};

/**
 * Copies the counters into out, at most max of them; returns how many there are.
 * Any thread (values of other cores may lag by a turn).
 */
size_t leat_stats(const struct leat *leat, struct leat_stat *out, size_t max);

/** Value of one counter by name; 0 when there is no such name. Any thread. */
uint64_t leat_stat_value(const struct leat *leat, const char *name);

/** Who holds the packet buffers, and how full the tables are. */
struct leat_usage {
	uint32_t size;         /**< sizeof(struct leat_usage) as the caller knows it */
	uint32_t mbufs_total;  /**< in all pools of the instance */
	uint32_t mbufs_free;   /**< in the pools */
	uint32_t mbufs_stack;  /**< held by leat: queued to send, received and not consumed, waiting for ARP */
	uint32_t mbufs_app;    /**< the rest: taken by the application (leat_rx_take()), or under way in a driver */
	uint32_t mbufs_driver; /**< held by the drivers' receive queues since they were started */
	uint32_t connections;  /**< control blocks in use */
	uint32_t half_open;    /**< SYN-RECEIVED entries */
	uint32_t time_wait;    /**< TIME-WAIT entries */
	uint32_t listeners;
	uint64_t table_bytes;  /**< of connections and what is kept of them, packets apart, and of the table that finds them */
};

/** Fills *usage. From the owning thread. */
void leat_usage(struct leat *leat, struct leat_usage *usage);

#ifdef __cplusplus
}
#endif
#endif
