#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Show the guest's screen to clients that others wrote; TAP on stdout.

Debian's own Python runs it, as the clients' modules are packages. Cases, boots
and options are those of tests/guest/run.py.
"""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "guest"))

import run  # noqa: E402


class Suites(dict):
    """Imported when chosen: not each has its packages everywhere."""

    def __getitem__(self, name):
        return importlib.import_module(f"{name}_cases")


SUITES = Suites.fromkeys(("smoke", "vnc", "web", "spice", "dbus", "heads", "gtk",
                          "agent"))

if __name__ == "__main__":
    sys.exit(run.main(SUITES))
