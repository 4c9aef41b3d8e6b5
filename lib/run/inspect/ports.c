/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat ports`: each port, its link, what it does for us, and what its driver counted. */
#include <inttypes.h>
#include <rte_ethdev.h>
#include "run/inspect/ask.h"
#include "run/run.h"

struct port_seen {
	struct port *port;
	struct rte_eth_link link;
	struct rte_eth_stats stats;
	struct rte_eth_dev_info info;
	bool has_stats;
	const char *steering; /* NULL: there is one core */
};

static void
see_port(struct leat_core *core, void *arg)
{
	struct port_seen *s = arg;

	(void)core;
	if (rte_eth_link_get_nowait(s->port->port_id, &s->link) < 0)
		s->link.link_status = port_link_up(s->port);
	s->has_stats = rte_eth_stats_get(s->port->port_id, &s->stats) == 0;
	if (rte_eth_dev_info_get(s->port->port_id, &s->info) < 0)
		s->info.driver_name = "?";
}

static void
write_text(FILE *to, const struct port_seen *s)
{
	const struct port *p = s->port;
	char mac[MAC_TEXT];
	const struct {
		bool has;
		const char *name;
	} can[] = {
		{p->rx_cksum, "rx-checksum"}, {p->tx_ip_cksum, "tx-ip-checksum"},
		{p->tx_tcp_cksum, "tx-tcp-checksum"}, {p->tx_udp_cksum, "tx-udp-checksum"}, {p->rss, "rss"},
		{p->rx_intr, "rx-interrupt"}, {p->can_chain, "chains"}, {p->can_extern, "foreign-memory"},
	};

	fprintf(to, "%s: driver %s, link %s", p->name, s->info.driver_name, s->link.link_status ? "up" : "DOWN");
	if (s->link.link_status && s->link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN && s->link.link_speed != 0)
		fprintf(to, " at %" PRIu32 " Mbps", s->link.link_speed);
	fprintf(to, ", mtu %u, lladdr %s", p->mtu, mac_text(p->mac.addr_bytes, mac));
	if (p->numa_node >= 0)
		fprintf(to, ", NUMA node %d", p->numa_node);
	fprintf(to, ", queues %u in, %u out", p->nb_rx, p->nb_tx);
	if (s->steering != NULL)
		fprintf(to, ", steering by %s", s->steering);
	fputs("\n\thas:", to);
	for (size_t i = 0; i < RTE_DIM(can); i++)
		if (can[i].has)
			fprintf(to, " %s", can[i].name);
	fputs("\n\tlacks:", to);
	for (size_t i = 0; i < RTE_DIM(can); i++)
		if (!can[i].has)
			fprintf(to, " %s", can[i].name);
	fputc('\n', to);
	if (s->has_stats)
		fprintf(to, "\trx %" PRIu64 " packets %" PRIu64 " bytes, %" PRIu64 " missed, %" PRIu64
			" errors, %" PRIu64 " without a buffer\n\ttx %" PRIu64 " packets %" PRIu64 " bytes, %" PRIu64
			" errors\n", s->stats.ipackets, s->stats.ibytes, s->stats.imissed, s->stats.ierrors,
			s->stats.rx_nombuf, s->stats.opackets, s->stats.obytes, s->stats.oerrors);
}

static const char *
yes(bool b)
{
	return b ? "true" : "false";
}

static void
write_json(FILE *to, const struct port_seen *s)
{
	const struct port *p = s->port;
	char mac[MAC_TEXT];

	fputs("{\"name\":", to);
	json_string(to, p->name);
	fputs(",\"driver\":", to);
	json_string(to, s->info.driver_name);
	fprintf(to, ",\"link_up\":%s,\"mtu\":%u,\"mac\":\"%s\",\"numa_node\":%d",
		yes(s->link.link_status), p->mtu, mac_text(p->mac.addr_bytes, mac), p->numa_node);
	fprintf(to, ",\"rx_queues\":%u,\"tx_queues\":%u", p->nb_rx, p->nb_tx);
	fprintf(to, ",\"rx_cksum\":%s,\"tx_ip_cksum\":%s,\"tx_tcp_cksum\":%s,\"tx_udp_cksum\":%s",
		yes(p->rx_cksum), yes(p->tx_ip_cksum), yes(p->tx_tcp_cksum), yes(p->tx_udp_cksum));
	fprintf(to, ",\"rss\":%s,\"rx_intr\":%s,\"can_chain\":%s,\"can_extern\":%s", yes(p->rss), yes(p->rx_intr),
		yes(p->can_chain), yes(p->can_extern));
	if (s->has_stats)
		fprintf(to, ",\"rx_packets\":%" PRIu64 ",\"rx_bytes\":%" PRIu64 ",\"rx_missed\":%" PRIu64
			",\"rx_errors\":%" PRIu64 ",\"rx_nombuf\":%" PRIu64 ",\"tx_packets\":%" PRIu64
			",\"tx_bytes\":%" PRIu64 ",\"tx_errors\":%" PRIu64, s->stats.ipackets, s->stats.ibytes,
			s->stats.imissed, s->stats.ierrors, s->stats.rx_nombuf, s->stats.opackets, s->stats.obytes,
			s->stats.oerrors);
	fputc('}', to);
}

int
ask_ports(struct ask *a)
{
	bool json = false;
	const struct ask_flag flags[] = {{"--json", &json}, {NULL, NULL}};
	static const char *const steering[] = {
		[LEAT_STEER_AUTO] = NULL, [LEAT_STEER_RSS] = "rss", [LEAT_STEER_SOFTWARE] = "software",
		[LEAT_STEER_QUEUE] = "queue"};
	struct link_layer *link = &a->leat->link;

	if (ask_flags(a, flags, NULL) < 0)
		return -1;
	for (unsigned i = 0; i < link->nb_ports; i++) {
		struct port_seen seen = {.port = &link->ports[i], .steering = steering[link->steer.how]};
		if (ask_core(a, 0, see_port, &seen) < 0)
			return -1;
		FILE *to = ask_begin(a);
		if (json)
			fputs(i ? ",\n" : "{\"ports\":[\n", to);
		(json ? write_json : write_text)(to, &seen);
	}
	if (json)
		fputs(link->nb_ports ? "\n]}\n" : "{\"ports\":[]}\n", ask_begin(a));
	else if (link->nb_ports == 0)
		fputs("no ports\n", ask_begin(a));
	return 0;
}
