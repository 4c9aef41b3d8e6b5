/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_LADDER_FILE_H
#define TESTS_LADDER_FILE_H
/*
 * A capture file as a test writes it: client 192.0.2.2:5000, server 192.0.2.1:80 (2001:db8::2, ::1), frame by frame.
 * Times are in nanoseconds after the first second; each clock keeps what it can.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <rte_common.h>
#include "wire/tcp.h"

enum { SYN = TCP_SYN, ACK = TCP_ACK, FIN = TCP_FIN, RST = TCP_RST, PSH = TCP_PSH };

struct told_frame {
	uint8_t flags;
	uint32_t seq, ack, len;
	uint16_t wnd;
	bool timestamps;
	bool v6, extension;         /* extension: a hop-by-hop header before TCP */
	uint16_t link;              /* its link header; 0: Ethernet, or with cut none */
	int tags;
	uint32_t padding;           /* bytes behind the packet */
	bool no_length;             /* IPv4's is 0 */
	uint8_t protocol;           /* 0: TCP */
	bool fragment;
	bool cut;                   /* only so many bytes are in the file, 0 included: */
	uint32_t captured;          /* 0 without cut: all */
	bool by_server;
};

void file_begin(void);
void file_end(void);
const char *file_path(void);

/* A new file. swapped: in the other byte order than ours; nano: with nanoseconds. */
void file_open_classic(bool swapped, bool nano);
void file_open_ng(bool swapped);
/* Another section in the same file. */
void file_more_ng(bool swapped);
/* Into a section; frames are of the interface that was added last. resolution: as in if_tsresol. */
void file_interface(uint16_t link, uint8_t resolution);
void file_block(uint32_t type, const void *body, uint32_t len);
/* A block's type and a length that nothing stands behind. */
void file_raw(uint32_t type, uint32_t length);

/* A frame at this time, with a comment or NULL (pcapng only). */
void file_frame(uint64_t ns, const char *comment, const struct told_frame *told);
/* A block without a time. */
void file_simple(const struct told_frame *told);
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#define from_client(...) (&(const struct told_frame){__VA_ARGS__})
#define from_server(...) (&(const struct told_frame){__VA_ARGS__, .by_server = true})
/* Of client and server from now on. */
void file_ports(uint16_t client, uint16_t server);

void file_write(const void *bytes, size_t n);
size_t file_size(void);
/* Keeps only the first size bytes; turns one bit. */
void file_cut(size_t size);
void file_flip(size_t at, unsigned bit);

#endif
