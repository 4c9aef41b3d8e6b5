/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_VERSION_H
#define LEAT_VERSION_H

#define LEAT_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the library that is loaded, as text: "0.1.0". */
const char *leat_version(void);

#ifdef __cplusplus
}
#endif
#endif
