# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-ctl and what is no QEMU, or went wrong; wrong usage; virsh."""
import contextlib
import copy
import os
import shutil
import subprocess
import sys

import fake_qemu
from program import CONTROL, LOST, PATIENCE_S, REFUSED, USAGE, read

HERE = os.path.dirname(os.path.abspath(__file__))
VIRSH = f'{HERE}/virsh'
COMPLETION = f'{HERE}/../../scripts/ctl/completion.bash'


def cannot_connect(program, folder):
    with open(f'{folder}/file', 'wb'):
        pass
    deep = folder + '/d' * 60
    for path, words in (('none', 'start QEMU with -qmp unix:'),
                        ('file', 'it is no socket, or its QEMU has ended'),
                        (deep, 'go to its folder and name it from there'),
                        ('file/x', 'name the Unix socket of -qmp')):
        program.fails(LOST, words, '--qmp', os.path.join(folder, path), 'list')


def wrong_usage(program, folder):
    where = ('--qmp', f'{folder}/qmp')
    for arguments in ((), ('list',), (*where, 'nothing'), (*where, '--domain=x', 'list'),
                      (*where, '--connect=x', 'list'), (*where, 'list', 'x'),
                      (*where, 'screenshot'), (*where, 'screenshot', '16', 'a.png'),
                      (*where, 'screenshot', '-1', 'a.png'),
                      (*where, 'screenshot', '000099', 'a.png'),
                      (*where, 'screenshot', '\u0661', 'a.png'),
                      (*where, 'screenshot', 'a.jpg'), (*where, '--timeout=0', 'list'),
                      (*where, '--timeout=nan', 'list'), (*where, 'stats', '--watch=x'),
                      (*where, 'stats', '--watch=1e9'), (*where, 'connect'),
                      (*where, 'mode', '0'), (*where, 'mode', '0', '640'),
                      (*where, 'mode', '0', '640x480@'), (*where, 'mode', '0', '-1x9'),
                      (*where, 'mode', '0', '640x480x'), (*where, 'release', 'a'),
                      (*where, 'release', '0', '--until-client')):
        program.fails(USAGE, '--help" says more', *arguments)


def completes(_program, folder):
    def words(*line):
        script = (f'. "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
                  ' _qemu_virtio_gpu_ctl; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script, 'bash', 'ctl', *line], text=True,
                              check=True, capture_output=True, cwd=folder)
        assert not done.stderr, done.stderr
        return set(done.stdout.split())
    with open(f'{folder}/a.png', 'wb'), open(f'{folder}/b.txt', 'wb'):
        pass
    assert words('b') == {'bench'}, words('b')
    assert words('bench', '--r') == {'--rounds'}, words('bench', '--r')
    assert words('s') == {'screenshot', 'stats'}, words('s')
    assert words('mode', '1', '--u') == {'--until-client'}
    assert {'--qmp', '--device'} <= words('--'), words('--')
    assert words('--qmp', '') == {'a.png', 'b.txt'}, words('--qmp', '')
    assert words('--qmp', 'x', 'screenshot', '0', 'a') == {'a.png'}
    assert words('--qmp', 'x', 'stats', '--w') == {'--watch'}
    assert words('bench', '--json', '') == {'a.png', 'b.txt'}
    assert 'a.png' not in words('stats', '--json', '')


FIGURES = """\
gpu (virtio-gpu-pci)
  renderer  2d: pixman
  requests  ctrl 100, cursor 7, of them refused 10
  in work   ctrl 3, cursor 0
  latency   ctrl 0.256 ms / over 17 s, cursor - / - (half / 99 % at most)
  thread    busy 1.5 s, renderer 1 s, pictures 0 s
  command   decoded in 0.002 ms, executed in 1 ms (mean of every 64th)
  fences    2 waiting, the oldest for 250 ms; waits 2 ms / 1e+03 ms
  frames    flushed 90, read 0, shared 0, lent 0, merged 20, presented 60
  dropped   unseen 10
  copied    to the host 5.0 GiB, from it 0 B
  3D        streams 0 B, read back 0 B
  memory    guest's 3.0 MiB of 256.0 MiB, its pixels 0 B of 0 B, renderer's 0 B of 0 B, frames' 4.0 KiB
  objects   1 of 64 contexts, 12 of 100 resources
  errors    command 3, renderer 1
  watchdog  command 1, fence 0
  resets    5
"""


