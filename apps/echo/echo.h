/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ECHO_ECHO_H
#define ECHO_ECHO_H
/* The small services: echo (RFC 862), discard (RFC 863), character generator (RFC 864). */
#include <stdint.h>
#include <leat/leat.h>

enum service_kind {
	SERVICE_ECHO,
	SERVICE_DISCARD,
	SERVICE_CHARGEN,
	SERVICES,
};

struct service;

/* What one core has done of a service; no other core writes into its lines. */
struct part {
	struct service *service;
	struct leat_udp *udp;
	uint64_t connections;
	uint64_t bytes_in;     /* TCP: consumed */
	uint64_t bytes_out;    /* TCP: acknowledged by the peers */
	uint64_t datagrams;    /* UDP: received */
	uint64_t refused;      /* UDP: not answered, see udp.c */
} __attribute__((aligned(64)));

struct service {
	const char *name;
	enum service_kind kind;
	uint16_t port;         /* 0: not wanted */
	struct leat_listener *listener;
	struct part of_core[LEAT_MAX_CORES];
};

/* Starts the service on addr (LEAT_UNSPEC: every address) over TCP. 0 or -errno. */
int tcp_service_start(struct service *s, struct leat *leat, const struct leat_addr *addr);

/* The same over UDP, on every core; there is no character generator over UDP. */
int udp_service_start(struct service *s, struct leat *leat, const struct leat_addr *addr);

/* The character generator's text: whole lines, to be sent round and round. */
const char *chargen_text(size_t *len);

#endif
