/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SETTING_H
#define CONFIG_SETTING_H
/* One "key = value" that somebody wrote, where he wrote it, and how to tell him what is wrong. */
#include <leat/config.h>
#include <leat/core.h>

struct config_key;

struct setting {
	const char *key;
	const char *value;
	const char *origin;       /* "leat.ini:7", "--addr"; "" = the program */
	struct leat_error *error; /* may be NULL */
};

/* "origin: key = value: " and the text into *s->error. Returns -EINVAL. */
int setting_refuse(const struct setting *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, ending in what the key accepts: "what: accepted are 1ms..4m". */
int setting_refuse_value(const struct setting *s, const struct config_key *key, const char *what);

/* leat_config_set() of what was written in s->origin. */
int setting_apply(struct leat_config *config, const struct setting *s);

/* Is the number in s, or in a field, one that the key accepts? 0, or -EINVAL and told. */
int setting_check_number(const struct setting *s, const struct config_key *key, uint64_t value);

/* Is the instance's name (of a field: with an end inside it) one that is accepted? */
int setting_check_name(const struct setting *s, const struct config_key *key);

/* Is it a path that can be written in a file and reads back? */
int setting_check_path(const struct setting *s, const struct config_key *key);

/* As much of a text as fits into buf, on one line whatever bytes it has: for messages. Returns buf. */
const char *setting_show(const char *text, char *buf, size_t size);

/* The text without the blanks around it; the ones behind it are cut off in place. */
char *setting_trim(char *text);

#endif
