/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H
/*
 * The vocabulary of the TCP specification tests: one stack with a virtual clock and a fixed
 * secret, a peer played by the test, and an application of which everything is recorded. A test
 * reads like a ladder diagram:
 *
 *	in_state(TCPS_FIN_WAIT_2);
 *	peer_sends(.flags = FIN | ACK);
 *	expect_sent(.flags = ACK, .ack = 2);
 *	expect_state(TCPS_TIME_WAIT);
 *	after(60 * SEC);
 *	expect_closed();
 *
 * Sequence numbers are relative: the SYN of each side is 0, its first byte of data 1. After each
 * thing that the peer or the application does the core is polled until it is idle; what leat sent
 * meanwhile waits in order for expect_sent(). A test must account for every segment: at its end
 * none may be left, and no mbuf and no control block either. Both checksums, the addresses and
 * the payload of every segment are verified as it is captured.
 */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>
#include <errno.h>
#include <leat/leat.h>
#include "wire/tcp.h"

#define TCPS_CLOSED LEAT_TCP_CLOSED
#define TCPS_LISTEN LEAT_TCP_LISTEN
#define TCPS_SYN_SENT LEAT_TCP_SYN_SENT
#define TCPS_SYN_RECEIVED LEAT_TCP_SYN_RECEIVED
#define TCPS_ESTABLISHED LEAT_TCP_ESTABLISHED
#define TCPS_FIN_WAIT_1 LEAT_TCP_FIN_WAIT_1
#define TCPS_FIN_WAIT_2 LEAT_TCP_FIN_WAIT_2
#define TCPS_CLOSE_WAIT LEAT_TCP_CLOSE_WAIT
#define TCPS_CLOSING LEAT_TCP_CLOSING
#define TCPS_LAST_ACK LEAT_TCP_LAST_ACK
#define TCPS_TIME_WAIT LEAT_TCP_TIME_WAIT

enum {
	FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, PSH = TCP_PSH, ACK = TCP_ACK, URG = TCP_URG,
	ECE = TCP_ECE, CWR = TCP_CWR,
};

#define MS 1000000ULL
#define SEC 1000000000ULL

/* 198.18.0.PEER is who talks to leat at 198.18.0.LEAT; leat listens on LEAT_PORT. */
enum { LEAT = 1, PEER = 2, LEAT_PORT = 80, PEER_PORT = 40000 };

#define ANY INT64_MIN /* not named: sent as it should be, not looked at */
#define NONE (-1)     /* the option is not there */

/*
 * A segment as a test names it. What is not named is, in one that the peer sends, what a correct
 * peer would send next; in one that leat is expected to send, not looked at.
 */
struct segment {
	int64_t flags;           /* peer: ACK */
	int64_t seq, ack;        /* relative */
	int64_t len, wnd, urg;   /* payload bytes; window as on the wire */
	int64_t mss, wscale, sack_perm, tsval, tsecr; /* options, or NONE */
	int64_t nb_sack;         /* SACK blocks, and their edges, relative */
	int64_t left, right, left2, right2;
	int64_t df;              /* leat: is Don't Fragment set in the IP header? */
	int64_t ecn;             /* the ECN field of the IP header: ECN_ECT_0, ...; peer: 0 */
	/* In what the peer sends only: */
	const char *options;     /* these bytes instead of options made from the above */
	uint32_t options_len;    /* a multiple of four */
	bool bad_cksum;
	uint8_t from, to;        /* last byte of the source and destination address, 0: PEER, LEAT */
	uint16_t from_port, to_port;
};

#define SEGMENT_ANY \
	.flags = ANY, .seq = ANY, .ack = ANY, .len = ANY, .wnd = ANY, .urg = ANY, .mss = ANY, \
	.wscale = ANY, .sack_perm = ANY, .tsval = ANY, .tsecr = ANY, .nb_sack = ANY, .left = ANY, \
	.right = ANY, .left2 = ANY, .right2 = ANY, .df = ANY, .ecn = ANY
/* A name in a test overrides its ANY: that is the point. */
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

enum { APP_EVENTS = 64 };

struct app_event {
	enum { APP_OPENED, APP_DATA, APP_PEER_CLOSED, APP_CLOSED } what;
	int64_t n; /* bytes, or the reason */
};

