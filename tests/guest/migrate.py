#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Migrate a running Wayland desktop between our device and stock; TAP.

The receiver starts paused, so that the picture it has got can be compared with
the one the sender stopped with. Then the desktop goes on there: a pointer that
moves changes the picture, and the kernel has nothing to complain about.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import desktop
from cases import is_trouble
from vm import GuestError, VM, build_image

ROOT = Path(__file__).resolve().parents[2]
DEVICES = ("virtio-vga,id=gpu", "virtio-keyboard-pci", "virtio-tablet-pci")
SIZE = (1280, 800)
MIGRATION_SECONDS = 60
PICTURE_SECONDS = 30

# Where the desktop starts, and where it goes from there.
JOURNEY = ("stock", "ours", "ours", "stock", "ours")


class Traveller:
    """The VM, wherever it is now."""

    def __init__(self, options):
        self.options = options
        self.image = build_image(options.kernel, desktop=True)
        self.stops = 0
        self.vm = self.start(JOURNEY[0])
        self.vm.boot()
        desktop.load_driver(self.vm)
        desktop.start(self.vm)
        desktop.wait_for_desktop(self.vm, SIZE)

    def start(self, whose, extra=()):
        self.stops += 1
        modules = self.options.modules if whose == "ours" else None
        preload = self.options.preload if whose == "ours" else None
        return VM(self.image, DEVICES, self.options.output / str(self.stops),
                  modules=modules, qemu=self.options.qemu, preload=preload,
                  extra=extra)

    def move(self, whose):
        """Pictures when the VM stopped there, and when it arrived here."""
        path = self.options.output / f"to-{self.stops + 1}.sock"
        address = f"unix:{path}"
        arrived = self.start(whose, ("-S", "-incoming", address))
        arrived.connect_monitor()
        self.vm.qmp("migrate", uri=address)
        wait_for_migration(self.vm)
        before = self.vm.screendump("before")
        after = arrived.screendump("after")
        self.vm.close()
        self.vm = arrived
        return before, after

    def go_on(self):
        """The desktop does what it is told to."""
        self.vm.qmp("cont")
        shown = self.vm.screendump("arrived")
        place = 4000 + 4000 * self.stops
        self.vm.qmp("input-send-event", events=[
            {"type": "abs", "data": {"axis": axis, "value": place}}
            for axis in ("x", "y")])
        deadline = time.monotonic() + PICTURE_SECONDS
        while self.vm.screendump("moved").data == shown.data:
            if time.monotonic() > deadline:
                raise GuestError("the pointer moved and nothing changed")
        desktop.wait_for_desktop(self.vm, SIZE)

    def check_kernel(self):
        for line in self.vm.run("dmesg -rc").splitlines():
            if is_trouble(line):
                raise GuestError(f"the kernel says: {line}")


def wait_for_migration(vm):
    deadline = time.monotonic() + MIGRATION_SECONDS
    while time.monotonic() < deadline:
        state = vm.qmp("query-migrate")
        if state.get("status") == "completed":
            return
        if state.get("status") == "failed":
            raise GuestError(f"migration: {state.get('error-desc')}")
        time.sleep(0.05)
    raise GuestError(f"migration takes more than {MIGRATION_SECONDS} s")


def hop(traveller, whose):
    before, after = traveller.move(whose)
    if (before.width, before.height, before.data) != \
            (after.width, after.height, after.data):
        raise GuestError(f"the picture is another one: {before.width}x"
                         f"{before.height}, {after.width}x{after.height}")
    traveller.go_on()
    traveller.check_kernel()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=Path, default=ROOT / "build/modules")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--preload", metavar="LIBRARY")
    parser.add_argument("--kernel", default="stable",
                        choices=("stable", "backports"))
    parser.add_argument("--output", type=Path,
                        default=ROOT / "build/tests/guest/migration")
    return parser.parse_args()


def main():
    options = parse()
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    print(f"TAP version 13\n1..{len(JOURNEY) - 1}", flush=True)
    try:
        traveller = Traveller(options)
    except GuestError as error:
        print(f"Bail out! {error}")
        sys.exit(1)
    lost = None
    for number, (start, end) in enumerate(zip(JOURNEY, JOURNEY[1:]), 1):
        try:
            if lost:
                raise GuestError(lost)
            hop(traveller, end)
            print(f"ok {number} - weston, {start} to {end}", flush=True)
        except GuestError as error:
            lost = "an earlier migration failed"
            print(f"not ok {number} - weston, {start} to {end}\n# {error}",
                  flush=True)
    traveller.vm.close()
    sys.exit(lost is not None)


if __name__ == "__main__":
    main()
