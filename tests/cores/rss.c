/* SPDX-License-Identifier: BSD-3-Clause */
/* A port with RSS is given our key and our table of queues; one without is not waited for. net_null has RSS. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include "link/port.h"
#include "run/run.h"
#include "support/eal.h"
#include "hall.h"

static struct leat *leat;

static void
start(void)
{
	support_eal_start("-m", "384", "--vdev=net_null0,no-rx=1", "--vdev=net_null1,no-rx=1", NULL);
}

TestSuite(rss, .init = start, .timeout = 60);

/* The next one, with a port of its own: closed, a port is gone. */
static void
make(unsigned cores, enum leat_steering steering, unsigned queues)
{
	static unsigned made;
	struct leat_config c;
	struct leat_error error;

	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "null");
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_null%u", made++);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, 1);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.cores = cores;
	c.steering = steering;
	c.queues = queues;
	c.rx_mbufs = c.tx_mbufs = 2048;
	leat = leat_create(&c, &error);
	cr_assert_not_null(leat, "%s", error.text);
}

Test(rss, the_port_hashes_with_our_key_into_the_queues_of_the_cores)
{
	uint8_t key[64] = {0};
	struct rte_eth_rss_conf conf = {.rss_key = key, .rss_key_len = sizeof(key)};
	struct rte_eth_rss_reta_entry64 reta[2] = {{.mask = UINT64_MAX}, {.mask = UINT64_MAX}};
	struct rte_eth_dev_info info;

	make(3, LEAT_STEER_AUTO, 0);
	const struct steer *s = &leat->link.steer;
	const struct port *p = &leat->link.ports[0];
	cr_assert(s->how == LEAT_STEER_RSS && p->rss_ours);
	cr_assert(p->nb_rx == 3 && p->nb_tx == 3);
	cr_assert_eq(rte_eth_dev_rss_hash_conf_get(p->port_id, &conf), 0);
	cr_assert_arr_eq(key, s->rss_key, 40);
	cr_assert_neq(conf.rss_hf & RTE_ETH_RSS_NONFRAG_IPV4_TCP, 0);
	cr_assert_eq(rte_eth_dev_info_get(p->port_id, &info), 0);
	cr_assert_eq(s->reta_size, info.reta_size);
	cr_assert_eq(rte_eth_dev_rss_reta_query(p->port_id, reta, info.reta_size), 0);
	for (unsigned i = 0; i < info.reta_size; i++)
		cr_assert_eq(reta[i / 64].reta[i % 64], i % 3, "entry %u", i);
	leat_destroy(leat);
}

/* Another secret, another key: nobody outside can choose a core. */
Test(rss, the_key_is_random)
{
	uint8_t first[STEER_RSS_KEY];

	make(2, LEAT_STEER_RSS, 0);
	memcpy(first, leat->link.steer.rss_key, sizeof(first));
	leat_destroy(leat);
	make(2, LEAT_STEER_RSS, 0);
	cr_assert_neq(memcmp(first, leat->link.steer.rss_key, sizeof(first)), 0);
	leat_destroy(leat);
}

Test(rss, with_fewer_queues_than_cores_software_steers)
{
	make(3, LEAT_STEER_AUTO, 2);
	cr_assert_eq(leat->link.steer.how, LEAT_STEER_SOFTWARE);
	cr_assert(leat->link.ports[0].nb_rx == 2 && leat->link.ports[0].nb_tx == 2);
	leat_destroy(leat);
}

static const char *
said_by_opening(enum leat_steering steering, unsigned queues)
{
	static char *said;
	static size_t len;
	FILE *log = open_memstream(&said, &len);

	rte_openlog_stream(log);
	hall.a = (struct side){.cores = 2, .steering = steering, .nb_in = queues, .nb_out = queues};
	hall_open();
	fflush(log);
	rte_openlog_stream(NULL);
	cr_assert_eq(hall.a.leat->link.steer.how, LEAT_STEER_SOFTWARE);
	return said;
}

Test(rss, a_port_that_cannot_is_told_of_in_one_line)
{
	const char *said = said_by_opening(LEAT_STEER_RSS, 2);

	cr_assert_not_null(strstr(said, "steering = rss needs RSS with a queue for each core on every port: software steers"),
		"%s", said);
	hall_close();
}

Test(rss, so_are_too_few_queues_to_steer_by)
{
	const char *said = said_by_opening(LEAT_STEER_QUEUE, 1);

	cr_assert_not_null(strstr(said, "steering = queue needs a queue pair for each core on every port: software steers"),
		"%s", said);
	hall_close();
}
