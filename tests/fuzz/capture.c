/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <leat/core.h>
#include "ladder/frame.h"
#include "fuzz.h"

/* A capture file: whatever it says, each frame lies in it, and the file comes to an end. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = exact(data, size);
	struct blocks b = {.path = "file", .base = file, .size = size};
	struct leat_error error = {0};
	struct blocks_frame f;
	struct trace_rec rec;
	int rc = blocks_begin(&b, &error);

	for (size_t frames = 0; rc == 0 && (rc = blocks_next(&b, &f, &error)) == 1; rc = 0) {
		MUST(++frames <= size / 16 && b.frames == frames);
		MUST(f.bytes >= file && f.bytes + f.captured <= file + size);
		MUST(f.comment == NULL || f.comment + f.comment_len <= (const char *)file + size);
		uint8_t *bytes = exact(f.bytes, f.captured);
		f.bytes = bytes;
		if (frame_read(&f, &rec) == FRAME_TCP)
			MUST(rec.opts_len <= TCP_OPTS_MAX && (rec.tuple.len == TUPLE4_LEN || rec.tuple.len == TUPLE6_LEN));
		free(bytes);
	}
	MUST(rc == 0 || error.code == EBADMSG);
	free(file);
	return 0;
}
