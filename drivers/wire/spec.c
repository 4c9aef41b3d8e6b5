/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "spec.h"

enum { VALUE_MAX = 1024 };

/* Each reads a text into its field: 0, or a negative number, and then the field is as before. */
typedef int parse_fn(const char *text, void *field);

struct key {
	const char *name, *range;
	parse_fn *parse;
	size_t at; /* in struct wire_spec */
};

static int
parse_probability(const char *text, void *field)
{
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return -EINVAL;
	double p = strtod(text, &end);
	if (strcmp(end, "%") == 0)
		p /= 100;
	else if (*end != '\0')
		return -EINVAL;
	if (!(p >= 0 && p <= 1))
		return -ERANGE;
	memcpy(field, &p, sizeof(p));
	return 0;
}

static int
parse_burst(const char *text, void *field)
{
	struct wire_burst b = {.loss_bad = 1};
	double *const fields[] = {&b.enter, &b.leave, &b.loss_bad, &b.loss_good};
	char copy[VALUE_MAX], *rest = copy, *part;
	unsigned n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (; (part = strsep(&rest, "/")) != NULL; n++)
		if (n == 4 || parse_probability(part, fields[n]) < 0)
			return -EINVAL;
	if (n < 2)
		return -EINVAL;
	memcpy(field, &b, sizeof(b));
	return 0;
}

static int
parse_time(const char *text, void *field)
{
	uint64_t ns;
	int error = number_parse_duration(text, &ns);

	if (error == 0 && ns > WIRE_TIME_MAX)
		error = -ERANGE;
	if (error == 0)
		memcpy(field, &ns, sizeof(ns));
	return error;
}

