/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include <leat/config.h>
#include <leat/core.h>
#include "fuzz.h"

/* A configuration file: taken, or refused with one line that says where. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct leat_config config;
	struct leat_error error = {0};
	char path[32];
	int fd = memfd_create("leat.ini", 0);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	leat_config_init(&config);
	int rc = leat_config_file(&config, path, &error);
	MUST(rc == 0 || (rc == -EINVAL && error.code == EINVAL));
	if (rc < 0)
		MUST(strncmp(error.text, path, strlen(path)) == 0);
	else if (leat_config_check(&config, &error) < 0)
		MUST(error.code == EINVAL && error.text[0] != '\0');
	MUST(strchr(error.text, '\n') == NULL && memchr(error.text, '\0', sizeof(error.text)) != NULL);
	close(fd);
	return 0;
}
