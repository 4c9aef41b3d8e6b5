# SPDX-License-Identifier: BSD-3-Clause
"""What crosses the tap, judged by tshark."""
import os
import struct

from world import KERNEL, LEAT, TAP, Skip, connect, need, run, sha256, undisturbed, wait_for

CHECKS = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE']
# Linux writes the TCP checksum 0 as 0xffff, which sums up alike but is not what tshark expects.
WRONG = (f'_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 ||'
         f' (tcp.checksum.status == 0 && !(ip.src == {KERNEL} && tcp.checksum == 0xffff))')
AGAIN = f'ip.src == {LEAT} && (tcp.analysis.retransmission || tcp.analysis.fast_retransmission)'


def none(path, what):
    found = tshark(path, what)
    assert found == [], f'{len(found)} packets: {what}\n' + '\n'.join(found[:10])


def tshark(path, what):
    done = run('tshark', '-n', '-r', path, *CHECKS, '-Y', what)
    assert done.returncode == 0, done.stderr
    complaints = [line for line in done.stderr.split('\n') if line and 'Running as user' not in line]
    assert complaints == [], complaints
    return [line for line in done.stdout.split('\n') if line]


def capture(w, path):
    """A capture of the tap by somebody else than leat."""
    need('tshark')
    p = w.popen('tshark', '-n', '-q', '-i', TAP, '-F', 'pcap', '-w', path)
    os.set_blocking(p.stderr.fileno(), False)
    said = b''

    def captures():
        nonlocal said
        said += p.stderr.read() or b''
        if p.poll() is not None and b'ermission' in said:
            raise Skip('this user may not capture')
        assert p.poll() is None, said
        return os.path.exists(path) and os.path.getsize(path) >= 24

    wait_for('tshark captures', captures)
    return p


def stop_capture(p, path):
    """All that was sent before is in the file when a last ping is."""
    mark = b'the end of this capture'
    run('ping', '-n', '-c', '1', '-W', '30', '-p', mark[:16].hex(), LEAT)

    def is_there():
        with open(path, 'rb') as f:
            return f.read().count(mark[:16]) >= 2

    wait_for('the last ping and its answer are in the capture', is_there)
    p.terminate()
    p.wait()


def some_traffic(w):
    path = w.file('file', 3 << 20)
    assert w.curl('/file', '-o', w.path('got')).returncode == 0
    assert sha256(w.path('got')) == sha256(path)
    for _ in range(20):
        assert w.curl('/none', '-o', w.path('got')).returncode == 0
    with connect() as s:
        s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        s.recv(100)  # and away, with the rest unread
    try:
        connect(81)
    except ConnectionRefusedError:
        pass
    run('ping', '-n', '-c', '3', '-i', '0.05', LEAT)


def spoil(path, spoilt):
    """The same capture with one bit of the last TCP payload turned."""
    with open(path, 'rb') as f:
        data = bytearray(f.read())
    at, last = 24, None
    while at < len(data):
        length = struct.unpack('<I', data[at + 8:at + 12])[0]
        if length > 200 and data[at + 16 + 23] == 6:
            last = at + 16 + length - 1
        at += 16 + length
    data[last] ^= 1
    with open(spoilt, 'wb') as f:
        f.write(data)


def test_nothing_wrong_on_the_tap_and_nothing_sent_twice(w):
    need('ping')
    p, pcap = w.httpd(), w.path('tap.pcap')

    def once():
        before = p.counter('tcp_retransmits')
        c = capture(w, pcap)
        some_traffic(w)
        stop_capture(c, pcap)
        for who in (LEAT, KERNEL):
            seen = tshark(pcap, f'tcp && ip.src == {who}')
            assert len(seen) > 50, f'{len(seen)} segments of {who} were seen, not more than 50: {seen[-5:]}'
        none(pcap, WRONG)
        return tshark(pcap, AGAIN) == [] and p.counter('tcp_retransmits') == before

    undisturbed(once, 'nothing is sent twice')
    spoil(pcap, w.path('spoilt.pcap'))
    assert len(tshark(w.path('spoilt.pcap'), WRONG)) == 1, 'tshark did not see a wrong checksum'


def test_what_pcap_writes_opens_in_tshark(w):
    need('tshark', 'ping')
    pcap = w.path('leat.pcap')
    p = w.httpd('--pcap', pcap)
    some_traffic(w)
    p.check_at_rest()
    frames = p.counter('link_frames_in') + p.counter('link_frames_out')
    p.stop()
    written = tshark(pcap, 'frame')
    assert len(written) >= frames, f'{len(written)} of {frames} frames'
    none(pcap, WRONG)


def test_options_of_the_syn_ack_are_in_the_agreed_order(w):
    pcap = w.path('leat.pcap')
    need('tshark')
    p = w.httpd('--pcap', pcap)
    assert w.curl('/none', '-o', w.path('got')).returncode == 0
    p.check_at_rest()
    p.stop()
    done = run('tshark', '-n', '-r', pcap, '-Y', f'tcp.flags.syn == 1 && ip.src == {LEAT}', '-T', 'fields',
               '-e', 'tcp.option_kind')
    # MSS, SACK permitted, timestamps, NOP, window scale
    # once, unless the machine stood still
    assert set(done.stdout.split()) == {'2,4,8,1,3'}, done.stdout
