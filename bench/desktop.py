# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A Linux guest with weston, and what its page flips cost.

The guest is that of the tests (tests/guest), built from Debian's packages when
it is not there yet. It runs under TCG: stock kernels do not boot with KVM on
every machine that measures, and the main loop does the same under both.
"""
import json
import os
import re
import socket
import sys
import time

from display import UHD_HEIGHT, UHD_WIDTH, cpu_of, flip_costs
from qemu import thread_ns
from sample import Failed, needs
from viewer import Viewer

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
sys.path += [os.path.join(ROOT, 'tests', 'guest'), os.path.join(ROOT, 'scripts', 'bench')]
import vm  # noqa: E402  pylint: disable=wrong-import-position

# A window in which a ball moves, some 20x20 pixels of change, whenever weston
# has shown the move before.
CLIENT = 'weston-simple-damage --width=48 --height=48'
SECONDS = 6
QUIET_S = 1         # nothing changed for so long: it is idle
SETTLE_S = 3        # the client's start
FLIP = 'virtio_gpu_cmd_set_scanout'


def find_image(**kind):
    """The guest's folder; built, with the network, where it is not there."""
    try:
        return vm.build_image(**kind)
    except vm.GuestError as e:
        raise Failed(str(e)) from e


def expect_modules(guest):
    """QEMU has mapped the modules that it was to have."""
    if os.path.realpath(guest.loaded_module().parent) != \
            os.path.realpath(guest.modules):
        raise Failed(f'QEMU did not load the modules of {guest.modules}')


class Desktop(vm.VM):
    """Weston on a 4K screen, and somebody who watches."""

    def __init__(self, setup, modules, work):
        device = setup.device.replace('-gpu-pci', '-vga')
        self.viewer = None
        super().__init__(
            find_image(desktop=True),
            [f'{device},xres={UHD_WIDTH},yres={UHD_HEIGHT}',
             'virtio-tablet-pci'], work, modules, setup.qemu)

    def __enter__(self):
        try:
            self.boot()
            expect_modules(self)
            self.vcpus = {cpu['thread-id']
                          for cpu in self.qmp('query-cpus-fast')}
            self.run('modprobe virtio_gpu')
            self.run('until [ -e /dev/dri/card0 ]; do sleep 0.05; done')
            self.run('desktop start')
            self.viewer = self.watch()
        except BaseException as e:
            self.end()
            raise Failed(str(e)) from e
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.close()
        if self.viewer:
            self.viewer.close()

    def watch(self):
        ours, theirs = socket.socketpair()
        request = {'execute': 'getfd', 'arguments': {'fdname': 'viewer'}}
        with theirs:
            socket.send_fds(self.monitor.sock, [json.dumps(request).encode()],
                            [theirs.fileno()])
            self._qmp_reply('getfd', vm.QMP_SECONDS)
            self.qmp('add_client', protocol='vnc', fdname='viewer',
                     skipauth=True)
        return Viewer(ours)

    def main_ns(self):
        return thread_ns(self.process.pid, self.process.pid)

    def cpu_ns(self):
        return sum(thread_ns(self.process.pid, int(thread)) for thread in
                   os.listdir(f'/proc/{self.process.pid}/task')
                   if int(thread) not in self.vcpus)

    def flips(self):
        """How many there were since trace_flips()."""
        log = (self.work / 'qemu.log').read_text()
        return len(re.findall(FLIP, log))

    def trace_flips(self):
        self.qmp('trace-event-set-state', name=FLIP, enable=True)


@needs(desktop=True, rounds=3)
def weston(desktop, machine, scale):
    """The same as the flips of the boot program, done by a real desktop."""
    seconds = max(1, SECONDS / scale)
    desktop.viewer.wait_for_quiet(QUIET_S)
    desktop.trace_flips()
    idle = cpu_of(desktop, lambda: time.sleep(seconds))
    desktop.run(f'desktop run {CLIENT}')
    time.sleep(SETTLE_S)
    desktop.viewer.drain()
    before = desktop.flips()
    busy = cpu_of(desktop, lambda: time.sleep(seconds))
    count = desktop.flips() - before
    if not count:
        raise Failed('weston does not flip')
    yield from flip_costs('weston 4K flip', count, idle, busy,
                          desktop.viewer.drain())


GROUPS = (weston,)
