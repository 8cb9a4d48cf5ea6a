# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Two heads of one device: a window of remote-viewer for each, a console of
D-Bus for each, and a desktop across both that is drawn with OpenGL.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import re
from pathlib import Path

import cases
import common
import dbus_cases
import dbus_client
import desktop
import screen
import shown
import size_cases
import spice_cases
import vnc_cases
import xserver
from cases import expect
from gl_cases import BUSES, IMAGE, MEMORY_MIB, SIZE
from suite import Cases

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/displays.md"
DEVICES = {"virtio-gpu-gl-pci,id=gpu,max_outputs=2": {}}
# SPICE without an agent moves one that has no display.
INPUTS = ("virtio-tablet-pci", "virtio-keyboard-pci",
          "virtio-tablet-pci,display=gpu,head=0,addr=0x10",
          "virtio-tablet-pci,display=gpu,head=1,addr=0x11")
# Whose monitor the tablets of two heads are, as it is written there.
RULES = re.findall(r"^SUBSYSTEM==.*$", DOCUMENT.read_text(encoding="utf-8"), re.M)
X_SIZE = (2700, 1200)
# The window of the second head stands to the right of this.
MIDDLE = X_SIZE[0] // 2
WINDOW_SIZES = {0: ((1000, 700), (1200, 1100)), 1: ((900, 1000), (700, 640))}
# That D-Bus clients wish: of each head in turn, while the other stays.
WISHES = ((0, (1600, 900)), (1, (801, 603)), (1, (1024, 768)), (0, SIZE))
SECOND_SIZE = (1024, 768)

CASES = Cases()


def arguments(image, traits, work):
    return (*spice_cases.arguments(image, traits, work),
            *dbus_cases.arguments(image, traits, work))


def where(head):
    return {"device": "gpu", "head": head}


class Run(vnc_cases.Run, size_cases.Run):
    """One boot, an X server, and a D-Bus client for each head."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.viewer = None
        self.clients = []

    def close(self):
        for client in reversed(self.clients):
            client.__exit__()
        super().close()

    def open_windows(self):
        """remote-viewer with its window for each head."""
        self.x = xserver.XServer(self.vm.work, X_SIZE)
        self.viewer = spice_cases.start_viewer(self)

    def window(self, head):
        """By its name, as what is the first window at first may become the second."""
        return self.x.xdotool("search", "--sync", "--onlyvisible", "--name",
                              rf"\({head + 1}\)$").strip()

    def resize_window(self, head, wide, high):
        """The size of the head, once it fills its window of this size."""
        self.x.xdotool("windowsize", "--sync", self.window(head), wide, high)
        size = shown.wait_until(
            f"a screen that fills {wide}x{high}",
            lambda: spice_cases.fills(self, wide, high, **where(head)))
        self.note(f"head {head}, a window of {wide}x{high}", size)
        return size

    def window_shot(self, head):
        """What is on the X server's half for that head, its window moved there.

        A window that shows its first picture is put elsewhere once more, maybe above
        another.
        """
        left = head * MIDDLE
        for number in (0, 1):
            self.x.xdotool("windowmove", self.window(number), number * MIDDLE, 0)
        whole = self.x.shot()
        return screen.Picture(MIDDLE, whole.height, whole.crop(
            left, 0, MIDDLE, whole.height))

    def expect_shown(self, head):
        """remote-viewer shows the head that kms drew, and where it is due."""
        self.wait_until_shown(lambda: self.window_shot(head), **where(head))


@CASES.case("boots; the guest follows its monitors")
def boots(run):
    cases.boots(run)
    run.start_following()
    run.expect_sizes(head0=SIZE)


@CASES.case("remote-viewer: has a window for each head, which plugs it in")
def windows(run):
    run.open_windows()
    run.expect_shown(0)
    spice_cases.hold_agent_port(run)
    # As long as windows make themselves as large as their heads, a size that the
    # person gives them does not last.
    shown.wait_until("a picture of the guest on the second head",
                     lambda: is_drawn(run.vm.screendump("second", **where(1))))
    run.expect_shown(1)


def is_drawn(picture):
    return not screen.coords(picture.width, picture.height).difference(picture)


@CASES.case("remote-viewer: a window is resized, its head follows and the other "
            "stays; each pixel")
def resize(run):
    expect("whether remote-viewer has been started", True, bool(run.viewer))
    for turn in range(2):
        for head in (0, 1):
            size = run.resize_window(head, *WINDOW_SIZES[head][turn])
            run.expect_sizes(**{f"head{head}": size})
        for head in (0, 1):
            run.expect_shown(head)
    run.x.shot().write_png(run.vm.work / "windows.png")


@CASES.case("D-Bus: has a console for each head, each pixel of it")
def consoles(run):
    expect("heads that remote-viewer has wished sizes of", 2, len(run.sizes))
    common.end(run.viewer)
    run.clients.append(dbus_client.Client(run.vm))
    run.clients.append(dbus_client.Client(run.vm, 1, beside=run.clients[0]))
    expect_seen(run)


def expect_seen(run):
    for head, client in enumerate(run.clients):
        size = run.sizes[f"head{head}"]
        expected = screen.coords(*size)
        shown.wait_until(f"head {head} of {size[0]}x{size[1]} as drawn",
                         lambda client=client, expected=expected:
                         "Scanout" in client.calls_so_far() and
                         not expected.difference(client.shot()))


@CASES.case("D-Bus: a client wishes a size of its head, the other head stays")
def wishes(run):
    expect("D-Bus clients", 2, len(run.clients))
    for head, size in WISHES:
        run.clients[head].resize(size)
        run.expect_sizes(**{f"head{head}": size})
        expect_seen(run)


@CASES.case("D-Bus: weston is on both heads, drawn with OpenGL")
def weston(run):
    run.stop_following()
    expect("rules in the document, one a head", 2, len(RULES))
    quoted = " ".join(f"'{rule}'" for rule in RULES)
    run.vm.run("mkdir -p /etc/udev/rules.d; "
               f"printf '%s\\n' {quoted} >/etc/udev/rules.d/90-tablets.rules")
    run.start_weston()
    desktop.wait_for_desktop(run.vm, SECOND_SIZE, **where(1))
    for head, client in enumerate(run.clients):
        expect("where it shows the screen", (0, 0),
               run.wait_until_shown(client.shot, **where(head)))


@CASES.case("D-Bus: the guest's pointer goes to the head that a client points on")
def pointer(run):
    for head in (1, 0, 1):
        size = (SIZE, SECOND_SIZE)[head]
        for x, y in ((40, 80), (size[0] - 40, size[1] - 40)):
            dbus_cases.move_pointer(run, run.clients[head], x, y)
        shown.wait_until("no pointer on the other head",
                         lambda head=head: not is_on(run.clients[1 - head]))


def is_on(client):
    at, _ = client.pointer()
    return at and at[2]


@CASES.case("D-Bus: a click arrives on the second head, and text that is typed")
def use(run):
    # Where the pointer is weston opens windows.
    desktop.run(run.vm, "weston-terminal")
    desktop.wait_for_terminal(run.vm, **where(1))
    run.use(run.clients[1], "Second", **where(1))
    for head, client in enumerate(run.clients):
        client.shot().write_png(run.vm.work / f"desktop-{head}.png")
