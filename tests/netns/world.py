# SPDX-License-Identifier: BSD-3-Clause
"""What a case of this suite has to work with: programs over leat on a tap, the kernel at its other
end, a folder of its own. All of it is gone when the case ends."""
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

LEAT, KERNEL, TAP = '198.18.0.1', '198.18.0.2', 'leat0'
MSL = 1  # seconds, so that TIME-WAIT can be waited for
POLL = 0.02
STEP = 0.5    # seconds
PATIENCE = 60 # seconds for what hangs otherwise: a slow machine is no failure
STILL = 0.03  # seconds: the tail of what is in flight is probed 10 ms after two round trips
# What a case starts does not outlive the suite, however that ends.
WITH_US = ['setpriv', '--pdeathsig', 'KILL']
BAD_WORDS = ('AddressSanitizer', 'runtime error:', 'assertion', 'panic')


class Skip(Exception):
    """The case cannot be run here; the text says why."""


def run(*command, timeout=PATIENCE, **more):
    """Runs a command to its end; stdout and stderr as text. The caller judges the status."""
    return subprocess.run(command, stdin=more.pop('stdin', subprocess.DEVNULL), capture_output=True, errors='replace',
                          timeout=timeout, **more)


def need(*programs):
    for p in programs:
        if shutil.which(p) is None and not os.path.exists(f'/usr/sbin/{p}'):
            raise Skip(f'{p} is not installed')


def wait_for(what, condition, seconds=PATIENCE):
    """Polls until the condition is true; returns what it returned. A machine that stood still has not waited: of the
    time between two polls no more than STEP counts."""
    waited, since = 0, time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        assert waited < seconds, f'after {seconds} s still not so: {what}'
        time.sleep(POLL)
        now = time.monotonic()
        waited, since = waited + min(now - since, STEP), now


def descendants(pid='self'):
    """Processes that this one started, and those that they started."""
    try:
        tasks = os.listdir(f'/proc/{pid}/task')
    except OSError:
        return
    for task in tasks:
        try:
            with open(f'/proc/{pid}/task/{task}/children') as f:
                children = f.read().split()
        except OSError:
            continue
        for child in children:
            yield child
            yield from descendants(child)


def waited_for_a_cpu():
    """{thread: seconds} of all that we started: they were ready to run, and others did."""
    found = {}
    for pid in descendants():
        try:
            for task in os.listdir(f'/proc/{pid}/task'):
                with open(f'/proc/{pid}/task/{task}/schedstat') as f:
                    found[pid, task] = int(f.read().split()[1]) / 1e9
        except OSError:
            continue
    return found


class Undisturbed:
    """Did the machine stand still meanwhile, or one of its CPUs, or did a program wait for one? Then an answer may have
    come after its time-out, and what was sent twice, or later than it should, is nobody's fault.
    `with Undisturbed() as u: ...; u.so()`"""

    def __enter__(self):
        self.longest, self.over = 0, threading.Event()
        watchers = [(self.watch_cpu, cpu) for cpu in os.sched_getaffinity(0)] + [(self.watch_programs,)]
        self.threads = [threading.Thread(target=what, args=args) for what, *args in watchers]
        for t in self.threads:
            t.start()
        return self

    def watch_cpu(self, cpu):
        os.sched_setaffinity(0, {cpu})  # of this thread
        while not self.over.is_set():
            since = time.monotonic()
            time.sleep(POLL / 2)
            self.longest = max(self.longest, time.monotonic() - since)

    def watch_programs(self):
        before = waited_for_a_cpu()
        while not self.over.is_set():
            time.sleep(POLL)
            now = waited_for_a_cpu()
            self.longest = max([self.longest] + [now[task] - before[task] for task in now if task in before])
            before = now

    def __exit__(self, *_):
        self.over.set()
        for t in self.threads:
            t.join()

    def so(self):
        return self.longest < STILL


def undisturbed(attempt, what, seconds=60):
    """What must be so, unless the machine stood still: then once more. attempt() returns whether it was so, and may
    assert by itself what must be so in any case. Where the machine never stands, nobody can tell."""
    until, longest = time.monotonic() + seconds, []
    while not longest or time.monotonic() < until:
        with Undisturbed() as u:
            well = attempt()
        if well:
            return
        assert not u.so(), f'not so, and nothing stood still for more than {u.longest * 1e3:.0f} ms: {what}'
        longest.append(f'{u.longest * 1e3:.0f}')
    raise Skip(f'something stood still in each of {len(longest)} attempts, for {" ".join(longest)} ms: {what}')


def ping(count, *args):
    """Everyone is answered. ping waits for the last answer only twice as long as the others took: where something stood
    still it is asked again. Returns how many requests were sent in all."""
    sent = 0

    def once():
        nonlocal sent
        sent += count
        done = run('ping', '-n', '-c', str(count), '-i', '0.05', '-W', '30', *args, LEAT)
        return f' {count} received' in done.stdout

    undisturbed(once, f'{count} pings are answered')
    return sent


