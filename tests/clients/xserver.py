# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""An X server that nobody sees, for clients with windows."""

import os
import subprocess

from PIL import ImageGrab

import common
from vm import GuestError


class XServer:
    """Xvfb with a window manager; its clients end with it.

    with XServer(work, (1600, 1200)) as x:
        x.start(["remote-viewer", "vnc://127.0.0.1:5900"])
        shot = x.shot()
    """

    def __init__(self, work, size):
        self.work = work
        self.processes = []
        self.name = None
        read, write = os.pipe()
        with os.fdopen(read) as names:
            try:
                self._popen("Xvfb", [
                    common.program("Xvfb", "xvfb"), "-displayfd", str(write),
                    "-nolisten", "tcp", "-screen", "0",
                    "{}x{}x24".format(*size)], pass_fds=[write])
            finally:
                os.close(write)
            number = names.readline().strip()
        if not number:
            self.close()
            raise GuestError(f"Xvfb did not start: {work / 'Xvfb.log'} says "
                             "why")
        self.name = f":{number}"
        self.start([common.program("openbox", "openbox")])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.processes):
            common.end(process)

    def _popen(self, name, command, **options):
        with open(self.work / f"{name}.log", "w") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, **options)
        self.processes.append(process)
        return process

    def start(self, command, **environment):
        """A client of the X server; what it says goes to NAME.log."""
        name = os.path.basename(command[0])
        return self._popen(name, command, env={
            **os.environ, "DISPLAY": self.name, "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1", **environment})

    def shot(self):
        """What is on the screen, without the pointer."""
        return common.from_image(ImageGrab.grab(xdisplay=self.name))

    def xdotool(self, *words):
        try:
            done = subprocess.run(
                [common.program("xdotool", "xdotool"), *map(str, words)],
                capture_output=True, text=True, check=False,
                timeout=common.CLIENT_SECONDS,
                env={**os.environ, "DISPLAY": self.name})
        except subprocess.TimeoutExpired:
            raise GuestError(f"xdotool {' '.join(map(str, words))}: it did not "
                             f"end in {common.CLIENT_SECONDS} s")
        if done.returncode:
            raise GuestError(f"xdotool {' '.join(map(str, words))}: "
                             f"{done.stderr.strip() or 'found no window'}")
        return done.stdout
