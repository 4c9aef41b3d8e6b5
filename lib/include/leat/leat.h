/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_LEAT_H
#define LEAT_LEAT_H
/* Everything a program over leat's event interface needs. */
#include <leat/addr.h>
#include <leat/config.h>
#include <leat/core.h>
#include <leat/ladder.h>
#include <leat/ping.h>
#include <leat/tcp.h>
#include <leat/timer.h>
#include <leat/udp.h>
#include <leat/version.h>
#endif
