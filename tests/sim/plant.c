/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "plant.h"
#include "support/segment.h"
#include "wire/tcp.h"
#include "world.h"

static const char *const names[PLANTS] = {"nothing", "byte", "write", "window", "cwnd", "ack", "sack", "shrink", "fin",
	"stall", "keep", "twice", "cwr", "ece", "again", "spin"};

const char *
plant_name(enum plant plant)
{
	return plant < PLANTS ? names[plant] : NULL;
}

bool
plant_loses(enum plant plant)
{
	return plant == PLANT_FIN || plant == PLANT_STALL || plant == PLANT_BYTE;
}

enum plant
plant_by_name(const char *name)
{
	enum plant p = PLANT_NOTHING + 1;

	while (p < PLANTS && strcmp(name, names[p]) != 0)
		p++;
	return p;
}

static struct rte_tcp_hdr *
tcp_of(uint8_t *frame)
{
	return (struct rte_tcp_hdr *)(frame + sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));
}

static void
add(rte_be32_t *number, uint32_t n)
{
	*number = rte_cpu_to_be_32(rte_be_to_cpu_32(*number) + n);
}

/* More goes out behind this segment, up to four: the right bytes at the right place, but nothing allows them. */
static bool
run_ahead(struct world *w, const uint8_t *frame, uint32_t len, const struct segment *s)
{
	struct talk *t = world_talk_of(w, s->sport, s->from_a);
	struct side *side = t != NULL ? &t->dialer : NULL;
	struct leat_tcp_info i = {.size = sizeof(i)};
	uint8_t more[2048];

	if (side == NULL || side->conn == NULL || s->len == 0)
		return false;
	leat_tcp_info(side->conn, &i);
	bool window = w->options->plant == PLANT_WINDOW;
	uint32_t n = window ? 1 : 4, flight = s->seq + s->len - i.snd_una, ahead = flight + n * s->len;
	uint32_t at = s->seq + s->len - i.iss - 1;
	bool beyond = window ? ahead > i.snd_wnd + 1 : ahead > i.cwnd + 2 * i.mss + 1 && ahead <= i.snd_wnd;
	if (!beyond || s->seq + s->len != i.snd_nxt || at + n * s->len > side->queued)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		memcpy(more, frame, len);
		tcp_of(more)->sent_seq = rte_cpu_to_be_32(i.snd_nxt + k * s->len);
		for (uint32_t b = 0; b < s->len; b++)
			more[(uint32_t)(s->data - frame) + b] = talk_byte(side, at + k * s->len + b);
		segment_seal(more);
		tap_sent(w->tap, s->from_a, more, len);
	}
	return true;
}

/* Changes the frame as the plant wants; false: it does not suit. */
static bool
change_sent(struct world *w, uint8_t *frame, struct segment *s)
{
	struct rte_tcp_hdr *h = tcp_of(frame);

	switch (w->options->plant) {
	case PLANT_WRITE:
		if (s->len > 0)
			s->data[s->len / 2] ^= 1;
		return s->len > 0;
	case PLANT_ACK:
		add(&h->recv_ack, 1);
		return (s->flags & TCP_ACK) && !(s->flags & TCP_SYN);
	case PLANT_SACK:
		if (s->nb_sacks == 0)
			return false;
		/* the last option of such a header: its last number */
		add((rte_be32_t *)((uint8_t *)(h + 1) + s->opts_len - 4), 1);
		return true;
	case PLANT_SHRINK:
		h->rx_win = 0;
		return s->wnd > 0 && !(s->flags & TCP_SYN) && w->frames > 10; /* one was offered before */
	case PLANT_CWR:
		h->tcp_flags &= (uint8_t)~TCP_CWR;
		return (s->flags & TCP_CWR) && !(s->flags & TCP_SYN);
	case PLANT_ECE:
		h->tcp_flags &= (uint8_t)~TCP_ECE;
		return (s->flags & TCP_ECE) && !(s->flags & TCP_SYN);
	default:
		return false;
	}
}

void
plant_sent(struct world *w, uint8_t *frame, uint32_t len)
{
	struct segment s;
	uint8_t was[2048];

	if (segment_read(frame, len, &s) != NULL || (s.flags & TCP_RST))
		return;
	if (w->planted)
		return;
	memcpy(was, frame, len);
	w->planted = change_sent(w, frame, &s);
	if (w->planted)
		segment_seal(frame);
	else
		memcpy(frame, was, len);
}

void
plant_behind(struct world *w, uint8_t *frame, uint32_t len)
{
	struct segment s;
	bool suits = w->options->plant == PLANT_WINDOW || w->options->plant == PLANT_CWND;

	if (w->options->plant == PLANT_AGAIN)
		tap_sent(w->tap, frame[sizeof(struct rte_ether_hdr) + 15] == 1, frame, len);
	if (suits && !w->planted && segment_read(frame, len, &s) == NULL && !(s.flags & TCP_RST))
		w->planted = run_ahead(w, frame, len, &s);
}

bool
plant_delivered(struct world *w, uint8_t *frame, uint32_t len)
{
	struct segment s;

	if (segment_read(frame, len, &s) != NULL)
		return true;
	if (w->options->plant == PLANT_FIN)
		return !(s.flags & TCP_FIN);
	if (w->options->plant != PLANT_BYTE || w->planted || s.len == 0)
		return true;
	s.data[s.len - 1] ^= 0x80;
	segment_seal(frame);
	w->planted = true;
	return true;
}

bool
plant_turned(struct world *w)
{
	struct side *s = &w->talks[0].dialer;

	switch (w->options->plant) {
	case PLANT_KEEP:
		if (!w->planted)
			w->planted = rte_pktmbuf_alloc(rte_mempool_lookup("a-0-data")) != NULL;
		break;
	case PLANT_TWICE:
		if (!w->planted && s->closed) {
			w->planted = true;
			talk_accepting.on_closed(NULL, 0, s);
		}
		break;
	case PLANT_STALL:
		if (!w->planted && s->opened) {
			w->planted = true;
			w->now += 24 * 3600 * WORLD_SEC;
		}
		break;
	case PLANT_SPIN:
		w->planted = true;
		return true;
	default:
		break;
	}
	return false;
}
