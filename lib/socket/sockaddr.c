/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <string.h>
#include "socket/app.h"

/* INADDR_ANY is LEAT_UNSPEC: leat's word for every address of ours. */
int
sockaddr_read(const struct sockaddr *addr, socklen_t len, struct leat_endpoint *out)
{
	struct sockaddr_in in;

	if (addr == NULL)
		return -EFAULT;
	if (len < sizeof(in) || len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	memcpy(&in, addr, sizeof(in));
	if (in.sin_family != AF_INET)
		return -EAFNOSUPPORT;
	*out = (struct leat_endpoint){.port = ntohs(in.sin_port)};
	if (in.sin_addr.s_addr != htonl(INADDR_ANY)) {
		out->addr.family = LEAT_IPV4;
		out->addr.v4 = in.sin_addr.s_addr;
	}
	return 0;
}

int
sockaddr_write(const struct leat_endpoint *from, struct sockaddr *addr, socklen_t *len)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(from->port),
		.sin_addr.s_addr = from->addr.v4};

	if (addr == NULL)
		return 0;
	if (len == NULL)
		return -EFAULT;
	if ((int)*len < 0)
		return -EINVAL;
	memcpy(addr, &in, *len < sizeof(in) ? *len : sizeof(in));
	*len = sizeof(in);
	return 0;
}
