/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP headers, in blocks of their exact size. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include "wire/udp.h"

/* A DNS question's header: 51966 to 53, 36 bytes. */
static const uint8_t dns[] = {0xca, 0xfe, 0x00, 0x35, 0x00, 0x24, 0x12, 0x34};

/* Parses an exact-size copy of the header with this length field, in a datagram of len bytes. */
static int
parse(uint16_t field, uint32_t len, struct udp_header *h)
{
	size_t readable = len < sizeof(dns) ? len : sizeof(dns);
	uint8_t *copy = malloc(readable > 0 ? readable : 1);

	memcpy(copy, dns, readable);
	for (size_t i = 4; i < readable && i < 6; i++)
		copy[i] = (uint8_t)(i == 4 ? field >> 8 : field);
	int rc = udp_parse(copy, len, h);
	free(copy);
	return rc;
}

Test(udp_header, is_read)
{
	struct udp_header h;

	cr_assert_eq(udp_parse(dns, 36, &h), 0);
	cr_assert_eq(h.src, 51966);
	cr_assert_eq(h.dst, 53);
	cr_assert_eq(h.len, 36);
}

Test(udp_header, a_length_is_between_the_header_and_the_datagram)
{
	struct udp_header h;

	for (uint32_t len = 0; len < 100; len++)
		for (uint16_t field = 0; field < 110; field++)
			cr_assert_eq(parse(field, len, &h), len >= 8 && field >= 8 && field <= len ? 0 : -EBADMSG,
				"%u of %u", field, len);
	cr_assert_eq(parse(65535, 65535, &h), 0);
	cr_assert_eq(parse(65535, 65534, &h), -EBADMSG);
}

Test(udp_header, is_written_with_the_checksum_left_open)
{
	const struct udp_header h = {.src = 51966, .dst = 53, .len = 36};
	uint8_t *out = malloc(UDP_HDR_LEN);

	memset(out, 0xa5, UDP_HDR_LEN);
	udp_write(out, &h);
	cr_assert_eq(memcmp(out, dns, UDP_CKSUM_AT), 0);
	cr_assert_eq(out[6] | out[7], 0);
	free(out);
}
