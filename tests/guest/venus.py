# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Vulkan in the test guest: which driver draws, its programs, its host's side.

A guest needs the image of build_image(venus=True) for it.
"""

import base64
import binascii
import re
import time
from pathlib import Path

import screen
from vm import GuestError

DEVICE = "virtio-gpu-gl-pci,blob=on,hostmem=256M,venus=on"
MEMORY_MIB = 2048
DRAW_SECONDS = 120

# The loader takes no other: what the guest's own llvmpipe drew tells nothing.
VENUS = "VK_DRIVER_FILES=/usr/share/vulkan/icd.d/virtio_icd.json"
LLVMPIPE = "VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json"

# vkdraw's picture (vkdraw/scene.c): its side, corners and background.
SIDE = 256
LEFT, TOP, RIGHT, BOTTOM = 16, 16, 240, 232
GREY = bytes([51]) * 3      # 0.2

# The standard leaves the precision of what is interpolated to the drivers.
TOLERANCE = 2


def triangle(frames):
    """The last of vkdraw's frames, by the standard's rules."""
    level = (frames - 1) % 256
    picture = screen.Picture(SIDE, SIDE)
    for y in range(SIDE):
        row = bytearray()
        for x in range(SIDE):
            green = (x + 0.5 - LEFT) / (RIGHT - LEFT)
            blue = (y + 0.5 - TOP) / (BOTTOM - TOP)
            red = 1 - green - blue
            row += (GREY if min(red, green, blue) < 0 else
                    bytes((round(red * 255), round(green * 255),
                           round(blue * level))))
        picture.row(y, row)
    return picture


def far_apart(expected, got):
    """In what two pictures differ by more than the tolerance; None: nothing."""
    if (expected.width, expected.height) != (got.width, got.height):
        return expected.difference(got)
    wrong = {i // 3 for i, (a, b) in enumerate(zip(expected.data, got.data))
             if abs(a - b) > TOLERANCE}
    if not wrong:
        return None
    x, y = min(wrong) % expected.width, min(wrong) // expected.width
    return (f"{len(wrong)} pixels are off by more than {TOLERANCE}, first "
            f"({x}, {y}): expected {expected.pixel(x, y).hex()}, "
            f"got {got.pixel(x, y).hex()}")


def draw(vm, frames, driver=VENUS):
    """vkdraw draws: its device, frames a second, and the last frame."""
    said = vm.run(f"{driver} vkdraw {frames} /run/drawn.ppm && "
                  "base64 /run/drawn.ppm", DRAW_SECONDS)
    match = re.match(rf"device (.*)\ndrawing\nframes {frames} fps ([\d.]+)\n",
                     said)
    if not match:
        raise GuestError(f"expected {frames} frames of vkdraw, got {said[:200]}")
    path = vm.work / "drawn.ppm"
    try:
        path.write_bytes(base64.b64decode(said[match.end():]))
    except binascii.Error as error:
        raise GuestError(f"vkdraw's picture did not arrive: {error}")
    return match[1], float(match[2]), screen.Picture.read(path)


def start_drawing(vm):
    """vkdraw draws until it is ended, or fails."""
    vm.run("rm -f /run/vkdraw /run/vkdraw-status; "
           f"({VENUS} vkdraw 0 >/run/vkdraw 2>&1; "
           "echo $? >/run/vkdraw-status) & "
           "until grep -qs drawing /run/vkdraw || [ -s /run/vkdraw-status ]; "
           "do sleep 0.05; done")
    if not vm.run("pidof vkdraw; true").strip():
        raise GuestError("vkdraw ended at once: " + vm.run("cat /run/vkdraw"))


def wait_for_end(vm, seconds):
    """How vkdraw ended: its status, and its last words."""
    deadline = time.monotonic() + seconds
    while vm.run_status("[ -s /run/vkdraw-status ]")[0]:
        if time.monotonic() > deadline:
            raise GuestError(f"vkdraw still runs after {seconds} s: "
                             + vm.run("tail -n 2 /run/vkdraw"))
        time.sleep(0.1)
    return (int(vm.run("cat /run/vkdraw-status")),
            vm.run("tail -n 1 /run/vkdraw").strip())


def stop_drawing(vm):
    vm.run("killall vkdraw; until [ -s /run/vkdraw-status ]; "
           "do sleep 0.05; done")


def start_window(vm, frames, driver=VENUS):
    """vkdraw shows that many frames on weston, and leaves the last there."""
    vm.run("rm -f /run/clients.log")
    vm.run(f"{driver} desktop run vkdraw {frames} --window")


def window_rate(vm, frames):
    """vkdraw's device and its frames a second, when it has shown them."""
    vm.run("until grep -qs -e ^frames -e ^error /run/clients.log; "
           "do sleep 0.05; done", DRAW_SECONDS)
    said = vm.run("cat /run/clients.log")
    match = re.match(rf"device (.*)\ndrawing\nframes {frames} fps ([\d.]+)\n",
                     said)
    if not match:
        raise GuestError(f"expected {frames} frames of vkdraw, got {said}")
    return match[1], float(match[2])


def find_window(picture):
    """Where vkdraw's picture is on a screen, or None."""
    for y in range(picture.height - SIDE):
        x = picture.crop(0, y, picture.width, 1).find(GREY * SIDE)
        if x >= 0:
            return x // 3, y
    return None


def start_vkmark(vm, scene, size, driver=VENUS):
    """A scene in a window on weston."""
    vm.run(f"rm -f /run/vkmark; ({driver} desktop wait vkmark --winsys wayland "
           f"-s {size[0]}x{size[1]} -b {scene} >/run/vkmark 2>&1; "
           "echo $? >>/run/vkmark) &")


def vkmark_rate(vm, seconds):
    """The device and the frames a second, when it has ended."""
    vm.run("until tail -n 1 /run/vkmark | grep -q '^[0-9]*$'; do sleep 0.1; "
           "done", seconds)
    said = vm.run("cat /run/vkmark")
    device = re.search(r"Device Name: *(.*)", said)
    rate = re.search(r"FPS: (\d+)", said)
    if not device or not rate or said.split()[-1] != "0":
        raise GuestError(f"expected a rate of vkmark, got {said}")
    return device[1], int(rate[1])


def children(pid):
    """The processes that a process of the host started and that live."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def render_server(vm):
    """The process ids of the server and of those of its contexts."""
    servers = [pid for pid in children(vm.process.pid)
               if "virgl" in Path(f"/proc/{pid}/comm").read_text()]
    if len(servers) != 1:
        raise GuestError(f"expected one render server of QEMU, got {servers}")
    return servers[0], children(servers[0])
