/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_kvargs.h>
#include "base/number.h"
#include "pmd.h"

enum { CAPACITY_MAX = 1 << 20 };

RTE_LOG_REGISTER(pmd_logtype, pmd.net.wire, NOTICE);

struct reading {
	struct pmd_args *args;
	char *error;
	bool has_rx_key;
};

static int
refuse(const struct reading *r, const char *key, const char *value, const char *range)
{
	snprintf(r->error, WIRE_SPEC_ERROR, "%s=%.60s: must be %s", key, value, range);
	return -EINVAL;
}

/* To the wire's keys come our own. */
static int
refuse_key(const struct reading *r, const char *key)
{
	char wires[WIRE_SPEC_ERROR];
	const char *from;

	snprintf(wires, sizeof(wires), "%s", r->error);
	from = strstr(wires, "there are");
	snprintf(r->error, WIRE_SPEC_ERROR, "%.40s: no such key; there are peer on seed capacity capture%s", key,
		from != NULL ? from + strlen("there are") : "");
	return -ENOENT;
}

static int
read_port(const struct reading *r, const char *key, const char *value, char *name)
{
	size_t len = strlen(value);

	if (len == 0 || len >= PMD_NAME)
		return refuse(r, key, value, "the name of a port, 1..63 characters");
	memcpy(name, value, len + 1);
	return 0;
}

static int
read_path(const struct reading *r, const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len >= PMD_PATH)
		return refuse(r, "capture", value, "the path of a file, 1..255 characters");
	memcpy(r->args->capture, value, len + 1);
	return 0;
}

static int
read_capacity(const struct reading *r, const char *value)
{
	uint64_t n;

	if (number_parse(value, &n) < 0 || n < 1 || n > CAPACITY_MAX)
		return refuse(r, "capacity", value, "1..1048576 packets under way in each direction");
	r->args->capacity = (uint32_t)n;
	r->args->has_capacity = true;
	return 0;
}

/* One key=value of the devargs; a negative number ends the reading. */
static int
read_key(const char *key, const char *value, void *arg)
{
	struct reading *r = arg;

	if (value == NULL)
		value = "";
	if (strcmp(key, "peer") == 0)
		return read_port(r, key, value, r->args->peer);
	if (strcmp(key, "on") == 0)
		return read_port(r, key, value, r->args->on);
	if (strcmp(key, "capacity") == 0)
		return read_capacity(r, value);
	if (strcmp(key, "capture") == 0)
		return read_path(r, value);
	if (strcmp(key, "seed") == 0) {
		r->args->has_seed = true;
		return number_parse(value, &r->args->seed) < 0 ? refuse(r, key, value, "0..18446744073709551615") : 0;
	}
	if (strncmp(key, "rx-", 3) == 0) {
		r->has_rx_key = true;
		return wire_spec_set(&r->args->in, key + 3, value, r->error);
	}
	int result = wire_spec_set(&r->args->out, key, value, r->error);
	return result == -ENOENT ? refuse_key(r, key) : result;
}

static int
read_args(const char *text, struct pmd_args *args, char *error)
{
	struct reading r = {.args = args, .error = error};
	struct rte_kvargs *list = rte_kvargs_parse(text != NULL ? text : "", NULL);
	int result = -EINVAL;

	if (list == NULL) {
		snprintf(error, WIRE_SPEC_ERROR, "\"%.100s\": must be key=value,key=value", text);
		return -EINVAL;
	}
	if (rte_kvargs_process(list, NULL, read_key, &r) < 0)
		; /* said by who refused it */
	else if ((args->peer[0] != '\0') == (args->on[0] != '\0'))
		snprintf(error, WIRE_SPEC_ERROR,
			"needs peer=PORT (the other end of a pair) or on=PORT (to stand in front of it), and not both");
	else if (r.has_rx_key && args->on[0] == '\0')
		snprintf(error, WIRE_SPEC_ERROR, "keys with rx- go with on=; of a pair each port has its own sending direction");
	else if (wire_spec_check(&args->out, error) == 0)
		result = wire_spec_check(&args->in, error);
	rte_kvargs_free(list);
	return result;
}

