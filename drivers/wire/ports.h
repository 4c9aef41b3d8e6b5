/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_PORTS_H
#define DRIVERS_WIRE_PORTS_H
/*
 * The wire between two Ethernet ports of this process (rte_eth_from_rings()): what is sent on port
 * a comes out of port b after the engine, and the other way round. The ports have one queue each way
 * and work with any program of this process that takes a port; nothing moves but in wire_turn().
 *
 *   instance A -- port a | wire | port b -- instance B
 */
#include "wire.h"

struct wire_ports;

/*
 * Makes the ports "net_ring_<name>a" and "net_ring_<name>b" and the wire between them. WIRE_A_TO_B is
 * what is sent on port a. name: 1..16 letters and digits, not in use in this process. EAL must be
 * started. 0 and *p; -EINVAL: name or params; -EEXIST; -ENOMEM. Control calls, from one thread.
 */
int wire_ports_create(const char *name, const struct wire_params *params, struct wire_ports **p);

/*
 * Frees all of it, and every packet in it, whose pools must still be there. Nobody may use the ports any
 * more. NULL: nothing.
 */
void wire_ports_destroy(struct wire_ports *p);

/*
 * Forgets, without freeing them, the packets that wait in the ports on either side of the wire: for
 * when their pools are gone with whoever used the ports (an instance that is destroyed sends resets).
 */
void wire_ports_forget(struct wire_ports *p);

/* The engine, for wire_set(), wire_counters() and the rest. */
struct wire *wire_ports_wire(const struct wire_ports *p);

/* The name of the port that sends into this direction: WIRE_A_TO_B is port a. */
const char *wire_ports_name(const struct wire_ports *p, enum wire_dir dir);

/*
 * Takes what the ports have sent into the wire, and hands to the other port what is due by now. A
 * packet for which the port has no room yet (1024 wait in it) stays under way. Returns how many
 * packets moved, either way. When it returns 0, nothing moves before wire_next(), unless somebody
 * sends on a port or takes from a full one.
 */
unsigned wire_turn(struct wire_ports *p, uint64_t now);

#endif
