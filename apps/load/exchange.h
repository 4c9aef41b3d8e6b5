/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_EXCHANGE_H
#define LOAD_EXCHANGE_H
/* The answer to one request, as it arrives: answer.c reads it, exchange.c and stream.c act on it. */
#include "gen.h"

enum answer {
	ANSWER_MORE, /* is not complete */
	ANSWER_DONE, /* is; what follows belongs to the next one */
	ANSWER_BAD,  /* is none */
};

/*
 * Consumes what belongs to the oldest answer of this slot: everything up to its end, or, when of its head only a part
 * is there, nothing. Counts its first byte, and answers with an error status; sets slot->last when no other follows.
 * What may end only with the connection is never done here (slot->reading is READING_CLOSE).
 */
enum answer answer_take(struct gen *g, struct slot *s, struct leat_conn *conn, struct leat_rx *rx);

#endif
