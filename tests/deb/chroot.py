# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A Debian in a folder, with some packages and nothing of ours.

    with Chroot(cache, ["qemu-system-x86=1:10.0.2+ds-2"]) as chroot:
        chroot.sh("apt-get -q install -y /media/package.deb", media=folder)

What it is copied from, and packages that were downloaded, stay in the cache. Mounts
and processes of a command end with it; errors are AssertionError.
"""
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

MIRROR = 'http://deb.debian.org/debian'
SECONDS = 1200
ENTER = Path(__file__).parents[2] / 'scripts/in-root.sh'


def codename():
    with open('/etc/os-release', encoding='utf-8') as file:
        return dict(line.strip().split('=', 1) for line in file if '=' in line)[
            'VERSION_CODENAME']


def _sources(release):
    suites = [release, f'{release}-updates', f'{release}-backports']
    return ''.join([f'deb {MIRROR} {suite} main\n' for suite in suites]
                   + [f'deb {MIRROR}-security {release}-security main\n'])


def _checked(command, what, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    assert done.returncode == 0, \
        f'{what}: exit status {done.returncode}\n' \
        + '\n'.join(done.stdout.splitlines()[-20:])
    return done.stdout


class Chroot:
    """The packages are installed without what they recommend."""

    # QEMU of Debian 12's backports comes with a Mesa of there.
    INSTALL = 'apt-get -q install -y' + (
        ' -t bookworm-backports' if codename() == 'bookworm' else '')

    def __init__(self, cache, packages):
        self.cache = Path(cache)
        self.archives = self.cache / 'archives'
        (self.archives / 'partial').mkdir(parents=True, exist_ok=True)
        self.root = self._base(packages)
        self.folder = tempfile.TemporaryDirectory(prefix='chroot-', dir=self.cache)

    def __enter__(self):
        base, self.root = self.root, Path(self.folder.name) / 'root'
        _checked(['cp', '-a', base, self.root], 'copying the chroot')
        return self

    def __exit__(self, *_):
        # No mount is left, as each was in the namespace of its command.
        self.folder.cleanup()

    def _base(self, packages):
        release = codename()
        sources = _sources(release)
        key = hashlib.sha256((sources + ' '.join(packages)).encode()).hexdigest()[:12]
        base = self.cache / f'{release}-{key}'
        if base.exists():
            return base
        self.root = base.with_suffix('.new')
        shutil.rmtree(self.root, ignore_errors=True)
        listed = self.cache / 'sources.list'
        listed.write_text(sources)
        _checked(['mmdebstrap', '--mode=root', '--variant=apt', release,
                  str(self.root), str(listed)], 'mmdebstrap')
        self.sh('apt-get -q update; '
                f'{self.INSTALL} --no-install-recommends {" ".join(packages)}')
        self.root.rename(base)
        return base

    def sh(self, script, media=''):
        """What a shell script prints that runs in it; media is a folder at /media."""
        # /run and /tmp are as after a start, and nothing of them is left.
        mounts = ['tmpfs:/run', 'tmpfs:/tmp',
                  f'{self.archives}:/var/cache/apt/archives']
        if media:
            mounts.append(f'{media}:/media')
        return _checked([ENTER, self.root, *mounts, '--', 'env', 'HOME=/tmp',
                         'sh', '-euc', script], script, timeout=SECONDS)

    def files(self):
        """Path and kind, mode, size and target of everything but apt's notes."""
        lines = _checked(
            ['find', '.', '(', '-path', './var/lib/dpkg', '-o', '-path',
             './var/lib/apt', '-o', '-path', './var/log', '-o', '-path',
             './var/cache', ')', '-prune', '-o', '-type', 'd', '-printf',
             '%p %y %m\n', '-o', '-printf', '%p %y %m %s %l\n'],
            'find', cwd=self.root)
        return set(lines.splitlines())
