/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_TCP_H
#define TCP_TCP_H
/*
 * TCP of one core: its tables, and what the loop calls. Files of this room, in the order a
 * connection meets them:
 *
 *   frame       from a frame to a segment in one pass
 *   demux       tuple -> object                 listen      listeners, SYN in LISTEN
 *   half_open   SYN-RECEIVED entries            cookie      SYN-RECEIVED without an entry
 *   accept      the end of a passive open      syn_sent    active open
 *   input       the steps of RFC 9293 3.10.7.4  ack         step five: the sender learns
 *   receive     step seven: the receiver, reassembly, window
 *   recovery    lost data: sender (what is in flight), runs, rack, prr, undo
 *   cc          congestion control: cubic with hystart, newreno
 *   ecn         congestion that the path tells of before it drops
 *   output      once a turn: data, ACK, window  timers      deadlines; timeouts: when one is due
 *   emit        one segment: headers, options, data
 *   mtu         how long segments may be on their path
 *   pace        a window spread over the round trip, on request
 *   time_wait   TIME-WAIT entries               reply       RST and other segments without a control block
 *   starved     who waits for memory to send    scarcity    what is done when receive buffers run short
 *   carrier     a link that comes back
 *   stats       what is counted of one connection, on request
 *   extra       what few connections need       grow        the receive buffer follows the application
 *   events      what the application is told    conn, rx, info  the public interface
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/fifo.h"
#include "base/seq.h"
#include "base/slab.h"
#include "core/core.h"
#include "core/trace.h"
#include "ip/ip.h"
#include "tcp/demux.h"
#include "tcp/sender.h"
#include "tcp/tcb.h"
#include "wire/tcp.h"

enum {
	TCP_RETRY_LEVELS = 11,       /* half-open entries wait in one list per retransmission */
	TCP_LISTEN_BUCKETS = 256,
	TCP_PORT_COUNTERS = 64,      /* RFC 6056 algorithm 4 */
	TCP_OOO_MAX = 512,           /* out-of-order chunks of a connection */
	TCP_QUICKACKS = 16,          /* segments acknowledged at once when a connection begins */
	TCP_CHALLENGES_PER_SEC = 10, /* of a connection; RFC 5961 7 */
	TCP_DUP_THRESH = 3,          /* RFC 5681 3.2 */
};

/* How scarce receive buffers are, and so what is done: scarcity.h. */
enum tcp_scarcity { RX_PLENTY, RX_DENSE, RX_NO_OOO, RX_RESERVE };

/* Memory of the application that is sent by reference. */
struct send_ref {
	struct rte_mbuf_ext_shared_info shared;
	void (*release)(void *arg);
	void *arg;
	struct send_ref *next; /* of those that nobody refers to any more */
	uint64_t spare[2];
};
static_assert(sizeof(struct send_ref) == 64, "a power of two");

/* Bytes that came a second time (RFC 2883); len 0: none did. */
struct duplicate {
	uint32_t start, len;
};

struct tcp_layer {
	struct demux demux;
	struct slab tcbs;       /* struct tcb */
	struct slab half_opens; /* struct half_open */
	struct slab time_waits; /* struct time_wait */
	struct slab chunks;     /* struct chunk */
	struct slab shorts;     /* struct short_chunk */
	struct slab timers;     /* struct wheel_node */
	struct slab senders;    /* struct tcp_sender */
	struct slab runs;       /* struct run */
	struct slab refs;       /* struct send_ref */
	struct slab extras;     /* struct tcp_extra */
	struct slab stats;      /* struct tcp_stats */
	uint32_t orphans;       /* closed by their applications, not yet closed */
	const struct leat_tcp_config *config;

	struct tcp_listener *listeners[TCP_LISTEN_BUCKETS]; /* by local port */
	struct fifo half_open_fifo[TCP_RETRY_LEVELS];
	struct wheel_node half_open_timer;
	struct fifo time_wait_fifo;
	struct wheel_node time_wait_timer;

