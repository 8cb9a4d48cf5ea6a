# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested of libvirt before a guest starts: what it finds out and refuses."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import domain
from daemon import ROOT, GuestError

# The stock modules have them beside the device; QEMU's vhost-user-gpu is another
# program's device.
STOCK_ONLY = {"vhost-user-gpu", "vhost-user-vga"}
ACCELERATED = {"virtio-gpu-gl-pci", "virtio-vga-gl"}
# Without VFIO, and with VFIO but without that device.
CANNOT_START = re.compile(r"host doesn't support passthrough of host PCI devices|"
                          r"not found: could not access /sys/bus/pci/devices")

LAUNCHER = "/usr/local/bin/qemu-system-x86_64-virtio-gpu"

CASES = []


def case(title):
    """Register a case, a function of the daemon and of the options."""
    def register(function):
        CASES.append((title, function))
        return function
    return register


def errors(libvirt):
    """What the daemon complained about, by lines."""
    if not libvirt.log.exists():
        return []
    return re.findall(r"^.*: error : (.*)$", libvirt.log.read_text(),
                      re.MULTILINE)


@case("libvirt finds with the launcher what it finds with QEMU")
def capabilities(libvirt, options):
    before = errors(libvirt)
    ours = libvirt.flags(options.launcher)
    stock = libvirt.flags(options.qemu)
    if stock - ours != STOCK_ONLY or ours - stock:
        raise GuestError(f"expected all but {sorted(STOCK_ONLY)}, lacks "
                         f"{sorted(stock - ours)}, has more: "
                         f"{sorted(ours - stock)}")
    if not ACCELERATED <= ours:
        raise GuestError(f"expected {sorted(ACCELERATED)}, got {sorted(ours)}")
    new = errors(libvirt)[len(before):]
    if new:
        raise GuestError(f"expected no error of libvirtd, got {new}")


@case("virsh domcapabilities lists virtio as a video model")
def lists_virtio(libvirt, options):
    text = libvirt.virsh("domcapabilities", "--emulatorbin", options.launcher,
                         "--machine", "q35", "--virttype", "qemu")
    video = xml.fromstring(text).find("devices/video")
    models = [value.text for value in video.findall("enum/value")]
    if video.get("supported") != "yes" or "virtio" not in models:
        raise GuestError(f"expected virtio among the models, got {models}")


def vfio(options, folder):
    """The domain; its GPU is a device that no host has, and is left alone."""
    root = domain.adapt("vfio", options.launcher, folder / "none.qcow2", 512)
    devices = root.find("devices")
    devices.find("hostdev").set("managed", "no")
    devices.find("hostdev/source/address").set("domain", "0xfffe")
    return root, devices


def write(root, path):
    xml.ElementTree(root).write(path)
    return path


@case("vfio is defined; without VFIO libvirt says that it cannot start")
def vfio_defined(libvirt, options):
    root, _ = vfio(options, libvirt.work)
    libvirt.virsh("define", "--validate", write(root, libvirt.work / "vfio.xml"))
    try:
        refused = libvirt.refused("start", "vfio")
    finally:
        libvirt.virsh("undefine", "vfio")
    print("# NOT TESTED: a domain with a GPU of its own, as this host has no "
          f"VFIO; libvirt says: {refused}", flush=True)
    if not CANNOT_START.search(refused):
        raise GuestError(f"expected {CANNOT_START.pattern}, got {refused}")


@case("vfio: libvirt hands renderer and id to the device, which names what lacks")
def vfio_properties(libvirt, options):
    root, devices = vfio(options, libvirt.work)
    devices.remove(devices.find("hostdev"))
    devices.remove(devices.find("disk"))
    path = write(root, libvirt.work / "vfio-without-gpu.xml")
    native = libvirt.virsh("domxml-to-native", "qemu-argv", path)
    for wanted in ('"renderer":"vfio"', '"vfio":"ua-gpu"'):
        if wanted not in native:
            raise GuestError(f"expected {wanted}, got {native}")
    refused = libvirt.refused("create", path)
    if "vfio=ua-gpu: there is no device of that id" not in refused:
        raise GuestError("expected the device's own sentence about ua-gpu, got "
                         + refused)


DOCUMENT = ROOT / "docs/libvirt.md"


@case("the first commands in docs/libvirt.md give a domain its disk")
def disk(libvirt, _options):
    line = re.search(r"^sed .*$", DOCUMENT.read_text(), re.MULTILINE)[0]
    libvirt.execute("sh", "-c", f"cd {libvirt.home} && ln -s {ROOT}/contrib . && "
                    + line)
    source = xml.parse(libvirt.home / "2d.xml").find("devices/disk/source")
    wanted = str(libvirt.home / "disk.qcow2")
    if source.get("file") != wanted:
        raise GuestError(f"expected {wanted}, got {source.get('file')}")


@case("the line of virt-install in docs/libvirt.md makes such a domain")
def virt_install(libvirt, options):
    text = DOCUMENT.read_text()
    line = re.search(r"^virt-install (?:.*\\\n)*.*$", text, re.MULTILINE)[0]
    line = line.replace(LAUNCHER, str(options.launcher))
    libvirt.execute("qemu-img", "create", "-q", "-f", "qcow2",
                    libvirt.home / "desktop.qcow2", "64M")
    root = xml.fromstring(libvirt.execute(
        "sh", "-c", f"cd {libvirt.home} && {line} --virt-type qemu --print-xml"))
    emulator = root.findtext("devices/emulator")
    if emulator != str(options.launcher):
        raise GuestError(f"expected {options.launcher}, got {emulator}")
    model = root.find("devices/video/model[@type='virtio']")
    if model is None or model.find("acceleration[@accel3d='yes']") is None:
        raise GuestError("expected a virtio display with 3D, got "
                         + xml.tostring(root, "unicode"))


APPARMOR = Path("/etc/apparmor.d")
ADDITIONS = {"usr.sbin.libvirtd": "local/usr.sbin.libvirtd",
             "libvirt-qemu": "local/abstractions/libvirt-qemu"}
# The profile of a domain is made of this one.
TEMPLATE = "libvirt/TEMPLATE.qemu"


def parse_profile(base, name):
    """What AppArmor's parser reads; it must also understand it."""
    parser = ["/usr/sbin/apparmor_parser", "--base", base]
    for options in (["-Q", "-K"], ["-p"]):
        done = subprocess.run([*parser, *options, base / name], check=False,
                              capture_output=True, text=True)
        if done.returncode:
            raise GuestError(f"apparmor_parser {name}: {done.stderr.strip()}")
    return done.stdout


@case("AppArmor's parser takes libvirt's profiles with contrib/libvirt/apparmor")
def apparmor(libvirt, _options):
    base = libvirt.home / "apparmor.d"
    shutil.copytree(APPARMOR, base)
    for name, place in ADDITIONS.items():
        (base / place).parent.mkdir(exist_ok=True)
        shutil.copy(domain.FOLDER / "apparmor" / name, base / place)
    guest = base / "libvirt/libvirt-guest"
    guest.write_text((base / TEMPLATE).read_text()
                     .replace("LIBVIRT_TEMPLATE", guest.name))
    for name in ("usr.sbin.libvirtd", guest.relative_to(base)):
        if LAUNCHER not in parse_profile(base, name):
            raise GuestError(f"expected {LAUNCHER} in the profile {name}")
    if not Path("/sys/kernel/security/apparmor").exists():
        print("# NOT TESTED: the rules in force, as this kernel has no AppArmor",
              flush=True)
