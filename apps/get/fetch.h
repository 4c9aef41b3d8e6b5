/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GET_FETCH_H
#define GET_FETCH_H
/* Requests one after another on one connection, and what comes back written where it belongs. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <leat/leat.h>
#include "response.h"
#include "url.h"

struct fetch {
	/* What is wanted. */
	const char *name;       /* of the program, before each line on stderr */
	struct leat *leat;
	struct leat_core *core;
	const struct url *url;
	const char *output;     /* file for the body; NULL: stdout */
	const char *range;      /* NULL: all */
	bool head;              /* HEAD, and the head is what is printed */
	bool verbose;
	uint64_t count;         /* requests to make */
	uint64_t timeout;       /* ns without progress, 0 = as long as TCP has patience */

	/* What has come. */
	uint64_t done;          /* responses */
	uint64_t bytes;         /* of bodies */
	uint64_t errors;        /* responses with a status of 400 or more */
	int last_status;
	uint64_t began, ended;  /* ns */
	bool failed;            /* an error has been printed */

	/* Its own. */
	struct leat_conn *conn; /* NULL: not yet, or no longer */
	struct leat_timer *timer;
	FILE *to;
	bool quiet;             /* our end is closed: only the last goodbye is waited for */
	struct response response;
};

/* Connects. leat_stop() is called when all is over. 0, or -1 after a line on stderr. */
int fetch_start(struct fetch *f);

/* After the run: gives up what is still open, flushes the output; true: all went well. */
bool fetch_finish(struct fetch *f);

#endif
