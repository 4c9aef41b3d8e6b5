#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The table of requirements must be true: every file and test that it names exists, every number of
RFC 9293 appendix B is in it, every number that a comment cites is a number of the table at that
section, what is proved has a test, and tests/rfc.md is what rfc.py makes. With --self-test it plants
one error of each kind in a tree of its own and must find exactly those."""
import os
import sys
import tempfile
import rfc

APPENDIX_B = [f"{word}-{n}" for word, last in (("MUST", 69), ("SHLD", 31), ("MAY", 18), ("REC", 1))
              for n in range(1, last + 1)]


def of_row(root, row, tests, refs):
    for path in row.files:
        if not os.path.exists(os.path.join(root, path)):
            yield f"{row.where}: {row.name}: there is no file {path}"
    for name in row.named:
        there = os.path.exists(os.path.join(root, name)) if name.startswith("tests/") else name in refs
        if not there:
            yield f"{row.where}: {row.name}: there is no test {name}"
    if row.reason and (row.files or row.named or row.but):
        yield f"{row.where}: {row.name}: both kept and {row.reason[0]}"
    if row.reason and not row.reason[1]:
        yield f"{row.where}: {row.name}: {row.reason[0]}, and no reason"
    if row.reason and row.reason[0] == "not taken" and row.level != "MAY":
        yield f"{row.where}: {row.name}: only a MAY can be not taken"
    proved = any(rfc.cites(row, t) for t in tests)
    if row.reason and proved:
        by = next(t.ref for t in tests if rfc.cites(row, t))
        yield f"{row.where}: {row.name}: {row.reason[0]}, but {by} proves it: say where it is kept"
    if not row.reason and not row.files:
        yield f"{row.where}: {row.name}: no file, and no reason for it"
    if not row.reason and not proved and not row.named:
        yield f"{row.where}: {row.name}: no test proves it, and no reason for it"


def of_numbers(rfcs):
    rows = [r for x in rfcs for r in x.rows if r.number]
    for number in APPENDIX_B:
        times = sum(1 for r in rows if r.number == number)
        if times != 1:
            yield f"tests/rfc/table: {number} of RFC 9293 appendix B is there {times} times"
    for r in rows:
        if r.rfc != 9293 or r.number not in APPENDIX_B:
            yield f"{r.where}: RFC {r.rfc} has no {r.number}"


def of_citations(root, rfcs):
    """Numbers in the comments of tests and sources: known, and beside the right section if any is named."""
    section = {r.number: r.section for x in rfcs for r in x.rows if r.number}
    for path, text in (*rfc.sources(root, "lib"), *rfc.sources(root, "tests")):
        for at, comment in rfc.comments(text):
            where = f"{path}:{text.count(chr(10), 0, at) + 1}"
            for number, cited in rfc.numbers(comment):
                if number not in section:
                    yield f"{where}: {number} is not in the table"
                elif cited not in (None, section[number]):
                    yield f"{where}: {number} stands in RFC 9293 {section[number]}, not {cited}"


def problems(root):
    try:
        rfcs = rfc.read_table(root)
    except rfc.Table as wrong:
        yield str(wrong)
        return
    tests = rfc.read_tests(root)
    refs = {t.ref for t in tests}
    for x in rfcs:
        for row in x.rows:
            yield from of_row(root, row, tests, refs)
    yield from of_numbers(rfcs)
    yield from of_citations(root, rfcs)
    with open(os.path.join(root, "tests/rfc.md"), encoding="utf-8") as f:
        if f.read() != rfc.page(root):
            yield "tests/rfc.md: not what the table and the tests say: run python3 tests/rfc/rfc.py"


def a_table():
    """RFC 9293 whole: each number proved by the test that cites it."""
    rows = "\n".join(f"{n} 3.1 MUST Words.\n\tin lib/a.c" for n in APPENDIX_B)
    return f"RFC 9293 TCP\nA remark.\n\n{rows}\n3.4 rule More words.\n\tin lib/a.c\n\tby spec/a/two\n\tbut not always\n"


def a_test():
    cited = "\n * ".join(f"RFC 9293 3.1 {n}" for n in APPENDIX_B)
    return f"/*\n * {cited} */\nTest(a, one)\n{{\n\tx();\n}}\n\n/* RFC 9293 3.4 */\nTest(a, two) {{ y(); }}\n"


TABLE, SPEC = "tests/rfc/table/9293", "tests/spec/a.c"
KEPT = "\tin lib/a.c\n\tby spec/a/two\n\tbut not always"
# What is planted: a file, what is found there, what takes its place; what must be said, and in how many
# lines: who cites a number that is gone is named too.
PLANTED = [
    (TABLE, "7 3.1 MUST Words.\n\tin lib/a.c", "7 3.1 MUST Words.\n\tin lib/b.c", "there is no file lib/b.c", 1),
    (TABLE, "by spec/a/two", "by spec/a/three", "there is no test spec/a/three", 1),
    (TABLE, "by spec/a/two", "by tests/netns/none.py", "there is no test tests/netns/none.py", 1),
    (TABLE, "MUST-7 3.1 MUST Words.\n\tin lib/a.c\n", "", "MUST-7 of RFC 9293 appendix B is there 0 times", 2),
    (TABLE, "MUST-8 3.1", "MUST-7 3.1", "MUST-7 of RFC 9293 appendix B is there 2 times", 3),
    (TABLE, "MAY-18 3.1", "MAY-19 3.1", "RFC 9293 has no MAY-19", 4),
    (TABLE, "\tby spec/a/two\n", "", "no test proves it", 1),
    (TABLE, "\tin lib/a.c\n\tby", "\tby", "no file, and no reason", 1),
    (TABLE, "9 3.1 MUST Words.\n\tin lib/a.c", "9 3.1 MUST Words.\n\tnot done: yet", "but spec/a/one proves it", 1),
    (TABLE, "\tbut not", "\tnot done: later\n\tbut not", "both kept and not done", 1),
    (TABLE, KEPT, "\tnot done:", "and no reason", 1),
    (TABLE, KEPT, "\tnot taken: no", "only a MAY can be not taken", 1),
    (TABLE, "\tbut not always", "\tperhaps", "neither in, by, but", 1),
    (TABLE, "3.4 rule", "3.4 RULE", "no requirement", 1),
    (TABLE, "RFC 9293", "RFC", "the first line is RFC, number and title", 1),
    (SPEC, "RFC 9293 3.1 MUST-7\n", "RFC 9293 3.2 MUST-7\n", "MUST-7 stands in RFC 9293 3.1, not 3.2", 1),
    (SPEC, "RFC 9293 3.1 MUST-7\n", "RFC 9293 3.1, 3.2 MUST-7\n", "MUST-7 stands in RFC 9293 3.1, not 3.2", 1),
    (SPEC, "RFC 9293 3.1 MUST-7\n", "RFC 9293 3.1 MUST-7, MUST-70\n", "MUST-70 is not in the table", 1),
    (SPEC, "RFC 9293 3.1 MUST-7\n", "nothing\n", "MUST-7: no test proves it", 1),
    (SPEC, "Test(a, two)", "Test(a, four)", "there is no test spec/a/two", 1),
    ("tests/rfc.md", "Words.", "Other words.", "run python3 tests/rfc/rfc.py", 1),
]


def plant(root, path, old, new):
    """A right tree with one error in it; False when the error could not be planted."""
    for name, text in {"lib/a.c": "\n", TABLE: a_table(), SPEC: a_test()}.items():
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
        with open(os.path.join(root, name), "w", encoding="utf-8") as f:
            f.write(text)
    with open(os.path.join(root, "tests/rfc.md"), "w", encoding="utf-8") as f:
        f.write(rfc.page(root))
    with open(os.path.join(root, path), encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(root, path), "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))
    return old in text or old == new


def self_test():
    with tempfile.TemporaryDirectory() as root:
        plant(root, SPEC, "", "")
        yield from (f"found in a table that is right: {line}" for line in problems(root))
    for path, old, new, said, times in PLANTED:
        with tempfile.TemporaryDirectory() as root:
            if not plant(root, path, old, new):
                yield f"not planted: {old}"
                continue
            # the page differs too when what it is made from does
            found = [line for line in problems(root) if path == "tests/rfc.md" or "tests/rfc.md" not in line]
            if len(found) != times or not any(said in line for line in found):
                yield f"planted {new!r} for {old!r}: {said!r} expected, found {found}"


if __name__ == "__main__":
    testing = sys.argv[1] == "--self-test"
    wrong = list(self_test() if testing else problems(sys.argv[1]))
    for line in wrong:
        print(line)
    name = "the check finds every planted error" if testing else "the table of requirements is true"
    print(f"{'not ok' if wrong else 'ok'} - {name}")
    sys.exit(1 if wrong else 0)
