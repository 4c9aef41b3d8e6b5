/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The target: any sequence of segments, ICMP errors, calls and time, into any state; segments/script.h is how
 * an input is read, segments/judge.h and segments/block.h what must hold whatever it is.
 */
#include "fuzz.h"
#include "segments/app.h"
#include "segments/script.h"
#include "segments/stage.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (stage.leat == NULL) {
		stage.loud = getenv("FUZZ_TELL") != NULL;
		stage_open(&app_accepting);
	}
	script_play(data, size);
	return 0;
}
