/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BREAK_WORLD_H
#define BREAK_WORLD_H
/*
 * Two hosts on a wire of 10 ms in virtual time, each an instance with an application, and a spare
 * instance for each: what it is after a reboot. Every frame passes the hand of the test.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>
#include "break.h"
#include "record.h"
#include "wire/tcp.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { WIRE_MS = 10, CLIENT_PORT = 40000, SERVER_PORT = 80, FRAME_MAX = 1600, FLIGHTS = 64, LATERS = 8, ARCHIVE = 64 };

struct core;
struct rte_mbuf;
struct rte_ring;

struct host {
	enum side side;
	struct world *world;
	struct leat *leat;
	struct core *core;
	struct rte_ring *in, *out;
	bool on;                  /* has power */
	/* Its application. */
	struct leat_conn *conn;
	struct leat_listener *listener;
	bool reads;
	size_t unread;
	uint32_t refused;         /* bytes that leat_tcp_send() did not take */
	/* What was taken away from it. */
	struct rte_mbuf *mbufs;
};

/* A frame as it left. */
struct frame {
	enum side from;
	uint64_t at;              /* when it left, or in flight: when it arrives */
	uint32_t len;
	bool is_tcp;
	struct tcp_seg seg;       /* is_tcp; numbers as on the wire */
	uint8_t bytes[FRAME_MAX];
};

struct later {
	uint64_t at;
	void (*run)(struct world *w);
};

struct world {
	uint64_t now;
	struct host hosts[2], spares[2];
	struct host *host[2];     /* who is client and server now */
	struct frame flights[FLIGHTS];
	unsigned nb_flights;
	struct frame archive[ARCHIVE]; /* what left, for copies that come late */
	unsigned nb_archive;
	struct later laters[LATERS];
	unsigned nb_laters;
	bool down;                /* the link */
	bool starved;             /* somebody waits for memory: time must go on without a timer */
	/* What becomes of a frame that leaves: false: it does not arrive. */
	bool (*hand)(struct world *w, struct frame *f);
	struct record record;
	/* What is to break; stage.c. */
	enum step step;
	enum breaks what;
	enum side who;
	uint64_t zero;            /* when the step's segment leaves */
	bool seen;                /* it has left */
	struct rte_mbuf *mbufs_taken;
	uint32_t *blocks_taken[4];
	uint32_t nb_blocks_taken[4];
};

/* Makes the hosts. knows[side]: it has the other's MAC address from its configuration. */
void world_open(struct world *w, const bool knows[2], bool spares);
/* Ends all connections and asserts that no host that is on lost memory. */
void world_close(struct world *w);

/* Lets time pass, event by event. */
void world_until(struct world *w, uint64_t at);
/* Runs at that time. */
void world_later(struct world *w, uint64_t at, void (*run)(struct world *w));

/* Puts a frame on the wire: it arrives at `at` at the other side. */
void world_put(struct world *w, const struct frame *f, uint64_t at);
void world_lose_flights(struct world *w);
/* What the ports say of their link. */
void world_links(struct world *w, bool up);

/* What the side knows of the connection; false: nothing. */
bool world_info(struct world *w, enum side side, struct leat_tcp_info *info);

/* app.c: the applications. */
void app_listens(struct host *h);
void app_connects(struct host *h);
void app_sends(struct host *h, uint32_t len);
void app_shuts_down(struct host *h);
void app_exits(struct host *h);

/* forge.c: frames that no host sent. */
/* A reset to `to` in the other's name, `off` from the number that would be exact. */
void forge_rst(struct world *w, enum side to, enum breaks what);
/* What a router says to the sender of f. */
void forge_icmp(struct world *w, const struct frame *f, uint8_t code, uint16_t mtu);
/* Damages one bit of the TCP segment. */
void forge_damage(struct frame *f);

/* stage.c, with strike.c: brings the connection to the step, breaks it, and waits until all is over. */
void stage_run(struct world *w, enum step step, enum breaks what, enum side who);

#endif
