/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_RX_H
#define RUN_RX_H
#include "core/core.h"
#include "link/port.h"

/* Step 4: what waited for neighbours that do not answer; who sent it is told. */
void rx_unsent(struct core *core);

/* Step 3 of the turn: a burst of frames, from Ethernet up to where each belongs. Takes them. */
void rx_burst(struct core *core, struct port *port, struct rte_mbuf **pkts, unsigned n);

#endif
