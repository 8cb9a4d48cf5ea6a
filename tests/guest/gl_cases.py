# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with OpenGL in the guest, on a host without a GPU.

As in cases.py, the cases of a device run in this order in one boot. Nothing
needs a display of QEMU: "-display none" and a VNC client that comes and goes.
"""

import json
import re
import statistics

import cases
import desktop
import desktop_cases
import gl
from agent import Agent
from cases import expect
from suite import Cases
from vm import GuestError

# How libvirt starts QEMU.
SANDBOX = ("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
           "resourcecontrol=deny")
DEVICES = {
    "virtio-gpu-gl-pci": {"agent": True},
    "virtio-vga-gl in a sandbox": {"device": "virtio-vga-gl", "vga": True,
                                   "extra": SANDBOX},
    "virtio-gpu-gl-pci,blob=on,hostmem=256M,context-init=on": {"blob": True},
}
IMAGE = {"gl": True}
MEMORY_MIB = gl.MEMORY_MIB
BUSES = ()
INPUTS = ("virtio-tablet-pci", "virtio-keyboard-pci")
SIZE = (1280, 800)
FRAMES = 200

# What QEMU may say: what renders, and that a SPICE client went.
SAID = re.compile(r": info: virtio-gpu: renderer |: warning: Spice: ")
QMP_SECONDS = 2

CASES = Cases()
case = CASES.case


def arguments(_image, traits, _work):
    if "agent" in traits:
        traits["agent"] = Agent()
        return traits["agent"].arguments()
    return traits.get("extra", ())


class Run(desktop_cases.Run):
    """One boot, without anybody at its screen."""

    may_say = SAID
    expected_said = ()      # lines of QEMU's log that have to be there by now

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.build = options.modules.parent

    def note(self, what, value):
        print(f"# {what}: {value}", flush=True)

    def note_round_trips(self, what):
        times = gl.round_trips(self.vm, QMP_SECONDS)
        self.note(f"QMP round trip under {what}, ms",
                  f"median {statistics.median(times):.1f}, 99% under "
                  f"{times[len(times) * 99 // 100]:.1f}, "
                  f"longest {times[-1]:.1f}")

    def check_kernel_log(self):
        """Neither the kernel complains nor the device nor its library."""
        super().check_kernel_log()
        said = (self.vm.work / "qemu.log").read_text().splitlines()[1:]
        complaints = [line for line in said if not self.may_say.search(line)
                      and not line.endswith(self.expected_said)]
        for expected in self.expected_said:
            if not any(line.endswith(expected) for line in said):
                raise GuestError(f"QEMU's log: expected {expected}, got "
                                 + " / ".join(said[-3:]))
        if complaints:
            raise GuestError("QEMU's log: expected only what renders, got "
                             + " / ".join(complaints[:3]))

    def start_weston(self):
        renderer = gl.start_weston(self.vm, SIZE)
        expect("what weston's renderer is on", gl.DRIVER,
               renderer.partition(" ")[0])


@case("boots, and the device is the one that was asked for")
def boots(run):
    cases.boots(run)


@case("virtio_gpu binds, and is offered virgl with its capability sets")
def binds(run):
    desktop.load_driver(run.vm)
    log = "\n".join(run.new_kernel_lines())
    expect("warnings in the kernel's log", [],
           [line for line in log.splitlines() if cases.is_trouble(line)])
    for wanted in ("features: +virgl", "number of cap sets: 2",
                   "cap set 0: id 1", "cap set 1: id 2"):
        if wanted not in log:
            raise GuestError(f"the kernel's log: expected \"{wanted}\", got "
                             f"{re.findall(r'drm. (.*)', log)}")


@case("Mesa finds virgl: OpenGL 4.3 at least, OpenGL ES 3.2")
def finds_virgl(run):
    drivers = set(re.findall(r"^EGL driver name: (.*)",
                             run.vm.run("eglinfo 2>/dev/null; true"),
                             re.MULTILINE))
    if "virtio_gpu" not in drivers:
        raise GuestError("expected virtio_gpu among the drivers of eglinfo, "
                         f"got {drivers}")
    for api, least in (("gl", (4, 3)), ("gles2", (3, 2))):
        renderer, version = gl.strings(run.vm, api)
        run.note(f"OpenGL ({api})", f"{version}, {renderer}")
        expect("the driver in OpenGL's renderer", gl.DRIVER,
               renderer.partition(" ")[0])
        got = tuple(map(int, re.search(r"(\d+)\.(\d+)", version).groups()))
        if got < least:
            raise GuestError(f"expected {api} {least} at least, got {version}")


@case("kmscube draws as many frames as it was told to")
def cube_frames(run):
    rate = gl.cube_frames(run.vm, FRAMES)
    run.note("kmscube, frames a second", f"{rate:.0f}")


@case("qemu-virtio-gpu-ctl measures it by the guest agent", "agent")
def bench(run):
    agent = run.traits["agent"]
    agent.start(run.vm)
    status, said, errors = agent.bench(
        run.build / "qemu-virtio-gpu-ctl", "--only=build", "--rounds=1",
        "--seconds=2", "--json=-")
    if status:
        raise GuestError(errors)
    report = json.loads(said)
    figures = report["figures"]
    expect("who draws", gl.DRIVER, report["facts"]["drawn by"].partition(" ")[0])
    expect("what was measured and is not more than 0", [],
           [name for name in ("glmark2 build", "queue ctrl, mean", "fences, mean",
                              "requests", "device thread, busy")
            if not figures[name]["values"][0] > 0])
    run.note("glmark2 build, frames a second, and the control queue's mean, ms",
             [figures[name]["values"][0]
              for name in ("glmark2 build", "queue ctrl, mean")])


@case("T-620/kmscube is on the screen and turns; QMP goes on answering")
def cube(run):
    vm = run.vm

    def look():
        return vm.screendump("cube")

    with gl.cube(vm):
        _, first = desktop.wait_for(vm, "a cube", gl.cube_seen, look)
        expect("the size of the screen", SIZE, (first.width, first.height))
        desktop.wait_for(vm, "a cube that turns",
                         lambda picture: gl.cube_seen(picture) and
                         picture.data != first.data, look)
        with vm.vnc() as client:
            expect("a cube at a VNC client", True,
                   gl.cube_seen(client.whole()))
            desktop.wait_for_update(client)
        run.note_round_trips("kmscube")


@case("the console's text comes back when GL's picture goes")
def console(run):
    run.kms = run.vm.session("kms")
    run.font = cases.screen.Font(run.kms.ask("font"))
    run.show_console()


@case("weston draws with OpenGL, on the screen and at a VNC client")
def weston(run):
    run.start_weston()
    with run.vm.vnc() as client:
        run.wait_until_sent(client)


@case("T-620/a client draws with OpenGL in its window; QMP goes on answering")
def client_of_weston(run):
    vm = run.vm

    def look():
        return vm.screendump("client")

    desktop.run(vm, "weston-simple-egl")
    _, first = desktop.wait_for(vm, "a triangle", gl.triangle, look)
    desktop.wait_for(vm, "a triangle that turns",
                     lambda picture: gl.triangle(picture) and
                     picture.data != first.data, look)
    with vm.vnc() as client:
        client.whole()
        for _ in range(3):
            desktop.wait_for_update(client)
        run.note_round_trips("weston and its client")
        vm.run("killall weston-simple-egl")
        wait_until_still(vm)
        run.wait_until_sent(client)
    expect("a triangle after its program ended", False, gl.triangle(look()))


def wait_until_still(vm):
    """weston draws once more, when the window is gone."""
    desktop.wait_for(vm, "no triangle",
                     lambda picture: not gl.triangle(picture),
                     lambda: vm.screendump("still"))


@case("T-621/weston and a client have buffers mapped in the window", "blob")
def window(run):
    vm = run.vm
    vm.run("mountpoint -q /sys/kernel/debug || "
           "mount -t debugfs none /sys/kernel/debug")
    alone = window_bytes(vm)
    desktop.run(vm, "weston-simple-egl")
    desktop.wait_for(vm, "a triangle", gl.triangle,
                     lambda: vm.screendump("mapped"))
    both = window_bytes(vm)
    run.note("mapped by weston, and with a client, KiB",
             f"{alone >> 10}, {both >> 10}")
    if not 0 < alone < both:
        raise GuestError("expected more bytes mapped with a client than "
                         f"without, got {both} and {alone}")
    vm.run("killall weston-simple-egl")
    desktop.wait_for(vm, "the client's buffers gone",
                     lambda mapped: mapped == alone, lambda: window_bytes(vm))


def window_bytes(vm):
    table = vm.run("cat /sys/kernel/debug/dri/0/virtio-gpu-host-visible-mm")
    return int(re.search(r"total: \d+, used (\d+)", table)[1])


@case("weston ends, and nothing of it is left")
def ends(run):
    desktop.stop(run.vm)
    run.vm.run("chvt 1")
    run.show_console()
