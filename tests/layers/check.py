#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The house's arrows: each room may include only what stands below it. Reads the #include lines of
lib/, drivers/, apps/ and bench/ and names every one that points upward; with --self-test it plants some in
a tree of its own and must find exactly those."""
import os
import re
import sys
import tempfile

# What each room may include, besides itself, system and DPDK headers.
ROOMS = {
    "base": ["leat"],
    "wire": ["leat", "base"],
    "core": ["leat", "base", "wire"],
    "config": ["leat", "base", "wire", "core"],
    "ladder": ["leat", "base", "wire", "core"],
    "link": ["leat", "base", "wire", "core"],
    "ip": ["leat", "base", "wire", "core", "link"],
    "udp": ["leat", "base", "wire", "core", "link", "ip"],
    "tcp": ["leat", "base", "wire", "core", "link", "ip"],
    "run": ["leat", "base", "wire", "core", "config", "ladder", "link", "ip", "udp", "tcp"],
    "dns": ["leat"],
    "socket": ["leat", "base"],
    "preload": ["leat", "base", "socket"],
    "include": ["leat"],
}
OUTSIDE = ["apps", "bench"]  # these see <leat/...> and their own files
INSIDE = [os.path.join("bench", "micro")]  # and this the whole library: it measures its parts
DRIVERS = ["base"]  # what stands under DPDK's interface knows no protocol and no stack above it
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)


def includes(path):
    with open(path, encoding="utf-8") as f:
        return INCLUDE.findall(f.read())


def sources(top):
    for folder, _, files in os.walk(top):
        for name in sorted(files):
            if name.endswith((".c", ".h")):
                yield os.path.join(folder, name)


def problems(root):
    lib = os.path.join(root, "lib")
    for path in sources(lib):
        room = os.path.relpath(path, lib).split(os.sep)[0]
        if room not in ROOMS:
            yield f"{os.path.relpath(path, root)}: lib/{room} is not a room of the house (tests/layers/check.py)"
            continue
        for header in includes(path):
            other = header.split("/")[0] if "/" in header else room
            if other in ROOMS or other == "leat":
                if other != room and other not in ROOMS[room]:
                    yield f"{os.path.relpath(path, root)}: includes {header}, but {room} stands below {other}"
    for path in sources(os.path.join(root, "drivers")):
        for header in includes(path):
            room = header.split("/")[0] if "/" in header else None
            if (room in ROOMS or room == "leat") and room not in DRIVERS:
                yield f"{os.path.relpath(path, root)}: includes {header}; drivers see base and their own files"
    for top in OUTSIDE:
        for path in sources(os.path.join(root, top)):
            if os.path.dirname(os.path.relpath(path, root)) in INSIDE:
                continue
            for header in includes(path):
                if "/" in header and header.split("/")[0] in ROOMS and \
                        not os.path.exists(os.path.join(root, top, header)):
                    yield f"{os.path.relpath(path, root)}: includes {header}; {top} sees <leat/...> only"


PLANTED = {
    "lib/wire/a.h": '#include "core/core.h"\n',
    "lib/tcp/b.c": '#include <string.h>\n#include "udp/udp.h"\n#include "ip/ip.h"\n',
    "lib/socket/c.c": '  #  include "tcp/tcb.h"\n#include "base/ring.h"\n',
    "apps/d.c": '#include "core/core.h"\n#include <leat/leat.h>\n',
    "lib/attic/e.c": "\n",
    "bench/l.c": '#include "core/wheel.h"\n',
    "drivers/wire/h.c": '#include "wire.h"\n#include "core/core.h"\n',
}
GOOD = {
    "lib/run/f.c": '#include "tcp/tcp.h"\n#include <rte_mbuf.h>\n#include <sys/uio.h>\n#include "run.h"\n',
    "drivers/wire/i.c": '#include "wire.h"\n#include "base/number.h"\n#include <net/if.h>\n',
    "bench/micro/k.c": '#include "core/wheel.h"\n',
    "apps/common/g.c": '#include "common/app.h"\n#include <leat/tcp.h>\n',
}


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**PLANTED, **GOOD}.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        found = sorted(line.split(":")[0] for line in problems(root))
        return [] if found == sorted(PLANTED) else [f"planted {sorted(PLANTED)}, found {found}"]


if __name__ == "__main__":
    name = "the test finds planted upward arrows" if sys.argv[1] == "--self-test" else "no include points upward"
    wrong = self_test() if sys.argv[1] == "--self-test" else list(problems(sys.argv[1]))
    for line in wrong:
        print(line)
    print(f"{'not ok' if wrong else 'ok'} - {name}")
    sys.exit(1 if wrong else 0)