/* One conversation: the peer's side of the connection and the application's. */
struct talk {
	bool used;
	uint16_t peer_port, leat_port;
	/* What the peer offers in its SYN; may be changed before in_state(). */
	bool active;             /* leat opens the connection, not the peer */
	int mss, wscale;         /* NONE: not offered */
	bool sack, ts;
	bool ecn;                /* asked for in its SYN, or agreed to in its SYN-ACK */
	uint16_t wnd;            /* what the peer offers in each segment, as on the wire */
	uint32_t peer_iss, leat_iss;
	bool leat_known;         /* leat_iss was learnt */
	uint32_t peer_nxt;       /* relative: what the peer sends next */
	uint32_t leat_nxt;       /* relative: the end of what leat sent */
	uint32_t ts_recent;      /* leat's last timestamp */
	bool ts_on;
	/* The application. */
	struct leat_conn *conn;  /* NULL before on_open or connect, and after on_closed */
	bool reads;              /* consumes data as it comes (default) */
	uint32_t received, unread, written, acked;
	struct app_event events[APP_EVENTS];
	unsigned nb_events;
};

extern struct talk *talk;            /* the conversation that every word below is about */
extern struct leat_config config;    /* may be changed before the first word */
extern struct leat *stack;

void spec_begin(void);
void spec_end(void);
#define SUITE(name) TestSuite(name, .init = spec_begin, .fini = spec_end, .timeout = 60)

/* Where the test is; every word begins with it, so that a failure names its line. */
void spec_at(const char *file, int line);
#define AT(call) (spec_at(__FILE__, __LINE__), call)
#define SEGMENT(...) (&(struct segment){SEGMENT_ANY, ##__VA_ARGS__})

