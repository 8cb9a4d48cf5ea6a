# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""OpenGL in the guest on each kind of display, and what may happen to it.

The cases of gl_cases.py and more, which take too long for every run.
"""

import os
import re

import cases
import desktop
import gl
import gl_cases
import spice
import viewer
import watcher
from cases import expect
from gl_cases import IMAGE, INPUTS, MEMORY_MIB, SIZE
from suite import Cases
from vm import GuestError

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

SPICE_SOCKET = "spice.sock"

DEVICES = {
    "virtio-gpu-gl-pci on VNC": {"device": "virtio-gpu-gl-pci"},
    "virtio-gpu-pci,renderer=software on SPICE": {
        "device": "virtio-gpu-pci,renderer=software", "spice": True},
    "virtio-vga-gl on D-Bus in a sandbox": {
        "device": "virtio-vga-gl", "vga": True, "dbus": True},
}
BUSES = ()

# All that glmark2 draws by itself but "terrain", which takes a second a frame.
SCENES = ("build", "texture", "shading", "bump", "effect2d", "pulsar",
          "desktop", "buffer", "ideas", "jellyfish", "shadow", "refract",
          "conditionals", "function", "loop")
SCENE_SECONDS = 2
WINDOW = "800x600"
STOPS = 20
VNC_CLIENTS = 100
CLIENT, CLIENTS = "weston-simple-egl", 6

# Linux 6.1's driver, where it has virgl, complains about itself when it is
# unbound, with the stock device too and when nothing was drawn.
LEFT_BEHIND = re.compile(r"[^\n]*\[ cut here \][^\n]*\n[^\n]*Memory manager "
                         r"not clean.*?\[ end trace [^\n]*\n", re.DOTALL)

CASES = Cases(gl_cases.CASES)
case = CASES.case


class Run(gl_cases.Run):
    """One boot."""

    def new_kernel_lines(self):
        text = "".join(f"{line}\n" for line in super().new_kernel_lines())
        return LEFT_BEHIND.sub("", text).splitlines()


def arguments(image, traits, work):
    if traits.get("dbus"):
        return (*gl_cases.SANDBOX, *viewer.ARGUMENTS)
    if traits.get("spice"):
        # The path of a socket has room for a hundred characters.
        path = os.path.relpath(work / SPICE_SOCKET)
        return "-spice", f"unix=on,addr={path},disable-ticketing=on"
    return gl_cases.arguments(image, traits, work)


@case("D-Bus: a viewer is shown weston as it draws with OpenGL", trait="dbus")
def dbus(run):
    run.person = viewer.Viewer(run.vm, run.program)
    run.person.watch()
    run.start_weston()
    desktop.wake_pointer(run.vm, run.person)
    desktop.run(run.vm, CLIENT)
    desktop.wait_for(run.vm, "a triangle at the viewer", gl.triangle,
                     lambda: run.person.picture("seen"))
    before = run.person.state()
    run.note_round_trips("weston and its client, seen on D-Bus")
    after = run.person.state()
    if after["updates"] + after["pictures"] <= \
            before["updates"] + before["pictures"]:
        raise GuestError("no frame came to the viewer while a client draws")
    run.vm.run(f"killall {CLIENT}")
    gl_cases.wait_until_still(run.vm)
    run.wait_until_seen()
    desktop.stop(run.vm)


@case("SPICE: a client is shown weston as it draws with OpenGL", trait="spice")
def spice_client(run):
    run.start_weston()
    uri = f"spice+unix://{run.vm.work / SPICE_SOCKET}"
    run.wait_until_equal(
        lambda: spice.picture(uri, run.vm.work / "spice.ppm"))
    desktop.stop(run.vm)


@case("VNC: clients that come while kmscube draws are sent all of it")
def vnc_clients(run):
    with gl.cube(run.vm):
        desktop.wait_for(run.vm, "a cube", gl.cube_seen,
                         lambda: run.vm.screendump("cube"))
        for number in range(VNC_CLIENTS):
            with run.vm.vnc() as client:
                picture = client.whole()
            if not gl.cube_seen(picture):
                path = run.vm.work / "vnc.ppm"
                picture.write(path)
                raise GuestError("expected a cube on grey at client "
                                 f"{number + 1}, got {path}")


@case("glmark2: all its scenes but one on weston, at a VNC client")
def scenes(run):
    run.start_weston()
    with watcher.Watcher(run.vm) as vnc:
        rates = gl.glmark2(run.vm, [f"{scene}:duration={SCENE_SECONDS}"
                                    for scene in SCENES], WINDOW)
        frames = vnc.updates
    desktop.stop(run.vm)
    run.note("glmark2, frames a second", ", ".join(
        f"{name} {rate}" for name, rate in rates.items()))
    if frames < len(SCENES):
        raise GuestError(f"expected a frame of each scene, got {frames}")


@case("many clients of weston, killed while they draw")
def killed(run):
    run.start_weston()
    for _ in range(3):
        for _ in range(CLIENTS):
            desktop.run(run.vm, CLIENT)
        # One that has not become that program yet would live on.
        run.vm.run(f"until [ $(pidof {CLIENT} | wc -w) = {CLIENTS} ]; "
                   "do sleep 0.05; done")
        desktop.wait_for(run.vm, "a triangle", gl.triangle,
                         lambda: run.vm.screendump("many"))
        run.vm.run(f"killall -9 {CLIENT}; while pidof {CLIENT}; "
                   "do sleep 0.05; done")
        gl_cases.wait_until_still(run.vm)
    desktop.stop(run.vm)
    run.vm.run("chvt 1")
    cube(run)
    run.show_console()


def cube(run):
    """kmscube is on the screen, and gone when this returns."""
    with gl.cube(run.vm):
        desktop.wait_for(run.vm, "a cube", gl.cube_seen,
                         lambda: run.vm.screendump("cube"))


@case("stop and cont while kmscube draws: it goes on where it was")
def stop_cont(run):
    vm = run.vm
    with gl.cube(vm):
        for _ in range(STOPS):
            desktop.wait_for(vm, "a cube", gl.cube_seen,
                             lambda: vm.screendump("cube"))
            vm.qmp("stop")
            try:
                stopped = vm.screendump("stopped")
                expect("what a later look at the stopped machine shows", None,
                       stopped.difference(vm.screendump("later")))
            finally:
                vm.qmp("cont")
            wait_until_other(vm, stopped)


def wait_until_other(vm, before):
    desktop.wait_for(vm, "a cube that turns again",
                     lambda picture: picture.data != before.data,
                     lambda: vm.screendump("cube"))


@case("the driver is unbound and bound again after GL: it draws as before")
def rebind(run):
    where = "/sys/bus/virtio/drivers/virtio_gpu"
    device = run.vm.run(f"basename {where}/virtio*").strip()
    for _ in range(2):
        run.vm.run(f"echo {device} >{where}/unbind")
        run.vm.run(f"echo {device} >{where}/bind")
        run.vm.run("until [ -e /dev/fb0 ]; do sleep 0.1; done")
        cube(run)
        run.show_console()


@case("the module is unloaded and loaded again: it draws as before")
def reload(run):
    run.vm.run("rmmod virtio_gpu")
    desktop.load_driver(run.vm)
    cube(run)
    run.show_console()


def draw_and(run, restart):
    """Restart the machine under weston, its client and glmark2."""
    run.start_weston()
    desktop.run(run.vm, CLIENT)
    desktop.wait_for(run.vm, "a triangle", gl.triangle,
                     lambda: run.vm.screendump("restart"))
    desktop.run(run.vm, "glmark2-es2-wayland --run-forever -b shading")
    run.vm.run("until grep -q 'Surface Size' /run/clients.log; "
               "do sleep 0.05; done")
    restart()
    desktop.load_driver(run.vm)
    run.kms = run.vm.session("kms")
    cube(run)
    run.show_console()


@case("a reset of the machine while GL draws, and all works again")
def reset(run):
    for _ in range(3):
        draw_and(run, run.vm.reset)


@case("a reboot of the guest while GL draws, and all works again")
def reboot(run):
    draw_and(run, run.vm.reboot)
    gl_cases.finds_virgl(run)


@case("a page flip with 2D's own driver is as before after GL")
def flips(run):
    run.open_card()
    run.show(*SIZE, "bars")
    figures = run.kms.figures("flip 101 coords")
    expect("events of 101 page flips", 101, figures["events"])
    run.vm.wait_for_picture(cases.screen.coords(*SIZE), "flipped")
    run.kms.ask("close")
