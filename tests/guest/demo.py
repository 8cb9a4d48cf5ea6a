#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Show the device at work; demo.sh is the front of it."""

import argparse
import re
import signal
import statistics
import sys
import time
from pathlib import Path

import demo_rates
import desktop
import gl
import screen
import viewer
from vm import MODULE, GuestError, VM, build_image

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = "qemu-system-x86_64-virtio-gpu"
SIZE = (1280, 800)
LARGE = (1920, 1080)
FLIPS = 300
IDLE_SECONDS = 10
WATCH_SECONDS = 3
DEVICES = {"ours": "virtio-vga-gl", "stock": "virtio-vga"}


class Demo:
    def __init__(self, vm, person, options):
        self.vm = vm
        self.person = person
        self.stock = options.stock
        self.folder = options.build / "demo"
        self.programs = {"flower": "weston-flower",
                         "window": "weston-simple-damage" if self.stock
                         else "weston-simple-egl"}
        self.figures = []
        self.pictures = []

    def say(self, text):
        print(f"demo: {text}", flush=True)

    def figure(self, name, value):
        self.figures.append((name, value))

    def age(self):
        return f"{time.monotonic() - self.vm.started:.1f} s"

    def keep(self, name, picture):
        path = self.folder / f"{name}.png"
        picture.write_png(path)
        self.pictures.append(path)

    def bring_up(self):
        self.say("loading Debian's driver")
        desktop.load_driver(self.vm)
        self.figure("process start to /dev/dri/card0", self.age())
        self.person.watch()
        self.start_weston()
        self.figure("process start to the desktop", self.age())
        desktop.wake_pointer(self.vm, self.person)
        desktop.run(self.vm, "weston-terminal --shell=/bin/greeting")

    def start_weston(self):
        if self.stock:
            self.say("starting weston with its pixman renderer")
            desktop.start(self.vm)
            desktop.wait_for_desktop(self.vm, SIZE)
            return
        self.say("starting weston with its OpenGL renderer")
        renderer = gl.start_weston(self.vm, SIZE)
        self.figure("OpenGL in the guest, weston draws with it", renderer)

    def use(self):
        self.say("moving the pointer: dragging the terminal, clicking icons, "
                 "typing")
        desktop.drag_terminal(self.vm, self.person, 60, 90)
        desktop.type_into_terminal(
            self.vm, self.person, "uname -m; free -m\n" if self.stock else
            "wflinfo -p wayland -a gl\n")
        for icon, program in self.programs.items():
            desktop.click(self.vm, self.person, *desktop.ICONS[icon])
            self.vm.run(f"until pidof {program}; do sleep 0.05; done")
        self.frames()
        if not self.stock:
            self.another_client()
        desktop.focus_terminal(self.vm, self.person)
        self.keep("desktop", self.person.picture("desktop", pointed=True))

    def another_client(self):
        """A scene of glmark2 in a window."""
        self.say("starting glmark2 in a window")
        # Narrower than what is taken for the terminal.
        desktop.run(self.vm, "glmark2-es2-wayland -s 288x288 --run-forever "
                    "-b jellyfish")
        self.vm.run("until grep -q 'Surface Size' /run/clients.log; "
                    "do sleep 0.05; done")
        self.frames("two windows that draw with OpenGL")

    def frames(self, what="an animated window"):
        """Frames that a viewer is shown while a client animates."""
        before = self.person.state()
        times = gl.round_trips(self.vm, WATCH_SECONDS)
        after = self.person.state()
        shown = sum(after[k] - before[k] for k in ("updates", "pictures"))
        if not shown:
            raise GuestError("no frame came while a client animates")
        self.figure(f"{what}: updates shown",
                    f"{shown / WATCH_SECONDS:.0f} a second")
        self.figure("QMP round trip meanwhile",
                    f"median {statistics.median(times):.1f} ms, "
                    f"99% under {times[len(times) * 99 // 100]:.1f} ms")

    def latency(self):
        """From a key to the VNC update with its character on the screen."""
        self.say(f"typing after {IDLE_SECONDS} s in which nothing happened")
        self.vm.run(f"killall {self.programs['window']}; "
                    "killall -q glmark2-es2-wayland; true")
        self.person.look_away()         # the VNC client is alone now
        with self.vm.vnc() as viewer_of_vnc:
            viewer_of_vnc.whole()
            for idle in (0, IDLE_SECONDS):
                spent = [self.one_key(viewer_of_vnc, idle) for _ in range(
                    1 if idle else 5)]
                self.figure(f"key to VNC update after {idle} s idle",
                            f"{statistics.median(spent):.0f} ms")
                self.person.type("\b" * len(spent))

    def one_key(self, client, idle):
        client.settle()
        time.sleep(idle)
        started = time.monotonic()
        self.person.type("x")
        desktop.wait_for_update(client)
        return (time.monotonic() - started) * 1e3

    def other_monitor(self):
        self.say("changing the monitor for one of {}x{}".format(*LARGE))
        self.person.unplug()
        self.vm.run("until grep -q disconnected "
                    "/sys/class/drm/card0-Virtual-1/status; "
                    "do sleep 0.05; done")
        self.person.wish(*LARGE)
        desktop.wait_for_desktop(self.vm, LARGE)
        desktop.wait_for_terminal(self.vm)
        self.person.watch()
        desktop.pointed(self.vm, self.person, 1500, 300,
                        lambda: self.person.point(1500, 300, LARGE))
        self.keep("desktop-1080p", self.person.picture("desktop-1080p",
                                                       pointed=True))

    def flips(self):
        self.say("ending weston; test card and page flips with a program of "
                 "our own")
        desktop.stop(self.vm)
        kms = self.vm.session("kms")
        kms.ask("open")
        kms.ask("mode {} {} bars".format(*LARGE))
        card = self.vm.wait_for_picture(screen.bars(*LARGE), "bars")
        self.keep("test-card", card)
        figures = kms.figures(f"flip {FLIPS} coords", 120)
        rate = figures["events"] / figures["us"] * 1e6
        self.figure("page flips, {}x{}".format(*LARGE), f"{rate:.0f} a second")

    def cube(self):
        self.say("kmscube, which has the screen for itself")
        self.vm.run("killall kms; until ! pidof kms; do sleep 0.05; done")
        with gl.cube(self.vm):
            desktop.wait_for(self.vm, "a cube", gl.cube_seen,
                             lambda: self.vm.screendump("cube"))
            time.sleep(1)
            self.keep("kmscube", self.vm.screendump("kmscube"))

    def memory(self):
        status = Path(f"/proc/{self.vm.process.pid}/status").read_text()
        size = int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[1])
        self.figure("QEMU's resident memory, "
                    f"{gl.MEMORY_MIB} MiB of guest in it",
                    f"{size / 1024:.0f} MiB")


