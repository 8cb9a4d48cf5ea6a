# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""VNC clients with a desktop that is drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import common
import gl_cases
import shown
import vnc
import xserver
from gl_cases import BUSES, IMAGE, INPUTS, MEMORY_MIB
from suite import Cases

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {"virtio-vga-gl": {"vga": True}}
X_SIZE = (1600, 1200)

CASES = Cases()


def arguments(_image, _traits, _work):
    return vnc.LISTENING


class Run(shown.Run):
    """One boot, with an X server beside it."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.x = None

    def close(self):
        if self.x:
            self.x.close()
        super().close()


class Window:
    """A client's window: how to use the guest in it."""

    def __init__(self, run):
        self.run = run
        self.x = run.x
        self.place = run.wait_until_shown(self.shot)

    def shot(self):
        return self.x.shot()

    def point(self, x, y):
        self.x.xdotool("mousemove", self.place[0] + x, self.place[1] + y)

    def click(self):
        self.x.xdotool("click", "1")

    def type(self, text):
        self.x.xdotool("type", "--delay", "60", text)


@CASES.case("boots, and weston draws with OpenGL")
def boots(run):
    gl_cases.boots(run)
    run.start_terminal()


@CASES.case("gvnccapture: its picture is the desktop, each pixel")
def capture(run):
    run.wait_until_shown(lambda: common.gvnccapture(run.vm))


@CASES.case("remote-viewer: shows each pixel, clicks and types")
def remote_viewer(run):
    run.x = xserver.XServer(run.vm.work, X_SIZE)
    run.x.start([common.program("remote-viewer", "virt-viewer"),
                 f"vnc://127.0.0.1:{vnc.port(run.vm)}"])
    run.use(Window(run), "Remote-Viewer")
