#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-files.py FOLDER QEMU: the domains of contrib/libvirt are right; TAP.

Each is one that libvirt's schema allows, and what it hands to the device by its
own names are properties that the device has. None is started here; that is
"make check-libvirt".
"""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

QEMU = "{http://libvirt.org/schemas/domain/qemu/1.0}"
VALIDATE = "virt-xml-validate"


def properties_of(qemu, device):
    """The properties of a device, by what QEMU says of it."""
    done = subprocess.run([qemu, "-M", "none", "-device", f"{device},help"],
                          capture_output=True, text=True, check=True)
    return set(re.findall(r"^  ([\w-]+)=<", done.stdout, re.MULTILINE))


def schema_error(path):
    done = subprocess.run([VALIDATE, path, "domain"], capture_output=True,
                          text=True, check=False)
    return done.stdout + done.stderr if done.returncode else None


def property_error(path, qemu):
    root = xml.parse(path).getroot()
    video = root.find("devices/video/model")
    accelerated = video.find("acceleration[@accel3d='yes']") is not None
    device = "virtio-vga-gl" if accelerated else "virtio-vga"
    known = properties_of(qemu, device)
    used = {found.get("name") for found in root.iter(f"{QEMU}property")}
    if used - known:
        return f"{device} has no {sorted(used - known)}"
    return None


def name_error(path):
    name = xml.parse(path).getroot().findtext("name")
    return None if name == path.stem else f"its domain's name is {name}"


def main():
    folder, qemu = Path(sys.argv[1]), sys.argv[2]
    files = sorted(folder.glob("*.xml"))
    checks = (("its schema", schema_error), ("its name", name_error),
              ("its properties", lambda path: property_error(path, qemu)))
    print(f"TAP version 13\n1..{len(files) * len(checks) or 1}", flush=True)
    if not shutil.which(VALIDATE):
        print(f"Bail out! there is no {VALIDATE} here: install libvirt-clients")
        return 1
    if not files:
        print(f"not ok 1 - there are domains in {folder}")
        return 1
    failed = number = 0
    for path in files:
        for what, check in checks:
            number += 1
            error = check(path)
            failed += error is not None
            print(f"{'not ok' if error else 'ok'} {number} - {path.name}: {what}")
            for line in (error or "").splitlines():
                print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