	uint32_t marked;        /* control blocks with something to say, linked by marked_next */
	uint32_t events_head, events_tail;
	uint32_t ooo_stamp;     /* of the last out-of-order chunk */
	uint32_t ooo_chunks;    /* of all connections */
	uint32_t ooo_cursor;    /* bucket of the demux where giving up goes on */
	uint32_t rx_free;       /* free receive buffers, when we last looked */
	uint32_t rx_spare;      /* ... beyond the reserve */
	uint8_t scarcity;       /* enum tcp_scarcity */
	bool scarce;            /* too little packet memory to begin a connection, in turn scarce_turn - 1 */
	uint64_t scarce_turn;
	uint32_t tx_left;       /* send buffers that go to whoever asks, before it is looked how many are free */
	uint32_t dead;          /* closed, freed at the end of the turn, linked by events_next */
	uint32_t starved_head, starved_tail; /* who waits for memory, in order; linked by starved_next and _prev */
	struct wheel_node starved_timer;
	uint16_t carrier_down, carrier_back; /* ports that are down and waited for; that are up again (carrier.c) */
	struct demux_walk carrier_walk;      /* where sending again goes on */
	uint32_t carrier_asked[LEAT_MAX_PORTS]; /* tick */
	struct wheel_node carrier_timer;
	bool ending;            /* the instance is being destroyed: nothing is opened any more */
	/*
	 * References whose last mbuf is freed, on whatever thread and in the middle of whatever call: the
	 * application is told in step 5, as of all else.
	 */
	_Atomic(struct send_ref *) released;

	uint64_t rst_refilled;  /* core->now */
	uint32_t rst_tokens;    /* RSTs that may be sent before it is refilled (reply.c) */
	uint8_t isn_key[16], port_key[16], cookie_key[16]; /* SipHash keys, from the core's secret */
	struct tuple secret_tuple, port_tuple; /* isn.c: of which secret and port_secret were asked for last */
	uint64_t secret, port_secret;
	uint16_t port_counters[TCP_PORT_COUNTERS];
	uint32_t rcv_wscale;    /* that we offer, from the largest receive buffer */
};

/* core->tcp, from config (which must outlive it). 0 or -ENOMEM. */
int tcp_init(struct core *core, struct tcp_layer *tcp, const struct leat_config *config);

/* Aborts every connection (RST, on_closed with ECONNABORTED) and forgets the rest. */
void tcp_shutdown(struct core *core);
/* After the ports are closed: packets in their queues may refer to memory that is sent by reference. */
void tcp_fini(struct core *core);

/* What connections and all that is kept of them take, and the demux: bytes in use, packets apart. */
uint64_t tcp_table_bytes(const struct tcp_layer *tcp);

/*
 * Step 3. Parses one datagram into *seg: checks form, checksum and addresses, makes the tuple and
 * its hash. 0, or -1 when d->m was dropped.
 */
int tcp_parse_dgram(struct core *core, struct ip_dgram *d, struct tcp_seg *seg);

/* Step 3. Looks all segments up, and hands each to its object, in order. Takes their mbufs. */
void tcp_input_burst(struct core *core, struct tcp_seg *segs, unsigned n);

/* An ICMP error about a segment of ours; true when a connection took note. */
bool tcp_icmp_error(struct core *core, const struct ip_error *e);

/* Step 5. Tells the applications; returns how many events. */
unsigned tcp_deliver(struct core *core);

/* Step 6. Each marked control block says what it has to say; then the closed ones are freed. */
void tcp_output_marked(struct core *core);

/*
 * leat_tcp_walk() in steps of so many buckets of the demux, so that inspection never stops a core
 * for long. Starts with *w zeroed; true: there is more. What opens or closes between two steps may be
 * missed; what moves, because the table grows, may come twice.
 */
struct tcp_walk {
	bool begun;
	struct demux_walk entries;
};
bool tcp_walk_step(struct core *core, struct tcp_walk *w, uint64_t buckets,
	bool (*fn)(const struct leat_tcp_info *, void *arg), void *arg);

/* Is there anything marked or waiting to be delivered? A core may not sleep then. */
static inline bool
tcp_pending(const struct tcp_layer *tcp)
{
	return (tcp->marked | tcp->events_head | tcp->dead) != 0 ||
		(tcp->scarcity >= RX_NO_OOO && tcp->ooo_chunks > 0) ||
		atomic_load_explicit(&tcp->released, memory_order_relaxed) != NULL;
}

/* --- shared by the files of this room --- */

static inline struct core *
tcb_core(const struct tcb *t)
{
	return (struct core *)slab_owner(t);
}

/* For the calls of an application: its core, which must not be another thread's. */
static inline struct core *
tcb_owned(const struct tcb *t)
{
	struct core *core = tcb_core(t);

	core_assert_owner(core);
	return core;
}

static inline struct chunk *
chunk_at(const struct tcp_layer *tcp, uint32_t handle)
{
	return (struct chunk *)slab_at(&tcp->chunks, handle);
}

