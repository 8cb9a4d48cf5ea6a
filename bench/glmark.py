# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""glmark2 in a Linux guest on the device with 3D.

The guest is that of the tests with Mesa (tests/guest), under TCG: what it draws
is rendered by the host, at full speed.
"""
import contextlib
import math
import os
import shutil
import subprocess
import tempfile
import time

import programs
import vm
from desktop import Desktop, expect_modules, find_image
from options import SCENES
from qemu import thread_ns
from sample import Failed, FRAME_CPU, FRAMES, RATIO, TIME, Sample, needs

SIZE = '1024x768'
HEAVY = 'terrain'
SECONDS = 2
HEAVY_SECONDS = 8
CONTROL_SECONDS = 5
ASK_EVERY_S = 0.002
QMP_LIMIT_MS = 50
GLMARK = ('export PATH=/usr/bin:/bin; glmark2-es2-drm '
          + ' '.join(programs.OPTIONS['DRM']))
# Without a window its variant for DRM does not start.
OFF_SCREEN = ('export PATH=/usr/bin:/bin XDG_RUNTIME_DIR=/run/user '
              f'WAYLAND_DISPLAY=wayland-1; glmark2-es2-wayland --off-screen -s {SIZE}')
# So that the largest mode, which glmark2 takes, is this one.
EDID = '/sys/module/drm/parameters/edid_firmware'


def _rate(said, what):
    """Of the one scene in what glmark2 printed."""
    rates = list(programs.rates(said).values())
    if not rates:
        raise Failed(f'{what}: {said.strip()[-300:]}')
    return rates[0]


class GlGuest(vm.VM):
    """A Linux guest with Mesa, and a VNC viewer."""

    def __init__(self, setup, who, work):
        ours = who == 'ours'
        self.viewer = None
        super().__init__(
            find_image(gl=True), ['virtio-vga-gl,max_outputs=1'], work,
            setup.modules[who], setup.qemu, memory=1536,
            display='none' if ours else 'egl-headless,rendernode=/dev/null',
            environment={} if ours else {'GBM_ALWAYS_SOFTWARE': '1'})

    def __enter__(self):
        try:
            self.boot()
            expect_modules(self)
            self.vcpus = {cpu['thread-id']
                          for cpu in self.qmp('query-cpus-fast')}
            self.run('modprobe drm')
            self.run(f'echo edid/1024x768.bin >{EDID}')
            self.run('modprobe virtio_gpu')
            self.run('until [ -e /dev/dri/card0 ]; do sleep 0.05; done')
            self.viewer = Desktop.watch(self)
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

    def cpu_ns(self):
        return sum(thread_ns(self.process.pid, int(thread)) for thread in
                   os.listdir(f'/proc/{self.process.pid}/task')
                   if int(thread) not in self.vcpus)

    def frames(self, scene, seconds, program=GLMARK):
        """Frames a second, and milliseconds of CPU beside the vCPUs' for one."""
        before = self.cpu_ns()
        said = self.run(f'{program} -b {scene}:duration={seconds}',
                        seconds=60 + seconds)
        rate = _rate(said, f'glmark2 {scene}')
        count = max(1, rate * seconds)
        return rate, (self.cpu_ns() - before) / 1e6 / count

    def round_trips(self, seconds, running=None):
        """Milliseconds of QMP's answers for so long, or while @running."""
        spent = []
        end = time.monotonic() + seconds
        while (running.poll() is None if running else
               time.monotonic() < end):
            begun = time.perf_counter()
            self.qmp('query-status')
            spent.append((time.perf_counter() - begun) * 1e3)
            time.sleep(ASK_EVERY_S)
        return sorted(spent)


def _mean(values):
    return math.exp(sum(math.log(max(v, 1)) for v in values) / len(values))


