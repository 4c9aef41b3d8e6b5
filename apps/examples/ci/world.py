# SPDX-License-Identifier: BSD-3-Clause
"""Two namespaces, the wire between them, and the processes at its ends; all of it is gone after World.end().

With two programs on the kernel's sockets each has a namespace with a tap, and dpdk-testpmd forwards between the taps:

    client | wire0 ==tap== net_tap0 -- net_wire0 | testpmd | net_tap1 ==tap== wire1 | server

A program over leat ({eal} in its command) has the wire in front of its own tap, and the other end's kernel is behind
that:

    client | wire0 ==tap== net_tap0 -- net_wire0 | server over leat       (or the other way round)
"""
import ctypes
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

CLIENT, SERVER, PREFIX_LEN = '198.18.0.1', '198.18.0.2', 24
TAPS = ('wire0', 'wire1')
TAP_QUEUE = 10000
PATIENCE = 20  # seconds for the forwarder to come up, and for the server
FAREWELL = 10  # seconds to end when told to
LINGER = 2     # seconds for the last segments, when the client has ended
CLONE_NEWNET, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 0x40000000, 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)


class Untested(Exception):
    """What is wrong before anything was tested: what, where, what to do."""


def last_lines(text, n):
    return '\n'.join(text.rstrip('\n').split('\n')[-n:])


def libc(name, *args):
    if getattr(LIBC, name)(*args) != 0:
        raise OSError(ctypes.get_errno(), f'{name}: {os.strerror(ctypes.get_errno())}')


def current_net():
    return os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


def enter(net):
    """For a child before it becomes a program: into the namespace, and dead when we are."""
    def before():
        libc('setns', net, CLONE_NEWNET)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return before


def tool(net, *words):
    done = subprocess.run(words, preexec_fn=enter(net), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Untested(f'{shlex.join(words)}: {done.stderr.strip() or done.returncode}')
    return done.stdout


def quiet(net):
    """No packet but those of the two programs: so a seed meets the same packets again."""
    script = 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -w $f ] || echo 1 >$f; done; ip link set lo up'
    tool(net, 'sh', '-c', script)


def address(net, tap, own):
    tool(net, 'ip', 'address', 'add', f'{own}/{PREFIX_LEN}', 'dev', tap)
    tool(net, 'ip', 'link', 'set', tap, 'up')


def know(net, tap, other, mac):
    """So that nobody asks for it over a wire that loses."""
    tool(net, 'ip', 'neighbour', 'replace', other, 'lladdr', mac, 'dev', tap, 'nud', 'permanent')


def mac_of(net, tap):
    return json.loads(tool(net, 'ip', '-json', 'link', 'show', tap))[0]['address']


# --- processes ---

def children():
    """Ours, and those that their parents left behind: we are their reaper."""
    with open(f'/proc/self/task/{os.getpid()}/children') as f:
        return [int(pid) for pid in f.read().split()]


