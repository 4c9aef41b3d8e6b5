/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "fetch.h"

enum {
	REQUEST_MAX = URL_TARGET_MAX + 512,
	PIECES = 16,
};

/* How long the connection's end is waited for when all has been received. */
static const uint64_t GOODBYE_NS = 1000000000;

__attribute__((format(printf, 2, 3))) static void
fail(struct fetch *f, const char *format, ...)
{
	va_list ap;

	if (f->failed)
		return; /* the first is the cause */
	f->failed = true;
	fprintf(stderr, "%s: ", f->name);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Each line of a head, with a mark before it, on stderr. */
static void
show_head(const char *mark, const char *head, size_t len)
{
	const char *end = head + len;

	while (head < end) {
		const char *lf = memchr(head, '\n', (size_t)(end - head));
		const char *to = lf != NULL ? lf : end;
		int n = (int)(to - head);
		fprintf(stderr, "%s %.*s\n", mark, n > 0 && to[-1] == '\r' ? n - 1 : n, head);
		head = to + 1;
	}
}

static void
show_connection(const struct fetch *f)
{
	char local[LEAT_ENDPOINT_TEXT], remote[LEAT_ENDPOINT_TEXT];
	struct leat_endpoint ep;

	leat_tcp_local(f->conn, &ep);
	leat_endpoint_format(&ep, local, sizeof(local));
	leat_endpoint_format(&f->url->remote, remote, sizeof(remote));
	fprintf(stderr, "* connected from %s to %s in %.3f ms\n", local, remote,
		(double)(leat_core_now(f->core) - f->began) / 1e6);
}

/* What could not be written is not fetched further. */
static void
write_out(struct fetch *f, const char *data, size_t len)
{
	if (f->to == NULL)
		f->to = f->output ? fopen(f->output, "we") : stdout;
	if (f->to == NULL)
		fail(f, "%s: %s", f->output, strerror(errno));
	else if (len > 0 && fwrite(data, 1, len, f->to) != len)
		fail(f, "%s: %s", f->output ? f->output : "stdout", strerror(errno));
}

static void
on_head(void *arg, const char *head, size_t len)
{
	struct fetch *f = arg;

	if (f->verbose)
		show_head("<", head, len);
	if (f->head)
		write_out(f, head, len);
	else
		write_out(f, NULL, 0); /* an empty body makes an empty file */
}

static void
on_body(void *arg, const char *data, size_t len)
{
	struct fetch *f = arg;

	f->bytes += len;
	if (!f->failed)
		write_out(f, data, len);
}

static const struct response_events response_events = {on_head, on_body};

static void
progress(struct fetch *f)
{
	if (f->timeout > 0)
		leat_timer_arm(f->timer, f->timeout);
}

/* The last request says so: the server then closes first, and keeps the TIME-WAIT. */
static void
send_request(struct fetch *f)
{
	char text[REQUEST_MAX];
	int n = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: leat-get/%s\r\nAccept: */*\r\n",
		f->head ? "HEAD" : "GET", f->url->target, f->url->host, leat_version());

	if (f->range != NULL)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "Range: bytes=%s\r\n", f->range);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "%s\r\n",
		f->done + 1 == f->count ? "Connection: close\r\n" : "");
	response_begin(&f->response, f->head, &response_events, f);
	if (f->verbose)
		show_head(">", text, (size_t)n);
	if (leat_tcp_send(f->conn, text, (size_t)n) != n)
		fail(f, "the send buffer does not take a request of %d bytes (tcp.snd_buf)", n);
}

static void
give_up(struct fetch *f)
{
	leat_tcp_abort(f->conn);
}

static void
say_goodbye(struct fetch *f)
{
	f->ended = leat_core_now(f->core);
	f->quiet = true;
	leat_tcp_close(f->conn);
	leat_timer_arm(f->timer, GOODBYE_NS);
}

/* A response is complete: the next request, or the end. */
static void
next(struct fetch *f)
{
	f->done++;
	f->last_status = f->response.status;
	f->errors += f->response.status >= 400;
	if (f->done < f->count && response_reusable(&f->response)) {
		send_request(f);
		return;
	}
	if (f->done < f->count)
		fail(f, "the server ends the connection after %llu of %llu responses",
			(unsigned long long)f->done, (unsigned long long)f->count);
	say_goodbye(f);
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct fetch *f = user;

	f->conn = conn;
	if (f->verbose)
		show_connection(f);
	progress(f);
	send_request(f);
	if (f->failed)
		give_up(f);
}

/* Feeds one piece; false: nothing more is to be read. */
static bool
feed(struct fetch *f, const struct iovec *iov)
{
	ssize_t n = response_feed(&f->response, iov->iov_base, iov->iov_len);

	if (n == -EMSGSIZE)
		fail(f, "the response's head is longer than %d bytes", RESPONSE_HEAD_MAX);
	else if (n < 0)
		fail(f, "what came is no HTTP/1.1 response");
	if (f->failed) {
		give_up(f);
		return false;
	}
	leat_tcp_consume(f->conn, (size_t)n);
	if (f->response.state != RESPONSE_DONE)
		return true;
	if (leat_rx_size(leat_tcp_rx(f->conn)) > 0) {
		fail(f, "the server sent more than it announced");
		give_up(f);
	} else {
		next(f);
	}
	return false;
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct fetch *f = user;
	struct iovec iov[PIECES];
	int pieces;

	(void)conn;
	progress(f);
	while ((pieces = leat_rx_iov(rx, iov, PIECES)) > 0) {
		/* What was consumed is gone, but only it: the pieces behind it stay where they are. */
		for (int i = 0; i < pieces; i++) {
			if (!feed(f, &iov[i]))
				return;
		}
	}
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	struct fetch *f = user;

	(void)conn;
	if (response_end(&f->response) == 0) {
		next(f);
		return;
	}
	if (f->response.state == RESPONSE_HEAD && f->response.head_len == 0)
		fail(f, "the server closed without an answer");
	else
		fail(f, "the server closed in the middle of the response, after %llu bytes of the body",
			(unsigned long long)f->bytes);
	say_goodbye(f);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct fetch *f = user;
	char remote[LEAT_ENDPOINT_TEXT];

	(void)conn;
	f->conn = NULL;
	if (!f->quiet && reason != 0)
		fail(f, "%s: %s", leat_endpoint_format(&f->url->remote, remote, sizeof(remote)),
			strerror(reason));
	if (f->ended == 0)
		f->ended = leat_core_now(f->core);
	leat_stop(f->leat);
}

static void
on_timer(struct leat_timer *timer, void *user)
{
	struct fetch *f = user;

	(void)timer;
	if (!f->quiet)
		fail(f, "timed out: nothing came for %g s", (double)f->timeout / 1e9);
	if (f->conn != NULL)
		leat_tcp_abort(f->conn);
}

static const struct leat_tcp_events events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

int
fetch_start(struct fetch *f)
{
	char remote[LEAT_ENDPOINT_TEXT];

	f->timer = leat_timer_create(f->core, on_timer, f);
	if (f->timer == NULL) {
		fail(f, "no memory for a timer");
		return -1;
	}
	leat_core_poll(f->core); /* so that its clock shows the present */
	f->began = leat_core_now(f->core);
	progress(f);
	int rc = leat_tcp_connect(f->core, NULL, &f->url->remote, &events, f, &f->conn);
	if (rc < 0) {
		fail(f, "%s: %s", leat_endpoint_format(&f->url->remote, remote, sizeof(remote)),
			rc == -ENETUNREACH ? "no route (see --addr, --gateway)" : strerror(-rc));
		leat_timer_free(f->timer);
		return -1;
	}
	return 0;
}

bool
fetch_finish(struct fetch *f)
{
	if (f->done < f->count)
		fail(f, "interrupted");
	if (f->ended == 0)
		f->ended = leat_core_now(f->core);
	leat_timer_free(f->timer);
	if (f->to != NULL && (f->to == stdout ? fflush(stdout) : fclose(f->to)) != 0)
		fail(f, "%s: %s", f->output ? f->output : "stdout", strerror(errno));
	return !f->failed;
}
