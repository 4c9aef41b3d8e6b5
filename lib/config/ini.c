/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration file: lines of "key = value", each error with the file and the line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "config/keys.h"
#include "config/setting.h"

enum {
	LINE_MAX_BYTES = 1024, /* longer than any value may be */
	SECTION_MAX = 32,
};

struct ini {
	struct leat_config *config;
	struct leat_error *error;
	FILE *file;
	const char *path;
	unsigned line;
	char place[LEAT_ORIGIN];        /* "leat.ini:7" */
	char section[SECTION_MAX];      /* "tcp." or "" */
	unsigned set_in[CONFIG_KEYS_MAX]; /* the line that set a key; 0: none did */
	char text[LINE_MAX_BYTES + 1];
};

/* "path:line"; of a long path the end, which is the telling part. */
static void
write_place(struct ini *ini)
{
	const char *path = ini->path;
	char number[16];
	size_t n = strlen(path);
	int digits = snprintf(number, sizeof(number), ":%u", ini->line);
	size_t room = sizeof(ini->place) - 1 - (size_t)digits;

	if (n > room)
		snprintf(ini->place, sizeof(ini->place), "...%s%s", path + n - (room - 3), number);
	else
		snprintf(ini->place, sizeof(ini->place), "%s%s", path, number);
}

static int
refuse(const struct ini *ini, const char *what)
{
	return error_set(ini->error, EINVAL, "%s: %s", ini->place, what);
}

/* Reads one line without its end into ini->text. 1, 0 at the end of the file, or -errno and told. */
static int
read_line(struct ini *ini)
{
	size_t n = 0;
	int c;

	while ((c = getc(ini->file)) != EOF && c != '\n') {
		if (c == '\0')
			return refuse(ini, "a zero byte: this is not a text file");
		if (n == LINE_MAX_BYTES)
			return refuse(ini, "line too long: accepted are lines of at most 1024 bytes");
		ini->text[n++] = (char)c;
	}
	if (ferror(ini->file))
		return error_set(ini->error, errno, "%s: cannot be read: %s", ini->path, strerror(errno));
	if (n > 0 && ini->text[n - 1] == '\r')
		n--;
	ini->text[n] = '\0';
	return c == '\n' || n > 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A comment begins at # or ; that stands first or after a blank: "a#b" is a name. */
static void
cut_comment(char *text)
{
	for (char *p = text; *p; p++) {
		if ((*p == '#' || *p == ';') && (p == text || is_blank(p[-1]))) {
			*p = '\0';
			return;
		}
	}
}

/* "[tcp]": some key begins so. "[]" ends a section. */
static int
open_section(struct ini *ini, char *text)
{
	size_t n = strlen(text);
	char *name, shown[48];

	if (text[n - 1] != ']')
		return refuse(ini, "a section without its \"]\": accepted is [tcp], or [] to end a section");
	text[n - 1] = '\0';
	name = setting_trim(text + 1);
	ini->section[0] = '\0';
	if (*name == '\0')
		return 0;
	n = (size_t)snprintf(ini->section, sizeof(ini->section), "%s.", name);
	for (const struct config_key *k = config_keys; k->name && n < sizeof(ini->section); k++)
		if (strncmp(k->name, ini->section, n) == 0)
			return 0;
	return error_set(ini->error, EINVAL, "%s: [%s]: no key begins with that: accepted is [tcp], or [] to "
		"end a section", ini->place, setting_show(name, shown, sizeof(shown)));
}

/* A second value for a key would win in silence over the first: one of the two is a mistake. */
static int
check_once(struct ini *ini, const struct setting *s)
{
	const struct config_key *key = key_find(s->key);
	unsigned *line;

	if (key == NULL || key_is_list(key))
		return 0;
	line = &ini->set_in[key - config_keys];
	if (*line)
		return setting_refuse(s, "already set in line %u", *line);
	*line = ini->line;
	return 0;
}

static int
apply_line(struct ini *ini)
{
	char name[SECTION_MAX + 64], shown[72], *text, *equals;
	struct setting s = {.key = name, .origin = ini->place, .error = ini->error};
	int rc;

	cut_comment(ini->text);
	text = setting_trim(ini->text);
	if (*text == '\0')
		return 0;
	if (*text == '[')
		return open_section(ini, text);
	equals = strchr(text, '=');
	if (equals == NULL)
		return error_set(ini->error, EINVAL, "%s: \"%s\": no \"=\": accepted are key = value, [section] and "
			"comments (# or ;)", ini->place, setting_show(text, shown, sizeof(shown)));
	*equals = '\0';
	s.value = setting_trim(equals + 1);
	text = setting_trim(text);
	if (*text == '\0')
		return refuse(ini, "no key before the \"=\": accepted is key = value");
	snprintf(name, sizeof(name), "%s%.60s", ini->section, text);
	rc = check_once(ini, &s);
	return rc < 0 ? rc : setting_apply(ini->config, &s);
}

/* Windows' editors put a byte order mark before UTF-8 text. */
static void
skip_mark(char *text)
{
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		memmove(text, text + 3, strlen(text + 3) + 1);
}

static int
read_all(struct ini *ini)
{
	int rc;

	do {
		ini->line++;
		write_place(ini);
		rc = read_line(ini);
		if (rc <= 0)
			return rc;
		if (ini->line == 1)
			skip_mark(ini->text);
		rc = apply_line(ini);
	} while (rc == 0);
	return rc;
}

int
leat_config_file(struct leat_config *config, const char *path, struct leat_error *error)
{
	struct ini ini = {.config = config, .path = path, .error = error};
	int rc;

	ini.file = fopen(path, "re");
	if (ini.file == NULL)
		return error_set(error, errno, "%s: cannot be opened: %s", path, strerror(errno));
	rc = read_all(&ini);
	fclose(ini.file);
	return rc;
}
