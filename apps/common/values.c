/* SPDX-License-Identifier: BSD-3-Clause */
/* Option values: numbers, times, endpoints; and sizes as people read them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app.h"

uint64_t
app_number(struct app *app, const char *what, const char *text, uint64_t min, uint64_t max)
{
	static const char units[] = "kMG";
	char *end;

	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	bool valid = text[0] >= '0' && text[0] <= '9' && errno == 0;
	const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
	if (unit != NULL) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);
		valid = valid && value <= UINT64_MAX >> shift;
		value <<= shift;
		end++;
	}
	if (!valid || *end != '\0' || value < min || value > max)
		app_die(app, "%s \"%s\": a number from %llu to %llu is wanted", what, text,
			(unsigned long long)min, (unsigned long long)max);
	return value;
}

uint64_t
app_duration(struct app *app, const char *what, const char *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	const double day = 24 * 3600e9;
	double ns = -1;
	char *end;

	double value = strtod(text, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) == 0)
			ns = value * units[i].ns;
	}
	/* strtod would also take a sign, "inf" and hexadecimal. */
	if (end == text || strspn(text, "0123456789.") != (size_t)(end - text) || !(ns >= 0 && ns <= day))
		app_die(app, "%s \"%s\": a time is wanted, e.g. 500ms, 10s, 2m (at most 24h)", what, text);
	return (uint64_t)ns;
}

struct leat_endpoint
app_endpoint(struct app *app, const char *what, const char *text)
{
	struct leat_endpoint ep;

	if (leat_endpoint_parse(text, &ep) < 0 || ep.port == 0)
		app_die(app, "%s \"%s\": ADDRESS:PORT or :PORT is wanted, port 1 to 65535", what, text);
	return ep;
}

char *
app_bytes(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(buf, size, "%u B", (unsigned)bytes);
		return buf;
	}
	while (value >= 1024 && i + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		i++;
	}
	snprintf(buf, size, "%.1f %s", value, units[i]);
	return buf;
}
