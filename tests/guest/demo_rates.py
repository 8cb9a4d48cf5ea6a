# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Frame rates of OpenGL programs in the guest: on ours, on its own, on stock.

Each in a boot of its own, on 1024x768 and with a VNC client that looks.
"""

import gl
import desktop
from vm import GuestError, VM
from watcher import Watcher

CUBE_FRAMES = 100
SCENES = ("build", "texture", "shading")
SECONDS = 2

# What is measured: its name, the device, and whether the modules are stock's.
OURS = "ours: 3D without a GPU"
KINDS = {
    OURS: ("virtio-gpu-gl-pci", False),
    "2D, and the guest's own llvmpipe": ("virtio-gpu-pci", False),
    "stock, with its 3D tricked into it": ("virtio-gpu-gl-pci", True),
}


def measure(image, kind, options):
    """Frames a second of each program, by its name."""
    device, stock = KINDS[kind]
    more = gl.STOCK if stock else {}
    work = options.build / "demo/log" / f"rates-{list(KINDS).index(kind)}"
    with VM(image, [device], work, qemu=options.qemu,
            modules=None if stock else options.modules,
            memory=gl.MEMORY_MIB, **more) as vm:
        vm.boot()
        vm.run(gl.MODE_1024x768)
        desktop.load_driver(vm)
        with Watcher(vm):
            rates = {"kmscube": gl.cube_frames(vm, CUBE_FRAMES)}
            rates.update(gl.glmark2(
                vm, [f"{scene}:duration={SECONDS}" for scene in SCENES]))
    return rates


def table(image, options, say):
    """The lines of a table of all of them."""
    names = ("kmscube", *SCENES)
    yield f"{'':38}" + "".join(f"{name:>10}" for name in names)
    for kind in KINDS:
        say(f"frame rates, {kind}")
        try:
            rates = measure(image, kind, options)
        except GuestError as error:
            if not KINDS[kind][1]:
                raise
            yield f"{kind:38}not measured: {error}"
        else:
            yield f"{kind:38}" + "".join(f"{rates[name]:10.0f}"
                                         for name in names)
