/* SPDX-License-Identifier: BSD-3-Clause */
/* getsockopt() and setsockopt(). */
#include <string.h>
#include <sys/time.h>
#include <leat/tcp.h>
#include "socket/app.h"

/* Linux's names */
static const char *const congestions[] = {[LEAT_TCP_CUBIC] = "cubic", [LEAT_TCP_NEWRENO] = "reno"};

enum { CONGESTION_NAME = 16, CONGESTIONS = sizeof(congestions) / sizeof(congestions[0]) };
enum { KEEP_SECONDS_MAX = 32767, KEEP_PROBES_MAX = 127, USER_TIMEOUT_MIN = 10, USER_TIMEOUT_MAX = 86400000 };
enum { RCVBUF_MIN = 2304, SNDBUF_MIN = 4608, BUF_MAX = 1 << 29, TCP_BUF_MIN = 2048 }; /* Linux's; leat/tcp.h */

/* Nobody has set it, and there is no connection to ask. */
static int
default_of(const struct leat_sockets *s, enum option option)
{
	switch (option) {
	case OPTION_RCVBUF:
	case OPTION_SNDBUF:
		return (int)s->chan.ring_size;
	case OPTION_KEEPIDLE:
		return 7200 * 1000;
	case OPTION_KEEPINTVL:
		return 75 * 1000;
	case OPTION_KEEPCNT:
		return 9;
	default:
		return 0;
	}
}

static int
ask(struct leat_sockets *s, const struct desc *d, enum option option, int *value)
{
	struct message m = {.kind = REQ_GET, .slot = d->slot, .option = option};
	int r = app_request(s, &m);

	*value = m.value < 1u << 30 ? (int)m.value : default_of(s, option);
	return r;
}

static int
tell(struct leat_sockets *s, const struct desc *d, enum option option, int value)
{
	struct message m = {.kind = REQ_SET, .slot = d->slot, .option = option, .value = (uint32_t)value};

	return app_request(s, &m);
}

/* --- set --- */

/* socket(7): the kernel doubles the value, and so it is read back. TCP's window counts payload. */
static int
set_buffer(struct leat_sockets *s, const struct desc *d, enum option option, int value)
{
	int least = (option == OPTION_RCVBUF ? RCVBUF_MIN : SNDBUF_MIN) / 2;

	value = value < 0 || value > BUF_MAX ? BUF_MAX : value < least ? least : value;
	return tell(s, d, option, value < TCP_BUF_MIN ? TCP_BUF_MIN : value);
}

static int
set_linger(struct desc *d, const void *value, socklen_t len)
{
	struct linger l;

	if (len < sizeof(l))
		return -EINVAL;
	memcpy(&l, value, sizeof(l));
	d->linger = l.l_onoff != 0;
	if (d->linger)
		d->linger_seconds = l.l_linger < 0 ? INT32_MAX : l.l_linger;
	return 0;
}

static int
set_timeout(uint64_t *timeout, const void *value, socklen_t len)
{
	struct timeval t;

	if (len < sizeof(t))
		return -EINVAL;
	memcpy(&t, value, sizeof(t));
	if (t.tv_usec < 0 || t.tv_usec >= 1000000)
		return -EDOM;
	if (t.tv_sec == 0 && t.tv_usec == 0)
		*timeout = WAIT_FOREVER;
	else if (t.tv_sec < 0)
		*timeout = 0;
	else if ((uint64_t)t.tv_sec > WAIT_FOREVER / 2000000000u)
		*timeout = WAIT_FOREVER;
	else
		*timeout = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
	return 0;
}

