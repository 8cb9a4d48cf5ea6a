# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""weston in the test guest: start it, find things on its screen, use them.

Its picture is known by its structure: the panel at the top, the background
below it, the black inside of a terminal.
"""

import itertools
import re
import time

from vm import GuestError

PANEL_HEIGHT = 32
PANEL = bytes.fromhex("3f4d4f")         # over a background of any colour: near
ICONS = {"terminal": (22, 16), "flower": (53, 16), "window": (85, 16)}
TITLE_HEIGHT = 27
DESKTOP_SECONDS = 60

MODULE_LOADED = "until [ -e /dev/dri/card0 ]; do sleep 0.02; done"


def load_driver(vm):
    vm.run(f"modprobe virtio_gpu; {MODULE_LOADED}")


def start(vm, options=""):
    """weston takes clients when this returns."""
    vm.run(f"desktop start {options}")


def run(vm, program):
    vm.run(f"desktop run {program}")


def follow(vm):
    """The screen takes the mode that its monitor wishes, from now on."""
    vm.run("desktop follow")


def stop(vm):
    vm.run("desktop stop")


def panel(picture):
    """Whether weston's panel is at the top, and its background below."""
    def near(colour, wanted):
        return all(abs(a - b) <= 24 for a, b in zip(colour, wanted))

    middle = picture.width // 2
    columns = range(picture.width // 4, picture.width * 3 // 4, 16)
    return (all(near(picture.pixel(x, PANEL_HEIGHT // 2), PANEL)
                for x in columns) and
            not near(picture.pixel(middle, PANEL_HEIGHT + 4), PANEL) and
            any(picture.pixel(middle, PANEL_HEIGHT + 4)))


def terminal(picture):
    """The black inside of a terminal: (x, y, width, height), or None."""
    runs = {}
    for y in range(0, picture.height):
        start_of_row = y * picture.width * 3
        row = picture.data[start_of_row:start_of_row + picture.width * 3]
        for match in re.finditer(rb"(?:\0\0\0){300,}", row):
            at = -(-match.start() // 3)
            runs.setdefault((at, match.end() // 3 - at), []).append(y)
    if not runs:
        return None
    (x, width), rows = max(runs.items(), key=lambda item: len(item[1]))
    return x, rows[0], width, rows[-1] - rows[0] + 1


def wait_for(vm, what, found, look, seconds=DESKTOP_SECONDS):
    """Look until found(picture) is true; that value and the picture."""
    deadline = time.monotonic() + seconds
    while True:
        picture = look()
        value = found(picture)
        if value:
            return value, picture
        if time.monotonic() > deadline:
            path = vm.work / "missing.ppm"
            picture.write(path)
            raise GuestError(f"expected {what} on the screen, got {path}; "
                             "weston said: " +
                             vm.run("tail -n 3 /run/weston.log", check=False))
        time.sleep(0.05)


def wait_for_desktop(vm, size, seconds=DESKTOP_SECONDS, **where):
    """weston's panel and background on a screen of this size."""
    def found(picture):
        return (picture.width, picture.height) == size and panel(picture)

    return wait_for(vm, "weston's panel on {}x{}".format(*size), found,
                    lambda: vm.screendump("desktop", **where), seconds)[1]


def wait_for_terminal(vm, **where):
    """The place of a terminal's inside."""
    return wait_for(vm, "a terminal", terminal,
                    lambda: vm.screendump("terminal", **where))[0]


def pointed(vm, person, x, y, act):
    """Act with the pointer at x, y, and wait until the screen there changes.

    On pixman weston draws the pointer itself, on OpenGL it is the device's.
    """
    def look():
        return person.picture("pointer", pointed=True)

    area = (x - 8, y - 4, 24, 24)
    before = look().crop(*area)
    act()
    wait_for(vm, f"another pointer at {x},{y}",
             lambda picture: picture.crop(*area) != before, look)


def wake_pointer(vm, person, size=(1280, 800)):
    """Move the pointer for the first time, above the bare background.

    Programs learn only then that there is one. A button that is held already
    would keep the pointer from them.
    """
    x, y = size[0] // 2, size[1] // 4
    pointed(vm, person, x, y, lambda: person.point(x, y, size))


def drag_terminal(vm, person, x, y, size=(1280, 800)):
    """Move the terminal by its title, so that its inside begins at x, y."""
    at_x, at_y, width, _ = wait_for_terminal(vm)
    grip, above = width // 4, TITLE_HEIGHT // 2
    person.point(at_x + grip, at_y - above, size)
    person.button(True)
    steps = itertools.cycle((1, 0))

    def move_and_look():
        # The window follows once its program has asked for it, which nobody
        # sees from outside: the hand goes on moving until it does.
        person.point(x + grip, y - above + next(steps), size)
        return vm.screendump("dragged")

    def there(picture):
        place = terminal(picture)
        return place and abs(place[0] - x) <= 2 and abs(place[1] - y) <= 2

    wait_for(vm, f"the terminal at {x},{y} where it is dragged to", there,
             move_and_look)
    person.button(False)


def wait_for_update(client):
    """Wait until a VNC client is sent more than the panel with its clock."""
    client.request()
    while not any(y + height > PANEL_HEIGHT
                  for _, y, _, height in client.update()):
        client.request()


def type_into_terminal(vm, person, text):
    """Type on the terminal's last line, no faster than it appears.

    The kernel keeps 64 events for a program, sixteen characters.
    """
    area = wait_for_terminal(vm)
    for start in range(0, len(text), 8):
        before = vm.screendump("type").crop(*area)
        person.type(text[start:start + 8])
        wait_for(vm, f"\"{text[start:start + 8]}\" in the terminal",
                 lambda picture, before=before: picture.crop(*area) != before,
                 lambda: vm.screendump("type"))


def focus_terminal(vm, person, size=(1280, 800)):
    """Click into the terminal; its title turns from grey to white."""
    x, y, *_ = wait_for_terminal(vm)
    click(vm, person, x + 300, y + 200, size)
    wait_for(vm, "the terminal's white title",
             lambda picture: min(picture.pixel(x + 20, y - TITLE_HEIGHT // 2))
             > 0xE0, lambda: vm.screendump("focus"))


def click(vm, person, x, y, size=(1280, 800)):
    pointed(vm, person, x, y, lambda: person.point(x, y, size))
    person.button(True)
    person.button(False)
