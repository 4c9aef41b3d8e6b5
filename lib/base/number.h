/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H
/*
 * Numbers that people write. The whole text must be the number: no sign, no blanks, nothing
 * before or behind it, and nothing overflows in silence.
 *
 * The parse functions return 0, -EINVAL when text is not of the form, or -ERANGE when it is but
 * the value does not fit in 64 bits. *out is written only on 0.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text that the write functions make, with the final 0. */
#define NUMBER_TEXT 24

/* Decimal digits: "1500". */
int number_parse(const char *text, uint64_t *out);

/* Digits and perhaps one of K, M, G (powers of 1024, either case): "64K", "1M", "2g". */
int number_parse_size(const char *text, uint64_t *out);

/* Digits and one of ns, us, ms, s, m, h, d, into nanoseconds: "200ms". Only zero needs no unit. */
int number_parse_duration(const char *text, uint64_t *ns);

/* on, true, yes, 1; off, false, no, 0. Lower case. */
int number_parse_bool(const char *text, bool *out);

/*
 * n bytes of two hex digits each, with sep between them ('\0': nothing between): "00:1b:21:aa:bb:cc".
 * 0 or -EINVAL; out is written only on 0.
 */
int number_parse_hex(const char *text, char sep, uint8_t *out, size_t n);

/*
 * Texts that the functions above read back. A size below 16K is written in digits, which are
 * easier to compare there; above, with the largest unit that divides it. Return buf, which has
 * room for NUMBER_TEXT bytes.
 */
char *number_write_size(uint64_t value, char *buf);
char *number_write_duration(uint64_t ns, char *buf);

#endif
