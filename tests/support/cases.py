#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the test programs that meson knows, and counts cases, not programs.

    cases.py BUILD --list
    cases.py BUILD --totals FILE [--slow N] SUITE...

Criterion programs report each case as JSON; a program that ends without a report crashed, and counts
as a failed case of its own. Other programs are one case each: exit status 0, 77 (skipped) or failed.
Side by side as many as there are CPUs. FILE gets three numbers: passed, failed, skipped.
"""
import argparse
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77  # exit status, as meson and automake have it
SHOWN = 60    # lines of the output of a program that failed


class Program:
    def __init__(self, test):
        self.command = test['cmd']
        self.name = test['name']
        self.suite = test['suite'][0].split(':')[-1]
        self.timeout = test['timeout']
        self.env = test['env']
        self.workdir = test['workdir']

    def uses_criterion(self):
        out = subprocess.run(['ldd', self.command[0]], capture_output=True, text=True)
        return 'libcriterion' in out.stdout


class Result:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.output = ''
        self.seconds = 0.0

    def __str__(self):
        parts = [f'{n} {what}' for n, what in ((self.passed, 'passed'), (self.failed, 'FAILED'),
                                               (self.skipped, 'skipped')) if n]
        return ', '.join(parts)


def run_bounded(command, seconds, env, cwd):
    """(exit status or None if the time was up, output). Whatever it started ends with it."""
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                         stderr=subprocess.STDOUT, env=env, start_new_session=True)
    try:
        out, _ = p.communicate(timeout=seconds)
        status = p.returncode
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, _ = p.communicate()
        status = None
    return status, out.decode(errors='replace')


def count_criterion(result, status, report):
    """What the report says; what it cannot say is a failure too."""
    try:
        with open(report) as f:
            counts = json.load(f)
    except (OSError, ValueError):
        result.failed = 1
        result.output += '\n(ended without a report)'
        return
    result.passed = counts['passed']
    result.failed = counts['failed'] + counts['errored']
    result.skipped = counts['skipped']
    if result.passed + result.failed + result.skipped == 0:
        result.failed = 1
        result.output += '\n(there is no test in it)'
    elif status != 0 and result.failed == 0:
        result.failed = 1
        result.output += f'\n(exit status {status}, though every case passed)'


def run_program(program, reports, slow):
    result, since = Result(), time.monotonic()
    report = os.path.join(reports, f'{program.suite}-{program.name}.json')
    criterion = program.uses_criterion()
    command = program.command + ([f'--json={report}', '-j1', '--ascii'] if criterion else [])
    seconds = program.timeout * slow
    status, result.output = run_bounded(command, seconds, {**os.environ, **program.env}, program.workdir)
    if status is None:
        result.failed = 1
        result.output += f'\n(not done after {seconds} s)'
    elif criterion:
        count_criterion(result, status, report)
    else:
        result.passed, result.skipped = int(status == 0), int(status == SKIPPED)
        result.failed = 1 - result.passed - result.skipped
        if result.failed:
            result.output += f'\n(exit status {status})'
    result.seconds = time.monotonic() - since
    return result


def show(program, result):
    print(f'  {program.suite:<8} {program.name:<24} {str(result):<32} {result.seconds:6.1f} s')
    if result.failed:
        for line in result.output.rstrip().split('\n')[-SHOWN:]:
            print(f'      | {line}')
    sys.stdout.flush()


class Pulse:
    """Says every 10 s what is still running, if nothing else was said."""

    def __init__(self):
        self.running, self.lock, self.stop = {}, threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self.beat, daemon=True)
        self.thread.start()

    def beat(self):
        while not self.stop.wait(10):
            with self.lock:
                long = [f'{p.suite}/{p.name}' for p, t in self.running.items() if time.monotonic() - t > 5]
            if long:
                print(f'  ... {", ".join(long)}', flush=True)

    def run(self, program, reports, slow):
        with self.lock:
            self.running[program] = time.monotonic()
        try:
            return run_program(program, reports, slow)
        finally:
            with self.lock:
                del self.running[program]


def run_all(programs, slow):
    total = [0, 0, 0]
    workers = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as reports, concurrent.futures.ThreadPoolExecutor(workers) as pool:
        pulse = Pulse()
        pending = {pool.submit(pulse.run, p, reports, slow): p for p in programs}
        for done in concurrent.futures.as_completed(pending):
            r = done.result()
            show(pending[done], r)
            total = [a + b for a, b in zip(total, (r.passed, r.failed, r.skipped))]
        pulse.stop.set()
    return total


def main():
    args = argparse.ArgumentParser()
    args.add_argument('build')
    args.add_argument('suites', nargs='*')
    args.add_argument('--list', action='store_true')
    args.add_argument('--totals')
    args.add_argument('--slow', type=int, default=1, help='factor on every time limit')
    a = args.parse_intermixed_args()
    out = subprocess.run(['meson', 'introspect', '--tests', a.build], check=True, capture_output=True)
    programs = [Program(t) for t in json.loads(out.stdout)]
    if a.list:
        print('\n'.join(dict.fromkeys(p.suite for p in programs)))
        return
    total = run_all([p for p in programs if p.suite in a.suites], a.slow)
    with open(a.totals, 'w') as f:
        print(*total, file=f)


if __name__ == '__main__':
    main()
