# SPDX-License-Identifier: BSD-3-Clause
"""Two cores on one tap: whatever the kernel's choice of queue, each connection is served by the core it is for."""
import concurrent.futures
import os
import re
import signal
import socket

from load import wrk
from world import LEAT, PATIENCE, connect, need, ping, wait_for

MANY = 24  # connections: that one of two cores gets none of eight happens once in a hundred runs, of these never
CORE = re.compile(r'core (\d): (\d+) connections, (\d+) requests')


def served(p):
    """Connections of each core, as the program says at its end."""
    p.stop()
    cores = CORE.findall(p.words())
    assert [c[0] for c in cores] == ['0', '1'], p.words()
    return [int(c[1]) for c in cores]


def test_curl_gets_a_whole_file_from_either_core(w):
    path = w.file('file', 300000)
    p = w.httpd(cores=2)
    with open(path, 'rb') as f:
        want = f.read()

    def fetch(i):
        got = w.path(f'got{i}')
        done = w.curl('/file', '--output', got)
        assert done.returncode == 0, done.stderr
        with open(got, 'rb') as f:
            assert f.read() == want, f'number {i}'

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(fetch, range(MANY)))
    p.must_count(tcp_opened_passive=MANY)
    # The kernel moves a flow to the queue that we answer by, and what it gave the other queue before comes later:
    # a few segments out of order, and perhaps a last ACK behind the end. But what went to a wrong core would be reset.
    assert p.counter('tcp_rst_out') < MANY, p.stats()
    p.check_at_rest()
    connections = served(p)
    assert sum(connections) == MANY and min(connections) > 0, connections


def test_wrk_closing_every_connection_with_steering_by_software(w):
    p = w.httpd('--body', '1000', '--set', 'steering=software', cores=2)
    requests = wrk(w, '-H', 'Connection: close')
    assert p.counter('tcp_opened_passive') >= requests
    assert p.counter('core_steered') > 0, p.stats()
    p.check_at_rest()
    connections = served(p)
    assert sum(connections) >= requests and min(connections) > requests // 4, connections


def test_wrk_on_one_queue(w):
    p = w.httpd('--body', '1000', '--set', 'queues=1', cores=2)
    wrk(w)
    assert p.counter('core_sent_for') > 0, p.stats()
    p.check_at_rest()
    connections = served(p)
    assert min(connections) > 0, connections


def test_both_cores_are_listed(w):
    p = w.echo(cores=2)
    sockets = [connect(7) for _ in range(MANY)]
    for s in sockets:
        s.sendall(b'word')
        assert s.recv(10) == b'word'
    cores = [c['core'] for c in p.connections()]
    assert len(cores) == MANY and set(cores) == {0, 1}, cores
    for s in sockets:
        s.close()


def test_udp_and_ping_find_their_core(w):
    need('ping')
    w.echo(cores=2)
    for i in range(16):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.connect((LEAT, 7))
            data = os.urandom(100)
            s.send(data)
            assert s.recv(1000) == data, f'number {i}'
    ping(10)


def test_open_requests_are_answered_before_it_ends(w):
    """SIGTERM: both cores finish what is begun, then the program ends by itself."""
    p = w.httpd('--body', '100000', cores=2)
    sockets = [connect(80) for _ in range(MANY)]
    for s in sockets:
        s.sendall(b'GET / HTTP/1.1\r\nHost: a\r\n')
    wait_for('all have begun', lambda: sum(c.get('bytes_in', 0) > 0 for c in p.connections()) == MANY)
    cores = {c['core'] for c in p.connections()}
    assert cores == {0, 1}, cores
    p.process.send_signal(signal.SIGTERM)
    wait_for('nobody listens', lambda: p.connections('-l') == [])
    for s in sockets:
        s.sendall(b'\r\n')
        n = 0
        while part := s.recv(1 << 16):
            n += len(part)
        assert n > 100000, n
        s.close()
    assert p.wait() == 0, p.words()


def test_too_few_lcores_are_told(w):
    p = w.start('leat-echo', '--set', 'rx_mbufs=2048', '--set', 'tx_mbufs=2048', tap=False, cores=4, lcores=1)
    assert p.wait() == 1, p.words()
    assert 'leat_run() wants an lcore for each, and EAL has 1 to give: start it with -l 0-3' in p.words(), p.words()
