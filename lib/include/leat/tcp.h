/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_TCP_H
#define LEAT_TCP_H
/*
 * TCP connections: the event interface.
 *
 * Lifetime. No function here calls back before it returns: events are queued on the connection
 * and delivered once a turn, in the order open, data, sent, peer_closed, closed. A handle is
 * valid until on_closed has returned. on_closed comes exactly once for every connection that
 * on_open or a successful leat_tcp_connect() gave out. After leat_tcp_close() only on_sent and
 * on_closed may come; after leat_tcp_abort() only on_closed.
 *
 * Calling core: every function may be called only by the thread that polls the connection's core.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <leat/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat;
struct leat_core;
struct leat_conn;     /**< a connection */
struct leat_listener; /**< a local endpoint that accepts connections */
struct leat_rx;       /**< the received, in-order, unconsumed data of a connection */
struct rte_mbuf;

/** All optional. They run on the connection's core, inside leat_core_poll(). */
struct leat_tcp_events {
	/** The handshake is complete (both roles). user: what connect or listen was given. */
	void (*on_open)(struct leat_conn *, void *user);
	/**
	 * New data is in rx, or the peer's FIN follows what is left there (leat_rx_ended()). What is
	 * neither consumed nor taken stays queued and closes the window.
	 */
	void (*on_data)(struct leat_conn *, struct leat_rx *rx, void *user);
	/**
	 * The peer acknowledged `acked` more bytes: there is room to send again. With acked = 0: a call
	 * that sends took nothing although the send buffer had room, because packet memory was short,
	 * and there is memory again (before on_open too, if it was then). So who was refused waits for this, whatever the reason was; who is
	 * refused again is told again. Those who wait are told in turn, some each millisecond.
	 */
	void (*on_sent)(struct leat_conn *, size_t acked, void *user);
	/** The peer sent FIN, and all data before it was consumed or taken. Sending is still possible. */
	void (*on_peer_closed)(struct leat_conn *, void *user);
	/**
	 * The last call. reason: 0 = closed in both directions; ECONNREFUSED (a RST answered our SYN);
	 * ECONNRESET (RST, or data came after leat_tcp_close()); ETIMEDOUT (no answer; after
	 * leat_tcp_close() also: no FIN, or a window that stays closed); EHOSTUNREACH, ENETUNREACH (ICMP,
	 * ARP, route); ECONNABORTED (by us: leat_tcp_abort(), leat_destroy(), leat_tcp_close() before it
	 * was open or with unread data).
	 */
	void (*on_closed)(struct leat_conn *, int reason, void *user);
};

/**
 * Listens on local (address LEAT_UNSPEC or all-zero: every address of the instance), on every core. Each
 * accepted connection starts with these events and this user pointer, and lives on the core to which
 * it came: leat_tcp_core(). Calling core: 0; it may be running, and so may the others, which begin to listen with
 * their next turn. 0, or -errno: -EADDRINUSE (also: the port is pinned to a core), -EADDRNOTAVAIL (no address of
 * ours), -EINVAL (port 0), -ENOMEM, -ESHUTDOWN (leat_destroy() has begun).
 */
int leat_tcp_listen(struct leat *leat, const struct leat_endpoint *local,
	const struct leat_tcp_events *events, void *user, struct leat_listener **out);

/**
 * The same on one core alone, which is the calling one: every connection to the port comes to it. The port stays
 * pinned to this core for the life of the instance; -EADDRINUSE also when every core listens to it, or ever did: its
 * connections may live on any; or when it is pinned to another core.
 */
int leat_tcp_listen_on(struct leat_core *core, const struct leat_endpoint *local,
	const struct leat_tcp_events *events, void *user, struct leat_listener **out);

/**
 * Stops listening. Half-open connections of it are forgotten, open connections stay. Calling core: the one it was
 * made on; the others stop with their next turn.
 */
void leat_tcp_unlisten(struct leat_listener *listener);

/**
 * Opens a connection. local may be NULL, or have LEAT_UNSPEC and port 0: address by route,
 * port chosen by RFC 6056. on_open or on_closed tells how it ended. 0, or -errno and no event:
 * -ENETUNREACH (no route), -EADDRNOTAVAIL (no free port to this remote, local is not ours, or the
 * answers to local->port would come to another core: let it be chosen),
 * -EADDRINUSE (the 4-tuple exists), -ENOMEM (no control block, or no place in the table), -ENOBUFS (packet
 * memory is scarce), -ESHUTDOWN (leat_destroy() is under way), -EINVAL.
 */
