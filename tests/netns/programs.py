# SPDX-License-Identifier: BSD-3-Clause
"""Every program: its help and version, and that what is wrong is said in one line."""
from world import LEAT, run

OVER_LEAT = ['leat-httpd', 'leat-echo', 'leat-get', 'leat-ping', 'leat-load']

# What must be refused, with what the line must name.
REFUSED = [
    (['--addr', '198.18.0.255/24'], '198.18.0.255', 'broadcast'),
    (['--addr', '198.18.0.0/24'], '198.18.0.0', ''),
    (['--addr', '198.18.0.1/33'], '198.18.0.1/33', '32'),
    (['--addr', '198.18.0.256/24'], '198.18.0.256', ''),
    (['--addr', '198.18.0.1/24', '--gateway', '192.0.2.1'], '192.0.2.1', 'subnet'),
    (['--addr', '198.18.0.1/24', '--addr', '198.18.0.1/24'], '198.18.0.1', ''),
    (['--addr', '198.18.0.1/24', '--set', 'tcp.mls=1s'], 'tcp.mls', ''),
    (['--addr', '198.18.0.1/24', '--set', 'tcp.msl=1x'], '1x', 'tcp.msl'),
    (['--addr', '198.18.0.1/24', '--set', 'max_connections=10z'], '10z', 'max_connections'),
    (['--addr', '198.18.0.1/24', '--listen', ':70000'], '70000', '--listen'),
]


def one_line(done, *fragments):
    lines = done.stderr.rstrip('\n').split('\n')
    assert done.returncode == 1, f'status {done.returncode}: {done.stderr}'
    assert len(lines) == 1, f'not one line: {done.stderr}'
    for f in fragments:
        assert f in lines[0], f'"{f}" is not in: {lines[0]}'


def test_every_program_tells_its_help_and_version(w):
    for name in OVER_LEAT + ['leat']:
        done = run(w.program(name), '--help')
        assert done.returncode == 0 and done.stdout.startswith(name), f'{name} --help: {done}'
        assert len(done.stdout.split('\n')) > 8, f'{name} --help: {done.stdout}'
        done = run(w.program(name), '--version')
        assert done.returncode == 0 and done.stdout.split()[0] == name, f'{name} --version: {done}'
        assert len(done.stdout.split()) == 2, f'{name} --version: {done.stdout}'


def test_every_program_explains_the_configuration(w):
    for name in OVER_LEAT:
        assert '--help-config' in run(w.program(name), '--help').stdout
        done = run(w.program(name), '--help-config')
        assert done.returncode == 0 and 'tcp.rcv_buf' in done.stdout, f'{name} --help-config: {done}'


def test_a_bad_option_is_refused_in_one_line(w):
    for args, value, also in REFUSED:
        one_line(run(w.program('leat-httpd'), '--', *args), value, also)


def test_an_unknown_option_is_refused(w):
    for name in OVER_LEAT:
        done = run(w.program(name), '--', '--addr', f'{LEAT}/24', '--nonsense')
        one_line(done, '--nonsense', name)


def test_a_bad_file_is_refused_with_file_and_line(w):
    ini = w.path('bad.ini')
    for text, line, fragments in (
            ('addr = 198.18.0.1/24\n[tcp]\nmsl = 15q\n', 3, ['15q', 'msl']),
            ('\n\nadress = 198.18.0.1/24\n', 3, ['adress']),
            ('addr = 198.18.0.1/24\nrx_mbufs = 16Ki7\n', 2, ['16Ki7', 'rx_mbufs']),
            ('addr = 198.18.0.255/24\n', 1, ['198.18.0.255'])):
        with open(ini, 'w') as f:
            f.write(text)
        one_line(run(w.program('leat-httpd'), '--', '--config', ini), f'{ini}:{line}', *fragments)
    one_line(run(w.program('leat-httpd'), '--', '--config', w.path('none.ini')), 'none.ini')


def test_check_prints_the_configuration_and_its_memory(w):
    done = run(w.program('leat-httpd'), '--', '--addr', '198.18.0.1/24', '--set', 'tcp.msl=1s', '--check')
    assert done.returncode == 0, done.stderr
    for f in ('198.18.0.1/24', 'msl', 'MiB'):
        assert f in done.stdout, f'"{f}" is not in: {done.stdout}'
    ini = w.path('resolved.ini')
    with open(ini, 'w') as f:
        f.write(done.stdout)
    again = run(w.program('leat-httpd'), '--', '--config', ini, '--check')
    assert again.returncode == 0, f'what --check prints is no configuration: {again.stderr}'


def test_a_device_that_does_not_exist_ends_with_a_clear_line(w):
    p = w.start('leat-httpd', '--set', 'port=net_tap7', tap=False)
    assert p.wait() == 1
    assert 'net_tap7' in p.words().rstrip().split('\n')[-1], p.words()


def test_a_directory_that_does_not_exist_ends_with_a_clear_line(w):
    p = w.start('leat-httpd', '--root', w.path('nowhere'), tap=False)
    assert p.wait() == 1
    assert 'nowhere' in p.words().rstrip().split('\n')[-1], p.words()
