#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""README.md must be true: the examples it shows whole are the files, every path it names exists, and
every program it lists is built. Fails with one line for each thing that is not so."""
import glob
import os
import re
import sys

# What tests/resources counts besides what is shed.
NOT_SHED = {"tcp_segs_in", "tcp_segs_out"}


def problems(root):
    readme = open(os.path.join(root, "README.md"), encoding="utf-8").read()
    for path, code in re.findall(r"\[(\S+\.c)\]\(\S+\), whole:\n\n```c\n(.*?)```", readme, re.S):
        text = open(os.path.join(root, path), encoding="utf-8").read().split("\n", 1)[1]
        if text.strip() != code.strip():
            yield f"README.md: the example {path} differs from the file"
    for path in re.findall(r"\]\(([^)#:]+)\)", readme):
        if not os.path.exists(os.path.join(root, path)):
            yield f"README.md: {path} does not exist"
    for path in re.findall(r"`((?:lib|tests|apps|bench|run|tcp|core|link)/[\w./-]+)`", readme):
        if not any(os.path.exists(os.path.join(root, base, path)) for base in ("", "lib")):
            yield f"README.md: {path} does not exist"
    shown = "".join(open(path, encoding="utf-8").read() for path in glob.glob(os.path.join(root, "tests/resources/*.c")))
    section = readme.partition("## Out of resources\n")[2].partition("\n## ")[0]
    counters = {c for row in re.findall(r"^\|.*\|.*\|(.*)\|.*\|$", section, re.M) for c in re.findall(r"`(\w+)`", row)}
    for counter in sorted(counters ^ set(re.findall(r'(?:\.counter = |counted\()"(\w+)"', shown)) - NOT_SHED):
        yield f"README.md, Out of resources: the counter {counter} is not in both the table and tests/resources"
    meson = open(os.path.join(root, "apps/meson.build"), encoding="utf-8").read()
    for program in re.findall(r"^\| `(leat[\w-]*)` \|", readme, re.M):
        if f"executable('{program}'" not in meson:
            yield f"README.md: the program {program} is not built"
    if len(re.findall(r", whole:\n\n```c\n", readme)) < 2:
        yield "README.md: the two examples are missing"


if __name__ == "__main__":
    found = list(problems(sys.argv[1]))
    for line in found:
        print(line)
    print(f"{'not ok' if found else 'ok'} - README.md is true")
    sys.exit(1 if found else 0)
