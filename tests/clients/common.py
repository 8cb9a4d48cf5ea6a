# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What the suites of clients share: their programs, their pictures, VNC."""

import shutil
import subprocess

from PIL import Image

import screen
import vnc
from vm import GuestError

CLIENT_SECONDS = 60
END_SECONDS = 10


def program(name, package):
    """The path of a program."""
    path = shutil.which(name)
    if not path:
        raise GuestError(f"there is no {name} here: install {package}")
    return path


def run_client(command, picture=None):
    """Run a client until it ends; the picture that it has left."""
    if picture:
        picture.unlink(missing_ok=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=CLIENT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise GuestError(f"{command[0]} did not end in {CLIENT_SECONDS} s")
    if done.returncode or (picture and not picture.exists()):
        raise GuestError(f"{' '.join(map(str, command))} ended with status "
                         f"{done.returncode}: {done.stderr.strip()}")
    return picture and read_picture(picture)


def read_picture(path):
    with Image.open(path) as image:
        return from_image(image)


def from_image(image):
    return screen.Picture(*image.size, image.convert("RGB").tobytes())


def gvnccapture(vm):
    """What gvnccapture, of gtk-vnc, takes a picture of."""
    path = vm.work / "gvnccapture.png"
    display = vnc.port(vm) - vnc.DISPLAY_0
    return run_client([program("gvnccapture", "gvncviewer"), "--quiet",
                       f"127.0.0.1:{display}", path], path)


def end(process):
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
