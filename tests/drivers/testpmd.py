#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The driver net_wire in a program that was never told about it: dpdk-testpmd, with no NIC.

    testpmd.py CASE LIBRTE_NET_WIRE.SO
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 40  # seconds for one answer
SKIPPED = 77


class Testpmd:
    """One that is asked and told through its command line. tx_first sends 32 packets of each port."""

    def __init__(self, library, *vdevs):
        self.prefix = f'leat-testpmd-{os.getpid()}-{time.monotonic_ns()}'
        cpus = ','.join(str(c) for c in sorted(os.sched_getaffinity(0)))
        eal = ['--no-huge', '-m', '192', '--no-pci', '--lcores', f'0@({cpus}),1@({cpus})', '--file-prefix', self.prefix,
               '-d', os.path.basename(library)]
        own = ['-i', '--total-num-mbufs=2048', '--nb-cores=1', '--forward-mode=rxonly', '--burst=32']
        # EAL refuses a file below a folder that everybody may write to, but not one that the loader finds.
        env = {**os.environ, 'LD_LIBRARY_PATH': os.path.dirname(os.path.abspath(library))}
        self.process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', 'stdbuf', '-o0', 'dpdk-testpmd', *eal,
                                         *(f'--vdev={v}' for v in vdevs), '--', *own], env=env, text=True, bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.words = ''
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        shutil.rmtree(self.runtime_dir(), ignore_errors=True)

    def runtime_dir(self):
        base = '/var/run' if os.geteuid() == 0 else os.environ.get('XDG_RUNTIME_DIR', '/tmp')
        return f'{base}/dpdk/{self.prefix}'

    def read(self):
        while part := os.read(self.process.stdout.fileno(), 65536):
            self.words += part.decode(errors='replace')

    def tell(self, command, until):
        """Gives a command; what was said from then on until the pattern came."""
        since = len(self.words)
        if command is not None:
            self.process.stdin.write(command + '\n')
        deadline = time.monotonic() + LIMIT
        while not (found := re.search(until, self.words[since:])):
            assert self.process.poll() is None and time.monotonic() < deadline, f'{command}: no {until} in:\n{self.words}'
            time.sleep(0.02)
        return self.words[since:since + found.end()]

    def begin(self):
        self.tell(None, 'testpmd> ')

    def xstats(self, port):
        said = self.tell(f'show port xstats {port}', r'rx_reordered: \d+')
        return {name: int(value) for name, value in re.findall(r'(\w+): (\d+)', said)}

    def expect(self, port, **values):
        """Waits until the port's counters are these."""
        deadline = time.monotonic() + LIMIT
        while (got := {name: self.xstats(port)[name] for name in values}) != values:
            assert time.monotonic() < deadline, f'port {port} has {got}, not {values}'
            time.sleep(0.1)

    def info(self, port):
        return self.tell(f'show port info {port}', 'Device error handling mode')

    def ask(self, question):
        """Telemetry's answer."""
        path = f'{self.runtime_dir()}/dpdk_telemetry.v2'
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(LIMIT)
            s.connect(path)
            s.recv(16384)
            s.send(question.encode())
            return json.loads(s.recv(16384))

    def quit(self):
        self.process.stdin.write('quit\n')
        assert self.process.wait(LIMIT) == 0, self.words


def pair(library):
    """What one sends the other receives, less what was lost, more what came twice; stats and link tell."""
    with Testpmd(library, 'net_wire0,peer=net_wire1,delay=1ms,lose=1-10/20,rate=100mbit',
                 'net_wire1,peer=net_wire0,duplicate=100%') as t:
        t.begin()
        assert 'Link status: up' in t.info(0) and 'Link speed: 100 Mbps' in t.info(0) and 'MTU: 1500' in t.info(0)
        assert 'Driver name: net_wire' in t.info(1) and 'Link speed: 10 Gbps' in t.info(1)
        t.tell('start tx_first 1', 'rxonly packet forwarding')
        t.expect(0, tx_packets=32, tx_lost_picked=11, tx_delivered=21, rx_good_packets=64, rx_duplicated=32)
        t.expect(1, tx_packets=32, tx_duplicated=32, rx_lost_picked=11, rx_good_packets=21, tx_good_packets=32,
                 rx_good_bytes=21 * 64)
        t.tell('stop', 'Done')
        t.tell('clear port xstats all', 'testpmd> ')
        t.expect(0, tx_packets=0, rx_duplicated=0, rx_good_packets=0, tx_good_bytes=0)
        t.tell('port stop 1', 'Done')
        assert 'Link status: down' in t.info(0), 'the other end is stopped'
        t.tell('port config mtu 0 9000', 'testpmd> ')
        assert 'MTU: 9000' in t.info(0)
        t.quit()


