/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_TCB_H
#define TCP_TCB_H
/*
 * The transmission control block (RFC 9293 3.3.1): 256 bytes, four cache lines, IPv6 included.
 * What an in-order segment changes is in the second (tests/tcp/lines.c); the first has its key, and the template of the
 * answer; the third is looked at when there is data, and written when some is left or sent; the fourth when something
 * is timed. What can be derived is not stored:
 * SND.WL2 (never above SND.UNA for an acceptable ACK, so its comparison always holds), the
 * retransmission timeout (from SRTT and RTTVAR), received bytes (from RCV.NXT and IRS).
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <leat/tcp.h>
#include "core/wheel.h"
#include "ip/ip.h"
#include "wire/tcp.h"

/* Ordered so that comparisons mean something: >= TCPS_ESTABLISHED is synchronised. */
enum tcp_state {
	TCPS_CLOSED = LEAT_TCP_CLOSED,
	TCPS_LISTEN = LEAT_TCP_LISTEN,
	TCPS_SYN_SENT = LEAT_TCP_SYN_SENT,
	TCPS_SYN_RECEIVED = LEAT_TCP_SYN_RECEIVED, /* here only by simultaneous open; else a half-open entry */
	TCPS_ESTABLISHED = LEAT_TCP_ESTABLISHED,
	TCPS_FIN_WAIT_1 = LEAT_TCP_FIN_WAIT_1,
	TCPS_FIN_WAIT_2 = LEAT_TCP_FIN_WAIT_2,
	TCPS_CLOSE_WAIT = LEAT_TCP_CLOSE_WAIT,
	TCPS_CLOSING = LEAT_TCP_CLOSING,
	TCPS_LAST_ACK = LEAT_TCP_LAST_ACK,
	TCPS_TIME_WAIT = LEAT_TCP_TIME_WAIT,       /* a control block is so only until its entry replaced it */
};

/* tcb->flags */
enum {
	TF_TS = 1 << 0,          /* timestamps are in use (RFC 7323) */
	TF_SACK = 1 << 1,        /* both sides permit SACK */
	TF_NODELAY = 1 << 2,     /* Nagle is off */
	TF_KEEPALIVE = 1 << 3,
	TF_FIN_QUEUED = 1 << 4,  /* the application closed its sending side: FIN after the data */
	TF_ORPHAN = 1 << 5,      /* leat_tcp_close(): the application wants no more data */
	TF_ACK_NOW = 1 << 6,     /* an ACK leaves at the end of this turn */
	TF_RTO = 1 << 7,         /* after a timeout, until what was in flight then is acknowledged */
	TF_RECOVERY = 1 << 8,    /* in fast recovery, until what was in flight then is acknowledged */
	TF_TIMING = 1 << 9,      /* rtt_seq is being timed */
	TF_MARKED = 1 << 10,     /* in the list of those with something to say */
	TF_QUEUED = 1 << 11,     /* in the list of those with events */
	TF_PEER_FIN = 1 << 12,   /* the peer's FIN is in order, rcv_nxt counts it */
	TF_TOLD_OPEN = 1 << 13,  /* the application has this connection: on_closed must come */
	TF_TOLD_FIN = 1 << 14,   /* on_peer_closed was queued */
	TF_FORCE = 1 << 15,      /* the persist timer overrides silly-window avoidance */
	TF_TLP = 1 << 16,        /* step 6 sends a tail loss probe (RFC 8985 7.3) */
	TF_RTT_KNOWN = 1 << 17,  /* srtt holds a measurement */
	TF_ABORTED = 1 << 18,    /* only on_closed may come */
	TF_REXMIT = 1 << 19,     /* step 6 sends what is lost first again, whatever cwnd says */
	TF_PROBE = 1 << 20,      /* step 6 sends a zero-window probe: one byte at snd_una */
	TF_KEEP_PROBE = 1 << 21, /* step 6 sends a keepalive probe */
	TF_STARVED = 1 << 22,    /* in the list of those that wait for memory to send with */
	TF_STARVED_REF = 1 << 23, /* ... for what a reference needs, not for buffers to copy into */
	TF_SMALLER = 1 << 24,    /* large segments are not acknowledged: a smaller one is tried (mtu.c) */
	TF_FULL_AGAIN = 1 << 25, /* a smaller one was: the full size is tried again */
	TF_EXTRA = 1 << 26,      /* it has a struct tcp_extra, which has the receive buffer's size (extra.h) */
	TF_RCV_FIXED = 1 << 27,  /* the application has set the receive buffer: it does not grow */
	TF_ECN = 1 << 28,        /* ECN is agreed upon (RFC 3168); in SYN-SENT: asked for */
	TF_ECE = 1 << 29,        /* a mark came: each ACK tells of it until the peer's CWR */
	TF_CWR = 1 << 30,        /* the window was reduced: the next new data tells of it */
};

