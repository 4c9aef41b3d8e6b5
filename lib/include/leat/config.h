/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_CONFIG_H
#define LEAT_CONFIG_H
/*
 * Configuration: one struct, and the same keys in an INI file and on the command line. Every
 * value is checked; a message names the file and line (or the option), the key, the value, and
 * what is accepted. The keys are listed by leat_config_help() and in README.md.
 *
 * These functions touch only their arguments: any thread may call them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/addr.h>
#include <leat/tcp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat_error;

#define LEAT_MAX_CORES 64
#define LEAT_MAX_PORTS 16
#define LEAT_MAX_ADDRS 32
#define LEAT_MAX_ROUTES 64
#define LEAT_MAX_NEIGHBOURS 64
#define LEAT_PORT_NAME 64
#define LEAT_ORIGIN 64 /* where an entry of a list was said, for messages: "leat.ini:7", "--addr" */

/** What a core does when a turn found nothing. */
enum leat_idle {
	LEAT_IDLE_ADAPTIVE, /**< spin a while, then sleep until a packet, a timer or a wake-up */
	LEAT_IDLE_SPIN,     /**< never sleep: lowest latency, 100 % of a CPU */
};

/** How packets come to the core that their connection lives on, when there are several. */
enum leat_steering {
	LEAT_STEER_AUTO,     /**< RSS where every port has it with a queue for each core, else software */
	LEAT_STEER_RSS,      /**< the ports hash, with a key of ours; software if one of them refuses */
	LEAT_STEER_SOFTWARE, /**< a keyed hash; the core that received a packet passes it on */
	LEAT_STEER_QUEUE,    /**< where it came by a queue of a port, the core that polls it: for a peer that keeps each connection on one queue */
};

/** What answers a SYN for which the half-open table has no room (RFC 4987). */
enum leat_syn_cookies {
	LEAT_COOKIES_PRESSURE, /**< a SYN cookie: the connection opens without having been remembered */
	LEAT_COOKIES_OFF,      /**< nothing: the peer tries again */
	LEAT_COOKIES_ALWAYS,   /**< cookies for every SYN, room or not */
};

/** Explicit congestion notification (RFC 3168). */
enum leat_ecn {
	LEAT_ECN_ACCEPT, /**< where the peer asks for it */
	LEAT_ECN_OFF,    /**< never */
	LEAT_ECN_ON,     /**< connections that we open ask for it too */
};

/** An ethdev port. */
struct leat_port_config {
	char name[LEAT_PORT_NAME]; /**< DPDK's name of the port: "net_tap0", "0000:03:00.0" */
	char origin[LEAT_ORIGIN];  /**< "" = the program */
};

/** An address of ours, on one port. */
struct leat_addr_config {
	struct leat_addr addr;
	uint8_t prefix_len;        /**< 0..32, or 0..128 */
	char port[LEAT_PORT_NAME]; /**< "" = the first port */
	char origin[LEAT_ORIGIN];  /**< "" = the program */
};

/** A route. A gateway is the route 0.0.0.0/0 via it. */
struct leat_route_config {
	struct leat_addr dest;
	uint8_t prefix_len;
	struct leat_addr via; /**< inside a subnet of one of the addresses */
	char origin[LEAT_ORIGIN]; /**< "" = the program */
};

/** A neighbour that is never asked for. */
struct leat_neighbour_config {
	struct leat_addr addr; /**< inside a subnet of one of the addresses */
	uint8_t mac[6];
	char origin[LEAT_ORIGIN]; /**< "" = the program */
};

/** ARP. */
struct leat_arp_config {
	bool probe;                 /**< RFC 5227: use an address only when nobody on the link has it; takes 4 to 7 s; default false */
};

/** IP. */
struct leat_ip_config {
	uint8_t ttl;                /**< time to live of what is sent, RFC 9293 3.9.2: 1..255; default 64 */
	bool pmtu;                  /**< path MTU discovery, RFC 1191: set Don't Fragment and believe ICMP about it; default true */
};

