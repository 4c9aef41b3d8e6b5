# SPDX-License-Identifier: BSD-3-Clause
"""apps/examples/ci: a client and a server that were never told about leat, with the impaired wire between them."""
import json
import os
import re
import shlex
import signal
import struct

from world import PATIENCE, Skip, need, run, undisturbed, wait_for

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
CI = os.path.join(ROOT, 'apps/examples/ci')
PAGES = 'exec python3 -m http.server --directory www 8000'
CURL = 'curl --silent --show-error --fail --output got http://{server}:8000/file'
# 100 datagrams one way and nothing that answers them, so that two runs send the same packets; and then it fails.
DATAGRAMS = """\
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def sent():
    with open('/proc/net/dev') as f:
        return int(next(line for line in f if 'wire0:' in line).split(':')[1].split()[9])
before = sent()
for n in range(100):
    s.sendto(bytes([n]), (sys.argv[1], 9))
while sent() < before + 100: # the forwarder has read them
    time.sleep(0.01)
sys.exit(3)
"""
DEAF = """\
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 9))
print('deaf', flush=True)
while True:
    s.recv(1)
"""


def is_sanitized(w):
    with open(os.path.join(w.build, 'meson-info/intro-buildoptions.json')) as f:
        return any(o['name'] == 'b_sanitize' and o['value'] != 'none' for o in json.load(f))


def between_kernels(w):
    """testpmd, which forwards between two, has no sanitizer in it and loads nothing that has one."""
    w.wire_driver()
    need('dpdk-testpmd')
    if is_sanitized(w):
        raise Skip('dpdk-testpmd loads no driver with a sanitizer')


def environment(w):
    return {**os.environ, 'LEAT_BUILD': w.build, 'TMPDIR': w.dir}


def behind(w, *words, seconds=PATIENCE):
    """Runs it in the case's folder. Whatever came of it, nothing of it is left there but what it is asked to leave."""
    done = run(os.path.join(CI, 'behind-the-wire'), *words, cwd=w.dir, env=environment(w), timeout=seconds * w.slow)
    nothing_runs(w)
    assert not [name for name in os.listdir(w.dir) if name.startswith('leat-ci.')], os.listdir(w.dir)
    return done


def nothing_runs(w):
    """What it started has the case's folder in its words or is in it."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as f:
                words = f.read().decode(errors='replace')
            cwd = os.readlink(f'/proc/{pid}/cwd')
        except OSError:
            continue
        assert w.dir not in words and cwd != w.dir, f'process {pid} is left: {words}'


def green(done):
    assert done.returncode == 0 and 'behind-the-wire: well, seed ' in done.stdout, f'{done.stdout}\n{done.stderr}'


def red(done, why):
    assert done.returncode == 1 and f'behind-the-wire: FAILED: {why}\n' in done.stdout, f'{done.stdout}\n{done.stderr}'


def untested(done, why):
    assert done.returncode == 2 and why in done.stderr, f'{done.returncode}: {done.stdout}\n{done.stderr}'
    assert done.stdout == '' and done.stderr.startswith('behind-the-wire: '), done


def fates(path):
    """{(interface, number): fate} of the wire's capture."""
    with open(path, 'rb') as f:
        data = f.read()
    at, found = 0, {}
    while at < len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind == 6:
            number, fate = re.search(rb'net_wire packet (\d+) (.*?)\0', data[at:at + length]).groups()
            found[struct.unpack_from('<I', data, at + 8)[0], int(number)] = fate.decode()
        at += length
    return found


def page(w):
    return w.file('file', 200000)


def same(w):
    return run('cmp', w.path('www/file'), w.path('got')).returncode == 0


