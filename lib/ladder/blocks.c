/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <rte_byteorder.h>
#include "base/error.h"
#include "ladder/blocks.h"

enum {
	PCAP_HEAD = 24, PCAP_FRAME_HEAD = 16,
	BLOCK_MIN = 12,           /* type, length, length */
	EPB_HEAD = 28, IDB_HEAD = 16, SHB_HEAD = 16, SPB_HEAD = 12,
	OPT_END = 0, OPT_COMMENT = 1, OPT_TSRESOL = 9, OPT_TSOFFSET = 14,
	MICROSECONDS = 6, NANOSECONDS = 9,
	DIGITS_MAX = 18,          /* of a decimal clock: 10^18 fits into 64 bits */
	NS_PER_SEC = 1000000000,
};

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define BLOCK_SECTION 0x0a0d0d0au /* reads the same in either order */
#define BLOCK_ORDER 0x1a2b3c4du
#define BLOCK_INTERFACE 1u
#define BLOCK_SIMPLE 3u
#define BLOCK_ENHANCED 6u

static uint16_t
get16(const struct blocks *b, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return b->swapped ? rte_bswap16(v) : v;
}

static uint32_t
get32(const struct blocks *b, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return b->swapped ? rte_bswap32(v) : v;
}

static int
refuse(const struct blocks *b, struct leat_error *error, const char *what, uint32_t value)
{
	return error_set(error, EBADMSG, "%s: damaged at byte %zu: %s %u", b->path, b->at, what, value);
}

/* --- classic pcap --- */

static int
open_classic(struct blocks *b, bool nano)
{
	b->interfaces[0] = (struct blocks_interface){.link = (uint16_t)get32(b, b->base + 20),
		.digits = nano ? NANOSECONDS : MICROSECONDS};
	b->nb_interfaces = 1;
	b->at = PCAP_HEAD;
	return 0;
}

static int
next_classic(struct blocks *b, struct blocks_frame *f, struct leat_error *error)
{
	const uint8_t *h = b->base + b->at;
	size_t left = b->size - b->at;

	if (left < PCAP_FRAME_HEAD) {
		b->cut = left > 0;
		return 0;
	}
	uint32_t nano = get32(b, h + 4), captured = get32(b, h + 8);
	if (captured > INT32_MAX)
		return refuse(b, error, "a frame's length cannot be", captured);
	if (left - PCAP_FRAME_HEAD < captured) {
		b->cut = true;
		return 0;
	}
	*f = (struct blocks_frame){.bytes = h + PCAP_FRAME_HEAD, .captured = captured, .len = get32(b, h + 12),
		.link = b->interfaces[0].link,
		.time = (uint64_t)get32(b, h) * NS_PER_SEC + (b->interfaces[0].digits == NANOSECONDS ? nano : nano * 1000ull)};
	b->at += PCAP_FRAME_HEAD + captured;
	return 1;
}

/* --- pcapng --- */

/* The next option in [*p, end), which *p then is behind; false: there is none. */
static bool
next_option(const struct blocks *b, const uint8_t **p, const uint8_t *end, uint16_t *code, const uint8_t **value,
	uint16_t *len)
{
	if (end - *p < 4)
		return false;
	*code = get16(b, *p);
	*len = get16(b, *p + 2);
	*value = *p + 4;
	if (*code == OPT_END || *len > end - *value)
		return false;
	*p = *value + RTE_MIN((ptrdiff_t)RTE_ALIGN_CEIL(*len, 4u), end - *value);
	return true;
}