/* The other of a pair, once it is there: NULL and 0 before. */
static int
find_peer(const char *name, const struct pmd_args *args, struct pmd_port **peer, char *error)
{
	*peer = NULL;
	if (args->on[0] != '\0')
		return 0;
	if (strcmp(args->peer, name) == 0) {
		snprintf(error, WIRE_SPEC_ERROR, "peer=%s: must be another port", name);
		return -EINVAL;
	}
	if (rte_eth_dev_allocated(args->peer) == NULL)
		return 0;
	*peer = pmd_find(args->peer);
	if (*peer == NULL || strcmp((*peer)->peer, name) != 0) {
		snprintf(error, WIRE_SPEC_ERROR, "peer=%s: must be a net_wire port with peer=%s", args->peer, name);
		return -EINVAL;
	}
	return 0;
}

/* Takes the port behind us from everybody else. */
static int
take_lower(struct pmd_port *p, const char *on, char *error)
{
	struct rte_eth_dev_owner owner = {0};
	uint16_t lower;

	if (rte_eth_dev_get_port_by_name(on, &lower) < 0) {
		snprintf(error, WIRE_SPEC_ERROR, "on=%s: must be a port that is there; give its --vdev before this one", on);
		return -ENODEV;
	}
	snprintf(owner.name, sizeof(owner.name), "%s", p->name);
	if (rte_eth_dev_owner_new(&owner.id) < 0 || rte_eth_dev_owner_set(lower, &owner) < 0) {
		snprintf(error, WIRE_SPEC_ERROR, "on=%s: must be a port that nobody else owns", on);
		return -EBUSY;
	}
	p->lower = lower;
	rte_eth_macaddr_get(lower, &p->mac);
	return 0;
}

static void
set_up(struct rte_eth_dev *dev, struct pmd_port *p)
{
	p->rx.port = p;
	for (unsigned i = 0; i < PMD_TX_QUEUES; i++)
		p->tx[i].port = p;
	dev->data->mac_addrs = &p->mac;
	dev->data->dev_link = (struct rte_eth_link){.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX, .link_autoneg = RTE_ETH_LINK_FIXED};
	dev->dev_ops = &pmd_ops;
	dev->rx_pkt_burst = pmd_rx_burst;
	dev->tx_pkt_burst = pmd_tx_burst;
}

static int
open_port(struct rte_eth_dev *dev, const struct pmd_args *args, struct pmd_port *peer, char *error)
{
	struct pmd_port *p = dev->data->dev_private;
	int result = 0;

	snprintf(p->name, sizeof(p->name), "%s", dev->data->name);
	snprintf(p->peer, sizeof(p->peer), "%s", args->peer);
	p->port_id = dev->data->port_id;
	p->lower = RTE_MAX_ETHPORTS;
	rte_eth_random_addr(p->mac.addr_bytes);
	if (args->on[0] != '\0')
		result = take_lower(p, args->on, error);
	if (result == 0)
		result = cable_take(p, args, peer, error);
	if (result < 0) {
		pmd_close(p);
		return result;
	}
	set_up(dev, p);
	return 0;
}

static int
probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	char error[WIRE_SPEC_ERROR] = "";
	struct pmd_args args = {0};
	struct rte_eth_dev *dev;
	struct pmd_port *peer;
	int result;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		SAY(ERR, "%s: works in the primary process only\n", name);
		return -ENOTSUP;
	}
	if ((result = read_args(rte_vdev_device_args(vdev), &args, error)) < 0 ||
		(result = find_peer(name, &args, &peer, error)) < 0) {
		SAY(ERR, "%s: %s\n", name, error);
		return result;
	}
	if ((dev = rte_eth_vdev_allocate(vdev, sizeof(struct pmd_port))) == NULL)
		return -ENOMEM;
	if ((result = open_port(dev, &args, peer, error)) < 0) {
		SAY(ERR, "%s: %s\n", name, error);
		rte_eth_dev_release_port(dev);
		return result;
	}
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
remove_port(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	pmd_ops.dev_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver driver = {.probe = probe, .remove = remove_port};

struct pmd_port *
pmd_find(const char *name)
{
	const struct rte_eth_dev *dev = rte_eth_dev_allocated(name);

	return dev != NULL && dev->dev_ops == &pmd_ops ? dev->data->dev_private : NULL;
}

RTE_PMD_REGISTER_VDEV(net_wire, driver);
RTE_PMD_REGISTER_PARAM_STRING(net_wire, "peer=<port> | on=<port> seed=<n> capacity=<n> capture=<file> delay=<time> loss=<%> ...");