/* tcb->events: what the application is to be told in step 5, in this order. */
enum {
	EV_OPEN = 1 << 0,
	EV_DATA = 1 << 1,
	EV_SENT = 1 << 2,
	EV_PEER_CLOSED = 1 << 3,
	EV_CLOSED = 1 << 4,
};

/* tcb->armed: which deadlines are set */
enum {
	T_RTX = 1 << 0,     /* retransmission, or zero-window probe: never both */
	T_DELACK = 1 << 1,
	T_IDLE = 1 << 2,    /* keepalive; in FIN-WAIT-2 of an orphan: the end */
	T_PTO = 1 << 3,     /* T_RTX is earlier: the tail is probed then (RFC 8985 7.2) */
	T_REO = 1 << 4,     /* T_RTX is earlier: what may only be reordered is lost then (RFC 8985 6.3) */
	T_PACE = 1 << 5,    /* more may leave (pace.h); the deadline is the sender's */
	T_SPARSE = 1 << 6,  /* no deadline: the node is taken out of the wheel with the last of them (timers.c) */
};

/*
 * A piece of data, queued to send, received in order, or received out of order. m is one mbuf
 * when it is to be sent, and may be a chain when received; NULL: the bytes stand behind the chunk.
 */
struct chunk {
	uint32_t next;      /* handle */
	uint32_t seq;       /* of its first byte */
	uint32_t len;
	uint32_t off;       /* first byte in m's data */
	struct rte_mbuf *m;
	bool fin;           /* out of order: FIN follows the data */
	bool left;          /* received, and the application knows of it and has left it */
	bool own;           /* queued to send: the mbuf is ours, more may be appended behind it */
	uint32_t stamp;     /* out of order: in which order it came, for SACK */
};
static_assert(sizeof(struct chunk) == 32, "chunks are a power of two");

enum {
	SHORT_ROOM = 256 - sizeof(struct chunk),
	SHORT_HANDLE = 1 << 30, /* in a handle of the send queue: it is of a struct short_chunk */
};

/*
 * What is queued to send where it is little: an answer of 64 bytes is kept until its ACK comes, so with
 * many connections as many wait, each of them cold by then. This is two cache lines in a huge page, where
 * an mbuf is four in three small ones. Only the first of a send queue is such a one.
 */
struct short_chunk {
	struct chunk c;
	uint8_t data[SHORT_ROOM];
};
static_assert(sizeof(struct short_chunk) == 256, "a power of two");

struct tcb {
	/* Line 0: what goes in front of each segment. */
	uint8_t hdr[44];          /* IP header (20 or 40 bytes) and ports: the key of the demux, and the template */
	uint32_t next_hop;        /* neighbour handle */
	uint32_t iss, irs;        /* initial sequence numbers */
	uint32_t events_next;     /* next in the list of those with events; of the dead, once closed */
	uint32_t marked_next;     /* next in the list of those with something to say */

	/* Line 1: every segment. */
	uint32_t snd_una, snd_nxt, snd_wnd, snd_wl1;
	uint32_t rcv_nxt;
	uint32_t rcv_adv;         /* right edge of the window we last advertised */
	uint32_t cwnd;
	uint32_t ts_recent;       /* RFC 7323 4.3 */
	uint32_t ts_offset;       /* added to our clock, so that it tells nothing of other connections */
	uint32_t last_ack_sent;   /* RFC 7323 4.3 */
	uint32_t flags;           /* TF_ */
	uint16_t mss;             /* payload bytes in a full segment, options allowed for */
	uint8_t state;            /* enum tcp_state */
	uint8_t ip_len;           /* 20 or 40: where the ports begin in hdr */
	uint8_t snd_wscale : 4, rcv_wscale : 4;
	uint8_t cc : 4;           /* enum tcp_cc */
	uint8_t no_ect : 1;       /* a SYN of ours did not ask for ECN: what we send is never ECN-capable (ecn.h) */
	uint8_t paced : 1;        /* pace.h */
	uint8_t counted : 1;      /* stats.h */
	uint8_t events;           /* EV_ */
	uint8_t armed;            /* T_ */
	uint8_t quickack;         /* segments that are still acknowledged at once */
	uint8_t rcv_segs;         /* in-order data segments since the last ACK */
	uint8_t backoff;          /* timeouts of what is now in flight */
	uint8_t probes;           /* keepalive or zero-window probes without an answer */
	uint32_t acked;           /* bytes on_sent has not told of */
	uint8_t ts_day;           /* when ts_recent was set: day of the core's clock, modulo 256 (RFC 7323 5.5) */
	uint8_t pmtu_seen;        /* ip_layer.pmtu_version that mss follows */
	uint16_t mss_max;         /* what the peer and the first hop take, options included: mss without the path */

