# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU with the benchmark's guest: one process, its serial port, its QMP."""
import array
import json
import os
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time
from collections import namedtuple

import rings
import viewer
import watcher
from sample import Failed, wishes

ANSWER_S = 120
START_S = 20
QMP_PAUSE_S = 0.001
# QEMU 10.0 ends itself where KVM offers the bits of MSR 0x10a and does not let
# them be set, as in some virtual machines.
CPU = 'max,-arch-capabilities'
EVENT = re.compile(r'^\d+@([\d.]+):(\w+)', re.M)
VALUE = re.compile(r'(\w+)=0x([0-9a-f]+)')


# Of QEMU's trace, in seconds of time.perf_counter().
Event = namedtuple('Event', 'seconds name')


class Refused(Failed):
    """The device refuses what others do."""


def processors():
    """One for the vCPU and the others; nothing where there are not two."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[:1], usable[1:]) if len(usable) > 1 else ()


def _all_descriptors():
    """The stock device holds one for each resource."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def thread_ns(process, thread):
    """CPU time of a thread."""
    path = f'/proc/{process}/task/{thread}/schedstat'
    with open(path, encoding='utf-8') as f:
        return int(f.read().split()[0])


def gl_setting(setup, modules, needs):
    """
    Device, display and environment.  Without a GPU the stock device has 3D by
    one accident only: Mesa's GBM takes any character device for a GPU and falls
    back to its software renderer.
    """
    if not needs.get('gl'):
        return setup.device, 'none', {}
    device = setup.device.replace('virtio-gpu-pci', 'virtio-gpu-gl-pci')
    if modules == setup.modules['ours']:
        return device, 'none', {}
    return (device, 'egl-headless,rendernode=/dev/null',
            {'GBM_ALWAYS_SOFTWARE': '1'})


