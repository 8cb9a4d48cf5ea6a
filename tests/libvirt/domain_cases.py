# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested of each domain of contrib/libvirt.

The cases of a domain run in this order in one boot, as those of tests/guest. What a
domain "has" decides which it runs.
"""

import contextlib
import json
import re
import socket
import time
from pathlib import Path

import cases
import control
import gl
import rfb
import spice
from cases import expect
from daemon import GuestError, GuestTimeout
from domain import read_png
from suite import Cases
from vm import VNC_SECONDS, Line

# In the order of what is said of them: "+virgl" is that the driver found it.
DOMAINS = {
    "2d": {"features": "-virgl +edid -resource_blob", "vnc": True, "saves": True},
    "3d": {"features": "+virgl +edid -resource_blob", "gl": True,
           "renderer": "software: ", "agent": True},
    "kiosk": {"features": "+virgl +edid -resource_blob", "gl": True,
              "renderer": "software: ", "agent": True,
              "limits": {"max_hostmem": 128 << 20, "max_hostmem_3d": 512 << 20,
                         "max_contexts": 24, "max_fps": 30,
                         "software_threads": 1}},
    "3d-spice": {"features": "+virgl +edid -resource_blob", "gl": True,
                 "spice": True, "renderer": "software: "},
    "heads": {"features": "-virgl +edid -resource_blob", "heads": 3,
              "spice": True, "sizes": [(1280, 800), (1920, 1080), (1024, 768)]},
    "blob": {"features": "-virgl +edid +resource_blob", "memfd": True,
             "vnc": True},
    # An old virglrenderer, or the sandbox, in which no render server may start.
    "vulkan": {"features": "+virgl +edid +resource_blob", "memfd": True,
               "gl": True, "renderer": "software: ",
               "says": "warning: virtio-gpu: OpenGL, but no Vulkan: "},
}
# What QEMU may say: who renders, what libvirt uses that QEMU will not have, that a
# client of SPICE went.
HARMLESS = re.compile(r"info: virtio-gpu: renderer |migration to a file is deprecated|"
                      r"warning: Spice: |terminating on signal")
BACKEND = "/machine/peripheral/video0/virtio-backend"
SECCOMP_FILTER = "2"
RESIZED = (1024, 704)
SLOW_SECONDS = 120

CASES = Cases()
case = CASES.case


class Run(cases.Run):
    """One boot of a domain; vm is the Domain."""

    def close(self):
        self.vm.close()

    def check_kernel_log(self):
        """Not where there is no guest any more."""
        if self.vm.alive():
            super().check_kernel_log()

    def reconnect(self):
        """To the QEMU that libvirt started for the same guest."""
        self.vm.accept()
        self.kms.port = self.vm.session_port

    def drawn(self, picture, size=None):
        """The guest draws a picture; virsh screenshot shows it."""
        return self.show(*(size or self.size), picture)

    def wait(self, what, found, seconds=SLOW_SECONDS):
        deadline = time.monotonic() + seconds
        while not found():
            if time.monotonic() > deadline:
                raise GuestTimeout(f"expected {what} within {seconds} s")
            time.sleep(0.1)


def process_status(pid, name):
    text = Path(f"/proc/{pid}/status").read_text()
    return re.search(rf"^{name}:\s*(\S+)", text, re.MULTILINE)[1]


@case("libvirt defines and starts it, in its sandbox, with our modules")
def starts(run):
    domain = run.vm
    seconds = domain.boot()
    print(f"# boot: {seconds:.1f} s", flush=True)
    expect("its state", "running", domain.state())
    expect("the folder of the module", domain.modules.resolve(),
           domain.loaded_module().parent.resolve())
    expect("seccomp's mode", SECCOMP_FILTER,
           process_status(domain.pid(), "Seccomp"))
    arguments = Path(f"/proc/{domain.pid()}/cmdline").read_text()
    for wanted in ("spawn=deny", "resourcecontrol=deny"):
        if wanted not in arguments:
            raise GuestError(f"expected {wanted} in libvirt's sandbox, got "
                             + arguments.replace("\0", " "))


@case("the guest's driver finds what the domain asks for")
def binds(run):
    cases.load_driver(run)
    log = "\n".join(run.new_kernel_lines())
    expect("warnings in the kernel's log", [],
           [line for line in log.splitlines() if cases.is_trouble(line)])
    heads = run.traits.get("heads", 1)
    for wanted in (run.traits["features"], f"number of scanouts: {heads}"):
        if wanted not in log:
            raise GuestError(f"the kernel's log: expected \"{wanted}\", got "
                             f"{re.findall(r'drm. (.*)', log)}")


@case("what the guest draws is what virsh screenshot shows")
def screenshot(run):
    run.kms = run.vm.session("kms")
    run.open_card()
    run.drawn("coords")
    run.drawn("bars")


@case("virsh knows its state, its display and its video")
def query(run):
    domain = run.vm
    scheme = "spice" if run.traits.get("spice") else "vnc"
    address = domain.virsh("domdisplay").strip()
    expect("the display's address", scheme, address.partition("://")[0])
    described = domain.virsh("dumpxml")
    heads = run.traits.get("heads", 1)
    for wanted in (f"<model type='virtio' heads='{heads}' primary='yes'",
                   "<alias name='video0'/>"):
        if wanted not in described:
            raise GuestError(f"expected {wanted} in virsh dumpxml, got "
                             + "".join(re.findall("(?s)<video>.*</video>",
                                                  described)))


@case("qemu-virtio-gpu-ctl finds it through libvirt and takes its picture")
def ctl(run):
    domain = run.vm
    expected = run.drawn("coords")
    program = control.Control(domain)
    device = program.device()
    expect("the device's id", "video0", device["id"])
    expect("that it is of these modules", True, device["ours"])
    expect("the number of its heads", run.traits.get("heads", 1),
           len(device["heads"]))
    png = domain.work / "ctl.png"
    program("screenshot", png)
    wrong = expected.difference(read_png(png))
    if wrong:
        raise GuestError(f"the picture of qemu-virtio-gpu-ctl: {wrong}")


@case("its limits are those of its profile, but for what the domain says", "limits")
def limits(run):
    for name, value in run.traits["limits"].items():
        expect(name, value,
               run.vm.qmp("qom-get", path=BACKEND, property=name))
    expect("where they are from", "kiosk: built in, but max_contexts=24",
           run.vm.qmp("qom-get", path=BACKEND, property="profile-info"))


@case("the guest's memory is a memfd that others can map", "memfd")
def memfd(run):
    maps = Path(f"/proc/{run.vm.pid()}/maps").read_text()
    if not re.search(r"^\S+ rw-s .*/memfd:", maps, re.MULTILINE):
        raise GuestError("expected a shared mapping of a memfd in QEMU")


def connectors(domain):
    """Ids and first modes of the monitors that the guest has."""
    said = domain.run("modetest -M virtio_gpu -c")
    return re.findall(r"^(\d+)\s+\d+\s+connected(?:.*\n)+?\s+#0 (\d+)x(\d+) ",
                      said, re.MULTILINE)


def test_card(picture, left, whole):
    """Whether it begins with its part of modetest's card, of this width."""
    wanted = b"".join(cases.SMPTE_TOP[x * 7 // whole]
                      for x in range(left, left + picture.width))
    return picture.crop(0, 0, picture.width, 1) == wanted


@case("the guest draws on each head; virsh screenshot has them, and no other",
      "sizes")
def heads(run):
    domain, sizes = run.vm, run.traits["sizes"]
    run.kms.ask("close")
    found = connectors(domain)
    expect("the modes of the monitors", sizes,
           [(int(width), int(height)) for _, width, height in found])
    modes = " ".join(f"-s {number}:{width}x{height}"
                     for number, width, height in found)
    # It shows the card until its standard input ends.
    domain.run("rm -f /run/key; mkfifo /run/key; "
               f"(modetest -M virtio_gpu {modes} <>/run/key >/run/log 2>&1) &")
    whole, left = sum(width for width, _ in sizes), 0
    for head, (width, height) in enumerate(sizes):
        def shown():
            picture = domain.screendump(f"head{head}", head=head)
            return ((picture.width, picture.height) == (width, height) and
                    test_card(picture, left, whole))

        run.wait(f"the card on head {head}", shown)
        left += width
    domain.run("echo >/run/key; while pidof modetest; do sleep 0.1; done")
    refused = domain.libvirt.refused("screenshot", domain.name,
                                     domain.work / "none.png", "--screen",
                                     len(sizes))
    if "no such screen" not in refused:
        raise GuestError(f"expected \"no such screen\", got {refused}")
    run.open_card()


@case("a monitor is unplugged and plugged in by qom-set", "sizes")
def unplug(run):
    domain, last = run.vm, run.traits["heads"] - 1

    def say(**what):
        array = json.dumps([{}] * last + [what], separators=(",", ":"))
        domain.virsh("qemu-monitor-command", "--hmp", "qom-set "
                     f"/machine/peripheral/video0 outputs {array}")

    run.kms.ask("close")
    for connected in (False, True):
        say(connected=connected)
        run.wait("one monitor more or less",
                 lambda: len(connectors(domain)) == last + connected)
    run.open_card()


@case("qemu-virtio-gpu-ctl unplugs, plugs in, sets and releases a head", "sizes")
def change_head(run):
    run.kms.ask("close")
    control.change_head(run, connectors)
    run.open_card()


@case("the device says who renders", "renderer")
def renderer(run):
    said = run.vm.qmp("qom-get", path=BACKEND, property="renderer-info")
    print(f"# renderer-info: {said}", flush=True)
    if not said.startswith(run.traits["renderer"]):
        raise GuestError(f"expected {run.traits['renderer']}, got {said}")


@case("virsh suspend and resume: the picture stays, drawing goes on")
def suspend(run):
    expected = run.drawn("coords")
    run.vm.virsh("suspend")
    expect("its state", "paused", run.vm.state())
    run.vm.wait_for_picture(expected, "paused")
    run.vm.virsh("resume")
    run.drawn("bars")


@case("virsh save and restore: the picture comes back, drawing goes on", "saves")
def save(run):
    domain = run.vm
    expected = run.drawn("coords")
    saved = domain.work / "saved"
    domain.virsh("save", saved, seconds=SLOW_SECONDS)
    expect("its state", "shut off", domain.state())
    domain.libvirt.virsh("restore", saved, seconds=SLOW_SECONDS)
    saved.unlink()
    run.reconnect()
    domain.wait_for_picture(expected, "restored")
    run.drawn("bars")


@case("virsh snapshot-create-as and snapshot-revert: the picture of then", "saves")
def snapshot(run):
    domain = run.vm
    expected = run.drawn("coords")
    domain.virsh("snapshot-create-as", "then", seconds=SLOW_SECONDS)
    run.drawn("bars")
    domain.virsh("snapshot-revert", "then", seconds=SLOW_SECONDS)
    run.reconnect()
    domain.wait_for_picture(expected, "reverted")
    run.drawn("bars")
    domain.virsh("snapshot-delete", "then", seconds=SLOW_SECONDS)


@contextlib.contextmanager
def vnc_client(domain):
    """A client of the server that libvirt had QEMU open."""
    with socket.create_connection(domain.vnc_address(), VNC_SECONDS) as sock:
        try:
            yield rfb.Client(Line(sock, "VNC"), VNC_SECONDS)
        except rfb.VncError as error:
            raise GuestError(str(error))


@case("a VNC client resizes it, and another sees what is drawn then", "vnc")
def resize(run):
    wished = "{}x{}".format(*RESIZED)

    def preferred():
        run.open_card()
        first = run.kms.ask("modes").split()[0]
        if first != wished:
            run.kms.ask("close")
        return first == wished

    run.kms.ask("close")
    with vnc_client(run.vm) as client:
        client.resize(*RESIZED)
    run.wait(f"{wished} as the guest's first mode", preferred)
    run.size = RESIZED
    expected = run.drawn("bars")
    with vnc_client(run.vm) as client:
        wrong = expected.difference(client.whole())
    if wrong:
        raise GuestError(f"the VNC client: {wrong}")


@case("a SPICE client of libvirt's server sees it", "spice")
def spice_client(run):
    expected = run.drawn("coords")
    uri = run.vm.virsh("domdisplay").strip()
    # A screenshot may be asked for before the guest's flush has come to SPICE.
    run.wait("the guest's picture at the SPICE client",
             lambda: not expected.difference(
                 spice.picture(uri, run.vm.work / "spice.ppm")))


@case("OpenGL in the guest is virgl, and kmscube is on the screenshot", "gl")
def opengl(run):
    domain = run.vm
    run.kms.ask("close")
    name, version = gl.strings(domain, "gl")
    print(f"# OpenGL: {version}, {name}", flush=True)
    expect("the driver in OpenGL's renderer", gl.DRIVER, name.partition(" ")[0])
    with gl.cube(domain):
        first = []

        def turns():
            picture = domain.screendump("cube")
            if not gl.cube_seen(picture):
                return False
            first.append(picture.data)
            return picture.data != first[0]

        run.wait("a cube that turns", turns)
        refused = domain.libvirt.refused("save", domain.name,
                                         domain.work / "saved")
        print(f"# virsh save: {refused}", flush=True)
        if "3D" not in refused:
            raise GuestError("expected that virsh save names 3D as what cannot "
                             f"be saved, got {refused}")
    run.open_card()
    run.drawn("bars")


case("qemu-virtio-gpu-ctl bench measures it by its agent", "agent")(control.bench)


@case("virsh reset: all works again, in the size that was wished")
def reset(run):
    domain = run.vm
    domain.virsh("reset")
    domain._wait_until_ready(SLOW_SECONDS)
    cases.load_driver(run)
    run.kms = domain.session("kms")
    run.open_card()
    run.drawn("coords")


@case("QEMU's log has who renders, and no complaint but those expected")
def log(run):
    said = run.vm.libvirt.qemu_log(run.vm.name)
    expected = run.traits.get("says")
    complaints = [line for line in said if not HARMLESS.search(line)
                  and not (expected and re.search(expected, line))]
    expect("QEMU's complaints", [], complaints)
    if expected and not any(re.search(expected, line) for line in said):
        raise GuestError(f"QEMU's log: expected {expected}, got {said}")


@case("virsh destroy and undefine leave nothing")
def destroy(run):
    domain = run.vm
    pid = domain.pid()
    domain.virsh("destroy")
    expect("its state", "shut off", domain.state())
    expect("QEMU's process", False, Path(f"/proc/{pid}").exists())
    domain.virsh("undefine")
    expect("its state", None, domain.state())
