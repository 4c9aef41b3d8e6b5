#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The requirements of the RFCs, where each is kept and which test proves it.

    rfc.py [ROOT]     writes tests/rfc.md

tests/rfc/table/ has a file an RFC; what is to be said of a requirement stands there, in our own words:

    RFC 9293 Transmission Control Protocol (TCP)
    A remark, for the page. Lines that begin with # are for who reads the table.

    MUST-13 3.6.1 MUST Who closes first lingers in TIME-WAIT for 2 MSL.
        in lib/tcp/time_wait.c

    3.2 MUST A timestamp that was not negotiated is not sent.
        in lib/tcp/output.c
        by spec/options/client_without_answer_sends_no_timestamps

Numbers are those of RFC 9293 appendix B; such a row has every test whose comment cites it; "by" names others, as
folder/suite/name (netns/file/name for a function test_name there), or a file under tests/. "but" says in
what leat does otherwise. In the place of "in" may stand "not done", "not taken" (a MAY), or
"does not apply", each with its reason.
"""
import os
import re
import sys

LEVELS = ("MUST NOT", "MUST", "SHOULD NOT", "SHOULD", "MAY", "rule")
REASONS = ("not done", "not taken", "does not apply")
TITLE = re.compile(r"^RFC (\d+) (.+)$")
HEAD = re.compile(r"^(?:((?:MUST|SHLD|MAY|REC)-\d+) )?(\S+) (%s) (.+)$" % "|".join(LEVELS))
CITATION = re.compile(r"RFC (\d+)(?: (\d+(?:\.\d+)*))?|(\b(?:MUST|SHLD|MAY|REC)-\d+)|(\d+(?:\.\d+)+)(?= [MSR])")
NETNS = re.compile(r"^def test_(\w+)\(", re.M)
TEST = re.compile(r"^(?:Test|ParameterizedTest|Theory)\((?:\([^)]*\)\s*,\s*)?(\w+),\s*(\w+)", re.M)


class Row:
    def __init__(self, rfc, where, number, section, level, text):
        self.rfc, self.where, self.number, self.section = rfc, where, number, section
        self.level, self.text = level, text
        self.files, self.named, self.but, self.reason = [], [], "", None

    @property
    def name(self):
        return f"RFC {self.rfc} {self.number or self.section}"


class Rfc:
    def __init__(self, number, title):
        self.number, self.title, self.remark, self.rows = int(number), title, "", []


class Table(Exception):
    """A line of the table that cannot be read."""


def detail(row, line, where):
    word, rest = next(((w, line[len(w):].strip()) for w in ("in", "by", "but", *REASONS)
                       if line.startswith(w + " ") or line.startswith(w + ":")), (None, line))
    rest = rest.lstrip(": ")
    if word == "in":
        row.files += rest.split()
    elif word == "by":
        row.named += rest.split()
    elif word == "but":
        row.but = rest
    elif word in REASONS:
        row.reason = (word, rest)
    else:
        raise Table(f"{where}: neither in, by, but, {' nor '.join(REASONS)}: {line}")


def read_file(path, shown):
    rfc = row = None
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for n, line in enumerate(lines, 1):
        where = f"{shown}:{n}"
        head = HEAD.match(line)
        if not line.strip() or line.startswith("#"):
            continue
        if rfc is None:
            title = TITLE.match(line)
            if not title:
                raise Table(f"{where}: the first line is RFC, number and title")
            rfc = Rfc(*title.groups())
        elif line[0] in " \t" and row is not None:
            detail(row, line.strip(), where)
        elif head:
            row = Row(rfc.number, where, *head.groups())
            rfc.rows.append(row)
        elif row is None:
            rfc.remark += (" " if rfc.remark else "") + line
        else:
            raise Table(f"{where}: no requirement: {line}")
    if rfc is None:
        raise Table(f"{shown}: empty")
    return rfc


def read_table(root):
    folder = os.path.join(root, "tests/rfc/table")
    rfcs = [read_file(os.path.join(folder, name), "tests/rfc/table/" + name) for name in sorted(os.listdir(folder))]
    return sorted(rfcs, key=lambda r: (r.number != 9293, r.number))


def comments(text):
    """(offset, text) of every comment, its line breaks and stars taken out."""
    for m in re.finditer(r"/\*.*?\*/|//[^\n]*", text, re.S):
        yield m.start(), re.sub(r"\s*\n\s*\*?\s*", " ", m.group())


def numbers(comment):
    """(number, section or None) of each that is cited; a section is that of a number if RFC 9293 was named last."""
    section = None
    for m in CITATION.finditer(comment):
        if m[1]:
            section = m[2] if m[1] == "9293" else None
        elif m[3]:
            yield m[3], section
        else:
            section = m[4]


class Test:
    def __init__(self, path, suite, name):
        self.path, self.suite, self.name = path, suite, name
        self.cited = []

    @property
    def ref(self):
        return f"{self.path.split('/')[1]}/{self.suite}/{self.name}"


def tests_of(path, text):
    """The tests of a file; a comment right above one, or inside it, is that test's."""
    found = []
    for m in TEST.finditer(text):
        above = re.search(r"((?:^(?:/\*| \*)[^\n]*\n)+)\Z", text[:m.start()], re.M)
        end = re.compile(r"^\}|[^\n]*\}$", re.M).search(text, m.start())
        begin = above.start() if above else m.start()
        test = Test(path, m[1], m[2])
        for _, comment in comments(text[begin:end.end() if end else len(text)]):
            test.cited += [number for number, _ in numbers(comment)]
        found.append(test)
    return found


