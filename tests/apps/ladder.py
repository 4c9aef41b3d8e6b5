#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`leat ladder` on recorded captures, as somebody at a shell sees it.

    ladder.py LEAT TESTS
"""
import difflib
import os
import subprocess
import sys
import tempfile

LEAT, TESTS = sys.argv[1:]
CLIENT = os.path.join(TESTS, 'replay', 'client.pcap')


def leat(*words, status=0):
    done = subprocess.run([LEAT, 'ladder', *words], capture_output=True, text=True, timeout=30)
    assert done.returncode == status, f'{words}: status {done.returncode}\n{done.stdout}{done.stderr}'
    if status != 0:
        assert done.stdout == '' and done.stderr.startswith('leat: ') and done.stderr.count('\n') == 1, done
    return done.stdout or done.stderr


def test_every_connection_of_a_capture_has_its_ladder():
    said = leat(CLIENT)
    assert [line.split(',')[0] for line in said.split('\n') if '<-->' in line] == [
        '198.18.0.2:40000 (client) <--> 198.18.0.1:80 (server)', '198.18.0.2:40000 (client) <--> 198.18.0.1:81 (server)']
    assert 'seq 7:13 (6)          ack 0      win 65535   out of order' in said, said
    assert said.endswith('\nnot drawn: frames of other protocols: 155\n'), said


def test_recorded_captures_are_drawn_to_the_letter():
    """kernel.pcap: the kernel's loopback as tshark sees it on "any". wire.pcapng: curl behind the impaired wire, as the
    wire captured it. Drawn otherwise: look at the difference, and if it is right, write it beside, as .txt."""
    for name in ('kernel.pcap', 'wire.pcapng'):
        path = os.path.join(TESTS, 'apps/captures', name)
        with open(f'{os.path.splitext(path)[0]}.txt') as f:
            expected = f.read()
        said = leat(path)
        assert said == expected, ''.join(difflib.unified_diff(expected.splitlines(True), said.splitlines(True)))
        assert max(len(line) for line in said.split('\n')) <= 120


def test_one_end_or_the_last_can_be_asked_for():
    for words in (['1'], ['198.18.0.1:81'], [':81'], ['1', '198.18.0.1']):
        said = leat(CLIENT, *words)
        assert ':81 (server)' in said and ':80 (server)' not in said, said
    assert leat(CLIENT, '192.0.2.9').startswith('no connection with this peer in the capture\n')


def test_what_cannot_be_drawn_is_one_line():
    assert 'needs a capture file' in leat(status=1)
    assert 'No such file' in leat('/nonexistent/file', status=1)
    assert '"twice" is no number of connections' in leat(CLIENT, 'twice', status=1)
    assert '"0" is no number' in leat(CLIENT, '0', status=1)
    assert 'neither pcap nor pcapng' in leat(__file__, status=1)
    assert 'is no regular file' in leat('/dev/zero', status=1)


def test_a_capture_that_was_not_ended_is_drawn():
    with tempfile.NamedTemporaryFile() as cut, open(CLIENT, 'rb') as whole:
        cut.write(whole.read()[:-3])
        cut.flush()
        assert 'The file ends within a frame' in leat(cut.name)


def test_a_full_disk_is_an_error():
    with open('/dev/full', 'w') as full:
        done = subprocess.run([LEAT, 'ladder', CLIENT], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1 and 'cannot be written' in done.stderr, done


def test_the_program_needs_no_library_of_dpdk():
    done = subprocess.run(['ldd', LEAT], capture_output=True, text=True)
    assert 'libc.so' in done.stdout, done
    assert 'librte' not in done.stdout and 'libleat' not in done.stdout, done.stdout


def main():
    failed = 0
    for name, function in [item for item in globals().items() if item[0].startswith('test_')]:
        try:
            function()
            print(f'ok - {name[5:].replace("_", " ")}')
        except AssertionError as e:
            failed += 1
            print(f'not ok - {name[5:].replace("_", " ")}\n{e}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
