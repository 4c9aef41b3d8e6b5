/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry: /net_wire/set changes a port while it runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_telemetry.h>
#include "pmd.h"

/* The pairs whose key begins with rx- into in, the others into out. */
static int
read_pairs(char *text, struct wire_spec *out, struct wire_spec *in, char *error)
{
	char *pair;
	int result = 0;

	while (result == 0 && (pair = strsep(&text, ",")) != NULL) {
		bool rx = strncmp(pair, "rx-", 3) == 0;
		char *key = pair + (rx ? 3 : 0), *value = strchr(key, '=');
		if (value == NULL) {
			snprintf(error, WIRE_SPEC_ERROR, "\"%.60s\": must be key=value", pair);
			return -EINVAL;
		}
		*value++ = '\0';
		result = wire_spec_set(rx ? in : out, key, value, error);
	}
	if (result == 0)
		result = wire_spec_check(out, error);
	return result == 0 ? wire_spec_check(in, error) : result;
}

/* "net_wire0,delay=10ms,loss=1%": what is not named stays. */
static int
set(const char *params, char *error)
{
	char text[1024], *rest = text;
	struct wire_spec out, in;
	struct pmd_port *p;

	if (params == NULL || strlen(params) >= sizeof(text) || strchr(params, ',') == NULL) {
		snprintf(error, WIRE_SPEC_ERROR, "must be PORT,key=value,key=value");
		return -EINVAL;
	}
	memcpy(text, params, strlen(params) + 1);
	const char *name = strsep(&rest, ",");
	if ((p = pmd_find(name)) == NULL) {
		snprintf(error, WIRE_SPEC_ERROR, "%.60s: is no net_wire port", name);
		return -ENODEV;
	}
	cable_get(p->cable, p->out, &out);
	cable_get(p->cable, !p->out, &in);
	int result = read_pairs(rest, &out, &in, error);
	if (result == 0 && ((result = cable_set(p->cable, p->out, &out)) < 0 ||
			(result = cable_set(p->cable, !p->out, &in)) < 0))
		snprintf(error, WIRE_SPEC_ERROR, "no memory");
	return result;
}

static int
on_set(const char *cmd, const char *params, struct rte_tel_data *d)
{
	char error[WIRE_SPEC_ERROR] = "";

	(void)cmd;
	return rte_tel_data_string(d, set(params, error) < 0 ? error : "set");
}

RTE_INIT(wire_tell)
{
	rte_telemetry_register_cmd("/net_wire/set", on_set,
		"Changes a port's impairments. Parameters: PORT,key=value,... (rx-key: of what it receives)");
}
