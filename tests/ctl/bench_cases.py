# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-bench with programs that only say that they draw, and
qemu-virtio-gpu-ctl bench with a guest agent that runs it here."""
import base64
import contextlib
import copy
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

import fake_qemu
from program import CONTROL, LOST, REFUSED, USAGE, Program, read

HERE = os.path.dirname(os.path.abspath(__file__))
VIRSH = f'{HERE}/virsh'
WORSE = 4
FAILED = 1
SCENES = ('build', 'texture', 'shading', 'bump', 'effect2d', 'jellyfish', 'shadow')
GLMARK2 = '''#!/bin/sh
echo "    GL_RENDERER:    virgl (fake)
    GL_VERSION:     OpenGL ES 3.2 fake
    Surface Size:   800x600 windowed"
for word; do case $word in *:duration=*)
    echo "[${word%%:*}] duration=1: FPS: 9 FrameTime: ${FAKE_MS:-10.0} ms"
esac; done
'''
GEARS = '''#!/bin/sh
for i in 1 2 3; do echo "100 frames in 2.0 seconds = 50.000 FPS"; sleep 0.1; done
exec sleep 60
'''
SHORT = ('--rounds=2', '--seconds=2')


def guest(program):
    return Program(os.path.join(os.path.dirname(program.path), 'qemu-virtio-gpu-bench'),
                   program.qemu)


def environment(folder, glmark2=GLMARK2, gears=GEARS, **more):
    """Of a guest where these are installed, on a screen that nobody looks at."""
    place = f'{folder}/bin'
    os.makedirs(place, exist_ok=True)
    # What this machine has installed besides is not there.
    for name, path in (('python3', sys.executable), ('sh', '/bin/sh'),
                       ('sleep', shutil.which('sleep'))):
        with contextlib.suppress(FileExistsError):
            os.symlink(path, f'{place}/{name}')
    for name, text in (('glmark2-es2', glmark2), ('glxgears', gears)):
        path = f'{place}/{name}'
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        if text:
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            os.chmod(path, 0o755)
    return {'PATH': place, 'DISPLAY': 'fake:0', **more}


def measures(program, folder):
    env, path = environment(folder), f'{folder}/report.json'
    text = guest(program).succeeds(*SHORT, '--json', path, env=env)
    for line in ('glmark2 build                 100      100      100  frames/s',
                 'glmark2, geometric mean       100      100      100  frames/s',
                 'glxgears                       50       50       50  frames/s',
                 '  drawn by   virgl (fake)', '  drawn on   a window (X11)',
                 '  size       800x600 windowed'):
        assert line in text.splitlines(), f'no "{line}" in {text}'
    found = json.loads(read(path))
    assert found['schema'] == 1 and not found['missing'], found
    assert found['figures']['glmark2 shadow'] == \
        {'unit': 'frames/s', 'values': [100.0, 100.0]}, found
    assert json.loads(guest(program).succeeds(
        *SHORT, '--only=build', '--json=-', env=env))['figures'] == \
        {'glmark2 build': found['figures']['glmark2 build']}


def writes_what_is_there(program, folder):
    """A pipe, and behind a link; what cannot be written is found before measuring."""
    bench, env = guest(program), environment(folder)
    once = ('--rounds=1', '--seconds=2', '--only=build', '--json')
    pipe, link, path = (f'{folder}/{name}' for name in ('pipe', 'link', 'report.json'))
    os.mkfifo(pipe)
    with subprocess.Popen(['cat', pipe], stdout=subprocess.PIPE) as reader:
        try:
            bench.succeeds(*once, pipe, env=env)
            assert stat.S_ISFIFO(os.stat(pipe).st_mode), 'the pipe was replaced'
            assert json.loads(reader.stdout.read())['schema'] == 1
        finally:
            reader.kill()
    os.symlink(path, link)
    os.symlink(f'{folder}/planted', f'{path}.part')
    bench.succeeds(*once, link, env=env)
    assert os.path.islink(link) and json.loads(read(path))['schema'] == 1
    assert not os.path.exists(f'{folder}/planted')
    for name, words in ((f'{folder}/none/a', 'No such file or directory'),
                        (folder, 'Is a directory')):
        bench.fails(FAILED, f'cannot be written: {words}; name another', *once, name,
                    env=environment(folder, glmark2=None))


def compares(program, folder):
    bench, path = guest(program), f'{folder}/base.json'
    env = environment(folder)
    bench.succeeds(*SHORT, '--json', path, env=env)
    against = (*SHORT, '--baseline', path, '--tolerance=10')
    text = bench.succeeds(*against, env=env)
    assert '1.00 (1.00 to 1.00)' in text and 'Not alike' not in text, text
    # 5 % slower are within it; 25 % are not, and all scenes with their mean are told.
    bench.succeeds(*against, env={**env, 'FAKE_MS': '10.5'})
    slow = {**env, 'FAKE_MS': '12.5'}
    bench.fails(WORSE, 'glmark2 build is 0.80 (0.80 to 0.80) times the baseline, and 7'
                ' more', *against, env=slow)
    bench.succeeds(*SHORT, '--baseline', path, env=slow)
    # What somebody uninstalled is not passed over; what was not asked for is.
    bench.fails(WORSE, 'glxgears was not measured, and the baseline has it', *against,
                env=environment(folder, gears=None))
    text = bench.succeeds(*against, '--only=build', env=env)
    assert 'Not alike: scenes was "build, texture,' in text, text


def says_what_is_missing(program, folder):
    bench = guest(program)
    text = bench.succeeds(*SHORT, env=environment(folder, gears=None))
    assert ('glxgears                 not measured: glxgears is not installed;'
            ' apt-get install mesa-utils') in text, text
    few = GLMARK2.replace('*:duration=*)', 'build:duration=*)')
    text = bench.succeeds(*SHORT, env=environment(folder, glmark2=few))
    assert 'glmark2 shadow           not measured: glmark2 does not support' in text
    assert 'geometric mean' not in text, text
    for glmark2, gears, words in (
            (None, GEARS, 'apt-get install glmark2-es2-x11'),
            ('#!/bin/sh\n', GEARS, 'it showed no rate; see what "glmark2-es2" says'),
            (GLMARK2 + 'echo "Error: no \x1b[2J screen"', GEARS, 'no  [2J screen')):
        bench.fails(FAILED, words, *SHORT, env=environment(folder, glmark2, gears))
    # Scenes that were drawn are not lost over it.
    text = bench.succeeds(*SHORT, env=environment(
        folder, gears='#!/bin/sh\necho "no \x1b[2J display"'))
    assert 'glmark2 build                 100      100' in text, text
    assert ('glxgears                 not measured: glxgears said no rate on a window'
            ' (X11): no  [2J display') in text, text


def wrong_usage_of_bench(program, folder):
    for arguments in (('x',), ('--rounds=0',), ('--rounds=\u0661',), ('--rounds=101',),
                      ('--rounds=0000000019999',),
                      ('--seconds=0',), ('--seconds=1.5',), ('--only=teapot',),
                      ('--tolerance=5',), ('--baseline=a', '--tolerance=100')):
        guest(program).fails(USAGE, '--help" says more', *arguments)
    agent, where = f'--agent={folder}/agent', f'--qmp={folder}/qmp'
    for arguments in ((where,), (agent, '--domain=x'), (where, agent, '--rounds=x'),
                      (where, agent, '--tolerance=1')):
        program.fails(USAGE, '--help" says more', 'bench', *arguments)


def refuses_baselines(program, folder):
    bench, env, path = guest(program), environment(folder), f'{folder}/base.json'
    bench.succeeds(*SHORT, '--json', path, env=env)
    good = json.loads(read(path))

    def has(words, data, status=FAILED):
        with open(path, 'w', encoding='utf-8') as file:
            file.write(data if isinstance(data, str) else json.dumps(data))
        bench.fails(status, words, *SHORT, '--baseline', path, env=env)
    for data in ('', 'x', '[' * 100000, '[1]', '{}', '{"schema"', '\x00\x1b[2J'):
        has('has no report in it; name a file that --json wrote', data)
    has('another version, 2 where 1 is understood', {**good, 'schema': 2})
    for change in ({'made': 7}, {'made': '\x1b[2J'}, {'seconds': None}, {'facts': []},
                   {'facts': {'a': 1}}, {'facts': {'\x1b': 'a'}}, {'missing': None},
                   {'facts': {'a': 'b' * 999}}, {'figures': []}, {'figures': {'a': 1}},
                   {'figures': {'a': {'unit': 'ms'}}},
                   {'figures': {'\n': {'unit': 'ms', 'values': [1]}}},
                   *({'figures': {'a': {'unit': 'ms', 'values': values}}} for values in
                     ([], ['1'], [-1], [True], [None], [float('nan')], [float('inf')],
                      [1] * 999, 7))):
        has('that somebody changed or cut short; measure it again', {**good, **change})
    for name, words in ((folder, 'Is a directory; name a file that --json wrote'),
                        (f'{folder}/none', 'No such file or directory; name a file')):
        bench.fails(FAILED, words, *SHORT, '--baseline', name, env=env)


class Here:
    """A guest agent whose guest is this machine."""

    def __init__(self, env, change=None):
        self.env = env
        self.change = change or (lambda command, answer: answer)

        self.done = None

    def __call__(self, talk):
        # The byte that begins a session is no text.
        for line in talk.connection.makefile('r', encoding='utf-8', errors='ignore'):
            request = json.loads(line)
            command, asked = request['execute'], request['arguments']
            if command == 'guest-sync-delimited':
                talk.send(b'{"return": 1}\n\xff' + json.dumps(
                    {'return': asked['id']}).encode() + b'\n')
                continue
            if command == 'guest-exec':
                self.done = subprocess.run(
                    [asked['path'], *asked['arg']], env=self.env, check=False,
                    input=base64.b64decode(asked['input-data']), capture_output=True)
                answer = {'pid': 7}
            else:
                answer = {'exited': True, 'exitcode': self.done.returncode, **{
                    name: base64.b64encode(data).decode() for name, data in
                    (('out-data', self.done.stdout), ('err-data', self.done.stderr))}}
            answer = self.change(command, answer)
            talk.send({'return': answer} if 'error' not in answer else answer)


def growing():
    """A QEMU whose figures are higher at each look: 20 requests of 2 ms in 10 s."""
    figures = copy.deepcopy(fake_qemu.STATISTICS)

    def behave(talk):
        talk.greet()
        while True:
            request = talk.hear()
            asked = request.get('arguments', {})
            answer = {'query-version': {'qemu': {'major': 10, 'minor': 0, 'micro': 2},
                                        'package': 'fake'},
                      'query-kvm': {'enabled': True, 'present': True}}.get(
                          request['execute']) or fake_qemu.healthy(request)
            if asked.get('property') == 'statistics':
                answer = copy.deepcopy(figures)
                ctrl = figures['queue_latency_seconds'][0]
                ctrl['count'] += 20
                ctrl['sum'] += 0.04
                ctrl['buckets'][1]['count'] += 20
                figures['busy_seconds_total'] += 0.001
            talk.answer(request, answer)
    return behave


@contextlib.contextmanager
def together(folder, agent):
    with tempfile.TemporaryDirectory(dir=folder) as place, \
            fake_qemu.FakeQemu(f'{place}/qmp', growing()), \
            fake_qemu.FakeQemu(f'{place}/agent', agent):
        yield ('--qmp', f'{place}/qmp', 'bench', f'--agent={place}/agent', *SHORT)


def drives_the_guest(program, folder):
    path = f'{folder}/base.json'
    with together(folder, Here(environment(folder))) as command:
        text = program.succeeds(*command, '--json', path)
        for line in ('  device     gpu (virtio-gpu-pci), 2d: pixman',
                     '  host       QEMU 10.0.2 fake, KVM',
                     'glmark2 build                 100      100      100  frames/s',
                     'queue ctrl, mean                2        2        2  ms',
                     'queue ctrl, half                3        3        3  ms at most'):
            assert line in text.splitlines(), f'no "{line}" in {text}'
        assert 'queue cursor' not in text, 'none was sent'
    changed = json.loads(read(path))
    figures = changed['figures']
    # Then somebody moved the mouse, and something was waited for.
    figures['queue cursor, mean'] = figures['fences, mean'] = {
        **figures['queue ctrl, mean'], 'values': [0.1, 0.1]}

    def keep():
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(changed, file)
    keep()
    with together(folder, Here(environment(folder))) as command:
        program.succeeds(*command, '--baseline', path, '--tolerance=20')
    figures['queue ctrl, mean']['values'] = [1.0, 1.1]
    keep()
    with together(folder, Here(environment(folder))) as command:
        program.fails(WORSE, 'queue ctrl, mean is 1.90 (1.82 to 2.00) times the'
                      ' baseline; more than 20 % are worse', *command, '--baseline',
                      path, '--tolerance=20')


def by_virsh(folder, command, mode='works'):
    """The same as words and environment, for the domain that the stand-in has."""
    shutil.copy(VIRSH, f'{folder}/bin/virsh')
    _, qmp, bench, agent, *options = command
    return ('--domain=desktop', bench, *options), {
        'PATH': f'{folder}/bin', 'VIRSH': mode, 'VIRSH_QMP': qmp,
        'VIRSH_AGENT': agent.partition('=')[2]}


def drives_it_by_virsh(program, folder):
    with together(folder, Here(environment(folder))) as command:
        words, env = by_virsh(folder, command)
        text = program.succeeds(*words, env=env)
        assert 'glxgears' in text and 'queue ctrl, mean' in text, text
        words, env = by_virsh(folder, command, 'no-agent')
        program.fails(LOST, 'agent is not configured; give the domain a channel'
                      ' org.qemu.guest_agent.0 and start qemu-guest-agent', *words,
                      env=env)


def fails_both_ways(program, folder, command, words):
    """By the agent's socket and through libvirt."""
    program.fails(REFUSED, words, *command)
    command, env = by_virsh(folder, command)
    program.fails(REFUSED, words, *command, env=env)


