/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOCKET_CHANNEL_H
#define SOCKET_CHANNEL_H
/*
 * All that the application side and the stack side of lib/socket know of each other: one shared
 * memory (a sealed memfd), in which everything is found by offset.
 *
 *   struct channel_head
 *   requests      ring of messages, application -> stack
 *   completions   ring of messages, stack -> application
 *   slots         struct slot, one for each socket that may exist
 *   data          two rings of bytes for each slot
 *
 * The application hands the slots out: OPEN and ACCEPT name the slot that shall be used, and it is
 * the stack's from then on until RELEASED comes back. Requests are answered by one completion with
 * the same tag, except KICK (none) and CLOSE (RELEASED, once the stack needs the slot no more).
 *
 * Data needs no message to travel, only to wake: KICK tells the stack that a slot's rings want
 * to be looked at, NOTIFY tells the application that something about the slot has changed. At
 * most one of each is under way for a slot (slot->kicked, slot->notified), which bounds both
 * message rings: a ring that holds CHANNEL_SPARE more messages than twice the slots never
 * overflows as long as the other side keeps to the rules, and one that does not loses its own.
 */
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <leat/addr.h>
#include "base/ring.h"

enum {
	CHANNEL_MAGIC = 0x6c656174, /* "leat" */
	CHANNEL_VERSION = 1,
	CHANNEL_SPARE = 64,
	CHANNEL_SLOTS_MAX = 1 << 17,
	CHANNEL_RING_MIN = 4 << 10,
	CHANNEL_RING_MAX = 16 << 20,
	SLOT_NONE = UINT32_MAX >> 1,
	DGRAM_MAX = 65507,          /* what UDP over IPv4 can carry */
};

enum request {
	REQ_OPEN = 1,   /* value: SOCK_STREAM or SOCK_DGRAM */
	REQ_BIND,       /* local, reuse -> local */
	REQ_LISTEN,     /* value: backlog -> local */
	REQ_ACCEPT,     /* slot: the listener's; value: the slot for the new one -> local, remote */
	REQ_CONNECT,    /* remote -> local; the slot's status tells how it ends */
	REQ_DISCONNECT, /* back to a socket that was never connected; its rings are empty afterwards */
	REQ_SHUTDOWN,   /* FIN behind what is in the ring */
	REQ_CLOSE,      /* value: enum close_how */
	REQ_SET,        /* option, value */
	REQ_GET,        /* option -> value */
	REQ_INFO,       /* -> info */
	REQ_SEND,       /* a datagram of value bytes, in the ring, to remote */
	REQ_DRAINED,    /* no slot -> value: closed sockets with something still unacknowledged */
	REQ_KICK,       /* look at the slot's rings */
	REQ_MAX
};

enum notice {
	NOTE_DONE = 1,  /* a request is completed: tag, result */
	NOTE_CHANGED,   /* look at the slot */
	NOTE_RELEASED,  /* the slot is the application's again */
};

enum close_how {
	CLOSE_GRACEFUL, /* RELEASED when TCP has all that was written */
	CLOSE_LINGER,   /* RELEASED when the peer has acknowledged it, and our FIN */
	CLOSE_RESET,    /* RST */
};

enum option {
	OPTION_NODELAY, OPTION_KEEPALIVE, OPTION_RCVBUF, OPTION_SNDBUF, OPTION_CONGESTION, OPTION_REUSE,
	OPTION_KEEPIDLE, OPTION_KEEPINTVL, OPTION_KEEPCNT, OPTION_USER_TIMEOUT, /* milliseconds */
	OPTION_MAX
};

struct message {
	uint32_t kind;     /* enum request or enum notice */
	uint32_t slot;
	uint32_t tag;      /* of a request, repeated in its completion */
	int32_t result;    /* 0 or -errno */
	union {
		struct {
			struct leat_endpoint local, remote;
			uint32_t value;
			uint32_t option;
		};
		struct tcp_info info;
		uint8_t bytes[112];
	};
};
static_assert(sizeof(struct message) == 128, "a message is two lines");

/* slot->status */
enum {
	SLOT_CONNECTING = 1 << 0, /* SYN was sent */
	SLOT_OPEN = 1 << 1,       /* the handshake is complete */
	SLOT_PEER_FIN = 1 << 2,   /* all that the peer sent is in the ring or was read */
	SLOT_RX_MORE = 1 << 3,    /* data waits behind the full ring: KICK when there is room */
	SLOT_ENDED = 1 << 4,      /* the connection, or the attempt, is over */
};

struct slot {
	/* The stack writes. */
	alignas(RING_LINE) _Atomic uint32_t status;
	_Atomic uint32_t error;     /* pending error (errno); the application takes it by exchange */
	_Atomic uint32_t waiting;   /* of a listener: connections that can be accepted */
	_Atomic uint32_t notified;  /* NOTE_CHANGED is under way; the application clears it */
	/* The application writes. */
	alignas(RING_LINE) _Atomic uint32_t kicked; /* REQ_KICK is under way; the stack clears it */
	_Atomic uint32_t want_room; /* notify me when the ring to send has room */
	struct ring_index rx, tx;   /* to the application; from it */
};

/* In front of each datagram in the ring to the application. */
struct dgram_head {
	struct leat_endpoint from;
	uint32_t len;
	uint32_t spare;
};

struct channel_head {
	uint32_t magic, version;
	uint64_t size;              /* of the whole */
	uint32_t slots, ring_size;
	uint32_t messages;          /* in each message ring */
	uint32_t spare;
	uint64_t requests_at, completions_at, slots_at, data_at; /* offsets */
	_Atomic uint64_t accept_overflow, datagram_overflow;     /* the stack counts */
	struct ring_index requests, completions;
};

/* One side's view. What it needs of the layout is copied here, so that it cannot change under it. */
struct channel {
	uint8_t *base;
	uint64_t size;
	uint32_t slots, ring_size;
	struct slot *slot_table;
	uint8_t *data;
	struct msg_ring out, in;
};

/* The stack side: makes the memory. *fd is to be passed to the application side. 0 or -errno. */
int channel_create(struct channel *c, uint32_t slots, uint32_t ring_size, int *fd);

/* The application side: maps it. 0, or -EPROTO when it is not what it should be, or -errno. */
int channel_attach(struct channel *c, int fd);

void channel_detach(struct channel *c);

static inline struct channel_head *
channel_head(const struct channel *c)
{
	return (struct channel_head *)c->base;
}

/* Is there room worth waking a writer for? Linux: when no more than two thirds are in use. */
static inline bool
channel_writable(uint32_t size, uint32_t used)
{
	return used <= size / 3 * 2;
}

/* Views of a slot's data rings; both begin at 0. */
void channel_rx(const struct channel *c, uint32_t slot, struct byte_ring *r);
void channel_tx(const struct channel *c, uint32_t slot, struct byte_ring *r);

#endif
