#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""leat-load's command line: what is wrong is said in one line, before anything is started."""
import json
import re
import signal
import socket
import subprocess
import sys

LOAD = sys.argv[1]
ADDR = ['--addr', '198.18.0.1/24']
TARGET = '198.18.0.2:80'

# Options, and what the line must name.
REFUSED = [
    (['request'], ['MODE', 'target']),
    ([], ['MODE']),
    (['requests', TARGET], ['requests', 'keepalive']),
    (['request', 'nowhere:80'], ['nowhere:80']),
    (['request', '198.18.0.2'], ['198.18.0.2', 'PORT']),
    (['request', '198.18.0.2:0'], ['198.18.0.2:0']),
    (['request', 'https://198.18.0.2/'], ['https', 'http://']),
    (['request'] + [TARGET] * 17, ['16 targets']),
    (['request', TARGET, '-c', '0'], ['--connections', '"0"']),
    (['request', TARGET, '-c', 'x'], ['--connections', '"x"']),
    (['request', TARGET, '-r', '0'], ['--rate', '"0"']),
    (['request', TARGET, '-r', '-5'], ['--rate', '"-5"']),
    (['request', TARGET, '-r', '5x'], ['--rate', '"5x"']),
    (['request', TARGET, '-r', 'inf'], ['--rate', '"inf"']),
    (['request', TARGET, '-d', '5'], ['--duration', '"5"']),
    (['request', TARGET, '-d', '10us'], ['--duration', '1ms']),
    (['request', TARGET, '--timeout', '0s'], ['--timeout', '1ms']),
    (['request', TARGET, '-n', '0'], ['--count']),
    (['request', TARGET, '-p', '2'], ['--pipeline', 'keepalive']),
    (['keepalive', TARGET, '-p', '257'], ['--pipeline', '256']),
    (['keepalive', TARGET, '-p', '256', '--raw', '60000'], ['--pipeline', 'snd_buf']),
    (['request', TARGET, '--trickle', '5'], ['--trickle', 'hold']),
    (['request', TARGET, '--up'], ['--up', 'stream']),
    (['stream', TARGET, '--reference'], ['--reference', '--up']),
    (['request', TARGET, '--json', '-', '--csv', '-'], ['--json', '--csv']),
    (['flood', TARGET, '--mac', '02:00:00:00:00:01', '--csv', 'x'], ['--csv', 'flood']),
    (['stream', TARGET, '-n', '5'], ['--count', 'stream']),
    (['stream', TARGET, '-r', '5'], ['--rate', 'stream', 'tcp.pacing']),
    (['request', TARGET, '--reset'], ['--reset', 'handshake']),
    (['request', TARGET, '--mac', '02:00:00:00:00:01'], ['--mac', 'flood']),
    (['flood', TARGET], ['--mac', 'flood']),
    (['flood', TARGET, '--mac', '02:00:00:00:00'], ['--mac', '02:00:00:00:00']),
    (['flood', TARGET, '198.18.0.3:80', '--mac', '02:00:00:00:00:01'], ['one', 'target']),
    (['request', TARGET, '--path', 'x'], ['--path', '"x"']),
    (['request', TARGET, '--path', '/a b'], ['--path']),
    (['request', TARGET, '--raw', '0'], ['--raw']),
    (['request', TARGET, '--raw', '64/'], ['--raw']),
    (['request', TARGET, '--raw', '65537'], ['--raw', '65536']),
    (['hold', TARGET, '--udp'], ['--udp', 'request or keepalive']),
    (['request', TARGET, '--udp', '--raw', '7'], ['datagram', '8']),
    (['request', TARGET, '--udp', '--raw', '64/65'], ['64/65', 'echo']),
    (['keepalive', TARGET, '--udp', '-p', '2'], ['--pipeline', 'TCP']),
    (['request', TARGET, '--source', '198.18.0.9'], ['--source', '198.18.0.9']),
    (['request', TARGET, '--source', '198.18.0.9/33'], ['33']),
    (['request', TARGET, '--source', '198.18.0.0/26'], ['--source', '64 addresses', '32']),
    (['request', TARGET, '--source', '198.18.0.32/27'], ['--source', '32']),
    (['request', TARGET, '--source', '198.18.1.8/30'], ['--source', '198.18.1.8']),
]


def check(args, parts):
    done = subprocess.run([LOAD, '--', *ADDR, *args, '--check'], capture_output=True, text=True, timeout=20)
    lines = done.stderr.rstrip('\n').split('\n')
    assert done.returncode == 1, f'{args}: status {done.returncode}: {done.stdout}'
    assert len(lines) == 1 and lines[0].startswith('leat-load: '), f'{args}: not one line: {done.stderr}'
    for part in parts:
        assert part in lines[0], f'{args}: "{part}" is not in: {lines[0]}'