def sums_up(program, folder):
    with fake_qemu.FakeQemu(f'{folder}/qmp', fake_qemu.noisy):
        text = program.succeeds('--qmp', f'{folder}/qmp', 'stats')
        assert text == FIGURES, text


def says_how_much_more(program, _folder):
    """From one look to the next, 2 s later."""
    sys.path.insert(0, program.path)
    import figures, stats                               # noqa: E401
    later = copy.deepcopy(fake_qemu.STATISTICS)
    later['requests_total'][0]['value'] += 40
    later['queue_latency_seconds'][0]['buckets'][1]['count'] += 40
    later['busy_seconds_total'] += 0.5
    later['execute_seconds'][1].update(count=3, sum=0.007)
    later['transfer_bytes_total'][0]['value'] += 4 << 20
    rows = dict(stats.View(figures.Figures(later, ''),
                           figures.Figures(fake_qemu.STATISTICS, ''), 2).rows())
    assert rows['requests'] == 'ctrl 140 (20/s), cursor 7 (0/s), of them refused 10', rows
    assert rows['latency'].startswith('ctrl 3 ms / 3 ms, cursor - / -'), rows
    assert rows['thread'] == \
        'busy 25.0%, renderer 0.0%, pictures 0.0% of a processor', rows
    assert 'executed in 2 ms' in rows['command'], rows
    assert rows['copied'].startswith('to the host 5.0 GiB (2.0 MiB/s)'), rows


JUNK = (None, True, -1, 1 << 70, 1.5, '', '\x1b[2J', [], {}, [None], [[]], [{}],
        [{'name': 1, 'type': []}], {'fd': 'x', 'fdset-id': 0}, {'fd': 0},
        {'fences': -1}, {'fences': 'x\x1b'}, {'requests_total': [{'queue': 'ctrl'}]},
        {'queue_latency_seconds': [{'queue': 'ctrl', 'buckets': [{'le': 'x'}]}]},
        [{**fake_qemu.HEAD, 'name': '\x1b'}], [{**fake_qemu.HEAD, 'refresh': '1'}],
        {'channels': 7}, {'channels': [7]}, [{'clients': {}}], [{'clients': [0]}])


def every_answer_wrong(program, _folder):
    """One after the other, in a session that is right otherwise."""
    sys.path.insert(0, program.path)
    import device, listing, outputs, qmp, screenshot, stats     # noqa: E401

    class Hostile(qmp.Monitor):
        who = 'hostile'

        def __init__(self, wrong_at, value):
            self.left, self.value = wrong_at, value

        def _ask(self, command, arguments, _descriptors):
            self.left -= 1
            if self.left == -1:
                return {'return': self.value}
            return {'return': fake_qemu.healthy({'execute': command,
                                                 'arguments': arguments})}

    def lists(monitor):
        for found in listing.read(monitor, device.find(monitor)):
            yield from listing.lines(found)

    def tells(monitor):
        devices = device.find(monitor)
        yield from stats.Look(devices).lines(stats.Look(devices))

    def shoots(monitor):
        screenshot.take(device.find(monitor)[0], 0)
        yield ''

    def changes(monitor):
        yield outputs.describe(outputs.change(device.find(monitor)[0], 0, {}))

    for run in (lists, tells, shoots, changes):
        wrong_at = 0
        while True:
            for value in JUNK:
                monitor = Hostile(wrong_at, value)
                with contextlib.suppress(qmp.Lost, qmp.Refused, device.Missing):
                    text = '\n'.join(run(monitor))
                    assert not CONTROL.search(text), ascii(text)
            if monitor.left >= 0:
                break
            wrong_at += 1
        assert wrong_at > 3, f'{run.__name__} asked only {wrong_at} times'


