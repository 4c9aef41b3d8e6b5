/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "link/neigh.h"
#include <rte_ethdev.h>
#include "link/pcap.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/arp.h"
#include "wire/eth.h"

static struct net n;
static char path[64];
static uint8_t file[65536];
static size_t file_len;

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	snprintf(path, sizeof(path), "/tmp/leat-test-%d.pcap", getpid());
	net_config(&n);
	strcpy(n.config.pcap, path);
}

static void
stop(void)
{
	unlink(path);
}

TestSuite(pcap, .init = start, .fini = stop);

static void
read_file(void)
{
	FILE *f = fopen(path, "rb");

	cr_assert_not_null(f);
	file_len = fread(file, 1, sizeof(file), f);
	fclose(f);
}

static uint32_t
word(size_t at)
{
	uint32_t v;

	cr_assert_leq(at + 4, file_len);
	memcpy(&v, file + at, 4);
	return v;
}

/* Checks the record at *at against a frame and steps over it; returns its time in nanoseconds. */
static uint64_t
expect_record(size_t *at, const uint8_t *bytes, size_t len)
{
	uint64_t time = word(*at) * 1000000000ull + word(*at + 4);

	cr_assert_lt(word(*at + 4), 1000000000u);
	cr_assert_eq(word(*at + 8), len);
	cr_assert_eq(word(*at + 12), len);
	cr_assert_leq(*at + 16 + len, file_len);
	cr_assert_arr_eq(file + *at + 16, bytes, len);
	*at += 16 + len;
	return time;
}

Test(pcap, both_directions_whole_and_in_order)
{
	uint8_t in[42] = {0}, out[60];
	struct timespec before, after;
	size_t at = 24;

	clock_gettime(CLOCK_REALTIME, &before);
	net_start(&n);
	clock_gettime(CLOCK_REALTIME, &after);
	eth_write(in, &net_all, &net_peer_mac, ETH_TYPE_ARP);
	arp_write(in + ETH_HDR_LEN, &(struct arp_packet){.op = ARP_REQUEST, .sender_mac = net_peer_mac,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	n.time += 1500 * NET_MS;
	net_give(&n, in, sizeof(in));
	cr_assert_eq(net_take(&n, out), sizeof(out));
	net_stop(&n);
	read_file();
	cr_assert_eq(word(0), 0xa1b23c4d, "nanoseconds, our byte order");
	cr_assert_eq(word(4), 2 | 4 << 16);
	cr_assert_eq(word(20), 1, "Ethernet");
	uint64_t t = expect_record(&at, in, sizeof(in));
	cr_assert_eq(expect_record(&at, out, sizeof(out)), t, "the same turn");
	cr_assert_eq(at, file_len);
	uint64_t opened = (uint64_t)before.tv_sec * NET_SEC + (uint64_t)before.tv_nsec;
	cr_assert_geq(t, opened + 1500 * NET_MS, "the wall clock at opening, and what passed since");
	cr_assert_leq(t, (uint64_t)after.tv_sec * NET_SEC + (uint64_t)after.tv_nsec + 1500 * NET_MS);
}

Test(pcap, chains_are_written_whole)
{
	uint8_t bytes[300];
	size_t at = 24;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	net_start(&n);
	net_give_mbuf(&n, net_mbuf(&n, bytes, sizeof(bytes), 70));
	net_stop(&n);
	read_file();
	expect_record(&at, bytes, sizeof(bytes));
	cr_assert_eq(at, file_len);
}

Test(pcap, a_file_that_cannot_be_made_is_named)
{
	struct leat_error error = {0};
	struct link_layer link;

	net_start(&n);
	struct core core = n.core;
	struct leat_config bad = n.config;
	strcpy(bad.pcap, "/nonexistent/x.pcap");
	rte_eth_dev_owner_unset(n.port->port_id, n.port->owner);
	cr_assert_eq(link_open(&link, &(struct core *){&core}, &bad, &error), -ENOENT);
	cr_assert_not_null(strstr(error.text, "/nonexistent/x.pcap"), "%s", error.text);
	net_stop(&n);
}

Test(pcap, a_full_disk_ends_the_file_and_nothing_else)
{
	uint8_t bytes[1000] = {0};
	struct pcap_file *f;

	if (access("/dev/full", W_OK) != 0)
		cr_skip("there is no /dev/full");
	net_start(&n);
	cr_assert_eq(pcap_open("/dev/full", n.core.now, &f), 0);
	struct rte_mbuf *m = net_mbuf(&n, bytes, sizeof(bytes), 0);
	for (int i = 0; i < 100; i++)
		pcap_write(f, m, n.core.now);
	pcap_close(f);
	rte_pktmbuf_free(m);
	net_stop(&n);
}

Test(pcap, tshark_reads_it)
{
	char line[512] = "", command[256];
	uint8_t in[42] = {0};

	if (system("command -v tshark >/dev/null 2>&1") != 0)
		cr_skip("there is no tshark");
	net_start(&n);
	eth_write(in, &net_all, &net_peer_mac, ETH_TYPE_ARP);
	arp_write(in + ETH_HDR_LEN, &(struct arp_packet){.op = ARP_REQUEST, .sender_mac = net_peer_mac,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	net_give(&n, in, sizeof(in));
	net_stop(&n);
	snprintf(command, sizeof(command), "HOME=/tmp tshark -r %s -T fields -e arp.opcode -e arp.dst.proto_ipv4 "
		"-e _ws.malformed 2>/dev/null", path);
	FILE *p = popen(command, "r");
	cr_assert_not_null(p);
	size_t len = fread(line, 1, sizeof(line) - 1, p);
	cr_assert_eq(pclose(p), 0, "without complaint");
	line[len] = '\0';
	cr_assert_str_eq(line, "1\t198.18.0.1\t\n2\t198.18.0.2\t\n");
}
