# SPDX-License-Identifier: BSD-3-Clause
"""A kernel's router on the way, whose next link takes less than Ethernet: path MTU discovery, and what is left of it
when the router's ICMP is lost."""
import os

from world import LEAT, KERNEL, PATIENCE, Skip, need, run, sha256, wait_for

FAR, ROUTER, MTU = '198.19.0.2', '198.19.0.1', 1400


def do(*command):
    done = run(*command)
    assert done.returncode == 0, f'{" ".join(command)}: {done.stderr}'


class Far:
    """A host behind the namespace of the suite, which is the router. Its own interface takes 1500 bytes: it offers
    the whole MSS and knows nothing of the narrow link."""

    def __init__(self, w):
        need('unshare', 'nsenter')
        self.holder = w.popen('unshare', '--net', 'sleep', 'infinity')
        ours = os.readlink('/proc/self/ns/net')
        wait_for('there is another namespace',
                 lambda: os.readlink(f'/proc/{self.holder.pid}/ns/net') != ours)
        do('ip', 'link', 'add', 'near0', 'mtu', str(MTU), 'type', 'veth', 'peer', 'name', 'far0')
        do('ip', 'link', 'set', 'far0', 'netns', str(self.holder.pid))
        do('ip', 'addr', 'add', f'{ROUTER}/24', 'dev', 'near0')
        do('ip', 'link', 'set', 'near0', 'up')
        self.do('ip', 'link', 'set', 'far0', 'mtu', '1500', 'up')
        self.do('ip', 'addr', 'add', f'{FAR}/24', 'dev', 'far0')
        self.do('ip', 'route', 'add', 'default', 'via', ROUTER)
        with open('/proc/sys/net/ipv4/ip_forward', 'w', encoding='ascii') as f:
            f.write('1')

    def inside(self, *command):
        return ['nsenter', '--net', '--target', str(self.holder.pid), *command]

    def do(self, *command):
        do(*self.inside(*command))

    def fetch(self, w, path, *args, seconds=PATIENCE):
        got = w.path('got')
        done = run(*self.inside('curl', '--silent', '--show-error', '--fail', '--noproxy', '*', '--max-time',
                                str(seconds * w.slow), '-o', got, *args, f'http://{LEAT}/{os.path.basename(path)}'),
                   timeout=(seconds + 5) * w.slow)
        assert done.returncode == 0, done.stderr
        assert sha256(got) == sha256(path)

    def end(self):
        run('ip', 'link', 'del', 'near0')


def test_a_router_tells_its_mtu(w):
    path = w.file('file', 10 << 20)
    p = w.httpd('--gateway', KERNEL)
    far = Far(w)
    try:
        far.fetch(w, path)
        p.must_count(tcp_pmtu_lowered=1)
        resent = p.counter('tcp_retransmits')
        assert 0 < resent < 100, f'{resent} segments sent again'
        # what is known serves the next connection from its first segment on
        far.fetch(w, path)
        p.must_count(tcp_pmtu_lowered=1)
        assert p.counter('tcp_pmtu_not_lower') < 20, p.stats()
    finally:
        far.end()


def test_a_router_whose_icmp_is_lost(w):
    path = w.file('file', 10 << 20)
    p = w.httpd('--gateway', KERNEL)
    far = Far(w)
    try:
        rule = ('to', LEAT, 'ipproto', 'icmp', 'pref', '1', 'blackhole')
        if run('ip', 'rule', 'add', *rule).returncode != 0:
            raise Skip('this kernel has no rules by protocol')
        far.fetch(w, path)
        p.must_count(icmp_errors_in=0, tcp_black_holes=1)
        trials = p.counter('tcp_mtu_trials')
        far.fetch(w, path)
        assert p.counter('tcp_mtu_trials') == trials, 'what was found serves the next connection'
    finally:
        run('ip', 'rule', 'del', 'pref', '1')
        far.end()