/* A chunk of the send queue. */
static inline struct chunk *
sendq_at(const struct tcp_layer *tcp, uint32_t handle)
{
	return handle & SHORT_HANDLE ? (struct chunk *)slab_at(&tcp->shorts, handle & ~(uint32_t)SHORT_HANDLE) :
		chunk_at(tcp, handle);
}

/* The sender of a connection, or NULL. */
static inline struct tcp_sender *
sender_of(const struct tcp_layer *tcp, const struct tcb *t)
{
	return t->sender == 0 ? NULL : (struct tcp_sender *)slab_at(&tcp->senders, t->sender);
}

static inline struct run *
run_at(const struct tcp_layer *tcp, uint32_t handle)
{
	return (struct run *)slab_at(&tcp->runs, handle);
}

/* Our timestamp clock: milliseconds (RFC 7323 5.4). */
static inline uint32_t
tcp_ts_now(const struct core *core)
{
	return (uint32_t)(core->now / 1000000);
}

static inline uint32_t
tcp_us_now(const struct core *core)
{
	return (uint32_t)(core->now / 1000);
}

/* tcb.c */
struct tcb *tcb_alloc(struct core *core); /* zeroed, defaults set; NULL: none is free */
void tcb_set_state(struct core *core, struct tcb *t, enum tcp_state to);
/* The header template, and with it the key of the demux. */
void tcb_set_tuple(struct tcb *t, const struct tuple *tuple, uint32_t ts_offset);
/* Ends the connection: out of the demux, timers off, on_closed(reason) queued. */
void tcb_close(struct core *core, struct tcb *t, int reason);
/* The same, its tuple going on as a TIME-WAIT entry. */
void tcb_to_time_wait(struct core *core, struct tcb *t);
/* Sends RST and ends it. */
void tcb_reset(struct core *core, struct tcb *t, int reason);
/* At the end of the turn: what is queued, and the block itself. */
void tcb_free(struct core *core, struct tcb *t);
/* A line in the trace, if there is one. */
void tcb_note(struct core *core, const struct tcb *t, enum trace_note what, uint32_t value);
uint64_t tcb_hash(const struct core *core, const struct tcb *t);
/* RFC 6928: the window a connection begins with, and begins again with after being idle. */
uint32_t tcp_initial_window(const struct core *core, const struct tcb *t);

/* This connection has something to say in step 6. */
static inline void
tcb_mark(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;

	if (t->flags & TF_MARKED)
		return;
	t->flags |= TF_MARKED;
	rte_prefetch0(&t->t_rtx); /* what will be sent is timed */
	t->marked_next = tcp->marked;
	tcp->marked = slab_handle(&tcp->tcbs, t);
}

void tcb_queue_event(struct core *core, struct tcb *t);

/* Its application is to be told in step 5. */
static inline void
tcb_event(struct core *core, struct tcb *t, uint8_t event)
{
	t->events |= event;
	if (!(t->flags & TF_QUEUED))
		tcb_queue_event(core, t);
}

/* The MSS we tell a peer: configuration, or what its route carries. */
uint16_t tcp_our_mss(const struct core *core, const struct leat_addr *remote);
/* What a SYN or SYN-ACK of ours offers. */
void tcp_syn_opts(const struct core *core, const struct leat_addr *remote, struct tcp_opts *o);
/* The window field of a SYN or SYN-ACK (never scaled). */
uint16_t tcp_syn_window(const struct core *core);

/* isn.c: RFC 6528, RFC 7323 5.4, RFC 6056 */
uint32_t tcp_isn(const struct core *core, const struct tuple *t);
uint32_t tcp_isn_offset(const struct core *core, const struct tuple *t); /* the tuple's part of it */
uint32_t tcp_ts_offset(const struct core *core, const struct tuple *t);
/* Has no connection this tuple? An entry in TIME-WAIT that may go is gone then. */
bool tcp_tuple_free(struct core *core, const struct tuple *t);
/* A local port for the tuple (whose port is then set) such that no connection has it; false: none. */
bool tcp_choose_port(struct core *core, const struct leat_addr *local, const struct leat_endpoint *remote,
	struct tuple *t);

/* Frees the segment's packet and counts why. */
static inline void
seg_drop(struct core *core, struct tcp_seg *seg, enum counter reason)
{
	drop(core, seg->m, reason);
	seg->m = NULL;
}

/* input.c: the steps for a control block in SYN-RECEIVED and beyond. Takes seg->m or leaves it. */
void tcp_input(struct core *core, struct tcb *t, struct tcp_seg *seg);
/* ESTABLISHED is entered, from whichever side. */
void tcp_established(struct core *core, struct tcb *t);
/* An ACK for a segment that is not in order with us, if the limit of challenge ACKs allows (RFC 5961 7). */
void tcp_challenge(struct core *core, struct tcb *t);

