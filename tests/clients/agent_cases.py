# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""spice-vdagent in the guest, on Xorg with two heads; remote-viewer by SPICE.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import itertools
import re

import cases
import common
import desktop
import heads_cases
import screen
import shown
import spice_cases
from cases import expect
from heads_cases import MIDDLE, WINDOW_SIZES, where
from suite import Cases
from vm import GuestError

DEVICES = {"virtio-gpu-pci,id=gpu,max_outputs=2": {}}
IMAGE = {"xorg": True}
MEMORY_MIB = 512
BUSES = ()
# Without an agent it is this tablet that SPICE moves, over both heads at once.
INPUTS = ("virtio-tablet-pci", "virtio-keyboard-pci")
SIZE = (1280, 800)
# The root's pattern: xsession.sh.
CELL, LINE, PAPER = 16, bytes.fromhex("ff0000"), bytes.fromhex("0000ff")
AGENT = "spice vdagent tablet"
KEYBOARD = "QEMU Virtio Keyboard"
KEY_CODE_A = "38"
# An event of xinput's test-xi2: of the device itself, not of what it moves.
EVENT = re.compile(r"EVENT type \d+ \((\w+)\)\n +device: (\d+) \(\2\)\n"
                   r" +detail: (\d+)\n.*\n +root: ([\d.]+)/([\d.]+)\n")
RESOLUTION = re.compile(r"received guest xorg resolution, arg1: (\d+), "
                        r"arg2: (\d+)")

CASES = Cases()


def arguments(_image, _traits, _work):
    return spice_cases.server(agent_mouse="on")


def grid(width, height, left):
    """What xsetroot drew, from that column of the root on."""
    lines = (LINE * width,
             b"".join(PAPER if x % CELL else LINE
                      for x in range(left, left + width)))
    picture = screen.Picture(width, height)
    for y in range(height):
        picture.row(y, lines[y % CELL != 0])
    return picture


class Run(heads_cases.Run):
    """One boot; head0=, head1= in sizes is what they have, side by side."""

    def expect_heads(self, **sizes):
        """Each head shows its part of the root, and its window shows the head."""
        self.sizes.update(sizes)
        for head, size in enumerate(self.sizes.values()):
            self.vm.wait_for_picture(grid(*size, self.left(head)), f"head{head}",
                                     common.CLIENT_SECONDS, **where(head))
            if self.viewer:
                self.expect_shown(head)

    def left(self, head):
        """The column of the root at which a head begins."""
        return sum(width for width, _ in list(self.sizes.values())[:head])

    def expect_agent_knows(self):
        """The agent's daemon was told of the root's size, by which it points."""
        size = (self.left(2), max(high for _, high in self.sizes.values()))
        shown.wait_until(f"an agent that knows of {size}", lambda:
                         known_size(self.vm.run("cat /run/agentd.log")) == size)

    def device(self, name):
        """The number that X has for an input device."""
        return self.vm.run(f"DISPLAY=:0 xinput list --id-only '{name}'",
                           check=False).strip()

    def wait_for_event(self, kind, device, detail, act=lambda: None):
        """Where the pointer was at a device's event; earlier ones are forgotten."""
        def event():
            act()
            number = self.device(device)
            for found in EVENT.finditer(self.vm.run("cat /run/input.log")):
                if found.groups()[:3] == (kind, number, detail):
                    return float(found[4]), float(found[5])
            return None

        place = shown.wait_until(f"{kind} {detail} of {device}", event)
        self.vm.run(": >/run/input.log")
        return place

    def click(self, head, x, y):
        """Click on a pixel of a head in its window.

        With each size of the root the agent makes its tablet anew: the hand moves
        until X has it.
        """
        left, top = self.wait_until_shown(lambda: self.window_shot(head),
                                          **where(head))
        steps = itertools.cycle((1, 0))
        at = head * MIDDLE + left + x
        self.vm.run(": >/run/input.log")
        self.wait_for_event("Motion", AGENT, "0", lambda: self.x.xdotool(
            "mousemove", at + next(steps), top + y))
        self.x.xdotool("mousemove", at, top + y, "click", "1")

    def expect_click(self, head, x, y):
        """A click there is the agent's, and where it is due in X's root."""
        self.click(head, x, y)
        got = self.wait_for_event("ButtonPress", AGENT, "1")
        wanted = self.left(head) + x, y
        if any(abs(a - b) > 1 for a, b in zip(wanted, got)):
            raise GuestError(f"a click on {x},{y} of head {head}: expected "
                             f"it at {wanted} of X's root, got {got}")


def known_size(log):
    sizes = RESOLUTION.findall(log)
    return tuple(map(int, sizes[-1])) if sizes else None


@CASES.case("boots, and Xorg draws on the one monitor that there is")
def boots(run):
    cases.boots(run)
    desktop.load_driver(run.vm)
    run.vm.run("xsession start; xsession follow; xsession watch")
    run.expect_heads(head0=SIZE)


@CASES.case("remote-viewer: once the agent runs its second window plugs in a head")
def plug_in(run):
    run.open_windows()
    run.expect_shown(0)
    run.vm.run("xsession agent")
    shown.wait_until("a picture of the guest on the second head",
                     lambda: is_drawn(run.vm.screendump("second", **where(1))))
    second = run.vm.screendump("second", **where(1))
    run.expect_heads(head1=(second.width, second.height))
    run.expect_agent_knows()
    run.x.shot().write_png(run.vm.work / "plugged-in.png")


def is_drawn(picture):
    return picture.pixel(picture.width // 2, picture.height // 2) in (LINE, PAPER)


@CASES.case("remote-viewer: a window is resized, its head follows and the other "
            "stays; each pixel")
def resize(run):
    expect("heads of the guest", 2, len(run.sizes))
    for turn in range(2):
        for head in (0, 1):
            size = run.resize_window(head, *WINDOW_SIZES[head][turn])
            run.expect_heads(**{f"head{head}": size})
            run.expect_agent_knows()
    run.x.shot().write_png(run.vm.work / "windows.png")


@CASES.case("remote-viewer: a click arrives on the head that it is on, by the agent")
def click(run):
    run.expect_agent_knows()
    for head in (1, 0, 1):
        width, height = run.sizes[f"head{head}"]
        for x, y in ((40, 80), (width // 2, height // 2),
                     (width - 40, height - 40)):
            run.expect_click(head, x, y)


@CASES.case("remote-viewer: a key that is typed there arrives")
def key(run):
    run.expect_agent_knows()
    x, y = run.sizes["head1"][0] // 2, run.sizes["head1"][1] // 2
    run.click(1, x, y)
    run.wait_for_event("ButtonPress", AGENT, "1")
    run.x.xdotool("key", "a")
    at, _ = run.wait_for_event("KeyPress", KEYBOARD, KEY_CODE_A)
    expect("whether X's pointer is on the second head then", True,
           at >= run.left(1))


@CASES.case("the operator unplugs the second head and plugs it in; clicks stay right")
def unplug(run):
    expect("heads of the guest", 2, len(run.sizes))
    run.vm.outputs({}, {"connected": False})
    second = run.sizes.pop("head1")
    run.expect_agent_knows()
    width, height = run.sizes["head0"]
    run.expect_click(0, width - 40, height - 40)
    run.vm.outputs({}, {"connected": True})
    run.expect_heads(head1=second)
    run.expect_agent_knows()
    for head in (0, 1):
        run.expect_click(head, 40, 80)
