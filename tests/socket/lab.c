/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "lab.h"
#include "support/eal.h"

enum { RING_SIZE = 1024, MAX_TURNS = 1000000 };

struct host client, server;
void (*lab_other)(void);
struct leat_sockets_config lab_sockets;
struct leat_tcp_config lab_tcp;

static uint64_t clock_ns = 1000 * LAB_SEC;
static struct rte_ring *wires[2];
static bool is_cut;

__attribute__((constructor)) static void
defaults(void)
{
	struct leat_config config;

	leat_config_init(&config);
	lab_tcp = config.tcp;
	leat_sockets_config_init(&lab_sockets);
}

void
lab_need(bool holds, const char *file, int line, const char *format, ...)
{
	va_list ap;

	if (holds)
		return;
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

int
lab_works(long long result, const char *file, int line, const char *call)
{
	lab_need(result != -1, file, line, "%s: %s", call, strerror(errno));
	return (int)result;
}

static uint64_t
read_clock(void *arg)
{
	(void)arg;
	return clock_ns;
}

uint64_t
lab_now(void)
{
	return clock_ns;
}

static bool
is_arp(const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	return frame[12] == 0x08 && frame[13] == 0x06;
}

/* What is on the wire when it is cut does not arrive. But ARP: the hosts are there, it is their TCP that is silent. */
static void
lose(void)
{
	void *m;

	for (int i = 0; is_cut && i < 2; i++)
		for (unsigned n = rte_ring_count(wires[i]); n > 0 && rte_ring_dequeue(wires[i], &m) == 0; n--) {
			if (is_arp(m))
				rte_ring_enqueue(wires[i], m);
			else
				rte_pktmbuf_free(m);
		}
}

static unsigned
turn(struct host *h)
{
	unsigned done = leat_sockets_turn(h->s);

	lose();
	return done;
}

static void
jump(uint64_t until)
{
	uint64_t a = leat_core_next(client.core), b = leat_core_next(server.core);

	until = a < until ? a : until;
	until = b < until ? b : until;
	need(until != UINT64_MAX, "both hosts wait for ever");
	if (until > clock_ns)
		clock_ns = until;
	else
		clock_ns += LAB_MS / 10; /* a timer within this tick */
}

static void
idle(uint64_t until, void *arg)
{
	struct host *other = arg;
	static unsigned calls;

	need(++calls < MAX_TURNS, "it goes on for ever");
	lose();
	if (lab_other != NULL)
		lab_other();
	if (turn(other) == 0)
		jump(until);
}

static void
start_host(struct host *h, struct host *other, const char *name, uint8_t last)
{
	struct rte_ring *rx = wires[last - 1], *tx = wires[2 - last];
	struct leat_sockets_config sockets = lab_sockets;
	struct leat_config config;
	struct leat_error error;
	char port_name[RTE_ETH_NAME_MAX_LEN];

	int port = rte_eth_from_rings(name, &rx, 1, &tx, 1, 0);
	need(port >= 0, "no ring port");
	need(rte_eth_dev_get_name_by_port((uint16_t)port, port_name) == 0, "rte_eth_dev_get_name_by_port((uint16_t)port, port_name)");
	leat_config_init(&config);
	snprintf(config.name, sizeof(config.name), "%s", name);
	snprintf(config.ports[0].name, sizeof(config.ports[0].name), "%s", port_name);
	config.nb_ports = 1;
	config.clock = read_clock;
	config.has_secret = true;
	memset(config.secret, last, sizeof(config.secret));
	config.rx_mbufs = config.tx_mbufs = 2048;
	config.max_connections = config.max_half_open = config.max_time_wait = 64;
	config.tcp = lab_tcp;
	config.nb_addrs = 1;
	config.addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, last), .prefix_len = 24};
	h->leat = leat_create(&config, &error);
	need(h->leat != NULL, "%s", error.text);
	h->core = leat_core(h->leat, 0);
	sockets.idle = idle;
	sockets.idle_arg = other;
	need(leat_sockets_open(h->core, &sockets, &h->s) == 0, "leat_sockets_open(h->core, &sockets, &h->s)");
}

void
lab_start(void)
{
	support_eal_start(NULL);
	for (int i = 0; i < 2; i++) {
		wires[i] = rte_ring_create(i ? "to_server" : "to_client", RING_SIZE, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
		need(wires[i] != NULL, "no ring");
	}
	start_host(&client, &server, "client", 1);
	start_host(&server, &client, "server", 2);
	lab_settle();
}

void
lab_settle(void)
{
	for (int i = 0; i < MAX_TURNS; i++)
		if (turn(&client) + turn(&server) == 0)
			return;
	need(false, "the hosts never become idle");
}

void
lab_after(uint64_t ns)
{
	uint64_t end = clock_ns + ns;

	lab_settle();
	while (clock_ns < end) {
		jump(end);
		lab_settle();
	}
}

void
lab_cut(bool cut)
{
	is_cut = cut;
	lose();
}

static void
check_returned(struct host *h)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(h->leat, &u);
	need(u.connections == 0, "%u connections are left", u.connections);
	need(u.half_open == 0, "u.half_open");
	need(u.listeners == 0, "u.listeners");
	need(u.mbufs_stack == 0, "the stack holds %u packet buffers", u.mbufs_stack);
	need(u.mbufs_app == 0, "the sockets hold %u packet buffers", u.mbufs_app);
}

void
lab_stop(void)
{
	leat_sockets_close(client.s);
	leat_sockets_close(server.s);
	/* RST leaves, the control blocks go at the end of the turn */
	for (int i = 0; i < 4; i++) {
		leat_core_poll(client.core);
		leat_core_poll(server.core);
	}
	check_returned(&client);
	check_returned(&server);
	leat_destroy(client.leat);
	leat_destroy(server.leat);
}

struct sockaddr_in
lab_addr(const struct host *h, uint16_t port)
{
	uint32_t a = h == &client ? 0xc6120001 : 0xc6120002;

	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(a)};
}

int
lab_listen(uint16_t port, int backlog)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = works(leat_socket(server.s, AF_INET, SOCK_STREAM, 0));

	works(leat_bind(server.s, fd, (struct sockaddr *)&any, sizeof(any)));
	works(leat_listen(server.s, fd, backlog));
	return fd;
}

int
lab_connect(int listener, uint16_t port, int *accepted)
{
	struct sockaddr_in to = lab_addr(&server, port);
	int fd = works(leat_socket(client.s, AF_INET, SOCK_STREAM, 0));

	works(leat_connect(client.s, fd, (struct sockaddr *)&to, sizeof(to)));
	*accepted = works(leat_accept(server.s, listener, NULL, NULL));
	return fd;
}
