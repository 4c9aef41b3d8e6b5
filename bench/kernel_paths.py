#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What Linux makes of the paths of tests/sim/goodput.md: one flow between two network namespaces, over the driver net_wire.

    sudo bench/kernel_paths.py [--seconds S] [--row LOSS/RTT]... BUILD [tests/sim/kernel.def]

dpdk-testpmd carries frames between two taps, one in each namespace; the wire in front of the first one delays, loses and
reorders what comes from it, as the simulator does for its table. Each row sends for S seconds (10), and where a round
trip takes 100 ms for two and a half times that, so that slow start is not all; in all about seven minutes. The results go
to the file, which the simulator's table shows beside its own, or are printed. BUILD must have the driver (README: The impaired wire). Nothing outside of the two namespaces is touched, and nothing is
left behind. LOSS is in 1/10000, RTT in milliseconds.
"""
import argparse
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time

MSS = 1448
LOSSES, RTTS = (10, 100, 300, 1000), (10, 100)
COST_RTT, COST_SEGMENTS = 50, 60
COSTS = ((), (30,), (30, 31), (30, 35), (59,), (60,), (58, 59, 60))  # data segments that are lost, from 1
A, B, PORT = '198.18.0.1', '198.18.0.2', 5001
SYSCTLS = ('net.ipv4.tcp_rmem=4096 131072 8388608', 'net.ipv4.tcp_wmem=4096 65536 8388608',
           'net.ipv4.tcp_no_metrics_save=1', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
WITH_US = ('setpriv', '--pdeathsig', 'KILL')


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stderr.strip()}')
    return done.stdout


class Far:
    """The other namespace, held by a process that does nothing."""

    def __init__(self):
        self.holder = subprocess.Popen([*WITH_US, 'unshare', '--net', 'sleep', 'infinity'])
        ours = os.readlink('/proc/self/ns/net')
        while os.readlink(f'/proc/{self.holder.pid}/ns/net') == ours:
            time.sleep(0.01)
        self.enter = ('nsenter', '-t', str(self.holder.pid), '-n')

    def end(self):
        self.holder.kill()
        self.holder.wait()


class Path:
    """testpmd between the taps, and addresses on them; options: of net_wire, rx- being from us to the far end."""

    def __init__(self, build, far, options):
        prefix = f'leat-kernel-{os.getpid()}'
        eal = ['--no-huge', '-m', '512', '--no-pci', '--no-telemetry', '--file-prefix', prefix, '--lcores', '0@0,1@(0-1)',
               '--vdev', 'net_tap0,iface=near', '--vdev', 'net_tap1,iface=far', '-d', 'librte_net_wire.so',
               '--vdev', f'net_wire0,on=net_tap0,capacity=16384,{options}']
        env = dict(os.environ, LD_LIBRARY_PATH=os.path.abspath(os.path.join(build, 'drivers')))
        self.runtime = f'/var/run/dpdk/{prefix}'
        self.testpmd = subprocess.Popen(
            [*WITH_US, 'dpdk-testpmd', *eal, '--', '--auto-start', '--disable-link-check', '--forward-mode=io', '--total-num-mbufs=32768'], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.address(far)
        except BaseException:
            self.end()
            raise

    def address(self, far):
        until = time.monotonic() + 20
        while len(macs := self.started()) < 2:
            if self.testpmd.poll() is not None or time.monotonic() > until:
                raise RuntimeError('dpdk-testpmd did not start its taps')
            time.sleep(0.05)
        run('ip', 'link', 'set', 'far', 'netns', str(far.holder.pid))
        for enter, dev, own, other, mac in (((), 'near', A, B, macs['far']), (far.enter, 'far', B, A, macs['near'])):
            for setting in SYSCTLS:
                name, value = setting.split('=')
                run(*enter, 'sh', '-c', 'echo "$1" >"/proc/sys/$0"', name.replace('.', '/'), value)
            run(*enter, 'ip', 'addr', 'add', f'{own}/24', 'dev', dev)
            run(*enter, 'ip', 'link', 'set', dev, 'up')
            run(*enter, 'ip', 'neigh', 'replace', other, 'lladdr', mac, 'dev', dev, 'nud', 'permanent')

    @staticmethod
    def started():
        """The addresses of the taps that testpmd has started: then they are up."""
        links = json.loads(run('ip', '-j', 'link'))
        return {link['ifname']: link['address'] for link in links if link['ifname'] != 'lo' and 'UP' in link['flags']}

    def end(self):
        self.testpmd.kill()
        self.testpmd.wait()
        shutil.rmtree(self.runtime, ignore_errors=True)


def receive():
    """In the far namespace: takes one connection, and tells how many bytes came, and when the last."""
    with socket.create_server((B, PORT)) as server:
        print('listens', flush=True)
        connection, _ = server.accept()
        got, last = 0, 0
        while n := len(connection.recv(1 << 20)):
            got, last = got + n, time.monotonic_ns()
        print(got, last, flush=True)


def transfer(far, length, seconds):
    """(bytes, ns from the first byte written to the last byte read)"""
    receiver = subprocess.Popen([*WITH_US, *far.enter, sys.executable, os.path.abspath(__file__), '--receive'],
                                stdout=subprocess.PIPE, text=True)
    try:
        assert receiver.stdout.readline() == 'listens\n'
        with socket.socket() as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'cubic')
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.settimeout(60)
            s.connect((B, PORT))
            first = time.monotonic_ns()
            until, left = first + seconds * 10**9, length
            while left > 0 and time.monotonic_ns() < until:
                left -= s.send(bytes(min(left, 1 << 16 if left > 1 << 17 else left)))
            s.shutdown(socket.SHUT_WR)
            got, last = map(int, receiver.communicate(timeout=120)[0].split())
    finally:
        receiver.kill()
        receiver.wait()
    assert got == length - left, f'{got} of {length - left} bytes arrived'
    return got, last - first


def wire(build, far, options, length, seconds):
    path = Path(build, far, options)
    try:
        return transfer(far, length, seconds)
    finally:
        path.end()


def goodput(build, far, loss, rtt, reorders, seconds):
    half = f'{rtt * 500}us'
    options = f'delay={half},rx-delay={half},rx-rate=1gbit,rx-loss={loss / 100}%,seed={loss + rtt}'
    if reorders:
        options += f',rx-reorder=2%,rx-reorder-delay={rtt * 250}us'
    got, ns = wire(build, far, options, 1 << 30, seconds if rtt < 100 else seconds * 5 // 2)
    return got * 8e9 / ns


def cost(build, far, lost):
    """The median of five. SYN and ACK are the packets 1 and 2, for nobody need ask for an address."""
    half = f'{COST_RTT * 500}us'
    lose = f',rx-lose={"/".join(str(n + 2) for n in lost)}' if lost else ''
    options = f'delay={half},rx-delay={half},rx-rate=1gbit{lose}'
    return sorted(wire(build, far, options, COST_SEGMENTS * MSS, 30)[1] for _ in range(5))[2]


def measure(o, to):
    far = Far()
    try:
        print('/* SPDX-License-Identifier: BSD-3-Clause */\n/* Written by bench/kernel_paths.py; bit/s and ns. */', file=to)
        print(f'MEASURED("Linux {platform.release().split("-")[0]}, CUBIC")', file=to)
        for loss, rtt in o.row or [(loss, rtt) for loss in LOSSES for rtt in RTTS]:
            plain, reordered = (goodput(o.build, far, loss, rtt, reorders, o.seconds) for reorders in (False, True))
            print(f'GOODPUT({loss}, {rtt}, {plain:.4g}, {reordered:.4g})', file=to, flush=True)
        for i, lost in enumerate(COSTS if not o.row else ()):
            print(f'COST({i}, {cost(o.build, far, lost)})', file=to, flush=True)
    finally:
        far.end()


def row(text):
    loss, rtt = text.split('/')
    return int(loss), int(rtt)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--seconds', type=int, default=10)
    p.add_argument('--row', type=row, action='append')
    p.add_argument('--receive', action='store_true', help=argparse.SUPPRESS)
    p.add_argument('build', nargs='?')
    p.add_argument('file', nargs='?')
    o = p.parse_args()
    if o.receive:
        receive()
        return
    if o.build is None or not os.path.exists(os.path.join(o.build, 'drivers', 'librte_net_wire.so')):
        sys.exit('no librte_net_wire.so in BUILD/drivers: scripts/dpdk-source DIR, then meson -Ddpdk_src=DIR')
    if os.environ.get('LEAT_OWN_NET') != '1':
        os.execvpe('unshare', ['unshare', '--net', sys.executable, *sys.argv], dict(os.environ, LEAT_OWN_NET='1'))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if o.file is None:
        measure(o, sys.stdout)
        return
    with open(o.file + '.new', 'w') as f:
        measure(o, f)
    os.replace(o.file + '.new', o.file)


if __name__ == '__main__':
    main()