/* ack.c: step five. False when the segment was dropped (or the connection is closed). */
bool tcp_ack_input(struct core *core, struct tcb *t, struct tcp_seg *seg);
/* The same for a segment that is_next() (input.c): nothing of it is refused, and it is no duplicate. */
bool tcp_ack_next(struct core *core, struct tcb *t, struct tcp_seg *seg);
/* Would it take this segment's ACK field? */
bool tcp_ack_acceptable(const struct tcb *t, const struct tcp_seg *seg);

/* receive.c: step seven and eight, the receive queue, the window. */
void tcp_receive(struct core *core, struct tcb *t, struct tcp_seg *seg);
/* The same for a segment that is_next() (input.c), and is more than an ACK: nothing of it is cut. */
void tcp_receive_next(struct core *core, struct tcb *t, struct tcp_seg *seg);
uint32_t tcp_rcv_queued(const struct tcp_layer *tcp, const struct tcb *t);
/* The window field of the next segment; remembers the edge it advertises. */
uint16_t tcp_rcv_window(struct core *core, struct tcb *t);
/* The application took data: tell the peer when that opens the window by enough. */
void tcp_rcv_consumed(struct core *core, struct tcb *t);
/* Takes the first chunk of the receive queue off it; its mbuf then is the caller's. NULL: empty. */
struct rte_mbuf *tcp_rcv_pop(struct core *core, struct tcb *t, uint32_t *len);
void tcp_rcv_consume(struct core *core, struct tcb *t, size_t len);
void tcp_rcv_free(struct core *core, struct tcb *t);

/* sendq.c: what is queued to send. */
size_t tcp_sendq_copy(struct core *core, struct tcb *t, const void *data, size_t len);
int tcp_sendq_mbuf(struct core *core, struct tcb *t, struct rte_mbuf *m); /* takes m on 0; -ENOBUFS */
/* len bytes at data until release(arg). 0 or -ENOBUFS. */
int tcp_sendq_ref(struct core *core, struct tcb *t, const void *data, size_t len, void (*release)(void *), void *arg);
/* Calls release() for every reference that has come free; returns how many. */
unsigned tcp_release_refs(struct tcp_layer *tcp);
void tcp_sendq_ack(struct core *core, struct tcb *t, uint32_t una);
/* Fetches what tcp_sendq_ack() will look at first. */
void tcp_sendq_fetch(const struct tcp_layer *tcp, const struct tcb *t);
/*
 * Puts len bytes from seq behind the header in m: copied when short, else by reference. Adds their sum (wire/cksum.h)
 * to *sum. 0 or -ENOBUFS.
 */
int tcp_sendq_fill(struct core *core, struct tcb *t, uint32_t seq, uint32_t len, struct rte_mbuf *m, uint64_t *sum);
void tcp_sendq_free(struct core *core, struct tcb *t);
size_t tcp_sendq_room(const struct tcb *t);

/*
 * starved.c: nothing of the connection is queued, and there was no memory to queue anything: no
 * acknowledgement will bring on_sent. It comes, with 0 bytes, when there is memory again.
 */
enum starved_kind { STARVED_COPY, STARVED_REF };
void tcp_starved_init(struct core *core);
void tcp_starved_add(struct core *core, struct tcb *t, enum starved_kind kind);
void tcp_starved_remove(struct core *core, struct tcb *t); /* fine when it is not there */

/* rtt.c: RFC 6298 */
void tcp_rtt_sample(struct core *core, struct tcb *t, uint32_t us);
/* The retransmission time-out as it stands, back-off included, in microseconds. */
uint64_t tcp_rto_us(const struct core *core, const struct tcb *t);

/* recovery.c: what is done about loss. */

/* An acceptable ACK. a: acked and flight are set; the rest is found out. */
void tcp_on_ack(struct core *core, struct tcb *t, const struct tcp_seg *seg, bool duplicate, struct tcp_acked *a);
/* All in flight goes out again, for a reason that is no congestion: cwnd stays. */
void tcp_lose_all(struct core *core, struct tcb *t);
/* Three timers: RTO, tail loss probe, reordering. */
void tcp_on_rto(struct core *core, struct tcb *t);
void tcp_on_probe(struct core *core, struct tcb *t);
void tcp_on_reorder(struct core *core, struct tcb *t);

