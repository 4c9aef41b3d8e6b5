/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory between the two sides, and an application side that does not keep to the rules. */
#include <sys/mman.h>
#include <unistd.h>
#include "lab.h"
#include "socket/stack.h"

TestSuite(channel, .timeout = 60);

enum { SLOTS = 4, RING = 4096 };

static struct channel app;
static struct stack *stack;
static int fd;

static void
begin(void)
{
	lab_start();
	need(stack_open(client.core, SLOTS, RING, &fd, &stack) == 0, "stack_open");
	need(channel_attach(&app, fd) == 0, "channel_attach");
}

static void
end(void)
{
	channel_detach(&app);
	stack_close(stack);
	close(fd);
	lab_stop();
}

/* One request and the answer to it. */
static int
ask(struct message m)
{
	static uint32_t tag;

	m.tag = ++tag;
	need(msg_ring_push(&app.out, &m), "full");
	stack_serve(stack);
	do
		need(msg_ring_pop(&app.in, &m), "no answer");
	while (m.kind != NOTE_DONE);
	need(m.tag == tag, "the answer to something else");
	return m.result;
}

static void
tell(struct message m)
{
	need(msg_ring_push(&app.out, &m), "full");
	stack_serve(stack);
}

Test(channel, both_sides_see_the_same_memory_at_different_addresses, .init = begin, .fini = end)
{
	struct byte_ring a, b;
	char buf[8] = "";

	cr_assert_neq(app.base, stack->chan.base);
	cr_assert_eq(app.size, stack->chan.size);
	cr_assert_eq((uint8_t *)app.slot_table - app.base, (uint8_t *)stack->chan.slot_table - stack->chan.base);
	channel_tx(&app, SLOTS - 1, &a);
	channel_tx(&stack->chan, SLOTS - 1, &b);
	byte_ring_write(&a, "across", 6);
	cr_assert_eq(byte_ring_read(&b, buf, 8), 6);
	cr_assert_str_eq(buf, "across");
}

Test(channel, its_size_cannot_be_changed, .init = begin, .fini = end)
{
	cr_assert_eq(ftruncate(fd, 0), -1);
	cr_assert_eq(errno, EPERM);
	cr_assert_eq(ftruncate(fd, (off_t)app.size * 2), -1);
	cr_assert_eq(errno, EPERM);
}

Test(channel, memory_that_is_none_is_refused, .init = begin, .fini = end)
{
	struct channel_head *h = channel_head(&app), good = *h;
	struct channel again;
	int empty = memfd_create("empty", MFD_CLOEXEC);

	cr_assert_eq(channel_attach(&again, empty), -EPROTO);
	close(empty);
	cr_assert_eq(channel_attach(&again, -1), -EBADF);
#define REFUSED(field, value)                                         \
	h->field = value;                                             \
	cr_assert_eq(channel_attach(&again, fd), -EPROTO, #field);    \
	h->field = good.field
	REFUSED(magic, 1);
	REFUSED(version, 2);
	REFUSED(size, good.size + 4096);
	REFUSED(slots, 0);
	REFUSED(slots, SLOTS + 1);
	REFUSED(slots, UINT32_MAX);
	REFUSED(ring_size, RING - 1);
	REFUSED(ring_size, 2 * RING);
	REFUSED(ring_size, 0);
	REFUSED(messages, 1u << 30);
	REFUSED(requests_at, good.size);
	REFUSED(completions_at, 0);
	REFUSED(slots_at, UINT64_MAX);
	REFUSED(data_at, good.data_at + 64);
	cr_assert_eq(channel_attach(&again, fd), 0);
	channel_detach(&again);
}

Test(channel, slots_that_are_not_the_applications_are_refused, .init = begin, .fini = end)
{
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = SLOTS, .value = SOCK_STREAM}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = SLOT_NONE, .value = SOCK_STREAM}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = 77}), -EINVAL);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}), 0);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}), -EPROTO);
	for (uint32_t kind = REQ_BIND; kind < REQ_CLOSE; kind++)
		cr_assert_eq(ask((struct message){.kind = kind, .slot = 1}), -EPROTO, "request %u", kind);
	cr_assert_eq(ask((struct message){.kind = 0, .slot = 0}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_MAX, .slot = 0}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = UINT32_MAX, .slot = 0}), -EPROTO);
	tell((struct message){.kind = REQ_CLOSE, .slot = SLOTS});
	tell((struct message){.kind = REQ_CLOSE, .slot = 3});
	tell((struct message){.kind = REQ_KICK, .slot = UINT32_MAX});
}

