# SPDX-License-Identifier: BSD-3-Clause
"""What lies below TCP: ARP, ICMP, closed ports, a link that goes away."""
import hashlib
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from world import LEAT, KERNEL, PATIENCE, TAP, connect, need, ping, receive_all, run, sha256, wait_for


def test_ping(w):
    need('ping')
    p = w.httpd()
    sent = sum(ping(5, '-s', str(size)) for size in (0, 56, 1472))
    p.wait_until_it_counted(icmp_echo_in=sent)


def test_ping_in_fragments_is_counted_and_dropped(w):
    need('ping')
    p = w.httpd()
    done = run('ping', '-n', '-c', '2', '-i', '0.05', '-W', '1', '-s', '3000', LEAT)
    assert ' 0 received' in done.stdout, done.stdout
    p.wait_until_it_counted(drop_ip4_fragment=6)  # ping has given up; leat may be about to read them


def test_neighbours_know_each_other(w):
    p = w.httpd()
    assert w.curl('/none', '-o', w.path('got')).returncode == 0
    assert LEAT in run('ip', 'neigh', 'show', 'dev', TAP, 'nud', 'reachable').stdout, run('ip', 'neigh').stdout

    def state():
        return [(n['addr'], n['state']) for n in p.asked('arp')['neighbours']]

    # curl has ended with the answer; what acknowledges it, and so confirms, may be on its way
    wait_for('leat knows the kernel', lambda: state() == [(KERNEL, 'REACHABLE')])


def test_tcp_to_a_closed_port_is_refused(w):
    w.httpd()
    try:
        connect(81)
    except ConnectionRefusedError:
        return
    raise AssertionError('port 81 answered')


def test_udp_to_a_closed_port_is_refused(w):
    p = w.httpd()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.connect((LEAT, 5353))
        s.send(b'anybody?')
        try:
            s.recv(100)
        except ConnectionRefusedError:
            p.must_count(drop_udp_no_port=1)
            return
    raise AssertionError('port 5353 answered')


def asked_for_a_page(w):
    """A server and its client, whose buffer is so small that the page is not over before it has read nearly all."""
    path = w.file('a', 8 << 20)
    p, s = w.httpd(), connect(receive_buffer=65536)
    s.sendall(b'GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    return p, s, sha256(path)


def without_link_for_a_while(w, p):
    """The link comes back when leat has tried in vain: data in flight, or probes of a window that it saw closed."""
    run('ip', 'link', 'set', TAP, 'down')
    wait_for('the time-out has doubled twice', lambda: any(c.get('backoff', 0) >= 2 for c in p.connections()))
    run('ip', 'link', 'set', TAP, 'up')


def is_the_page(answer, digest):
    return hashlib.sha256(answer[answer.index(b'\r\n\r\n') + 4:]).hexdigest() == digest


def test_a_link_that_is_away_for_a_while_only_delays(w):
    p, s, digest = asked_for_a_page(w)
    back = threading.Event()

    def read():
        """Goes on while the link goes, but not to the end before it is back."""
        got = b''
        for _ in range(200):
            got += receive_all(s, 1 << 15)
            time.sleep(0.005)
        back.wait()
        return got + receive_all(s)

    with s, ThreadPoolExecutor(1) as thread:
        try:
            reader = thread.submit(read)
            wait_for('the transfer has begun', lambda: any(c.get('bytes_out', 0) > 1 << 20 for c in p.connections()))
            without_link_for_a_while(w, p)
        finally:
            back.set()
        assert is_the_page(reader.result(), digest)


def test_a_link_that_is_away_while_the_reader_has_stopped_only_delays(w):
    p, s, digest = asked_for_a_page(w)
    with s:
        got = receive_all(s, 1 << 20)
        wait_for('the window is closed', lambda: [c['snd_wnd'] for c in p.connections()] == [0])
        without_link_for_a_while(w, p)
        assert p.counter('tcp_persist_probes') > 0, p.stats()['counters']
        assert is_the_page(got + receive_all(s), digest)


def test_a_link_that_comes_back_is_used_at_once(w):
    need('nc')
    p = w.echo()
    # without an end, so that whenever the link goes something waits: in flight, or for the reader's window
    reader = w.popen('nc', LEAT, '19', stdout=subprocess.DEVNULL)

    def only():
        return next((c for c in p.connections() if c['state'] == 'ESTABLISHED'), {})

    def waits_long():
        """What was sent is long gone from the transmit queue too (lib/core/txq.h: after a second)."""
        asked, c = time.monotonic(), only()
        waited = c['rto_us'] / 1000 - c['timer_ms']
        long = c['backoff'] >= 5 and waited > 1500 and c['timer_ms'] > 2000
        return long and (c['bytes_out'], asked + c['timer_ms'] / 1000)

    wait_for('the stream has begun', lambda: only().get('bytes_out', 0) > 1 << 20)
    run('ip', 'link', 'set', TAP, 'down')
    sent, timeout = wait_for('the time-out has doubled often', waits_long)
    assert p.counter('tcp_carrier_lost') > 0, 'net_tap tells that its link is down'
    run('ip', 'link', 'set', TAP, 'up')
    wait_for('data flows again before the time-out', lambda: only()['bytes_out'] > sent, timeout - time.monotonic())
    assert p.counter('tcp_carrier_resent') > 0
    reader.kill()


def test_leat_ping_reaches_the_kernel(w):
    p = w.start('leat-ping', '-c', '3', '-i', '100ms', '-W', '30s', KERNEL)
    assert p.wait() == 0, p.words()
    assert '3 received' in p.printed() + p.words(), p.printed()