def sha256(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest()


def connect(port=80, receive_buffer=None):
    """A connected socket of the kernel."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer is not None:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.settimeout(PATIENCE)
    s.connect((LEAT, port))
    return s


def receive_all(s, limit=1 << 30):
    """What comes until the peer's FIN, or until limit bytes are there."""
    parts, n = [], 0
    while n < limit:
        part = s.recv(min(1 << 16, limit - n))
        if not part:
            break
        parts.append(part)
        n += len(part)
    return b''.join(parts)


class Program:
    """A program over leat, with the tap that it made and the kernel's address on it; or on another device, of which
    EAL's --vdev is given."""

    def __init__(self, world, name, args, tap=True, wire=None, vdev=None, addr=LEAT, cores=1, lcores=None):
        self.world, self.name = world, name
        self.prefix = f'leat-netns-{os.getpid()}-{world.count()}'
        self.err_path = world.path(f'{self.prefix}.err')
        self.out_path = world.path(f'{self.prefix}.out')
        cpus = ','.join(str(c) for c in sorted(os.sched_getaffinity(0)))
        eal = ['--no-huge', '-m', '256', '--no-pci', '--no-telemetry',
               '--lcores', ','.join(f'{i}@({cpus})' for i in range(lcores or cores)),
               '--file-prefix', self.prefix, '--vdev', vdev or f'net_tap0,iface={TAP}']
        env = dict(os.environ)
        if wire is not None:
            # By its name alone: EAL refuses a file below a folder that everybody may write to.
            env['LD_LIBRARY_PATH'] = os.path.dirname(world.wire_driver())
            eal += ['-d', os.path.basename(world.wire_driver()), '--vdev', f'net_wire0,on=net_tap0,{wire}']
        own = ['--addr', f'{addr}/24', '--set', f'tcp.msl={MSL}s', '--set', f'name={self.prefix}',
               '--set', f'cores={cores}']
        with open(self.out_path, 'wb') as out, open(self.err_path, 'wb') as err:
            self.process = subprocess.Popen([*WITH_US, world.program(name), *eal, '--', *own, *args], env=env,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        self.driver_at_start = None
        if tap and vdev is None:
            self.wait_for_tap()

    def words(self):
        with open(self.err_path, errors='replace') as f:
            return f.read()

    def printed(self):
        with open(self.out_path, errors='replace') as f:
            return f.read()

    def alive(self):
        return self.process.poll() is None

    def wait_for_tap(self):
        def there():
            assert self.alive(), f'{self.name} ended with status {self.process.returncode}: {self.words()[-2000:]}'
            return all(run('ip', *command).returncode == 0
                       for command in (['addr', 'replace', f'{KERNEL}/24', 'dev', TAP], ['link', 'set', TAP, 'up']))

        wait_for(f'{self.name} has made its tap', there)

    def wait_until_it_says(self, text):
        def said():
            assert self.alive(), f'{self.name} ended with status {self.process.returncode}: {self.words()[-2000:]}'
            return text in self.words()

        wait_for(f'{self.name} says "{text}"', said)

    def wait_until_it_answers(self):
        """Inspection is there, and nothing is under way."""
        wait_for(f'{self.name} answers `leat`', lambda: self.ask('stats').returncode == 0)
        (self.driver_at_start,) = wait_for('nothing is under way', self.mbufs_of_driver_at_rest)

    def mbufs_of_driver_at_rest(self):
        """How many the driver holds, if twice the same: with several cores one looks while the others turn."""
        first, again = self.stats()['mbufs'], self.stats()['mbufs']
        return first == again and first['mbufs_stack'] == first['mbufs_app'] == 0 and [first['mbufs_driver']]

    def ask(self, *words):
        return run(self.world.program('leat'), '-n', self.prefix, *words)

    def asked(self, *words):
        done = self.ask(*words, '--json')
        # a core that stood still for so long has not stopped
        for _ in range(5):
            if 'did not answer within two seconds' not in done.stderr:
                break
            done = self.ask(*words, '--json')
        assert done.returncode == 0, f'`leat {" ".join(words)}` of {self.name}: {done.stderr or done.returncode}'
        return json.loads(done.stdout)

    def stats(self):
        return self.asked('stats')

    def counter(self, name):
        """Of events and drops alike; leat leaves out what is zero."""
        s = self.stats()
        return {**s['counters'], **s['dropped']}.get(name, 0)

    def must_count(self, **wanted):
        """Counters that have their value at once, since what is counted came before what the caller has seen."""
        s = self.stats()
        counted = {**s['counters'], **s['dropped']}
        wrong = {name: counted.get(name, 0) for name, value in wanted.items() if counted.get(name, 0) != value}
        assert not wrong, f'{self.name} counted {wrong}, not {wanted}; all: {counted}'

    def wait_until_it_counted(self, **wanted):
        """Counters of what may still be on its way: at least so many come, and no more than so many came."""
        try:
            wait_for(f'{self.name} counted {wanted}', lambda: all(self.counter(n) >= v for n, v in wanted.items()))
        finally:
            self.must_count(**wanted)

    def connections(self, *flags):
        return self.asked('ss', *flags)['connections']

    def check_at_rest(self):
        """No packet buffer is held, no control block is in use; TIME-WAIT is gone after 2 MSL."""
        def rests():
            s = self.stats()
            m, t = s['mbufs'], s['tables']
            return (m['mbufs_stack'] == 0 and m['mbufs_app'] == 0 and t['connections'] == 0 and
                    t['half_open'] == 0 and m['mbufs_driver'] == self.driver_at_start)

        def no_time_wait():
            return self.stats()['tables']['time_wait'] == 0

        try:
            wait_for('leat holds nothing any more', rests)
            wait_for('TIME-WAIT is gone after 2 MSL', no_time_wait, 2 * MSL + 3)
        except AssertionError as e:
            raise AssertionError(f'{e} (of the driver at the start: {self.driver_at_start} mbufs)') from None

    def state(self):
        """What it says about itself, for who must find out what went wrong."""
        told = [self.ask(*words) for words in (('ss', '-a'), ('stats',))]
        return '\n'.join(f'{self.name}: {line}' for done in told
                         for line in (done.stdout or done.stderr).rstrip().split('\n')[:60])

    def wait(self, seconds=PATIENCE):
        try:
            return self.process.wait(seconds * self.world.slow)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'{self.name} has not ended after {seconds} s') from None

    def stop(self, number=signal.SIGINT):
        """Ends it as a user would, and expects a clean end."""
        if self.alive():
            self.process.send_signal(number)
        status = self.wait()
        assert status == 0, f'{self.name} ended with status {status} on signal {number}: {self.words()[-2000:]}'

    def check_words(self):
        for word in BAD_WORDS:
            assert word not in self.words(), f'{self.name} said "{word}": {self.words()[-6000:]}'

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()
        base = '/var/run' if os.geteuid() == 0 else os.environ.get('XDG_RUNTIME_DIR', '/tmp')
        shutil.rmtree(f'{base}/dpdk/{self.prefix}', ignore_errors=True)


class World:
    def __init__(self, build, slow):
        self.build, self.slow = build, slow
        self.dir = tempfile.mkdtemp(prefix='leat-netns.')
        self.programs, self.others, self.made = [], [], 0

    def count(self):
        self.made += 1
        return self.made

    def path(self, name):
        return os.path.join(self.dir, name)

    def program(self, name):
        path = os.path.join(self.build, 'apps', name)
        if not os.path.exists(path):
            raise AssertionError(f'{name} is not built')
        return path

    def file(self, name, size):
        """A file below www/ of random bytes, so that nothing out of place can go unseen."""
        os.makedirs(self.path('www'), exist_ok=True)
        path = self.path(f'www/{name}')
        with open(path, 'wb') as f:
            for left in range(size, 0, -(1 << 20)):
                f.write(os.urandom(min(left, 1 << 20)))
        return path

    def wire_driver(self):
        path = os.path.join(self.build, 'drivers', 'librte_net_wire.so')
        if not os.path.exists(path):
            raise Skip('librte_net_wire.so is not built: scripts/dpdk-source DIR, then meson -Ddpdk_src=DIR')
        return path

    def start(self, name, *args, **more):
        program = Program(self, name, args, **more)
        self.programs.append(program)
        return program

    def httpd(self, *args, **more):
        os.makedirs(self.path('www'), exist_ok=True)
        what = [] if '--body' in args else ['--root', self.path('www')]
        p = self.start('leat-httpd', *what, *args, **more)
        p.wait_until_it_says(' serves ')
        p.wait_until_it_answers()
        return p

    def echo(self, *args, cores=1):
        p = self.start('leat-echo', *args, cores=cores)
        p.wait_until_it_answers()
        wait_for('leat-echo listens', lambda: any(c['state'] == 'LISTEN' for c in p.connections('-l')))
        return p

    def popen(self, *command, **more):
        """Another program, which ends with the case at the latest."""
        streams = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        p = subprocess.Popen([*WITH_US, *command], start_new_session=True, **{**streams, **more})
        self.others.append(p)
        return p

    def curl(self, path, *args):
        return run('curl', '--silent', '--show-error', '--noproxy', '*', '--max-time', str(PATIENCE * self.slow), *args,
                   f'http://{LEAT}{path}', timeout=(PATIENCE + 5) * self.slow)

    def check_at_rest(self):
        """The end of every case: what runs holds nothing, and ends cleanly when asked to."""
        for p in self.programs:
            if p.alive() and p.driver_at_start is not None:
                p.check_at_rest()
            if p.alive():
                p.stop()
            p.check_words()

    def words(self):
        return '\n'.join(f'{p.name}: {line}' for p in self.programs for line in p.words().rstrip().split('\n')[-15:])

    def states(self):
        return '\n'.join(p.state() for p in self.programs if p.alive() and p.driver_at_start is not None)

    def end(self):
        for p in self.others:
            if p.poll() is None:
                p.kill()
            p.communicate()
        for p in self.programs:
            p.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
