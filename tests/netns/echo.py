# SPDX-License-Identifier: BSD-3-Clause
"""leat-echo: what is sent comes back whole, also after the sender's FIN."""
import os
import socket

from world import LEAT, PATIENCE, connect, need, receive_all, run, sha256, wait_for

MB = 1 << 20


def test_nc_closes_its_half_and_still_receives_everything(w):
    need('nc')
    path = w.file('sent', 5 * MB)
    w.echo()
    with open(path, 'rb') as sent, open(w.path('got'), 'wb') as got:
        nc = w.popen('nc', '-N', '-w', str(PATIENCE), LEAT, '7', stdin=sent, stdout=got)
        _, err = nc.communicate(timeout=2 * PATIENCE * w.slow)
    assert nc.returncode == 0, err
    assert sha256(w.path('got')) == sha256(path)


def test_a_half_closed_connection_gets_its_answer_and_the_fin(w):
    w.echo()
    with connect(7) as s:
        s.sendall(b'the last words')
        s.shutdown(socket.SHUT_WR)
        assert receive_all(s) == b'the last words'


def test_bytes_one_by_one(w):
    w.echo()
    with connect(7) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(500):
            s.send(bytes([i % 256]))
            assert s.recv(10) == bytes([i % 256]), f'number {i}'


def test_udp_datagrams_of_every_kind_of_size(w):
    w.echo()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.connect((LEAT, 7))
        for size in (0, 1, 17, 18, 19, 100, 1471, 1472):
            data = os.urandom(size)
            s.send(data)
            assert s.recv(65536) == data, f'{size} bytes'


def test_discard_takes_everything_and_says_nothing(w):
    p = w.echo()
    with connect(9) as s:
        s.sendall(bytes(3 * MB))
        s.shutdown(socket.SHUT_WR)
        assert receive_all(s) == b''
    assert p.counter('link_bytes_in') > 3 * MB, p.stats()


def test_chargen_speaks_until_nobody_listens(w):
    w.echo()
    with connect(19) as s:
        text = receive_all(s, MB)
    lines = text.split(b'\r\n')[:-1]
    assert len(lines) > 10000
    assert all(len(line) == 72 for line in lines)


def test_500_connections_side_by_side(w):
    p = w.echo()
    sockets = [connect(7) for _ in range(500)]
    # the kernel's connect() has returned when its last ACK has left; leat may be about to read it
    wait_for('all 500 are open', lambda: p.stats()['tables']['connections'] == 500)
    for i, s in enumerate(sockets):
        s.sendall(b'number %d' % i)
    for i, s in enumerate(sockets):
        assert s.recv(100) == b'number %d' % i
        s.close()


def test_ports_chosen_by_option(w):
    w.echo('--echo=7007', '--no-udp')
    with connect(7007) as s:
        s.sendall(b'here')
        assert receive_all(s, 4) == b'here'
    assert run('nc', '-z', '-w', '3', LEAT, '9').returncode == 1
