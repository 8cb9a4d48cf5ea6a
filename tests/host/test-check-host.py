#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-check-host.py PROGRAM: what qemu-virtio-gpu-check says of recorded machines,
of folders that want to harm it, and of this machine. Prints TAP."""
import json
import os
import re
import shutil
import subprocess
import sys

import machines
from tap import Skip, run_all

NOBODY = 65534
TIMEOUT_S = 60
CONTROL = re.compile(r'[^\n\x20-\x7e\u00a0-\U0010ffff]')
LONGEST_LOOP = 50


class Program:
    def __init__(self, path, interpreter=sys.executable):
        self.command = [interpreter, path] if interpreter else [path]

    def run(self, *arguments, **options):
        """(exit status, standard output, standard error) of one that did not crash."""
        done = subprocess.run([*self.command, *arguments], check=False,
                              capture_output=True, text=True, timeout=TIMEOUT_S,
                              stdin=subprocess.DEVNULL, **options)
        assert 'Traceback' not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def report(self, root, **options):
        """What --json says, once it holds what every report must."""
        status, text, errors = self.run(f'--root={root}', '--json', **options)
        assert errors == '', errors
        report = json.loads(text)
        assert report['schema'] == 1
        assert status == (0 if report['works'] else 1), status
        for check in checks_of(report):
            assert (check['remedy'] is None) == (check['state'] == 'ok'), check
        person_status, person, errors = self.run(f'--root={root}', **options)
        assert (person_status, errors) == (status, ''), errors
        assert not CONTROL.search(person + text), CONTROL.search(person + text)
        return report


def checks_of(report):
    for route in report['routes']:
        yield route
        yield from route['checks']
    yield from report['host']


def write(path, data):
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(data, file)
    return path


def states(report):
    return {route['name']: route['state'] for route in report['routes']}


def fits(machine, report):
    said = {check['name']: check for check in report['host'] + report['routes']}
    found = {name: said[name]['state'] for name in machine.expect}
    assert found == machine.expect, \
        f'expected {machine.expect}, got {found}'
    for name, words in machine.remedies.items():
        assert words in (said[name]['remedy'] or ''), \
            f'{name}: expected "{words}", got "{said[name]["remedy"]}"'
    for name, words in machine.says.items():
        assert words in said[name]['says'], \
            f'{name}: expected "{words}", got "{said[name]["says"]}"'


def recorded(program, folder, machine):
    path = write(f'{folder}/machine.json', machine.record())
    report = program.report(path)
    fits(machine, report)
    again = f'{folder}/again.json'
    program.run(f'--root={path}', f'--record={again}')
    assert program.report(again) == report, 'its record says something else'


def unfolded(program, folder, machine):
    """Files below a folder say the same; a link to nowhere is not there, though."""
    for path, value in list(machine.files.items()):
        if value and value.startswith(machines.LINK) and '/lib/' in path \
                and not path.startswith('/sys'):
            target = os.path.join(os.path.dirname(path), value[len(machines.LINK):])
            machine.files.setdefault(os.path.normpath(target), '?')
    machine.expand(folder)
    assert states(program.report(folder)) == \
        states(program.report(write(f'{folder}/machine.json', machine.record())))


def loops(program, folder):
    for number in range(LONGEST_LOOP):
        os.makedirs(f'{folder}/sys/class/drm', exist_ok=True)
        os.symlink(f'renderD{(number + 1) % LONGEST_LOOP}',
                   f'{folder}/sys/class/drm/renderD{number}')
    os.symlink('.', f'{folder}/sys/bus')
    os.symlink('proc', f'{folder}/proc')
    os.symlink('/sys/../../../..', f'{folder}/lib')
    assert not program.report(folder)['works']


def leads_outside(program, folder):
    """A link out of the folder is taken as one from its own root."""
    os.makedirs(f'{folder}/etc')
    os.makedirs(f'{folder}/inside/proc/sys/kernel')
    with open(f'{folder}/secret', 'w', encoding='utf-8') as file:
        file.write('secret')
    os.symlink(f'{folder}/secret', f'{folder}/inside/proc/sys/kernel/osrelease')
    os.symlink('../' * 20 + 'proc/self', f'{folder}/inside/proc/self')
    assert 'secret' not in program.run(f'--root={folder}/inside')[1]
    assert program.report(f'{folder}/inside')['user'] is None


def wrong_kinds(program, folder):
    """Pipes where files are wanted, folders too, and files in place of folders."""
    os.makedirs(f'{folder}/proc/self')
    os.makedirs(f'{folder}/proc/cpuinfo')
    os.makedirs(f'{folder}/sys/bus/pci/devices/0000:00:02.0/class')
    os.mkfifo(f'{folder}/proc/self/status')
    os.mkfifo(f'{folder}/proc/self/environ')
    os.makedirs(f'{folder}/etc')
    for path in ('sys/class', 'sys/kernel', 'etc/ld.so.conf.d'):
        with open(f'{folder}/{path}', 'wb') as file:
            file.write(bytes(range(256)) * 64)
    assert not program.report(folder)['works']


def unreadable(program, folder):
    if os.geteuid() == 0:
        raise Skip('root may read everything')
    os.makedirs(f'{folder}/proc/sys/kernel')
    os.makedirs(f'{folder}/sys/bus', mode=0)
    with open(f'{folder}/proc/sys/kernel/osrelease', 'wb'):
        pass
    os.chmod(f'{folder}/proc/sys/kernel/osrelease', 0)
    assert not program.report(folder)['works']
    os.chmod(f'{folder}/sys/bus', 0o700)


def this_machine(program, _folder):
    """A machine on which the tests run has what OpenGL without a GPU needs."""
    launcher = os.path.join(os.path.dirname(program.command[-1]),
                            'qemu-system-x86_64-virtio-gpu')
    if not os.path.exists(launcher):
        raise Skip('no modules were built')
    assert states(program.report('/'))['software'] == 'ok'


def without_rights(program, folder):
    if os.geteuid() != 0:
        raise Skip('this is no root')
    copy = f'{folder}/check'
    shutil.copy(program.command[-1], copy)
    os.chmod(folder, 0o755)
    # By its own first line, as the tests' Python may be root's.
    report = Program(copy, None).report('/', user=NOBODY, group=NOBODY,
                                        extra_groups=[], cwd='/', env={})
    assert report['user'] == NOBODY


def says_nothing_private(program, folder):
    machine = machines.Machine('intel-i915')
    machine.files['/proc/cmdline'] = 'root=UUID=1-2-3 iommu=pt secret=4'
    machine.files['/proc/self/environ'] = 'PATH=/home/alice/bin:/usr/bin\nTOKEN=secret'
    machine.files['/etc/group'] = 'render:x:104:alice,secret'
    machine.files['/home/alice/bin/x'] = 'secret'
    path = write(f'{folder}/machine.json', machine.record())
    program.run(f'--root={path}', f'--record={folder}/record.json')
    with open(f'{folder}/record.json', encoding='utf-8') as file:
        text = file.read()
    for word in ('alice', 'secret', 'UUID'):
        assert word not in text, word
    assert 'iommu=pt' in text and '/home/user/bin' in text


def wrong_usage(program, folder):
    broken = write(f'{folder}/broken.json', {'format': 1, 'tree': {'sys': 7}})
    deep = f'{folder}/deep.json'
    with open(deep, 'w', encoding='utf-8') as file:
        file.write('[' * 100000)
    for argument in ('--memory=0G', '--memory=much', '--nothing', f'--root={deep}',
                     '--root=/does/not/exist', f'--root={broken}',
                     '--record=/does/not/exist'):
        status, text, errors = program.run(argument)
        assert (status, text) == (2, ''), (argument, status)
        assert errors.startswith(('qemu-virtio-gpu-check: ', 'usage: ')), errors


def memory_counts(program, folder):
    path = write(f'{folder}/machine.json', machines.Machine('memlock-small').record())
    enough = json.loads(program.run(f'--root={path}', '--json', '--memory=8M')[1])
    assert states(enough)['vfio'] == 'ok', states(enough)


CASES = (loops, leads_outside, wrong_kinds, unreadable, this_machine, without_rights,
         says_nothing_private, wrong_usage, memory_counts)


def all_cases(program):
    for name in machines.names():
        for case in (recorded, unfolded):
            yield (f'{case.__name__}-{name}',
                   lambda folder, case=case, name=name:
                   case(program, folder, machines.Machine(name)))
    for case in CASES:
        yield (case.__name__.replace('_', '-'),
               lambda folder, case=case: case(program, folder))


sys.exit(run_all(all_cases(Program(sys.argv[1]))))
