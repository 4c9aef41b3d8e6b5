# SPDX-License-Identifier: BSD-3-Clause
"""leat as the client: leat-get from nginx over the kernel."""
import os

from world import KERNEL, need, run, sha256, wait_for

MB = 1 << 20

CONF = '''
daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx.log;
events {{ worker_connections 512; }}
http {{
	access_log {log}; keepalive_requests {kept};
	client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
	uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
	server {{ listen 80; root {dir}/www; }}
}}
'''


def nginx(w, log='off', kept=100000):
    need('nginx')
    os.makedirs(w.path('www'), exist_ok=True)
    with open(w.path('nginx.conf'), 'w') as f:
        f.write(CONF.format(dir=w.dir, log=log, kept=kept))
    path = os.environ['PATH'] + ':/usr/sbin'
    p = w.popen('nginx', '-e', w.path('nginx.log'), '-c', w.path('nginx.conf'), env={**os.environ, 'PATH': path})

    def listens():
        assert p.poll() is None, p.stderr.read()
        return ':80 ' in run('ss', '-ltn').stdout

    wait_for('nginx listens', listens)


def get(w, *args):
    p = w.start('leat-get', *args)
    return p.wait(), p


def test_10_MB_from_nginx(w):
    path = w.file('file', 10 * MB)
    nginx(w)
    status, p = get(w, '-o', w.path('got'), f'http://{KERNEL}/file')
    assert status == 0, p.words()
    assert sha256(w.path('got')) == sha256(path)


def test_1_KB_from_nginx_to_stdout(w):
    path = w.file('file', 1024)
    nginx(w)
    status, p = get(w, '-q', f'http://{KERNEL}/file')
    assert status == 0, p.words()
    assert sha256(p.out_path) == sha256(path)


def test_1000_times_on_one_connection(w):
    w.file('file', 1000)
    nginx(w)
    status, p = get(w, '-n', '1000', '-o', '/dev/null', f'http://{KERNEL}/file')
    assert status == 0, p.words()
    assert '1000 responses' in p.words(), p.words()


def test_an_error_of_the_server_is_status_2(w):
    nginx(w)
    status, p = get(w, f'http://{KERNEL}/none')
    assert status == 2, p.words()


def test_nobody_listening_is_status_1_and_one_line(w):
    status, p = get(w, f'http://{KERNEL}:81/')
    assert status == 1, p.words()
    assert 'refused' in p.words().rstrip().split('\n')[-1], p.words()