def show(options):
    image = build_image(gl=True)
    modules = None if options.stock else options.modules
    log = options.build / "demo/log"
    device = DEVICES["stock" if options.stock else "ours"]
    print(f"demo: booting Debian's kernel under TCG on {device}, no window",
          flush=True)
    with VM(image, [device, *viewer.INPUTS], log, modules=modules,
            qemu=options.qemu, extra=viewer.ARGUMENTS,
            memory=gl.MEMORY_MIB) as vm:
        vm.boot()
        program = options.build / "tests/guest/viewer"
        with viewer.Viewer(vm, program) as person:
            demo = Demo(vm, person, options)
            demo.figure("device module", str(vm.loaded_module()))
            demo.figure("process start to a shell", demo.age())
            for step in (demo.bring_up, demo.use, demo.latency,
                         demo.other_monitor, demo.flips,
                         *(() if options.stock else (demo.cube,)),
                         demo.memory):
                step()
    rates = [] if options.stock else list(
        demo_rates.table(image, options, demo.say))
    report(demo, rates, device, options)


def report(demo, rates, device, options):
    print(f"\nLinux {demo.vm.kernel} under TCG, {device}, weston:")
    for name, value in demo.figures:
        print(f"  {name:50} {value}")
    if rates:
        print("\nFrames a second on 1024x768, a VNC client looking:")
        print("".join(f"  {line}\n" for line in rates), end="")
    print("\nPictures of the screen:")
    for path in demo.pictures:
        print(f"  {path.resolve()}")
    print(f"""
Your own disk image on this device, seen with a VNC viewer on localhost:5900
(without KVM leave out -accel and -cpu; a window instead is -display gtk, of
the package qemu-system-gui):
  {options.build / LAUNCHER} \\
      -machine q35 -accel kvm -cpu host -smp 2 -m 2G -vga none \\
      -device {device} -device virtio-tablet-pci \\
      -drive file=disk.qcow2,if=virtio -display vnc=localhost:0""")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, nargs="?", default=ROOT / "build",
                        help="the build folder (default build)")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--stock", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.modules = options.build / "modules"
    if not options.stock and not (options.modules / MODULE).is_file():
        sys.exit(f"demo: there is no {MODULE} in {options.modules}: run make, "
                 "or see the stock modules with --stock")
    try:
        show(options)
    except GuestError as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