def sources(root, top):
    for folder, folders, files in os.walk(os.path.join(root, top)):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".c", ".h")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as f:
                    yield os.path.relpath(path, root), f.read()


def netns_tests(root):
    """Those of the programs against the kernel: a function each, a file a suite."""
    folder = os.path.join(root, "tests/netns")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                for m in NETNS.finditer(f.read()):
                    yield Test("tests/netns/" + name, name[:-len(".py")], m[1])


def read_tests(root):
    return [t for path, text in sources(root, "tests") for t in tests_of(path, text)] + list(netns_tests(root))


def cites(row, test):
    return row.number in test.cited


def proofs(row, tests):
    """What proves a row: its tests, in the order of the tree, then files."""
    found = [t for t in tests if cites(row, t) or t.ref in row.named]
    return found, [n for n in row.named if n.startswith("tests/")]


def cell(text):
    return text.replace("|", "\\|")


def proof_cell(row, tests):
    if row.reason:
        return f"*{row.reason[0]}:* {row.reason[1]}"
    found, files = proofs(row, tests)
    shown = [f"[{t.suite}: {t.name}]({t.path[len('tests/'):]})" for t in found]
    shown += [f"[{f}]({f[len('tests/'):]})" for f in files]
    return "<br>".join(shown + ([f"*but:* {row.but}"] if row.but else []))


def section_of(rfc, tests):
    yield f"\n## RFC {rfc.number}: {rfc.title}\n"
    if rfc.remark:
        yield rfc.remark + "\n"
    numbered = any(r.number for r in rfc.rows)
    yield f"| {'number | ' if numbered else ''}section | level | requirement | kept in | proved by |"
    yield "|---" * (5 + numbered) + "|"
    for r in rfc.rows:
        where = "<br>".join(f"[{f}](../{f})" for f in r.files)
        number = f"{r.number or ''} | " if numbered else ""
        yield f"| {number}{r.section} | {r.level} | {cell(r.text)} | {where} | {cell(proof_cell(r, tests))} |"


def totals(rfcs):
    yield "| RFC | | requirements | proved | not done | not taken | does not apply |"
    yield "|---|---|---|---|---|---|---|"
    for rfc in rfcs:
        of = [sum(1 for r in rfc.rows if (r.reason or ("",))[0] == kind) for kind in ("", *REASONS)]
        link = f"rfc-{rfc.number}-" + re.sub(r"[^\w -]", "", rfc.title.lower()).replace(" ", "-")
        yield f"| [{rfc.number}](#{link}) | {rfc.title} | {len(rfc.rows)} | {' | '.join(str(n or '') for n in of)} |"
    rows = [r for rfc in rfcs for r in rfc.rows]
    of = [sum(1 for r in rows if (r.reason or ("",))[0] == kind) for kind in ("", *REASONS)]
    yield f"| | in all | {len(rows)} | {' | '.join(map(str, of))} |"


def page(root):
    rfcs, tests = read_table(root), read_tests(root)
    lines = ["<!-- Written by tests/rfc/rfc.py from tests/rfc/table and the comments of the tests. -->",
             "# What the RFCs require, and what proves it", "",
             "A requirement, the file that keeps it, the test that fails when it is not kept. Where leat does",
             "not do something, or does it otherwise, the reason stands there. Levels are the RFC's own words",
             "(RFC 2119); \"rule\" is what an RFC older than those words, or an informational one, asks for.",
             "The suite `rfc` (`tests/run rfc`) holds this page, the tests and the files together.", ""]
    lines += totals(rfcs)
    for rfc in rfcs:
        lines += section_of(rfc, tests)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    try:
        text = page(top)
    except Table as wrong:
        sys.exit(str(wrong))
    with open(os.path.join(top, "tests/rfc.md"), "w", encoding="utf-8") as out:
        out.write(text)
