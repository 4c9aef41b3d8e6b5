#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes what happened into the cells whose claims are wrong, and renders the page anew.

    adopt.py BUILD [STEP...]

For a change of leat that is meant, and changes many times in the table: read the difference that it makes, row
by row, before you keep it, and see whether the reasons (.why) still hold. A table that follows leat without
being read proves nothing.
"""
import os
import re
import subprocess
import sys

STEPS = ["syn", "syn_ack", "third_ack", "data", "fin", "ack_of_fin", "peers_fin", "last_ack", "time_wait"]
WIDTH = 118  # of a line, tabs being eight


def literal(text):
    """C string literals, a line of text each, longer ones cut at a space."""
    out = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        line += "\\n" if i + 1 < len(lines) else ""
        while len(line) > WIDTH - 27:
            cut = line.rfind(" ", 0, WIDTH - 27) + 1
            out.append(line[:cut])
            line = line[cut:]
        out.append(line)
    return "\n\t\t\t".join(f'"{line}"' for line in out)


def differences(build, step):
    """{row: {claim: text}} of the cells that fail."""
    run = subprocess.run([os.path.join(build, "tests/break/test_break_" + step), "--ascii", "-j2"],
                         capture_output=True, text=True)
    words = "\n".join(re.sub(r"^\[----\] ? ?", "", line) for line in run.stderr.split("\n"))
    found = {}
    for row, sent, state, told, takes in re.findall(
            r"row (\d+).*?This happened:\n(.*?)\n *-- state\n(.*?)\n *-- told\n(.*?)\n *-- takes (.*? s)", words, re.S):
        claims = {"sent": sent, "state": state, "told": told, "takes": takes}
        found[int(row)] = {name: "\n".join(line.strip() for line in text.split("\n")) for name, text in claims.items()}
    return found


def adopt(path, found):
    with open(path, encoding="utf-8") as f:
        head, *rows = re.split(r"(?m)^(?=\t\{[A-Z_]+, [A-Z]+,\n)", f.read())
    for row, claims in found.items():
        for name, text in claims.items():
            rows[row] = re.sub(r"(?s)(\t\t\." + name + r" = )\".*?\"(?=,\n\t\t\.)",
                               lambda m, text=text: m[1] + literal(text), rows[row], count=1)
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + "".join(rows))


def main():
    build, here = sys.argv[1], os.path.dirname(os.path.abspath(__file__))
    for step in sys.argv[2:] or STEPS:
        found = differences(build, step)
        adopt(os.path.join(here, step + ".c"), found)
        print(f"{step}: {len(found)} cells")
    subprocess.run(["ninja", "-C", build, "tests/break/break_page"], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(here, "../break.md"), "w", encoding="utf-8") as f:
        subprocess.run([os.path.join(build, "tests/break/break_page")], check=True, stdout=f)


if __name__ == "__main__":
    main()
