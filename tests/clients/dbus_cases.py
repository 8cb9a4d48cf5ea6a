# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A D-Bus display client in Python, and a desktop drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import dbus_client
import desktop
import gl_cases
import shown
import viewer
from cases import expect
from gl_cases import BUSES, IMAGE, INPUTS, MEMORY_MIB, SIZE
from suite import Cases
from vm import GuestError

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {"virtio-gpu-gl-pci": {}}
# That the client wishes, in turn.
SIZES = ((1600, 900), (1024, 700), SIZE)
# What weston's arrow points with, from its corner.
TIP = (8, 5)
# What a window has around its inside: title, shadow, edges to pull at.
FRAME = 64

CASES = Cases()


def arguments(_image, _traits, _work):
    return viewer.ARGUMENTS


class Run(shown.Run):
    """One boot, and a client."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.client = None

    def close(self):
        if self.client:
            self.client.__exit__()
        super().close()


@CASES.case("boots, and weston draws with OpenGL")
def boots(run):
    gl_cases.boots(run)
    run.start_terminal()


@CASES.case("D-Bus: connects, and shows each pixel of the desktop")
def connects(run):
    run.client = dbus_client.Client(run.vm)
    shown.wait_until("a picture from QEMU",
                     lambda: "Scanout" in run.client.calls_so_far())
    expect("where it shows the screen", (0, 0),
           run.wait_until_shown(run.client.shot))


@CASES.case("D-Bus: a click arrives where it is, and text that is typed")
def use(run):
    run.use(run.client, "D-Bus")


@CASES.case("D-Bus: the guest's pointer is where the client points")
def pointer(run):
    for x, y in background(desktop.wait_for_terminal(run.vm), SIZE):
        move_pointer(run, run.client, x, y)


def move_pointer(run, client, x, y):
    """Point there, and see the guest's pointer there."""
    client.point(x, y)
    try:
        shown.wait_until("", lambda: pointed(client, x, y))
    except GuestError:
        raise GuestError(f"expected the guest's pointer at {x},{y}, got "
                         f"{client.pointer()} after {client.calls_so_far()}")
    run.note(f"the arrow, its hot spot, pointing at {x},{y}", client.pointer())


def background(terminal, size):
    """Places where the pointer is weston's own arrow: two or more."""
    x, y, width, height = terminal
    return [(at_x, at_y) for at_x in (40, size[0] - 40)
            for at_y in (80, size[1] - 40)
            if not (-FRAME <= at_x - x < width + FRAME and
                    -FRAME <= at_y - y < height + FRAME)]


def pointed(client, x, y):
    """Whether the arrow is there, but for what scaling to axes costs.

    Linux 6.1 with weston tells no hot spot: corners are seen.
    """
    at, _ = client.pointer()
    return at and at[2] and all(
        abs(there - tip - got) <= 1
        for there, tip, got in zip((x, y), TIP, at))


@CASES.case("D-Bus: a window that is drawn with OpenGL moves in the client")
def moves(run):
    run.move(run.client, lambda: run.client.shot().write_png(
        run.vm.work / "dbus.png"))


@CASES.case("D-Bus: the guest's screen becomes as large as the client wishes")
def resize(run):
    run.follow(run.client, SIZES)
    run.use(run.client, "D-Bus-resized")