static int
read_interface(struct blocks *b, const uint8_t *block, const uint8_t *end, struct leat_error *error)
{
	struct blocks_interface *i = &b->interfaces[b->nb_interfaces];
	const uint8_t *p = block + IDB_HEAD, *value;
	uint16_t code, len;

	if (b->nb_interfaces == BLOCKS_INTERFACES)
		return refuse(b, error, "there are more interfaces than", BLOCKS_INTERFACES);
	*i = (struct blocks_interface){.link = get16(b, block + 8), .digits = MICROSECONDS};
	while (next_option(b, &p, end, &code, &value, &len)) {
		if (code == OPT_TSRESOL && len == 1) {
			i->binary = (*value & 0x80) != 0;
			i->digits = *value & 0x7f;
		} else if (code == OPT_TSOFFSET && len == 8) {
			uint64_t low = get32(b, value + (b->swapped ? 4 : 0)), high = get32(b, value + (b->swapped ? 0 : 4));
			i->offset = (int64_t)(high << 32 | low);
		}
	}
	if (i->digits > (i->binary ? 63 : DIGITS_MAX))
		return refuse(b, error, "a clock cannot be as fine as", i->digits);
	b->nb_interfaces++;
	return 0;
}

static uint64_t
to_ns(const struct blocks_interface *i, uint64_t ticks)
{
	unsigned __int128 ns = ticks;
	uint64_t unit = 1;

	if (i->binary)
		ns = ns * NS_PER_SEC >> i->digits;
	for (unsigned d = i->digits; !i->binary && d < NANOSECONDS; d++)
		ns *= 10;
	for (unsigned d = NANOSECONDS; !i->binary && d < i->digits; d++)
		unit *= 10;
	return (uint64_t)(ns / unit) + (uint64_t)i->offset * NS_PER_SEC;
}

static int
read_enhanced(struct blocks *b, const uint8_t *block, const uint8_t *end, struct blocks_frame *f,
	struct leat_error *error)
{
	uint32_t interface = get32(b, block + 8), captured = get32(b, block + 20);
	uint16_t code, len;
	const uint8_t *value;

	if (interface >= b->nb_interfaces)
		return refuse(b, error, "there is no interface", interface);
	if (captured > end - (block + EPB_HEAD))
		return refuse(b, error, "a frame is longer than its block:", captured);
	const uint8_t *p = block + EPB_HEAD + RTE_MIN((ptrdiff_t)RTE_ALIGN_CEIL((uint64_t)captured, 4u),
		end - (block + EPB_HEAD));
	*f = (struct blocks_frame){.bytes = block + EPB_HEAD, .captured = captured, .len = get32(b, block + 24),
		.link = b->interfaces[interface].link,
		.time = to_ns(&b->interfaces[interface], (uint64_t)get32(b, block + 12) << 32 | get32(b, block + 16))};
	while (f->comment == NULL && next_option(b, &p, end, &code, &value, &len)) {
		if (code == OPT_COMMENT) {
			f->comment = (const char *)value;
			f->comment_len = len;
		}
	}
	return 1;
}

/* Without a time, of the first interface; as long as the frame was, or as the block has room for. */
static int
read_simple(struct blocks *b, const uint8_t *block, const uint8_t *end, struct blocks_frame *f,
	struct leat_error *error)
{
	if (b->nb_interfaces == 0)
		return refuse(b, error, "there is no interface", 0);
	*f = (struct blocks_frame){.bytes = block + SPB_HEAD, .len = get32(b, block + 8), .link = b->interfaces[0].link};
	f->captured = (uint32_t)RTE_MIN((ptrdiff_t)f->len, end - f->bytes);
	return 1;
}

/* A section has a byte order and interfaces of its own. */
static int
read_section(struct blocks *b, size_t left, struct leat_error *error)
{
	const uint8_t *block = b->base + b->at;
	uint32_t order = 0;

	if (left >= SHB_HEAD)
		memcpy(&order, block + 8, sizeof(order));
	if (order != BLOCK_ORDER && order != rte_bswap32(BLOCK_ORDER))
		return refuse(b, error, "a section without a byte order:", order);
	b->swapped = order != BLOCK_ORDER;
	b->nb_interfaces = 0;
	return 0;
}

