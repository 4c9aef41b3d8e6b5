/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat` looks into all cores. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "run/inspect/ask.h"
#include "support/eal.h"
#include "hall.h"

enum { CLIENTS = 16 };

static const struct leat_endpoint any_echo = {.port = 7};
static struct leat_endpoint echo = {.port = 7};
static struct client clients[CLIENTS];
static atomic_bool stop, asked;
static char *answer;

static void
start(void)
{
	struct leat_listener *l;

	support_eal_start("-m", "384", NULL);
	echo.addr = leat_ipv4(198, 18, 0, 2);
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.b.leat, &any_echo, &hall_echo, NULL, &l), 0);
}

TestSuite(inspect, .init = start, .fini = hall_close, .timeout = 60);

static void *
ask_a(void *question)
{
	size_t len;
	FILE *to = open_memstream(&answer, &len);
	char line[64];

	snprintf(line, sizeof(line), "%s", (const char *)question);
	ask_answer(hall.a.leat, &stop, line, to);
	fclose(to);
	atomic_store(&asked, true);
	return NULL;
}

/* The answer to a question of another thread, while the cores turn. */
static const char *
ask(const char *question)
{
	pthread_t thread;

	free(answer);
	answer = NULL;
	atomic_store(&asked, false);
	pthread_create(&thread, NULL, ask_a, (void *)(uintptr_t)question);
	while (!atomic_load(&asked))
		hall_settle();
	pthread_join(thread, NULL);
	return answer;
}

static unsigned
times(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* The neighbour of core 1 alone is listed, and one that both have is so once. */
Test(inspect, neighbours_of_every_core_are_listed_once)
{
	hall_connect(&hall.a, 1, &echo, &clients[0]);
	hall_settle();
	cr_assert_eq(times(ask("arp"), "198.18.0.2 dev net_ring_a lladdr"), 1, "%s", answer);
	hall_connect(&hall.a, 0, &echo, &clients[1]);
	hall_settle();
	cr_assert_eq(times(ask("arp"), "198.18.0.2 dev net_ring_a lladdr"), 1, "%s", answer);
	leat_tcp_abort(clients[0].conn);
	leat_tcp_abort(clients[1].conn);
}

Test(inspect, connections_of_every_core_are_listed)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(&hall.a, i % 2, &echo, &clients[i]);
		hall_settle();
	}
	cr_assert_eq(times(ask("ss --json"), "\"core\":0"), CLIENTS / 2, "%s", answer);
	cr_assert_eq(times(answer, "\"core\":1"), CLIENTS / 2, "%s", answer);
	for (unsigned i = 0; i < CLIENTS; i++)
		leat_tcp_abort(clients[i].conn);
}

Test(inspect, ports_tell_their_queues_and_the_steering)
{
	cr_assert_not_null(strstr(ask("ports"), "queues 1 in, 1 out, steering by software"), "%s", answer);
}