/* Fails the test: says why, where, and prints the ladder so far. */
void spec_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
#define expect(condition) \
	AT((condition) ? (void)0 : spec_fail("not true: %s", #condition))

/* A further conversation, from another port of the peer; it becomes the one talked about. */
struct talk *new_talk(uint16_t peer_port);

/* Walks a fresh connection into the state by real packets; CLOSED: nobody listens. */
#define in_state(state) AT(spec_in_state(state))
/* The same into ESTABLISHED, opened by the peer, whose ACK of our SYN-ACK takes so many nanoseconds. */
#define opens_in(ns) AT(spec_opens_in(ns))
#define listens() AT(spec_listens())

/* The peer. queues: the segment is there, but the core has not turned yet. */
#define peer_sends(...) AT((spec_peer_queues(SEGMENT(__VA_ARGS__)), spec_turn()))
#define peer_queues(...) AT(spec_peer_queues(SEGMENT(__VA_ARGS__)))
/* An ICMP error about the segment that leat sent at seq. info: MTU of "fragmentation needed". */
#define peer_reports(type, code, seq, info) AT(spec_peer_reports(type, code, seq, info))

/* A router's "fragmentation needed" about a packet of len bytes with the segment at seq; mtu 0: it does not tell. */
#define router_needs(mtu, seq, len) AT(spec_router_needs(mtu, seq, len))

/* What leat says: the next segment, checked in every field that is named. It is returned. */
#define expect_sent(...) AT(spec_expect_sent(SEGMENT(__VA_ARGS__)))
/* A reset, with or without ACK. */
#define expect_rst(...) AT(spec_expect_rst(SEGMENT(__VA_ARGS__)))
#define expect_nothing() AT(spec_expect_nothing())
/* n segments, the first at seq, each of len bytes. */
#define expect_sent_run(n, seq, len) AT(spec_expect_run(n, seq, len))
/* Throws away what leat sent so far and returns how many segments that was. */
unsigned forget_sent(void);

/* The cable at leat's port is pulled, and put back. */
#define link_goes_down() AT(spec_link(false))
#define link_comes_up() AT(spec_link(true))

/* Lets time pass, timer by timer. now() is the virtual clock. */
#define after(ns) AT(spec_after(ns))
#define until(t) AT(spec_after((t) - now()))
uint64_t now(void);
/* Of the segment that expect_sent() checked last: when it was sent, and its options as they lie there. */
uint64_t sent_at(void);
/* What leat sent so far in bytes of IP, whoever it was to. */
uint64_t spec_bytes_sent(void);
const uint8_t *sent_options(uint32_t *len);

/* The application. sends: all of it must be taken; offers: returns how many bytes were. */
#define app_sends(n) AT(spec_app_sends(n))
size_t app_offers(size_t n);
#define app_consumes(n) AT(spec_app_consumes(n))
#define app_closes() AT(spec_app_ends(leat_tcp_close))
#define app_aborts() AT(spec_app_ends(leat_tcp_abort))
#define app_shuts_down() AT(spec_app_shuts_down())
#define app_connects() AT(spec_app_connects())
/* The same, but the core has not turned yet. */
#define app_queues_connect() AT(spec_app_queues_connect())
#define app_unlistens() AT(spec_unlisten())

/* The next event of the application. Data is counted together; sent is a sum apart. */
#define expect_app_opened() AT(spec_expect_app(APP_OPENED, 0))
#define expect_app_data(n) AT(spec_expect_app(APP_DATA, n))
#define expect_app_peer_closed() AT(spec_expect_app(APP_PEER_CLOSED, 0))
/* reason: ANY where no document says which */
#define expect_app_closed(reason) AT(spec_expect_app(APP_CLOSED, reason))
#define expect_app_sent(n) AT(spec_expect_app_sent(n))
#define expect_no_app_event() AT(spec_expect_no_app_event())

/* The state of the connection, also as a half-open or TIME-WAIT entry. */
#define expect_state(state) AT(spec_expect_state(state))
/* No control block, half-open or TIME-WAIT entry is left at all. */
#define expect_closed() AT(spec_expect_closed())
/* What leat tells of the connection that is talked about; it must exist. */
#define tcp_info() AT(spec_info())
/* The retransmission timeout of the connection, in nanoseconds. */
uint64_t rto(void);
/* A counter of the instance. */
uint64_t counter(const char *name);

/*
 * Of leat's pool ("rx", "data", "hdr", "ind") all mbufs but n are taken away (of one pool at a time);
 * n of them, or all, are given back.
 */
void pool_leaves(const char *kind, unsigned n);
void pool_gives(unsigned n);

void spec_in_state(enum leat_tcp_state state);
void spec_opens_in(uint64_t ns);
void spec_start(void);
void spec_listens(void);
void spec_unlisten(void);
void spec_turn(void);
void spec_after(uint64_t ns);
void spec_app_sends(size_t n);
void spec_app_consumes(size_t n);
void spec_app_ends(void (*end)(struct leat_conn *));
void spec_app_shuts_down(void);
void spec_app_connects(void);
void spec_app_queues_connect(void);
void spec_expect_app(int what, int64_t n);
void spec_expect_app_sent(uint32_t n);
void spec_expect_no_app_event(void);
void spec_expect_state(enum leat_tcp_state state);
void spec_expect_closed(void);
const struct leat_tcp_info *spec_info(void);

/* spec/peer.c: the wire and the peer at its other end. */
void spec_wire_make(char *port_name, size_t size);
/* Is there a link at leat's port? As its driver tells; the test still gets what is sent. */
void spec_link(bool up);
/* Asks by ARP where leat is. */
void spec_wire_ask(void);
void spec_wire_capture(void);
void spec_wire_check_returned(void);
unsigned spec_wire_waiting(void);
void spec_peer_queues(const struct segment *s);
/* The IP packet of a segment, and any packet at all. */
uint32_t spec_peer_write(const struct segment *s, uint8_t *packet);
void spec_peer_packet(const uint8_t *packet, uint32_t len);
void spec_peer_reports(uint8_t type, uint8_t code, uint32_t seq, uint16_t mtu);
void spec_router_needs(uint16_t mtu, uint32_t seq, uint16_t len);
const struct tcp_seg *spec_expect_sent(const struct segment *s);
void spec_expect_rst(const struct segment *s);
void spec_expect_run(unsigned n, uint32_t seq, uint32_t len);
void spec_expect_nothing(void);
/* What byte n (from 0) of the stream is, in either direction. */
uint8_t spec_byte(uint32_t n);
struct talk *spec_talk_find(uint16_t peer_port, uint16_t leat_port);

/* spec/ladder.c: what happened so far, for the reader of a failure. */
void spec_ladder_segment(bool sent, const struct talk *t, const struct tcp_seg *s);
void spec_ladder_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void spec_ladder_print(void);

#endif
