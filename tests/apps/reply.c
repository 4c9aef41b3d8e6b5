/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests to replies, over a real folder: statuses, fields, conditions, ranges, and the root's fence. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "httpd/files.h"
#include "httpd/reply.h"
#include "httpd/torn.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
enum { DATE_SECONDS = 784111777, BIG = 100000 };

static char dir[] = "/tmp/leat-reply-XXXXXX";
static struct site site;
static uint64_t now = 1000000000;
static char text[REPLY_MAX + 1];
static uint64_t body;
static struct reply last;

static void
write_file(const char *name, const char *data, size_t len)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	cr_assert_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void
set_time(const char *name)
{
	struct timespec times[2] = {{DATE_SECONDS, 0}, {DATE_SECONDS, 0}};
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
make_dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cr_assert_eq(mkdir(path, 0755), 0);
}

static void
make_link(const char *to, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cr_assert_eq(symlink(to, path), 0);
}

static void
set_up(void)
{
	static char big[BIG];
	char root[256];

	cr_assert_not_null(mkdtemp(dir));
	for (int i = 0; i < BIG; i++)
		big[i] = (char)('a' + i % 26);
	make_dir("root");
	make_dir("root/sub");
	make_dir("root/bare");
	make_dir("root/odd");
	make_dir("root/odd/index.html");
	make_dir("root/s p");
	write_file("secret.txt", "secret", 6);
	write_file("root/index.html", "index", 5);
	write_file("root/sub/index.html", "sub", 3);
	write_file("root/a.txt", "0123456789", 10);
	write_file("root/empty", "", 0);
	write_file("root/big.bin", big, BIG);
	write_file("root/~x y.css", "c", 1);
	make_link("a.txt", "root/inside");
	make_link("../secret.txt", "root/outside");
	make_link("/etc/passwd", "root/absolute");
	make_link("..", "root/up");
	make_link("loop", "root/loop");
	snprintf(root, sizeof(root), "%s/root/fifo", dir);
	cr_assert_eq(mkfifo(root, 0644), 0);
	set_time("root/a.txt");
	snprintf(root, sizeof(root), "%s/root", dir);
	cr_assert_eq(files_open(root, &site.files), 0);
}

static void
tear_down(void)
{
	char command[128];

	if (site.files != NULL)
		files_close(site.files);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}

TestSuite(reply, .init = set_up, .fini = tear_down);

/* Sends a whole head; leaves the answer's head (and small body) in text, its status is returned. */
static int
ask_raw(const char *head)
{
	struct http_parser p;

	http_parser_init(&p);
	int n = http_parse(&p, head, strlen(head));
	cr_assert_neq(n, 0, "%s", head);
	if (n < 0)
		reply_refuse(&last, -n);
	else
		reply_to(&last, &site, &p.request, head, now);
	size_t len = reply_write(&last, DATE, text, &body);
	cr_assert_leq(len, REPLY_MAX);
	text[len] = '\0';
	if (last.file != NULL)
		file_release(last.file);
	cr_assert(strncmp(text, "HTTP/1.1 ", 9) == 0);
	cr_assert_not_null(strstr(text, "\r\nDate: " DATE "\r\n"));
	return atoi(text + 9);
}

static int
ask(const char *method, const char *target, const char *fields)
{
	static char head[HTTP_HEAD_MAX];

	snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, fields);
	return ask_raw(head);
}

static bool
says(const char *line)
{
	char all[512];

	snprintf(all, sizeof(all), "\r\n%s\r\n", line);
	return strstr(text, all) != NULL;
}

static const char *
body_text(void)
{
	return strstr(text, "\r\n\r\n") + 4;
}

