/* SPDX-License-Identifier: BSD-3-Clause */
/* Defaults, and setting one key from text. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/number.h"
#include "config/entries.h"
#include "config/keys.h"
#include "config/setting.h"

const char *
setting_show(const char *text, char *buf, size_t size)
{
	size_t n = strnlen(text, size);
	size_t kept = n < size ? n : size - 4;

	for (size_t i = 0; i < kept; i++) {
		unsigned char c = (unsigned char)text[i];

		buf[i] = c < ' ' || c == 0x7f ? '?' : text[i];
	}
	memcpy(buf + kept, n < size ? "" : "...", n < size ? 1 : 4);
	return buf;
}

char *
setting_trim(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		text[--n] = '\0';
	return text + strspn(text, " \t");
}

int
setting_refuse(const struct setting *s, const char *format, ...)
{
	char key[40], value[72], text[224], shown[224];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return error_set(s->error, EINVAL, "%.64s%s%s = %s: %s", s->origin, *s->origin ? ": " : "",
		setting_show(s->key, key, sizeof(key)), setting_show(s->value, value, sizeof(value)),
		setting_show(text, shown, sizeof(shown)));
}

int
setting_refuse_value(const struct setting *s, const struct config_key *key, const char *what)
{
	char accepted[KEY_ACCEPTED_TEXT];
	bool one = key->kind < KEY_BOOL ? key->min == key->max : key->kind == KEY_PATH || key_is_list(key);

	key_write_accepted(key, accepted);
	return setting_refuse(s, "%s: accepted %s %s", what, one ? "is" : "are", accepted);
}

int
setting_check_number(const struct setting *s, const struct config_key *key, uint64_t value)
{
	if (key_accepts(key, value))
		return 0;
	if (key->power_of_two && value >= key->min && value <= key->max)
		return setting_refuse_value(s, key, "not a power of two");
	return setting_refuse_value(s, key, "out of range");
}

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The name becomes part of a socket's path and of the names of memory pools. */
int
setting_check_name(const struct setting *s, const struct config_key *key)
{
	size_t n = strlen(s->value);
	bool good = n > 0 && n < sizeof(((struct leat_config *)0)->name) && is_letter_or_digit(s->value[0]);

	for (size_t i = 0; good && i < n; i++)
		good = is_letter_or_digit(s->value[i]) || strchr("-_.", s->value[i]) != NULL;
	return good ? 0 : setting_refuse_value(s, key, "not a name");
}

int
setting_check_path(const struct setting *s, const struct config_key *key)
{
	size_t n = strlen(s->value);
	char before = ' '; /* a value stands behind "= " */

	if (n >= sizeof(((struct leat_config *)0)->pcap))
		return setting_refuse_value(s, key, "too long");
	for (const char *p = s->value; *p; before = *p++) {
		bool comment = (*p == '#' || *p == ';') && before == ' ';

		if (comment || (unsigned char)*p < ' ' || *p == 0x7f)
			return setting_refuse_value(s, key, comment ? "it would be a comment in a file" :
				"control characters");
	}
	if (s->value[0] == ' ' || (n > 0 && before == ' '))
		return setting_refuse_value(s, key, "blanks around it");
	return 0;
}

/* The number that a text means to a key. 0, or -errno of the number functions. */
static int
parse_number(const struct config_key *key, const char *text, uint64_t *out)
{
	bool on = false;
	int rc;

	switch (key->kind) {
	case KEY_SIZE:
		return number_parse_size(text, out);
	case KEY_TIME:
		return number_parse_duration(text, out);
	case KEY_BOOL:
		rc = number_parse_bool(text, &on);
		*out = on;
		return rc;
	case KEY_CHOICE:
		for (*out = 0; *out <= key->max; ++*out)
			if (strcmp(text, key->choices[*out]) == 0)
				return 0;
		return -EINVAL;
	default:
		return number_parse(text, out);
	}
}

/* What is wrong with a text that is no number to this key. */
static const char *
not_a_number(const struct config_key *key, const char *text)
{
	uint64_t plain;

	switch (key->kind) {
	case KEY_SIZE:
		return "not digits with nothing, K, M or G behind them";
	case KEY_TIME:
		if (number_parse(text, &plain) != -EINVAL)
			return "a time needs its unit (ns, us, ms, s, m, h, d)";
		return "not digits with ns, us, ms, s, m, h or d behind them";
	case KEY_BOOL:
		return "neither on nor off";
	case KEY_CHOICE:
		return "unknown";
	default:
		return "not a number in digits";
	}
}

static int
apply_number(struct leat_config *config, const struct config_key *key, const struct setting *s)
{
	uint64_t value = 0;
	int rc = parse_number(key, s->value, &value);

	if (rc == -EINVAL)
		return setting_refuse_value(s, key, not_a_number(key, s->value));
	/* What does not fit in 64 bits is beyond every range. */
	rc = setting_check_number(s, key, rc == -ERANGE ? UINT64_MAX : value);
	if (rc == 0)
		key_put(key, config, value);
	return rc;
}

static int
apply_path(struct leat_config *config, const struct config_key *key, const struct setting *s)
{
	int rc = setting_check_path(s, key);

	if (rc < 0)
		return rc;
	memset(config->pcap, 0, sizeof(config->pcap));
	memcpy(config->pcap, s->value, strlen(s->value));
	return 0;
}

/* A secret never appears in a message, not even a wrong one: it may be one digit off. */
static const char hidden_value[] = "(not shown)";

static int
apply_secret(struct leat_config *config, const struct config_key *key, const struct setting *s)
{
	struct setting hidden = *s;

	hidden.value = hidden_value;
	if (number_parse_hex(s->value, '\0', config->secret, sizeof(config->secret)) < 0)
		return setting_refuse_value(&hidden, key, strlen(s->value) == 64 ? "not hex" : "not 64 digits");
	config->has_secret = true;
	return 0;
}

static int
apply_name(struct leat_config *config, const struct config_key *key, const struct setting *s)
{
	int rc = setting_check_name(s, key);

	if (rc < 0)
		return rc;
	memset(config->name, 0, sizeof(config->name));
	memcpy(config->name, s->value, strlen(s->value));
	return 0;
}

static int
refuse_unknown(const struct setting *s)
{
	const struct config_key *near = key_nearest(s->key);
	struct setting shown = *s;

	if (near && near->kind == KEY_SECRET)
		shown.value = hidden_value;
	if (near)
		return setting_refuse(&shown, "unknown key: did you mean %s?", near->name);
	return setting_refuse(s, "unknown key: accepted are the keys that --help lists");
}

int
setting_apply(struct leat_config *config, const struct setting *s)
{
	const struct config_key *key = key_find(s->key);

	if (key == NULL)
		return refuse_unknown(s);
	if (key_is_list(key))
		return entry_apply(config, key, s);
	switch (key->kind) {
	case KEY_NAME:
		return apply_name(config, key, s);
	case KEY_PATH:
		return apply_path(config, key, s);
	case KEY_SECRET:
		return apply_secret(config, key, s);
	default:
		return apply_number(config, key, s);
	}
}

int
leat_config_set(struct leat_config *config, const char *key, const char *value, struct leat_error *error)
{
	struct setting s = {.key = key, .value = value, .origin = "", .error = error};

	return setting_apply(config, &s);
}

void
leat_config_init(struct leat_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	for (const struct config_key *k = config_keys; k->name; k++) {
		int rc = k->text ? leat_config_set(config, k->name, k->text, NULL) : 0;

		assert(rc == 0);
		(void)rc;
	}
}
