# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What run.py runs: devices of the machine, programs in it."""

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


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
    """A test program of tests/qtest, or one elsewhere by its path.

    seconds  after which it hangs
    lacks    reasons that its cases may give for not being run; how many each
             has is told, any other reason is a failure
    """

    program: str
    seconds: int
    arguments: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    lacks: list = field(default_factory=list)
    name: str = ""

    @property
    def title(self):
        return self.name or self.program.removesuffix("-test")


@dataclass
class Plan:
    """What happens in one boot.

    preparation  shell commands of the machine, before anything is assigned
    environment  of every step
    our_devices  whether the QEMU that the machine is has our modules, too
    guest        whether its programs want a guest: --image FOLDER --output FOLDER
    """

    steps: list
    devices: list = field(default_factory=list)
    preparation: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    our_devices: bool = False
    guest: bool = False

    @property
    def assigned(self):
        return [device.address for device in self.devices if device.assigned]

    def settings(self, step):
        """The environment of one of the steps."""
        return {"QTEST_VFIO": " ".join(self.assigned), **self.environment,
                **step.environment}


BOCHS = Device("bochs-display", 0x10)
SECOND_BOCHS = Device("bochs-display", 0x11)
# It raises INTx.
ATI = Device("ati-vga", 0x12)

# What renders for the GPU of the machine is the device that is tested, in the
# QEMU outside: its node is a virtio-gpu's, for Mesa real hardware.
GPU = Device("virtio-gpu-gl-pci,renderer=software", 0x14, assigned=False)
GPU_NODE = "/dev/dri/renderD128"
SOFTWARE_NODE = "/dev/dri/renderD129"
GPU_READY = [
    "modprobe virtio_gpu",
    f"until [ -e {GPU_NODE} ]; do sleep 0.05; done",
    "modprobe vgem",
    f"until [ -e {SOFTWARE_NODE} ]; do sleep 0.05; done",
]
GPU_ENVIRONMENT = {
    "QTEST_GPU_NODE": f"{GPU_NODE} {GPU.address}",
    "QTEST_SOFTWARE_NODE": SOFTWARE_NODE,
    "QTEST_GL_ROUTE": ",renderer=gpu",
    # virglrenderer 0.10 sets this of every sampler, whether OpenGL has it or
    # not; virtio-gpu's driver in Mesa has not, and then contexts end.
    "MESA_EXTENSION_OVERRIDE": "+GL_AMD_seamless_cubemap_per_texture",
}


def gpu_plan(*steps, assigned=()):
    return Plan(list(steps), [GPU, *assigned], GPU_READY, GPU_ENVIRONMENT,
                our_devices=True)


SCRIPT_LACKS = [
    "a real QEMU cannot be made to fail here",
]


def scripts(route, lacks, *names):
    """Command scripts; what a route lacks of them another has."""
    return Step("script-qtest", 540,
                [f"--route={route}", f"--scripts={','.join(names)}"],
                lacks=[*SCRIPT_LACKS, lacks], name=f"script-{route}")


PLANS = {
    "short": Plan([Step("vfio-test", 120)], [BOCHS]),
    "assigned": Plan([Step("vfio-test", 120), Step("vfio-blob-test", 300)],
                     [BOCHS, ATI]),
    "route": Plan([Step("vfio-route-test", 400)], [BOCHS, SECOND_BOCHS]),
    "gpu-node": gpu_plan(Step("gl-node-test", 300)),
    "gpu-scanout": gpu_plan(Step("gl-scanout-test", 300)),
    "gpu-dbus": gpu_plan(Step("gl-dbus-test", 300), assigned=[BOCHS]),
    "gpu-image": gpu_plan(Step("gl-image-test", 300)),
    # Those about memory and whose it is; the others ask for nothing of a route.
    "script": Plan([scripts("vfio", "renderer=vfio has no 3D", "device-memory",
                            "kinds", "resource-assign-uuid",
                            "resource-create-blob", "set-scanout-blob")],
                   [BOCHS, SECOND_BOCHS]),
    # Nothing about mapping: this node's driver has no memory to map.
    "gpu-script": gpu_plan(scripts("gpu", "renderer=gpu is for 3D", "ctx",
                                   "fences-3d", "get-capset-3d",
                                   "resource-create-3d", "submit-3d",
                                   "transfer-3d")),
    "chain": Plan([Step(HERE / "chain.py", 1500, name="chain")], [BOCHS],
                  ["modprobe kvm_amd"], guest=True),
}
