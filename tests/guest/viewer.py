# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The person at the screen of a VM: sees it, points, types, plugs monitors.

    with VM(..., extra=viewer.ARGUMENTS) as vm:
        with Viewer(vm, build / "tests/guest/viewer") as person:
            person.watch(0)
            person.point(640, 400)

What is seen comes through QEMU's D-Bus display (viewer/main.c), which unlike a
screendump has the cursor; what is done goes through QMP.
"""

import socket
import subprocess

import screen
from vm import GuestError, Line, Session

ARGUMENTS = ("-display", "dbus,p2p=yes")
INPUTS = ("virtio-tablet-pci", "virtio-keyboard-pci")

# QEMU's absolute axes go from 0 to 0x7fff whatever the size of the screen.
AXIS_STEPS = 0x8000

# Characters that keys of a US keyboard give, as far as they are typed here.
KEYS = {" ": "spc", "-": "minus", ".": "dot", "/": "slash", "\n": "ret",
        ";": "semicolon", "\b": "backspace"}


def key_name(character):
    return KEYS.get(character, character)


class Viewer(Session):
    """A viewer program beside a VM, and the VM's mouse and keyboard."""

    def __init__(self, vm, program):
        if not program.is_file():
            raise GuestError(f"there is no {program}: run make")
        self.vm = vm
        ours, theirs = socket.socketpair()
        bus, bus_of_qemu = socket.socketpair()
        with theirs, bus, bus_of_qemu:
            vm.add_client("@dbus-display", bus_of_qemu)
            self.process = subprocess.Popen(
                [program, str(bus.fileno())], stdin=theirs, stdout=theirs,
                pass_fds=[bus.fileno()])
        super().__init__(Line(ours, "viewer"), "viewer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.port.sock.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # Sees

    def watch(self, console=0):
        self.ask(f"watch {console}")

    def look_away(self, console=0):
        self.ask(f"ignore {console}")

    def state(self, console=0):
        """Figures of what was shown so far; see viewer/main.c."""
        return self.figures(f"state {console}")

    def picture(self, name, console=0, pointed=False):
        """What was shown, with or without the cursor."""
        path = (self.vm.work / f"{name}.ppm").resolve()
        what = "pointed" if pointed else "picture"
        self.ask(f"{what} {console} {path}")
        return screen.Picture.read(path)

    def cursor(self, console=0):
        """Width, height, hot spot's x and y, and BGRA bytes of the cursor."""
        *figures, pixels = self.ask(f"cursor {console}").split()
        words = bytes.fromhex(pixels)
        data = bytearray(len(words))
        for byte in range(4):
            data[byte::4] = words[3 - byte::4]
        return *map(int, figures), bytes(data)

    # Does

    def wish(self, width, height, console=0, place=(0, 0)):
        """Resize the window of a console."""
        self.ask(f"wish {console} {width} {height} {place[0]} {place[1]}")

    def unplug(self, console=0):
        # QEMU swallows a wish that equals the last one, which at first is
        # "0x0 at 0,0": another place makes it different.
        self.wish(0, 0, console, place=(1, 0))

    def _send(self, *events):
        self.vm.qmp("input-send-event", events=[
            {"type": kind, "data": data} for kind, data in events])

    def point(self, x, y, size=(1280, 800)):
        """Move the pointer to a pixel of a desktop of this size."""
        self._send(*(
            ("abs", {"axis": axis,
                     "value": int((at + 0.5) * AXIS_STEPS / length)})
            for axis, at, length in zip("xy", (x, y), size)))

    def button(self, down, name="left"):
        self._send(("btn", {"button": name, "down": down}))

    def type(self, text):
        for character in text:
            key = {"type": "qcode", "data": key_name(character)}
            for down in (True, False):
                self._send(("key", {"key": key, "down": down}))
