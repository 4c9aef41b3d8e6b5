/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of leat-load together: mode and targets, what contradicts itself, and what leat must have for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../get/url.h"
#include "common/app.h"
#include "plan.h"

enum { CONNECTIONS = 64, CONNECTIONS_OPEN_LOOP = 16384, CONNECTIONS_HELD = 1000 };

static const uint64_t DAY = 24 * 3600 * 1000000000ull, UDP_TIMEOUT = 1000000000;

static void
read_mode(struct app *app, struct plan *p)
{
	if (app->nb_operands < 2 && !app->separator)
		app_die(app, "a \"--\" is wanted between EAL's options and what is leat-load's, then MODE and a target, e.g. "
			"--no-huge -m 256 -- --addr 198.18.0.1/24 request 198.18.0.2:80 (see --help)");
	if (app->nb_operands < 2)
		app_die(app, "MODE and a target are wanted, e.g. request 198.18.0.2:80 (see --help)");
	for (int i = 0; i < LOAD_MODES; i++) {
		if (strcmp(app->operand[0], load_mode_names[i]) == 0) {
			p->mode = (enum load_mode)i;
			return;
		}
	}
	app_die(app, "there is no mode \"%s\": handshake, request, keepalive, stream, hold or flood is wanted",
		app->operand[0]);
}

static void
make_http(struct app *app, const struct plan *p, struct target *t, const struct url *url)
{
	bool named = strcmp(url->target, "/") != 0;
	int n = asprintf(&t->request, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: leat-load/%s\r\n%s\r\n",
		named ? url->target : p->path, url->host, leat_version(),
		p->mode == LOAD_REQUEST ? "Connection: close\r\n" : "");

	if (n < 0)
		app_die(app, "no memory");
	t->request_len = (size_t)n;
}

static void
read_target(struct app *app, struct plan *p, const char *text)
{
	struct target *t = &p->targets[p->nb_targets];
	struct url url;
	const char *why;

	if (p->nb_targets == PLAN_TARGETS)
		app_die(app, "\"%s\": there may be %d targets", text, PLAN_TARGETS);
	if (url_parse(text, &url, &why) < 0)
		app_die(app, "target \"%s\": %s", text, why);
	if (strstr(text, "://") == NULL && (leat_endpoint_parse(text, &t->at) < 0 || t->at.port == 0))
		app_die(app, "target \"%s\": ADDRESS:PORT or http://ADDRESS[:PORT]/PATH is wanted", text);
	t->at = url.remote;
	leat_endpoint_format(&t->at, t->text, sizeof(t->text));
	p->nb_targets++;
	if (!p->raw) {
		make_http(app, p, t, &url);
		return;
	}
	t->request_len = p->request_size;
	t->request = malloc(t->request_len);
	if (t->request == NULL)
		app_die(app, "no memory");
	memset(t->request, 'x', t->request_len);
}

/* Options that another one, or the mode, has no use for: better said than left unheard. */
static void
check_together(struct app *app, const struct plan *p)
{
	const char *mode = load_mode_names[p->mode];

	if (p->udp && p->mode != LOAD_REQUEST && p->mode != LOAD_KEEPALIVE)
		app_die(app, "--udp: not with %s, only with request or keepalive", mode);
	if (p->udp && (p->request_size < PLAN_UDP_MIN || p->request_size > PLAN_UDP_MAX))
		app_die(app, "--raw %u: a datagram has %d to %d bytes", p->request_size, PLAN_UDP_MIN, PLAN_UDP_MAX);
	if (p->udp && p->request_size != p->response_size)
		app_die(app, "--raw %u/%u: an echo service answers with what it got", p->request_size, p->response_size);
	if (p->pipeline > 1 && (p->udp || !plan_keeps(p)))
		app_die(app, "--pipeline: only with keepalive or hold over TCP");
	if (p->trickle > 0 && p->mode != LOAD_HOLD)
		app_die(app, "--trickle: only with hold");
	if ((p->way_given || p->reference) && p->mode != LOAD_STREAM)
		app_die(app, "--up, --down, --reference: only with stream");
	if (p->reference && !p->up)
		app_die(app, "--reference: only with --up");
	if (p->reset && p->mode != LOAD_HANDSHAKE)
		app_die(app, "--reset: only with handshake");
	if (p->has_mac != (p->mode == LOAD_FLOOD))
		app_die(app, "--mac: %s", p->has_mac ? "only with flood" : "flood needs it");
	if (p->mode == LOAD_FLOOD && p->blocks > 1)
		app_die(app, "--source: flood takes one block");
	if (p->mode == LOAD_FLOOD && p->csv != NULL)
		app_die(app, "--csv: not with flood");
	if (p->json != NULL && p->csv != NULL && strcmp(p->json, p->csv) == 0)
		app_die(app, "--json and --csv: both to \"%s\"", p->json);
	if ((p->mode == LOAD_STREAM || p->mode == LOAD_FLOOD) && p->count > 0)
		app_die(app, "--count: not with %s", mode);
	if (p->mode == LOAD_STREAM && p->rate > 0)
		app_die(app, "--rate: not with stream; see tcp.pacing");
}

/* What was left open. */
static void
fill_in(struct plan *p)
{
	if (p->udp) {
		p->raw = true;
		p->mode = LOAD_KEEPALIVE;
		p->timeout = p->timeout_given ? p->timeout : UDP_TIMEOUT;
	}
	if (p->connections == 0)
		p->connections = p->mode == LOAD_HOLD ? CONNECTIONS_HELD :
			p->rate > 0 && p->mode != LOAD_KEEPALIVE ? CONNECTIONS_OPEN_LOOP : CONNECTIONS;
	if (p->count > 0) {
		p->warmup = p->warmup_given ? p->warmup : 0;
		p->duration = p->duration_given ? p->duration : DAY;
	}
}

