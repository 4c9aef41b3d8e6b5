#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The driver is not built from another release of DPDK than the installed one, or from what is none.

    release.py SOURCE_ROOT
"""
import os
import subprocess
import sys
import tempfile


def refused(root, folder, src):
    done = subprocess.run(['meson', 'setup', os.path.join(folder, 'build'), root, '-Dtests=false', f'-Ddpdk_src={src}'],
                          capture_output=True, text=True)
    assert done.returncode != 0, done.stdout
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    other = os.path.join(folder, 'dpdk')
    os.mkdir(other)
    words = refused(sys.argv[1], folder, other)
    assert f'-Ddpdk_src={other}: is no source of DPDK; scripts/dpdk-source DIR makes one' in words, words
    with open(os.path.join(other, 'VERSION'), 'w', encoding='utf-8') as f:
        f.write('19.02.7\n')
    words = refused(sys.argv[1], folder, other)
    installed = subprocess.run(['pkg-config', '--modversion', 'libdpdk'], capture_output=True, text=True).stdout.strip()
    assert f'is DPDK 19.02.7, but {installed} is installed; scripts/dpdk-source fetches that' in words, words
