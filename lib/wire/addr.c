/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <leat/addr.h>

int
leat_addr_parse(const char *text, struct leat_addr *out)
{
	struct leat_addr a = {.family = LEAT_IPV4};

	if (inet_pton(AF_INET, text, a.bytes) != 1) {
		a.family = LEAT_IPV6;
		if (inet_pton(AF_INET6, text, a.bytes) != 1)
			return -EINVAL;
	}
	*out = a;
	return 0;
}

char *
leat_addr_format(const struct leat_addr *addr, char *buf, size_t size)
{
	int af = addr->family == LEAT_IPV6 ? AF_INET6 : AF_INET;

	if (addr->family == LEAT_UNSPEC || inet_ntop(af, addr->bytes, buf, (socklen_t)size) == NULL)
		snprintf(buf, size, "*");
	return buf;
}

/* "0".."65535" and nothing behind it. */
static int
parse_port(const char *text, uint16_t *port)
{
	uint32_t value = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	if (value > UINT16_MAX)
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

/* The address of an endpoint: text[0..len), in brackets when it is IPv6, empty when it is any. */
static int
parse_host(const char *text, size_t len, struct leat_addr *out)
{
	char host[LEAT_ADDR_TEXT];
	bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return 0;
	if (brackets) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (leat_addr_parse(host, out) < 0 || brackets != (out->family == LEAT_IPV6))
		return -EINVAL;
	return 0;
}

int
leat_endpoint_parse(const char *text, struct leat_endpoint *out)
{
	const char *colon = strrchr(text, ':');
	struct leat_endpoint ep;

	if (colon == NULL || parse_host(text, (size_t)(colon - text), &ep.addr) < 0 ||
	    parse_port(colon + 1, &ep.port) < 0)
		return -EINVAL;
	*out = ep;
	return 0;
}

char *
leat_endpoint_format(const struct leat_endpoint *ep, char *buf, size_t size)
{
	char host[LEAT_ADDR_TEXT] = "";
	bool v6 = ep->addr.family == LEAT_IPV6;

	leat_addr_format(&ep->addr, host, sizeof(host));
	snprintf(buf, size, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", ep->port);
	return buf;
}

struct leat_addr
leat_ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct leat_addr){.bytes = {a, b, c, d}, .family = LEAT_IPV4};
}
