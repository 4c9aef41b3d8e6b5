/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "base/number.h"

typedef int (*parse_fn)(const char *text, uint64_t *out);

/* A text and what it means; error 0 = value counts. */
struct row {
	const char *text;
	int error;
	uint64_t value;
};

static void
check_rows(parse_fn parse, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t got = 4711;
		int error = parse(rows[i].text, &got);

		cr_expect_eq(error, rows[i].error, "\"%s\": returned %d", rows[i].text, error);
		cr_expect_eq(got, rows[i].error ? 4711 : rows[i].value, "\"%s\": %lu", rows[i].text, got);
	}
}

#define CHECK(parse, ...) \
	do { \
		static const struct row rows_[] = {__VA_ARGS__}; \
		check_rows(parse, rows_, sizeof(rows_) / sizeof(rows_[0])); \
	} while (0)

Test(number, digits)
{
	CHECK(number_parse, {"0", 0, 0}, {"1", 0, 1}, {"007", 0, 7}, {"65536", 0, 65536},
		{"18446744073709551615", 0, UINT64_MAX});
}

Test(number, digits_and_nothing_else)
{
	CHECK(number_parse, {"", -EINVAL, 0}, {"-1", -EINVAL, 0}, {"+1", -EINVAL, 0}, {" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0}, {"1x", -EINVAL, 0}, {"x1", -EINVAL, 0}, {"0x10", -EINVAL, 0},
		{"1.5", -EINVAL, 0}, {"1e3", -EINVAL, 0}, {"1K", -EINVAL, 0}, {"1\n", -EINVAL, 0},
		{"18446744073709551616x", -EINVAL, 0});
}

Test(number, digits_that_do_not_fit)
{
	/* 2^64, 2^64 + 4 (its last multiplication fits, the addition does not), far more. */
	CHECK(number_parse, {"18446744073709551616", -ERANGE, 0}, {"18446744073709551620", -ERANGE, 0},
		{"99999999999999999999", -ERANGE, 0}, {"184467440737095516150", -ERANGE, 0},
		{"1000000000000000000000000000000000000001", -ERANGE, 0});
}

Test(number, sizes)
{
	CHECK(number_parse_size, {"0", 0, 0}, {"1500", 0, 1500}, {"64K", 0, 65536}, {"64k", 0, 65536},
		{"1M", 0, 1048576}, {"2G", 0, 2147483648}, {"2g", 0, 2147483648}, {"0K", 0, 0},
		{"17179869183G", 0, UINT64_MAX - (1 << 30) + 1});
}

Test(number, sizes_refused)
{
	CHECK(number_parse_size, {"", -EINVAL, 0}, {"K", -EINVAL, 0}, {"1KB", -EINVAL, 0}, {"1KK", -EINVAL, 0},
		{"1 K", -EINVAL, 0}, {"1T", -EINVAL, 0}, {"-1K", -EINVAL, 0}, {"1K ", -EINVAL, 0},
		{"1.5M", -EINVAL, 0}, {"17179869184G", -ERANGE, 0}, {"18446744073709551616", -ERANGE, 0},
		{"18446744073709551616K", -ERANGE, 0}, {"18446744073709551616Q", -EINVAL, 0});
}

Test(number, durations)
{
	CHECK(number_parse_duration, {"0", 0, 0}, {"0s", 0, 0}, {"7ns", 0, 7}, {"200us", 0, 200000},
		{"500ms", 0, 500000000}, {"1s", 0, 1000000000}, {"2m", 0, 120000000000},
		{"1h", 0, 3600000000000}, {"1d", 0, 86400000000000}, {"213503d", 0, 213503 * 86400000000000u});
}

Test(number, durations_refused)
{
	CHECK(number_parse_duration, {"", -EINVAL, 0}, {"s", -EINVAL, 0}, {"1", -EINVAL, 0}, {"1S", -EINVAL, 0},
		{"1 s", -EINVAL, 0}, {"1sec", -EINVAL, 0}, {"1s ", -EINVAL, 0}, {"-1s", -EINVAL, 0},
		{"1.5s", -EINVAL, 0}, {"1m30s", -EINVAL, 0}, {"213504d", -ERANGE, 0},
		{"18446744073709551616s", -ERANGE, 0}, {"18446744073709551616w", -EINVAL, 0});
}

Test(number, booleans)
{
	static const char *const yes[] = {"on", "true", "yes", "1"};
	static const char *const no[] = {"off", "false", "no", "0"};
	static const char *const neither[] = {"", "On", "TRUE", "2", "-1", "y", "on ", " on", "01", "enabled"};
	bool b;

	for (size_t i = 0; i < 4; i++) {
		b = false;
		cr_expect_eq(number_parse_bool(yes[i], &b), 0);
		cr_expect(b, "%s", yes[i]);
		cr_expect_eq(number_parse_bool(no[i], &b), 0);
		cr_expect(!b, "%s", no[i]);
	}
	for (size_t i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
		cr_expect_eq(number_parse_bool(neither[i], &b), -EINVAL, "\"%s\"", neither[i]);
}

Test(number, sizes_as_text)
{
	static const struct row rows[] = {{"0", 0, 0}, {"1", 0, 1}, {"8192", 0, 8192}, {"15K", 0, 15360},
		{"16K", 0, 16384}, {"65495", 0, 65495}, {"64K", 0, 65536}, {"16M", 0, 16 << 20},
		{"1G", 0, 1 << 30}, {"1025M", 0, 1025 << 20}, {"18446744073709551615", 0, UINT64_MAX}};
	char buf[NUMBER_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t back = 0;
		/* 15K is below the limit from which units are used. */
		const char *want = rows[i].value == 15360 ? "15360" : rows[i].text;

		cr_expect_str_eq(number_write_size(rows[i].value, buf), want);
		cr_expect_eq(number_parse_size(buf, &back), 0);
		cr_expect_eq(back, rows[i].value);
	}
}

Test(number, durations_as_text)
{
	static const struct row rows[] = {{"0", 0, 0}, {"1ns", 0, 1}, {"1500ns", 0, 1500}, {"40ms", 0, 40000000},
		{"1s", 0, 1000000000}, {"75s", 0, 75000000000}, {"2m", 0, 120000000000},
		{"1h", 0, 3600000000000}, {"1d", 0, 86400000000000}, {"25h", 0, 25 * 3600000000000},
		{"18446744073709551615ns", 0, UINT64_MAX}};
	char buf[NUMBER_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t back = 0;

		cr_expect_str_eq(number_write_duration(rows[i].value, buf), rows[i].text);
		cr_expect_eq(number_parse_duration(buf, &back), 0);
		cr_expect_eq(back, rows[i].value);
	}
}

Test(number, hex_bytes)
{
	static const char *const bad[] = {"", "00:1b:21:aa:bb", "00:1b:21:aa:bb:cc:dd", "00:1b:21:aa:bb:c",
		"00:1b:21:aa:bb:cg", "00-1b-21-aa-bb-cc", "001b21aabbcc", "00:1b:21:aa:bb:cc ", " 0:1b:21:aa:bb:cc",
		"00:1b:21:aa:b:ccc", "00:1b:21:aa:bb:@@", "00:1b:21:aa:bb:\x10\x11"};
	static const uint8_t want[6] = {0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc};
	uint8_t out[6] = {0};

	cr_expect_eq(number_parse_hex("00:1b:21:aA:Bb:cc", ':', out, 6), 0);
	cr_expect_arr_eq(out, want, 6);
	memset(out, 7, sizeof(out));
	cr_expect_eq(number_parse_hex("001B21aabbcc", '\0', out, 6), 0);
	cr_expect_arr_eq(out, want, 6);
	memset(out, 7, sizeof(out));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(number_parse_hex(bad[i], ':', out, 6), -EINVAL, "\"%s\"", bad[i]);
	cr_expect_eq(number_parse_hex("001b21aabbc", '\0', out, 6), -EINVAL);
	cr_expect_eq(number_parse_hex("001b21aabbcc0", '\0', out, 6), -EINVAL);
	for (size_t i = 0; i < sizeof(out); i++)
		cr_expect_eq(out[i], 7, "written though refused");
}
