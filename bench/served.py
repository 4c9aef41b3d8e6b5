#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a connection costs a server that is alone on its core, the client in another process on another.

    bench/served.py [-s SECONDS] [-r RUNS] [-c CONCURRENCY] [--build DIR]

leat-httpd and leat-load, over memif and over vhost-user, and an epoll server and client over the kernel's loopback and
a veth pair between two network namespaces, which are made and removed. One JSON row a line (bench/run prints them).
What cannot be done here is left out with a line that says why; nothing at all: exit status 77.

The server's cycles are its CPU time less that of the turns that found nothing: as many as there were beyond one for
each 32 packets, at what one takes while a connection is open and idle. Without its driver: less the share of samples
that perf finds in the driver.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
BURST = 32
SERVER, CLIENT = "198.18.0.1", "198.18.0.2"
DRIVER = {"memif": r"librte_net_memif", "virtio_user": r"librte_(net_vhost|vhost|net_virtio)"}
HUGE_MB = 600  # of both processes
PATIENCE = 30  # seconds, on a machine that others keep busy


class CannotRun(Exception):
    """Why something is left out."""


def tsc_hz():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return float(re.search(r"bogomips\s*:\s*(\S+)", f.read()).group(1)) / 2 * 1e6


def cpu_seconds(process):
    """Of its first thread, to the nanosecond."""
    with open(f"/proc/{process.pid}/schedstat", encoding="utf-8") as f:
        return int(f.read().split()[0]) / 1e9