def test_curl_gets_a_page_from_another_kernel_through_seeded_loss(w):
    between_kernels(w)
    page(w)
    done = behind(w, '--wire', 'delay=5ms,loss=3%', '--seed', '11', '--server', PAGES, '--client', CURL, '--keep')
    green(done)
    assert same(w), 'not the page'
    packets, lost = map(int, re.search(r'seed 11, (\d+) packets, (\d+) of them lost', done.stdout).groups())
    assert packets > 100 and 0 < lost < packets / 5, done.stdout
    out = w.path('behind-the-wire.out')
    with open(f'{out}/ladder.txt') as f:
        ladder = f.read()
    assert ladder.count(' (client) <--> 198.18.0.2:8000 (server)') == 1, ladder
    assert ladder.count('LOST random #') == lost, ladder
    assert 'not drawn' not in ladder, 'somebody else was on the wire'
    with open(f'{out}/forwarder.log') as f:
        shared = re.search(r'(/\S+/leat-ci\.\w+)/mp_socket', f.read()).group(1)
    assert not os.path.exists(shared), shared


def test_what_the_wire_does_not_lose_nobody_loses(w):
    """Not a segment is sent again: the queues before the wire are longer than a window."""
    between_kernels(w)
    w.file('file', 16 << 20)
    client = f'ip -o link show wire0 | grep -qw "qlen 10000" && {CURL}'

    def once():
        green(behind(w, '--server', PAGES, '--client', client, '--keep'))
        assert same(w), 'not the page'
        with open(w.path('behind-the-wire.out/ladder.txt')) as f:
            ladder = f.read()
        resent = re.findall(r'segments, (\d+) resent(.*); now', ladder)
        assert len(resent) == 2, ladder[-600:]
        return resent == [('0', ''), ('0', '')] and 'fills a hole' not in ladder

    undisturbed(once, 'not a segment is sent again')


def test_a_request_that_never_arrives_fails_with_its_ladder(w):
    between_kernels(w)
    page(w)
    words = ['--seed', '3', '--to-server', 'lose=3-100000', '--limit', '2', '--server', PAGES, '--client', CURL]
    done = behind(w, *words)
    red(done, 'the client was not done within 2 s')
    for part in ('  seed    3\n', '(client) <--> 198.18.0.2:8000 (server)', ' SYN ACK ', 'LOST picked #3',
                 '=== PSH ACK', 'Serving HTTP', f'  files   {w.path("behind-the-wire.out")}: '):
        assert part in done.stdout, f'no {part}: {done.stdout}'
    command = re.search(r'^  repeat  (.*)$', done.stdout, re.M).group(1)
    assert shlex.split(command)[:3] == ['cd', w.dir, '&&'], command
    green(behind(w, '--server', PAGES, '--client', CURL))  # replaces the folder, and leaves none
    assert not os.path.exists(w.path('behind-the-wire.out'))
    again = run('sh', '-c', command, env=environment(w), timeout=PATIENCE * w.slow)
    red(again, 'the client was not done within 2 s')
    assert 'LOST picked #3' in again.stdout


def test_a_seed_loses_the_same_packets_again(w):
    between_kernels(w)
    for name, text in (('send.py', DATAGRAMS), ('deaf.py', DEAF)):
        with open(w.path(name), 'w') as f:
            f.write(text)
    words = ['--wire', 'loss=30%', '--server', 'exec python3 deaf.py', '--ready', 'deaf', '--client',
             'python3 send.py {server}']
    capture = w.path('behind-the-wire.out/wire.pcapng')
    done = behind(w, '--seed', '5', *words)
    red(done, 'the client ended with status 3')
    first = fates(capture)
    assert len(first) == 100 and 10 < sum(fate == 'lost_random' for fate in first.values()) < 50, first
    command = re.search(r'^  repeat  (.*)$', done.stdout, re.M).group(1)
    red(run('sh', '-c', command, env=environment(w), timeout=PATIENCE * w.slow), 'the client ended with status 3')
    assert {k: v[:4] for k, v in fates(capture).items()} == {k: v[:4] for k, v in first.items()}
    behind(w, '--seed', '6', *words)
    assert {k: v[:4] for k, v in fates(capture).items()} != {k: v[:4] for k, v in first.items()}


