# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Heads of a domain, changed by qemu-virtio-gpu-ctl through libvirt."""

import json

from cases import expect
from daemon import URI, GuestError

MODE, RATE = (1152, 864), 100
WISHED = (1600, 900)


class Control:
    """The program, for one domain."""

    def __init__(self, domain):
        self.domain = domain
        self.program = [domain.build / "qemu-virtio-gpu-ctl", "--connect", URI,
                        "--domain", domain.name]

    def __call__(self, *words):
        return self.domain.libvirt.execute(*self.program, *map(str, words))

    def device(self):
        """What it lists of the domain's one device."""
        device, = json.loads(self("list", "--json"))["devices"]
        return device

    def head(self, number, *names):
        """These members of a head."""
        head = self.device()["heads"][number]
        return tuple(head[name] for name in names)


def change_head(run, connectors):
    """Unplug, plug in, set and release the last head; the guest sees it.

    connectors() gives id, width and height of the guest's monitors.
    """
    ctl, last = Control(run.vm), run.traits["heads"] - 1

    for command, monitors in (("disconnect", last), ("connect", last + 1)):
        ctl(command, last)
        expect(f"that {command} was done, and who decides",
               (monitors > last, "operator"), ctl.head(last, "connected", "control"))
        run.wait(f"{monitors} monitors after {command}",
                 lambda: len(connectors(run.vm)) == monitors)

    def wait_for(size):
        run.wait("a monitor of {}x{}".format(*size),
                 lambda: connectors(run.vm)[last][1:] == tuple(map(str, size)))

    ctl("mode", last, "{}x{}@{}".format(*MODE, RATE))
    wait_for(MODE)
    expect("its mode", (*MODE, RATE, "operator"),
           ctl.head(last, "xres", "yres", "refresh", "control"))
    ctl("release", last)
    expect("who decides", ("client",), ctl.head(last, "control"))
    ctl("mode", last, "{}x{}".format(*WISHED), "--until-client")
    wait_for(WISHED)
    expect("who decides", ("client",), ctl.head(last, "control"))
    try:
        ctl("mode", last + 1, "800x600")
    except GuestError as error:
        print(f"# a head too many: {error}", flush=True)
    else:
        raise GuestError("expected an error for a head that there is not")
