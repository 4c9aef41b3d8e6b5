/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <leat/ladder.h>
#include "ladder/ladder.h"

/* What the file has that is not drawn: a reader who misses something shall know. */
static void
draw_rest(const struct capture *c, FILE *to)
{
	static const char *const names[FRAME_KINDS] = {[FRAME_OTHER] = "of other protocols",
		[FRAME_FRAGMENT] = "IP fragments", [FRAME_SHORT] = "without whole headers"};
	const char *before = "\nnot drawn: frames ";

	for (enum frame_kind kind = FRAME_TCP + 1; kind < FRAME_KINDS; kind++) {
		if (c->kinds[kind] == 0)
			continue;
		fprintf(to, "%s%s: %" PRIu64, before, names[kind], c->kinds[kind]);
		before = ", ";
	}
	if (before[0] == ',')
		fputc('\n', to);
	if (c->cut)
		fputs("\nThe file ends within a frame, so the last is missing: its writer did not come to an end.\n", to);
}

int
leat_ladder_file(const char *path, const struct leat_endpoint *end, unsigned last, FILE *to,
	struct leat_error *error)
{
	const struct ladder_filter filter = {.remote = end, .last = last};
	struct capture c;
	int rc = capture_read(path, &c, error);

	if (rc == 0) {
		ladder_print_capture(&c, &filter, to);
		draw_rest(&c, to);
	}
	capture_free(&c);
	return rc;
}