int leat_tcp_connect(struct leat_core *core, const struct leat_endpoint *local,
	const struct leat_endpoint *remote, const struct leat_tcp_events *events, void *user,
	struct leat_conn **out);

/**
 * Fetches a connection into the cache: for who has a list of connections to work on, some eight before the
 * present one, and several in a row: they are waited for together. Where there are more than the caches hold,
 * it saves waiting for memory; else it costs next to nothing. Changes nothing; the connection need only not be gone (on_closed has not returned).
 */
void leat_tcp_prefetch(const struct leat_conn *);

/**
 * Queues a copy of data. Returns the bytes taken: len, or fewer when the send buffer is full or
 * packet memory short (on_sent says when to go on, after 0 too), or -errno: -EPIPE (closed or shut down by us),
 * -ECONNRESET (the connection has ended). Before on_open data is queued too.
 */
ssize_t leat_tcp_send(struct leat_conn *, const void *data, size_t len);

/**
 * Queues data by reference: it must stay unchanged until release(arg) is called (once, from
 * leat_core_poll() or leat_destroy(), never from inside another call): when the peer has acknowledged
 * all of it or the connection ended, and no packet that refers to it waits in a port any more, which
 * may be after on_closed. All or nothing: len bytes, or 0 when the send buffer has no room at all or
 * memory is short (on_sent says when to go on), or -errno. The send buffer may be exceeded by one such call. len 1..2^30. Ports that cannot send
 * foreign memory copy it (counted). Over net_ring packets are handed over as they are: as long as the
 * other instance, or a ring, holds one after this instance was destroyed, release does not come any
 * more; end the one that receives first, or copy.
 */
ssize_t leat_tcp_send_ref(struct leat_conn *, const void *data, size_t len,
	void (*release)(void *arg), void *arg);

/**
 * Queues the data of an mbuf (chain) that must not be changed any more. All or nothing: its length,
 * and leat owns it; or 0 when the send buffer has no room at all or memory is short (on_sent says when
 * to go on), or -errno, and it still belongs to the caller. The send buffer may be exceeded by one such call. Length 1..2^30 (else -EINVAL).
 */
ssize_t leat_tcp_send_mbuf(struct leat_conn *, struct rte_mbuf *m);

/** Bytes leat_tcp_send() would take now. */
size_t leat_tcp_room(const struct leat_conn *);

/** FIN after what is queued; receiving goes on. 0, or -ENOTCONN. */
int leat_tcp_shutdown(struct leat_conn *);

/**
 * The application is done: FIN after what is queued. If received data was not consumed, or
 * arrives later, the peer gets RST instead (RFC 2525 2.17). Called a second time: no effect.
 */
void leat_tcp_close(struct leat_conn *);

/**
 * The last of what is to be said: leat_tcp_send(), and when all of it was taken leat_tcp_close(): what fits a segment
 * leaves in one, with ACK and FIN. Returns what leat_tcp_send() does. Less than len, or -errno: the connection is as
 * open as it was, and the rest may be sent in the same way when on_sent says so.
 */
ssize_t leat_tcp_send_close(struct leat_conn *, const void *data, size_t len);

/** RST; what is queued is dropped. on_closed(ECONNABORTED) follows. */
void leat_tcp_abort(struct leat_conn *);

/** The unconsumed data, also outside on_data. Never NULL; may be empty. */
struct leat_rx *leat_tcp_rx(struct leat_conn *);

/** Gives the first len bytes of the received data back; len may not exceed leat_rx_size(). */
void leat_tcp_consume(struct leat_conn *, size_t len);

/** Bytes waiting in rx. */
size_t leat_rx_size(const struct leat_rx *rx);

/** True when the peer's FIN follows: nothing will be added to rx any more. */
bool leat_rx_ended(const struct leat_rx *rx);

/** Fills iov with at most max pieces of the data, nothing is copied or consumed; returns pieces. */
int leat_rx_iov(const struct leat_rx *rx, struct iovec *iov, int max);

/** Copies up to len bytes from the start into buf and consumes them; returns how many. */
size_t leat_rx_read(struct leat_rx *rx, void *buf, size_t len);

/**
 * Takes the first piece out of rx: its mbuf belongs to the caller (rte_pktmbuf_free() it) and its
 * bytes count as consumed. NULL when rx is empty.
 */
struct rte_mbuf *leat_rx_take(struct leat_rx *rx);