Test(channel, requests_out_of_place_are_refused, .init = begin, .fini = end)
{
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}), 0);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 1, .value = SOCK_DGRAM}), 0);
	cr_assert_eq(ask((struct message){.kind = REQ_ACCEPT, .slot = 0, .value = 2}), -EINVAL);
	cr_assert_eq(ask((struct message){.kind = REQ_LISTEN, .slot = 1}), -EOPNOTSUPP);
	cr_assert_eq(ask((struct message){.kind = REQ_LISTEN, .slot = 0, .value = UINT32_MAX}), 0);
	cr_assert_eq(ask((struct message){.kind = REQ_ACCEPT, .slot = 0, .value = 1}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_ACCEPT, .slot = 0, .value = SLOTS}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_ACCEPT, .slot = 0, .value = 2}), -EAGAIN);
	cr_assert_eq(ask((struct message){.kind = REQ_CONNECT, .slot = 0}), -EISCONN);
	cr_assert_eq(ask((struct message){.kind = REQ_SET, .slot = 0, .option = OPTION_MAX}), -EINVAL);
	cr_assert_eq(ask((struct message){.kind = REQ_GET, .slot = 0, .option = UINT32_MAX}), -EINVAL);
	cr_assert_eq(ask((struct message){.kind = REQ_INFO, .slot = 1}), -EOPNOTSUPP);
	/* a datagram that is not there, or larger than any */
	cr_assert_eq(ask((struct message){.kind = REQ_SEND, .slot = 1, .value = 1}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_SEND, .slot = 1, .value = UINT32_MAX}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_SEND, .slot = 0, .value = 0}), -EPROTO);
}

/* A connection of slot 0 to the server, whose end is returned. */
static int
connect_slot(void)
{
	struct message m = {.kind = REQ_CONNECT, .slot = 0};
	int l = lab_listen(7, 4);

	need(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}) == 0, "open");
	m.remote = (struct leat_endpoint){.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	need(ask(m) == 0, "connect");
	lab_settle();
	need(atomic_load(&app.slot_table[0].status) == SLOT_OPEN, "not open");
	return works(leat_accept(server.s, l, NULL, NULL));
}

Test(channel, indices_that_lie_lead_nowhere, .init = begin, .fini = end)
{
	const uint32_t lies[] = {RING + 1, 0x7fffffff, 0x80000000, 0xffffffff};
	int theirs = connect_slot();
	struct slot *s = &app.slot_table[0];
	char buf[16];

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		s->tx.tail = lies[i];
		s->rx.head = lies[i];
		tell((struct message){.kind = REQ_KICK, .slot = 0});
		works(leat_send(server.s, theirs, "0123456789", 10, 0));
		lab_settle();
	}
	/* nothing was sent out of nowhere */
	fails(leat_recv(server.s, theirs, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	/* and who keeps to the rules again is served again */
	s->tx.tail = 0;
	s->rx.head = 0;
	struct byte_ring tx;
	channel_tx(&app, 0, &tx);
	byte_ring_write(&tx, "sane", 4);
	tell((struct message){.kind = REQ_KICK, .slot = 0});
	lab_settle();
	cr_assert_eq(leat_recv(server.s, theirs, buf, sizeof(buf), 0), 4);
}

Test(channel, an_application_that_never_reaps_only_harms_itself, .init = begin, .fini = end)
{
	struct message m = {.kind = REQ_DRAINED};
	int theirs = connect_slot();
	char buf[16];

	/* completions overflow: the stack goes on */
	for (int i = 0; i < 1000; i++) {
		need(msg_ring_push(&app.out, &m), "full");
		stack_serve(stack);
		atomic_store(&app.slot_table[0].notified, 0);
		works(leat_send(server.s, theirs, "x", 1, 0));
	}
	lab_settle();
	tell((struct message){.kind = REQ_CLOSE, .slot = 0, .value = CLOSE_RESET});
	lab_settle();
	fails(leat_recv(server.s, theirs, buf, sizeof(buf), 0), ECONNRESET);
}

Test(channel, requests_about_a_closed_socket_are_refused, .init = begin, .fini = end)
{
	static uint8_t block[RING];
	struct byte_ring tx;
	int theirs = connect_slot();

	lab_cut(true);
	channel_tx(&app, 0, &tx);
	/* what TCP takes is not acknowledged: the slot lingers */
	byte_ring_write(&tx, block, sizeof(block));
	tell((struct message){.kind = REQ_CLOSE, .slot = 0, .value = CLOSE_LINGER});
	cr_assert_eq(ask((struct message){.kind = REQ_SET, .slot = 0}), -EPROTO);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}), -EPROTO);
	tell((struct message){.kind = REQ_CLOSE, .slot = 0, .value = CLOSE_RESET});
	tell((struct message){.kind = REQ_KICK, .slot = 0});
	lab_cut(false);
	lab_after(2 * LAB_SEC);
	cr_assert_eq(leat_recv(server.s, theirs, block, sizeof(block), MSG_WAITALL), sizeof(block));
	stack_serve(stack);
	cr_assert_eq(ask((struct message){.kind = REQ_OPEN, .slot = 0, .value = SOCK_STREAM}), 0);
}
