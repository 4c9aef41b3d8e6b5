# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A network namespace of one's own, as root or not. Sourced.

# The words before a command that put it into a new network namespace. An ordinary user gets the
# capabilities that taps and addresses need inside a user namespace of its own.
netns_words=(unshare --net)
((EUID == 0)) || netns_words=(unshare --user --map-current-user --keep-caps --net)

# Prints why there can be no tap in a namespace here, and what to do; nothing if there can.
netns_why_not()
{
	if ! "${netns_words[@]}" true 2>/dev/null; then
		if ((EUID == 0)); then
			echo "this place allows no network namespace; a container needs --privileged, or" \
				"--cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun"
		else
			echo "ordinary users may not make user namespaces here: run it as root, or as root allow" \
				"them (sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000)"
		fi
	elif [[ ! -e /dev/net/tun ]]; then
		echo "/dev/net/tun is not there; as root: modprobe tun (a container needs --device /dev/net/tun)"
	elif ! : 2>/dev/null <>/dev/net/tun; then
		echo "/dev/net/tun may not be opened; as root: chmod 666 /dev/net/tun (or run this as root)"
	fi
}

# EAL options for a leat on a tap: netns_eal PREFIX TAP MEGABYTES, into netns_eal_words. No
# hugepages, no PCI, one thread that may run on every CPU that we have.
netns_eal()
{
	local cpus
	cpus=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)

	# shellcheck disable=SC2034
	netns_eal_words=(--no-huge -m "$3" --no-pci --no-telemetry --lcores "0@($cpus)" --file-prefix "$1"
		--vdev "net_tap0,iface=$2")
}

# The folder that EAL makes for a prefix, and leaves behind.
netns_eal_dir()
{
	if ((EUID == 0)); then
		echo "/var/run/dpdk/$1"
	else
		echo "${XDG_RUNTIME_DIR:-/tmp}/dpdk/$1"
	fi
}
