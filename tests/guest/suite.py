# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The cases of a suite of tests with a guest."""


class Cases(list):
    """(title, trait, function) of each case, in the order of their run."""

    def case(self, title, trait=None):
        """Register a case; trait= names what a device must have for it."""
        def register(function):
            self.append((title, trait, function))
            return function
        return register