def wait_for(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CannotRun(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def free_huge_mb():
    with open("/proc/meminfo", encoding="utf-8") as f:
        text = f.read()
    pages, size = (int(re.search(rf"{key}: +(\d+)", text).group(1)) for key in ("HugePages_Free", "Hugepagesize"))
    return pages * size // 1024


def median(values):
    return statistics.median(values)


def row(case, unit, values, peer=None, peer_values=None):
    value = median(values)
    theirs = median(peer_values) if peer_values else None
    print(json.dumps({
        "bench": "handshakes", "case": case, "unit": unit, "value": value, "peer": peer if theirs else None,
        "peer_value": theirs, "ratio": value / theirs if theirs else None, "runs": len(values),
        "spread": (max(values) - min(values)) / value if value else 0}), flush=True)


class Programs:
    """What was started, and ends with this."""

    def __init__(self, args):
        self.args, self.running, self.folder = args, [], tempfile.mkdtemp(prefix="leat-bench.")
        self.cpus = sorted(os.sched_getaffinity(0))[:2]

    def start(self, command, cpu, **more):
        out = open(os.path.join(self.folder, f"{len(self.running)}.err"), "w+", encoding="utf-8")
        p = subprocess.Popen(["taskset", "-c", str(self.cpus[cpu]), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=out, text=True, start_new_session=True, **more)
        p.said = out
        self.running.append(p)
        return p

    def words(self, p):
        p.said.seek(0)
        return p.said.read().strip()

    def app(self, name):
        return os.path.join(self.args.build, "apps", name)

    def leat(self, name, cpu, vdev, addr, *args):
        label = f"bench-{os.getpid()}-{cpu}"
        memory = ["--in-memory", "--single-file-segments"] if free_huge_mb() >= HUGE_MB or self.huge(cpu) else \
            ["--no-huge", "--file-prefix", label]
        p = self.start([self.app(name), "--lcores", f"0@{self.cpus[cpu]}", *memory, "-m", "256", "--no-pci", "--no-telemetry",
                        "--vdev", vdev, "--", "--name", label, "--addr", f"{addr}/24", "--set", "tcp.msl=1ms",
                        "--set", "idle=spin", *args], cpu)
        p.label = label
        return p

    def huge(self, cpu):
        """The second of two processes: as the first, which has taken its part."""
        return cpu == 1 and any("--in-memory" in p.args for p in self.running if p.poll() is None)

    def stop(self, p):
        """Its standard output."""
        if p.poll() is None:
            p.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return p.communicate(timeout=20)[0]
        p.kill()
        raise CannotRun(f"{os.path.basename(p.args[3])} does not end")

    def end(self):
        for p in self.running:
            if p.poll() is None:
                p.kill()
                p.wait()
            p.said.close()
            if hasattr(p, "label"):
                shutil.rmtree(f"/var/run/dpdk/{p.label}", ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


# --- leat ---

def ends(kind, folder, huge):
    """The devices of server and client."""
    path = os.path.join(folder, f"{kind}.sock")
    if kind == "memif":
        end = f"socket={path},socket-abstract=no,rsize=12"
        return f"net_memif0,role=server,{end}", f"net_memif0,role=client,{end}{',zero-copy=yes' if huge else ''}"
    return f"net_vhost0,iface={path},queues=1", f"net_virtio_user0,path={path},queues=1,in_order=1,mrg_rxbuf=0,queue_size=1024"


def counters(programs, server):
    done = subprocess.run([programs.app("leat"), "-n", server.label, "stats", "--json"], capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise CannotRun(f"leat stats: {done.stderr.strip()}")
    return json.loads(done.stdout)["counters"]


def sample(programs, server):
    """CPU, then what was counted, then CPU: the counters are of the middle."""
    cpu, at = cpu_seconds(server), time.monotonic()
    counts = counters(programs, server)
    now = {name: counts.get(name, 0) for name in ("core_turns", "tcp_segs_in", "tcp_opened_passive", "tcp_retransmits")}
    return {**now, "cpu": (cpu + cpu_seconds(server)) / 2, "at": (at + time.monotonic()) / 2}


def driver_share(server, kind, file):
    out = subprocess.run(["perf", "report", "-i", file, "--no-children", "--sort", "dso", "--stdio", "-q"], capture_output=True,
                         text=True, timeout=60).stdout
    shares = re.findall(r"^\s*([\d.]+)%\s+(\S+)", out, re.M)
    return sum(float(share) for share, dso in shares if re.match(DRIVER[kind], dso)) / 100


def window(programs, server, kind, seconds, opening=True):
    """What passed in so many seconds, or until a connection came, and the share of the driver, or None."""
    file = os.path.join(programs.folder, "perf.data")
    before = sample(programs, server)
    perf = None
    if shutil.which("perf"):
        perf = subprocess.Popen(["perf", "record", "-q", "-F", "2000", "-t", str(server.pid), "-o", file, "--", "sleep", str(seconds)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        perf.wait(seconds + 60)
    else:
        time.sleep(seconds)
    after = sample(programs, server)
    while opening and after["tcp_opened_passive"] == before["tcp_opened_passive"]:
        if after["at"] > before["at"] + PATIENCE:
            raise CannotRun(f"no connection in {PATIENCE} s")
        time.sleep(0.05)
        after = sample(programs, server)
    passed = {name: after[name] - before[name] for name in after}
    passed["driver"] = driver_share(server, kind, file) if perf and perf.returncode == 0 else None
    return passed


def start_load(programs, client_end, *args):
    return programs.leat("leat-load", 1, client_end, CLIENT, *args, "--json", "-", "-q")


def busy(w, idle):
    """Seconds of CPU of turns that found something, and of the driver in them."""
    empty = max(0, w["core_turns"] - w["tcp_segs_in"] / BURST) * idle["cpu"] / idle["core_turns"]
    whole = w["cpu"] - empty
    driver = None if w["driver"] is None or idle["driver"] is None else w["cpu"] * w["driver"] - empty * idle["driver"]
    return whole, driver


def measure_leat(programs, kind):
    """A server, a client that holds one connection, and one that opens as many as it can: the windows of both."""
    args = programs.args
    server_end, client_end = ends(kind, programs.folder, free_huge_mb() >= HUGE_MB)
    server = programs.leat("leat-httpd", 0, server_end, SERVER, "--body", "64")

    def there():
        if server.poll() is not None:
            raise CannotRun(programs.words(server).splitlines()[-1])
        return "serves" in programs.words(server)

    wait_for("leat-httpd over " + kind, there)
    holder = start_load(programs, client_end, "hold", f"{SERVER}:80", "-c", "1", "-d", "10m")
    wait_for("a connection over " + kind, lambda: counters(programs, server).get("tcp_opened_passive", 0) > 0)
    idle = window(programs, server, kind, max(args.seconds, 0.3), opening=False)
    programs.stop(holder)
    opened = counters(programs, server)["tcp_opened_passive"]
    load = start_load(programs, client_end, "request", f"{SERVER}:80", "-c", str(args.concurrency), "-d", "10m", "--warmup", "0s")
    wait_for("connections over " + kind, lambda: counters(programs, server).get("tcp_opened_passive", 0) > opened + args.concurrency)
    windows = [window(programs, server, kind, args.seconds) for _ in range(args.runs)]
    result = json.loads(programs.stop(load))
    programs.stop(server)
    return idle, windows, result


def rows_of_leat(programs, kind, kernel):
    idle, windows, result = measure_leat(programs, kind)
    hz, whole, without = tsc_hz(), [], []
    for w in windows:
        cpu, driver = busy(w, idle)
        whole.append(cpu * hz / w["tcp_opened_passive"])
        if driver is not None:
            without.append((cpu - driver) * hz / w["tcp_opened_passive"])
    at = f"{kind}, leat-httpd alone"
    row(f"{at}, by the clock", "connections/s", [w["tcp_opened_passive"] / w["at"] for w in windows], kernel.name, kernel.rates)
    row(f"{at}, by its CPU", "connections/CPU-second", [hz / cycles for cycles in whole], kernel.name,
        [hz / cycles for cycles in kernel.server])
    row(f"{at}, server", "cycles/connection", whole, kernel.name, kernel.server)
    row(f"{at}, both ends", "cycles/connection", [cycles + result["cycles_each"] for cycles in whole], kernel.name, kernel.both)
    if without:
        row(f"{at}, without its driver", "cycles/connection", without)
    else:
        print(f"skipped: {kind} without its driver: perf does not run here", file=sys.stderr)
    failed = sum(result["total"]["errors"].values())
    row(f"{at}, errors", "failed/million", [1e6 * failed / max(1, result["total"]["started"])] * len(windows))
    row(f"{at}, sent again by the server", "resent/million", [1e6 * w["tcp_retransmits"] / w["tcp_opened_passive"] for w in windows])


# --- the kernel ---

class Kernel:
    """Its figures over one link."""

    def __init__(self, name):
        self.name, self.server, self.both, self.rates = name, [], [], []


@contextlib.contextmanager
def namespaces():
    """Two, with a veth pair between them; the commands that run in each."""
    names = [f"leat-bench-{os.getpid()}-{i}" for i in range(2)]
    made = []

    def ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise CannotRun(f"ip {' '.join(words)}: {done.stderr.strip()}")

    if shutil.which("ip") is None:
        raise CannotRun("there is no program ip")
    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
        ip("-n", names[0], "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", names[1])
        for name, addr in zip(names, (SERVER, CLIENT)):
            ip("-n", name, "addr", "add", f"{addr}/24", "dev", "veth0")
            ip("-n", name, "link", "set", "veth0", "up")
        yield [["ip", "netns", "exec", name] for name in names]
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def measure_kernel(programs, kernel, address, port, inside=((), ())):
    args, hz, failed = programs.args, tsc_hz(), 0
    server = programs.start([*inside[0], programs.app("leat-load"), "--kernel-server", str(port), address], 0)
    wait_for("the kernel's server", lambda: "serves" in programs.words(server))
    end = time.monotonic() + PATIENCE
    while len(kernel.rates) < args.runs:
        before = cpu_seconds(server)
        client = programs.start([*inside[1], programs.app("leat-load"), "--kernel-client", str(port), address,
                                 str(max(10, int(1000 * args.seconds))), str(args.concurrency)], 1)
        text = client.communicate(timeout=60 + args.seconds)[0]
        if not text.startswith("{"):
            raise CannotRun(f"{kernel.name}: {programs.words(client)}")
        said, cpu = json.loads(text), cpu_seconds(server) - before
        if said["done"] == 0 and time.monotonic() < end:  # the others on this machine left nothing of it: once more
            continue
        if said["done"] == 0:
            raise CannotRun(f"{kernel.name}: no connection in {PATIENCE} s")
        kernel.server.append(cpu * hz / said["done"])
        kernel.both.append((cpu + said["cpu_seconds"]) * hz / said["done"])
        kernel.rates.append(said["done"] / said["seconds"])
        failed += said["failed"]
    programs.stop(server)
    if failed > 0:
        print(f"{kernel.name}: {failed} connections failed", file=sys.stderr)


def kernels(programs):
    """Over loopback, and over veth where it can be had; the peer of all else is the second."""
    loopback, veth = Kernel("kernel, loopback"), Kernel("kernel, veth")
    measure_kernel(programs, loopback, "127.0.0.1", 20000 + os.getpid() % 10000)
    try:
        with namespaces() as inside:
            measure_kernel(programs, veth, SERVER, 80, inside)
    except CannotRun as why:
        print(f"skipped: kernel over veth: {why}", file=sys.stderr)
        return loopback, loopback
    return loopback, veth


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-s", dest="seconds", type=float, default=1, help="of each run, by the clock")
    p.add_argument("-r", dest="runs", type=int, default=5)
    p.add_argument("-c", dest="concurrency", type=int, default=1024, help="connections at a time")
    p.add_argument("--build", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build"))
    args = p.parse_args()
    programs = Programs(args)
    if len(programs.cpus) < 2:
        print("it needs two CPUs", file=sys.stderr)
        return SKIPPED
    try:
        loopback, kernel = kernels(programs)
        other = (kernel.name, kernel.both) if kernel is not loopback else (None, None)
        row("kernel over loopback, epoll server, both ends", "cycles/connection", loopback.both, *other)
        for kind in DRIVER:
            try:
                rows_of_leat(programs, kind, kernel)
            except CannotRun as why:
                print(f"skipped: leat-httpd over {kind}: {why}", file=sys.stderr)
    except CannotRun as why:
        print(why, file=sys.stderr)
        return SKIPPED
    finally:
        programs.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