	/* Line 2: queues and the application. */
	const struct leat_tcp_events *app;
	void *user;
	uint32_t snd_head;        /* chunks from snd_una on */
	union {
		uint32_t snd_tail;
		uint32_t starved_next; /* TF_STARVED: nothing is queued then, snd_head is 0 */
	};
	union {
		uint32_t snd_cur; /* chunk that holds snd_nxt, or 0: look from the head */
		uint32_t starved_prev;
	};
	uint32_t snd_end;         /* sequence number after the last queued byte: where FIN goes */
	uint32_t rcv_head, rcv_tail; /* chunks received in order, not consumed */
	uint32_t ooo_head;        /* chunks out of order, by sequence number, disjoint */
	uint32_t snd_buf;         /* limit, bytes */
	union {
		uint32_t rcv_buf; /* limit, bytes: read it by tcb_rcv_buf() */
		uint32_t extra;   /* TF_EXTRA: handle */
	};
	uint16_t ooo_count;       /* chunks out of order; at most TCP_OOO_MAX */
	uint16_t max_wnd;         /* largest window the peer offered, unscaled */
	uint16_t in_hi, out_hi;   /* how often 2^32 bytes have come and gone */
	uint32_t sender;          /* handle of the struct tcp_sender, or 0 */

	/* Line 3: time and congestion. */
	uint32_t timer;           /* handle of its node in the wheel; 0: it is not filed */
	uint32_t timer_at;        /* ... and tick it is filed at */
	uint32_t t_rtx, t_delack, t_idle; /* deadlines, ticks */
	uint32_t srtt, rttvar;    /* microseconds (RFC 6298) */
	uint32_t rtt_seq;         /* TF_TIMING: the ACK of this is awaited; TF_RTO without sender: of this */
	uint32_t rtt_time;        /* when what is timed was sent; without sender: all in flight; microseconds */
	uint32_t ssthresh;
	uint32_t made;            /* when, tenths of a second of the core's clock */
	uint16_t retransmits;     /* segments sent again */
	uint8_t challenge_sec : 4; /* second in which challenge ACKs were counted, modulo 16 */
	uint8_t challenge_count : 4;
	uint8_t soft_error;       /* errno of an ICMP error: the reason if it times out (RFC 1122 4.2.3.9); closed: the reason */
} __attribute__((aligned(64)));
static_assert(sizeof(struct tcb) == 256, "a control block is 256 bytes");
static_assert(sizeof(struct tcb) <= WHEEL_FETCH, "before a timer's handler the whole is fetched");
static_assert(offsetof(struct tcb, app) == 128, "what an ACK in order touches is in two lines");

/* All four lines: somebody is about to look at most of them. */
static inline void
tcb_prefetch(const struct tcb *t)
{
	const char *p = (const char *)t;

	rte_prefetch0(p);
	rte_prefetch0(p + 64);
	rte_prefetch0(p + 128);
	rte_prefetch0(p + 192);
}

static inline struct tcb *
tcb_of(const struct leat_conn *c)
{
	return (struct tcb *)(uintptr_t)c;
}

static inline struct leat_conn *
conn_of(struct tcb *t)
{
	return (struct leat_conn *)t;
}

/* The bytes that the demux compares, and their number. */
static inline const uint8_t *
tcb_key(const struct tcb *t)
{
	return t->hdr + ip_key_offset(t->ip_len);
}

static inline uint8_t
tcb_key_len(const struct tcb *t)
{
	return (uint8_t)(t->ip_len + 4 - ip_key_offset(t->ip_len));
}

static inline struct leat_addr
tcb_remote(const struct tcb *t)
{
	struct leat_addr a = {.family = t->ip_len == 20 ? LEAT_IPV4 : LEAT_IPV6};

	if (likely(t->ip_len == 20))
		memcpy(&a.v4, t->hdr + 16, 4);
	else
		memcpy(a.bytes, t->hdr + 24, 16);
	return a;
}

static inline void
tcb_tuple(const struct tcb *t, struct tuple *out)
{
	out->len = tcb_key_len(t);
	memcpy(out->key, tcb_key(t), out->len);
}

/* Has our FIN been sent, has it been acknowledged? */
static inline bool
tcb_fin_sent(const struct tcb *t)
{
	return (t->flags & TF_FIN_QUEUED) && t->snd_nxt == t->snd_end + 1;
}

static inline bool
tcb_fin_acked(const struct tcb *t)
{
	return (t->flags & TF_FIN_QUEUED) && t->snd_una == t->snd_end + 1;
}

/* Is seq of something that was sent and is not acknowledged? */
static inline bool
tcb_in_flight(const struct tcb *t, uint32_t seq)
{
	return seq - t->snd_una < t->snd_nxt - t->snd_una;
}

static inline uint32_t
tcb_flight(const struct tcb *t)
{
	return t->snd_nxt - t->snd_una;
}

#endif