static int
set_socket(struct leat_sockets *s, struct desc *d, int name, const void *value, socklen_t len)
{
	int v;

	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	switch (name) {
	case SO_REUSEADDR:
		return tell(s, d, OPTION_REUSE, v != 0);
	case SO_KEEPALIVE:
		return tell(s, d, OPTION_KEEPALIVE, v != 0);
	case SO_RCVBUF:
		return set_buffer(s, d, OPTION_RCVBUF, v);
	case SO_SNDBUF:
		return set_buffer(s, d, OPTION_SNDBUF, v);
	case SO_LINGER:
		return set_linger(d, value, len);
	case SO_RCVTIMEO:
		return set_timeout(&d->rcv_timeout, value, len);
	case SO_SNDTIMEO:
		return set_timeout(&d->snd_timeout, value, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* Milliseconds; leat counts to a day, and from ten. */
static int
set_user_timeout(struct leat_sockets *s, const struct desc *d, int value)
{
	if (value < 0)
		return -EINVAL;
	if (value > 0 && value < USER_TIMEOUT_MIN)
		value = USER_TIMEOUT_MIN;
	return tell(s, d, OPTION_USER_TIMEOUT, value > USER_TIMEOUT_MAX ? USER_TIMEOUT_MAX : value);
}

static int
set_congestion(struct leat_sockets *s, const struct desc *d, const char *value, socklen_t len)
{
	char name[CONGESTION_NAME] = "";

	if (len < 1)
		return -EINVAL;
	memcpy(name, value, strnlen(value, len < sizeof(name) ? len : sizeof(name) - 1));
	for (int i = 0; i < CONGESTIONS; i++)
		if (strcmp(name, congestions[i]) == 0)
			return tell(s, d, OPTION_CONGESTION, i);
	return -ENOENT;
}

static int
set_tcp(struct leat_sockets *s, const struct desc *d, int name, const void *value, socklen_t len)
{
	int v;

	if (name == TCP_CONGESTION)
		return set_congestion(s, d, value, len);
	if (name != TCP_NODELAY && name != TCP_USER_TIMEOUT &&
		name != TCP_KEEPIDLE && name != TCP_KEEPINTVL && name != TCP_KEEPCNT)
		return -ENOPROTOOPT;
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	switch (name) {
	case TCP_NODELAY:
		return tell(s, d, OPTION_NODELAY, v != 0);
	case TCP_USER_TIMEOUT:
		return set_user_timeout(s, d, v);
	case TCP_KEEPCNT:
		return v < 1 || v > KEEP_PROBES_MAX ? -EINVAL : tell(s, d, OPTION_KEEPCNT, v);
	default:
		if (v < 1 || v > KEEP_SECONDS_MAX)
			return -EINVAL;
		return tell(s, d, name == TCP_KEEPIDLE ? OPTION_KEEPIDLE : OPTION_KEEPINTVL, v * 1000);
	}
}

static int
do_set(struct leat_sockets *s, int fd, int level, int name, const void *value, socklen_t len)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && (int)len < 0)
		r = -EINVAL;
	if (r == 0 && value == NULL)
		r = -EFAULT;
	if (r < 0)
		return r;
	if (level == SOL_SOCKET)
		return set_socket(s, d, name, value, len);
	if (level == IPPROTO_TCP && d->type == SOCK_STREAM)
		return set_tcp(s, d, name, value, len);
	return -ENOPROTOOPT;
}

int
leat_setsockopt(struct leat_sockets *s, int fd, int level, int name, const void *value, socklen_t len)
{
	return (int)sys(do_set(s, fd, level, name, value, len));
}

/* --- get --- */

/* As much of the answer as there is room for. */
static int
give(const void *answer, size_t size, void *value, socklen_t *len)
{
	if (*len > size)
		*len = (socklen_t)size;
	memcpy(value, answer, *len);
	return 0;
}

static int
give_int(int r, int answer, void *value, socklen_t *len)
{
	return r < 0 ? r : give(&answer, sizeof(answer), value, len);
}

static int
give_timeout(uint64_t timeout, void *value, socklen_t *len)
{
	struct timeval t = {0};

	if (timeout != WAIT_FOREVER)
		t = (struct timeval){.tv_sec = (time_t)(timeout / 1000000000u),
			.tv_usec = (suseconds_t)(timeout % 1000000000u / 1000u)};
	return give(&t, sizeof(t), value, len);
}

static int
get_socket(struct leat_sockets *s, const struct desc *d, int name, void *value, socklen_t *len)
{
	const struct linger l = {.l_onoff = d->linger, .l_linger = d->linger_seconds};
	int v = 0, r = 0;

	switch (name) {
	case SO_ERROR:
		return give_int(0, desc_take_error(s, d), value, len);
	case SO_TYPE:
		return give_int(0, d->type, value, len);
	case SO_DOMAIN:
		return give_int(0, AF_INET, value, len);
	case SO_PROTOCOL:
		return give_int(0, d->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP, value, len);
	case SO_ACCEPTCONN:
		return give_int(0, d->listening, value, len);
	case SO_REUSEADDR:
		r = ask(s, d, OPTION_REUSE, &v);
		return give_int(r, v, value, len);
	case SO_KEEPALIVE:
		r = ask(s, d, OPTION_KEEPALIVE, &v);
		return give_int(r, v, value, len);
	case SO_RCVBUF:
		r = ask(s, d, OPTION_RCVBUF, &v);
		return give_int(r, 2 * v, value, len);
	case SO_SNDBUF:
		r = ask(s, d, OPTION_SNDBUF, &v);
		return give_int(r, 2 * v, value, len);
	case SO_LINGER:
		return give(&l, sizeof(l), value, len);
	case SO_RCVTIMEO:
		return give_timeout(d->rcv_timeout, value, len);
	case SO_SNDTIMEO:
		return give_timeout(d->snd_timeout, value, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* The name as the kernel keeps it, with all the zeros behind it. */
static int
give_congestion(int r, int which, void *value, socklen_t *len)
{
	char name[CONGESTION_NAME] = "";

	if (r < 0)
		return r;
	strncpy(name, congestions[which < CONGESTIONS ? which : 0], sizeof(name) - 1);
	return give(name, sizeof(name), value, len);
}

static int
get_tcp(struct leat_sockets *s, const struct desc *d, int name, void *value, socklen_t *len)
{
	struct message m = {.kind = REQ_INFO, .slot = d->slot};
	int v = 0, r;

	switch (name) {
	case TCP_NODELAY:
		r = ask(s, d, OPTION_NODELAY, &v);
		return give_int(r, v, value, len);
	case TCP_CONGESTION:
		r = ask(s, d, OPTION_CONGESTION, &v);
		return give_congestion(r, v, value, len);
	case TCP_KEEPIDLE:
		r = ask(s, d, OPTION_KEEPIDLE, &v);
		return give_int(r, v / 1000, value, len);
	case TCP_KEEPINTVL:
		r = ask(s, d, OPTION_KEEPINTVL, &v);
		return give_int(r, v / 1000, value, len);
	case TCP_KEEPCNT:
		r = ask(s, d, OPTION_KEEPCNT, &v);
		return give_int(r, v, value, len);
	case TCP_USER_TIMEOUT:
		r = ask(s, d, OPTION_USER_TIMEOUT, &v);
		return give_int(r, v, value, len);
	case TCP_MAXSEG:
		r = app_request(s, &m);
		/* RFC 9293 3.7.1: 536 is what one may send who knows nothing */
		return give_int(r, m.info.tcpi_snd_mss != 0 ? (int)m.info.tcpi_snd_mss : 536, value, len);
	case TCP_INFO:
		r = app_request(s, &m);
		return r < 0 ? r : give(&m.info, sizeof(m.info), value, len);
	default:
		return -ENOPROTOOPT;
	}
}

static int
do_get(struct leat_sockets *s, int fd, int level, int name, void *value, socklen_t *len)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && len == NULL)
		r = -EFAULT;
	if (r == 0 && (int)*len < 0)
		r = -EINVAL;
	if (r == 0 && value == NULL)
		r = -EFAULT;
	if (r < 0)
		return r;
	if (level == SOL_SOCKET)
		return get_socket(s, d, name, value, len);
	if (level == IPPROTO_TCP && d->type == SOCK_STREAM)
		return get_tcp(s, d, name, value, len);
	return level == IPPROTO_IP ? -ENOPROTOOPT : -EOPNOTSUPP;
}

int
leat_getsockopt(struct leat_sockets *s, int fd, int level, int name, void *value, socklen_t *len)
{
	return (int)sys(do_get(s, fd, level, name, value, len));
}
