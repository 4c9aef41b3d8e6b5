/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The services over UDP. A datagram with a forged source can make two echo services answer each
 * other for ever: nothing is answered to a port below 1024, where such services live (inetd does
 * the same). A character generator, which answers more than it is asked, is not offered at all.
 */
#include <errno.h>
#include "echo.h"

enum { FIRST_USER_PORT = 1024 };

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	struct part *p = user;

	p->datagrams++;
	if (p->service->kind != SERVICE_ECHO)
		return;
	if (d->from.port < FIRST_USER_PORT || leat_udp_send(udp, &d->from, d->data, d->len) < 0)
		p->refused++;
}

int
udp_service_start(struct service *s, struct leat *leat, const struct leat_addr *addr)
{
	static const struct leat_udp_events events = {.on_datagram = on_datagram};
	struct leat_endpoint local = {.addr = *addr, .port = s->port};
	int rc = 0;

	if (s->kind == SERVICE_CHARGEN)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < leat_core_count(leat) && rc == 0; i++) {
		s->of_core[i].service = s;
		rc = leat_udp_open(leat_core(leat, i), &local, &events, &s->of_core[i], &s->of_core[i].udp);
	}
	return rc;
}