/** TCP. Times in nanoseconds, sizes in bytes. */
struct leat_tcp_config {
	uint32_t rcv_buf;           /**< receive window a connection begins with, 2 KiB..1 GiB; default 64 KiB */
	uint32_t rcv_buf_max;       /**< that it may grow to if its application takes so much in a round trip, 2 KiB..1 GiB; 0: it does not grow; default 4 MiB */
	uint32_t snd_buf;           /**< bytes a connection may queue to send, 2 KiB..1 GiB; default 256 KiB */
	uint16_t mss;               /**< largest MSS we offer, 0 = what the route's MTU allows (default), else 64..65495 */
	uint8_t initial_window;     /**< segments, RFC 6928: 1..64, default 10 */
	uint8_t syn_retries;        /**< SYN and SYN-ACK retransmissions before giving up, 1..10; default 7 for SYN (RFC 1122: 3 minutes) */
	uint8_t synack_retries;     /**< 1..10, default 5 */
	uint8_t blackhole;          /**< timeouts of a large segment before a smaller one is tried (RFC 2923), 0 = never, 1..15, default 3 */
	uint8_t retries;            /**< data retransmissions before ETIMEDOUT, 1..15, default 15 */
	bool timestamps;            /**< RFC 7323, default true */
	bool window_scale;          /**< RFC 7323, default true */
	bool sack;                  /**< offer SACK-permitted, RFC 2018, default true */
	bool tail_loss_probe;       /**< RFC 8985 7, default true */
	bool nodelay;               /**< Nagle off for new connections, default false */
	enum leat_tcp_congestion congestion; /**< of new connections, default LEAT_TCP_CUBIC */
	uint64_t msl;               /**< RFC 9293 maximum segment lifetime: 1 ms..240 s, default 30 s; TIME-WAIT lasts two */
	uint64_t rto_min;           /**< 1 ms..60 s, default 200 ms */
	uint64_t rto_initial;       /**< RFC 6298, 10 ms..60 s, default 1 s */
	uint64_t rto_max;           /**< 1 s..240 s, default 120 s */
	uint64_t delayed_ack;       /**< 0 = acknowledge each turn .. 500 ms, default 40 ms */
	uint32_t max_orphans;       /**< per core, connections that may wait to end after leat_tcp_close(): 1..64 M, default 65536; beyond it they are reset */
	uint64_t fin_wait2;         /**< how long a closed connection waits for the peer's FIN: 1 ms..1 h, default 60 s */
	uint64_t keepalive;         /**< idle time before the first probe, 0 = off (default), 10 ms..1 day */
	uint64_t keepalive_interval; /**< 10 ms..1 day, default 75 s */
	uint8_t keepalive_probes;   /**< 1..127, default 9 */
	uint32_t backlog;           /**< connections a listener may have half-open: 1..1 M, default 65536 */
	uint32_t rst_rate;          /**< RSTs a second of a core to segments for no connection, 1..10 M, 0 = none; default 10000 */
	enum leat_syn_cookies syn_cookies; /**< default LEAT_COOKIES_PRESSURE */
	enum leat_ecn ecn;          /**< default LEAT_ECN_ACCEPT */
	bool statistics;            /**< LEAT_TCP_STATISTICS of every new connection; default false */
	bool pacing;                /**< new connections are paced, as LEAT_TCP_PACING with UINT32_MAX; default false */
};

/** Everything leat_create() wants to know. Fill with leat_config_init(), then change. */
struct leat_config {
	uint32_t size;              /**< set by leat_config_init() */
	char name[32];              /**< of the instance, for `leat -n NAME`: letters, digits, - _ . ; default "leat" */
	unsigned cores;             /**< loops, 1..LEAT_MAX_CORES; default 1 */
	enum leat_steering steering; /**< default LEAT_STEER_AUTO; without effect with one core */
	/**
	 * What receiving and sending the packets of a connection costs a core, in percent of serving it, 0..400, default
	 * 15: where software steers, a core that does so for others gets as many fewer connections, down to half of an
	 * even share. 0: all get as many.
	 */
	unsigned steering_cost;
	/**
	 * Queue pairs of each port, 1..LEAT_MAX_CORES; 0 (default): one for each core as far as the port has them. Of memif,
	 * whose two sides must have as many, 0 is one, unless the steering is LEAT_STEER_QUEUE.
	 */
	unsigned queues;
	enum leat_idle idle;

