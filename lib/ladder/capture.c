/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "ladder/capture.h"

/* Reads the comment of the impaired wire; what somebody else wrote is left alone. */
static void
read_fate(const struct blocks_frame *f, struct capture_fate *fate)
{
	static const char lost[] = "lost_";
	char text[128];
	int at = 0;

	memset(fate, 0, sizeof(*fate));
	if (f->comment == NULL || f->comment_len >= sizeof(text))
		return;
	memcpy(text, f->comment, f->comment_len);
	text[f->comment_len] = '\0';
	if (sscanf(text, "net_wire packet %" SCNu64 " %n", &fate->number, &at) != 1 || at == 0) {
		fate->number = 0;
		return;
	}
	const char *words = text + at, *took;
	if ((fate->lost = strncmp(words, lost, sizeof(lost) - 1) == 0)) {
		words += sizeof(lost) - 1;
	} else if (strncmp(words, "after ", 6) == 0 && (took = strstr(words, " ms")) != NULL) {
		words = took + 3;
		words += strspn(words, " ");
	}
	fate->harmed = strstr(words, "corrupted") != NULL || strstr(words, "truncated") != NULL;
	snprintf(fate->words, sizeof(fate->words), "%s", words);
}

static struct capture_rec *
room(struct capture *c)
{
	if (c->n == c->room) {
		size_t more = c->room ? 2 * c->room : 1024;
		struct capture_rec *recs = realloc(c->recs, more * sizeof(*recs));
		if (recs == NULL)
			return NULL;
		c->recs = recs;
		c->room = more;
	}
	return &c->recs[c->n];
}

static int
by_time(const void *a, const void *b)
{
	const struct capture_rec *x = a, *y = b;

	if (x->rec.time != y->rec.time)
		return x->rec.time < y->rec.time ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int
read_frames(struct blocks *b, struct capture *c, struct leat_error *error)
{
	struct blocks_frame f;
	int rc;

	while ((rc = blocks_next(b, &f, error)) == 1) {
		struct capture_rec *r = room(c);
		if (r == NULL)
			return error_set(error, ENOMEM, "%s: no memory for more than %zu segments", b->path, c->n);
		enum frame_kind kind = frame_read(&f, &r->rec);
		c->kinds[kind]++;
		if (kind != FRAME_TCP)
			continue;
		read_fate(&f, &r->fate);
		r->order = c->n++;
	}
	c->cut = b->cut;
	return rc;
}

int
capture_read(const char *path, struct capture *c, struct leat_error *error)
{
	struct blocks b;
	int rc = blocks_open(path, &b, error);

	memset(c, 0, sizeof(*c));
	if (rc == 0) {
		rc = read_frames(&b, c, error);
		blocks_close(&b);
	}
	/* Several interfaces, or several threads that wrote, need not be in the order of time. */
	if (rc == 0 && c->n > 0)
		qsort(c->recs, c->n, sizeof(*c->recs), by_time);
	return rc;
}

void
capture_free(struct capture *c)
{
	free(c->recs);
	memset(c, 0, sizeof(*c));
}
