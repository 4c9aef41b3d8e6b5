#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A SYN flood over a tap beside a thousand honest connections.

    unshare --net python3 bench/flood_tap.py BUILD [SECONDS]

Starts leat-httpd in a network namespace of its own, finds the highest rate of SYNs that the tap carries
to it without loss, then floods it at 90 % of that for SECONDS (10), while the kernel opens a thousand
connections, one page each. Prints who was served, and how long connect and page took."""
import os
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests', 'netns'))
from attack import REQUEST, start_flood  # noqa: E402
from world import KERNEL, LEAT, World, run  # noqa: E402

HONEST, THREADS = 1000, 20


def flooded(w, rate, seconds):
    """(sent, not taken by the port)"""
    said = start_flood(w, rate, seconds).communicate()[0]
    found = re.search(r'(\d+) sent, (\d+) that the port', said)
    assert found, said
    return int(found.group(1)), int(found.group(2))


def carries(w, p):
    """The highest rate, in steps of a quarter, of which leat sees every SYN."""
    rate, best = 10000, 0
    while rate < 2e6:
        before = p.counter('ip4_in')
        sent, refused = flooded(w, rate, 2)
        time.sleep(0.2)
        seen = p.counter('ip4_in') - before
        print(f'{rate:.0f} SYN/s: {sent} sent, {refused} not taken, {seen} seen', flush=True)
        if refused > 0 or seen < sent or sent < 1.9 * rate:
            break
        best, rate = rate, rate * 1.25
    return best


def honest(times, failed, share, pause):
    for _ in range(share):
        since = time.monotonic()
        try:
            with socket.create_connection((LEAT, 80), 20) as s:
                s.sendall(REQUEST)
                while s.recv(65536):
                    pass
            times.append((time.monotonic() - since) * 1000)
        except OSError as e:
            failed.append(str(e))
        time.sleep(max(0, pause - (time.monotonic() - since)))


def main():
    w = World(os.path.abspath(sys.argv[1]), 1)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    run('ip', 'link', 'set', 'lo', 'up')
    try:
        p = w.httpd('--body', '64', '--gateway', KERNEL)
        rate = 0.9 * carries(w, p)
        times, failed = [], []
        flood = start_flood(w, rate, seconds)
        time.sleep(0.5)
        share = HONEST // THREADS
        threads = [threading.Thread(target=honest, args=(times, failed, share, (seconds - 1) / share))
                   for _ in range(THREADS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        flooding = flood.poll() is None
        print(flood.communicate()[0].strip().split('\n')[-1])
        times.sort()
        print(f'{rate:.0f} SYN/s for {seconds:.0f} s, beside it {len(times)} connections served, {len(failed)} not '
              f'{sorted(set(failed))}{"" if flooding else " (they took longer than the flood)"}')
        print(f'connect to end of page: median {times[len(times) // 2]:.2f} ms, p99 '
              f'{times[int(len(times) * 0.99)]:.2f} ms, longest {times[-1]:.2f} ms')
        print('cookies: {} sent, {} accepted'.format(p.counter('tcp_cookies_sent'), p.counter('tcp_cookies_accepted')))
        return 1 if failed else 0
    except subprocess.SubprocessError as e:
        print(e)
        return 1
    finally:
        w.end()


if __name__ == '__main__':
    sys.exit(main())
