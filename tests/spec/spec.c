/* SPDX-License-Identifier: BSD-3-Clause */
/* The vocabulary: the stack under test, its clock, its application, its states. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec.h"
#include "slabs.h"
#include "support/eal.h"

enum { MAX_TALKS = 256, MAX_TURNS = 100000 };

struct talk *talk;
struct leat_config config;
struct leat *stack;

static struct talk talks[MAX_TALKS];
static struct leat_core *core;
static uint64_t clock_ns = 1000 * SEC;
static const char *at_file;
static int at_line;

void
spec_at(const char *file, int line)
{
	at_file = file;
	at_line = line;
}

void
spec_fail(const char *format, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	spec_ladder_print();
	cr_assert_fail("%s:%d: %s", at_file, at_line, why);
	abort();
}

static uint64_t
read_clock(void *arg)
{
	(void)arg;
	return clock_ns;
}

uint64_t
now(void)
{
	return clock_ns;
}

struct talk *
new_talk(uint16_t peer_port)
{
	struct talk *t = NULL;

	/* A new incarnation on the same port takes the place of the old one. */
	for (int i = 0; i < MAX_TALKS && t == NULL; i++)
		if (!talks[i].used || (talks[i].peer_port == peer_port && talks[i].conn == NULL))
			t = &talks[i];
	if (t == NULL)
		spec_fail("too many conversations");
	*t = (struct talk){.used = true, .peer_port = peer_port, .leat_port = LEAT_PORT, .mss = 1460,
		.wscale = NONE, .wnd = 65535, .peer_iss = 1000, .reads = true};
	return talk = t;
}

struct talk *
spec_talk_find(uint16_t peer_port, uint16_t leat_port)
{
	for (int i = 0; i < MAX_TALKS; i++) {
		struct talk *t = &talks[i];
		if (t->used && t->peer_port == peer_port && (!t->leat_known || t->leat_port == leat_port))
			return t;
	}
	return NULL;
}

/* The stack and its time. */

void
spec_begin(void)
{
	support_eal_start(NULL);
	leat_config_init(&config);
	snprintf(config.name, sizeof(config.name), "spec");
	config.clock = read_clock;
	/* windows that a test can foretell: they do not grow unless it is about that */
	config.tcp.rcv_buf = 262144;
	config.tcp.rcv_buf_max = 0;
	config.has_secret = true;
	memset(config.secret, 0x5a, sizeof(config.secret));
	config.rx_mbufs = config.tx_mbufs = 1024;
	config.rx_descriptors = config.tx_descriptors = 64;
	config.max_connections = config.max_half_open = config.max_time_wait = 64;
	config.nb_addrs = 1;
	config.addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, LEAT), .prefix_len = 24};
	config.nb_neighbours = 1;
	config.neighbours[0] = (struct leat_neighbour_config){
		.addr = leat_ipv4(198, 18, 0, PEER), .mac = {2, 0, 0, 0, 0, 2}};
	new_talk(PEER_PORT);
}

void
spec_start(void)
{
	struct leat_error error;

	if (stack != NULL)
		return;
	config.nb_ports = 1;
	spec_wire_make(config.ports[0].name, sizeof(config.ports[0].name));
	stack = leat_create(&config, &error);
	if (stack == NULL)
		spec_fail("leat_create: %s", error.text);
	core = leat_core(stack, 0);
	spec_wire_ask();
}

void
spec_turn(void)
{
	unsigned turns = 0;

	while (leat_core_poll(core) > 0)
		if (++turns == MAX_TURNS)
			spec_fail("the core never becomes idle");
	spec_wire_capture();
}

void
spec_after(uint64_t ns)
{
	uint64_t end = clock_ns + ns;

	while (clock_ns < end) {
		uint64_t next = leat_core_next(core);
		next = next <= clock_ns ? clock_ns + MS / 10 : next;
		clock_ns = next < end ? next : end;
		spec_turn();
	}
}

uint64_t
counter(const char *name)
{
	return leat_stat_value(stack, name);
}

static struct leat_usage
usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(stack, &u);
	return u;
}

void
spec_end(void)
{
	if (stack == NULL)
		return;
	if (spec_wire_waiting() > 0)
		spec_fail("at the end: %u segments that the test did not expect", spec_wire_waiting());
	for (int i = 0; i < MAX_TALKS; i++)
		if (talks[i].conn != NULL)
			leat_tcp_abort(talks[i].conn);
	spec_turn();
	forget_sent();
	struct leat_usage u = usage();
	if (u.connections != 0)
		spec_fail("at the end: %u control blocks in use", u.connections);
	if (u.mbufs_stack != 0 || u.mbufs_app != 0)
		spec_fail("at the end: %u mbufs held by the stack, %u by the application", u.mbufs_stack,
			u.mbufs_app);
	if (slab_left(stack) != NULL)
		spec_fail("at the end: %s in use", slab_left(stack));
	leat_destroy(stack);
	spec_wire_check_returned();
}

/* States. */

struct wanted {
	struct leat_tcp_info info;
	bool found, listening;
};

static bool
look(const struct leat_tcp_info *info, void *arg)
{
	struct wanted *w = arg;

	if (info->state == TCPS_LISTEN)
		w->listening |= info->local.port == talk->leat_port;
	else if (info->remote.port == talk->peer_port &&
		(info->local.port == talk->leat_port || !talk->leat_known)) {
		if (w->found)
			spec_fail("the connection is there twice: %s and %s",
				leat_tcp_state_name(w->info.state), leat_tcp_state_name(info->state));
		w->info = *info;
		w->found = true;
	}
	return true;
}