def test_a_server_over_leat(w):
    w.wire_driver()
    page(w)
    server = f'exec {w.program("leat-httpd")} {{eal}} -- --addr {{server}}/24 --root www --set tcp.msl=1s'
    client = 'curl --silent --show-error --fail --output got http://{server}/file'
    green(behind(w, '--wire', 'delay=5ms,loss=3%', '--seed', '4', '--server', server, '--client', client))
    assert same(w), 'not the page'

    def lost():
        """leat announces its address, asks for the other's, and then everything is lost; where it is slow it announces
        itself twice."""
        done = behind(w, '--to-client', 'lose=3-1000', '--limit', '2', '--server', server, '--client', client)
        red(done, 'the client was not done within 2 s')
        return re.search(r'X- SYN ACK [^\n]*\n[^\n]* LOST picked #3 ', done.stdout)

    undisturbed(lost, 'the SYN-ACK is lost')


def test_another_program_over_leat_is_not_taken_for_the_server(w):
    w.wire_driver()
    w.echo()
    page(w)
    server = f'sleep 1; exec {w.program("leat-httpd")} {{eal}} -- --addr {{server}}/24 --root www --set tcp.msl=1s'
    client = 'curl --silent --show-error --fail --output got http://{server}/file'
    green(behind(w, '--server', server, '--client', client))
    assert same(w), 'not the page'


def test_a_client_over_leat(w):
    w.wire_driver()
    page(w)
    client = f'{w.program("leat-get")} {{eal}} -- --addr {{client}}/24 -o got http://{{server}}:8000/file'
    green(behind(w, '--wire', 'delay=5ms,loss=3%', '--seed', '4', '--server', PAGES, '--client', client))
    assert same(w), 'not the page'

    def lost():
        done = behind(w, '--to-server', 'lose=3-1000', '--limit', '3', '--server', PAGES, '--client', client)
        red(done, 'the client was not done within 3 s')
        return re.search(r'--- SYN -[^\n]*\n[^\n]* LOST picked #3 ', done.stdout)

    undisturbed(lost, 'the SYN is lost')


def test_a_server_that_fails_is_seen(w):
    need('nc')
    between_kernels(w)
    with open(w.path('server.py'), 'w') as f:
        # ends before anything of it can arrive: the connection is closed by its end, not before it
        f.write('import os, socket\ns = socket.create_server(("", 8000))\nc = s.accept()\n'
                'os.write(2, b"no more\\n")\nos._exit(1)\n')
    client = 'test "$WIRE_CLIENT $WIRE_SEED" = "198.18.0.1 9" && nc -N "$WIRE_SERVER" 8000 </dev/null'
    done = behind(w, '--seed', '9', '--server', 'exec python3 server.py', '--client', client)
    red(done, 'the server ended with status 1 before it was told to end')
    assert 'no more' in done.stdout, done.stdout


def test_what_cannot_be_tested_is_said_in_a_line(w):
    between_kernels(w)
    os.mkdir(w.path('mine'))
    both = ['--client', 'true', '--server', PAGES]
    for words, why in (
            ([], 'the following arguments are required: --client, --server (see --help)'),
            ([*both, '--nix'], 'unrecognized arguments: --nix'),
            ([*both, '--seed', '-1'], '"-1" is no number 0..'),
            ([*both, '--seed', '1.5'], '"1.5" is no number 0..18446744073709551615'),
            ([*both, '--limit', '0'], '"0" is no number 1..86400'),
            ([*both, '--wire', 'loss'], '"loss" is not key=value'),
            ([*both, '--wire', 'rx-loss=1%'], '"rx-loss" is no impairment (--to-server, --to-client)'),
            ([*both, '--wire', 'seed=1'], '"seed" is no impairment (--seed N)'),
            (['--client', 'a {eal}', '--server', 'b {eal}'], '{eal} is in both commands'),
            (['--client', ' ', '--server', PAGES], '--client is empty'),
            ([*both, '--out', 'mine'], 'mine: is there, and not of an earlier run'),
            ([*both, '--build', '/nonexistent'], 'drivers/librte_net_wire.so is not in /nonexistent: run '),
            ([*both, '--wire', 'loss=200%'], 'there is no wire: net_wire0: loss=200%: must be a probability, 0%..100%'),
            (['--client', 'true', '--server', 'exit 4'], 'the server ended with status 4 before it was ready')):
        untested(behind(w, *words), why)
        assert not os.path.exists(w.path('behind-the-wire.out'))