def _percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@needs(gl_guest=True, rounds=3)
def glmark(guest, machine, scale):
    """What a person sees: scenes on the screen, a viewer beside."""
    seconds = max(1, SECONDS // scale)
    all_frames = []
    for scene in SCENES:
        rate, cpu = guest.frames(scene, seconds)
        all_frames.append(rate)
        name = scene.split(':')[0]
        yield Sample(f'glmark2 {name}', rate, FRAMES)
        yield Sample(f'glmark2 {name}, CPU', cpu, FRAME_CPU)
    yield Sample('glmark2, geometric mean', _mean(all_frames), FRAMES, 1.2)


@contextlib.contextmanager
def _busy(machine, count):
    """As many busy threads as rendering has."""
    running = [machine.spin() for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@needs(gl_guest=True, rounds=3)
def gl_qmp(guest, machine, scale):
    """Who waits while a heavy scene is rendered."""
    seconds = max(2, HEAVY_SECONDS // scale)
    with _busy(machine, 3):
        control = guest.round_trips(max(1, CONTROL_SECONDS // scale))
    guest.run(f'({GLMARK} -b {HEAVY}:duration={seconds} >/run/heavy 2>&1 '
              '</dev/null; touch /run/heavy.done) &')
    time.sleep(1)       # its start
    spent = guest.round_trips(seconds - 1)
    guest.run('until [ -e /run/heavy.done ]; do sleep 0.1; done', seconds=120)
    said = guest.run('cat /run/heavy; rm /run/heavy.done')
    yield Sample(f'glmark2 {HEAVY}', _rate(said, f'glmark2 {HEAVY}'), FRAMES)
    for what, share in (('p50', 0.5), ('p99', 0.99)):
        yield Sample(f'QMP round trip under {HEAVY}, {what}',
                     _percentile(spent, share), TIME)
        yield Sample(f'QMP round trip with three busy threads, {what}',
                     _percentile(control, share), TIME)
    yield Sample(f'QMP round trip under {HEAVY}, longest', spent[-1], TIME,
                 limit=QMP_LIMIT_MS)
    yield Sample('QMP round trip with three busy threads, longest',
                 control[-1], TIME)
    yield Sample(f'QMP p99 under {HEAVY} over p99 with three busy threads',
                 _percentile(spent, 0.99) / _percentile(control, 0.99), RATIO,
                 limit=1.5)


class Native:
    """The same scenes without a VM, under a weston that shows nothing."""

    def __enter__(self):
        for program in ('weston', 'glmark2-es2-wayland'):
            if not shutil.which(program):
                raise Failed(f'{program} is not installed')
        self.folder = tempfile.TemporaryDirectory()
        self.env = dict(os.environ, XDG_RUNTIME_DIR=self.folder.name,
                        WAYLAND_DISPLAY='wayland-bench',
                        LIBGL_ALWAYS_SOFTWARE='1')
        os.chmod(self.folder.name, 0o700)
        self.weston = subprocess.Popen(
            ['weston', '--backend=headless-backend.so',
             '--socket=wayland-bench', '--width=1024', '--height=768'],
            env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path = os.path.join(self.folder.name, 'wayland-bench')
        end = time.monotonic() + 20
        while not os.path.exists(path):
            if time.monotonic() > end or self.weston.poll() is not None:
                self.__exit__()
                raise Failed('weston does not start without a screen')
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.weston.terminate()
        self.weston.wait()
        self.folder.cleanup()

    def frames(self, scene, seconds):
        said = subprocess.run(
            ['glmark2-es2-wayland', '--off-screen', '-s', SIZE, '-b',
             f'{scene}:duration={seconds}'], env=self.env, text=True,
            capture_output=True, check=False).stdout
        return _rate(said, f'glmark2 without a VM, {scene}')


@needs(gl_guest=True, rounds=2)
def gl_hop(guest, machine, scale):
    """What the way through the device costs: nothing is shown, in neither."""
    seconds = max(1, SECONDS // scale)
    guest.run('desktop start --config=/etc/weston-gl.ini')
    inside = [guest.frames(scene, seconds, OFF_SCREEN)[0] for scene in SCENES]
    yield Sample('glmark2 off screen in the guest', _mean(inside), FRAMES)
    try:
        with Native() as native:
            outside = [native.frames(scene, seconds) for scene in SCENES]
    except Failed as e:
        print(f'glmark2 without a VM is skipped: {e}')
        return
    yield Sample('glmark2 off screen without a VM', _mean(outside), FRAMES)
    yield Sample('glmark2 off screen, guest over no VM',
                 _mean(inside) / _mean(outside), RATIO)


GROUPS = (glmark, gl_qmp, gl_hop)
