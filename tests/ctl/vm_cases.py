# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-ctl and VMs that were never started."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import rfb
from program import (LOST, NOBODY, PATIENCE_S, REFUSED, SANDBOX, TWO_GPUS, Program,
                     devices, read)
from tap import Skip
from vm import Line


def lists(program, folder):
    with program.vm(folder, *TWO_GPUS) as (_, path):
        first, second = devices(program.succeeds('--qmp', path, 'list', '--json'))
        assert (first['id'], first['type'], first['ours'], first['renderer']) == \
            ('gpu', 'virtio-gpu-pci', True, '2d: pixman'), first
        assert first['profile'] == 'none', first
        assert [head['console'] for head in first['heads']] == [0, 1], first
        assert (second['id'], second['path'], second['type']) == \
            (None, '/machine/peripheral-anon/device[0]', 'virtio-vga'), second
        assert [head['console'] for head in second['heads']] == [2], second
        text = program.succeeds('list', '--qmp', path)
        head = '1280x800, {}, "QEMU Monitor", decided by the client, console {}'
        assert text.splitlines() == [
            'gpu (virtio-gpu-pci)', '  renderer   2d: pixman',
            '  head 0     ' + head.format('connected', 0),
            '  head 1     ' + head.format('not connected', 1),
            '/machine/peripheral-anon/device[0] (virtio-vga)',
            '  renderer   2d: pixman', '  head 0     ' + head.format('connected', 2)], text


def lists_one(program, folder):
    """By id and by path; what is no virtio-gpu is none."""
    with program.vm(folder, *TWO_GPUS, '-device', 'virtio-mouse-pci,id=mouse') \
            as (_, path):
        for name in ('gpu', '/machine/peripheral-anon/device[0]'):
            found, = devices(program.succeeds('--qmp', path, '--device', name, 'list',
                                              '--json'))
            assert name in (found['id'], found['path'])
        program.fails(REFUSED, '--device can be gpu, /machine/peripheral-anon/device[0]',
                      '--qmp', path, '--device', 'mouse', 'list')


def finds_none(program, folder):
    with program.vm(folder) as (_, path):
        program.fails(REFUSED, 'has no virtio-gpu; start QEMU with', '--qmp', path,
                      'list')


def finds_that_of_vga(program, folder):
    with program.vm(folder, '-vga', 'virtio') as (_, path):
        found, = devices(program.succeeds('--qmp', path, 'list', '--json'))
        assert found['type'] == 'virtio-vga' and \
            found['path'].startswith('/machine/unattached/device['), found
        program.succeeds('--qmp', path, 'screenshot', f'{folder}/a.png')


def loads_nothing(program, folder):
    """Into a VM that runs."""
    with program.vm(folder, *TWO_GPUS) as (monitor, path):
        def files():
            with open(f'/proc/{monitor.process.pid}/maps', encoding='utf-8') as maps:
                return set(re.findall(r'/\S+\.so\S*', maps.read()))
        monitor.command('screendump', filename=f'{folder}/theirs.png', format='png')
        before = files()
        for command in ('list', 'stats'):
            program.succeeds('--qmp', path, command)
        program.succeeds('--qmp', path, '--device', 'gpu', 'screenshot',
                         f'{folder}/a.png')
        assert files() == before, files() - before


def knows_stock(program, folder):
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu', stock=True) \
            as (_, path):
        assert 'QEMU\'s own virtio-gpu' in program.succeeds('--qmp', path, 'list')
        program.succeeds('--qmp', path, 'screenshot', f'{folder}/a.png')
        for words in (['stats'], ['connect', '0']):
            program.fails(REFUSED, 'start QEMU by qemu-system-x86_64-virtio-gpu',
                          '--qmp', path, *words)


def shows_viewers(program, folder):
    with program.vm(folder, *TWO_GPUS, '-vnc', '127.0.0.1:0,to=999,display=gpu') \
            as (monitor, path):
        port = monitor.command('query-vnc-servers')[0]['server'][0]['service']
        with socket.create_connection(('127.0.0.1', int(port))) as client:
            rfb.Client(Line(client, 'VNC'), PATIENCE_S)
            address = f'VNC 127.0.0.1:{client.getsockname()[1]}'
            first, second = devices(program.succeeds('--qmp', path, 'list', '--json'))
            assert (first['viewers'], second['viewers']) == ([address], []), first
            assert f'  viewer     {address}\n' in program.succeeds('--qmp', path, 'list')


