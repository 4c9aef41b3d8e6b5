/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GET_URL_H
#define GET_URL_H
/* http://ADDRESS[:PORT][/PATH][?QUERY] (RFC 3986). */
#include <leat/addr.h>

enum {
	URL_HOST_MAX = 64,
	URL_TARGET_MAX = 8000, /* what every server must take, RFC 9112 3 */
};

struct url {
	struct leat_endpoint remote;
	char host[URL_HOST_MAX];           /* as given: the Host field's value */
	char target[URL_TARGET_MAX + 1];   /* origin-form */
};

/* 0, or -EINVAL with *why set to what is wrong. */
int url_parse(const char *text, struct url *url, const char **why);

#endif