class Line:
    """One end of a socket pair whose other end QEMU inherits."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.buffer = b''

    def read(self, end, timeout):
        """What comes up to and with the bytes @end."""
        self.ours.settimeout(timeout)
        while end not in self.buffer:
            got = self.ours.recv(4096)
            if not got:
                raise Failed('QEMU ended')
            self.buffer += got
        text, _, self.buffer = self.buffer.partition(end)
        return text.decode()

    def write(self, text, *fds):
        if fds:
            socket.send_fds(self.ours, [text.encode()], list(fds))
        else:
            self.ours.sendall(text.encode())

    def close(self):
        self.ours.close()


class Guest:
    """A running guest.  A context manager: leaving it ends QEMU."""

    def __init__(self, setup, modules, group=None):
        """
        @setup has qemu, accel, image and device; @modules is a folder; the
        guest is as @group needs it.
        """
        needs = wishes(group)
        self.viewers = []
        self.modules = modules
        self.programs = setup.programs
        self.folder = tempfile.TemporaryDirectory()
        self.serial, self.qmp = Line(), Line()
        for order in needs.get('orders', ()):
            self.serial.write(order + '\n')
        self.log = tempfile.TemporaryFile('w+')
        self.started = time.perf_counter()
        self.process = self._start(setup, modules, needs)
        for line in (self.serial, self.qmp):
            line.theirs.close()
        try:
            self._expect_ready(modules)
        except BaseException:
            self.end()
            raise

    def _start(self, setup, modules, needs):
        kind, display, extra = gl_setting(setup, modules, needs)
        if needs.get('preload'):
            extra['LD_PRELOAD'] = os.path.join(setup.programs,
                                               needs['preload'])
        device = ','.join(filter(None, (kind, 'id=gpu', needs.get('device'))))
        command = [
            setup.qemu, '-nodefaults', '-no-user-config', '-no-reboot',
            '-name', 'bench,debug-threads=on',
            '-display', display, '-accel', setup.accel, '-cpu', CPU,
            '-M', 'q35,memory-backend=ram', '-m', '256',
            '-object', 'memory-backend-ram,id=ram,size=256M,prealloc=on',
            '-bios', setup.image, '-device', device]
        command += self._servers(needs)
        if needs.get('trace'):
            command += ['-D', f'{self.folder.name}/trace', '-msg', 'timestamp=on']
            for event in needs['trace']:
                command += ['-trace', event]
        for name, line in (('serial', self.serial), ('qmp', self.qmp)):
            fd = line.theirs.fileno()
            command += ['-chardev', f'socket,id={name},fd={fd}']
        command += ['-serial', 'chardev:serial', '-mon', 'qmp,mode=control']
        fds = [l.theirs.fileno() for l in (self.serial, self.qmp)]
        return subprocess.Popen(
            command, env=dict(os.environ, QEMU_MODULE_DIR=modules, **extra),
            pass_fds=fds, preexec_fn=_all_descriptors,
            stdin=subprocess.DEVNULL, stderr=self.log)

    def _servers(self, needs):
        """Of displays; none has a port of the network."""
        client = 'vnc' if needs.get('viewer') else needs.get('client')
        if client == 'spice':
            # What comes is what was drawn, bit by bit.
            return ['-spice', f'unix=on,addr={self.folder.name}/spice,'
                    'disable-ticketing=on,image-compression=off,'
                    'streaming-video=off']
        return {'vnc': ['-vnc', 'none'],
                'dbus': ['-display', 'dbus,p2p=yes'],
                'dbus_map': ['-display', 'dbus,p2p=yes']}.get(client, [])

    def _expect_ready(self, modules):
        try:
            self.serial.read(b'ready\n', START_S)
            self.qmp.read(b'\n', START_S)
            self.execute('qmp_capabilities')
        except (OSError, Failed) as e:
            raise Failed(f'the guest does not start: {e}\n'
                         f'{self._last_words()}') from e
        with open(f'/proc/{self.process.pid}/maps', encoding='utf-8') as f:
            maps = f.read()
        expected = os.path.join(os.path.realpath(modules),
                                'hw-display-virtio-gpu.so')
        if expected not in maps:
            raise Failed(f'QEMU did not load {expected}')
        self.vcpus = {cpu['thread-id']
                      for cpu in self.execute('query-cpus-fast')}

    def pin(self):
        """
        Gives the vCPU a processor of its own.  By itself the kernel may put
        whom the vCPU wakes beside it, and then they take turns.
        """
        own, others = processors()
        for thread in os.listdir(f'/proc/{self.process.pid}/task'):
            os.sched_setaffinity(int(thread), own if int(thread) in self.vcpus
                                 else others)

    def _last_words(self):
        self.log.seek(0)
        return ''.join(self.log.readlines()[-5:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.kill()
        self.process.wait()
        for watching in self.viewers:
            watching.close()
        self.serial.close()
        self.qmp.close()
        self.log.close()
        self.folder.cleanup()

    def ask(self, line):
        """Have the guest do @line; the values of its answer, by name."""
        self.tell(line)
        return self.hear(line)

    def tell(self, line):
        """The half of ask() that does not wait."""
        self.serial.write(line + '\n')

    def hear(self, line):
        """The guest's answer to @line."""
        try:
            answer = self.serial.read(b'done\n', ANSWER_S)
        except OSError as e:
            raise Failed(f'{line!r}: no answer of the guest with '
                         f'{self.modules}; {rings.state(self)}') from e
        if 'refused' in answer:
            raise Refused(f'{line!r}: {answer.strip()}')
        if 'error:' in answer:
            raise Failed(f'{line!r}: {answer.strip()}')
        return {k: int(v, 16) for k, v in VALUE.findall(answer)}

    def execute(self, command, *fds, **arguments):
        """A QMP command, with @fds passed along; its result."""
        self.qmp.write(json.dumps({'execute': command,
                                   'arguments': arguments}) + '\n', *fds)
        while True:
            answer = json.loads(self.qmp.read(b'\n', ANSWER_S))
            if 'error' in answer:
                raise Failed(f'{command}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def _add_client(self, protocol):
        ours, theirs = socket.socketpair()
        with theirs:
            self.execute('getfd', theirs.fileno(), fdname='viewer')
            self.execute('add_client', protocol=protocol, fdname='viewer',
                         skipauth=True)
        return ours

    def watch(self):
        """A VNC viewer of the screen; it ends with the guest."""
        self.viewers.append(viewer.Viewer(self._add_client('vnc')))
        return self.viewers[-1]

    def watch_pixel(self, client, x, y):
        """Somebody who watches one pixel, by that protocol."""
        if client == 'vnc':
            watching = watcher.VncWatcher(self._add_client('vnc'), x, y)
        elif client.startswith('dbus'):
            with self._add_client('@dbus-display') as sock:
                watching = watcher.Watcher(self.programs, client,
                                           sock.fileno(), x, y)
        else:
            watching = watcher.Watcher(self.programs, 'spice',
                                       f'{self.folder.name}/spice', x, y)
        self.viewers.append(watching)
        return watching

    def read_memory(self, address, count):
        """@count numbers of 32 bits from the guest's memory."""
        with tempfile.NamedTemporaryFile() as file:
            self.execute('pmemsave', val=address, size=count * 4,
                         filename=file.name)
            return array.array('I', file.read())

    def device_property(self, name):
        """Of the inner device; None where this module has none such."""
        try:
            return self.execute('qom-get', property=name,
                                path='/machine/peripheral/gpu/virtio-backend')
        except Failed:
            return None

    def traced(self):
        """What QEMU has traced so far."""
        since = time.time() - time.perf_counter()
        with open(f'{self.folder.name}/trace', encoding='utf-8') as f:
            return [Event(float(seconds) - since, name)
                    for seconds, name in EVENT.findall(f.read())]

    def memory_kib(self):
        """Memory of QEMU, with the guest's RAM, which is all there always."""
        path = f'/proc/{self.process.pid}/smaps_rollup'
        with open(path, encoding='utf-8') as f:
            return int(re.search(r'Rss:\s*(\d+)', f.read())[1])

    def cpu_ns(self):
        """CPU time of all threads but the vCPU's."""
        return sum(thread_ns(self.process.pid, int(thread)) for thread in
                   os.listdir(f'/proc/{self.process.pid}/task')
                   if int(thread) not in self.vcpus)

    def main_ns(self):
        """CPU time of the main loop's thread."""
        return thread_ns(self.process.pid, self.process.pid)

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))


class RoundTrips:
    """Asks QMP for its status all the time while in the context."""

    def __init__(self, guest):
        self.guest = guest
        self.seconds = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.stop.is_set():
            start = time.perf_counter()
            self.guest.execute('query-status')
            self.seconds.append(time.perf_counter() - start)
            time.sleep(QMP_PAUSE_S)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
