# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""One boot of a guest with a person at its screen."""

import cases


class Run(cases.Run):
    """person is who a case puts there: a viewer.Viewer by this program."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.person = None
        self.program = options.viewer

    def close(self):
        if self.person:
            self.person.close()