def checked(*args):
    done = subprocess.run([LOAD, '--', *ADDR, *args, '--check'], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f'{args}: {done.stderr}'
    return done.stdout


def load(*args):
    return subprocess.run([LOAD, *args], capture_output=True, text=True, timeout=60)


def compare():
    """What a visitor runs first: no option, no network, no hugepages, no root; both sides did the same without an error."""
    done = load('--compare', 'kernel', '50')
    assert done.returncode == 0, done.stderr + done.stdout
    rows = [line for line in done.stdout.split('\n') if re.search(r'\d \s*\d.* \d', line) and line.startswith('  ')]
    numbers = [[float(n) for n in re.findall(r'[\d.]+', row.split(',')[-1].split('ends')[-1])[-3:]] for row in rows]
    assert len(rows) == 10 and all(len(n) == 3 and min(n) > 0 for n in numbers), done.stdout
    assert 'errors 0.' in done.stdout, done.stdout
    for args, part in ((['--compare'], '"kernel"'), (['--compare', 'vpp'], '"kernel"'), (['--compare', 'kernel', '5'], '50'),
                       (['--kernel-server'], 'port'), (['--kernel-server', '0'], 'port'), (['--kernel-server', '7x'], 'port'),
                       (['--kernel-client', '80'], 'four arguments'), (['--kernel-client', '80', 'there', '50', '1'], 'address'),
                       (['--kernel-client', '80', '127.0.0.1', '5', '1'], 'range'),
                       (['--kernel-client', '80', '127.0.0.1', '50', '0'], 'range')):
        done = load(*args)
        assert done.returncode == 1 and part in done.stderr and done.stderr.count('\n') == 1, f'{args}: {done}'


def kernel_ends():
    """The kernel's server and client as two processes: the server has seen what the client counts."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = str(s.getsockname()[1])
    server = subprocess.Popen([LOAD, '--kernel-server', port, '127.0.0.1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    try:
        assert 'serves' in server.stderr.readline()
        done = load('--kernel-client', port, '127.0.0.1', '100', '8')
        assert done.returncode == 0, done.stderr
        client = json.loads(done.stdout)
        server.send_signal(signal.SIGINT)
        counted = re.search(r'(\d+) connections, (\d+) requests', server.communicate(timeout=20)[0])
    finally:
        server.kill()
    assert client['done'] > 0 and client['failed'] == 0 and client['cpu_seconds'] > 0, client
    assert client['done'] <= int(counted.group(2)) <= client['done'] + 8, (client, counted.group(0))
    assert client['p50_ns'] <= client['p99_ns'], client


def main():
    for args, parts in REFUSED:
        check(args, parts)
    done = subprocess.run([LOAD, '--', 'request', TARGET, '--source', '198.18.0.8/29'], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1 and '--addr' in done.stderr, done.stderr
    # first steps
    for args in (['request', TARGET], ['--no-huge', '-m', '256', *ADDR, 'request', TARGET], []):
        done = load(*args)
        assert done.returncode == 1 and '"--" is wanted' in done.stderr and done.stderr.count('\n') == 1, done.stderr
    for huge, hint in (([], True), (['--no-huge'], False)):
        done = load(*huge, '--no-such-option', '--', *ADDR, 'request', TARGET)
        assert done.returncode == 1 and 'did not start' in done.stderr, done.stderr
        assert ('without hugepages: --no-huge -m 256' in done.stderr) == hint, done.stderr
    # what leat is given for a plan
    text = checked('request', TARGET)
    assert 'msl = 1ms' in text and 'idle = spin' in text, text
    assert 'idle = adaptive' in checked('--set', 'idle=adaptive', 'request', TARGET)
    text = checked('request', TARGET, '--source', '198.18.0.8/30', '--source', '198.18.0.64/31')
    for last in (8, 9, 10, 11, 64, 65):
        assert f'198.18.0.{last}/24' in text, text
    assert 'max_connections = 1000256' in checked('hold', TARGET, '-c', '1000000')
    assert 'sources 6,' in text, text
    text = checked('request', TARGET, 'http://198.18.0.3/x', '-r', '1.5k', '-n', '7')
    assert '# leat-load: request to 198.18.0.2:80 198.18.0.3:80\n# connections 16384, pipeline 1, sources 1, rate 1500/s' in text
    assert 'warm-up 0 s' in text, text
    assert 'warm-up 4 s, ramp 4 s' in checked('request', TARGET, '-r', '1k', '--ramp', '4s')
    assert 'warm-up 2 s, ramp 1 s' in checked('request', TARGET, '--warmup', '2s', '--ramp', '1s')
    assert 'sources 2,' in checked('request', TARGET, '--addr', '198.18.0.5/24'), 'each --addr is a source'
    assert 'sources 0,' in checked('request', TARGET, '--addr', '192.0.2.5/24'), 'but not where only one can fit'
    compare()
    kernel_ends()
    print('ok - leat-load refuses what it cannot do')


main()
