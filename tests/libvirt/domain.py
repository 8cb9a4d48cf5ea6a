# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A domain of contrib/libvirt with the test guest in it.

    with Domain(libvirt, "2d", image, launcher, work) as domain:
        domain.boot()
        domain.screendump()

What is tested is the file's own: displays, video, memory, properties. Replaced is
what no test can have: KVM, the size, the disk, and where the emulator is. The guest
boots from its kernel, and its ports are sockets on which this program listens.
"""

import json
import re
import socket
import subprocess
import time
import xml.etree.ElementTree as xml
from pathlib import Path

from daemon import ROOT, GuestError, GuestTimeout
import screen
from vm import MODULE, QMP_SECONDS, Line, VM

FOLDER = ROOT / "contrib/libvirt"
PORTS = ("control", "session")
DISK_MIB = 64

xml.register_namespace("qemu", "http://libvirt.org/schemas/domain/qemu/1.0")


def source(name):
    """The path of a domain of this name."""
    return FOLDER / f"{name}.xml"


def _element(parent, tag, text=None, **attributes):
    found = parent.find(tag)
    if found is None:
        found = xml.SubElement(parent, tag)
    found.text = text
    for name, value in attributes.items():
        found.set(name, value)
    return found


def read_png(png):
    """The picture of a PNG file."""
    ppm = png.with_suffix(".ppm")
    with open(ppm, "wb") as output:
        done = subprocess.run(["pngtopnm", png], stdout=output, check=False,
                              stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise GuestError(f"{png} is no PNG file: {done.stderr.strip()}")
    return screen.Picture.read(ppm)


def adapt(name, launcher, disk, memory_mib):
    """The file, for a host without KVM and with no guest installed."""
    root = xml.parse(source(name)).getroot()
    root.set("type", "qemu")
    _element(root, "memory", str(memory_mib), unit="MiB")
    _element(root, "vcpu", "2")
    root.remove(root.find("cpu"))
    cpu = xml.SubElement(root, "cpu", mode="custom", match="exact")
    xml.SubElement(cpu, "model", fallback="forbid").text = VM.CPU
    devices = root.find("devices")
    _element(devices, "emulator", str(launcher))
    _element(devices.find("disk"), "source", file=str(disk))
    return root


def add_guest(root, image, log, sockets):
    """The test guest, as vm.py starts it."""
    system = root.find("os")
    for tag, text in (("kernel", f"{image}/vmlinux"),
                      ("initrd", f"{image}/initrd"), ("cmdline", VM.KERNEL)):
        _element(system, tag, text)
    devices = root.find("devices")
    xml.SubElement(xml.SubElement(devices, "serial", type="file"), "source",
                   path=str(log))
    for name, path in sockets.items():
        channel = xml.SubElement(devices, "channel", type="unix")
        xml.SubElement(channel, "source", mode="connect", path=str(path))
        xml.SubElement(channel, "target", type="virtio", name=name)


class Domain(VM):
    """One domain, defined and started by libvirt.

    libvirt   the daemon
    name      of the file, and of the domain
    image     folder from build_image()
    launcher  what is the emulator
    work      folder for logs and pictures
    memory    of the guest, MiB
    """

    # pylint: disable=super-init-not-called # QEMU is libvirt's to start
    def __init__(self, libvirt, name, image, launcher, work, memory=512):
        self.libvirt = libvirt
        self.name = name
        self.work = Path(work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.log = self.work / "console.log"
        self.build = Path(launcher).parent
        self.modules = self.build / "modules"
        self.started = self.kernel = self.control = self.session_port = None
        self.disk = self.work / "disk.qcow2"
        libvirt.execute("qemu-img", "create", "-q", "-f", "qcow2", self.disk,
                        f"{DISK_MIB}M")
        paths = {port: libvirt.home / f"{name}-{port}" for port in PORTS}
        self.listeners = [self._listen(path) for path in paths.values()]
        root = adapt(name, launcher, self.disk, memory)
        add_guest(root, image, self.log, paths)
        self.file = self.work / "domain.xml"
        xml.ElementTree(root).write(self.file)

    @staticmethod
    def _listen(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(QMP_SECONDS)
        return listener

    def virsh(self, command, *arguments, **options):
        """virsh COMMAND NAME ARGUMENT..."""
        return self.libvirt.virsh(command, self.name, *arguments, **options)

    def start(self):
        self.started = time.monotonic()
        self.libvirt.virsh("define", "--validate", self.file)
        self.virsh("start")
        self.accept()

    def accept(self):
        """Take the ports of the QEMU that was started."""
        lines = []
        for name, listener in zip(PORTS, self.listeners):
            try:
                lines.append(Line(listener.accept()[0], name))
            except socket.timeout:
                raise GuestTimeout(f"QEMU did not connect its port {name}")
        for line in (self.control, self.session_port):
            if line:
                line.sock.close()
        self.control, self.session_port = lines

    def connect_monitor(self):
        """boot() of VM calls it; the monitor is libvirt's."""
        self.start()

    def close(self):
        """Destroy and forget the domain, if that was not done."""
        if self.state() not in (None, "shut off"):
            self.libvirt.run("destroy", self.name)
        self.libvirt.run("undefine", self.name, "--snapshots-metadata",
                         "--managed-save")
        for line in (self.control, self.session_port):
            if line:
                line.sock.close()
        for listener in self.listeners:
            listener.close()
        self.disk.unlink()

    def state(self):
        """"running", "paused", "shut off"; None if there is no such domain."""
        status, output, _ = self.libvirt.run("domstate", self.name)
        return None if status else output.strip()

    def pid(self):
        return self.libvirt.pid(self.name)

    def alive(self):
        return self.pid() is not None

    def complain(self, error):
        """The error with what QEMU itself said, if it ended."""
        if self.alive():
            if isinstance(error, GuestTimeout):
                self.log_tasks()
            return error
        said = self.libvirt.qemu_log(self.name)
        return GuestError(f"QEMU ended: {' / '.join(said[-3:]) or error}")

    def log_tasks(self):
        self.libvirt.run("inject-nmi", self.name)

    def qmp(self, command, seconds=QMP_SECONDS, **arguments):
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        reply = json.loads(self.virsh("qemu-monitor-command",
                                      json.dumps(request), seconds=seconds))
        if "error" in reply:
            raise GuestError(f"QMP {command}: {reply['error']['desc']}")
        return reply["return"]

    def loaded_module(self):
        maps = Path(f"/proc/{self.pid()}/maps").read_text()
        found = re.search(rf"(/\S*/{re.escape(MODULE)})", maps)
        return Path(found[1]) if found else None

    def screendump(self, name="screen", file_format="ppm", head=0):
        """virsh screenshot of one head."""
        png = self.work / f"{name}.png"
        self.virsh("screenshot", png, "--screen", head)
        return png if file_format == "png" else read_png(png)

    def vnc_address(self):
        """Host and port of libvirt's own VNC server."""
        address = self.virsh("domdisplay").strip()
        found = re.fullmatch(r"vnc://(127\.0\.0\.1):(\d+)", address)
        if not found:
            raise GuestError("expected the address of VNC on 127.0.0.1, got "
                             + address)
        return found[1], 5900 + int(found[2])
