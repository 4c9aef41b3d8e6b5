/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/number.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first: the write functions take the first that divides. */
static const struct unit sizes[] = {
	{"G", 1u << 30}, {"M", 1u << 20}, {"K", 1u << 10}, {"", 1},
};

static const struct unit times[] = {
	{"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
	{"ms", 1000000}, {"us", 1000}, {"ns", 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Reads the digits at the start of text; *rest is what follows them. */
static int
parse_digits(const char *text, uint64_t *out, const char **rest)
{
	uint64_t value = 0;
	bool fits = true;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
			!__builtin_add_overflow(value, (uint64_t)(*p - '0'), &value);
	*rest = p;
	if (p == text)
		return -EINVAL;
	*out = value;
	return fits ? 0 : -ERANGE;
}

static const struct unit *
find_unit(const struct unit *units, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

static int
scale(uint64_t value, const struct unit *unit, uint64_t *out)
{
	uint64_t product;

	if (__builtin_mul_overflow(value, unit->factor, &product))
		return -ERANGE;
	*out = product;
	return 0;
}

int
number_parse(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	const char *rest;
	int error = parse_digits(text, &value, &rest);

	if (*rest != '\0')
		return -EINVAL;
	if (error == 0)
		*out = value;
	return error;
}

int
number_parse_size(const char *text, uint64_t *out)
{
	const char *rest;
	const struct unit *unit;
	uint64_t value = 0;
	int error = parse_digits(text, &value, &rest);
	/* One letter, so that upper case is all the folding there is to do. */
	char name[2] = {*rest >= 'a' && *rest <= 'z' ? (char)(*rest - 'a' + 'A') : *rest, '\0'};

	unit = *rest == '\0' || rest[1] == '\0' ? find_unit(sizes, COUNT(sizes), name) : NULL;
	if (error == -EINVAL || unit == NULL)
		return -EINVAL;
	return error ? error : scale(value, unit, out);
}

int
number_parse_duration(const char *text, uint64_t *ns)
{
	const char *rest;
	const struct unit *unit;
	uint64_t value = 0;
	int error = parse_digits(text, &value, &rest);

	if (error == 0 && value == 0 && *rest == '\0') {
		*ns = 0;
		return 0;
	}
	unit = find_unit(times, COUNT(times), rest);
	if (error == -EINVAL || unit == NULL)
		return -EINVAL;
	return error ? error : scale(value, unit, ns);
}

int
number_parse_bool(const char *text, bool *out)
{
	static const char *const words[][2] = {
		{"off", "on"}, {"false", "true"}, {"no", "yes"}, {"0", "1"},
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		for (int v = 0; v < 2; v++) {
			if (strcmp(text, words[i][v]) == 0) {
				*out = v;
				return 0;
			}
		}
	}
	return -EINVAL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
number_parse_hex(const char *text, char sep, uint8_t *out, size_t n)
{
	size_t stride = sep ? 3 : 2;

	if (n == 0 || strlen(text) != n * stride - (sep ? 1 : 0))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const char *p = text + i * stride;

		if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0 || (sep && i + 1 < n && p[2] != sep))
			return -EINVAL;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_digit(text[i * stride]) << 4 | hex_digit(text[i * stride + 1]));
	return 0;
}

static char *
write_unit(uint64_t value, const struct unit *unit, char *buf)
{
	while (value % unit->factor != 0)
		unit++;
	snprintf(buf, NUMBER_TEXT, "%" PRIu64 "%s", value / unit->factor, unit->name);
	return buf;
}

char *
number_write_size(uint64_t value, char *buf)
{
	return write_unit(value, value < 16384 ? &sizes[COUNT(sizes) - 1] : sizes, buf);
}

char *
number_write_duration(uint64_t ns, char *buf)
{
	if (ns == 0)
		return strcpy(buf, "0");
	return write_unit(ns, times, buf);
}
