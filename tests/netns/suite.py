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
LIMIT = 240  # seconds for one case: it ends what hangs, and judges nobody's speed


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


def locals_of(e):
    """What the case had in its hands where it failed, of its own words."""
    for frame, _ in reversed(list(traceback.walk_tb(e.__traceback__))):
        if os.path.basename(frame.f_code.co_filename) != 'world.py':
            return [f'{name} = {value!r:.200}' for name, value in frame.f_locals.items()
                    if isinstance(value, (bool, int, float, str, bytes, list, dict, tuple, set))]
    return []


def explain(world, e):
    """Why a case failed, the most telling last: a log is read from its end."""
    lines = [world.words(), *locals_of(e)]
    try:
        lines[:0] = [world.states()]
    except Exception as again:
        lines.append(f'and no program could be asked: {again}')
    if isinstance(e, (AssertionError, TooLong)):
        at = traceback.extract_tb(e.__traceback__)[1:]
        lines += [f'{os.path.basename(f.filename)}:{f.lineno}: {f.line}' for f in at] + [f'{type(e).__name__}: {e}']
    else:
        lines.append(''.join(traceback.format_exception(e)))
    return '\n'.join(line for line in lines if line)


def run_case(function, build, slow):
    """('ok' | 'not ok' | 'skip', why)"""
    world = World(build, slow)
    try:
        signal.alarm(LIMIT * slow)
        function(world)
        world.check_at_rest()
        return 'ok', ''
    except Skip as e:
        return 'skip', str(e)
    except Exception as e:
        signal.alarm(0)
        return 'not ok', explain(world, e)
    finally:
        signal.alarm(0)
        world.end()


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
