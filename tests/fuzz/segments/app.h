/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_APP_H
#define SEGMENTS_APP_H
/* leat's application: what it does by itself, what it is made to do; and what it may be told, in which order. */
#include "talk.h"

/* How it behaves in its callbacks. */
enum manner {
	APP_LAZY = 1 << 0,         /* leaves what it receives */
	APP_TAKES = 1 << 1,        /* takes mbufs, where it would read */
	APP_GREETS = 1 << 2,       /* sends in on_open */
	APP_ECHOES = 1 << 3,       /* writes as many bytes as it reads */
	APP_FOLLOWS = 1 << 4,      /* closes when the peer has */
	APP_LEAVES = 1 << 5,       /* closes in on_data */
	APP_ABORTS = 1 << 6,       /* aborts in on_sent */
	APP_GOES_ON = 1 << 7,      /* sends more in on_sent */
};

/* Of a listener; what it accepts goes on with others. */
extern const struct leat_tcp_events app_accepting;
extern uint8_t app_manner;

enum app_send { APP_COPY, APP_REF, APP_MBUF, APP_SENDS };

void app_connects(struct talk *t);
void app_sends(struct side *s, enum app_send how, uint32_t len);
void app_reads(struct side *s, uint32_t len);
void app_takes(struct side *s);
void app_shuts(struct side *s);
void app_closes(struct side *s);
void app_aborts(struct side *s);
void app_sets(struct side *s, uint8_t option, uint32_t value);

/* How many connections it has. */
unsigned app_conns(void);

#endif
