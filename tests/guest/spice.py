# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a SPICE client is shown: spice-gtk's spicy-screenshot."""

import shutil
import subprocess

import screen
from vm import GuestError

PROGRAM = "spicy-screenshot"
SECONDS = 60


def picture(uri, path):
    """What a client of that address is shown first; path is a file for it."""
    if not shutil.which(PROGRAM):
        raise GuestError(f"there is no {PROGRAM} here: install spice-client-gtk")
    done = subprocess.run([PROGRAM, f"--uri={uri}", f"--out-file={path}"],
                          capture_output=True, text=True, timeout=SECONDS,
                          check=False)
    if done.returncode or not path.exists():
        raise GuestError(f"{PROGRAM} ended with status {done.returncode}: "
                         f"{done.stderr.strip()}")
    return screen.Picture.read(path)
