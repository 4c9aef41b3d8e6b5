#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The benches run and say something sane: bench/run --quick, what it refuses, bench/compare. No figure of time is
judged here; that an exchange takes six packets is."""
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
NAMES = ["limit", "handshakes", "requests", "stream", "latency", "idle", "flood", "overload", "scale", "micro"]
failures = []


def case(name, right, why=""):
    print(f"{'ok' if right else 'not ok'} - {name}{'' if right else ': ' + str(why)}")
    if not right:
        failures.append(name)


def bench(program, *args):
    return subprocess.run([os.path.join(TOP, "bench", program), *args], capture_output=True, text=True)


def module(name):
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(TOP, "bench", name))
    spec = importlib.util.spec_from_loader(name, loader)
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


def rows_are_sane(file):
    done = bench("run", "--quick", "--build", BUILD, "--json", file)
    case("bench/run --quick runs all", done.returncode == 0, done.stderr)
    with open(file, encoding="utf-8") as f:
        rows = json.load(f)
    skipped = {line.split(":")[0] for line in done.stderr.splitlines() if ": skipped: " in line} - {"handshakes"}
    case("each bench has rows, or its reason", {r["bench"] for r in rows} == set(NAMES) - skipped, done.stderr)
    case("scale runs where there are two CPUs", ("scale" in skipped) == (len(os.sched_getaffinity(0)) < 2), done.stderr)
    idle = next(r for r in rows if r["unit"] == "bytes/connection")
    account = next(r for r in rows if "own account" in r["case"])
    case("the tables' own account is what the process has of the system, pages that are begun apart",
         256 < account["value"] < 300 and 0.85 < account["ratio"] < 1.1, account)
    told = os.access("/proc/slabinfo", os.R_OK)
    case("what a kernel's socket takes is measured, or the row says why not",
         (500 < idle["peer_value"] < 20000) if told else ("slabinfo" in idle["case"] and not idle["peer"]), idle)
    flood_is_sane([r for r in rows if r["bench"] == "flood"])
    pings = {r["case"]: r for r in rows if r["bench"] == "latency"}
    quiet, load = pings.get("p50, 0 at a time on 0 others"), pings.get("p50, 64 at a time on 1000 others")
    case("latency: the kernel beside leat, idle and under the same load", len(pings) == 6 and
         all(r["peer"] == "kernel" for r in pings.values()), pings)
    case("latency: the load stands before the message, at leat's and at the kernel's",
         quiet and load and load["value"] > quiet["value"] and load["peer_value"] > quiet["peer_value"], pings)
    moved = {r["unit"]: r["value"] for r in rows if r["bench"] == "scale" and "steers" in r["case"]}
    case("where software steers, packets pass from core to core",
         "scale" in skipped or 2 < moved["passed/connection"] < 12, moved)
    line = [r["value"] for r in rows if r["bench"] == "scale" and "cache line" in r["case"]]
    case("what passes between cores has its measure beside it", "scale" in skipped or (len(line) == 1 and line[0] > 50), line)
    case("each row is in the table", all(r["case"] in done.stdout for r in rows))
    case("no case comes twice", len({(r["bench"], r["case"], r["unit"]) for r in rows}) == len(rows))
    case("repeated five times, but for memory",
         all(r["runs"] >= 5 or r["unit"] == "bytes/connection" for r in rows), [r for r in rows if r["runs"] < 5])
    packets = [r["value"] for r in rows if r["unit"] == "packets/connection"]
    case("six packets a connection, of the limit and of leat", len(packets) == 4 and all(abs(p - 6) < 0.1 for p in packets),
         packets)
    case("handshakes stand beside the limit",
         all(r["peer"] == "limit" for r in rows if r["bench"] == "handshakes" and r["unit"] == "cycles/connection" and
             r["case"].startswith(("256 at", "1024 at"))))
    served(rows, done.stderr)
    by_the_clock(rows)
    return rows


def of_cpu_time(row):
    """What has a row by the clock beside it; several threads or processes have theirs in connections a second."""
    return (row["unit"].startswith("cycles") or row["unit"].endswith("/CPU-second")) and row["bench"] != "scale" and \
        not row["case"].startswith(("memif, ", "virtio_user, ", "kernel over loopback"))


def tsc_mhz():
    return float(module("run").first_line("/proc/cpuinfo", "bogomips")) / 2


def by_the_clock(rows):
    ns = 1e3 / tsc_mhz()
    found = {(r["bench"], r["case"], r["unit"]): r for r in rows}
    missing, shorter, benches = [], [], set()
    for r in filter(of_cpu_time, rows):
        unit = re.sub("^cycles", "ns", r["unit"]).replace("/CPU-second", "/s")
        clock = found.get((r["bench"], f"{r['case']}, by the clock", unit))
        benches.add(r["bench"])
        if clock is None or (clock["runs"], clock["peer"]) != (r["runs"], r["peer"]):
            missing.append(r)
        elif r["bench"] != "flood":  # its difference may be anything
            less, more = (r["value"] * ns, clock["value"]) if unit.startswith("ns") else (clock["value"], r["value"])
            shorter += [] if less < 1.02 * more else [(r, clock)]
    case("by the clock: each figure of CPU time has one", not missing and
         benches == {"limit", "handshakes", "requests", "stream", "idle", "flood", "micro"}, (benches, missing))
    case("by the clock nothing takes less than by CPU time", not shorter, shorter)
    others = {r["bench"] for r in rows if r["case"].endswith("by the clock")} - benches
    case("by the clock: scale too, where there are two CPUs", others == ({"scale"} if len(os.sched_getaffinity(0)) > 1 else set()),
         others)


def two_on_one_cpu():
    """Each has half of it: the clock tells, and CPU time does not."""
    command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), os.path.join(BUILD, "bench", "limit"), "-s", "0.3", "-r", "3",
               "--json"]

    def waited():
        ratios = []
        for p in [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]:
            rows = {r["unit"]: r["value"] for r in map(json.loads, p.communicate()[0].splitlines()) if "both ends" in r["case"]}
            ratios.append(rows.get("ns/connection", 0) * tsc_mhz() / 1e3 / rows["cycles/connection"])
        return ratios

    # where one of them begins late the other has most of its runs alone
    tried = [waited()]
    while min(tried[-1]) <= 1.3 and len(tried) < 5:
        tried.append(waited())
    case("two on one CPU: by the clock each takes longer than by CPU time", min(tried[-1]) > 1.3, tried)


def flood_is_sane(flood):
    case("flood: memory stays, and tables keep to their size",
         len([r for r in flood if r["unit"] == "MiB" and r["ratio"] < 1.1]) == 4 and
         len([r for r in flood if r["unit"] == "entries" and r["ratio"] <= 1]) == 4, flood)
    case("flood: honest connections are timed, all kinds", len([r for r in flood if "p99" in r["case"] and r["value"] > 0]) == 4)
    offered = [r["ratio"] for r in flood if r["peer"] == "without loss"]
    case("flood: it comes at nine tenths of what the server takes without loss", len(offered) == 4 and
         all(0.6 < ratio < 1.05 for ratio in offered), offered)
    beside = [r["ratio"] for r in flood if r["unit"] == "connections/server-s"]
    case("flood: honest connections are served in what it leaves, and it leaves little", len(beside) == 4 and
         all(0 < ratio < 0.5 for ratio in beside), beside)
    case("flood: what was lost of it, and what honest ones sent again, is told",
         [len([r for r in flood if r["unit"] == unit]) for unit in ("lost/million", "resent/million")] == [4, 4], flood)


def served(rows, said):
    """A server alone, in each way that it can be reached here, beside the kernel's."""
    two = len(os.sched_getaffinity(0)) > 1
    for kind in ("memif", "virtio_user"):
        found = {(r["case"].split(", ")[-1], r["unit"]): r for r in rows if r["case"].startswith(f"{kind}, leat-httpd alone")}
        skipped = not two or f"skipped: leat-httpd over {kind}:" in said
        case(f"a server over {kind}: connections, cycles, failures beside the kernel's, or why not",
             skipped != (("server", "cycles/connection") in found), said)
        for r in found.values():
            case(f"{r['case']} stands beside the kernel", r["unit"].endswith("/million") or "without" in r["case"] or
                 (r["peer"] or "").startswith("kernel"), r)
    by_veth = [r for r in rows if r["case"].startswith("kernel over loopback") and r["peer"] == "kernel, veth"]
    case("the kernel over loopback, and over veth where that can be made", not two or
         len(by_veth) == ("skipped: kernel over veth" not in said), said)


