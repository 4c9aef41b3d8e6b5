# SPDX-License-Identifier: BSD-3-Clause
"""What lies below TCP: ARP, ICMP, closed ports, a link that goes away."""
import socket

from world import LEAT, KERNEL, TAP, connect, need, run, sha256, wait_for


def test_ping(w):
    need('ping')
    p = w.httpd()
    for size in (0, 56, 1472):
        done = run('ping', '-n', '-c', '5', '-i', '0.05', '-W', '2', '-s', str(size), LEAT)
        assert ' 5 received, 0% packet loss' in done.stdout, done.stdout
    assert p.counter('icmp_echo_in') == 15


def test_ping_in_fragments_is_counted_and_dropped(w):
    need('ping')
    p = w.httpd()
    done = run('ping', '-n', '-c', '2', '-i', '0.05', '-W', '1', '-s', '3000', LEAT)
    assert ' 0 received' in done.stdout, done.stdout
    assert p.counter('drop_ip4_fragment') == 6


def test_neighbours_know_each_other(w):
    p = w.httpd()
    w.curl('/')
    assert LEAT in run('ip', 'neigh', 'show', 'dev', TAP, 'nud', 'reachable').stdout
    arp = p.asked('arp')['neighbours']
    assert [n['addr'] for n in arp] == [KERNEL] and arp[0]['state'] == 'REACHABLE', arp


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
        s.settimeout(5)
        s.connect((LEAT, 5353))
        s.send(b'anybody?')
        try:
            s.recv(100)
        except ConnectionRefusedError:
            assert p.counter('drop_udp_no_port') == 1
            return
    raise AssertionError('port 5353 answered')


def test_a_link_that_is_away_for_a_while_only_delays(w):
    path = w.file('a', 8 << 20)
    p = w.httpd()
    curl = w.popen('curl', '-sS', '--noproxy', '*', '--max-time', '30', '--limit-rate', '4M', '-o', w.path('got'),
                   f'http://{LEAT}/a')
    wait_for('the transfer has begun', lambda: any(c.get('bytes_out', 0) > 1 << 20 for c in p.connections()))
    run('ip', 'link', 'set', TAP, 'down')
    wait_for('leat sends again', lambda: p.counter('tcp_rto') > 0)
    run('ip', 'link', 'set', TAP, 'up')
    _, err = curl.communicate(timeout=30)
    assert curl.returncode == 0, err
    assert sha256(w.path('got')) == sha256(path)


def test_a_link_that_comes_back_is_used_at_once(w):
    w.file('a', 8 << 20)
    p = w.httpd()
    curl = w.popen('curl', '-sS', '--noproxy', '*', '--max-time', '30', '--limit-rate', '4M', '-o', w.path('got'),
                   f'http://{LEAT}/a')
    wait_for('the transfer has begun', lambda: any(c.get('bytes_out', 0) > 1 << 20 for c in p.connections()))
    run('ip', 'link', 'set', TAP, 'down')
    wait_for('the time-out has doubled often', lambda: p.counter('tcp_rto') >= 5, 20)
    assert p.counter('tcp_carrier_lost') > 0, 'net_tap tells that its link is down'
    before = sum(c.get('bytes_out', 0) for c in p.connections())
    run('ip', 'link', 'set', TAP, 'up')
    # the next time-out is 6.4 s away
    wait_for('data flows again', lambda: sum(c.get('bytes_out', 0) for c in p.connections()) > before or
             p.counter('tcp_closed') > 0, 1.5 * w.slow)
    _, err = curl.communicate(timeout=30)
    assert curl.returncode == 0, err


def test_leat_ping_reaches_the_kernel(w):
    p = w.start('leat-ping', '-c', '3', '-i', '100ms', KERNEL)
    assert p.wait() == 0, p.words()
    assert '3 received' in p.printed() + p.words(), p.printed()