static bool
have_address(const struct leat_config *c, const struct leat_addr *a)
{
	for (unsigned i = 0; i < c->nb_addrs; i++) {
		if (leat_addr_equal(&c->addrs[i].addr, a))
			return true;
	}
	return false;
}

/* The first --addr's subnet has this address. */
static bool
is_beside(const struct leat_addr_config *first, const struct leat_addr *a)
{
	uint32_t mask = first->prefix_len == 0 ? 0 : UINT32_MAX << (32 - first->prefix_len);

	return first->addr.family == a->family && ((first->addr.v4 ^ a->v4) & __builtin_bswap32(mask)) == 0;
}

/* Sources become addresses of ours, on the link of the first --addr. */
static void
add_sources(struct app *app, const struct plan *p)
{
	struct leat_config *c = &app->config;

	if (p->nb_sources > 0 && c->nb_addrs == 0)
		app_die(app, "--source: an --addr is wanted too, which says on what subnet they are");
	if (p->nb_sources > PLAN_SOURCES)
		app_die(app, "--source: %u addresses, at most %d are possible", p->nb_sources, PLAN_SOURCES);
	for (unsigned i = 0; i < p->nb_sources; i++) {
		if (have_address(c, &p->sources[i]))
			continue;
		if (c->nb_addrs == LEAT_MAX_ADDRS)
			app_die(app, "--source: with --addr these are more than %d addresses", LEAT_MAX_ADDRS);
		char text[LEAT_ADDR_TEXT];
		if (!is_beside(&c->addrs[0], &p->sources[i]))
			app_die(app, "--source: %s is outside the subnet of the first --addr",
				leat_addr_format(&p->sources[i], text, sizeof(text)));
		struct leat_addr_config *to = &c->addrs[c->nb_addrs++];
		*to = c->addrs[0];
		to->addr = p->sources[i];
		snprintf(to->origin, sizeof(to->origin), "--source");
	}
}

/* --addr said several times, all on one subnet: each is a source in its turn, as --source would have made it. */
static void
take_addresses(const struct app *app, struct plan *p)
{
	const struct leat_config *c = &app->config;

	for (unsigned i = 0; i < c->nb_addrs; i++) {
		if (!is_beside(&c->addrs[0], &c->addrs[i].addr) || strcmp(c->addrs[0].port, c->addrs[i].port) != 0)
			return; /* only the route knows which of them fits */
	}
	for (unsigned i = 0; i < c->nb_addrs; i++)
		p->sources[i] = c->addrs[i].addr;
	p->nb_sources = c->nb_addrs;
}

/* Control blocks for all, and packet buffers for what may be under way at the same time. */
static void
make_room(struct app *app, const struct plan *p)
{
	struct leat_config *c = &app->config;
	uint64_t all = (p->connections + c->cores - 1) / c->cores + 256;
	uint64_t asked = p->mode == LOAD_KEEPALIVE ? all * p->pipeline * 5 / 4 : 0;

	if (c->max_connections < all)
		c->max_connections = (uint32_t)all;
	if (c->tx_mbufs < asked)
		c->tx_mbufs = (uint32_t)(asked < 1 << 20 ? asked : 1 << 20);
}

void
plan_given(struct app *app)
{
	struct plan *p = app->own;

	read_mode(app, p);
	if (p->udp || p->up)
		p->raw = true;
	check_together(app, p);
	fill_in(p);
	for (int i = 1; i < app->nb_operands; i++)
		read_target(app, p, app->operand[i]);
	if (p->mode == LOAD_FLOOD) {
		if (p->nb_targets > 1 || p->targets[0].at.addr.family != LEAT_IPV4)
			app_die(app, "flood: one IPv4 target is wanted");
		app->bare = true;
		return;
	}
	if (p->targets[0].request_len * p->pipeline > app->config.tcp.snd_buf)
		app_die(app, "--pipeline %u: requests of %zu bytes are more than tcp.snd_buf (%u) takes", p->pipeline,
			p->targets[0].request_len, app->config.tcp.snd_buf);
	if (p->blocks > 0)
		add_sources(app, p);
	else
		take_addresses(app, p);
	make_room(app, p);
}

void
plan_settings(const struct app *app, FILE *to)
{
	const struct plan *p = app->own;

	fprintf(to, "\n# leat-load: %s%s to", load_mode_names[p->mode], p->udp ? " over UDP" : p->raw ? ", raw" : "");
	for (unsigned i = 0; i < p->nb_targets; i++)
		fprintf(to, " %s", p->targets[i].text);
	fprintf(to, "\n# connections %u, pipeline %u, sources %u, rate ", p->connections, p->pipeline, p->nb_sources);
	if (p->rate > 0)
		fprintf(to, "%g/s\n", p->rate);
	else
		fprintf(to, "as fast as the answers come\n");
	fprintf(to, "# warm-up %g s, ramp %g s, measured %g s, time-out %g s\n", (double)plan_warmup(p) / 1e9, (double)p->ramp / 1e9,
		(double)p->duration / 1e9, (double)p->timeout / 1e9);
}

void
plan_free(struct plan *p)
{
	for (unsigned i = 0; i < p->nb_targets; i++)
		free(p->targets[i].request);
	p->nb_targets = 0;
}