def seed(library):
    """A seed loses the same packets again, another others: 32 packets at 50 %, told apart by how many."""
    def lost(number):
        with Testpmd(library, f'net_wire0,peer=net_wire1,loss=50%,seed={number}', 'net_wire1,peer=net_wire0') as t:
            t.begin()
            t.tell('start tx_first 1', 'rxonly packet forwarding')
            t.expect(0, tx_packets=32)
            n = t.xstats(0)['tx_lost_random']
            t.expect(1, rx_good_packets=32 - n)
            return n

    counts = [lost(n) for n in (5, 5, 6, 7, 8)]
    assert counts[0] == counts[1] and len(set(counts)) > 1 and all(0 < n < 32 for n in counts), counts


def telemetry(library):
    """A port is changed while it runs, and a wrong change is refused and changes nothing."""
    with Testpmd(library, 'net_wire0,peer=net_wire1', 'net_wire1,peer=net_wire0') as t:
        t.begin()
        for question, answer in {
            'net_wire0,loss=100%,duplicate=10%': 'set',
            'net_wire0,delay=7ms,loss=200%': 'loss=200%: must be a probability, 0%..100% or 0..1',
            'net_wire0,corrupt': '"corrupt": must be key=value',
            'net_wire7,loss=1%': 'net_wire7: is no net_wire port',
            'net_wire0': 'must be PORT,key=value,key=value',
            'net_wire0,reorder=1%': 'reordering needs a reorder_delay',
        }.items():
            got = t.ask(f'/net_wire/set,{question}')['/net_wire/set']
            assert got == answer, (question, got)
        t.tell('start tx_first 1', 'rxonly packet forwarding')
        t.expect(0, tx_packets=32, tx_lost_random=32, rx_good_packets=32)
        t.tell('stop', 'Done')
        assert t.ask('/net_wire/set,net_wire0,loss=0')['/net_wire/set'] == 'set'
        t.tell('start tx_first 1', 'rxonly packet forwarding')
        t.expect(0, tx_packets=64, tx_lost_random=32)
        assert t.xstats(1)['rx_duplicated'] > 0, 'what was not named stayed'
        assert t.ask('/net_wire/set,net_wire1,down=yes')['/net_wire/set'] == 'set'
        assert 'Link status: down' in t.info(0) and 'Link status: down' in t.info(1)
        t.tell('stop', 'Done')
        t.quit()


