# SPDX-License-Identifier: BSD-3-Clause
"""leat-httpd and the kernel's clients: whole, in part, kept alive, broken off, drained."""
import hashlib
import http.client
import os
import signal
import socket
import struct

from world import LEAT, PATIENCE, connect, receive_all, run, sha256, wait_for

MB = 1 << 20


def fetch(w, size, name='file'):
    path, got = w.file(name, size), w.path('got')
    done = w.curl(f'/{name}', '--fail', '-o', got)
    assert done.returncode == 0, done.stderr
    assert os.path.getsize(got) == size
    assert sha256(got) == sha256(path)


def test_curl_1_KB(w):
    w.httpd()
    fetch(w, 1024)


def test_curl_an_empty_file(w):
    w.httpd()
    fetch(w, 0)


def test_curl_10_MB(w):
    w.httpd()
    fetch(w, 10 * MB)


def test_curl_100_MB(w):
    w.httpd()
    fetch(w, 100 * MB)


def test_curl_a_range_and_a_head(w):
    path = w.file('file', 1 * MB)
    w.httpd()
    done = w.curl('/file', '--range', '1000-200999', '-o', w.path('got'), '-w', '%{http_code}')
    assert done.stdout == '206', done
    with open(path, 'rb') as want, open(w.path('got'), 'rb') as got:
        assert got.read() == want.read()[1000:201000]
    done = w.curl('/file', '--head')
    assert 'HTTP/1.1 200' in done.stdout and f'{MB}' in done.stdout, done
    assert w.curl('/none', '-o', w.path('got'), '-w', '%{http_code}').stdout == '404'


def test_1000_requests_on_one_connection(w):
    path = w.file('file', 3000)
    with open(path, 'rb') as f:
        want = f.read()
    p = w.httpd()
    c = http.client.HTTPConnection(LEAT, timeout=PATIENCE)
    for _ in range(1000):
        c.request('GET', '/file')
        assert c.getresponse().read() == want
    c.close()
    p.must_count(tcp_opened_passive=1)


def test_100_requests_sent_at_once(w):
    w.httpd('--body', '2000')
    with connect() as s:
        s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n' * 99 + b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        answer = receive_all(s)
    assert answer.count(b'HTTP/1.1 200 OK\r\n') == 100
    assert len(answer) > 100 * 2000


def break_off(linger):
    """Reads 1 MB of the answer and goes away: with a RST of its own, or by closing with unread data."""
    with connect() as s:
        s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\n\r\n')
        assert len(receive_all(s, MB)) == MB
        if linger:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def test_a_transfer_that_the_client_breaks_off(w):
    w.file('file', 10 * MB)
    p = w.httpd()
    for linger in (True, False) * 5:
        break_off(linger)
    wait_for('every connection is gone', lambda: p.connections() == [])
    p.must_count(tcp_resets_in=10)
    p.check_at_rest()
    fetch(w, 10 * MB, 'after')


def test_a_client_that_curl_ends_half_way(w):
    w.file('file', 100 * MB)
    p = w.httpd()
    # curl ends at the first write beyond what its output takes: half-way, however fast it is
    done = run('sh', '-c', f'curl -sS --noproxy "*" --max-time {PATIENCE * w.slow} http://{LEAT}/file | head -c {MB} >{w.path("got")}; '
                 'exit 0')
    assert done.returncode == 0, done
    assert os.path.getsize(w.path('got')) == MB
    wait_for('its connection is gone', lambda: p.connections() == [])
    p.must_count(tcp_resets_in=1)
    fetch(w, 1 * MB, 'after')


def test_sigterm_lets_a_transfer_finish_and_takes_no_other(w):
    path = w.file('file', 8 * MB)
    p = w.httpd()
    # a buffer so small that the page is not over before it was read nearly to its end
    with connect(receive_buffer=65536) as s:
        s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\n\r\n')
        got = receive_all(s, MB)
        p.process.send_signal(signal.SIGTERM)
        wait_for('nobody listens', lambda: p.connections('-l') == [])
        try:
            connect().close()
            raise AssertionError('a new connection was taken')
        except ConnectionRefusedError:
            pass
        got += receive_all(s)
    assert hashlib.sha256(got[got.index(b'\r\n\r\n') + 4:]).hexdigest() == sha256(path), f'{len(got)} bytes came'
    assert p.wait() == 0, p.words()


def test_ctrl_c_ends_with_a_summary(w):
    w.file('file', 1000)
    p = w.httpd()
    assert w.curl('/file', '-o', w.path('got')).returncode == 0
    p.stop(signal.SIGINT)
    assert '1 connections, 1 requests' in p.words().rstrip().split('\n')[-1], p.words()
