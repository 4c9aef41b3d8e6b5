# SPDX-License-Identifier: BSD-3-Clause
"""Many connections: wrk keeps them, or closes each; no socket error may come of either."""
import re

from world import LEAT, PATIENCE, need, run


def wrk(w, *more, connections=50, seconds=3):
    need('wrk')
    done = run('wrk', '-t', '2', '-c', str(connections), '-d', f'{seconds}s', '--timeout', f'{PATIENCE}s', *more,
               f'http://{LEAT}/', timeout=2 * PATIENCE * w.slow)
    assert done.returncode == 0, done.stderr
    assert 'Socket errors' not in done.stdout and 'Non-2xx' not in done.stdout, done.stdout
    requests = re.search(r'(\d+) requests in', done.stdout)
    assert requests and int(requests.group(1)) >= connections, done.stdout
    return int(requests.group(1))


def test_wrk_keeping_its_connections(w):
    p = w.httpd('--body', '1000')
    wrk(w)
    opened = p.counter('tcp_opened_passive')
    assert 50 <= opened <= 60, f'{opened} connections were opened'


def test_wrk_closing_every_connection(w):
    p = w.httpd('--body', '1000')
    requests = wrk(w, '-H', 'Connection: close')
    assert p.counter('tcp_opened_passive') >= requests, p.stats()
    p.must_count(drop_no_mbuf=0)


def test_wrk_with_files_of_100_KB(w):
    w.file('index.html', 100000)
    w.httpd()
    wrk(w, connections=20)


def test_200_clients_at_once(w):
    path = w.file('file', 20000)
    p = w.httpd()
    with open(path, 'rb') as f:
        want = f.read()
    many = w.path('config')
    with open(many, 'w') as f:
        for i in range(200):
            f.write(f'url = "http://{LEAT}/file"\noutput = "{w.path(f"got{i}")}"\n')
    done = run('curl', '-sS', '--noproxy', '*', '--parallel', '--parallel-immediate', '--parallel-max', '200',
               '--max-time', str(PATIENCE * w.slow), '--config', many, timeout=2 * PATIENCE * w.slow)
    assert done.returncode == 0, done.stderr
    for i in range(200):
        with open(w.path(f'got{i}'), 'rb') as f:
            assert f.read() == want, f'number {i}'
    assert p.counter('tcp_opened_passive') > 1
