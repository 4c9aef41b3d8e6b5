/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SOCKET_LAB_H
#define TESTS_SOCKET_LAB_H
/*
 * Two hosts on one wire, each with an instance and a socket table, both driven by the one thread
 * of the test, in virtual time. While one waits in a blocking call the other gets its turns; when
 * neither has anything to do the clock jumps to the next timer.
 *
 *   client  198.18.0.1        server  198.18.0.2
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <criterion/criterion.h>
#include <leat/leat.h>
#include <leat/socket.h>

#define LAB_MS 1000000ull
#define LAB_SEC 1000000000ull

struct host {
	struct leat *leat;
	struct leat_core *core;
	struct leat_sockets *s;
};

extern struct host client, server;

/* What the application of the other host does whenever a blocking call has nothing to do; may be NULL. */
extern void (*lab_other)(void);

/* May be changed before lab_start(). */
extern struct leat_sockets_config lab_sockets;
extern struct leat_tcp_config lab_tcp;

void lab_start(void);

/* Closes all; asserts that no connection, listener or packet buffer is left. */
void lab_stop(void);

uint64_t lab_now(void);

/* Both hosts turn until neither has anything to do; no time passes. */
void lab_settle(void);

/* Lets time pass. */
void lab_after(uint64_t ns);

/* The wire is cut: what is sent is lost. */
void lab_cut(bool cut);

struct sockaddr_in lab_addr(const struct host *h, uint16_t port);

/* A listener of the server on this port. */
int lab_listen(uint16_t port, int backlog);

/* A blocking connection from the client; *accepted is the server's end. */
int lab_connect(int listener, uint16_t port, int *accepted);

/* Criterion does not tell of an assertion that fails before or after a test; this does. */
void lab_need(bool holds, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
#define need(holds, ...) lab_need(holds, __FILE__, __LINE__, __VA_ARGS__)

/* Asserts that a call returned -1 with this errno. */
#define fails(call, error)                                                                  \
	do {                                                                                \
		errno = 0;                                                                  \
		long long r_##error = (call);                                               \
		need(r_##error == -1, "%s returned %lld", #call, r_##error);                \
		need(errno == (error), "%s: %s, not %s", #call, strerror(errno), strerror(error)); \
	} while (0)

/* Asserts that it did not, and gives what it returned. */
#define works(call) lab_works(call, __FILE__, __LINE__, #call)
int lab_works(long long result, const char *file, int line, const char *call);

#endif
