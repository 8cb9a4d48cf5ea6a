# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A VNC client that looks at a VM all the time, on a thread of its own."""

import contextlib
import threading

import rfb
from vm import GuestError


class Client(rfb.Client):
    """Takes pixels and keeps none: its time is not what is measured."""

    def _pixels(self, x, y, width, height):
        self._read(f"{width * height * 4}s")


class Watcher:
    """with Watcher(vm) as watcher: ...; watcher.updates counts them."""

    def __init__(self, vm):
        self.vm = vm
        self.updates = 0
        self.error = None
        self.ending = False
        self.stack = contextlib.ExitStack()
        self.client = None
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self.client = self.stack.enter_context(self.vm.vnc(Client))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        self.stack.close()
        if self.error:
            raise self.error

    def _watch(self):
        line = self.client.line
        try:
            self.client.request(incremental=False)
            while not self.ending:
                # Without pixels it does not answer; see Client.whole().
                if line.wait(0.1) and self.client.update():
                    self.updates += 1
                    self.client.request()
        except (GuestError, rfb.VncError) as error:
            self.error = GuestError(f"the VNC client: {error}")