enum leat_tcp_option {
	LEAT_TCP_NODELAY,   /**< 0/1: Nagle off (RFC 9293 3.7.4) */
	LEAT_TCP_DSCP,      /**< differentiated services codepoint of all segments from now on, 0..63 (RFC 9293 3.9.1.9) */
	LEAT_TCP_RCVBUF,    /**< bytes, 2 KiB..1 GiB; not below what was already offered; it does not grow any more */
	LEAT_TCP_SNDBUF,    /**< bytes, 2 KiB..1 GiB */
	LEAT_TCP_KEEPALIVE, /**< 0/1 */
	LEAT_TCP_CONGESTION, /**< enum leat_tcp_congestion, at any time: the window stays, and grows as the new one says */
	LEAT_TCP_KEEPIDLE,  /**< milliseconds of silence before the first probe, 10 ms..1 day */
	LEAT_TCP_KEEPINTVL, /**< milliseconds between probes, 10 ms..1 day */
	LEAT_TCP_KEEPCNT,   /**< unanswered probes before ETIMEDOUT, 1..127 */
	/**
	 * The user timeout (RFC 9293 3.8.3): milliseconds, 10 ms..1 day, that something sent or queued may
	 * wait while nothing is acknowledged, before ETIMEDOUT; also while the window is closed, but not
	 * what pacing holds back while nothing is in flight. It is not told to the peer (RFC 5482). 0: as many retransmissions as are configured.
	 */
	LEAT_TCP_USER_TIMEOUT,
	/**
	 * 0/1: explicit congestion notification (RFC 3168). Set right after leat_tcp_connect(), before the SYN
	 * leaves at the end of the turn (else -EINVAL): whether it asks for ECN, whatever tcp.ecn says. Read: whether it
	 * was asked for, and once open whether both ends agreed on it.
	 */
	LEAT_TCP_ECN,
	/**
	 * Pacing: what the windows allow leaves spread over the round trip instead of at once. 0: off;
	 * UINT32_MAX: at a rate that window and round trip make; 1000..UINT32_MAX - 1: also never more
	 * payload bytes a second, on average over a millisecond (or a segment). At any time.
	 */
	LEAT_TCP_PACING,
	LEAT_TCP_STATISTICS, /**< 0/1: count for leat_tcp_info() from now on (320 bytes of memory), or no more */
};

/** Congestion control. */
enum leat_tcp_congestion {
	LEAT_TCP_CUBIC,   /**< RFC 9438, with HyStart++ (RFC 9406) */
	LEAT_TCP_NEWRENO, /**< RFC 5681, 6582 */
};

/** Sets an option. 0, -EINVAL or -ENOMEM. */
int leat_tcp_set(struct leat_conn *, enum leat_tcp_option option, uint32_t value);

/** Reads an option. 0 or -EINVAL. */
int leat_tcp_get(const struct leat_conn *, enum leat_tcp_option option, uint32_t *value);

/** The states of RFC 9293 3.3.2. */
enum leat_tcp_state {
	LEAT_TCP_CLOSED, LEAT_TCP_LISTEN, LEAT_TCP_SYN_SENT, LEAT_TCP_SYN_RECEIVED,
	LEAT_TCP_ESTABLISHED, LEAT_TCP_FIN_WAIT_1, LEAT_TCP_FIN_WAIT_2, LEAT_TCP_CLOSE_WAIT,
	LEAT_TCP_CLOSING, LEAT_TCP_LAST_ACK, LEAT_TCP_TIME_WAIT,
};

/** "ESTABLISHED", … */
const char *leat_tcp_state_name(enum leat_tcp_state state);

/** What is known of a connection, a listener, a half-open or a TIME-WAIT entry. */
struct leat_tcp_info {
	uint32_t size; /**< sizeof(struct leat_tcp_info) as the caller knows it; set before the call */
	enum leat_tcp_state state;
	struct leat_endpoint local, remote;
	unsigned core;
	uint32_t rcv_queued;  /**< received, not consumed (bytes); of a listener: half-open entries */
	uint32_t snd_queued;  /**< queued or in flight (bytes); of a listener: its backlog */
	uint32_t in_flight;   /**< sent, not acknowledged (bytes) */
	uint32_t ooo;         /**< received out of order (bytes) */
	uint32_t iss, irs, snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_wnd;
	uint8_t snd_wscale, rcv_wscale;
	bool timestamps, sack, nodelay;
	uint16_t mss;         /**< largest payload we send */
	uint32_t cwnd, ssthresh; /**< bytes; ssthresh UINT32_MAX = not yet set */
	const char *congestion;  /**< "cubic" or "newreno" */
	uint32_t srtt_us, rttvar_us, rto_us; /**< RFC 6298 */
	uint32_t retransmits; /**< segments sent again, in all */
	uint8_t backoff;      /**< retransmissions of the segment now in flight */
	const char *timer;    /**< "", "rto", "probe" (tail loss), "reorder", "persist", "keepalive", "time-wait", "fin-wait-2", "syn" */
	uint32_t timer_ms;    /**< until it fires */
	uint64_t bytes_in, bytes_out; /**< delivered in order; acknowledged by the peer */
	/**
	 * errno of an ICMP error, a missing route or neighbour, since which nothing was acknowledged: the reason,
	 * if it comes to an end (RFC 9293 3.9.1.8); 0 = none
	 */
	int soft_error;
	bool syn_cookies;     /**< of a listener: it sends SYN cookies, or did a moment ago and takes them still */
	uint64_t pacing_rate; /**< payload bytes a second that are sent now at most (LEAT_TCP_PACING); 0: not paced, or no RTT is known yet */
	bool ecn;             /**< both ends agreed on ECN (RFC 3168); in SYN-SENT: asked for */

