/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include "base/error.h"

int
error_set(struct leat_error *e, int code, const char *format, ...)
{
	va_list ap;

	if (e != NULL) {
		e->code = code;
		va_start(ap, format);
		vsnprintf(e->text, sizeof(e->text), format, ap);
		va_end(ap);
	}
	return -code;
}
