#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-style.py ROOT PREPARED: holds the sources to tests/style/rules.py.

Also compiles every header on its own. PREPARED is the prepared QEMU, for the
headers of the glue. Prints TAP.
"""
import concurrent.futures
import os
import shlex
import subprocess
import sys

import rules


def compile_alone(command, path, first):
    """The compiler's complaint about a file that only includes path, or ''."""
    lines = [f'#include "{name}"' for name in first + [path]]
    done = subprocess.run(command + ['-fsyntax-only', '-x', 'c', '-'],
                          input='\n'.join(lines) + '\n', text=True,
                          capture_output=True, check=False)
    return done.stderr.strip() if done.returncode else ''


def self_contained(tree, root, prepared):
    """Each header compiles without another before it."""
    libraries = subprocess.run(
        ['pkg-config', '--cflags', 'glib-2.0', 'pixman-1'],
        capture_output=True, text=True, check=True).stdout
    flags = os.path.join(root, 'scripts', 'qemu-flags.py')
    qemu = subprocess.run([sys.executable, flags, prepared, 'module'],
                          capture_output=True, text=True, check=True).stdout
    base = shlex.split(os.environ.get('CC', 'cc')) + [
        '-std=gnu11', '-D_GNU_SOURCE', '-I' + os.path.join(root, 'include')]
    base += shlex.split(libraries)

    def complaint(path):
        glue = (os.path.dirname(path) in ('hw/display', 'include/hw/virtio')
                and path not in rules.WITHOUT_QEMU)
        return compile_alone(base + (qemu.split() if glue else []),
                             os.path.join(root, path),
                             ['qemu/osdep.h'] if glue else [])

    headers = [path for path, _ in tree.items() if path.endswith('.h')]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, text in zip(headers, pool.map(complaint, headers)):
            if text:
                yield f'{path} does not compile alone: {text}'


def report(number, name, problems):
    problems = list(problems)
    for problem in problems:
        print('\n'.join('# ' + line for line in problem.splitlines()))
    print(f'{"not ok" if problems else "ok"} {number} - {name}')
    return bool(problems)


def main():
    root, prepared = sys.argv[1:]
    tree = rules.Tree(root)
    everything = rules.Tree(root, ('bench', 'hw', 'include', 'modules',
                                   'scripts', 'tests'),
                            ('*.c', '*.h', '*.py', '*.sh', 'meson.build'))
    print(f'1..{len(rules.RULES) + 1}')
    bad = False
    for number, rule in enumerate(rules.RULES, 1):
        bad |= report(number, rule.__doc__.splitlines()[0].rstrip('.'),
                      rule(everything if rule is rules.licence else tree))
    bad |= report(len(rules.RULES) + 1, self_contained.__doc__.rstrip('.'),
                  self_contained(tree, root, prepared))
    for remark in rules.remarks(tree):
        print('# ' + remark)
    return 1 if bad else 0


sys.exit(main())
