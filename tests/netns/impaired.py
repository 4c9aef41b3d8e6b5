# SPDX-License-Identifier: BSD-3-Clause
"""leat-httpd behind the driver net_wire, which stands in front of the tap: the kernel's curl gets every byte."""
import os
import re
import time

from get import nginx
from world import KERNEL, connect, need, run, sha256, undisturbed

MB = 1 << 20


def fetch(w, size):
    path, got = w.file('file', size), w.path('got')
    done = w.curl('/file', '--fail', '-o', got)
    assert done.returncode == 0, done.stderr
    assert os.path.getsize(got) == size
    assert sha256(got) == sha256(path)


def test_the_wire_delays_both_ways(w):
    """30 ms out and 20 ms in: SYN and SYN-ACK take 50 ms, and little more."""
    w.httpd('--body', '1', wire='delay=30ms,rx-delay=20ms')

    def handshake():
        since = time.monotonic()
        connect().close()
        return time.monotonic() - since

    handshake()  # asks for addresses first
    took = [handshake() for _ in range(10)]
    assert min(took) >= 0.05, took
    # and the quickest, which nothing has disturbed
    assert min(took) < 0.2 * w.slow, took


def test_curl_through_seeded_loss_both_ways(w):
    p = w.httpd(wire='delay=2ms,rx-delay=2ms,loss=2%,rx-loss=2%,seed=11')
    fetch(w, MB)
    assert p.counter('tcp_retransmits') > 0, p.stats()['counters']


def test_curl_through_damage_and_disorder(w):
    """What is corrupted or cut is dropped by a checksum or a length, and comes again; TCP puts the rest in order."""
    p = w.httpd(wire='delay=2ms,corrupt=1%,truncate=1%,duplicate=2%,reorder=2%,reorder-delay=3ms,'
                     'rx-delay=2ms,rx-corrupt=2%,rx-truncate=2%,rx-duplicate=5%,rx-reorder=5%,rx-reorder-delay=3ms,seed=3')
    fetch(w, MB)
    assert p.alive(), p.words()


def set_ecn(value):
    """Of the kernel, in this namespace."""
    with open('/proc/sys/net/ipv4/tcp_ecn', 'w') as f:
        f.write(str(value))


def test_marks_slow_leat_down_and_lose_nothing(w):
    """The kernel asks for ECN, the wire marks where it would drop: every mark is answered, nothing is sent again."""
    p = w.httpd(wire='delay=2ms,rx-delay=2ms,mark=2%,seed=5')

    def nothing_again():
        before = p.counter('tcp_retransmits')
        fetch(w, 4 * MB)
        return p.counter('tcp_retransmits') == before

    try:
        set_ecn(1)  # asks for it
        undisturbed(nothing_again, 'nothing is sent again')
    finally:
        set_ecn(2)
    assert p.counter('tcp_ecn_agreed') > 0 and p.counter('tcp_ecn_reduced') > 0, p.stats()['counters']


def test_what_the_kernel_makes_of_a_path_is_measured(w):
    """A row of the program that measured Linux for tests/sim/goodput.md: it still can."""
    need('dpdk-testpmd')
    w.wire_driver()
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bench', 'kernel_paths.py')

    def measures():
        done = run(program, '--seconds', '2', '--row', '100/10', w.build)
        assert done.returncode == 0, done.stderr
        found = re.search(r'^GOODPUT\(100, 10, (\S+), (\S+)\)$', done.stdout, re.M)
        assert found, done.stdout
        # models say 14 Mbit/s; at 1 % lost nobody has twice as much for long, or stands still
        return all(1e6 < float(v) < 100e6 for v in found.groups())

    undisturbed(measures, 'between 1 and 100 Mbit/s')


def test_marks_slow_the_kernel_down(w):
    """leat asks for ECN; the kernel counts the segments that leat told it were marked."""
    path = w.file('file', 4 * MB)
    nginx(w)
    w.wire_driver()
    p = w.start('leat-get', '--set', 'tcp.ecn=on', '-o', w.path('got'), f'http://{KERNEL}/file',
                wire='delay=2ms,rx-delay=2ms,rx-mark=2%,seed=6')
    assert p.wait() == 0, p.words()
    assert sha256(w.path('got')) == sha256(path)
    told = run('nstat', '-asz', 'TcpExtTCPDeliveredCE').stdout
    assert int(told.split()[-2]) > 0, told


def test_the_port_behind_the_wire_is_not_offered(w):
    """leat takes the port that nobody owns: the wire's."""
    p = w.httpd('--body', '1', wire='delay=0')
    assert [port['name'] for port in p.asked('ports')['ports']] == ['net_wire0'], p.asked('ports')
    done = w.curl('/')
    assert done.returncode == 0, done.stderr
