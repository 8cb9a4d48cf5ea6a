#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A guest with a GPU of its own, and Linux's driver for virtio-gpu; TAP on stdout.

Runs in the machine of rig.py, which has given the PCI device that QTEST_VFIO
names to vfio-pci. QEMU with our modules and renderer=vfio gives it to a guest of
tests/guest, where it stands in for the GPU: its memory is what a driver would
have rendered into. The guest's virtio_gpu imports that memory, a dma-buf, and
shows it; what is on the screen is compared with what was drawn there.

It is an emulator in an emulator: a boot takes minutes.
"""

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import screen  # noqa: E402
from vm import GuestError, VM  # noqa: E402

MEMORY_MIB = 384
SIZE = (640, 480)
ADDRESS = "0000:00:10.0"        # of the device, in the guest
PCI = "/sys/bus/pci"
BLACK = screen.Picture(*SIZE)

BOOT_SECONDS = 900
STEP_SECONDS = 300


class Inner(VM):
    """The guest. Its processor is AMD's, from whose PCI host bridges Linux
    takes it that devices reach each other; the emulated bridge is not in its
    list."""

    MACHINE = ["-object", f"memory-backend-memfd,id=ram,size={MEMORY_MIB}M",
               "-machine", "q35,kernel-irqchip=split,memory-backend=ram",
               "-device", "intel-iommu,intremap=on,caching-mode=on"]
    ACCELERATOR = "kvm"
    CPU = "EPYC"
    PROCESSORS = 1
    PARAMETERS = "intel_iommu=on no_timer_check audit=0 nokaslr"

    def dmabufs(self):
        """How many QEMU holds of those that vfio-pci has made."""
        infos = Path(f"/proc/{self.process.pid}/fdinfo").iterdir()
        return sum("exp_name:\tvfio_pci_core\n" in info.read_text()
                   for info in infos)


class Chain:
    """The cases, each goes on where the one before it ended."""

    def __init__(self, vm):
        self.vm = vm
        self.kms = None

    def expect_dmabufs(self, number, when):
        """As many; what ends them is on its way when the guest goes on."""
        deadline = time.monotonic() + STEP_SECONDS
        while self.vm.dmabufs() != number:
            if time.monotonic() > deadline:
                raise GuestError(f"expected {number} dma-bufs of vfio-pci "
                                 f"{when}, QEMU has {self.vm.dmabufs()}")
            time.sleep(0.2)

    def ask(self, command):
        return self.kms.ask(command, STEP_SECONDS)

    def expect_picture(self, picture, name):
        self.vm.wait_for_picture(picture, name, seconds=STEP_SECONDS)

    def boots(self):
        seconds = self.vm.boot(BOOT_SECONDS)
        print(f"# Linux {self.vm.kernel} in it: up after {seconds:.0f} s",
              flush=True)

    def binds(self):
        device = f"{PCI}/devices/{ADDRESS}"
        self.vm.run("modprobe -a virtio_gpu vfio_iommu_type1 vfio_pci && "
                    f"echo vfio-pci >{device}/driver_override && "
                    f"echo {ADDRESS} >{PCI}/drivers_probe && "
                    f"readlink {device}/driver | grep -q vfio-pci",
                    STEP_SECONDS)
        self.vm.run("until [ -e /dev/dri/card0 ]; do sleep 0.1; done",
                    STEP_SECONDS)
        self.kms = self.vm.session("kms")
        self.ask("open")
        self.expect_dmabufs(0, "before anything is shown")

    def shows(self):
        self.ask(f"assigned {ADDRESS}")
        self.show("chain-shown")

    def show(self, name):
        self.ask(f"assigned-mode {SIZE[0]} {SIZE[1]} coords")
        self.expect_picture(screen.coords(*SIZE), name)
        self.expect_dmabufs(1, "while its memory is shown")

    def flushes(self):
        picture = screen.coords(*SIZE)
        picture.fill(100, 50, 200, 100, bytes.fromhex("204080"))
        self.ask("draw 204080 100 50 200 100")
        self.expect_picture(picture, "chain-drawn")

    def switched_off(self):
        self.ask("assigned-power off")
        self.expect_picture(BLACK, "chain-off")
        self.expect_dmabufs(0, "after the device was switched off")

    def switched_on(self):
        self.ask("assigned-power on")
        self.show("chain-on")

    def ends(self):
        self.ask("close")
        self.expect_dmabufs(0, "when nothing of it is shown")

    def log_is_clean(self):
        bad = self.vm.run("dmesg | grep -E 'BUG|WARNING|Oops|"
                          "virtio_gpu.*ERROR|response 0x1[12]' || true",
                          STEP_SECONDS)
        if bad:
            raise GuestError(f"the guest's kernel log: {bad}")


def cases(chain):
    yield "a guest with an assigned device boots", chain.boots
    yield "virtio_gpu and vfio-pci bind in it", chain.binds
    yield "memory of the assigned device is on the screen", chain.shows
    yield "what is drawn there and flushed, too", chain.flushes
    yield "the device is switched off below the picture", chain.switched_off
    yield "on again it is shown again", chain.switched_on
    yield "its dma-buf ends with the picture", chain.ends
    yield "the guest's kernel has nothing to complain of", chain.log_is_clean


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tap", action="store_true", help="it is always TAP")
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def main():
    options = parse()
    devices = [f"vfio-pci,id=assigned0,host={os.environ['QTEST_VFIO']},"
               "addr=10.0",
               "virtio-gpu-pci,renderer=vfio,vfio=assigned0,addr=14.0,"
               "iommu_platform=on"]
    failed = False
    with Inner(options.image, devices, options.output / "inner",
               modules=os.environ["QEMU_MODULE_DIR"],
               qemu=os.environ["QTEST_QEMU_BINARY"],
               memory=MEMORY_MIB) as vm:
        for number, (name, run) in enumerate(cases(Chain(vm)), 1):
            started = time.monotonic()
            try:
                run()
            except GuestError as error:
                print(f"# {error}\nnot ok {number} - {name}", flush=True)
                failed = True
                break
            print(f"# {time.monotonic() - started:.1f} s\n"
                  f"ok {number} - {name}", flush=True)
    print(f"1..{number}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
