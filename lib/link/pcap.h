/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_PCAP_H
#define LINK_PCAP_H
/*
 * A capture file: classic pcap with nanoseconds, link type Ethernet. Every frame that crosses a
 * port is written as it goes by; the file is complete when it is closed.
 */
#include <stdint.h>

struct pcap_file;
struct rte_mbuf;

/*
 * Creates the file at path. now: the core's clock; the wall clock read here gives the offset by
 * which its times become dates. 0 or -errno.
 */
int pcap_open(const char *path, uint64_t now, struct pcap_file **out);

/* Writes one frame, which may be a chain. When the disk is full the file ends there, and a line says so. */
void pcap_write(struct pcap_file *f, const struct rte_mbuf *m, uint64_t now);

/* NULL is fine. */
void pcap_close(struct pcap_file *f);

#endif
