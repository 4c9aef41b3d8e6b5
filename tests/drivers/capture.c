/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire's capture file, read by who draws it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <leat/core.h>
#include "drivers/wire/capture.h"
#include "ladder/blocks.h"
#include "lab.h"

static char path[] = "/tmp/leat-wire-XXXXXX";
static struct wire_capture *capture;

static void
begin(void)
{
	static const char *const names[WIRE_DIRS] = {"there", "back"};
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	lab_start();
	cr_assert_eq(wire_capture_open(path, names, SEC, &capture), 0);
	lab.params.observer = wire_capture_report;
	lab.params.observer_arg = capture;
}

static void
end(void)
{
	cr_assert_eq(wire_capture_close(capture), 0);
	unlink(path);
	lab_stop();
}

TestSuite(capture, .init = begin, .fini = end);

/* The next frame of the file must have this fate, and be that of lab_frame(number). Returns its time. */
static uint64_t
expect_next(struct blocks *b, const char *fate, uint64_t number)
{
	struct leat_error error = {.text = "the file ends"};
	struct blocks_frame f;
	uint64_t got;

	cr_assert_eq(blocks_next(b, &f, &error), 1, "%s", error.text);
	cr_assert(f.comment_len == strlen(fate) && memcmp(f.comment, fate, f.comment_len) == 0, "%.*s, not %s",
		(int)f.comment_len, f.comment, fate);
	cr_assert(f.link == 1 && f.captured == LAB_LEN && f.len == LAB_LEN);
	memcpy(&got, f.bytes + 34, sizeof(got));
	cr_assert_eq(got, number);
	return f.time;
}

static void
expect_end(struct blocks *b)
{
	struct blocks_frame f;

	cr_assert_eq(blocks_next(b, &f, NULL), 0);
	cr_assert(!b->cut);
	blocks_close(b);
}

Test(capture, each_packet_is_there_once_with_its_number_and_its_fate)
{
	struct wire_pick picks[] = {{2, 2, WIRE_LOSE}, {3, 3, WIRE_DUPLICATE | WIRE_REORDER}, {4, 4, WIRE_CORRUPT | WIRE_TRUNCATE}};
	struct blocks b;

	lab.params.impair[0] = (struct wire_impair){.delay = 20 * MS, .reorder_delay = 1500000, .picks = picks, .nb_picks = 3};
	lab.params.impair[1] = (struct wire_impair){.down = true};
	lab_wire();
	lab_push(0, 4, SEC + 5 * MS);
	lab_push(1, 1, SEC + 6 * MS);
	wire_flush(lab.w, 0);
	cr_assert_eq(blocks_open(path, &b, NULL), 0);
	uint64_t first = expect_next(&b, "net_wire packet 1 after 20.000 ms", 1);
	expect_next(&b, "net_wire packet 2 lost_picked", 2);
	expect_next(&b, "net_wire packet 3 after 21.500 ms duplicated reordered", 3);
	expect_next(&b, "net_wire packet 4 after 20.000 ms truncated corrupted", 4);
	cr_assert_eq(expect_next(&b, "net_wire packet 1 lost_down", 1) - first, MS);
	expect_end(&b);
}

Test(capture, a_chain_is_one_packet)
{
	struct rte_mbuf *m = lab_frame(7, LAB_LEN - 10), *tail = rte_pktmbuf_alloc(lab.sender);
	struct blocks b;

	memset(rte_pktmbuf_append(tail, 10), 0xb6, 10);
	cr_assert_eq(rte_pktmbuf_chain(m, tail), 0);
	lab_wire();
	wire_push(lab.w, 0, &m, 1, SEC);
	cr_assert_eq(blocks_open(path, &b, NULL), 0);
	expect_next(&b, "net_wire packet 1 after 0.000 ms", 7);
	expect_end(&b);
	cr_assert_eq(lab_pull(0, SEC), 7);
}

Test(capture, the_dates_are_those_of_the_wall_clock)
{
	struct timespec wall;
	struct blocks b;

	lab_wire();
	lab_push(0, 1, SEC);
	clock_gettime(CLOCK_REALTIME, &wall);
	cr_assert_eq(blocks_open(path, &b, NULL), 0);
	uint64_t now = (uint64_t)wall.tv_sec * SEC + (uint64_t)wall.tv_nsec;
	uint64_t time = expect_next(&b, "net_wire packet 1 after 0.000 ms", 1);
	cr_assert(time <= now && now - time < 60 * SEC, "%lu, not %lu", time, now);
	expect_end(&b);
	cr_assert_eq(lab_pull(0, SEC), 1);
}

Test(capture, a_full_disk_ends_the_file_and_is_told_at_its_end)
{
	static const char *const names[WIRE_DIRS] = {"there", "back"};
	struct wire_capture *none;
	struct blocks_frame f;
	struct blocks b;

	cr_assert_eq(wire_capture_open("/dev/full", names, SEC, &none), -ENOSPC);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){600, 600}), 0);
	lab_wire();
	lab_push(0, 10, SEC);
	wire_flush(lab.w, 0);
	cr_assert_eq(blocks_open(path, &b, NULL), 0);
	for (uint64_t n = 1; n <= 2; n++) {
		char fate[64];
		snprintf(fate, sizeof(fate), "net_wire packet %lu after 0.000 ms", n);
		expect_next(&b, fate, n);
	}
	cr_assert(blocks_next(&b, &f, NULL) == 0 && b.cut);
	blocks_close(&b);
	cr_assert_eq(wire_capture_close(capture), -ENOSPC);
	capture = NULL;
	cr_assert_eq(wire_capture_open("/nonexistent/file", names, SEC, &none), -ENOENT);
	cr_assert_eq(wire_capture_close(NULL), 0);
}
