# SPDX-License-Identifier: BSD-3-Clause
"""Scanned and flooded: what a stranger learns of leat, and who is still served meanwhile."""
import os
import re
import signal
import subprocess

from world import KERNEL, LEAT, TAP, WITH_US, connect, need, receive_all, run, wait_for

REQUEST = b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'


def sequence_test():
    """What nmap makes of the sequence numbers: its line SEQ, the line breaks of its report taken out."""
    done = run('nmap', '-O', '-n', '-Pn', '-d', '-p', '80,81', '--max-os-tries', '1', LEAT)
    assert done.returncode == 0, done.stderr
    # in lines that begin with OS:, or as it is when nmap was kept from sending in time
    seq = re.search(r'SEQ\(([^)]*)\)', done.stdout.replace('\nOS:', ''))
    return dict(v.split('=') for v in seq.group(1).split('%') if '=' in v) if seq else {}


def sequence_tests(n):
    """Whole ones: of a probe whose answer nmap did not wait for it makes nothing."""
    tests = [sequence_test() for _ in range(n)]
    for _ in range(n):
        if all({'SP', 'GCD', 'TI', 'CI'} <= set(t) for t in tests):
            break
        tests = [t if {'SP', 'GCD', 'TI', 'CI'} <= set(t) else sequence_test() for t in tests]
    return tests


def test_nmap_finds_nothing_to_guess_from(w):
    need('nmap')
    p = w.httpd('--body', '64', '--set', 'tcp.synack_retries=1')
    tests = sequence_tests(5)
    assert all('SP' in t and 'GCD' in t for t in tests), tests
    # SP: how hard the sequence numbers are to guess, each from six samples only. Of 32 random bits four in
    # five come to 0x100, as Linux's do, and none falls below 0xE8; of 28 bits none comes there.
    assert max(int(t['SP'], 16) for t in tests) >= 0x100, tests
    assert min(int(t['SP'], 16) for t in tests) >= 0xE0, tests
    for t in tests:
        assert int(t['GCD'], 16) <= 6, t  # no common step: five random differences may all be even
        # IP ID of segments from an open and from a closed port: zero or random
        assert t.get('TI') in ('Z', 'RD'), t
        assert t.get('CI') in ('Z', 'RD'), t
    # of ICMP replies, which may be cut: two of them are compared, and two random ones may be neighbours
    assert not all(t.get('II') in ('I', 'BI') for t in tests), tests
    # nor do segments and ICMP replies count together
    assert not any(t.get('SS') == 'S' for t in tests), tests
    assert p.counter('tcp_rst_out') > 0
    with connect() as s:
        s.sendall(REQUEST)
        assert receive_all(s).startswith(b'HTTP/1.1 200')
    # the SYNs of the last scan, which nobody goes on with
    wait_for('what nmap left half-open is given up', lambda: p.connections() == [])


def mac_of_leat():
    def found():
        run('ping', '-c', '1', '-W', '1', LEAT)
        m = re.search(r'lladdr (\S+)', run('ip', 'neigh', 'show', LEAT, 'dev', TAP).stdout)
        return m and m.group(1)

    return wait_for('the kernel knows the MAC address of leat', found)


def start_flood(w, rate, seconds):
    """SYNs from half a /16 of strangers, through the kernel's end of the tap."""
    prefix = f'leat-flood-{os.getpid()}'
    return subprocess.Popen(
        [*WITH_US, w.program('leat-load'), '--no-huge', '-m', '64', '--no-pci', '--no-telemetry',
         '--file-prefix', prefix, '--vdev', f'net_af_packet0,iface={TAP},framecnt=4096', '--', 'flood', f'{LEAT}:80',
         '--mac', mac_of_leat(), '-r', str(rate), '-d', f'{seconds}s', '-q'],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def test_a_syn_flood_refuses_nobody(w):
    p = w.httpd('--body', '64', '--gateway', KERNEL, '--set', 'tcp.backlog=64', '--set', 'tcp.rto_initial=200ms')
    flood = start_flood(w, 20000, 120)
    wait_for('cookies are sent', lambda: p.counter('tcp_cookies_sent') > 1000)
    served = 0

    def enough():
        """Served one after the other while it lasts; not by the clock, since a machine may be slow."""
        nonlocal served
        with connect() as s:
            s.sendall(REQUEST)
            assert receive_all(s).startswith(b'HTTP/1.1 200'), f'after {served} that were served'
        served += 1
        s = p.stats()['counters']
        return (served > 100 and s.get('tcp_cookies_accepted', 0) > 10 and s['tcp_cookies_sent'] > 20000)

    try:
        wait_for('20000 cookies are sent, and 100 served', enough)
    except AssertionError as e:
        raise AssertionError(f'{e}: {served} served') from None
    assert flood.poll() is None, 'the flood was over before'
    flood.send_signal(signal.SIGINT)
    said = flood.communicate(timeout=60 * w.slow)[0]
    assert flood.returncode == 0, said
    p.must_count(tcp_half_open_full=0)
    # the strangers' entries go by themselves
    wait_for('no entry is left', lambda: p.stats()['tables']['half_open'] == 0)
