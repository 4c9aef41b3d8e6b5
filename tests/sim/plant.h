/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_PLANT_H
#define SIM_PLANT_H
/*
 * The test of the test: mistakes such as a stack could make, made on its behalf, once in a scenario.
 * Each must be found.
 */
#include <stdbool.h>
#include <stdint.h>

enum plant {
	PLANT_NOTHING,
	PLANT_BYTE,    /* a byte changes on its way, and the checksum knows nothing of it */
	PLANT_WRITE,   /* … it was changed before it was sent */
	PLANT_WINDOW,  /* data is sent beyond the window */
	PLANT_CWND,    /* … beyond cwnd, though the window would allow it */
	PLANT_ACK,     /* more is acknowledged than came */
	PLANT_SACK,    /* a SACK block names what has not come */
	PLANT_SHRINK,  /* the window is taken back */
	PLANT_FIN,     /* FINs do not arrive */
	PLANT_STALL,   /* nothing arrives for a day, and then all goes on */
	PLANT_KEEP,    /* an mbuf is not given back */
	PLANT_TWICE,   /* on_closed comes twice */
	PLANT_CWR,     /* a mark is not answered */
	PLANT_ECE,     /* … not told of */
	PLANT_AGAIN,   /* what was not lost is sent again */
	PLANT_SPIN,    /* a core is never idle */
	PLANTS,
};

struct world;

/* "byte", …; NULL: there is no more. */
const char *plant_name(enum plant plant);
enum plant plant_by_name(const char *name);

/* Does something not arrive, or too late, for its sake? */
bool plant_loses(enum plant plant);

/* A frame that a host sends: may change it. */
void plant_sent(struct world *w, uint8_t *frame, uint32_t len);
/* … and was judged: may send more behind it. */
void plant_behind(struct world *w, uint8_t *frame, uint32_t len);
/* A frame that arrives: may change it. False: it does not. */
bool plant_delivered(struct world *w, uint8_t *frame, uint32_t len);
/* At the end of each turn; true: something moved. */
bool plant_turned(struct world *w);

#endif