def the_limit_stands_in_every_table():
    done = bench("run", "micro", "--quick", "--build", BUILD)
    lines = [line.split()[0] for line in done.stdout.splitlines() if "cycles" in line]
    case("the limit stands above whatever is asked for", done.returncode == 0 and lines[0] == "limit" and
         "micro" in lines, done.stdout + done.stderr)


def wrong_rows_are_refused(rows):
    check = module("run").check
    good = next(r for r in rows if r["peer"] and r["bench"] != "flood")
    wrong = [{**good, "value": 0}, {**good, "value": -1}, {**good, "runs": 0}, {**good, "more": 1}, {**good, "spread": "1"},
             {**good, "ratio": 2 * good["ratio"]}, {k: good[k] for k in good if k != "peer"}]
    case("a good row is taken", check(good) is None, check(good))
    case("wrong rows are refused", all(map(check, wrong)), [r for r in wrong if not check(r)])


def compare_compares(rows, file):
    other = file + ".other"
    with open(other, "w", encoding="utf-8") as f:
        json.dump([{**r, "value": 3 * r["value"], "spread": 0.1} for r in rows[1:]], f)
    with open(file, "w", encoding="utf-8") as f:
        json.dump([{**r, "spread": 0.1} for r in rows], f)
    same, thrice = bench("compare", file, file), bench("compare", file, other)
    case("compare: the same is noise", same.returncode == 0 and same.stdout.count("  noise") == len(rows), same.stderr)
    none = sum(r["value"] == 0 for r in rows)  # what did not happen; thrice that is no more
    case("compare: three times is none", thrice.stdout.count("3.000") == len(rows) - 1 - none and
         thrice.stdout.count("  noise") == none, thrice.stdout)
    with open(other, "w", encoding="utf-8") as f:
        json.dump([{**r, "value": r["value"] or 1} for r in rows], f)
    appeared = bench("compare", file, other)
    case("compare: what did not happen before is no noise", appeared.stdout.count("inf") == none and
         appeared.stdout.count("  noise") == len(rows) - none, appeared.stderr)
    case("compare: what only one has is named", f"only in A: {rows[0]['bench']} {rows[0]['case']}" in thrice.stdout)
    bad = bench("compare", file, os.path.join(TOP, "README.md"))
    case("compare: no rows", bad.returncode != 0 and "README.md" in bad.stderr and "Traceback" not in bad.stderr, bad.stderr)