def takes_screenshots(program, folder):
    """The same bytes as QEMU writes, in a sandbox, too."""
    with program.vm(folder, *TWO_GPUS, *SANDBOX) as (monitor, path):
        for head in (0, 1):
            monitor.command('screendump', filename=f'{folder}/theirs', format='png',
                            device='gpu', head=head)
            where = ('--qmp', path, '--device', 'gpu', 'screenshot', str(head))
            said = program.succeeds(*where, f'{folder}/ours.png')
            assert said == f'{folder}/ours.png: 640x480, head {head} of gpu\n', said
            theirs = read(f'{folder}/theirs')
            assert read(f'{folder}/ours.png') == theirs, 'other bytes'
            with open(f'{folder}/out', 'wb') as out:
                subprocess.run([*program.command, *where, '-'], stdout=out, check=True,
                               timeout=PATIENCE_S)
            assert read(f'{folder}/out') == theirs, 'other bytes'
        left = monitor.command('query-fdsets')
        assert left == [], left


def of_another_user(program, folder):
    """QEMU may not write where the file goes, nor into memory of a strange process."""
    if os.geteuid() != 0:
        raise Skip('this is no root')
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu', '-run-with',
                    'user=nobody') as (_, path):
        program.succeeds('--qmp', path, 'screenshot', f'{folder}/a.png')


def writes_as_told(program, folder):
    """Rights, links, devices, and what was there before."""
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu') as (_, path):
        def shoot(file, **options):
            return program.run('--qmp', path, 'screenshot', file, **options)
        os.mkdir(f'{folder}/real')
        os.symlink('real/a.png', f'{folder}/link.png')
        assert shoot(f'{folder}/link.png', umask=0o027)[0] == 0
        assert os.path.islink(f'{folder}/link.png')
        assert os.stat(f'{folder}/real/a.png').st_mode & 0o777 == 0o640
        assert os.listdir(f'{folder}/real') == ['a.png']
        assert shoot('b.png', cwd=folder)[0] == 0
        assert read(f'{folder}/b.png') == read(f'{folder}/real/a.png')
        os.symlink('/dev/null', f'{folder}/null.png')
        assert shoot(f'{folder}/null.png')[0] == 0
        os.symlink('/dev/full', f'{folder}/full.png')
        for file, words in (('full.png', 'No space left'), ('real', 'end in .png'),
                            ('none/a.png', 'No such file'), ('a.jpg', 'end in .png')):
            status, _, errors = shoot(f'{folder}/{file}')
            assert status and words in errors, errors
        assert os.path.exists('/dev/null')


def refuses_heads(program, folder):
    with program.vm(folder, *TWO_GPUS) as (_, path):
        def refused(words, *where):
            program.fails(REFUSED, words, '--qmp', path, 'screenshot', *where,
                          f'{folder}/a.png')
        refused('say which with --device: gpu, /machine', '0')
        refused('has heads 0 to 1; start it with max_outputs=16', '--device', 'gpu', '15')
        refused('has no id', '--device', '/machine/peripheral-anon/device[0]')
        assert not os.path.exists(f'{folder}/a.png')


def changes_heads(program, folder):
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu,max_outputs=2') \
            as (monitor, path):
        def change(*words):
            said = program.succeeds('--qmp', path, *words)
            text = said.removeprefix(f'head {words[1]} of gpu: ')
            listed = program.succeeds('--qmp', path, 'list').splitlines()
            line = f'  head {words[1]}     {text.strip()}, console {words[1]}'
            assert line in listed, (said, listed)
            return text
        for words, expected in (
                (('mode', '1', '640x480'), '640x480, not connected, "QEMU Monitor",'
                 ' decided by the operator\n'),
                (('connect', '1'), '640x480, connected, "QEMU Monitor", decided by the'
                 ' operator\n'),
                (('mode', '1', '2560x1440@143.97'), '2560x1440@143.97, connected,'
                 ' "QEMU Monitor", decided by the operator\n'),
                (('release', '1'), '2560x1440@143.97, connected, "QEMU Monitor",'
                 ' decided by the client\n'),
                (('disconnect', '0', '--until-client'), '1280x800, not connected,'
                 ' "QEMU Monitor", decided by the client\n')):
            text = change(*words)
            assert text == expected, text
        heads = devices(program.succeeds('--qmp', path, 'list', '--json'))[0]['heads']
        theirs = monitor.command('qom-get', path='/machine/peripheral/gpu',
                                 property='outputs')
        assert heads == [{'head': head, 'console': head, **members}
                         for head, members in enumerate(theirs)], heads
        for words, why in ((('connect', '2'), 'has heads 0 to 1'),
                           (('mode', '1', '99999x1'), 'a whole number from 1 to'),
                           (('mode', '1', '640x480@5'), 'it takes 10 to 500 Hz'),
                           (('mode', '1', '30000x30000'), 'has no memory')):
            program.fails(REFUSED, why, '--qmp', path, *words)


