# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A browser with noVNC, and a desktop that is drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import re
import signal
import subprocess
from pathlib import Path

import browser
import common
import desktop
import gl
import gl_cases
import novnc
import shown
import vnc
from cases import expect
from gl_cases import BUSES, IMAGE, INPUTS, MEMORY_MIB, SIZE
from suite import Cases
from vm import GuestError

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {"virtio-vga-gl": {"vga": True}}
# Of the browser's window, in turn.
SIZES = ((1024, 700), (1600, 900), SIZE)

CASES = Cases()


def arguments(_image, _traits, _work):
    return vnc.WITH_WEBSOCKET


class Run(shown.Run):
    """One boot, and a browser."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.web = self.browser = None
        self.build = options.modules.parent

    def close(self):
        if self.browser:
            self.browser.__exit__()
        if self.web:
            self.web.__exit__()
        super().close()


@CASES.case("boots, and weston draws with OpenGL")
def boots(run):
    gl_cases.boots(run)
    run.start_terminal()


@CASES.case("noVNC: connects by itself, and shows each pixel of the desktop")
def connects(run):
    run.web = novnc.Server(vnc.port(run.vm, websocket=True)).__enter__()
    run.browser = browser.Browser(run.vm.work, SIZE)
    run.browser.open(run.web.address)
    shown.wait_until("a screen in the page", run.browser.canvas)
    expect("where it shows the screen", (0, 0),
           run.wait_until_shown(run.browser.shot))


@CASES.case("noVNC: a click arrives where it is, and text that is typed")
def use(run):
    run.use(run.browser, "noVNC")


@CASES.case("noVNC: a window that is drawn with OpenGL moves in the browser")
def moves(run):
    run.move(run.browser,
             lambda: run.browser.page(run.vm.work / "browser.png"))


@CASES.case("noVNC: the guest's screen becomes as large as the window")
def resize(run):
    run.follow(run.browser, SIZES)
    run.use(run.browser, "noVNC-resized")


@CASES.case("make demo-web: an address that shows a desktop, until Ctrl-C")
def demo(run):
    program = Path(__file__).with_name("demo_web.py")
    process = subprocess.Popen([program, run.build], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        run.browser.open(read_address(process))
        shown.wait_until("a screen in the page", run.browser.canvas)
        for size in SIZES[::-1]:
            run.browser.resize(size)
            desktop.wait_for(
                run.vm, "the demo's desktop in the browser, as large as it",
                lambda picture, size=size: desktop.panel(picture) and
                gl.triangle(picture) and
                (picture.width, picture.height) == size, run.browser.shot)
        run.browser.page(run.vm.work / "demo-web.png")
        process.send_signal(signal.SIGINT)
        expect("the status of the demo", 0,
               process.wait(common.CLIENT_SECONDS))
    finally:
        common.end(process)


def read_address(process):
    said = []
    for line in process.stdout:
        said.append(line.strip())
        found = re.search(r"http://\S+", line)
        if found:
            return found[0]
    raise GuestError(f"demo-web gave no address: {' / '.join(said)}")