/* mtu.c: the MSS, path MTU discovery, black holes. */
/* MSS from the route and what the peer said (0: nothing); sets cwnd. */
void tcb_set_mss(struct core *core, struct tcb *t, uint16_t peer_mss);
/* What is known of the path has changed (or the connection is new): mss, Don't Fragment. */
void tcp_mtu_follow(struct core *core, struct tcb *t);
/* A router says "fragmentation needed" about seq of t. False: it cannot know. */
bool tcp_mtu_error(struct core *core, struct tcb *t, const struct ip_error *e);
/* The retransmission timer has fired, and is counted in t->backoff. */
void tcp_mtu_timeout(struct core *core, struct tcb *t);
/* SND.UNA has moved by acked, and TF_SMALLER or TF_FULL_AGAIN is set. */
void tcp_mtu_acked(struct core *core, struct tcb *t, uint32_t acked);

/* carrier.c: a link that comes back. */
void tcp_carrier_init(struct core *core);
/* After a time-out of t: is its own link down? Then it sends again when the link is back. */
bool tcp_carrier_lost(struct core *core, const struct tcb *t);

/* timeouts.c: what happens when a deadline is due. */
void tcp_timers_init(struct core *core);

/* timers.c: facts in, deadlines out. Nothing else arms or stops a timer of a control block. */
/* Something that must be acknowledged. first: nothing was in flight before it. */
void tcp_timer_sent(struct core *core, struct tcb *t, bool first);
void tcp_timer_sent_new(struct core *core, struct tcb *t);    /* this turn sent new data */
void tcp_timer_resent(struct core *core, struct tcb *t);      /* what SND.UNA waits for was sent again */
/* What may only be reordered is to be looked at again in so many microseconds; 0: nothing is. */
void tcp_timer_reorder(struct core *core, struct tcb *t, uint32_t us);
void tcp_timer_acked(struct core *core, struct tcb *t);       /* SND.UNA moved */
void tcp_timer_window(struct core *core, struct tcb *t);      /* a closed window opened, or all in flight is sent anew */
void tcp_timer_blocked(struct core *core, struct tcb *t);     /* data waits for the window, nothing in flight */
/*
 * Nothing was in flight for longer than a retransmission time-out (RFC 5681 4.1): not armed, t_rtx is when it would have
 * fired had the last exchange not been answered; 0: nothing was ever sent.
 */
static inline bool
tcp_timer_was_idle(const struct core *core, const struct tcb *t)
{
	return !(t->armed & T_RTX) && t->t_rtx != 0 && seq_gt(core->tick, t->t_rtx);
}
void tcp_timer_ack_owed(struct core *core, struct tcb *t);    /* in-order data is not acknowledged yet, */
void tcp_timer_ack_waits(struct core *core, struct tcb *t);   /* ... and will not be in this turn */
static inline void
tcp_timer_ack_sent(struct tcb *t)
{
	t->armed &= (uint8_t)~T_DELACK;
}
/* Does it change a deadline that something is heard? Without keepalive and user timeout it does not. */
static inline bool
tcp_timer_minds_silence(const struct tcb *t)
{
	return t->flags & TF_KEEPALIVE || t->armed & T_IDLE;
}
void tcp_timer_heard(struct core *core, struct tcb *t);       /* any acceptable segment from the peer */
void tcp_timer_fin_wait_2(struct core *core, struct tcb *t);  /* an orphan waits for the peer's FIN */
void tcp_timer_times_set(struct core *core, struct tcb *t);   /* keepalive or user timeout are others now */
/* In so many nanoseconds more may leave. The connection has a sender. */
void tcp_timer_pace(struct core *core, struct tcb *t, uint64_t ns);
void tcp_timer_stop(struct core *core, struct tcb *t);

/* output.c: step six. */
void tcp_output(struct core *core, struct tcb *t);

/* emit.c: what does not wait for it. */
/* A pure ACK, now: each out-of-order or duplicate segment owes its own (RFC 5681 4.2). */
void tcp_send_ack(struct core *core, struct tcb *t);
/* The same, telling what came twice (RFC 2883). */
void tcp_send_dsack(struct core *core, struct tcb *t, struct duplicate dup);
void tcp_send_rst(struct core *core, struct tcb *t);

/* syn_sent.c */
void tcp_syn_sent_input(struct core *core, struct tcb *t, struct tcp_seg *seg);
/* Our SYN was acknowledged: an active open has succeeded. */
void tcp_opened(struct core *core, struct tcb *t, uint32_t ack);

#endif
