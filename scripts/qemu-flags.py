#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-flags.py PREPARED module|test: the compiler flags, one a line.

They are the ones that QEMU's own build uses for a file of a module (or for a
qtest), read from its compile_commands.json. Warnings and optimisation stay
ours. Its own include folders come after the system's, as "-idirafter": so the
compiler takes them as foreign and warns about our code only, our own
hw/virtio/virtio-gpu.h is found first, and QEMU's elf.h hides no system header.
The kernel headers that it brings along stay before the system's.
"""
import json
import os
import shlex
import sys

OUTPUT = {
    'module': 'libmodule-common.a.p/module-common.c.o',
    'test': 'tests/qtest/libqos/libqos.a.p/virtio.c.o',
}
INCLUDES = ('-I', '-isystem', '-iquote')


def qemu_command(build, kind):
    with open(os.path.join(build, 'compile_commands.json')) as f:
        for entry in json.load(f):
            if entry['output'] == OUTPUT[kind]:
                return entry['directory'], shlex.split(entry['command'])
    sys.exit(f'qemu-flags.py: {build} was not built for {kind}s; '
             'remove it and configure again')


def our_flags(directory, words):
    words = iter(words)
    for word in words:
        for option in INCLUDES:
            if word.startswith(option):
                folder = word[len(option):] or next(words)
                folder = os.path.normpath(os.path.join(directory, folder))
                # Folders of objects hold no headers; GLib is found anyway.
                if os.path.isdir(folder) and not folder.endswith('.p') \
                        and not folder.startswith('/usr/'):
                    yield ('-isystem' if option == '-isystem'
                           else '-idirafter') + folder
                break
        else:
            if word.startswith(('-m', '-f', '-D')) \
                    and not word.startswith('-fdiagnostics'):
                yield word


def main():
    prepared, kind = sys.argv[1:]
    directory, words = qemu_command(os.path.join(prepared, 'build'), kind)
    print('\n'.join(dict.fromkeys(our_flags(directory, words))))


main()