	struct leat_port_config ports[LEAT_MAX_PORTS]; /**< none = every port EAL has probed */
	unsigned nb_ports;
	struct leat_addr_config addrs[LEAT_MAX_ADDRS];
	unsigned nb_addrs;
	struct leat_route_config routes[LEAT_MAX_ROUTES];
	unsigned nb_routes;
	struct leat_neighbour_config neighbours[LEAT_MAX_NEIGHBOURS];
	unsigned nb_neighbours;

	uint32_t mtu;               /**< 0 = the port's own, else 576..9600 */
	uint32_t rx_descriptors;    /**< per queue, a power of two 64..32768, default 1024 */
	uint32_t tx_descriptors;    /**< per queue, a power of two 64..32768, default 1024 */
	uint32_t rx_mbufs;          /**< receive buffers (2 KiB each) per core, 512..16 M, default 8192; more than the ports' rx_descriptors */
	uint32_t tx_mbufs;          /**< send buffers (2 KiB) per core, and places (256 bytes) for short data, 512..16 M, default 8192 */

	uint32_t max_connections;   /**< control blocks per core, 16..64 M, default 65536 */
	uint32_t max_half_open;     /**< SYN-RECEIVED entries per core, 16..64 M, default 65536 */
	uint32_t max_time_wait;     /**< TIME-WAIT entries per core, 16..64 M, default 262144 */

	struct leat_arp_config arp;
	struct leat_ip_config ip;
	struct leat_tcp_config tcp;

	uint32_t trace;             /**< records of the connection event trace, 0 = off (default), 64..16 M */
	bool inspect;               /**< open the socket that the program `leat` talks to; default false, true for programs */
	char pcap[256];             /**< file to write every frame to, "" = none */

	/** Nanoseconds, never going back. NULL = the monotonic clock. Called once a turn, from the core. */
	uint64_t (*clock)(void *arg);
	void *clock_arg;
	/** Keys ISNs, ports, hashes and cookies. Filled from getrandom() when has_secret is false. */
	uint8_t secret[32];
	bool has_secret;
};

/** Fills in the defaults. */
void leat_config_init(struct leat_config *config);

/**
 * Sets one key from text, as in the INI file and in --set: leat_config_set(c, "tcp.msl", "1s").
 * Keys that are lists (addr, route, neighbour, port) append. 0, or -EINVAL with *error filled.
 */
int leat_config_set(struct leat_config *config, const char *key, const char *value,
	struct leat_error *error);

/**
 * Reads an INI file: "key = value" lines; [section] puts "section." before the keys that follow,
 * [] ends it; # and ; begin a comment at the start of a line or after a blank. A key that is no
 * list may stand in it once. 0, -EINVAL, or what opening or reading gave (-ENOENT, -EISDIR, ...).
 */
int leat_config_file(struct leat_config *config, const char *path, struct leat_error *error);

/**
 * Takes leat's own options out of argv (see leat_config_usage()) and leaves the rest, in order,
 * with argc adjusted; argv[0] stays; "--" ends them and stays too, for the program's own getopt.
 * The files of --config are read before anything else, so options win over files whatever their
 * order. Returns 0, or -errno with *error filled (-EINVAL, or what leat_config_file() returned).
 * *check is set to true when --check was given (check may be NULL).
 */
int leat_config_args(struct leat_config *config, int *argc, char **argv, bool *check,
	struct leat_error *error);

/**
 * Checks the whole: every value again (a program may have set fields itself), and what concerns
 * several: gateways and neighbours in subnets, duplicates, ports that addresses name, order of the
 * retransmission timeouts, buffers for the descriptors. 0, or -EINVAL with *error filled.
 */
int leat_config_check(const struct leat_config *config, struct leat_error *error);

/**
 * Prints the resolved configuration as an INI file that reads back (but for the secret, which is
 * never shown), and as comments the memory it needs.
 */
void leat_config_print(const struct leat_config *config, FILE *to);

/** Prints leat's options, for a program's --help. */
void leat_config_usage(FILE *to);

/** Prints every key with its range, default and meaning. */
void leat_config_help(FILE *to);

#ifdef __cplusplus
}
#endif
#endif
