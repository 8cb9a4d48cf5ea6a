# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""remote-viewer by SPICE, and a desktop that is drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import tempfile

import common
import desktop
import gl_cases
import shown
import xserver
from gl_cases import BUSES, IMAGE, INPUTS, MEMORY_MIB
from suite import Cases
from vnc_cases import Run, Window

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {"virtio-gpu-gl-pci": {}}
# The name of a socket may have 107 bytes, and a build folder's may be as long.
FOLDER = tempfile.TemporaryDirectory(prefix="spice-")
SOCKET = f"{FOLDER.name}/spice"
PORT = "com.redhat.spice.0"
X_SIZE = (1800, 1300)
WINDOW_SIZES = ((1000, 700), (1500, 1000))
# The most that remote-viewer has around the screen: its border and title.
FRAME = (16, 80)

CASES = Cases()


def arguments(_image, _traits, _work):
    return server(agent_mouse="off")


def server(agent_mouse):
    """A SPICE server and the port of an agent, who may move the pointer."""
    return ("-spice", f"unix=on,addr={SOCKET},disable-ticketing=on,"
            f"agent-mouse={agent_mouse}",
            "-chardev", "spicevmc,id=agent,name=vdagent",
            "-device", f"virtserialport,chardev=agent,name={PORT}")


@CASES.case("boots, and weston draws with OpenGL")
def boots(run):
    gl_cases.boots(run)
    run.start_terminal()


def start_viewer(run):
    return run.x.start([common.program("remote-viewer", "virt-viewer"),
                        f"spice+unix://{SOCKET}"])


def hold_agent_port(run):
    """What an agent is to the client: somebody who holds its port.

    The port is at its end until the client has it, which may show windows before.
    """
    run.vm.run(f"while sleep 0.1; do cat /dev/virtio-ports/{PORT}; done "
               ">/run/agent 2>&1 &")


@CASES.case("remote-viewer: shows each pixel, clicks and types")
def remote_viewer(run):
    run.x = xserver.XServer(run.vm.work, X_SIZE)
    start_viewer(run)
    run.use(Window(run), "Spice")
    run.x.shot().write_png(run.vm.work / "viewer.png")


@CASES.case("remote-viewer: the guest's screen becomes as large as the window")
def resize(run):
    hold_agent_port(run)
    desktop.follow(run.vm)
    window = run.x.xdotool("search", "--onlyvisible", "--class",
                           "remote-viewer").split()[-1]
    for wide, high in WINDOW_SIZES:
        run.x.xdotool("windowsize", "--sync", window, wide, high)
        size = shown.wait_until(f"a screen that fills {wide}x{high}",
                                lambda room=(wide, high): fills(run, *room))
        run.note(f"a window of {wide}x{high} has a screen of", size)
        desktop.wait_for_desktop(run.vm, size)
        run.wait_until_shown(run.x.shot)
    run.x.shot().write_png(run.vm.work / "window.png")
    run.use(Window(run), "Spice-resized")


def fills(run, wide, high, **where):
    """The size of the guest's screen, if it is the window's without a frame."""
    picture = run.vm.screendump("size", **where)
    return (0 <= wide - picture.width <= FRAME[0] and
            0 <= high - picture.height <= FRAME[1] and
            (picture.width, picture.height))
