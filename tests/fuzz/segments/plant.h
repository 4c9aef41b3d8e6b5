/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_PLANT_H
#define SEGMENTS_PLANT_H
/* Mistakes of our own, as the judge would see bugs of leat's: each must be found (self.c). */
#include <stdint.h>

struct side;

/* The mistake that is made from now on, wherever it can be; 0: none. */
extern unsigned plant;
extern const unsigned plants; /* how many there are, beside none */
const char *plant_name(unsigned i);
const char *plant_found(unsigned i); /* what is said of it */

/* leat has sent a frame: it may be changed. */
void plant_sent(uint8_t *frame, uint32_t len);

/* leat is at rest: something in it may be changed. */
void plant_turned(void);

/* What a byte that the application reads is changed by. */
uint8_t plant_read(void);

/* The application was told that it is over: it may be told again. */
void plant_closed(struct side *s, void (*tell)(struct side *s));

#endif
