/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <strings.h>
#include "fields.h"

/* Digits at *at, saturating; false when there are none. */
static bool
read_number(const char **at, const char *end, uint64_t *out)
{
	const char *from = *at;
	uint64_t n = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		unsigned digit = (unsigned)(**at - '0');
		n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
	}
	*out = n;
	return *at > from;
}

enum range_kind
range_parse(const char *value, size_t len, uint64_t size, uint64_t *first, uint64_t *last)
{
	const char *end = value + len, *at = value + 6;

	if (len < 6 || strncasecmp(value, "bytes=", 6) != 0)
		return RANGE_WHOLE;
	bool has_first = read_number(&at, end, first);
	if (at == end || *at++ != '-')
		return RANGE_WHOLE;
	bool has_last = read_number(&at, end, last);
	if (at != end || (!has_first && !has_last) || (has_first && has_last && *last < *first))
		return RANGE_WHOLE;
	if (!has_first) {
		if (*last == 0)
			return RANGE_UNSATISFIABLE;
		if (size == 0)
			return RANGE_WHOLE; /* satisfiable, but 206 has no words for it */
		*first = *last < size ? size - *last : 0;
		*last = size - 1;
		return RANGE_PART;
	}
	if (*first >= size)
		return RANGE_UNSATISFIABLE;
	if (!has_last || *last >= size)
		*last = size - 1;
	return RANGE_PART;
}

bool
etag_matches(const char *list, size_t len, const char *tag, bool weak)
{
	const char *at = list, *end = list + len;
	size_t want = strlen(tag);

	if (len == 1 && *list == '*')
		return true;
	while (at < end) {
		if (*at == ' ' || *at == '\t' || *at == ',') {
			at++;
			continue;
		}
		bool is_weak = end - at > 2 && at[0] == 'W' && at[1] == '/';
		const char *open = is_weak ? at + 2 : at;
		const char *close = end - open > 1 && *open == '"' ? memchr(open + 1, '"', (size_t)(end - open - 1))
								   : NULL;
		if (close == NULL)
			return false;
		at = close + 1;
		if ((weak || !is_weak) && (size_t)(at - open) == want && memcmp(open, tag, want) == 0)
			return true;
	}
	return false;
}

time_t
date_parse(const char *value, size_t len)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
		"%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
		"%a %b %e %H:%M:%S %Y",      /* asctime() */
	};
	char text[64];

	if (len >= sizeof(text))
		return -1;
	memcpy(text, value, len);
	text[len] = '\0';
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *rest = strptime(text, forms[i], &tm);
		if (rest != NULL && *rest == '\0')
			return timegm(&tm);
	}
	return -1;
}

void
date_format(time_t at, char out[DATE_TEXT])
{
	const time_t year_9999 = 253402300799;
	struct tm tm;

	/* The locale is "C": no program here sets another. What has no four-digit year is clamped. */
	at = at < 0 ? 0 : at > year_9999 ? year_9999 : at;
	gmtime_r(&at, &tm);
	strftime(out, DATE_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}
