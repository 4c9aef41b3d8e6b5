# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What apps/demo, tests/run and .ci/run have in common: saying what they do, packages, building.
# Sourced from the top of the tree. Whoever sources it sets `log`, the file that takes what the
# commands themselves say (it is shown only when one of them fails), and calls end_steps at its end.

steps_ticker=
steps_policy=

# One line of the table of what is being done: a word and what came of it.
say()
{
	printf '  %-10s %s\n' "$1" "$2"
}

# die TEXT: ends with one line, and with the end of the log if there is something in it.
die()
{
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	if [[ -n ${log:-} && -s $log ]]; then
		printf '%s\n' '--- the last of what the command said:' >&2
		tail -n 40 "$log" >&2
	fi
	exit 1
}

# Shows, while the foreground command of `step` takes longer than two seconds, that it lives: on a
# terminal one line that counts, otherwise a line after 2 s and then every 10 s.
tick()
{
	local word=$1 seconds=0 last clock

	# Something to wait on for a second without a child that would have to be ended.
	exec {clock}<> <(:)
	while :; do
		read -rt 1 -u "$clock"
		seconds=$((seconds + 1))
		((seconds >= 2)) || continue
		last=$(tail -c 300 "$log" 2>/dev/null | tr '\r\t' '\n ' | tail -n 1 | cut -c1-54)
		last=${last%"${last##*[![:space:]]}"}
		if [[ -t 1 ]]; then
			printf '\r\033[K  %-10s %3d s  %s' "$word" "$seconds" "$last"
		elif ((seconds == 2 || seconds % 10 == 0)); then
			printf '  %-10s ... %d s  %s\n' "$word" "$seconds" "$last"
		fi
	done
}

end_tick()
{
	[[ -n $steps_ticker ]] || return 0
	kill "$steps_ticker" 2>/dev/null
	wait "$steps_ticker" 2>/dev/null
	steps_ticker=
	[[ -t 1 ]] && printf '\r\033[K'
	return 0
}

# What is installed for the tests shall not begin to serve: Debian's way to say so, while it installs.
hold_services()
{
	local policy=/usr/sbin/policy-rc.d

	[[ ! -e $policy ]] || return 0
	steps_policy=$policy
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

release_services()
{
	[[ -z $steps_policy ]] || rm -f "$steps_policy"
	steps_policy=
}

end_steps()
{
	end_tick
	release_services
}

# step WORD COMMAND...: runs the command, its output in the log; returns its status. In the
# foreground, so that Ctrl-C reaches it too.
step()
{
	local word=$1 status
	shift

	: >"$log"
	tick "$word" &
	steps_ticker=$!
	"$@" >>"$log" 2>&1 </dev/null
	status=$?
	end_tick
	((status != 0)) || : >"$log"
	return $status
}

# Those of the packages given that are not installed, on one line.
packages_missing()
{
	local p missing=()

	for p in "$@"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == installed ]] || missing+=("$p")
	done
	echo "${missing[*]}"
}

# packages_get INSTALL PACKAGE...: installs what is missing if INSTALL is 1 and we are root;
# otherwise ends with the line that does it.
packages_get()
{
	local install=$1 missing
	shift

	if ! command -v dpkg-query >/dev/null; then
		say packages "this is not a Debian: needed are $*"
		return
	fi
	missing=$(packages_missing "$@")
	if [[ -z $missing ]]; then
		say packages "all there"
		return
	fi
	if ((install == 0 || EUID != 0)); then
		printf '%s: some packages are missing. As root:\n' "${0##*/}" >&2
		printf 'apt-get install --no-install-recommends -y %s\n' "$missing" >&2
		exit 1
	fi
	say packages "installing $missing"
	export DEBIAN_FRONTEND=noninteractive
	step packages apt-get -q update || die "apt-get update failed"
	hold_services
	# shellcheck disable=SC2086
	step packages apt-get -q install -y --no-install-recommends $missing || die "apt-get install failed"
	release_services
	say packages "installed, ${SECONDS} s"
}

# What `meson setup` must be told so that DIR is a build of this tree with these options; nothing if
# it is one.
setup_words()
{
	local dir=$1 options=$2

	if [[ ! -f $dir/build.ninja ]]; then
		echo setup
	elif ! grep -qF "\"source\": \"$PWD\"" "$dir/meson-info/meson-info.json"; then
		echo setup --wipe # the tree was copied or moved, and carries a build of the other place
	elif [[ -n $options && $(cat "$dir/.options" 2>/dev/null) != "$options" ]]; then
		echo setup --reconfigure
	fi
}

# build DIR "MESON OPTIONS" [TARGET...]: configures DIR if need be, and builds it.
build()
{
	local dir=$1 options=$2 since=$SECONDS setup
	shift 2

	setup=$(setup_words "$dir" "$options")
	if [[ -n $setup ]]; then
		# shellcheck disable=SC2086
		step build meson $setup $options "$dir" || die "meson could not configure $dir/"
		echo "$options" >"$dir/.options"
	fi
	step build ninja -C "$dir" "$@" || die "the build in $dir/ failed"
	say build "$dir/, $((SECONDS - since)) s"
}
