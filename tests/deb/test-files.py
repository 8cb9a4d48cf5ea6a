#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-files.py SOURCE BUILD: what "make install" and "make deb" put on a machine is all
there, starts, and goes again. Prints TAP.

The package itself, on a machine of its own, is "make check-deb".
"""
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'host'))

from tap import run_all                             # noqa: E402

SOURCE, BUILD = sys.argv[1:]
PACKAGING = os.path.join(SOURCE, 'packaging', 'debian')
# What scripts/make-deb.sh puts in.
PLACEHOLDERS = {'MAINTAINER', 'BUILD_DEPENDS'}


def shell(command, *arguments):
    done = subprocess.run(['sh', '-c', command, 'sh', *arguments], cwd=SOURCE,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, f'{command}: {done.stdout}{done.stderr}'
    return done.stdout


def install(folder):
    shell('. "$1/config.sh" && scripts/install.sh "$1" "$meson" "$2"', BUILD, folder)


def files_in(folder):
    return sorted(os.path.join(where, name)[len(folder):]
                  for where, _, names in os.walk(folder) for name in names)


def programs(folder):
    found = [path for path in files_in(folder)
             if os.path.basename(os.path.dirname(path)) == 'bin']
    assert found, 'no program was installed'
    return found


def starts(folder):
    """Each program has its manual page, and starts from where it was put."""
    install(folder)
    there = files_in(folder)
    for path in programs(folder):
        name = os.path.basename(path)
        assert any(os.path.basename(page).startswith(name + '.1') for page in there), \
            f'{name} has no manual page'
        assert os.access(folder + path, os.X_OK), f'{path} is not executable'
        if not name.startswith('qemu-system-'):     # which starts QEMU, elsewhere
            shell('exec "$1" --help', folder + path)


def has_modules(folder):
    """What QEMU loads is beside its manifest, which names all files."""
    install(folder)
    manifests = [path for path in files_in(folder) if path.endswith('/manifest')]
    assert len(manifests) == 1, f'manifests: {manifests}'
    with open(folder + manifests[0], encoding='utf-8') as file:
        listed = sorted(file.read().split())
    assert listed == files_in(folder), \
        f'not in both: {set(listed) ^ set(files_in(folder))}'
    modules = os.path.dirname(manifests[0])
    for name in ('virtio-gpu', 'virtio-gpu-pci', 'virtio-vga', 'virtio-gpu-gl'):
        assert f'{modules}/hw-display-{name}.so' in listed, f'no module {name}'


def goes(folder):
    """make uninstall leaves no file."""
    install(folder)
    shell('scripts/uninstall.sh "$1" "$2"', BUILD, folder)
    assert files_in(folder) == [], files_in(folder)


def names_files(_):
    """What the package takes from the tree is in the tree."""
    with open(os.path.join(PACKAGING, 'qemu-virtio-gpu.install'),
              encoding='utf-8') as file:
        lines = [line.split() for line in file if line.strip()]
    assert lines, 'nothing is taken'
    for pattern, _target in lines:
        assert glob.glob(os.path.join(SOURCE, pattern)), f'there is no {pattern}'


def has_fields(_):
    """Its control file has what Debian's tools ask for, and nothing left to fill in."""
    with open(os.path.join(PACKAGING, 'control.in'), encoding='utf-8') as file:
        text = file.read()
    for placeholder in PLACEHOLDERS:
        assert f'@{placeholder}@' in text, f'{placeholder} is not asked for'
        text = text.replace(f'@{placeholder}@', '')
    assert '@' not in text, 'a placeholder that make-deb.sh does not know'
    source, package = text.split('\n\n')
    for paragraph, fields in ((source, ('Source', 'Maintainer', 'Build-Depends')),
                              (package, ('Package', 'Architecture', 'Depends',
                                         'Description'))):
        for field in fields:
            assert f'\n{field}: ' in '\n' + paragraph, f'no {field}'
    assert '${qemu:Depends}' in package, 'it depends on no QEMU'


CASES = [starts, has_modules, goes, names_files, has_fields]

if __name__ == '__main__':
    sys.exit(run_all((case.__doc__.splitlines()[0].rstrip('.'), case)
                     for case in CASES))
