# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A .deb file, and the next version of it."""
import hashlib
import re
import subprocess
from pathlib import Path

NAME = 'qemu-virtio-gpu'


def find(folder):
    """The one package in a folder that "make deb" filled."""
    found = [path for path in Path(folder).glob(f'{NAME}_*.deb')]
    assert len(found) == 1, f'{folder} has {len(found)} packages; run "make deb"'
    return found[0]


def field(path, name):
    return subprocess.run(['dpkg-deb', '-f', path, name], text=True, check=True,
                          capture_output=True).stdout.strip()


def needs(path):
    """What it depends on and recommends, as apt-get is told it."""
    fields = field(path, 'Depends') + ', ' + field(path, 'Recommends')
    return [re.sub(r' \(= (.*)\)', r'=\1', one) if '(= ' in one else one.split()[0]
            for one in fields.split(', ')]


def exact(path):
    """Packages of which it needs one version and no other: name to version."""
    return dict(one.split('=', 1) for one in needs(path) if '=' in one)


def next_version(path, folder):
    """The same package as if built for a later QEMU, whose stamp names another
    folder of modules: its path, version and that folder's name."""
    tree = Path(folder) / 'tree'
    subprocess.run(['dpkg-deb', '-R', path, tree], check=True)
    version = field(path, 'Version') + '+next'
    control = tree / 'DEBIAN/control'
    control.write_text(re.sub(r'(?m)^Version: .*$', f'Version: {version}',
                              control.read_text()))
    modules, = tree.glob(f'usr/lib/*/{NAME}/*')
    moved = modules.rename(modules.with_name(modules.name + 'next'))
    launcher = tree / 'usr/bin/qemu-system-x86_64-virtio-gpu'
    launcher.write_text(launcher.read_text().replace(f'/{modules.name}\'',
                                                     f'/{moved.name}\''))
    (tree / 'DEBIAN/md5sums').write_text(''.join(
        f'{hashlib.md5(file.read_bytes()).hexdigest()}  {file.relative_to(tree)}\n'
        for file in sorted(tree.glob('usr/**/*')) if file.is_file()))
    built = Path(folder) / 'next.deb'
    subprocess.run(['dpkg-deb', '--root-owner-group', '-b', tree, built], check=True,
                   stdout=subprocess.DEVNULL)
    return built, version, moved.name


def later_qemu(path, folder):
    """A qemu-system-x86 without files, as an upgrade that the package does not fit."""
    tree = Path(folder) / 'qemu'
    (tree / 'DEBIAN').mkdir(parents=True)
    (tree / 'DEBIAN/control').write_text(
        'Package: qemu-system-x86\nArchitecture: amd64\n'
        f'Version: {exact(path)["qemu-system-x86"]}+next\n'
        'Maintainer: nobody <nobody@packages.invalid>\nDescription: none\n')
    built = Path(folder) / 'qemu.deb'
    subprocess.run(['dpkg-deb', '-b', tree, built], check=True,
                   stdout=subprocess.DEVNULL)
    return built