static uint32_t
least(uint32_t type)
{
	switch (type) {
	case BLOCK_SECTION:
		return SHB_HEAD + 12;
	case BLOCK_INTERFACE:
		return IDB_HEAD + 4;
	case BLOCK_ENHANCED:
		return EPB_HEAD + 4;
	case BLOCK_SIMPLE:
		return SPB_HEAD + 4;
	default:
		return BLOCK_MIN;
	}
}

/* One block: 1 with a frame, 0 without, or -EBADMSG. */
static int
read_block(struct blocks *b, const uint8_t *block, uint32_t length, struct blocks_frame *f, struct leat_error *error)
{
	const uint8_t *end = block + length - 4;

	switch (get32(b, block)) {
	case BLOCK_INTERFACE:
		return read_interface(b, block, end, error);
	case BLOCK_ENHANCED:
		return read_enhanced(b, block, end, f, error);
	case BLOCK_SIMPLE:
		return read_simple(b, block, end, f, error);
	default:
		return 0; /* a section, read already; names, statistics, and what others keep in such files */
	}
}

static int
next_ng(struct blocks *b, struct blocks_frame *f, struct leat_error *error)
{
	int rc = 0;

	while (rc == 0 && b->at < b->size) {
		const uint8_t *block = b->base + b->at;
		size_t left = b->size - b->at;

		if (left < BLOCK_MIN) {
			b->cut = true;
			return 0;
		}
		if (get32(b, block) == BLOCK_SECTION && (rc = read_section(b, left, error)) < 0)
			return rc;
		uint32_t length = get32(b, block + 4);
		if (length % 4 != 0 || length < least(get32(b, block)))
			return refuse(b, error, "a block's length cannot be", length);
		if (length > left) {
			b->cut = true;
			return 0;
		}
		if ((rc = read_block(b, block, length, f, error)) >= 0)
			b->at += length;
	}
	return rc;
}

/* --- both --- */

static int
map(struct blocks *b, struct leat_error *error)
{
	int fd = open(b->path, O_RDONLY | O_CLOEXEC), code = 0;
	struct stat st;

	if (fd < 0)
		return error_set(error, errno, "%s: %s", b->path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		code = error_set(error, EINVAL, "%s: is no regular file; write the capture to one first", b->path);
	} else if (st.st_size > 0) {
		void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (base == MAP_FAILED)
			code = error_set(error, errno, "%s: %s", b->path, strerror(errno));
		b->base = base;
		b->size = (size_t)st.st_size;
	}
	close(fd);
	return code;
}

int
blocks_begin(struct blocks *b, struct leat_error *error)
{
	if (b->size < SHB_HEAD)
		return error_set(error, EBADMSG, "%s: is no capture file: it has %zu bytes", b->path, b->size);
	uint32_t magic = get32(b, b->base);
	b->is_ng = magic == BLOCK_SECTION;
	b->swapped = magic == rte_bswap32(MAGIC_US) || magic == rte_bswap32(MAGIC_NS);
	magic = get32(b, b->base);
	if (b->is_ng)
		return 0;
	if ((magic == MAGIC_US || magic == MAGIC_NS) && b->size >= PCAP_HEAD)
		return open_classic(b, magic == MAGIC_NS);
	return error_set(error, EBADMSG, "%s: is neither pcap nor pcapng (tcpdump -w, tshark -w and --pcap of leat's programs"
		" write such; what is compressed must be unpacked first)", b->path);
}

int
blocks_open(const char *path, struct blocks *b, struct leat_error *error)
{
	int rc;

	memset(b, 0, sizeof(*b));
	b->path = path;
	rc = map(b, error);
	if (rc == 0 && (rc = blocks_begin(b, error)) < 0)
		blocks_close(b);
	return rc;
}

int
blocks_next(struct blocks *b, struct blocks_frame *f, struct leat_error *error)
{
	int rc = b->is_ng ? next_ng(b, f, error) : next_classic(b, f, error);

	if (rc == 1)
		b->frames++;
	return rc;
}

void
blocks_close(struct blocks *b)
{
	if (b->base != NULL)
		munmap((void *)(uintptr_t)b->base, b->size);
}
