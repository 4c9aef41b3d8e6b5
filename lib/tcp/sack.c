/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/seq.h"
#include "tcp/sack.h"

/* An island: chunks without a gap, and when the newest of them came. */
struct island {
	uint32_t start, end, stamp;
};

/* The island that begins with the chunk *handle; *handle becomes the first chunk after it. */
static struct island
next_island(const struct tcp_layer *tcp, uint32_t *handle)
{
	const struct chunk *c = chunk_at(tcp, *handle);
	struct island r = {c->seq, c->seq, c->stamp};

	while (*handle != 0 && chunk_at(tcp, *handle)->seq == r.end) {
		c = chunk_at(tcp, *handle);
		r.end = c->seq + c->len;
		if (seq_gt(c->stamp, r.stamp))
			r.stamp = c->stamp;
		*handle = c->next;
		if (c->len == 0)
			break; /* a bare FIN ends the list */
	}
	return r;
}

void
tcp_sack_blocks(const struct tcp_layer *tcp, const struct tcb *t, struct tcp_opts *o, uint8_t max)
{
	uint32_t stamps[TCP_SACK_MAX], handle = t->ooo_head;

	o->nb_sack = 0;
	while (handle != 0) {
		struct island r = next_island(tcp, &handle);
		uint8_t at = o->nb_sack;
		if (r.start == r.end)
			continue;
		/* insertion sort into the few that are told, the newest first */
		while (at > 0 && seq_gt(r.stamp, stamps[at - 1]))
			at--;
		if (at == max)
			continue;
		if (o->nb_sack < max)
			o->nb_sack++;
		for (uint8_t i = (uint8_t)(o->nb_sack - 1); i > at; i--) {
			stamps[i] = stamps[i - 1];
			o->sack[i] = o->sack[i - 1];
		}
		stamps[at] = r.stamp;
		o->sack[at].start = r.start;
		o->sack[at].end = r.end;
	}
}
