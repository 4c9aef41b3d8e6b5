/* SPDX-License-Identifier: BSD-3-Clause */
/* Request targets to paths: nothing leads out of the root. */
#include <criterion/criterion.h>
#include <string.h>
#include "httpd/path.h"

Test(path, targets)
{
	static const struct {
		const char *target;
		const char *want; /* NULL: 400 */
	} cases[] = {
		{"/", ""},
		{"/a", "a"},
		{"/a/", "a/"},
		{"/a/b.html?x=/../..", "a/b.html"},
		{"/?", ""},
		{"//a///b//", "a/b/"},
		{"/./a/./b/.", "a/b/"},
		{"/a/../b", "b"},
		{"/a/b/..", "a/"},
		{"/a/b/../", "a/"},
		{"/a/..", ""},
		{"/a/b/../../c", "c"},
		{"/...", "..."},
		{"/..a/.b", "..a/.b"},
		{"/%41%2fb", "A/b"},
		{"/a%20b", "a b"},
		{"/%c3%a4", "\xc3\xa4"},
		{"/a%3fb", "a?b"},
		{"/%25", "%"},
		{"http://h/a", "a"},
		{"HTTP://h:80", ""},
		{"http://h?q", ""},

		{"/..", NULL},
		{"/../etc/passwd", NULL},
		{"/a/../../etc/passwd", NULL},
		{"/%2e%2e/etc/passwd", NULL},
		{"/.%2E/etc/passwd", NULL},
		{"/%2e%2e%2fetc/passwd", NULL},
		{"/a%2f..%2f..%2fetc", NULL},
		{"//../x", NULL},
		{"/a//../../x", NULL},
		{"http://h/../x", NULL},
		{"/a%00.html", NULL},
		{"/%", NULL},
		{"/%4", NULL},
		{"/%4g", NULL},
		{"/a#b", NULL},
		{"*", NULL},
		{"a", NULL},
		{"", NULL},
		{"h:80", NULL},
		{"https://h/", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[128];
		int n = path_parse(cases[i].target, strlen(cases[i].target), path);

		if (cases[i].want == NULL) {
			cr_assert_eq(n, -400, "%s: %d", cases[i].target, n);
			continue;
		}
		cr_assert_str_eq(path, cases[i].want, "%s: \"%s\"", cases[i].target, path);
		cr_assert_eq((size_t)n, strlen(cases[i].want));
	}
}

/* Double encoding is decoded once: what is left names a file of that odd name. */
Test(path, decoded_once)
{
	char path[64];

	cr_assert_eq(path_parse("/%252e%252e/x", 13, path), 8);
	cr_assert_str_eq(path, "%2e%2e/x");
}

Test(path, encoded)
{
	char out[16];

	cr_assert_eq(path_encode("a b/\xc3", out, sizeof(out)), 9);
	cr_assert_str_eq(out, "a%20b/%C3");
	cr_assert_eq(path_encode("\r\n", out, sizeof(out)), 6);
	cr_assert_str_eq(out, "%0D%0A");
	cr_assert_eq(path_encode("0123456789abcde", out, sizeof(out)), 15);
	cr_assert_eq(path_encode("0123456789abcdef", out, sizeof(out)), -1);
	cr_assert_eq(path_encode("0123456789abc ", out, sizeof(out)), -1);
}