static int
parse_rate(const char *text, void *field)
{
	static const struct {
		const char *unit;
		uint64_t factor;
	} units[] = {{"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000}};
	size_t digits = strspn(text, "0123456789");
	uint64_t rate = 0;
	char number[24];

	snprintf(number, sizeof(number), "%.*s", (int)digits, text);
	if (digits >= sizeof(number) || number_parse(number, &rate) < 0)
		return -EINVAL;
	if (rate == 0 && text[digits] == '\0') {
		memcpy(field, &rate, sizeof(rate));
		return 0;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		if (__builtin_mul_overflow(rate, units[i].factor, &rate) || (rate > 0 && rate < WIRE_RATE_MIN) ||
				rate > WIRE_RATE_MAX)
			return -ERANGE;
		memcpy(field, &rate, sizeof(rate));
		return 0;
	}
	return -EINVAL;
}

static int
parse_size(const char *text, void *field)
{
	return number_parse_size(text, field);
}

static int
parse_bool(const char *text, void *field)
{
	return number_parse_bool(text, field);
}

static int
parse_up_to(const char *text, uint64_t max, uint64_t *value)
{
	int error = number_parse(text, value);

	return error == 0 && *value > max ? -ERANGE : error;
}

static int
parse_packets(const char *text, void *field)
{
	uint64_t value;
	int error = parse_up_to(text, UINT32_MAX, &value);

	if (error == 0)
		*(uint32_t *)field = (uint32_t)value;
	return error;
}

static int
parse_mtu(const char *text, void *field)
{
	uint64_t value;
	int error = parse_up_to(text, UINT16_MAX, &value);

	if (error == 0)
		*(uint16_t *)field = (uint16_t)value;
	return error;
}

static int
parse_bits(const char *text, void *field)
{
	uint64_t value;
	int error = parse_up_to(text, WIRE_CORRUPT_BITS_MAX, &value);

	if (error == 0)
		*(uint8_t *)field = (uint8_t)value;
	return error;
}

/* "7" or "7-9" */
static int
parse_range(char *text, struct wire_pick *pick)
{
	char *last = strchr(text, '-');

	if (last != NULL)
		*last++ = '\0';
	pick->faults = WIRE_LOSE;
	if (number_parse(text, &pick->first) < 0 || number_parse(last != NULL ? last : text, &pick->last) < 0)
		return -EINVAL;
	return pick->first >= 1 && pick->first <= pick->last ? 0 : -ERANGE;
}

static int
parse_lose(const char *text, void *field)
{
	struct wire_spec *spec = field;
	struct wire_pick picks[WIRE_SPEC_PICKS];
	char copy[VALUE_MAX], *rest = copy, *part;
	uint32_t n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (; (part = strsep(&rest, "/")) != NULL; n++)
		if (n == WIRE_SPEC_PICKS || parse_range(part, &picks[n]) < 0 || (n > 0 && picks[n].first <= picks[n - 1].last))
			return -EINVAL;
	memcpy(spec->lose, picks, n * sizeof(picks[0]));
	spec->impair.nb_picks = n;
	return 0;
}

#define PROBABILITY "a probability, 0%..100% or 0..1"
#define TIME "a time of up to 1h, like 20ms, 150us or 1s"
#define SIZE "bytes, like 9000, 64K or 1M; 0 for none"
#define YES_NO "yes or no"

#define AT(field) offsetof(struct wire_spec, impair.field)

static const struct key keys[] = {
	{"down", YES_NO, parse_bool, AT(down)},
	{"mtu", "0..65535, without the Ethernet header; 0 for none", parse_mtu, AT(mtu)},
	{"rate", "1kbit..1000gbit, like 10mbit; 0 for no limit", parse_rate, AT(rate)},
	{"queue-bytes", SIZE, parse_size, AT(queue_bytes)},
	{"queue-packets", "0..4294967295; 0 for no limit", parse_packets, AT(queue_packets)},
	{"mark-bytes", SIZE, parse_size, AT(mark_bytes)},
	{"mark", PROBABILITY, parse_probability, AT(mark)},
	{"loss", PROBABILITY, parse_probability, AT(loss)},
	{"burst", "ENTER/LEAVE[/BAD[/GOOD]], each 0%..100% or 0..1", parse_burst, AT(burst)},
	{"truncate", PROBABILITY, parse_probability, AT(truncate)},
	{"corrupt", PROBABILITY, parse_probability, AT(corrupt)},
	{"corrupt-bits", "0..64; 0 is one", parse_bits, AT(corrupt_bits)},
	{"duplicate", PROBABILITY, parse_probability, AT(duplicate)},
	{"delay", TIME, parse_time, AT(delay)},
	{"jitter", TIME, parse_time, AT(jitter)},
	{"jitter-reorders", YES_NO, parse_bool, AT(jitter_reorders)},
	{"reorder", PROBABILITY, parse_probability, AT(reorder)},
	{"reorder-delay", TIME, parse_time, AT(reorder_delay)},
	{"lose", "up to 64 packet numbers or ranges from 1, ascending, like 3/7-9", parse_lose, 0},
};

static int
unknown_key(const char *key, char *error)
{
	int n = snprintf(error, WIRE_SPEC_ERROR, "%.40s: no such key; there are", key);

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		n += snprintf(error + n, (size_t)(WIRE_SPEC_ERROR - n), " %s", keys[i].name);
	return -ENOENT;
}

int
wire_spec_set(struct wire_spec *spec, const char *key, const char *value, char *error)
{
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (strlen(value) < VALUE_MAX && keys[i].parse(value, (char *)spec + keys[i].at) == 0)
			return 0;
		snprintf(error, WIRE_SPEC_ERROR, "%s=%.60s: must be %s", key, value, keys[i].range);
		return -EINVAL;
	}
	return unknown_key(key, error);
}

int
wire_spec_parse(struct wire_spec *spec, const char *text, char *error)
{
	struct wire_spec next = *spec;
	char *copy = strdup(text), *rest = copy, *pair;
	int result = copy == NULL ? -ENOMEM : 0;

	while (result == 0 && *text != '\0' && (pair = strsep(&rest, ",")) != NULL) {
		char *value = strchr(pair, '=');
		if (value == NULL) {
			snprintf(error, WIRE_SPEC_ERROR, "\"%.60s\": must be key=value", pair);
			result = -EINVAL;
			break;
		}
		*value++ = '\0';
		result = wire_spec_set(&next, pair, value, error);
	}
	free(copy);
	if (result == 0)
		result = wire_spec_check(&next, error);
	if (result == 0)
		*spec = next;
	return result;
}

int
wire_spec_check(const struct wire_spec *spec, char *error)
{
	const struct wire_impair impair = wire_spec_impair(spec);
	const char *what;

	if (wire_check(&impair, &what) == 0)
		return 0;
	snprintf(error, WIRE_SPEC_ERROR, "%s", what);
	return -EINVAL;
}

struct wire_impair
wire_spec_impair(const struct wire_spec *spec)
{
	struct wire_impair impair = spec->impair;

	impair.picks = impair.nb_picks > 0 ? spec->lose : NULL;
	return impair;
}
