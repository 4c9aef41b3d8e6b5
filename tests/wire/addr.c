/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include <leat/addr.h>

Test(addr, there_and_back)
{
	static const char *const texts[] = {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::",
		"2001:db8:1:2:3:4:5:6"};
	struct leat_addr a;
	char buf[LEAT_ADDR_TEXT];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(leat_addr_parse(texts[i], &a), 0, "%s", texts[i]);
		cr_assert_eq(a.family, strchr(texts[i], ':') != NULL ? LEAT_IPV6 : LEAT_IPV4);
		cr_assert_str_eq(leat_addr_format(&a, buf, sizeof(buf)), texts[i]);
	}
}

Test(addr, what_is_none)
{
	static const char *const texts[] = {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1/24",
		"192.0.2.01x", "example.org", "2001:db8:::1", "[2001:db8::1]", "192.0.2.1:80"};
	struct leat_addr a = leat_ipv4(1, 2, 3, 4), before = a;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(leat_addr_parse(texts[i], &a), -EINVAL, "%s", texts[i]);
		cr_assert(leat_addr_equal(&a, &before), "%s changed it", texts[i]);
	}
}

Test(addr, the_bytes_behind_an_ipv4_address_are_zero)
{
	const uint8_t want[16] = {192, 0, 2, 1};
	struct leat_addr a;

	memset(&a, 0xff, sizeof(a));
	cr_assert_eq(leat_addr_parse("192.0.2.1", &a), 0);
	cr_assert_arr_eq(a.bytes, want, 16);
	a = leat_ipv4(192, 0, 2, 1);
	cr_assert_arr_eq(a.bytes, want, 16);
}

Test(addr, endpoints_there_and_back)
{
	static const char *const texts[] = {"192.0.2.1:80", "192.0.2.1:0", "192.0.2.1:65535", "[2001:db8::1]:443",
		"[2001:db8:1111:2222:3333:4444:5555:6666]:65535"};
	struct leat_endpoint ep;
	char buf[LEAT_ENDPOINT_TEXT];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(leat_endpoint_parse(texts[i], &ep), 0, "%s", texts[i]);
		cr_assert_str_eq(leat_endpoint_format(&ep, buf, sizeof(buf)), texts[i]);
	}
}

Test(addr, an_endpoint_of_any_address)
{
	struct leat_endpoint ep;
	char buf[LEAT_ENDPOINT_TEXT];

	cr_assert_eq(leat_endpoint_parse(":80", &ep), 0);
	cr_assert_eq(ep.addr.family, LEAT_UNSPEC);
	cr_assert_eq(ep.port, 80);
	cr_assert_str_eq(leat_endpoint_format(&ep, buf, sizeof(buf)), "*:80");
}

Test(addr, what_is_no_endpoint)
{
	static const char *const texts[] = {"", "80", "192.0.2.1", "192.0.2.1:", "192.0.2.1:70000", "192.0.2.1:80x",
		"192.0.2.1:-1", "192.0.2.1:+80", "192.0.2.1: 80", "192.0.2.1:000080", "2001:db8::1:80", "2001:db8::1",
		"[192.0.2.1]:80", "[2001:db8::1]80", "[]:80", "[2001:db8::1:80", "2001:db8::1]:80"};
	struct leat_endpoint ep;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_eq(leat_endpoint_parse(texts[i], &ep), -EINVAL, "%s", texts[i]);
}