Test(reply, targets)
{
	static const struct {
		const char *target;
		int status;
		const char *body; /* NULL: not looked at */
	} cases[] = {
		{"/", 200, "index"},
		{"/index.html", 200, "index"},
		{"/sub/", 200, "sub"},
		{"/sub/../a.txt?q=1", 200, "0123456789"},
		{"/%61.txt", 200, "0123456789"},
		{"http://other/a.txt", 200, "0123456789"},
		{"/~x%20y.css", 200, "c"},
		{"/empty", 200, ""},
		{"/inside", 200, "0123456789"},
		{"/sub", 301, NULL},
		{"/bare/", 404, "404 Not Found\n"},
		{"/nothing", 404, "404 Not Found\n"},
		{"/a.txt/", 404, NULL},
		{"/a.txt/b", 404, NULL},
		{"/odd/", 404, NULL},
		{"/fifo", 404, NULL},
		{"/loop", 404, NULL},
		{"/outside", 404, NULL},
		{"/absolute", 404, NULL},
		{"/up/secret.txt", 404, NULL},
		{"/up/root/a.txt", 404, NULL},
		{"/../secret.txt", 400, "400 Bad Request\n"},
		{"/%2e%2e/secret.txt", 400, NULL},
		{"/sub/..%2f..%2fsecret.txt", 400, NULL},
		{"/a.txt%00", 400, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = ask("GET", cases[i].target, "");

		cr_assert_eq(status, cases[i].status, "%s: %d", cases[i].target, status);
		if (cases[i].body != NULL)
			cr_assert_str_eq(body_text(), cases[i].body, "%s", cases[i].target);
		cr_assert_null(strstr(text, "secret\n"));
	}
}

Test(reply, a_name_longer_than_any_file_is_not_found)
{
	char target[HTTP_LINE_MAX - 20];

	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	cr_assert_eq(ask("GET", target, ""), 404);
	for (size_t i = 200; i < sizeof(target) - 1; i += 200)
		target[i] = '/';
	cr_assert_eq(ask("GET", target, ""), 404);
}

Test(reply, redirect_names_this_host)
{
	cr_assert_eq(ask("GET", "//sub", ""), 301);
	cr_assert(says("Location: /sub/"));
	cr_assert_eq(ask("GET", "/s%20p", ""), 301);
	cr_assert(says("Location: /s%20p/"));
}

Test(reply, fields_of_a_file)
{
	cr_assert_eq(ask("GET", "/a.txt", ""), 200);
	cr_assert(says("Content-Length: 10"));
	cr_assert(says("Content-Type: text/plain; charset=utf-8"));
	cr_assert(says("Last-Modified: " DATE));
	cr_assert(says("ETag: \"2ebc98a1.0-a\""));
	cr_assert(says("Accept-Ranges: bytes"));
	cr_assert_null(strstr(text, "Connection:"));
}

Test(reply, a_large_body_is_left_to_send)
{
	cr_assert_eq(ask("GET", "/big.bin", ""), 200);
	cr_assert_eq(body, BIG);
	cr_assert_str_eq(body_text(), "");
	cr_assert(says("Content-Length: 100000"));
	cr_assert(says("Content-Type: application/octet-stream"));
}

Test(reply, head_has_the_fields_of_get_and_no_body)
{
	cr_assert_eq(ask("HEAD", "/big.bin", ""), 200);
	cr_assert(says("Content-Length: 100000"));
	cr_assert_eq(body, 0);
	cr_assert_eq(ask("HEAD", "/a.txt", "Range: bytes=0-1\r\n"), 200);
	cr_assert(says("Content-Length: 10"));
	cr_assert_str_eq(body_text(), "");
	cr_assert_eq(ask("HEAD", "/nothing", ""), 404);
	cr_assert(says("Content-Length: 14"));
	cr_assert_str_eq(body_text(), "");
}

Test(reply, ranges)
{
	cr_assert_eq(ask("GET", "/a.txt", "Range: bytes=2-4\r\n"), 206);
	cr_assert_str_eq(body_text(), "234");
	cr_assert(says("Content-Range: bytes 2-4/10"));
	cr_assert(says("Content-Length: 3"));
	cr_assert_eq(ask("GET", "/a.txt", "Range: bytes=-4\r\n"), 206);
	cr_assert_str_eq(body_text(), "6789");
	cr_assert_eq(ask("GET", "/a.txt", "Range: bytes=10-\r\n"), 416);
	cr_assert(says("Content-Range: bytes */10"));
	cr_assert_eq(ask("GET", "/a.txt", "Range: bytes=0-1,4-5\r\n"), 200);
	cr_assert_str_eq(body_text(), "0123456789");
	cr_assert_eq(ask("GET", "/big.bin", "Range: bytes=26-\r\n"), 206);
	cr_assert_eq(body, BIG - 26);
	cr_assert_eq(last.first, 26);
}

Test(reply, if_range)
{
#define RANGE "Range: bytes=0-0\r\nIf-Range: "
	cr_assert_eq(ask("GET", "/a.txt", RANGE "\"2ebc98a1.0-a\"\r\n"), 206);
	cr_assert_eq(ask("GET", "/a.txt", RANGE "W/\"2ebc98a1.0-a\"\r\n"), 200);
	cr_assert_eq(ask("GET", "/a.txt", RANGE "\"other\"\r\n"), 200);
	cr_assert_eq(ask("GET", "/a.txt", RANGE DATE "\r\n"), 206);
	cr_assert_eq(ask("GET", "/a.txt", RANGE "Sun, 06 Nov 1994 08:49:38 GMT\r\n"), 200);
}

/* RFC 9110 13.2.2: which condition counts when there are several. */
Test(reply, conditions)
{
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT\r\n"
#define LATER "Sun, 06 Nov 1994 08:49:38 GMT\r\n"
#define TAG "\"2ebc98a1.0-a\"\r\n"
	static const struct {
		const char *fields;
		int status;
	} cases[] = {
		{"If-None-Match: " TAG, 304},
		{"If-None-Match: W/" TAG, 304},
		{"If-None-Match: *\r\n", 304},
		{"If-None-Match: \"other\"\r\n", 200},
		{"If-Modified-Since: " DATE "\r\n", 304},
		{"If-Modified-Since: " LATER, 304},
		{"If-Modified-Since: " EARLIER, 200},
		{"If-Modified-Since: then\r\n", 200},
		{"If-None-Match: \"other\"\r\nIf-Modified-Since: " DATE "\r\n", 200},
		{"If-None-Match: " TAG "If-Modified-Since: " EARLIER, 304},
		{"If-Match: " TAG, 200},
		{"If-Match: *\r\n", 200},
		{"If-Match: W/" TAG, 412},
		{"If-Match: \"other\"\r\n", 412},
		{"If-Unmodified-Since: " DATE "\r\n", 200},
		{"If-Unmodified-Since: " EARLIER, 412},
		{"If-Match: " TAG "If-Unmodified-Since: " EARLIER, 200},
		{"If-Match: \"other\"\r\nIf-None-Match: " TAG, 412},
		{"If-None-Match: " TAG "Range: bytes=0-0\r\n", 304},
		{"If-Modified-Since: " EARLIER "Range: bytes=0-0\r\n", 206},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = ask("GET", "/a.txt", cases[i].fields);
		cr_assert_eq(status, cases[i].status, "%s: %d", cases[i].fields, status);
	}
}

Test(reply, not_modified_has_no_body)
{
	cr_assert_eq(ask("GET", "/a.txt", "If-None-Match: *\r\n"), 304);
	cr_assert_str_eq(body_text(), "");
	cr_assert(says("ETag: \"2ebc98a1.0-a\""));
	cr_assert_null(strstr(text, "Content-Length"));
}

Test(reply, methods)
{
	static const char *const known[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		cr_assert_eq(ask(known[i], "/", ""), 405, "%s", known[i]);
		cr_assert(says("Allow: GET, HEAD"));
	}
	cr_assert_eq(ask("OPTIONS", "*", ""), 405);
	cr_assert_eq(ask("BREW", "/", ""), 501);
	cr_assert(!last.close);
}

Test(reply, bodies_of_requests)
{
	cr_assert_eq(ask("GET", "/", "Content-Length: 1048576\r\n"), 200);
	cr_assert(!last.refused && !last.close);
	cr_assert_eq(ask("GET", "/", "Content-Length: 1048577\r\n"), 413);
	cr_assert(last.refused && says("Connection: close"));
	cr_assert_eq(ask("POST", "/", "Transfer-Encoding: chunked\r\n"), 411);
	cr_assert(last.refused && says("Connection: close"));
	cr_assert_eq(ask("GET", "/", "Content-Length: 5\r\nExpect: 100-continue\r\n"), 200);
	cr_assert(last.refused && says("Connection: close"));
}

Test(reply, refusals_of_the_parser)
{
	char *head = malloc(3 * HTTP_HEAD_MAX);

	cr_assert_eq(ask_raw("GET / HTTP/1.1\r\n\r\n"), 400);
	cr_assert(last.refused && says("Connection: close"));
	cr_assert_str_eq(body_text(), "400 Bad Request\n");
	cr_assert_eq(ask_raw("GET / HTTP/2.0\r\n\r\n"), 505);
	sprintf(head, "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_LINE_MAX, 0);
	cr_assert_eq(ask_raw(head), 414);
	sprintf(head, "GET / HTTP/1.1\r\nHost: a\r\nX: %0*d\r\n\r\n", HTTP_HEAD_MAX, 0);
	cr_assert_eq(ask_raw(head), 431);
	cr_assert_str_eq(body_text(), "431 Request Header Fields Too Large\n");
	free(head);
}

Test(reply, connection_field)
{
	cr_assert_eq(ask("GET", "/", "Connection: close\r\n"), 200);
	cr_assert(says("Connection: close") && last.close && !last.refused);
	cr_assert_eq(ask_raw("GET / HTTP/1.0\r\n\r\n"), 200);
	cr_assert(says("Connection: close"));
	cr_assert_eq(ask_raw("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200);
	cr_assert(says("Connection: keep-alive"));
}

Test(reply, a_changed_file_is_noticed_within_a_second)
{
	cr_assert_eq(ask("GET", "/index.html", ""), 200);
	cr_assert_str_eq(body_text(), "index");
	write_file("root/new", "changed!", 8);
	char from[256], to[256];
	snprintf(from, sizeof(from), "%s/root/new", dir);
	snprintf(to, sizeof(to), "%s/root/index.html", dir);
	cr_assert_eq(rename(from, to), 0);
	now += 999999999;
	ask("GET", "/index.html", "");
	cr_assert_str_eq(body_text(), "index", "asked of the disk once a second, not more");
	now += 1;
	ask("GET", "/index.html", "");
	cr_assert_str_eq(body_text(), "changed!");
	cr_assert_eq(unlink(to), 0);
	now += 1000000000;
	cr_assert_eq(ask("GET", "/index.html", ""), 404);
}

Test(reply, a_mapping_lives_as_long_as_somebody_holds_it)
{
	struct file *held;
	char path[256];

	cr_assert_eq(files_get(site.files, "big.bin", now, &held), 0);
	snprintf(path, sizeof(path), "%s/root/big.bin", dir);
	cr_assert_eq(unlink(path), 0);
	now += 2000000000;
	cr_assert_eq(ask("GET", "/big.bin", ""), 404);
	cr_assert_eq(held->refs, 1, "the cache has let it go");
	cr_assert_eq(held->data[BIG - 1], 'a' + (BIG - 1) % 26);
	const void *page = (const void *)((uintptr_t)held->data & ~4095ul);
	unsigned char resident;
	file_release(held);
	cr_assert_eq(mincore((void *)(uintptr_t)page, 1, &resident), -1, "still mapped");
	cr_assert_eq(errno, ENOMEM);
}

/* `cp new big.bin` truncates what is being sent: no SIGBUS, and the sender is told. */
Test(reply, a_file_truncated_under_our_hands)
{
	struct file *held, *again;
	char path[256];

	torn_start();
	cr_assert_eq(files_get(site.files, "big.bin", now, &held), 0);
	snprintf(path, sizeof(path), "%s/root/big.bin", dir);
	cr_assert_eq(truncate(path, 5000), 0);
	cr_assert(!held->torn);
	cr_assert_eq(*(volatile const char *)(held->data + 50000), 0);
	cr_assert(held->torn);
	cr_assert_eq(*(volatile const char *)(held->data + 100), 'a' + 100 % 26, "what is left stays");
	cr_assert_eq(files_get(site.files, "big.bin", now, &again), 0);
	cr_assert_neq(again, held);
	cr_assert_eq(again->size, 5000);
	file_release(held);
	file_release(again);
}

Test(reply, the_cache_is_bounded_and_forgets_the_oldest)
{
	struct file *first, *f;
	char name[64];

	for (int i = 0; i <= FILES_CACHED; i++) {
		snprintf(name, sizeof(name), "root/f%d", i);
		write_file(name, "x", 1);
	}
	cr_assert_eq(files_get(site.files, "f0", now, &first), 0);
	cr_assert_eq(first->refs, 2);
	for (int i = 1; i < FILES_CACHED; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		cr_assert_eq(files_get(site.files, name, now, &f), 0);
		file_release(f);
	}
	cr_assert_eq(first->refs, 2, "the cache is full, no more");
	snprintf(name, sizeof(name), "f%d", FILES_CACHED);
	cr_assert_eq(files_get(site.files, name, now, &f), 0);
	file_release(f);
	cr_assert_eq(first->refs, 1);
	file_release(first);
}

Test(reply, a_fixed_body_answers_where_it_should)
{
	struct file *fixed = file_fixed("text/plain", "hello", 5);

	files_close(site.files);
	site = (struct site){.fixed = fixed};
	cr_assert_eq(ask("GET", "/", ""), 200);
	cr_assert_str_eq(body_text(), "hello");
	cr_assert_eq(ask("GET", "/x", ""), 404);
	site.every_path = true;
	cr_assert_eq(ask("GET", "/x?y", ""), 200);
	cr_assert_str_eq(body_text(), "hello");
	cr_assert_eq(ask("GET", "/../x", ""), 400);
	cr_assert_eq(fixed->refs, 1);
	file_release(fixed);
}