def hears_of_the_guest(program, folder):
    """What the program there says, and an agent that will not."""
    with together(folder, Here(environment(folder, gears=None))) as command:
        text = program.succeeds(*command, '--only=gears')
        assert 'glxgears                 not measured: glxgears is not' in text, text
    with together(folder, Here(environment(folder, glmark2=None))) as command:
        fails_both_ways(program, folder, command, 'in the guest, qemu-virtio-gpu-bench:'
                        ' glmark2-es2 is not installed; apt-get install')
    for error in ('The command guest-exec has been disabled for this instance',
                  'Failed to execute child process \u201cpython3\u201d'):
        refuse = Here({}, lambda command, answer, error=error: {
            'error': {'class': 'GenericError', 'desc': error}})
        with together(folder, refuse) as command:
            fails_both_ways(program, folder, command, f'python3: {error}; install python3'
                            ' in the guest and allow it guest-exec, or run'
                            ' qemu-virtio-gpu-bench')
    for behave, words in (
            (fake_qemu.says_nothing, 'did not answer in 0.5 s; start qemu-guest-agent'),
            (fake_qemu.only_stale_answers, 'did not answer in 0.5 s; start'),
            (lambda talk: talk.connection.recv(4096), 'closed the connection'),
            (fake_qemu.sends(b'HTTP/1.1 400\r\n\r\n'), 'does not speak QMP as a guest'
             ' agent does: it sent "HTTP/1.1 400"; name the socket of the port')):
        with together(folder, behave) as command:
            program.fails(LOST, words, *command, '--timeout=0.5')


