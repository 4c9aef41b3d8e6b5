/* SPDX-License-Identifier: BSD-3-Clause */
/* URLs of leat-get. */
#include <criterion/criterion.h>
#include <string.h>
#include "get/url.h"

Test(url, accepted)
{
	static const struct {
		const char *text, *remote, *host, *target;
	} cases[] = {
		{"http://192.0.2.1", "192.0.2.1:80", "192.0.2.1", "/"},
		{"HTTP://192.0.2.1/", "192.0.2.1:80", "192.0.2.1", "/"},
		{"192.0.2.1/a", "192.0.2.1:80", "192.0.2.1", "/a"},
		{"http://192.0.2.1:8080/a/b?c=d", "192.0.2.1:8080", "192.0.2.1:8080", "/a/b?c=d"},
		{"http://192.0.2.1?c", "192.0.2.1:80", "192.0.2.1", "/?c"},
		{"http://192.0.2.1/a#part", "192.0.2.1:80", "192.0.2.1", "/a"},
		{"http://192.0.2.1#part", "192.0.2.1:80", "192.0.2.1", "/"},
		{"http://[2001:db8::1]/", "[2001:db8::1]:80", "[2001:db8::1]", "/"},
		{"http://[2001:db8::1]:81/", "[2001:db8::1]:81", "[2001:db8::1]:81", "/"},
		{"http://192.0.2.1/a//b", "192.0.2.1:80", "192.0.2.1", "/a//b"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char remote[LEAT_ENDPOINT_TEXT];
		struct url url;
		const char *why;

		cr_assert_eq(url_parse(cases[i].text, &url, &why), 0, "%s: %s", cases[i].text, why);
		cr_assert_str_eq(leat_endpoint_format(&url.remote, remote, sizeof(remote)), cases[i].remote);
		cr_assert_str_eq(url.host, cases[i].host);
		cr_assert_str_eq(url.target, cases[i].target);
	}
}

Test(url, refused)
{
	static const char *const cases[] = {"", "http://", "http:///a", "https://192.0.2.1/", "ftp://192.0.2.1/",
		"http://example.org/", "http://192.0.2.1:/", "http://192.0.2.1:0/", "http://192.0.2.1:65536/",
		"http://user@192.0.2.1/", "http://[192.0.2.1/", "http://[/", "http://192.0.2/", "http://:80/",
		"http://192.0.2.1/a b", "http://192.0.2.1/\r\nX: y", "http://192.0.2.1/\xc3\xa4"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url url;
		const char *why = NULL;

		cr_assert_lt(url_parse(cases[i], &url, &why), 0, "%s", cases[i]);
		cr_assert_not_null(why);
	}
}

Test(url, longest_target)
{
	char text[URL_TARGET_MAX + 100];
	struct url url;
	const char *why;

	memset(text, 'a', sizeof(text));
	memcpy(text, "http://192.0.2.1/", 17);
	text[16 + URL_TARGET_MAX - 1] = '\0';
	cr_assert_eq(url_parse(text, &url, &why), 0);
	cr_assert_eq(strlen(url.target), URL_TARGET_MAX - 1);
	text[16 + URL_TARGET_MAX - 1] = 'a';
	text[16 + URL_TARGET_MAX] = '\0';
	cr_assert_lt(url_parse(text, &url, &why), 0);
}