def test_nothing_is_left_when_it_is_told_to_end(w):
    between_kernels(w)
    page(w)
    p = w.popen(os.path.join(CI, 'behind-the-wire'), '--server', f'sleep 300 & {PAGES}', '--client',
                'touch begun; setsid sleep 300', cwd=w.dir, env=environment(w))
    wait_for('the client runs', lambda: os.path.exists(w.path('begun')), PATIENCE)
    p.send_signal(signal.SIGTERM)
    assert p.wait(PATIENCE * w.slow) == 128 + signal.SIGTERM
    nothing_runs(w)
    assert not [name for name in os.listdir(w.dir) if name.startswith('leat-ci.')], os.listdir(w.dir)


def job(path):
    """What a CI system would set and run, less what fetches: the environment and the commands."""
    import yaml
    with open(os.path.join(CI, path)) as f:
        text = yaml.safe_load(f)
    if path == 'github.yml':
        (steps,) = [j['steps'] for j in text['jobs'].values()]
        seeds = text['jobs']['behind-the-wire']['strategy']['matrix']['seed']
        env, commands = text['env'], [s['run'] for s in steps if 'run' in s]
        assert [s['env'] for s in steps if 'env' in s] == [{'SEED': '${{ matrix.seed }}'}]
        assert [s['with']['path'] for s in steps if 'upload' in s.get('uses', '')] == ['behind-the-wire.out']
    else:
        (j,) = text.values()
        env, commands = j['variables'], j['before_script'] + j['script']
        seeds = j['parallel']['matrix'][0]['SEED']
        assert j['artifacts'] == {'when': 'on_failure', 'paths': ['behind-the-wire.out/']}
    fetching = [c for c in commands if c.startswith(('apt-get ', 'git clone '))]
    assert len(fetching) == 2 and len(commands) == 4, commands
    return {**{k: str(v) for k, v in env.items()}, 'SEED': str(seeds[0])}, [c for c in commands if c not in fetching]


def run_job(w, path, **changed):
    env, commands = job(path)
    env = {**environment(w), **env, 'LEAT': ROOT, **changed}
    for command in commands:
        done = run('bash', '-e', '-c', command, cwd=w.dir, env=env, timeout=PATIENCE * w.slow)
        if done.returncode != 0:
            break
    nothing_runs(w)
    return done


def test_the_job_files_do_what_they_say(w):
    between_kernels(w)
    for path in ('github.yml', 'gitlab.yml'):
        green(run_job(w, path))
        red(run_job(w, path, CLIENT='exit 7', WIRE='loss=1%'), 'the client ended with status 7')


def test_an_ordinary_user_may_do_it_too(w):
    between_kernels(w)
    page(w)
    words = []
    if os.geteuid() == 0:
        words = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
        if run(*words, 'unshare', '--user', '--map-current-user', '--net', 'true').returncode != 0:
            raise Skip('ordinary users may not make user namespaces here')
        if run(*words, 'test', '-r', os.path.join(w.build, 'drivers/librte_net_wire.so')).returncode != 0:
            raise Skip('this build is in a folder that only root may read')
        os.chown(w.dir, 65534, 65534)
    done = run(*words, os.path.join(CI, 'behind-the-wire'), '--wire', 'delay=5ms', '--server', PAGES, '--client', CURL,
               cwd=w.dir, env={**environment(w), 'HOME': w.dir}, timeout=PATIENCE * w.slow)
    green(done)
    assert same(w), 'not the page'
    nothing_runs(w)
