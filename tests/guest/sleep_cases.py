# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with a guest that sleeps (S3) or hibernates (S4), and on which
devices.

Linux does not make its resources again after a sleep in which the device was
reset, and QEMU resets it: the screen is black until the driver is bound anew,
with the stock device too. Linux 6.9 and later let the device sleep with its
state where it promises to keep it, behind a root port. After S4 it is another
device, that knows nothing of what was before.
"""

import subprocess
import time

import cases
import screen
from cases import expect
from suite import Cases
from vm import GuestError, GuestTimeout

DEVICES = {
    "virtio-gpu-pci": {"sleeps": True, "reset": True},
    "virtio-gpu-pci,bus=rp,x-pcie-pm-no-soft-reset=on": {"sleeps": True,
                                                         "keeps": True},
    # A boot of its own: after S3 this guest's power-off stays without effect,
    # on a machine without virtio-gpu, too.
    "S4 of virtio-gpu-pci": {"device": "virtio-gpu-pci", "hibernates": True},
}
IMAGE = {}
MEMORY_MIB = 512
BUSES = ("pcie-root-port,id=rp",)
INPUTS = ()
SIZE = (1280, 800)
SLEEP_SECONDS = 60
# Saving and loading 100 MB, and a boot.
HIBERNATE_SECONDS = 120
DISK = "disk"
DISK_BYTES = 1 << 30

CASES = Cases()
case = CASES.case


class Run(cases.Run):
    """The VM is another one after it hibernated, with the same disk."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.disk = vm.work / DISK

    def close(self):
        self.vm.close()
        self.disk.unlink()


def arguments(image, _traits, work):
    work.mkdir(parents=True, exist_ok=True)
    disk = work / DISK
    with open(disk, "wb") as file:
        file.truncate(DISK_BYTES)
    # An ELF kernel would be written over its own memory by QEMU's wake-up,
    # which loads it as at a reset.
    return ("-kernel", f"{image}/vmlinuz",
            "-drive", f"file={disk},format=raw,if=none,id=disk,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk")


def show_bars(run):
    run.kms.ask("open")
    run.show(*SIZE, "bars")


@case("boots, and a picture is on the screen")
def boots(run):
    cases.boots(run)
    cases.load_driver(run)
    run.kms = run.vm.session("kms")
    show_bars(run)


def woken_up(vm, seconds):
    """The answer to the command that had it sleep."""
    line = vm.control.line(seconds, "waking up")
    if line.startswith("ready"):
        raise GuestError("it did not wake up but booted")
    status, length = line.split()
    said = vm.control.bytes(int(length), seconds, "what it said")
    expect("the status of going to sleep, and what was said", ("0", b""),
           (status, said))


@case("sleeps, and wakes up", trait="sleeps")
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
    woken_up(vm, SLEEP_SECONDS)


@case("the picture is there again, and flips go on", trait="keeps")
def picture_kept(run):
    run.vm.wait_for_picture(screen.bars(*SIZE), "awake")
    figures = run.kms.figures("flip 11 coords")
    expect("events of 11 page flips", 11, figures["events"])
    run.vm.wait_for_picture(screen.coords(*SIZE), "flipped")


@case("the driver is bound anew: the picture comes back", trait="reset")
def rebound(run):
    bind_anew(run)


def bind_anew(run):
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


@case("hibernates, and another QEMU wakes it up", trait="hibernates")
def hibernates(run):
    old = run.vm
    old.run("modprobe virtio_blk; until [ -e /dev/vda ]; do sleep 0.02; done")
    old.run("mkswap /dev/vda; swapon /dev/vda; echo awake >/run/mark")
    old.run("echo shutdown >/sys/power/disk; "
            "cat /sys/block/vda/dev >/sys/power/resume")
    run.check_kernel_log()
    old.control.send("echo disk >/sys/power/state")
    try:
        expect("QEMU's status when the guest had powered off", 0,
               old.process.wait(HIBERNATE_SECONDS))
    except subprocess.TimeoutExpired:
        raise GuestTimeout("the guest did not hibernate")
    run.vm = old.again(old.work / "woken", "hibernated")
    old.close()
    run.vm.connect_monitor()
    woken_up(run.vm, HIBERNATE_SECONDS)
    run.kms.port = run.vm.session_port
    expect("what stood in its memory", "awake\n", run.vm.run("cat /run/mark"))
    run.vm.run("swapoff /dev/vda")


@case("flips are taken; the driver is bound anew: the picture comes back",
      trait="hibernates")
def rebound_again(run):
    expect("events of 11 page flips", 11, run.kms.figures("flip 11 coords")["events"])
    bind_anew(run)
    figures = run.kms.figures("flip 11 coords")
    expect("events of 11 page flips", 11, figures["events"])
    run.vm.wait_for_picture(screen.coords(*SIZE), "flipped")
