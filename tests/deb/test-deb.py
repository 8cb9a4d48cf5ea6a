#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-deb.py FOLDER: the package that "make deb" left in FOLDER is installed,
used, upgraded and removed in a chroot of this Debian. Prints TAP."""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '..', folder) for folder in ('host', 'docs')]

import documents                                    # noqa: E402
import package                                      # noqa: E402
from chroot import Chroot                           # noqa: E402
from tap import run_all                             # noqa: E402

LAUNCHER = 'qemu-system-x86_64-virtio-gpu'
STOCK = 'qemu-system-x86_64'
# The same with a GPU and without.
GL = 'virtio-vga-gl,renderer=software'
# QEMU goes on behind the command that started it, until the script ends.
START = '''{qemu} -nodefaults -M q35 -accel tcg -display none -device {device},id=gpu \
-qmp unix:/tmp/qmp,server=on,wait=off -daemonize -pidfile /tmp/pid'''
LIST = 'qemu-virtio-gpu-ctl --qmp /tmp/qmp list --json'


class Case:
    """What the cases share, each going on from where the one before left it."""

    def __init__(self, deb, chroot):
        self.deb = deb
        self.chroot = chroot
        self.before = chroot.files()

    def device(self, qemu, device):
        """What qemu-virtio-gpu-ctl says of the device of a VM that runs."""
        said = self.chroot.sh(START.format(qemu=qemu, device=device) + '; ' + LIST)
        found, = json.loads(said[said.index('{'):])['devices']
        return found

    def has_ours(self):
        for device, renderer in (('virtio-vga', '2d: pixman'),
                                 (GL, 'llvmpipe')):
            found = self.device(LAUNCHER, device)
            assert found['ours'] and renderer in found['renderer'], found


def lintian_says_nothing(case, _):
    debs = sorted(case.deb.parent.glob('*.deb'))
    assert len(debs) == 2, debs
    done = subprocess.run(['lintian', *debs], text=True,
                          capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, ''), done.stdout + done.stderr


def installs(case, _):
    case.chroot.sh(f'{Chroot.INSTALL} /media/{case.deb.name}', case.deb.parent)
    case.chroot.sh(f'dpkg --verify {package.NAME}; {LAUNCHER} --version')
    # All that is on it is found by name, in /usr.
    for name in (LAUNCHER, 'qemu-virtio-gpu-bench', 'qemu-virtio-gpu-check',
                 'qemu-virtio-gpu-ctl'):
        case.chroot.sh(f'test "$(command -v {name})" = /usr/bin/{name}; '
                       f'test -s /usr/share/man/man1/{name}.1.gz')


def has_documents(case, _):
    """Their links lead somewhere, and the files of commands are where they say."""
    root = case.chroot.root
    folder = root / 'usr/share/doc' / package.NAME
    broken = documents.broken_links(folder)
    assert not broken, '\n'.join(broken)
    examples = {f'contrib/{path.name}' for path in (folder / 'examples').iterdir()}
    named = set()
    for path, text in documents.texts(folder).items():
        named |= set(re.findall(r'/usr/share/doc/[\w./-]+\w', text))
        wrong = [name for name in examples if name in text]
        assert not wrong, f'{path} names {wrong}, which the package has elsewhere'
    assert any(name.endswith('/2d.xml') for name in named), named
    for path in folder.glob('examples/libvirt/**/*'):
        if path.is_file():
            named |= set(re.findall(r'/usr/\S*/qemu-system-[\w-]+', path.read_text()))
    assert f'/usr/bin/{LAUNCHER}' in named, named
    lost = sorted(name for name in named if not (root / name[1:]).exists())
    assert not lost, lost


def is_used(case, _):
    case.has_ours()


def finds_its_modules(case, _):
    said = case.chroot.sh('qemu-virtio-gpu-check --json || true')
    assert '/usr/lib/x86_64-linux-gnu/qemu-virtio-gpu/' in said, said


def has_profiles(case, _):
    """One that begins as a copy of an example; an operator's file, not ours."""
    folder = '/etc/qemu-virtio-gpu/profiles.d'
    case.chroot.sh('test -s /usr/share/man/man5/qemu-virtio-gpu-profile.5.gz; '
                   'cp /usr/share/doc/qemu-virtio-gpu/examples/profiles/kiosk.conf '
                   f'{folder}/till.conf')
    for name, said in (('office', 'office: built in'),
                       ('till', f'till: {folder}/till.conf')):
        found = case.device(LAUNCHER, f'{GL},profile={name}')
        assert found['profile'] == said, found
    case.chroot.sh(f'rm {folder}/till.conf')


