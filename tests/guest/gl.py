# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""OpenGL in the test guest: what draws, programs that do, their frame rates.

A guest needs the image of build_image(gl=True) for it.
"""

import contextlib
import re
import sys
import time
from pathlib import Path

import desktop
from vm import GuestError

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts/bench"))
import programs  # noqa: E402

DRIVER = "virgl"
WESTON = "--config=/etc/weston-gl.ini"
MEMORY_MIB = 1024

# For VM(): how the stock device has 3D without a GPU. Mesa's GBM takes the
# character device for one and goes on with llvmpipe; nothing documents it.
STOCK = {"display": "egl-headless,rendernode=/dev/null",
         "environment": {"GBM_ALWAYS_SOFTWARE": "1"}}

CUBE_GREY = b"\x80\x80\x80"
CUBE_SECONDS = GLMARK2_SECONDS = 120

# glmark2 draws in the largest mode that there is.
MODE_1024x768 = "modprobe drm edid_firmware=edid/1024x768.bin"


def strings(vm, api, platform="gbm"):
    """What glGetString() says: the renderer and the version."""
    said = vm.run(f"wflinfo -p {platform} -a {api}")
    found = [re.search(rf"^OpenGL {what} string: (.*)$", said, re.MULTILINE)
             for what in ("renderer", "version")]
    if not all(found):
        raise GuestError(f"expected a renderer and a version, got {said}")
    return tuple(match[1] for match in found)


@contextlib.contextmanager
def cube(vm):
    """kmscube on the screen. It ends with its standard input."""
    vm.run("rm -f /run/key /run/cube-status; mkfifo /run/key; "
           "(kmscube <>/run/key >/run/cube 2>&1; echo $? >/run/cube-status) &")
    try:
        yield
    except GuestError:
        if vm.process.poll() is None:
            vm.run("killall kmscube; while pidof kmscube; do sleep 0.05; done")
        raise
    vm.run("echo >/run/key; until [ -s /run/cube-status ]; do sleep 0.05; done")
    status = vm.run("cat /run/cube-status; rm /run/cube-status").strip()
    if status != "0":
        raise GuestError(f"expected 0 of kmscube, got {status}: " +
                         vm.run("tail -n 3 /run/cube"))


def cube_frames(vm, frames):
    """kmscube draws that many frames; how many a second."""
    said = vm.run("rm -f /run/key; mkfifo /run/key; "
                  f"kmscube -c {frames} <>/run/key 2>&1 | tail -n 1",
                  CUBE_SECONDS)
    match = re.search(r"Rendered (\d+) frames in [\d.]+ sec \(([\d.]+) fps",
                      said)
    # It does not count the first.
    if not match or int(match[1]) != frames - 1:
        raise GuestError(f"expected {frames - 1} frames of kmscube, got {said}")
    return float(match[2])


def cube_seen(picture):
    """Whether kmscube's cube is in the middle of its grey."""
    middle = picture.pixel(picture.width // 2, picture.height // 2)
    return picture.pixel(1, 1) == CUBE_GREY != middle


def triangle(picture):
    """Whether the triangle of weston-simple-egl is there: red, green, blue."""
    found = set()
    for y in range(desktop.PANEL_HEIGHT, picture.height, 2):
        for x in range(0, picture.width, 2):
            colour = picture.pixel(x, y)
            high = max(colour)
            if high > 0xA0 and sorted(colour)[1] < 0x40:
                found.add(colour.index(high))
                if len(found) == 3:
                    return True
    return False


def start_weston(vm, size):
    """weston with its GL renderer is on the screen; what it says draws."""
    desktop.start(vm, WESTON)
    desktop.wait_for_desktop(vm, size)
    return vm.run("sed -n 's/.*GL renderer: //p' /run/weston.log").strip()


def glmark2(vm, scenes, window=None):
    """Frames a second of each of glmark2's scenes.

    On the whole screen, or in a window of this size on weston, "400x300".
    """
    program = " ".join(("glmark2-es2-drm", *programs.OPTIONS["DRM"]))
    if window:
        program = f"desktop wait glmark2-es2-wayland -s {window}"
    options = " ".join(f"-b {scene}" for scene in scenes)
    said = vm.run(f"{program} {options} 2>&1",
                  len(scenes) * GLMARK2_SECONDS)
    rates = programs.rates(said)
    wanted = [scene.partition(":")[0] for scene in scenes]
    if list(rates) != wanted:
        raise GuestError(f"expected the scenes {wanted} of glmark2, got {said}")
    return rates


def round_trips(vm, seconds):
    """Milliseconds that QMP takes to answer, sorted, over some time."""
    times = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.monotonic()
        vm.qmp("query-status")
        times.append((time.monotonic() - started) * 1e3)
        time.sleep(0.01)
    return sorted(times)
