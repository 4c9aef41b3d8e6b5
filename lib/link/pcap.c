/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_mbuf.h>
#include "link/log.h"
#include "link/pcap.h"

enum {
	PCAP_MAGIC_NS = (int)0xa1b23c4d, /* in the writer's byte order: readers swap if need be */
	PCAP_SNAPLEN = 262144,
	PCAP_ETHERNET = 1,
	NS_PER_SEC = 1000000000,
};

struct pcap_file {
	FILE *file;
	uint64_t offset; /* wall clock minus the core's clock, nanoseconds */
	bool failed;
};

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, sigfigs, snaplen, linktype;
};

struct frame_header {
	uint32_t sec, nsec;
	uint32_t captured, length;
};

static void
put(struct pcap_file *f, const void *data, size_t len)
{
	if (f->failed || fwrite(data, 1, len, f->file) == len)
		return;
	f->failed = true;
	LINK_LOG(NOTICE, "the capture file ends here: %s\n", strerror(errno));
}

int
pcap_open(const char *path, uint64_t now, struct pcap_file **out)
{
	const struct file_header h = {
		.magic = (uint32_t)PCAP_MAGIC_NS,
		.major = 2,
		.minor = 4,
		.snaplen = PCAP_SNAPLEN,
		.linktype = PCAP_ETHERNET,
	};
	struct pcap_file *f = calloc(1, sizeof(*f));
	struct timespec wall;

	if (f == NULL)
		return -ENOMEM;
	f->file = fopen(path, "wbe");
	if (f->file == NULL) {
		int error = errno;
		free(f);
		return -error;
	}
	clock_gettime(CLOCK_REALTIME, &wall);
	f->offset = (uint64_t)wall.tv_sec * NS_PER_SEC + (uint64_t)wall.tv_nsec - now;
	put(f, &h, sizeof(h));
	*out = f;
	return 0;
}

void
pcap_write(struct pcap_file *f, const struct rte_mbuf *m, uint64_t now)
{
	uint64_t time = f->offset + now;
	const struct frame_header h = {
		.sec = (uint32_t)(time / NS_PER_SEC),
		.nsec = (uint32_t)(time % NS_PER_SEC),
		.captured = m->pkt_len,
		.length = m->pkt_len,
	};

	flockfile(f->file); /* cores share it; nobody else does, and who captures has time */
	put(f, &h, sizeof(h));
	for (; m != NULL; m = m->next)
		put(f, rte_pktmbuf_mtod(m, const void *), m->data_len);
	funlockfile(f->file);
}

void
pcap_close(struct pcap_file *f)
{
	if (f == NULL)
		return;
	if (fclose(f->file) != 0 && !f->failed)
		LINK_LOG(NOTICE, "the capture file is incomplete: %s\n", strerror(errno));
	free(f);
}