def draws(case, folder):
    """The firmware's text, so that more than a start was tried. A black picture
    of that size is 1 KiB at most."""
    said = case.chroot.sh(START.format(qemu=LAUNCHER, device=GL) + '''
for try in $(seq 100); do
    said=$(qemu-virtio-gpu-ctl --qmp /tmp/qmp screenshot /media/a.png)
    case $said,$(wc -c </media/a.png) in *720x400*,[1-9][0-9][0-9][0-9]) break; esac
    sleep 0.2
done
echo "$said"''', folder)
    assert ' 720x400' in said, said
    size = os.path.getsize(f'{folder}/a.png')
    assert size > 1023, f'a picture of {size} bytes'


def leaves_stock_as_it_is(case, _):
    found = case.device(STOCK, 'virtio-vga')
    assert not found['ours'], found
    names = ' '.join(package.exact(case.deb))
    said = case.chroot.sh(f'dpkg --verify {names} qemu-system-common; '
                          'dpkg-divert --list "*virtio*"')
    assert not said, said


def goes_with_one_qemu_only(case, folder):
    """apt would take the package away with an upgrade of QEMU alone."""
    qemu = package.later_qemu(case.deb, folder)
    said = case.chroot.sh(f'apt-get -s install /media/{qemu.name}', folder)
    assert f'Remv {package.NAME} ' in said, said


def upgrades(case, folder):
    """Below a VM that runs, which goes on."""
    deb, version, modules = package.next_version(case.deb, folder)
    said = case.chroot.sh('\n'.join((
        START.format(qemu=LAUNCHER, device=GL),
        f'{Chroot.INSTALL} /media/{deb.name} >/dev/null 2>&1',
        LIST, 'kill -0 $(cat /tmp/pid)')), folder)
    found, = json.loads(said[said.index('{'):])['devices']
    assert found['ours'] and 'llvmpipe' in found['renderer'], found
    case.chroot.sh(f'test "$(dpkg-query -W -f \'${{Version}}\' {package.NAME})" = '
                   f'"{version}"')
    left = case.chroot.sh(f'ls /usr/lib/*/{package.NAME}').split()
    assert left == [modules], left
    case.has_ours()


def removes_all(case, _):
    case.chroot.sh(f'apt-get -q purge -y {package.NAME}')
    after = case.chroot.files()
    left, lost = sorted(after - case.before), sorted(case.before - after)
    assert not left and not lost, '\n'.join(
        ['left:', *left[:20], 'lost:', *lost[:20]])


CASES = (lintian_says_nothing, installs, has_documents, is_used, finds_its_modules,
         has_profiles, draws, leaves_stock_as_it_is, goes_with_one_qemu_only, upgrades,
         removes_all)


def cache():
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return os.path.join(os.environ.get('VIRTIO_GPU_CACHE')
                        or os.path.join(base, package.NAME), 'deb')


def main():
    folder, = sys.argv[1:]
    if os.geteuid():
        print('Bail out! only root can make a chroot: "sudo make check-deb"')
        return 1
    deb = package.find(folder)
    with Chroot(cache(), package.needs(deb)) as chroot:
        case = Case(deb, chroot)
        return run_all((function.__name__.replace('_', '-'),
                        lambda folder, function=function: function(case, folder))
                       for function in CASES)


sys.exit(main())