def says_which_socket(program, folder):
    """An agent's socket is not called a monitor's."""
    with open(f'{folder}/file', 'wb'):
        pass
    with fake_qemu.FakeQemu(f'{folder}/qmp', growing()), \
            socket.socket(socket.AF_UNIX) as held, \
            socket.socket(socket.AF_UNIX) as other:
        held.bind(f'{folder}/held')
        held.listen(0)
        other.connect(f'{folder}/held')
        for name, words in (
                ('none', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'),
                ('file', "its QEMU has ended; name the port's chardev of one that"),
                ('held', '0.5 s; it serves one program at a time, so end the other')):
            program.fails(LOST, words, '--qmp', f'{folder}/qmp', '--timeout=0.5',
                          'bench', f'--agent={folder}/{name}')


ONE = {'schema': 1, 'made': 'now', 'seconds': 2, 'facts': {}, 'missing': {},
       'figures': {'a': {'unit': 'ms', 'values': [1]}}}
HOSTILE = (None, 7, [], {}, {'pid': 'x'}, {'pid': None}, {'exited': 1},
           {'exited': True}, {'exited': True, 'exitcode': [7]},
           {'exited': True, 'exitcode': 0, 'out-data': 7},
           {'exited': True, 'exitcode': 0, 'out-data': '\x1b'},
           {'exited': True, 'exitcode': 1, 'err-data': 'G1syShtd'},
           *({'exited': True, 'exitcode': 0, 'out-data': base64.b64encode(
               json.dumps({**ONE, **change}).encode()).decode()} for change in (
                   {'figures': {}}, {'figures': {'a': {'unit': 'ms', 'values': [1, 2]}}},
                   {'facts': {'device': '\x1b[2J'}}, {'facts': {'x': 'y' * 9999}},
                   {'figures': {f'a{i}': {'unit': 'ms', 'values': [1]}
                                for i in range(999)}})))


def every_answer_of_the_guest_wrong(program, _folder):
    sys.path.insert(0, program.path)
    import agent, bench, device, qmp, report            # noqa: E401

    class Wrong(agent.Agent):
        who = 'hostile'

        def __init__(self, at, value):
            self.answers = [{'pid': 7}, value] if at else [value]

        def execute(self, *_, **__):
            return self.answers.pop(0)

    class Asked:
        rounds, seconds, only = 1, 2, None

    for at in (0, 1):
        for value in HOSTILE:
            if at and isinstance(value, dict) and value.get('exited') is not True:
                continue        # it goes on, which is no wrong answer
            try:
                found = bench._one_round(Wrong(at, value), Asked)
            except (qmp.Lost, qmp.Refused, device.Missing, report.Wrong) as error:
                assert not CONTROL.search(str(error)), ascii(str(error))
                continue
            assert not found['figures'] or \
                len(found['figures']['a']['values']) == 2, found


CASES = (measures, writes_what_is_there, compares, says_what_is_missing,
         wrong_usage_of_bench, refuses_baselines, drives_the_guest, drives_it_by_virsh,
         hears_of_the_guest, says_which_socket, every_answer_of_the_guest_wrong)