def tells_figures(program, folder):
    with program.vm(folder, *TWO_GPUS) as (monitor, path):
        first, second = devices(program.succeeds('--qmp', path, 'stats', '--json'))
        assert (first['id'], first['renderer'], second['id']) == \
            ('gpu', '2d: pixman', None), first
        assert first['statistics'] == monitor.command(
            'qom-get', path=first['path'], property='statistics'), first
        text = program.succeeds('--qmp', path, '--device', 'gpu', 'stats')
        for line in ('gpu (virtio-gpu-pci)', '  renderer  2d: pixman',
                     '  requests  ctrl 0, cursor 0, of them refused 0',
                     '  in work   ctrl 0, cursor 0',
                     '  memory    guest\'s 0 B of 272.0 MiB, its pixels 0 B of 256.0 MiB,'
                     ' renderer\'s 0 B of 4.0 GiB, frames\' 0 B',
                     '  objects   0 of 1024 contexts, 0 of 65536 resources',
                     '  errors    command 0, renderer 0',
                     '  watchdog  command 0, fence 0, thread 0'):
            assert line in text.splitlines(), text
        shows_every_figure(program, first['statistics'])


def shows_every_figure(program, statistics):
    """At once and by the second; "info" is what the line of the renderer says."""
    sys.path.insert(0, program.path)
    import figures, stats                               # noqa: E401

    class Asked(figures.Figures):
        names = set()

        def _samples(self, name, labels):
            self.names.add(name)
            return super()._samples(name, labels)

    for before in (None, figures.Figures(statistics, 'QEMU')):
        Asked.names.clear()
        for _ in stats.View(Asked(statistics, 'QEMU'), before, 1).rows():
            pass
        left = set(statistics) - Asked.names
        assert left == {'info'}, left
        # Of these there are samples only of what came up.
        unknown = Asked.names - set(statistics)
        assert unknown <= {'requests_total', 'execute_seconds'}, unknown


def tells_profile(program, folder):
    with program.vm(folder, '-device',
                    'virtio-vga,id=gpu,profile=kiosk,max_contexts=24') as (_, path):
        said = 'kiosk: built in, but max_contexts=24'
        for command in ('list', 'stats'):
            found, = devices(program.succeeds('--qmp', path, command, '--json'))
            assert found['profile'] == said, found
            text = program.succeeds('--qmp', path, command)
            assert re.search(f'^  profile +{said}$', text, re.MULTILINE), text


def watches(program, folder):
    """Until it is interrupted; until the reader has gone; until QEMU has."""
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu') as (monitor, path):
        def watch(*more):
            return program.start('--qmp', path, 'stats', '--watch=0.1', *more)
        process = watch()
        for line in process.stdout:
            if 'requests' in line and '/s' in line:
                break
        process.send_signal(signal.SIGINT)
        assert program.end(process)[0] == 0
        process = watch('--json')
        for _ in range(3):
            assert devices(process.stdout.readline())[0]['id'] == 'gpu'
        process.stdout.close()
        process.stdout = None
        assert process.wait(PATIENCE_S) == 0 and not process.stderr.read()
        process = watch('--json')
        process.stdout.readline()
        monitor.command('quit')
        status, _, errors = program.end(process)
        assert status == LOST and 'see whether QEMU still runs' in errors, errors


def one_at_a_time(program, folder):
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu') as (monitor, path):
        process = program.start('--qmp', path, 'stats', '--watch=0.1', '--json')
        process.stdout.readline()
        program.fails(LOST, 'serves one program at a time', '--qmp', path, 'list',
                      '--timeout=0.3')
        process.send_signal(signal.SIGINT)
        program.end(process)
        os.kill(monitor.process.pid, signal.SIGSTOP)
        program.fails(LOST, 'did not greet in 0.3 s', '--qmp', path, 'list',
                      '--timeout=0.3')
        os.kill(monitor.process.pid, signal.SIGCONT)
        program.succeeds('--qmp', path, 'list')


def without_rights(program, folder):
    if os.geteuid() != 0:
        raise Skip('this is no root')
    copy = shutil.copy(program.path, f'{folder}/qemu-virtio-gpu-ctl')
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu') as (_, path):
        os.chmod(folder, 0o755)
        os.chmod(path, 0o600)
        # By its own first line, as the tests' Python may be root's.
        Program(copy, None, None).fails(
            LOST, 'ask as the user that runs QEMU', '--qmp', path, 'list', user=NOBODY,
            group=NOBODY, extra_groups=[], cwd='/', env={})


CASES = (lists, lists_one, finds_none, finds_that_of_vga, loads_nothing, knows_stock,
         shows_viewers, takes_screenshots, of_another_user, writes_as_told, refuses_heads,
         changes_heads, tells_figures, tells_profile, watches, one_at_a_time, without_rights)