class Process:
    def __init__(self, name, net, command, log=None, env=None, stdin=subprocess.DEVNULL):
        self.name, self.log = name, log
        out = open(log, 'wb') if log else None
        self.popen = subprocess.Popen(command, preexec_fn=enter(net), stdin=stdin, stdout=out,
                                      stderr=subprocess.STDOUT if log else None, env=env, start_new_session=True)
        if out:
            out.close()

    def words(self):
        with open(self.log, errors='replace') as f:
            return f.read()

    def send(self, number):
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            pass

    def wait(self, seconds):
        """Its exit status, or None if it has not ended."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self, number=signal.SIGTERM):
        """True: it had ended by itself, or does so in time."""
        if self.popen.poll() is None:
            self.send(number)
        ended = self.wait(FAREWELL) is not None
        self.send(signal.SIGKILL)
        self.popen.wait()
        return ended


def how(status):
    return f'was killed by {signal.Signals(-status).name}' if status < 0 else f'ended with status {status}'


class World:
    """The wire and who is at its ends; all of it is gone after end()."""

    def __init__(self, a, temp):
        self.a, self.temp = a, temp
        self.prefix = os.path.basename(temp)  # of what EAL makes
        self.forwarder = self.server = None
        self.here = current_net()
        libc('unshare', CLONE_NEWNET)
        self.there = current_net()
        libc('setns', self.here, CLONE_NEWNET)
        for net in (self.here, self.there):
            quiet(net)

    def path(self, name):
        return os.path.join(self.a.out, name)

    def wire(self):
        """The driver's arguments. It stands before the first tap: what comes from there is its rx-."""
        a = self.a
        to_server, to_client = {**a.wire, **a.to_server}, {**a.wire, **a.to_client}
        out, back = (to_server, to_client) if a.eal == ['client'] else (to_client, to_server)
        pairs = {**out, **{f'rx-{k}': v for k, v in back.items()}, 'seed': a.seed, 'capture': self.capture()}
        return ','.join(['net_wire0', 'on=net_tap0', *(f'{k}={v}' for k, v in pairs.items())])

    def capture(self):
        """Where the driver writes: its devargs take no comma, which the user's folder may have."""
        return os.path.join(self.temp, 'wire.pcapng')

    def eal(self, lcores, taps):
        cpus = ','.join(str(c) for c in sorted(os.sched_getaffinity(0)))
        words = ['--no-huge', '-m', '256', '--no-pci', '--no-telemetry', '--file-prefix', self.prefix,
                 '--lcores', ','.join(f'{n}@({cpus})' for n in range(lcores)), '-d', 'librte_net_wire.so']
        for n in range(taps):
            words += ['--vdev', f'net_tap{n},iface={TAPS[n]}']
        return [*words, '--vdev', self.wire()]

    def env(self, over_leat):
        env = {**os.environ, 'WIRE_SERVER': SERVER, 'WIRE_CLIENT': CLIENT, 'WIRE_SEED': str(self.a.seed)}
        if over_leat:
            # By its name alone: EAL refuses a driver below a folder that everybody may write to.
            env['LD_LIBRARY_PATH'] = ':'.join(filter(None, [os.path.join(self.a.build, 'drivers'),
                                                            os.environ.get('LD_LIBRARY_PATH')]))
            env['XDG_RUNTIME_DIR'] = os.path.join(self.temp, 'run')
        return env

    def make_taps(self):
        """Before their program: so there are addresses for the other to bind to."""
        a = self.a
        for tap in TAPS[:1 if a.eal else 2]:
            tool(self.here, 'ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap', 'multi_queue')
            # The wire shall lose packets, not the queue before it.
            tool(self.here, 'ip', 'link', 'set', tap, 'txqueuelen', str(TAP_QUEUE))
        if a.eal:
            address(self.here, TAPS[0], SERVER if a.eal == ['client'] else CLIENT)

    def know_neighbour(self):
        """Of a program over leat: a net_tap port has the address of its tap."""
        know(self.here, TAPS[0], CLIENT if self.a.eal == ['client'] else SERVER, mac_of(self.here, TAPS[0]))

    def start_forwarder(self):
        command = ['stdbuf', '-o0', 'dpdk-testpmd', *self.eal(2, 2), '--', '--forward-mode=io', '--auto-start',
                   '--nb-cores=1', '--total-num-mbufs=8192', '--no-lsc-interrupt']
        f = self.forwarder = Process('the forwarder', self.here, command, self.path('forwarder.log'), self.env(True),
                                     subprocess.PIPE)
        self.wait_for(f, lambda: 'Press enter to exit' in f.words(), 'did not come up')
        self.check_wire(f.words())
        tool(self.here, 'ip', 'link', 'set', TAPS[1], 'netns', f'/proc/{os.getpid()}/fd/{self.there}')
        macs = [mac_of(net, tap) for net, tap in zip((self.here, self.there), TAPS)]
        address(self.here, TAPS[0], CLIENT)
        address(self.there, TAPS[1], SERVER)
        know(self.here, TAPS[0], SERVER, macs[1])
        know(self.there, TAPS[1], CLIENT, macs[0])

    def wait_for(self, process, condition, otherwise):
        until = time.monotonic() + PATIENCE
        while not condition():
            status = process.popen.poll()
            if status is not None or time.monotonic() > until:
                what = f'{otherwise} within {PATIENCE} s' if status is None else f'{how(status)} before it was ready'
                raise Untested(f'{process.name} {what}; its last words:\n{last_lines(process.words(), 15) or "(none)"}')
            time.sleep(0.02)

    def check_wire(self, words):
        """EAL goes on without a device that refuses its arguments."""
        if not os.path.exists(self.capture()):
            why = [line.split('net_wire: ', 1)[1] for line in words.split('\n') if 'net_wire: ' in line]
            raise Untested('there is no wire: ' + (why[0] if why else 'did the program with {eal} start EAL?'))

    def command(self, who):
        text = getattr(self.a, who).replace('{server}', SERVER).replace('{client}', CLIENT)
        return ['/bin/sh', '-c', text.replace('{eal}', shlex.join(self.eal(1, 1)))]

    def net(self, who):
        """Only without {eal} are there two kernels."""
        return self.there if who == 'server' and not self.a.eal else self.here

    def names_over_leat(self):
        """Of the instances in our own place: `leat` by itself would find others of this machine too."""
        place = os.path.join(self.temp, 'run', 'leat')
        files = os.listdir(place) if os.path.isdir(place) else []
        return [name[:-len('.sock')] for name in files if name.endswith('.sock')]

    def listens_over_leat(self, name):
        done = subprocess.run([os.path.join(self.a.build, 'apps/leat'), '-n', name, 'ss', '-l', '--json'],
                              env=self.env(True), capture_output=True, text=True)
        return done.returncode == 0 and '"LISTEN"' in done.stdout

    def listens(self):
        if self.a.ready:
            return self.a.ready in self.server.words()
        if self.a.eal == ['server']:
            return any(self.listens_over_leat(name) for name in self.names_over_leat())
        return tool(self.net('server'), 'ss', '-Hltn') != ''

    def start_server(self):
        log = self.path('server.log')
        self.server = Process('the server', self.net('server'), self.command('server'), log,
                              self.env(self.a.eal == ['server']))
        otherwise = f'has not written "{self.a.ready}"' if self.a.ready else 'does not listen'
        self.wait_for(self.server, self.listens, otherwise)
        if self.a.eal == ['server']:
            self.check_wire(self.server.words())
            self.know_neighbour()  # again: with the port the tap's address was set, which forgets neighbours

    def run_client(self):
        """What is wrong with it, or None."""
        sys.stdout.flush()
        client = Process('the client', self.net('client'), self.command('client'),
                         env=self.env(self.a.eal == ['client']))
        status = client.wait(self.a.limit)
        if status is None:
            client.end()
            return f'the client was not done within {self.a.limit} s'
        client.send(signal.SIGKILL)  # what it left behind
        if self.a.eal == ['client']:
            self.check_wire('')
        return None if status == 0 else f'the client {how(status)}'

    def stop_server(self):
        early = self.server.popen.poll()
        if not self.server.end():
            return f'the server did not end within {FAREWELL} s of SIGTERM'
        status = self.server.popen.returncode
        if status == 0 or (early is None and status in (-signal.SIGTERM, 128 + signal.SIGTERM)):
            return None
        return f'the server {how(status)}{"" if early is None else " before it was told to end"}'

    def let_end(self):
        """The kernels close in their own time, as long as there is a wire."""
        until = time.monotonic() + LINGER
        open_ones = ('ss', '-Htn', 'state', 'connected', 'exclude', 'time-wait')
        while time.monotonic() < until and any(tool(net, *open_ones) for net in (self.here, self.there)):
            time.sleep(0.05)

    def run(self):
        """What is wrong, one line each; nothing if all is well."""
        self.make_taps()
        if not self.a.eal:
            self.start_forwarder()
        self.start_server()
        wrong = [self.run_client()]
        if self.a.eal != ['server']:
            self.let_end()
        wrong.append(self.stop_server())
        if self.forwarder and self.forwarder.popen.poll() is not None:
            wrong.append(f'the forwarder {how(self.forwarder.popen.returncode)} (forwarder.log)')
        return [w for w in wrong if w]

    def end(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # who asks twice shall not have half of it left
        if self.forwarder:
            self.forwarder.end(signal.SIGINT)
        # Whoever is left has been told, or hides from its parent.
        while pids := children():
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if os.path.exists(self.capture()) and os.path.isdir(self.a.out):
            shutil.move(self.capture(), self.path('wire.pcapng'))
        shutil.rmtree(f'/var/run/dpdk/{self.prefix}', ignore_errors=True)
