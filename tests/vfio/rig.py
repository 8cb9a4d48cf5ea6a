# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A machine with an IOMMU, in which this one's programs run.

    with Rig(rig_image("newest"), ["bochs-display,addr=10.0"], work) as rig:
        rig.boot()
        rig.assign("0000:00:10.0")
        status = rig.host(["build/tests/qtest/vfio-test"], work / "vfio.tap")

It is the guest of tests/guest with Debian's kernel for hardware: an emulated
VT-d gives it the real vfio-pci, and Debian's kernel a /dev/udmabuf, which need
not be there where this runs. Its programs are those of the machine outside,
read over 9p; the QEMU under test is one of them. Errors are GuestError.
"""

import os
import re
import shlex
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/guest"))

from vm import GuestError, GuestTimeout, NoImage, VM  # noqa: E402
from vm import build_image  # noqa: E402

MEMORY_MIB = 4096
PCI = "/sys/bus/pci"

# Linux's words when the timer ran by more than a tenth beside its clock while it
# was measured; it is used as measured.
CALIBRATION = re.compile(r"APIC calibration not consistent with PM-Timer: "
                         r"(\d+)ms instead of 100ms")
FEWEST_MS = 50


def rig_image(kernel):
    """Its kernel, "backports" (6.12) or "newest" (7.3); or NoImage."""
    return build_image(kernel, host=True)


class Rig(VM):
    """One machine; the rest of the arguments as VM's.

    image    folder from rig_image()
    devices  values for -device, which it has besides
    work     folder for logs, also for what runs inside, at the same path
    """

    MACHINE = ["-machine", "q35,kernel-irqchip=split",
               "-device", "intel-iommu,intremap=on,caching-mode=on,"
               "device-iotlb=on"]
    CPU = "max"
    # A test looks at BARs that vfio-pci holds: iomem=relaxed.
    PARAMETERS = ("intel_iommu=on iommu=nopt iomem=relaxed no_timer_check "
                  "audit=0")

    def __init__(self, image, devices, work, **options):
        self.shared = Path(work).resolve()
        self.shared.mkdir(parents=True, exist_ok=True)
        shares = [("root", "/", ",readonly=on"), ("folder0", self.shared, "")]
        extra = []
        for name, path, how in shares:
            extra += ["-fsdev", f"local,id={name},path={path},"
                      f"security_model=none,multidevs=remap{how}",
                      "-device", f"virtio-9p-pci,fsdev={name},mount_tag={name}"]
        super().__init__(image, devices, self.shared, extra=extra,
                         memory=MEMORY_MIB, **options)

    def boot(self, *arguments):
        """As VM.boot(), until this machine's programs can be run."""
        super().boot(*arguments)
        self.check_timer()
        self.run(f"host-root {self.shared}")
        return time.monotonic() - self.started

    def check_timer(self):
        """Where its timer runs fast, time limits inside end at once."""
        found = CALIBRATION.search(self.log.read_text(errors="replace"))
        if found and int(found[1]) < FEWEST_MS:
            raise GuestError(f"{found[0]}: Linux in it got its timer wrong, as "
                             "this machine was too busy while it booted; run "
                             "this again beside fewer jobs")

    def assign(self, address):
        """Give a PCI device to vfio-pci."""
        device = f"{PCI}/devices/{address}"
        self.run(f"modprobe -a vfio_iommu_type1 vfio_pci && "
                 f"echo vfio-pci >{device}/driver_override && "
                 f"if [ -e {device}/driver ]; then "
                 f"echo {address} >{device}/driver/unbind; fi && "
                 f"echo {address} >{PCI}/drivers_probe && "
                 f"readlink {device}/driver | grep -q vfio-pci")

    def host(self, command, output, environment=None, seconds=60):
        """Run a program of the outer machine; its status.

        output  a file in the work folder, which can be read meanwhile
        """
        settings = [f"{name}={value}"
                    for name, value in (environment or {}).items()]
        words = [str(word) for word in
                 ("host", "-C", ROOT, *settings, *command)]
        line = f"{shlex.join(words)} >/host{shlex.quote(str(output))} 2>&1"
        return self.run_status(line, seconds)[0]


def inherited(names):
    """Of this process's environment, what tests inside need as well."""
    return {name: os.environ[name] for name in names if name in os.environ}


__all__ = ["GuestError", "GuestTimeout", "NoImage", "Rig", "build_image",
           "inherited", "rig_image"]
