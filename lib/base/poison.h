/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_POISON_H
#define BASE_POISON_H
/* Tells AddressSanitizer which bytes of a pool of our own may not be touched. Free without it. */
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define POISON_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ASAN 1
#endif
#endif

#ifdef POISON_ASAN
#include <sanitizer/asan_interface.h>
static inline void poison_on(const void *p, size_t n) { __asan_poison_memory_region(p, n); }
static inline void poison_off(const void *p, size_t n) { __asan_unpoison_memory_region(p, n); }
#else
static inline void poison_on(const void *p, size_t n) { (void)p; (void)n; }
static inline void poison_off(const void *p, size_t n) { (void)p; (void)n; }
#endif

#endif