# What is waited for in vain is not waited for long.
WAITS = {
    'says nothing': (fake_qemu.says_nothing, 'did not greet in 0.5 s'),
    'never answers': (fake_qemu.never_answers, 'did not answer "qom-list" in 0.5 s'),
    'has only events': (fake_qemu.only_events, 'did not answer "qom-list" in 0.5 s'),
    'is too slow': (fake_qemu.byte_by_byte, 'did not answer "qom-list" in 0.5 s'),
}
WRONG = {
    'hangs up': (fake_qemu.hangs_up, 'closed the connection'),
    'speaks HTTP': (fake_qemu.sends(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
                    'does not speak QMP: it sent "HTTP/1.1 400 Bad Request"'),
    'sends bytes': (fake_qemu.sends(bytes(range(256)) * 64), 'does not speak QMP'),
    'sends escapes': (fake_qemu.sends(b'\x1b]0;me\x07\x1b[2J\n'), 'does not speak QMP'),
    'sends a list': (fake_qemu.sends(b'[1]\n'), 'does not speak QMP'),
    'greets otherwise': (fake_qemu.sends({'QGA': {}}), 'does not greet as QEMU does'),
    'nests': (fake_qemu.sends(b'[' * 100000 + b'\n'), 'does not speak QMP'),
    'never ends': (fake_qemu.endless, 'more than 16 MiB'),
    'hangs up in an answer': (fake_qemu.hangs_up_in_answer, 'closed the connection'),
    'answers a number': (fake_qemu.answers(b'7\n'), 'does not speak QMP'),
    'answers nothing': (fake_qemu.answers(lambda asked: {'id': asked['id']}),
                        'neither a result nor an error'),
    'refuses badly': (fake_qemu.answers(lambda asked: {'error': 7, 'id': asked['id']}),
                      'neither a result nor an error'),
    'is of another mind': (fake_qemu.answers({'error': {'desc': 'no\x1b[2J\n' * 99}}),
                           'no [2J'),
}


def wrong_peer(program, folder, behave, words, timeout=PATIENCE_S):
    with fake_qemu.FakeQemu(f'{folder}/qmp', behave):
        status, _, errors = program.run('--qmp', f'{folder}/qmp', 'list',
                                        f'--timeout={timeout}')
        assert status in (REFUSED, LOST) and words in errors, errors


def hears_through_noise(program, folder):
    with fake_qemu.FakeQemu(f'{folder}/qmp', fake_qemu.noisy):
        for command in ('list', 'stats'):
            assert '2d: pixman' in program.succeeds('--qmp', f'{folder}/qmp', command)
        program.fails(LOST, '0 bytes that are no whole PNG', '--qmp', f'{folder}/qmp',
                      'screenshot', f'{folder}/a.png')
        assert not os.path.exists(f'{folder}/a.png')


def by_virsh(program, folder):
    with program.vm(folder, '-device', 'virtio-gpu-pci,id=gpu') as (monitor, path):
        def env(mode):
            os.makedirs(f'{folder}/bin', exist_ok=True)
            shutil.copy(VIRSH, f'{folder}/bin/virsh')
            return {'PATH': f'{folder}/bin:/usr/bin:/bin', 'VIRSH': mode, 'VIRSH_QMP': path}
        where = ('--connect=qemu:///session', '--domain', 'desktop')
        assert 'gpu (virtio-gpu-pci)' in program.succeeds(*where, 'list',
                                                          env=env('works'))
        program.succeeds(*where, 'screenshot', f'{folder}/ours.png', env=env('works'))
        monitor.command('screendump', filename=f'{folder}/theirs', format='png')
        assert read(f'{folder}/ours.png') == read(f'{folder}/theirs')
        for mode, words in (
                ('no-domain', 'virsh: failed to get domain \'desktop\'; see "virsh list"'),
                ('hangs', 'did not answer "qom-list" for domain desktop in 1 s'),
                ('garbage', 'domain desktop does not speak QMP')):
            program.fails(LOST, words, *where, '--timeout=1', 'list', env=env(mode))
        program.fails(LOST, 'install libvirt-clients', *where, 'list',
                      env={'PATH': folder})


def peers():
    """Name and case of each wrong one."""
    for table, timeout in ((WRONG, PATIENCE_S), (WAITS, 0.5)):
        for name, (behave, words) in table.items():
            yield (f'peer-{name}'.replace(' ', '-'),
                   lambda program, folder, case=(behave, words, timeout):
                   wrong_peer(program, folder, *case))


CASES = (cannot_connect, wrong_usage, hears_through_noise, sums_up, says_how_much_more,
         every_answer_wrong, by_virsh, completes)
