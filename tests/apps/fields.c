/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranges, entity tags and dates. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>
#include "httpd/fields.h"

Test(fields, ranges)
{
	static const struct {
		const char *value;
		uint64_t size;
		enum range_kind want;
		uint64_t first, last;
	} cases[] = {
		{"bytes=0-0", 10, RANGE_PART, 0, 0},
		{"bytes=0-9", 10, RANGE_PART, 0, 9},
		{"bytes=2-5", 10, RANGE_PART, 2, 5},
		{"bytes=9-", 10, RANGE_PART, 9, 9},
		{"bytes=0-", 10, RANGE_PART, 0, 9},
		{"bytes=5-99", 10, RANGE_PART, 5, 9},
		{"bytes=5-99999999999999999999999", 10, RANGE_PART, 5, 9},
		{"bytes=-3", 10, RANGE_PART, 7, 9},
		{"bytes=-10", 10, RANGE_PART, 0, 9},
		{"bytes=-99", 10, RANGE_PART, 0, 9},
		{"BYTES=1-2", 10, RANGE_PART, 1, 2},
		{"bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0},
		{"bytes=99999999999999999999999-", 10, RANGE_UNSATISFIABLE, 0, 0},
		{"bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0},
		{"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
		{"bytes=-1", 0, RANGE_WHOLE, 0, 0},
		{"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
		{"bytes=5-2", 10, RANGE_WHOLE, 0, 0},
		{"bytes=-", 10, RANGE_WHOLE, 0, 0},
		{"bytes=5", 10, RANGE_WHOLE, 0, 0},
		{"bytes=", 10, RANGE_WHOLE, 0, 0},
		{"bytes", 10, RANGE_WHOLE, 0, 0},
		{"bytes=a-b", 10, RANGE_WHOLE, 0, 0},
		{"bytes=1-2x", 10, RANGE_WHOLE, 0, 0},
		{"bytes=--1", 10, RANGE_WHOLE, 0, 0},
		{"lines=1-2", 10, RANGE_WHOLE, 0, 0},
		{"", 10, RANGE_WHOLE, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t first = 77, last = 77;
		enum range_kind kind =
			range_parse(cases[i].value, strlen(cases[i].value), cases[i].size, &first, &last);

		cr_assert_eq(kind, cases[i].want, "%s of %" PRIu64, cases[i].value, cases[i].size);
		if (kind == RANGE_PART) {
			cr_assert_eq(first, cases[i].first, "%s", cases[i].value);
			cr_assert_eq(last, cases[i].last, "%s", cases[i].value);
		}
	}
}

Test(fields, entity_tags)
{
	static const struct {
		const char *list;
		bool weak, strong;
	} cases[] = {
		{"\"x\"", true, true},
		{"W/\"x\"", true, false},
		{"*", true, true},
		{"\"a\", \"x\"", true, true},
		{"\"a\" ,\tW/\"x\"", true, false},
		{",, \"x\"", true, true},
		{"\"a,x\", \"b\"", false, false},
		{"\"xx\"", false, false},
		{"\"\"", false, false},
		{"x", false, false},
		{"\"x", false, false},
		{"\"a\" * \"x\"", false, false},
		{"w/\"x\"", false, false},
		{"", false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *list = cases[i].list;

		cr_assert_eq(etag_matches(list, strlen(list), "\"x\"", true), cases[i].weak, "%s", list);
		cr_assert_eq(etag_matches(list, strlen(list), "\"x\"", false), cases[i].strong, "%s", list);
	}
}

/* The example of RFC 9110 5.6.7, in its three forms. */
Test(fields, dates)
{
	static const struct {
		const char *text;
		time_t want;
	} cases[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Sun, 06 Nov 1994 08:49:37", -1},
		{"Sun, 06 Nov 1994 08:49:37 GMT+1", -1},
		{"yesterday", -1},
		{"", -1},
		{"Sun, 06 Nov 1994 08:49:37 GMT                                              ", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(date_parse(cases[i].text, strlen(cases[i].text)), cases[i].want, "\"%s\"",
			cases[i].text);
}

Test(fields, dates_written)
{
	char text[DATE_TEXT];

	date_format(784111777, text);
	cr_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	date_format(INT64_MAX, text);
	cr_assert_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	date_format(-5, text);
	cr_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
}
