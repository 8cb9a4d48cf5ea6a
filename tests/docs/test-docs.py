#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-docs.py SOURCE BUILD QEMU MODULES: commands in documents and manual pages are such
that the programs take them, and name what there is. Prints TAP.

What they do was tried by hand; nothing is started here but with words that end it.
"""
import glob
import itertools
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '..', folder) for folder in ('host', 'stock')]

import documents                                    # noqa: E402
from qemu import Qemu                               # noqa: E402
from tap import run_all                             # noqa: E402

SOURCE, BUILD, QEMU, MODULES = sys.argv[1:]
OURS, STOCK = Qemu(QEMU, MODULES), Qemu(QEMU)
MANUAL = 'qemu-system-x86_64-virtio-gpu.1'
PROGRAMS = ('qemu-virtio-gpu-ctl', 'qemu-virtio-gpu-check')
WRONG_USAGE = 2
PATH = re.compile(r'(build/)?((?:tests|scripts|contrib|docs|hw|include)/[\w./*-]+)')
NOT_OURS = {'contrib/vhost-user-gpu'}


def all_texts():
    return {**documents.texts(SOURCE), **documents.manuals(SOURCE)}


def said():
    """(document, words) of each command, and of each piece of one within a line."""
    for path, text in all_texts().items():
        for words in itertools.chain(documents.commands(text), documents.inline(text)):
            yield path.name, words


def properties(qemu, kind):
    status, out, err = qemu.run('-M', 'none', '-device', f'{kind},help')
    assert status == 0, f'{kind}: {err.strip()}'
    # "id" is every device's, and not in this list.
    return set(re.findall(r'^  ([\w.-]+)=', out, re.M)) | {'id'}


def run(folder, words):
    """The exit status and the error of a program of ours, which finds neither a VM
    nor libvirt."""
    stand_in = os.path.join(folder, 'virsh')
    with open(stand_in, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\necho no libvirt here >&2; exit 1\n')
    os.chmod(stand_in, 0o755)
    done = subprocess.run(
        [os.path.join(BUILD, words[0]), *words[1:]], cwd=folder, text=True,
        env={**os.environ, 'PATH': f'{folder}:{os.environ["PATH"]}'},
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stderr.strip()


def options(folder, words):
    """What --help lists."""
    done = subprocess.run([os.path.join(BUILD, words[0]), *words[1:], '--help'],
                          capture_output=True, text=True, check=True, cwd=folder)
    return set(re.findall(r'(?<![\w-])--[a-z][\w-]*', done.stdout)) - {'--help'}


def links_lead_somewhere(_):
    broken = documents.broken_links(SOURCE)
    assert not broken, '\n'.join(broken)


def paths_are_there(_):
    named = {(name, word) for name, words in said() for word in words
             if PATH.fullmatch(word) and word not in NOT_OURS}
    assert len(named) > 60, named
    wrong = []
    for name, word in sorted(named):
        built, path = PATH.fullmatch(word).groups()
        if not glob.glob(os.path.join(BUILD if built else SOURCE, path)):
            wrong.append(f'{name}: {word}')
    assert not wrong, '\n'.join(wrong)


def targets_of_make_are_there(_):
    with open(os.path.join(SOURCE, 'Makefile'), encoding='utf-8') as file:
        there = re.search(r'^\.PHONY:((?:.*\\\n)*.*)', file.read(), re.M)[1].split()
    named = {(name, words[1]) for name, words in said()
             if words[0] == 'make' and len(words) > 1}
    assert len(named) > 20, named
    wrong = [f'{name}: make {target}' for name, target in sorted(named)
             if target not in there and target != 'TARGET']
    assert not wrong, '\n'.join(wrong)


def devices_have_these_properties(_):
    known, seen, wrong = {}, 0, []
    for name, words in said():
        for kind, given in documents.devices(words):
            if kind.isupper() or '…' in kind or kind == 'X':
                continue
            if kind not in known:
                known[kind] = properties(OURS, kind)
            given = {one for one in given if '…' not in one and one != '...'}
            seen += len(given)
            wrong += [f'{name}: {kind} has no {one}' for one in given - known[kind]]
    assert seen > 30, f'only {seen} properties are named'
    assert not wrong, '\n'.join(wrong)


def programs_take_these_commands(folder):
    assert run(folder, ['qemu-virtio-gpu-ctl', 'unlist'])[0] == WRONG_USAGE
    seen, wrong = 0, []
    for path, text in all_texts().items():
        for words in documents.commands(text):
            if words[0] in PROGRAMS:
                seen += 1
                status, error = run(folder, words)
                if status == WRONG_USAGE:
                    wrong.append(f'{path.name}: {" ".join(words)}: {error}')
    assert seen > 15, f'only {seen} commands were found'
    assert not wrong, '\n'.join(wrong)


def manuals_have_all_options(folder):
    ctl = ('list', 'connect', 'disconnect', 'mode', 'release', 'screenshot', 'stats')
    bench = options(folder, ['qemu-virtio-gpu-bench'])
    # The manual of its command "bench" is that of the other program.
    measures = options(folder, ['qemu-virtio-gpu-ctl', 'bench']) - bench
    for name, there, others in (
            ('check', options(folder, ['qemu-virtio-gpu-check']), set()),
            ('bench', bench, set()),
            ('ctl', measures.union(*(options(folder, ['qemu-virtio-gpu-ctl', word])
                                     for word in ctl)), bench)):
        manual = documents.manuals(SOURCE)[
            documents.Path(SOURCE, f'docs/man/qemu-virtio-gpu-{name}.1')]
        named = set(re.findall(r'(?<![\w-])--[a-z][\w-]*', manual))
        wrong = (there - named) | (named - there - others)
        assert not wrong, f'{name}: not in both: {sorted(wrong)}'


def manual_has_all_properties(_):
    text = documents.manuals(SOURCE)[documents.Path(SOURCE, 'docs/man', MANUAL)]
    for kind in ('virtio-vga-gl', 'virtio-gpu-gl-device'):
        new = properties(OURS, kind) - properties(STOCK, kind)
        assert len(new) > 15, new
        lost = [name for name in sorted(new)
                if not re.search(rf'(?<![\w-]){re.escape(name)}(?![\w-])', text)]
        assert not lost, f'{MANUAL} does not name {lost} of {kind}'
    titles = set(re.findall(r'^\.TP\n\.BI? ?R? ?([a-z][\w-]*)=', text, re.M))
    assert len(titles) > 15, titles
    lost = titles - properties(OURS, 'virtio-vga-gl')
    assert not lost, f'{MANUAL} has {sorted(lost)}, virtio-vga-gl has not'


def profiles_are_as_written(_):
    """The tables of operations.md and of the manual page are contrib/profiles."""
    roles = ('office', 'designer', 'kiosk')
    files = {}
    for role in roles:
        text = documents.Path(SOURCE, f'contrib/profiles/{role}.conf').read_text()
        files[role] = dict(re.findall(r'^(\w+) = (\w+)$', text, re.M))
    texts = {path.name: text for path, text in all_texts().items()}
    keys = set().union(*files.values())
    for name, row in (('operations.md', r'^\| `{}` \| (.*) \| (.*) \| (.*) \|$'),
                      ('qemu-virtio-gpu-profile.5', r'^{};(.*);(.*);(.*)$')):
        for key in sorted(keys):
            found = re.search(row.format(key), texts[name], re.M)
            assert found, f'{name} has no {key}'
            for role, value in zip(roles, found.groups()):
                wanted = files[role].get(key, '0')
                value = {'no cap': '0', 'as Mesa likes': '0'}.get(value, value)
                assert value == wanted, f'{name}: {key} of {role} is {value}, not {wanted}'


CASES = (links_lead_somewhere, paths_are_there, targets_of_make_are_there,
         devices_have_these_properties, programs_take_these_commands,
         manuals_have_all_options, manual_has_all_properties, profiles_are_as_written)

if __name__ == '__main__':
    sys.exit(run_all((case.__name__.replace('_', '-'), case) for case in CASES))