	uint32_t snd_buf, rcv_buf; /**< limits, bytes */
	uint64_t age_ms;      /**< since the control block was made, in steps of 100 */
	const char *phase;    /**< of the sender: "open", "recovery" (loss), "timeout", "reducing" (ECN mark); "" = not a connection */
	uint32_t lost, sacked; /**< of what is in flight: taken for lost and not sent again yet; held by the peer beyond a hole (bytes) */
	bool reordering;      /**< the path was seen to reorder (RFC 8985) */
	uint32_t min_rtt_us;  /**< smallest RTT of the last ten to twenty seconds; 0: not known now */

	/**
	 * What follows is counted only of connections that ask for it (LEAT_TCP_STATISTICS, tcp.statistics), from then on.
	 * In brackets the name of RFC 4898 (tcpEStats...).
	 */
	bool counted;
	uint64_t segs_in, segs_out;           /**< [SegsIn, SegsOut] */
	uint64_t data_segs_in, data_segs_out; /**< with data [DataSegsIn, DataSegsOut] */
	uint64_t bytes_resent;                /**< [OctetsRetrans] */
	uint32_t timeouts;                    /**< retransmission timeouts [Timeouts] */
	uint32_t recoveries;                  /**< fast recoveries [FastRetran] */
	uint32_t probes;                      /**< tail loss probes (RFC 8985 7) */
	uint32_t undone;                      /**< recoveries and timeouts that were for nothing [SpuriousFrDetected, SpuriousRtoDetected] */
	uint32_t dup_acks_in;                 /**< [DupAcksIn] */
	uint32_t dsacks_in, dsacks_out;       /**< duplicates that the peer told of [DSACKDups]; that we told of */
	uint32_t ooo_in;                      /**< segments out of order */
	uint32_t ce_in, marks;                /**< ECN: marked segments that came [CERcvd]; reductions for marks the peer told of [ECNsignals] */
	uint32_t cwnd_max;                    /**< bytes [MaxSsCwnd, MaxCaCwnd] */
	uint32_t rtt_min_us, rtt_max_us;      /**< [MinRTT, MaxRTT]; 0: none was measured */
	uint32_t data_in_ms, data_out_ms, ack_in_ms; /**< since the last data came, left, since the last ACK came; UINT32_MAX: none yet */
	/**
	 * How long, and how often, the application had nothing more to send (or was paced), the congestion window, or the
	 * peer's window was in the way [SndLimTimeSnd, -Cwin, -Rwin; SndLimTransSnd, -Cwin, -Rwin]
	 */
	uint64_t limited_app_us, limited_cwnd_us, limited_rwnd_us;
	uint32_t limited_app, limited_cwnd, limited_rwnd;
};

/** Fills *info (info->size set by the caller). Valid until on_closed returns. */
void leat_tcp_info(const struct leat_conn *, struct leat_tcp_info *info);

/**
 * Calls fn for every listener, half-open entry, connection and TIME-WAIT entry of a core, until fn
 * returns false. fn may not open or close anything.
 */
void leat_tcp_walk(struct leat_core *core, bool (*fn)(const struct leat_tcp_info *, void *arg), void *arg);

/** The user pointer of the connection. */
void *leat_tcp_user(const struct leat_conn *);
void leat_tcp_set_user(struct leat_conn *, void *user);

/** Changes the events, e.g. in on_open. events must outlive the connection. */
void leat_tcp_set_events(struct leat_conn *, const struct leat_tcp_events *events);

struct leat_core *leat_tcp_core(const struct leat_conn *);
void leat_tcp_local(const struct leat_conn *, struct leat_endpoint *out);
void leat_tcp_remote(const struct leat_conn *, struct leat_endpoint *out);

#ifdef __cplusplus
}
#endif
#endif
