/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_LOG_H
#define LINK_LOG_H
/* Lines for a person about ports and links; --log-level=leat.link:N sets what is shown. */
#include <rte_log.h>

extern int link_logtype;

#define LINK_LOG(level, ...) rte_log(RTE_LOG_##level, (uint32_t)link_logtype, "leat: " __VA_ARGS__)

#endif
