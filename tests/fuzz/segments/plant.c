/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include "judge.h"
#include "plant.h"
#include "support/segment.h"
#include "talk.h"
#include "tcp/listen.h"
#include "tcp/tcp.h"

unsigned plant;

static struct rte_tcp_hdr *
tcp_of(uint8_t *frame)
{
	return (struct rte_tcp_hdr *)(frame + sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));
}

static void
add(void *field, uint32_t n)
{
	rte_be32_t value; /* a header behind that of Ethernet is not aligned */

	memcpy(&value, field, sizeof(value));
	value = rte_cpu_to_be_32(rte_be_to_cpu_32(value) + n);
	memcpy(field, &value, sizeof(value));
}

static bool
is_plain(const struct segment *s)
{
	return (s->flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

/* --- in what is sent: true, when the frame is to be sealed again --- */

static bool
in_checksum(struct rte_tcp_hdr *h, struct segment *s)
{
	(void)s;
	h->cksum ^= 1;
	return false;
}

static bool
in_byte(struct rte_tcp_hdr *h, struct segment *s)
{
	(void)h;
	if (s->len > 0)
		s->data[s->len / 2] ^= 1;
	return true;
}

static bool
in_ack(struct rte_tcp_hdr *h, struct segment *s)
{
	if (is_plain(s))
		add(&h->recv_ack, 1);
	return true;
}

static bool
in_sack(struct rte_tcp_hdr *h, struct segment *s)
{
	/* the last option of such a header: its last number */
	if (s->nb_sacks > 0)
		add((uint8_t *)(h + 1) + s->opts_len - 4, 1);
	return true;
}

static bool
in_window(struct rte_tcp_hdr *h, struct segment *s)
{
	static unsigned n;

	/* every other one takes back what the one before it offered */
	if (is_plain(s) && n++ % 2 == 1)
		h->rx_win = 0;
	return true;
}

static bool
in_number(struct rte_tcp_hdr *h, struct segment *s)
{
	if (s->len > 0)
		add(&h->sent_seq, s->len);
	return true;
}

static bool
in_fin(struct rte_tcp_hdr *h, struct segment *s)
{
	if (is_plain(s) && s->len > 0)
		h->tcp_flags ^= TCP_FIN;
	return true;
}

static bool
in_urgent(struct rte_tcp_hdr *h, struct segment *s)
{
	(void)s;
	h->tcp_urp = 1;
	return true;
}

static bool
in_clock(struct rte_tcp_hdr *h, struct segment *s)
{
	/* NOP, NOP, kind, length, and the clock */
	if (s->has_ts && is_plain(s) && s->len > 0)
		add((uint8_t *)(h + 1) + 4, 0u - 100000);
	return true;
}

static bool
in_rst(struct rte_tcp_hdr *h, struct segment *s)
{
	if (s->flags & TCP_RST)
		add(&h->sent_seq, 12345678);
	return true;
}

/* --- in a control block --- */

static void
in_una(struct tcb *t)
{
	t->snd_una += t->snd_nxt + 2 - t->snd_una;
}

static void
in_run(struct tcb *t)
{
	const struct tcp_sender *s = sender_of(stage.tcp, t);

	if (s != NULL && s->head != 0)
		run_at(stage.tcp, s->head)->seq++;
}

static void
in_queue(struct tcb *t)
{
	if (t->snd_head != 0 && sendq_at(stage.tcp, t->snd_head)->len > 1)
		sendq_at(stage.tcp, t->snd_head)->len--;
}

static void
in_order(struct tcb *t)
{
	if (t->ooo_head != 0)
		chunk_at(stage.tcp, t->ooo_head)->seq -= 3000;
}

static void
in_timer(struct tcb *t)
{
	t->armed = 0;
}

static void
in_edge(struct tcb *t)
{
	t->rcv_adv += 1 << 20;
}

static void
in_cwnd(struct tcb *t)
{
	t->cwnd = 0;
}

/* --- in what they have together --- */

static void
in_mbufs(void)
{
	(void)!rte_pktmbuf_alloc(stage.core->data_pool);
}

static void
in_slab(void)
{
	slab_alloc(&stage.tcp->chunks);
}

static void
in_orphans(void)
{
	stage.tcp->orphans++;
}

static void
in_listener(void)
{
	const struct leat_endpoint at = {.port = STAGE_PORT};

	tcp_listener_find(stage.core, &at)->backlog = 0;
	stage.config->syn_cookies = LEAT_COOKIES_OFF;
}

static const struct {
	const char *name, *found;
	bool (*frame)(struct rte_tcp_hdr *h, struct segment *s);
	void (*block)(struct tcb *t);
	void (*all)(void);
} mistakes[] = {
	{.name = "none"},
	{"checksum", "its TCP checksum is wrong", in_checksum, NULL, NULL},
	{"byte", "of what leat sends is wrong", in_byte, NULL, NULL},
	{"ack", "acknowledges", in_ack, NULL, NULL},
	{"sack", "SACK of", in_sack, NULL, NULL},
	{"window", "the window's edge goes back", in_window, NULL, NULL},
	{"number", "sends ", in_number, NULL, NULL},
	{"fin", "FIN at", in_fin, NULL, NULL},
	{"urgent", "an urgent pointer", in_urgent, NULL, NULL},
	{"clock", "its clock goes back", in_clock, NULL, NULL},
	{"rst", "a RST with number", in_rst, NULL, NULL},
	{"una", "SND.UNA", NULL, in_una, NULL},
	{"run", "a run from", NULL, in_run, NULL},
	{"queue", "send queue", NULL, in_queue, NULL},
	{"order", "out of order: ", NULL, in_order, NULL},
	{"timer", "and no timer", NULL, in_timer, NULL},
	{"edge", "a window of", NULL, in_edge, NULL},
	{"cwnd", "cwnd 0", NULL, in_cwnd, NULL},
	{"mbufs", "mbufs of fuzz-0-data are not back", NULL, NULL, in_mbufs},
	{"slab", "chunks, ", NULL, NULL, in_slab},
	{"orphans", "orphans, ", NULL, NULL, in_orphans},
	{"listener", "an honest connection does not open", NULL, NULL, in_listener},
	/* these have their places below */
	{.name = "padding", .found = "there is something behind the packet"},
	{.name = "flood", .found = "segments without data in one turn"},
	{.name = "amplify", .found = "bytes went to an address"},
	{.name = "read", .found = "which no segment has brought"},
	{.name = "twice", .found = "an event after on_closed"},
};

const unsigned plants = RTE_DIM(mistakes) - 1;

const char *
plant_name(unsigned i)
{
	return mistakes[i].name;
}

const char *
plant_found(unsigned i)
{
	return mistakes[i].found;
}

static bool
is(const char *name)
{
	return strcmp(mistakes[plant].name, name) == 0;
}

static void
send_more(const uint8_t *frame, uint32_t len, unsigned n)
{
	while (n-- > 0)
		judge_sent(frame, len);
}

void
plant_sent(uint8_t *frame, uint32_t len)
{
	struct segment s;

	if (plant == 0 || segment_read(frame, len, &s) != NULL)
		return;
	if (mistakes[plant].frame != NULL && mistakes[plant].frame(tcp_of(frame), &s))
		segment_seal(frame);
	if (is("padding") && (uint32_t)(s.data - frame) + s.len < len)
		frame[len - 1] = 1;
	if (is("flood") && is_plain(&s) && s.len == 0)
		send_more(frame, len, 100);
	if (is("amplify") && (s.flags & TCP_SYN))
		send_more(frame, len, 5);
}

void
plant_turned(void)
{
	if (plant == 0)
		return;
	for (unsigned i = 0; i < SIDES && mistakes[plant].block != NULL; i++)
		if (sides[i].conn != NULL && tcb_of(sides[i].conn)->state >= TCPS_ESTABLISHED)
			mistakes[plant].block(tcb_of(sides[i].conn));
	if (mistakes[plant].all != NULL)
		mistakes[plant].all();
}

uint8_t
plant_read(void)
{
	return plant != 0 && is("read");
}

void
plant_closed(struct side *s, void (*tell)(struct side *s))
{
	if (plant != 0 && is("twice"))
		tell(s);
}
