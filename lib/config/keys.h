/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H
/*
 * The keys of the configuration as one table: where each lives in struct leat_config, what is
 * accepted, the default, one line of help. Setting, checking, printing and help all read it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <leat/config.h>
#include <leat/core.h>

enum key_kind {
	/* Numbers in a field of key->size bytes: min..max counts. */
	KEY_NUMBER,
	KEY_SIZE,      /* K, M, G may follow */
	KEY_TIME,      /* nanoseconds */
	KEY_BOOL,
	KEY_CHOICE,    /* one of key->choices; the number is its place there */
	/* Texts and bytes. */
	KEY_NAME,
	KEY_PATH,
	KEY_SECRET,
	/* Lists: setting appends. See run/entries.h. */
	KEY_PORT,
	KEY_ADDR,
	KEY_GATEWAY,
	KEY_ROUTE,
	KEY_NEIGHBOUR,
};

struct config_key {
	const char *name;
	enum key_kind kind;
	bool or_zero;      /* 0 is accepted beside min..max */
	bool power_of_two;
	uint8_t size;      /* bytes of a number's field */
	size_t offset;
	uint64_t min, max;
	const char *const *choices; /* of KEY_CHOICE: max + 1 words */
	const char *text;  /* the default as it would be written; NULL: none */
	const char *help;
};

/* The table; its end is a key without a name. */
extern const struct config_key config_keys[];

#define CONFIG_KEYS_MAX 128
#define KEY_ACCEPTED_TEXT 96

const struct config_key *key_find(const char *name);

/* The key that was probably meant by name, or NULL when none is near. */
const struct config_key *key_nearest(const char *name);

static inline bool
key_is_list(const struct config_key *key)
{
	return key->kind >= KEY_PORT;
}

static inline bool
key_is_number(const struct config_key *key)
{
	return key->kind <= KEY_CHOICE;
}

/* The number in a key's field, and back. Only keys for which key_is_number(). */
uint64_t key_get(const struct config_key *key, const struct leat_config *config);
void key_put(const struct config_key *key, struct leat_config *config, uint64_t value);

/* A number as one would write it for this key; buf has KEY_ACCEPTED_TEXT bytes. Returns buf. */
char *key_write_number(const struct config_key *key, uint64_t value, char *buf);

/* What a key accepts, in words: "1ms..4m". buf has KEY_ACCEPTED_TEXT bytes. Returns buf. */
char *key_write_accepted(const struct config_key *key, char *buf);

/* Is value inside what the key accepts? */
bool key_accepts(const struct config_key *key, uint64_t value);

#endif
