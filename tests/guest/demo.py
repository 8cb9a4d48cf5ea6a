#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Show the device at work; demo.sh is the front of it."""

import argparse
import signal
import sys
import time
from pathlib import Path

import screen
from vm import MODULE, GuestError, VM, build_image

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = "qemu-system-x86_64-virtio-gpu"
SIZE = (1280, 800)
FLIPS = 300

GREETING = r"""printf '\033[?25l\033[2J\033[H' >/dev/tty1
{ printf '\033[32mDebian Linux %s on virtio-gpu\033[0m\n\n' "$(uname -r)"
  cat /sys/class/drm/card0-Virtual-1/modes | sort -u | sort -n | tr '\n' ' '
  printf '\n\n'; dmesg | grep -i -E 'drm|virtio|fb0|Console:'; } >/dev/tty1"""


def wait_for_frame(vm, seconds=30):
    """Seconds since QEMU's start until the console is on the screen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        picture = vm.screendump("first-frame")
        if (picture.width, picture.height) == SIZE and not picture.black():
            return time.monotonic() - vm.started
        time.sleep(0.02)
    raise GuestError(f"no frame of {SIZE[0]}x{SIZE[1]} within {seconds} s")


def show(options):
    image = build_image()
    modules = None if options.stock else options.modules
    figures = []
    with VM(image, ["virtio-gpu-pci"], options.build / "demo/log",
            modules=modules, qemu=options.qemu) as vm:
        vm.boot()
        figures.append(("process start to a shell",
                        f"{time.monotonic() - vm.started:.2f} s"))
        vm.run("modprobe virtio_gpu; "
               "until [ -e /dev/dri/card0 ]; do sleep 0.05; done")
        figures.append(("process start to /dev/dri/card0",
                        f"{time.monotonic() - vm.started:.2f} s"))
        figures.append(("process start to the first frame",
                        f"{wait_for_frame(vm):.2f} s"))
        figures.append(("device module", str(vm.loaded_module())))

        vm.run(GREETING.replace("\n", ";"))
        time.sleep(0.5)
        pictures = [vm.screendump("../console", "png")]

        kms = vm.session("kms")
        kms.ask("open")
        kms.ask("mode {} {} bars".format(*SIZE))
        vm.wait_for_picture(screen.bars(*SIZE), "bars")
        pictures.append(vm.screendump("../test-card", "png"))
        kms.ask("mode 1920 1080 coords")
        vm.wait_for_picture(screen.coords(1920, 1080), "coords")
        pictures.append(vm.screendump("../coordinates-1080p", "png"))

        kms.ask("mode {} {} bars".format(*SIZE))
        flips = kms.figures(f"flip {FLIPS} coords", 120)
        rate = flips["events"] / flips["us"] * 1e6
        figures.append(("page flips, {}x{}".format(*SIZE),
                        f"{rate:.0f} a second"))
        figures.append(("pixels of the two test pictures",
                        "all as expected"))
        kernel = vm.kernel
    print(f"\nLinux {kernel} under TCG, virtio-gpu-pci, no window:")
    for name, value in figures:
        print(f"  {name:36} {value}")
    print("\nPictures of the screen:")
    for path in pictures:
        print(f"  {path.resolve()}")
    print(f"""
Your own disk image on this device, seen with a VNC viewer on localhost:5900
(without KVM leave out -accel and -cpu; a window instead is -display gtk, of
the package qemu-system-gui):
  {options.build / LAUNCHER} \\
      -machine q35 -accel kvm -cpu host -smp 2 -m 2G -vga none \\
      -device virtio-gpu-pci -device virtio-tablet-pci \\
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