def devargs(library):
    """Each is refused with key, value and what would be right, and no port is made."""
    with Testpmd(library, 'net_null0', 'net_null1', 'net_wire0,peer=net_wire1,capacity=10',
                 'net_wire2,on=net_null0') as t:
        t.begin()
        for args, words in (
            ('net_wire9', 'net_wire9: needs peer=PORT (the other end of a pair) or on=PORT'),
            ('net_wire9,peer=a,on=b', 'and not both'),
            ('net_wire9,peer=net_wire9', 'peer=net_wire9: must be another port'),
            ('net_wire9,peer=', 'peer=: must be the name of a port'),
            ('net_wire9,on=nobody', 'on=nobody: must be a port that is there; give its --vdev before this one'),
            ('net_wire9,on=net_null0', 'on=net_null0: must be a port that nobody else owns'),
            ('net_wire9,peer=a,loss=200%', 'loss=200%: must be a probability, 0%..100% or 0..1'),
            ('net_wire9,peer=a,delay=20', 'delay=20: must be a time of up to 1h'),
            ('net_wire9,peer=a,reorder=1%', 'reordering needs a reorder_delay'),
            ('net_wire9,peer=a,rx-loss=1%', 'keys with rx- go with on='),
            ('net_wire9,peer=a,seed=x', 'seed=x: must be 0..18446744073709551615'),
            ('net_wire9,peer=a,capacity=0', 'capacity=0: must be 1..1048576'),
            ('net_wire9,peer=a,los=1%', 'los: no such key; there are peer on seed capacity capture down mtu'),
            ('net_wire9,peer=a,capture=', 'capture=: must be the path of a file, 1..255 characters'),
            ('net_wire9,peer=a,capture=/nonexistent/f', 'capture=/nonexistent/f: must be a file that can be written: No such'),
            ('net_wire9,peer=net_null1', 'peer=net_null1: must be a net_wire port with peer=net_wire9'),
            ('net_wire9,peer=net_wire0', 'peer=net_wire0: must be a net_wire port with peer=net_wire9'),
            ('net_wire1,peer=net_wire0,seed=2', 'seed=2: must be that of net_wire0, 1, or not given'),
            ('net_wire1,peer=net_wire0,capture=/tmp/x', 'capture=/tmp/x: is of both directions; give it to net_wire0 alone'),
            ('net_wire1,peer=net_wire0,capacity=11', 'capacity=11: must be that of net_wire0, 10, or not given'),
        ):
            said = t.tell(f'port attach {args}', 'Failed to attach port')
            assert words in said, f'{args}: no "{words}" in:\n{said}'
        t.tell('show port summary all', 'Number of available ports: 3')
        t.tell('port attach net_wire1,peer=net_wire0,seed=1', 'Done')
        t.quit()


def capture(library):
    """Every packet of both directions is in the file, with its fate and its number."""
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/wire.pcapng'
        with Testpmd(library, f'net_wire0,peer=net_wire1,delay=1ms,lose=3/7-9,capture={path}',
                     'net_wire1,peer=net_wire0,duplicate=100%') as t:
            t.begin()
            t.tell('start tx_first 1', 'rxonly packet forwarding')
            t.expect(0, tx_packets=32, rx_packets=32)
            with open(path, 'rb') as f:
                at_once = f.read()
            t.quit()
        with open(path, 'rb') as f:
            assert f.read() == at_once, 'a packet is in the file when it is in the wire'
        fates = sorted(re.findall(rb'net_wire packet (\d+) ([a-z_]+)( [\d.]+ ms)?( \w+)?', at_once),
                       key=lambda fate: (fate[3], int(fate[0])))
        there = [(b'%d' % n, b'lost_picked' if n in (3, 7, 8, 9) else b'after') for n in range(1, 33)]
        back = [(b'%d' % n, b'after', b' 0.000 ms', b' duplicated') for n in range(1, 33)]
        assert [fate[:2] for fate in fates[:32]] == there, fates
        assert all(fate[2] in (b'', b' 1.000 ms') for fate in fates[:32]) and fates[32:] == back, fates
        assert b'net_wire0 sends' in at_once and b'net_wire0 receives' in at_once
        if shutil.which('tshark'):
            done = subprocess.run(['tshark', '-n', '-r', path, '-Y', 'frame.comment contains "lost_picked"'],
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 0 and done.stdout.count('\n') == 4, done


def in_front(library):
    """A port in front of another takes it from the program, and impairs both directions."""
    with Testpmd(library, 'net_null0', 'net_wire0,on=net_null0,lose=1-7,rx-loss=100%') as t:
        t.begin()
        summary = t.tell('show port summary all', r'net_wire\s.*\n')
        assert 'Number of available ports: 1' in summary, summary
        t.tell('start tx_first 1', 'rxonly packet forwarding')
        t.expect(1, tx_packets=32, tx_lost_picked=7, tx_delivered=25, rx_good_packets=0)
        t.tell('stop', 'Done')
        x = t.xstats(1)
        assert x['rx_packets'] > 0 and x['rx_lost_random'] == x['rx_packets'], x
        t.quit()


if __name__ == '__main__':
    if shutil.which('dpdk-testpmd') is None:
        print('dpdk-testpmd (package dpdk-dev) is not installed')
        sys.exit(SKIPPED)
    {f.__name__: f for f in (pair, seed, telemetry, devargs, capture, in_front)}[sys.argv[1]](sys.argv[2])
