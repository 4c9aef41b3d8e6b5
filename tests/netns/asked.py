# SPDX-License-Identifier: BSD-3-Clause
"""`leat`: what a running program says about itself."""
import re

from world import KERNEL, LEAT, connect, run, undisturbed, wait_for


def test_ss_shows_a_connection_as_it_is(w):
    p = w.echo()
    with connect(7) as s:
        s.sendall(b'hello')
        assert s.recv(10) == b'hello'
        port = s.getsockname()[1]
        (c,) = p.connections()
        assert c['state'] == 'ESTABLISHED'
        assert (c['local'], c['remote']) == (f'{LEAT}:7', f'{KERNEL}:{port}')
        assert (c['bytes_in'], c['bytes_out']) == (5, 5)
        assert c['mss'] == 1448 and c['timestamps'] and c['sack']
        assert c['srtt_us'] > 0 and c['rto_us'] >= 200000
    text = p.ask('ss', '-l').stdout
    assert 'LISTEN' in text and ':7 ' in text, text


def test_every_question_of_the_help_is_answered(w):
    p = w.httpd('--trace', '256')
    w.curl('/')
    words = [line.split()[0] for line in p.ask('help').stdout.split('\n') if line.startswith('  ') and line[2] != ' ']
    assert {'ss', 'stats', 'arp', 'addr', 'route', 'ports', 'trace', 'config'} <= set(words), words
    for word in words:
        done = p.ask(word)
        assert done.returncode == 0 and done.stdout.strip(), f'{word}: {done}'
    for word in ('ss', 'stats', 'arp', 'addr', 'route', 'ports'):
        assert p.asked(word)


def test_the_ladder_of_a_connection(w):
    w.file('file', 4000)
    p = w.httpd('--trace', '4096')

    def once():
        closed = p.counter('tcp_closed')
        assert w.curl('/file', '-o', w.path('got')).returncode == 0
        # curl has ended when it has closed: its FIN, and the ACK of ours, may still be on their way
        wait_for('leat has closed too', lambda: p.counter('tcp_closed') > closed)
        ladder = p.ask('trace', '1').stdout
        for part in ('SYN-RECEIVED', 'ESTABLISHED', 'LAST-ACK', 'CLOSED', 'SYN ACK', 'FIN ACK'):
            assert part in ladder, f'no {part} in\n{ladder}'
        sent = re.findall(r' leat sent .*, (\d+) resent', ladder)
        assert len(sent) == 1, ladder
        return sent == ['0']

    undisturbed(once, 'nothing is resent')


def test_a_question_that_nobody_understands(w):
    p = w.httpd()
    done = p.ask('nonsense')
    assert done.returncode == 1 and 'nonsense' in done.stderr, done
    done = run(w.program('leat'), '-n', 'nobody', 'ss')
    assert done.returncode == 1 and 'nobody' in done.stderr, done
    assert len(done.stderr.rstrip().split('\n')) == 1


def test_ls_knows_who_runs(w):
    p = w.httpd()
    line = [line for line in run(w.program('leat'), 'ls').stdout.split('\n') if p.prefix in line]
    assert len(line) == 1 and line[0].split()[1] == str(p.process.pid), line
