/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_PLAN_H
#define LOAD_PLAN_H
/* What leat-load was asked to do: its command line, checked. Nobody changes it while the run lasts. */
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/addr.h>
#include <leat/config.h>

struct app;

enum {
	PLAN_TARGETS = 16,
	PLAN_SOURCES = LEAT_MAX_ADDRS,
	PLAN_PIPELINE_MAX = 256,
	PLAN_SIZE_MAX = 1 << 30, /* of a raw answer */
	PLAN_ASK_MAX = 1 << 16,  /* of a request */
	PLAN_UDP_MIN = 8, PLAN_UDP_MAX = 65507,
};

enum load_mode {
	LOAD_HANDSHAKE, /* open, close */
	LOAD_REQUEST,   /* open, one request, its answer, close */
	LOAD_KEEPALIVE, /* requests on connections that stay */
	LOAD_STREAM,    /* data without end, one way */
	LOAD_HOLD,      /* connections that are open and mostly do nothing */
	LOAD_FLOOD,     /* SYNs from strangers, on a port of our own without a stack */
	LOAD_MODES,
};

extern const char *const load_mode_names[LOAD_MODES];

struct target {
	struct leat_endpoint at;
	char text[LEAT_ENDPOINT_TEXT];
	char *request;           /* what one request sends; from malloc */
	size_t request_len;
};

struct plan {
	enum load_mode mode;
	struct target targets[PLAN_TARGETS];
	unsigned nb_targets;
	struct leat_addr sources[PLAN_SOURCES]; /* local addresses in turn; none: what the route says */
	unsigned nb_sources;

	bool raw, udp;             /* else HTTP over TCP */
	bool up, reference;        /* stream: from us to the peer; without copying */
	bool reset;                /* handshake: RST instead of FIN */
	uint32_t request_size, response_size; /* raw */
	const char *path;          /* HTTP, of targets that name none */

	uint32_t connections;      /* at a time, of all cores */
	uint32_t opening;          /* handshakes at a time, where connections stay */
	uint32_t pipeline;         /* requests that one connection may have unanswered */
	double rate;               /* of starts a second, all cores; 0: closed loop */
	double trickle;            /* hold: requests a second */
	uint64_t count;            /* connections, or requests on kept ones; 0: as many as fit the duration */
	uint64_t duration, warmup, ramp, timeout; /* ns */

	uint8_t mac[6];            /* flood: of the server */
	bool has_mac;
	struct leat_addr prefix;   /* flood: where the strangers live */
	uint8_t prefix_len;

	const char *json, *csv;    /* files, "-" is stdout; NULL: none */
	bool quiet;                /* no line each second */
	bool duration_given, warmup_given, timeout_given, way_given;
	unsigned blocks;           /* --source was given so often */
};

/* Everything as if no option was given. */
void plan_init(struct plan *p);

/* One option of ours; what is wrong ends the program (app_die). app->own is the plan. */
void plan_option(struct app *app, int opt, const char *arg);

/* All options were given: MODE and targets, what must fit together, what leat must have for it. */
void plan_given(struct app *app);

/* What it came to, as comments, for --check. */
void plan_settings(const struct app *app, FILE *to);

/* Frees what the targets hold. */
void plan_free(struct plan *p);

/* For struct app. */
extern const char plan_help[];
extern const char plan_shorts[];
extern const struct option plan_longs[];

/* What is not measured yet, ns: a ramp belongs to it. Not with a count, where all is measured; nor when all open first. */
static inline uint64_t
plan_warmup(const struct plan *p)
{
	return p->count > 0 || p->mode == LOAD_HOLD || p->warmup > p->ramp ? p->warmup : p->ramp;
}

/* Connections that stay open, on which requests are made. */
static inline bool
plan_keeps(const struct plan *p)
{
	return p->mode == LOAD_KEEPALIVE || p->mode == LOAD_HOLD;
}

#endif
