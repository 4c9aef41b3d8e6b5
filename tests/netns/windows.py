# SPDX-License-Identifier: BSD-3-Clause
"""Readers that are slow or stop: windows close, and open again, on both sides."""
import hashlib
import os

from world import PATIENCE, connect, receive_all, sha256, undisturbed, wait_for

MB = 1 << 20


def test_a_slow_reader(w):
    path = w.file('file', 12 * MB)
    p = w.httpd()

    def fetch():
        before = p.counter('tcp_rto')
        done = w.curl('/file', '--fail', '--limit-rate', '4M', '-o', w.path('got'))
        assert done.returncode == 0, done.stderr
        assert sha256(w.path('got')) == sha256(path)
        return p.counter('tcp_rto') == before

    undisturbed(fetch, 'no time-out')


def test_a_window_that_closes_again_and_again(w):
    """The reader takes a part only when leat has no room for a whole segment any more."""
    path = w.file('file', 4 * MB)
    p = w.httpd()
    got = b''
    with connect(receive_buffer=16384) as s:
        s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        for _ in range(20):
            wait_for('the window has no room for a segment',
                     lambda: any(c.get('bytes_out', 0) > 0 and c['snd_wnd'] < c['mss'] for c in p.connections()))
            got += receive_all(s, 100000)
        got += receive_all(s)
    body = got[got.index(b'\r\n\r\n') + 4:]
    assert hashlib.sha256(body).hexdigest() == sha256(path)
    p.must_count(tcp_timed_out=0)


def test_a_reader_that_stops_closes_the_window_and_opens_it_again(w):
    path = w.file('file', 4 * MB)
    p = w.httpd()
    with connect(receive_buffer=16384) as s:
        s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        wait_for('the window is closed and probed', lambda: p.counter('tcp_persist_probes') >= 2)
        assert [c['snd_wnd'] for c in p.connections()] == [0]
        answer = receive_all(s)
    body = answer[answer.index(b'\r\n\r\n') + 4:]
    assert hashlib.sha256(body).hexdigest() == sha256(path)
    p.must_count(tcp_timed_out=0)


def fill(p, s):
    """Sends until leat has closed its window and nothing goes any more; what was sent."""
    sent = []

    def full():
        try:
            while True:
                part = os.urandom(1 << 16)
                sent.append(part[:s.send(part)])
        except TimeoutError:
            return [c['rcv_wnd'] for c in p.connections()] == [0]

    s.settimeout(0.5)
    wait_for('leat has closed its window', full)
    s.settimeout(PATIENCE)
    return b''.join(sent)


def test_leat_closes_its_window_to_a_sender_that_does_not_read(w):
    p = w.echo()
    with connect(7, receive_buffer=16384) as s:
        sent = fill(p, s)
        got = receive_all(s, len(sent))
        assert got == sent, f'{len(got)} of {len(sent)} bytes came'
        s.sendall(b'and on')
        assert receive_all(s, 6) == b'and on'


def test_a_sender_that_does_not_read_may_go_away(w):
    p = w.echo()
    s = connect(7, receive_buffer=16384)
    assert len(fill(p, s)) > 100000
    s.close()
    wait_for('its connection is gone', lambda: p.connections() == [])
