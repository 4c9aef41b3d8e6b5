/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "url.h"

enum { HTTP_PORT = 80 };

/* "A:PORT", "[A]:PORT", "A" or "[A]" */
static int
parse_host(struct url *url)
{
	char bare[URL_HOST_MAX];
	size_t len = strlen(url->host);

	if (leat_endpoint_parse(url->host, &url->remote) == 0 && url->remote.addr.family != LEAT_UNSPEC)
		return url->remote.port != 0 ? 0 : -EINVAL;
	url->remote.port = HTTP_PORT;
	if (url->host[0] != '[')
		return leat_addr_parse(url->host, &url->remote.addr);
	if (url->host[len - 1] != ']')
		return -EINVAL;
	snprintf(bare, sizeof(bare), "%.*s", (int)len - 2, url->host + 1);
	return leat_addr_parse(bare, &url->remote.addr);
}

/* What would end the request line, or begin another, never gets into it. */
static bool
is_target(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)at[i] <= ' ' || (unsigned char)at[i] >= 0x7f)
			return false;
	}
	return true;
}

int
url_parse(const char *text, struct url *url, const char **why)
{
	const char *scheme = strstr(text, "://");
	const char *host = text;

	memset(url, 0, sizeof(*url));
	if (scheme != NULL) {
		*why = "only http:// is spoken here";
		if (scheme - text != 4 || strncasecmp(text, "http", 4) != 0)
			return -EINVAL;
		host = scheme + 3;
	}
	size_t host_len = strcspn(host, "/?#");
	*why = "an address is wanted, e.g. http://192.0.2.1/ or http://[2001:db8::1]:8080/";
	if (host_len == 0 || host_len >= sizeof(url->host))
		return -EINVAL;
	memcpy(url->host, host, host_len);
	if (parse_host(url) < 0)
		return -EINVAL;

	const char *rest = host + host_len;
	size_t rest_len = strcspn(rest, "#");
	*why = "the path is too long, or has characters that must be written as %XX";
	if (rest_len + 1 > URL_TARGET_MAX || !is_target(rest, rest_len))
		return -EINVAL;
	snprintf(url->target, sizeof(url->target), "%s%.*s", rest[0] == '/' ? "" : "/", (int)rest_len, rest);
	return 0;
}
