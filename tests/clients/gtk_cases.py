# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU's own window (-display gtk), and a desktop that is drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import atexit
import os
import re

import common
import desktop
import gl_cases
import shown
import spice_cases
import vnc_cases
import xserver
from cases import expect
from gl_cases import BUSES, IMAGE, INPUTS, MEMORY_MIB, SIZE
from suite import Cases

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {
    "virtio-gpu-gl-pci": {"display": "gtk"},
    "virtio-gpu-gl-pci on GTK with OpenGL": {
        "device": "virtio-gpu-gl-pci", "display": "gtk,gl=on",
        "has_vnc": False},
}
X_SIZE = (1800, 1300)
WINDOW_SIZES = ((1000, 700), (1500, 1000))
# A mode of the X server's monitor, by cvt(1): pixel clock in MHz, columns, lines.
MODELINE = ("75Hz", 251.25, 1800, 1936, 2128, 2456, 1300, 1303, 1313, 1366)
RATE = 74.89

CASES = Cases()


def arguments(_image, traits, work):
    """QEMU is a client of the X server, which so has to be there first."""
    work.mkdir(parents=True, exist_ok=True)
    traits["x"] = xserver.XServer(work, X_SIZE)
    atexit.register(traits["x"].close)
    os.environ.update(DISPLAY=traits["x"].name, GDK_BACKEND="x11",
                      NO_AT_BRIDGE="1")
    return "-display", traits["display"]


class Run(vnc_cases.Run):
    """One boot, in a window of the X server."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.x = traits["x"]

    def window(self):
        return self.x.xdotool("search", "--sync", "--onlyvisible", "--name",
                              "^QEMU").split()[-1]

    def fit(self, size):
        """Make the window so large that the guest's screen is due to be this."""
        wide, high = size
        # Of another width, which tells that it was done: how high is the menu?
        self.set_window(wide + 16, high)
        _, inside, _ = shown.wait_until("a wish of the whole width", lambda:
                                        self.wish()[0] == wide + 16 and self.wish())
        self.set_window(wide, 2 * high - inside)
        shown.wait_until("a wish of {}x{}".format(*size),
                         lambda: self.wish()[:2] == size)

    def set_window(self, wide, high):
        self.x.xdotool("windowsize", "--sync", self.window(), wide, high)

    def wish(self):
        """Width, height and rate of the mode that the guest is told."""
        head, = self.vm.qmp("qom-get", path=self.vm.gpu_path(),
                            property="outputs")
        return head["xres"], head["yres"], head["refresh"]


@CASES.case("boots, and weston draws with OpenGL")
def boots(run):
    gl_cases.boots(run)
    # The window is as large as it was before there was a guest.
    run.fit(SIZE)
    run.start_terminal()


@CASES.case("GTK: shows each pixel, clicks and types")
def use(run):
    run.use(vnc_cases.Window(run), "Gtk")


@CASES.case("GTK: the guest's screen becomes as large as the window")
def resize(run):
    desktop.follow(run.vm)
    for wide, high in WINDOW_SIZES:
        run.set_window(wide, high)
        size = shown.wait_until(
            f"a screen that fills {wide}x{high}",
            lambda room=(wide, high): spice_cases.fills(run, *room))
        run.note(f"a window of {wide}x{high} has a screen of", size)
        desktop.wait_for_desktop(run.vm, size)
        run.wait_until_shown(run.x.shot)
    run.x.shot().write_png(run.vm.work / "window.png")
    run.use(vnc_cases.Window(run), "Gtk-resized")


@CASES.case("GTK: the guest is told the rate of the monitor with the window")
def rate(run):
    expect("the rate, which Xvfb does not have", 0, run.wish()[2])
    for words in (("--newmode", *MODELINE), ("--addmode", "screen", MODELINE[0]),
                  ("--output", "screen", "--mode", MODELINE[0])):
        xrandr(run.x, *words)
    # GTK looks when it draws.
    desktop.run(run.vm, "weston-flower")
    shown.wait_until(f"{RATE} Hz wished by GTK",
                     lambda: abs(run.wish()[2] - RATE) < 0.01)
    size = run.wish()[:2]
    desktop.wait_for_desktop(run.vm, size)
    told = run.vm.run("modetest -M virtio_gpu -c")
    mode = re.search(r"#0 {}x{} ([0-9.]+) ".format(*size), told)
    expect("the rate of the guest's first mode", RATE, mode and float(mode[1]))


def xrandr(x, *words):
    common.run_client([common.program("xrandr", "x11-xserver-utils"),
                       "--display", x.name, *map(str, words)])
