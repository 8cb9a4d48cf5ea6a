# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What run.py runs: devices of the machine, programs in it."""

from dataclasses import dataclass, field


@dataclass
class Device:
    """A PCI device of the machine.

    name      and properties, as for -device
    slot      of the bus
    assigned  whether vfio-pci gets it
    """

    name: str
    slot: int
    assigned: bool = True

    @property
    def arguments(self):
        return f"{self.name},addr={self.slot:x}.0"

    @property
    def address(self):
        return f"0000:00:{self.slot:02x}.0"


@dataclass
class Step:
    """A test program of tests/qtest.

    seconds  after which it hangs
    """

    program: str
    seconds: int
    arguments: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    name: str = ""

    @property
    def title(self):
        return self.name or self.program.removesuffix("-test")


@dataclass
class Plan:
    """What happens in one boot.

    preparation  shell commands of the machine, before anything is assigned
    """

    steps: list
    devices: list = field(default_factory=list)
    preparation: list = field(default_factory=list)

    def outer(self, _options):
        """For the QEMU that the machine is."""
        return {}


BOCHS = Device("bochs-display", 0x10)

PLANS = {
    "short": Plan([Step("vfio-test", 120)], [BOCHS]),
    "assigned": Plan([Step("vfio-test", 120)], [BOCHS]),
}
