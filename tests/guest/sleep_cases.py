# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with a guest that sleeps (S3), and on which devices.

Linux does not make its resources again after a sleep in which the device was
reset, and QEMU resets it: the screen is black until the driver is bound anew,
with the stock device too. Linux 6.9 and later let the device sleep with its
state where it promises to keep it, behind a root port.
"""

import time

import cases
import screen
from cases import Run, expect
from vm import GuestError

DEVICES = {
    "virtio-gpu-pci": {"reset": True},
    "virtio-gpu-pci,bus=rp,x-pcie-pm-no-soft-reset=on": {"keeps": True},
}
IMAGE = {}
MEMORY_MIB = 512
BUSES = ("pcie-root-port,id=rp",)
INPUTS = ()
SIZE = (1280, 800)
SLEEP_SECONDS = 60

CASES = []
__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]


def arguments(image, _traits, _work):
    # An ELF kernel would be written over its own memory by QEMU's wake-up,
    # which loads it as at a reset.
    return "-kernel", f"{image}/vmlinuz"


def case(title, trait=None):
    """Register a case; trait= names what a device must have for it."""
    def register(function):
        CASES.append((title, trait, function))
        return function
    return register


def show_bars(run):
    run.kms.ask("open")
    run.show(*SIZE, "bars")


@case("boots, and a picture is on the screen")
def boots(run):
    cases.boots(run)
    cases.load_driver(run)
    run.kms = run.vm.session("kms")
    show_bars(run)


@case("sleeps, and wakes up")
def sleeps(run):
    vm = run.vm
    vm.control.send("echo deep >/sys/power/mem_sleep; "
                    "echo mem >/sys/power/state")
    deadline = time.monotonic() + SLEEP_SECONDS
    while vm.qmp("query-status")["status"] != "suspended":
        if time.monotonic() > deadline:
            raise GuestError("the guest did not go to sleep")
        time.sleep(0.1)
    vm.qmp("system_wakeup")
    status, length = vm.control.line(SLEEP_SECONDS, "waking up").split()
    said = vm.control.bytes(int(length), SLEEP_SECONDS, "what it said")
    expect("the status of going to sleep, and what was said", ("0", b""),
           (status, said))


@case("the picture is there again, and flips go on", trait="keeps")
def picture_kept(run):
    run.vm.wait_for_picture(screen.bars(*SIZE), "awake")
    figures = run.kms.figures("flip 11 coords")
    expect("events of 11 page flips", 11, figures["events"])
    run.vm.wait_for_picture(screen.coords(*SIZE), "flipped")


@case("the driver is bound anew: the picture comes back", trait="reset")
def rebound(run):
    run.kms.ask("close")
    # It complained about resources that the device no longer has.
    run.new_kernel_lines()
    where = "/sys/bus/virtio/drivers/virtio_gpu"
    device = run.vm.run(f"basename {where}/virtio*").strip()
    run.vm.run(f"echo {device} >{where}/unbind")
    run.new_kernel_lines()
    run.vm.run(f"echo {device} >{where}/bind; "
               "until [ -e /dev/fb0 ]; do sleep 0.1; done")
    show_bars(run)
