/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "ladder/spans.h"

void
spans_free(struct spans *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}

/* Opens a gap of one at i. When memory ran out the span is forgotten: a drawing then marks less. */
static void
insert(struct spans *s, unsigned i, struct span new)
{
	if (s->n == s->room) {
		unsigned room = s->room ? 2 * s->room : 4;
		struct span *list = realloc(s->list, room * sizeof(*list));
		if (list == NULL)
			return;
		s->list = list;
		s->room = room;
	}
	memmove(s->list + i + 1, s->list + i, (s->n - i) * sizeof(*s->list));
	s->list[i] = new;
	s->n++;
}

int64_t
spans_add(struct spans *s, int64_t from, int64_t to)
{
	int64_t added = to - from;
	unsigned i = s->n, end;

	if (added <= 0)
		return 0;
	/* From the back: nearly always the new span continues the last one. */
	while (i > 0 && s->list[i - 1].to >= from)
		i--;
	struct span whole = {from, to};
	for (end = i; end < s->n && s->list[end].from <= to; end++) {
		const struct span *old = &s->list[end];
		int64_t lo = old->from > from ? old->from : from, hi = old->to < to ? old->to : to;
		if (hi > lo)
			added -= hi - lo;
		whole.from = old->from < whole.from ? old->from : whole.from;
		whole.to = old->to > whole.to ? old->to : whole.to;
	}
	if (end == i) {
		insert(s, i, whole);
		return added;
	}
	s->list[i] = whole;
	memmove(s->list + i + 1, s->list + end, (s->n - end) * sizeof(*s->list));
	s->n -= end - i - 1;
	return added;
}
