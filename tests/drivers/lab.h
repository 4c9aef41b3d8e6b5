/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_LAB_H
#define DRIVERS_LAB_H
/* A wire in virtual time; the test is at both of its ends. Frames carry their number in them. */
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include "drivers/wire/wire.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { LAB_LEN = 125 }; /* a frame's length: 1000 bits */

struct lab {
	struct wire *w;
	struct wire_params params;     /* as the wire will be made by lab_wire(): seed 1, nothing impaired */
	struct rte_mempool *sender, *pool;
	uint64_t sent[WIRE_DIRS];      /* how many frames were pushed */
	uint64_t now[WIRE_DIRS];       /* of lab_stream(), from SEC on */
};

extern struct lab lab;

void lab_start(void); /* .init */
void lab_stop(void);  /* .fini: every mbuf must be back */

/* A wire after lab.params; the one before is gone, and the numbers begin again. */
void lab_wire(void);
/* Changes a direction of it. */
void lab_set(enum wire_dir dir, struct wire_impair impair);

/* An IPv4 frame of len bytes (at least 42) with this number, ECT(0), and a right checksum; 0xa5 to the end. */
struct rte_mbuf *lab_frame(uint64_t number, uint16_t len);
uint64_t lab_number(const struct rte_mbuf *m);

/* Pushes n frames of LAB_LEN bytes. */
void lab_push(enum wire_dir dir, unsigned n, uint64_t now);
/* Pulls one frame, frees it, and returns its number; 0: none is due. */
uint64_t lab_pull(enum wire_dir dir, uint64_t now);
/* Pushes n frames, one every step ns from lab.now on, and pulls what is due; then the rest. Calls fn for each pulled. */
void lab_stream(enum wire_dir dir, unsigned n, uint64_t step, void (*fn)(uint64_t number, uint64_t time));

/* Pushed and duplicated = delivered + under way + lost. */
void lab_assert_accounts(enum wire_dir dir);

#endif
