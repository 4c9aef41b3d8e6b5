/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests, completions, and waiting for them. */
#include <stdlib.h>
#include "socket/app.h"

int
app_open(struct leat_sockets **out, int channel_fd, uint32_t max)
{
	struct leat_sockets *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	int r = channel_attach(&s->chan, channel_fd);
	if (r < 0) {
		free(s);
		return r;
	}
	s->max = max;
	s->descs = calloc(max, sizeof(struct desc));
	s->owner = malloc(s->chan.slots * sizeof(*s->owner));
	s->free_slots = malloc(s->chan.slots * sizeof(*s->free_slots));
	if (!s->descs || !s->owner || !s->free_slots) {
		leat_sockets_close(s);
		return -ENOMEM;
	}
	for (uint32_t i = s->chan.slots; i-- > 0;) {
		s->owner[i] = SLOT_CLOSING;
		fd_slot_released(s, i);
	}
	*out = s;
	return 0;
}

void
leat_sockets_close(struct leat_sockets *s)
{
	for (uint32_t i = 0; s->descs != NULL && i < s->max; i++) {
		if (s->descs[i].kind == DESC_FREE)
			continue;
		epoll_unwatch(&s->descs[i]);
		if (s->descs[i].kind == DESC_EPOLL)
			epoll_free(s->descs[i].epoll);
	}
	if (s->place.close != NULL)
		s->place.close(s->place.arg);
	channel_detach(&s->chan);
	free(s->descs);
	free(s->owner);
	free(s->free_slots);
	free(s);
}

static void
changed(struct leat_sockets *s, uint32_t slot)
{
	if (slot >= s->chan.slots)
		return;
	/* first the flag, then the look: what comes after the look will notify again */
	atomic_store(&s->chan.slot_table[slot].notified, 0);
	if (s->owner[slot] >= 0)
		epoll_touch(&s->descs[s->owner[slot]]);
}

static void
reap(struct leat_sockets *s)
{
	struct message m;

	while (msg_ring_pop(&s->chan.in, &m)) {
		if (m.kind == NOTE_CHANGED) {
			changed(s, m.slot);
		} else if (m.kind == NOTE_RELEASED) {
			fd_slot_released(s, m.slot);
		} else if (m.kind == NOTE_DONE && m.tag == s->tag) {
			s->done = m;
			s->answered = true;
		}
	}
}

void
app_post(struct leat_sockets *s, const struct message *m)
{
	while (!msg_ring_push(&s->chan.out, m)) {
		s->place.serve(s->place.arg);
		reap(s);
	}
}

int
app_request(struct leat_sockets *s, struct message *m)
{
	m->tag = ++s->tag;
	s->answered = false;
	app_post(s, m);
	s->place.serve(s->place.arg);
	reap(s);
	if (!s->answered)
		return -EIO; /* nobody is there */
	*m = s->done;
	return m->result;
}

void
app_kick(struct leat_sockets *s, const struct desc *d)
{
	const struct message m = {.kind = REQ_KICK, .slot = d->slot};

	if (atomic_exchange(&desc_slot(s, d)->kicked, 1) == 0)
		app_post(s, &m);
}

unsigned
app_turn(struct leat_sockets *s)
{
	unsigned done = s->place.turn(s->place.arg);

	reap(s);
	return done;
}

/*
 * The clock is only right after a turn, so the deadline is fixed then: before the first turn of a
 * call the core may have stood still for as long as the application was busy.
 */
int
app_wait(struct leat_sockets *s, struct wait *w)
{
	uint64_t now = s->place.now(s->place.arg);

	if (w->begun && now >= w->deadline)
		return -EAGAIN;
	if (w->timeout > 0 && atomic_exchange(&s->interrupted, false))
		return -EINTR;
	unsigned done = app_turn(s);
	now = s->place.now(s->place.arg);
	if (!w->begun) {
		w->begun = true;
		w->deadline = w->timeout < WAIT_FOREVER - now ? now + w->timeout : WAIT_FOREVER;
	} else if (done == 0 && now < w->deadline) {
		s->place.idle(w->deadline, s->place.arg);
	}
	return 0;
}

unsigned
leat_sockets_turn(struct leat_sockets *s)
{
	return app_turn(s);
}

int
leat_sockets_drain(struct leat_sockets *s, uint64_t timeout_ns)
{
	struct wait w = {.timeout = timeout_ns};

	for (;;) {
		struct message m = {.kind = REQ_DRAINED};
		int r = app_request(s, &m);
		if (r < 0 || m.value == 0)
			return r;
		r = app_wait(s, &w);
		if (r < 0)
			return r == -EAGAIN ? -ETIMEDOUT : r;
	}
}

void
leat_sockets_interrupt(struct leat_sockets *s)
{
	atomic_store(&s->interrupted, true);
	s->place.wake(s->place.arg);
}

void
leat_sockets_stats(const struct leat_sockets *s, struct leat_sockets_stats *out)
{
	const struct channel_head *h = channel_head(&s->chan);

	out->accept_overflow = h->accept_overflow;
	out->datagram_overflow = h->datagram_overflow;
}
