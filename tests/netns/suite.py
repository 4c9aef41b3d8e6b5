#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""leat's programs on a tap against the kernel and the programs that run over it.

    unshare --net python3 tests/netns/suite.py BUILD [--slow N] [--totals FILE] [NAME...]

Must be started in a network namespace of its own (tests/run netns does that). Each function test_* of
the modules below is a case: it gets a world (world.py), and prints one line, as TAP has it. NAME picks
the modules, or cases by a part of their name. Every case is bounded in time, and what it started ends
with it. FILE gets three numbers: passed, failed, skipped.
"""
import argparse
import importlib
import os
import signal
import sys
import time
import traceback

from world import Skip, World, run

MODULES = ['programs', 'link', 'path', 'httpd', 'windows', 'load', 'generator', 'cores', 'echo', 'get', 'wire', 'asked', 'attack', 'impaired', 'behind']
LIMIT = 60  # seconds for one case


class TooLong(Exception):
    pass


def on_alarm(*_):
    raise TooLong(f'not done after {LIMIT} s')


def cases(wanted):
    for module in MODULES:
        m = importlib.import_module(module)
        for name, function in list(vars(m).items()):
            if name.startswith('test_') and (not wanted or module in wanted or any(w in name for w in wanted)):
                yield f'{module}: {name[5:].replace("_", " ")}', function


def run_case(function, build, slow):
    """('ok' | 'not ok' | 'skip', why)"""
    world = World(build, slow)
    try:
        signal.alarm(LIMIT * slow)
        try:
            function(world)
            world.check_at_rest()
        finally:
            signal.alarm(0)
            world.end()
        return 'ok', ''
    except Skip as e:
        return 'skip', str(e)
    except (AssertionError, TooLong) as e:
        at = traceback.extract_tb(e.__traceback__)[1:]
        where = '\n'.join(f'{os.path.basename(f.filename)}:{f.lineno}: {f.line}' for f in at)
        return 'not ok', f'{e}\n{where}\n{world.words()}'
    except Exception:
        return 'not ok', f'{traceback.format_exc()}\n{world.words()}'


def show(number, name, result, why, seconds):
    if result == 'skip':
        print(f'ok {number} - {name} # SKIP {why}')
    else:
        print(f'{result} {number} - {name} # {seconds:.1f} s')
    if result == 'not ok':
        for line in why.rstrip().split('\n'):
            print(f'  # {line}')
    sys.stdout.flush()


def main():
    args = argparse.ArgumentParser()
    args.add_argument('build')
    args.add_argument('names', nargs='*')
    args.add_argument('--slow', type=int, default=1, help='factor on every time limit')
    args.add_argument('--totals')
    a = args.parse_intermixed_args()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run('ip', 'link', 'set', 'lo', 'up')
    totals = {'ok': 0, 'not ok': 0, 'skip': 0}
    for number, (name, function) in enumerate(cases(a.names), 1):
        since = time.monotonic()
        result, why = run_case(function, os.path.abspath(a.build), a.slow)
        totals[result] += 1
        show(number, name, result, why, time.monotonic() - since)
    print(f'1..{sum(totals.values())}')
    if a.totals:
        with open(a.totals, 'w') as f:
            print(*totals.values(), file=f)
    return 1 if totals['not ok'] or not totals['ok'] else 0


if __name__ == '__main__':
    sys.exit(main())