static struct wanted
find(void)
{
	struct wanted w = {.found = false};

	leat_tcp_walk(core, look, &w);
	return w;
}

const struct leat_tcp_info *
spec_info(void)
{
	static struct wanted w;

	w = find();
	if (!w.found)
		spec_fail("there is no such connection");
	return &w.info;
}

uint64_t
rto(void)
{
	return spec_info()->rto_us * 1000ULL;
}

void
spec_expect_state(enum leat_tcp_state state)
{
	struct wanted w = find();
	enum leat_tcp_state is = w.found ? w.info.state : w.listening ? TCPS_LISTEN : TCPS_CLOSED;

	/* Behind a connection that is gone there may still be the listener. */
	if (is != state && !(state == TCPS_CLOSED && !w.found))
		spec_fail("state is %s, expected %s", leat_tcp_state_name(is), leat_tcp_state_name(state));
}

void
spec_expect_closed(void)
{
	struct leat_usage u = usage();

	if (u.connections + u.half_open + u.time_wait > 0)
		spec_fail("%u control blocks, %u half-open and %u TIME-WAIT entries are left",
			u.connections, u.half_open, u.time_wait);
}

static void
peer_says(int64_t flags)
{
	if (talk->ecn && (flags & SYN))
		flags |= flags & ACK ? ECE : ECE | CWR;
	spec_peer_queues(SEGMENT(.flags = flags));
	spec_turn();
}

/* The steps of the walk; each begins where the one named in walk[] ended. */

static void
start_closed(void)
{
	spec_start();
}

static void
start_listening(void)
{
	if (!find().listening)
		spec_listens();
}

static void
send_syn(void)
{
	int64_t ecn = config.tcp.ecn == LEAT_ECN_ON ? ECE | CWR : 0;

	spec_app_connects();
	spec_expect_sent(SEGMENT(.flags = SYN | ecn, .seq = 0, .len = 0));
}

static void
receive_syn(void)
{
	int64_t ecn = talk->ecn && config.tcp.ecn != LEAT_ECN_OFF ? ECE : 0;

	peer_says(SYN);
	spec_expect_sent(SEGMENT(.flags = SYN | ACK | ecn, .seq = 0, .ack = 1, .len = 0));
}

static void
establish(void)
{
	peer_says(talk->active ? SYN | ACK : ACK);
	if (talk->active)
		spec_expect_sent(SEGMENT(.flags = ACK, .seq = 1, .ack = 1, .len = 0));
	spec_expect_app(APP_OPENED, 0);
}

static void
send_fin(void)
{
	spec_app_shuts_down();
	spec_expect_sent(SEGMENT(.flags = FIN | ACK, .seq = 1, .ack = talk->peer_nxt, .len = 0));
}

static void
receive_ack_of_fin(void)
{
	peer_says(ACK);
}

static void
receive_fin(void)
{
	/* Acknowledges everything but our FIN, if there is one. */
	spec_peer_queues(SEGMENT(.flags = FIN | ACK, .ack = 1));
	spec_turn();
	spec_expect_sent(SEGMENT(.flags = ACK, .ack = 2, .len = 0));
	spec_expect_app(APP_PEER_CLOSED, 0);
}

static void
receive_last_fin(void)
{
	peer_says(FIN | ACK);
	spec_expect_sent(SEGMENT(.flags = ACK, .seq = 2, .ack = 2, .len = 0));
	spec_expect_app(APP_PEER_CLOSED, 0);
	spec_expect_app(APP_CLOSED, 0);
}

/* How to come into a state: by a step from another one (RFC 9293 3.3.2, figure 5). */
static const struct {
	enum leat_tcp_state from;
	void (*step)(void);
} walk[] = {
	[TCPS_CLOSED] = {TCPS_CLOSED, start_closed},
	[TCPS_LISTEN] = {TCPS_CLOSED, start_listening},
	[TCPS_SYN_SENT] = {TCPS_CLOSED, send_syn},
	[TCPS_SYN_RECEIVED] = {TCPS_LISTEN, receive_syn},
	[TCPS_ESTABLISHED] = {TCPS_SYN_RECEIVED, establish},
	[TCPS_FIN_WAIT_1] = {TCPS_ESTABLISHED, send_fin},
	[TCPS_FIN_WAIT_2] = {TCPS_FIN_WAIT_1, receive_ack_of_fin},
	[TCPS_CLOSE_WAIT] = {TCPS_ESTABLISHED, receive_fin},
	[TCPS_CLOSING] = {TCPS_FIN_WAIT_1, receive_fin},
	[TCPS_LAST_ACK] = {TCPS_CLOSE_WAIT, send_fin},
	[TCPS_TIME_WAIT] = {TCPS_FIN_WAIT_2, receive_last_fin},
};

static void
walk_to(enum leat_tcp_state state)
{
	enum leat_tcp_state from = walk[state].from;

	if (state == TCPS_ESTABLISHED && talk->active)
		from = TCPS_SYN_SENT;
	if (from != state)
		walk_to(from);
	walk[state].step();
}

void
spec_in_state(enum leat_tcp_state state)
{
	walk_to(state);
	spec_expect_nothing();
	spec_expect_state(state);
	spec_ladder_line("---- %s", leat_tcp_state_name(state));
}

void
spec_opens_in(uint64_t ns)
{
	spec_in_state(TCPS_SYN_RECEIVED);
	spec_after(ns);
	peer_says(ACK);
	spec_expect_app(APP_OPENED, 0);
}
