/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors about what an endpoint sent (RFC 1122 4.1.3.3). */
#include <errno.h>
#include <criterion/criterion.h>
#include "wire/icmp.h"
#include "lab.h"

TestSuite(udp_error, .init = lab_start, .fini = lab_stop);

Test(udp_error, reaches_the_endpoint_that_sent)
{
	static const struct {
		uint8_t code;
		int error;
	} rows[] = {{0, ENETUNREACH}, {1, EHOSTUNREACH}, {3, ECONNREFUSED}, {4, EMSGSIZE}};
	struct leat_udp *udp = lab_open("198.18.0.1:4242");

	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		lab_give_error(rows[i].code, 4242, 53);
		cr_assert(udp_error(&lab.n.core, &lab.n.error));
		cr_assert_eq(lab.nb_heard, i, "not before step 5");
		cr_assert_eq(lab_deliver(), 1);
		const struct heard *h = &lab.heard[i];
		cr_assert(h->udp == udp && h->user == &lab);
		cr_assert_eq(h->error, rows[i].error);
		cr_assert_eq(h->to.addr.v4, NET_PEER);
		cr_assert_eq(h->to.port, 53);
	}
}

Test(udp_error, reaches_an_endpoint_with_any_address)
{
	struct leat_udp *udp = lab_open(":4242");

	lab_give_error(3, 4242, 53);
	cr_assert(udp_error(&lab.n.core, &lab.n.error));
	cr_assert_eq(lab_deliver(), 1);
	cr_assert_eq(lab.heard[0].udp, udp);
}

Test(udp_error, of_a_port_that_nobody_has_is_unmatched)
{
	lab_open(":4243");
	lab_give_error(3, 4242, 53);
	cr_assert_not(udp_error(&lab.n.core, &lab.n.error));
	cr_assert_eq(lab_deliver(), 0);
}

Test(udp_error, to_an_endpoint_that_does_not_listen_to_errors_is_matched)
{
	struct leat_udp_events deaf = {.on_datagram = lab_events.on_datagram};
	struct leat_endpoint local = {.port = 4242};
	struct leat_udp *udp;

	cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, &local, &deaf, NULL, &udp), 0);
	lab_give_error(3, 4242, 53);
	cr_assert(udp_error(&lab.n.core, &lab.n.error));
	lab_deliver();
	cr_assert_eq(lab.nb_heard, 0);
}
