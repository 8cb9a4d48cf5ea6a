# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A desktop that is drawn with OpenGL, shown by clients that use it."""

import itertools
import re
import time

import common
import desktop
import gl
import gl_cases
from cases import expect
from vm import GuestError

# weston's panel waits for half of it.
REST_SECONDS = 1


def find(part, whole):
    """Where a picture is in another, each pixel the same: (x, y), or None."""
    row = part.width * 3
    first = bytes(part.data[:row])
    for y in range(whole.height - part.height + 1):
        line = whole.crop(0, y, whole.width, 1)
        at = line.find(first)
        while at >= 0:
            if at % 3 == 0 and part.data == whole.crop(at // 3, y, part.width,
                                                       part.height):
                return at // 3, y
            at = line.find(first, at + 1)
    return None


def wait_until(what, true, seconds=common.CLIENT_SECONDS):
    """Call true() until it is; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > deadline:
            raise GuestError(f"expected {what} within {seconds} s")
        time.sleep(0.1)


def dark_blue(colour):
    red, green, blue = colour
    return max(red, green) < 0x40 < 0x60 < blue


class Run(gl_cases.Run):
    """One boot; a desktop drawn with OpenGL, that clients show and use."""

    may_say = re.compile(f"{gl_cases.SAID.pattern}|^VNC server running on ")

    def start_terminal(self):
        """weston with a terminal, in which nothing moves."""
        desktop.load_driver(self.vm)
        self.start_weston()
        desktop.run(self.vm, "weston-terminal")
        desktop.wait_for_terminal(self.vm)

    def wait_until_shown(self, shot, **where):
        """What shot() gives has in it what a screendump shows; its place."""
        deadline = time.monotonic() + common.CLIENT_SECONDS
        while True:
            dump = self.vm.screendump("dump", **where)
            seen = shot()
            place = find(dump, seen)
            if place:
                return place
            if time.monotonic() > deadline:
                path = self.vm.work / "shown.png"
                seen.write_png(path)
                raise GuestError("expected the client to show what screendump "
                                 f"has ({self.vm.work}/dump.ppm), got {path}")
            time.sleep(0.2)

    def use(self, client, word, **where):
        """Point, click and type by a client, which shows what comes of it.

        client has shot(), point(X, Y) at a pixel of the guest, click(), and
        type(TEXT). where is which head, where there are several.
        """
        self.start_flower(client, **where)
        x, y, width, height = desktop.wait_for_terminal(self.vm, **where)
        client.point(x + width // 2, y + height // 2)
        client.click()
        self.wait_until_shown(client.shot, **where)
        before = self.vm.screendump("before", **where).crop(x, y, width, height)
        client.type(f"mkdir /run/{word}\n")
        self.vm.run(f"until [ -d /run/{word} ]; do sleep 0.1; done")
        self.wait_until_shown(client.shot, **where)
        after = self.vm.screendump("after", **where).crop(x, y, width, height)
        expect("whether the terminal has other text in it", True,
               before != after)

    def move(self, client, keep):
        """A window that is drawn with OpenGL turns in the client, and goes.

        keep() is called in between, to keep a picture.
        """
        desktop.run(self.vm, "weston-simple-egl")
        _, first = desktop.wait_for(self.vm, "a triangle in the client",
                                    gl.triangle, client.shot)
        desktop.wait_for(self.vm, "a triangle that turns in the client",
                         lambda picture: gl.triangle(picture) and
                         picture.data != first.data, client.shot)
        keep()
        self.vm.run("killall weston-simple-egl")
        gl_cases.wait_until_still(self.vm)
        self.wait_until_shown(client.shot)

    def follow(self, client, sizes):
        """The guest's screen becomes as large as the client.

        client has resize(SIZE), too.
        """
        desktop.follow(self.vm)
        for size in sizes:
            client.resize(size)
            desktop.wait_for_desktop(self.vm, size)
            expect("where the client shows the screen", (0, 0),
                   self.wait_until_shown(client.shot))

    def start_flower(self, client, **where):
        """By its icon, whose name comes up when the pointer rests on it.

        weston's programs learn of the pointer when it moves first, and where it
        is when it moves again: the hand goes on moving.
        """
        x, y = desktop.ICONS["flower"]
        steps = itertools.cycle((0, 1))

        def move_and_look():
            client.point(x + next(steps), y)
            time.sleep(REST_SECONDS)
            return self.vm.screendump("icon", **where)

        desktop.wait_for(self.vm, "the name of the icon that is pointed at",
                         lambda picture: dark_blue(picture.pixel(
                             x + 4, desktop.PANEL_HEIGHT + 12)), move_and_look)
        client.click()
        self.vm.run("until pidof weston-flower; do sleep 0.1; done; "
                    "killall weston-flower; "
                    "while pidof weston-flower; do sleep 0.1; done")
