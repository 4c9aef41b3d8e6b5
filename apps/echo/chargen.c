/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 864's pattern: lines of 72 characters out of a ring of the 95 printable ones, each line
 * beginning one further. After 95 lines it repeats. Written out, so that it is sent by reference.
 */
#include "echo.h"

enum {
	RING = 95,
	LINE = 72,
	LINE_END = LINE + 2,
};

static char text[RING * LINE_END];

const char *
chargen_text(size_t *len)
{
	if (text[0] == '\0') {
		for (int line = 0; line < RING; line++) {
			char *to = text + line * LINE_END;
			for (int i = 0; i < LINE; i++)
				to[i] = (char)(' ' + (line + i) % RING);
			to[LINE] = '\r';
			to[LINE + 1] = '\n';
		}
	}
	*len = sizeof(text);
	return text;
}