def each_source_has_a_stage():
    where = module("where")
    stages = {}
    for folder, _, names in os.walk(os.path.join(TOP, "lib")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), TOP)
            stages[path] = where.stage_of(path)
    case("where: each source of lib/ has a stage", "other" not in stages.values(), stages)
    case("where: the longest name decides", stages["lib/tcp/demux.c"] == "look-up, entry, removal" and
         stages["lib/tcp/input.c"] == "segments received" and stages["lib/ip/output.c"] == "segments sent")
    files = where.sources(os.path.join(BUILD, "lib", "libleat.so"))
    case("where: a function's source", files.get("tcp_output") == "lib/tcp/output.c", files.get("tcp_output"))


def mistakes_are_told():
    done = bench("run", "handshake")
    case("run: an unknown bench", done.returncode == 2 and 'no bench "handshake"' in done.stderr and "handshakes" in done.stderr)
    done = bench("run", "limit", "--build", "/nonexistent")
    case("run: not built", done.returncode == 1 and "ninja" in done.stderr and "Traceback" not in done.stderr, done.stderr)
    done = bench("run", "limit", "--quick", "--build", BUILD, "--json", "/nonexistent/rows.json")
    case("run: a file that cannot be written is told before the first bench", done.returncode == 2 and
         done.stdout == "" and "/nonexistent/rows.json" in done.stderr and "Traceback" not in done.stderr, done)
    for program in ("run", "compare"):
        done = bench(program, "--help")
        case(f"{program} --help", done.returncode == 0 and "bench/compare" in done.stdout, done)
    done = bench("compare", "only-one.json")
    case("compare: one file is not enough", done.returncode == 1 and "usage" in done.stderr, done)
    case("run --list", bench("run", "--list").stdout.split() == NAMES)
    for options in (["-c", "0"], ["-r", "100"], ["-o", "x"], ["-t", "sorted"], ["-b", "64"], ["more"]):
        done = subprocess.run([os.path.join(BUILD, "bench", "handshakes"), *options], capture_output=True, text=True)
        case(f"handshakes {' '.join(options)} is refused", done.returncode == 2 and done.stderr != "", done.stderr)


def main():
    mistakes_are_told()
    each_source_has_a_stage()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "rows.json")
        rows = rows_are_sane(file)
        wrong_rows_are_refused(rows)
        compare_compares(rows, file)
    two_on_one_cpu()
    the_limit_stands_in_every_table()
    return 1 if failures else 0


sys.exit(main())
