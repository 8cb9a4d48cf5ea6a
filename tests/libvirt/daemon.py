# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A libvirtd of our own, as qemu:///session has it.

    with Libvirt(work) as libvirt:
        libvirt.virsh("define", "desktop.xml")

It shares nothing with the system's: its files, sockets and domains are in a folder
that goes when it ends. It never runs as root, as it would then be qemu:///system: for
root it runs in a user namespace, in which it is "nobody" and may still read what
root may. Errors are GuestError.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/guest"))

from vm import GuestError, GuestTimeout  # noqa: E402

URI = "qemu:///session"
START_SECONDS = 120
VIRSH_SECONDS = 120
PORTS, PORT_RANGES, PORT_RANGE = 10000, 200, 100
FOLDERS = ("config", "cache", "data", "state", "run")


def _unprivileged():
    """What to put before a program, so that it does not run as root."""
    if os.geteuid():
        return []
    nobody = pwd.getpwnam("nobody")
    return ["unshare", "--user", f"--map-user={nobody.pw_uid}",
            f"--map-group={nobody.pw_gid}"]


class Libvirt:
    """The daemon, and virsh for it.

    work  folder for its log and those of QEMU, made if missing
    """

    def __init__(self, work):
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.log = self.work / "libvirtd.log"
        self.log.unlink(missing_ok=True)
        if not shutil.which("libvirtd", path="/usr/sbin:/sbin:/usr/bin"):
            raise GuestError("there is no libvirtd here: run "
                             "\"scripts/install-deps.sh --install libvirt\"")
        # The path of a socket has 107 characters.
        self.home = Path(tempfile.mkdtemp(prefix="libvirt-"))
        for name in FOLDERS:
            (self.home / name).mkdir(mode=0o700)
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": f"{self.home}/config",
            "XDG_CACHE_HOME": f"{self.home}/cache",
            "XDG_DATA_HOME": f"{self.home}/data",
            "XDG_STATE_HOME": f"{self.home}/state",
            "XDG_RUNTIME_DIR": f"{self.home}/run",
        }
        self._configure()
        self.output = open(self.work / "libvirtd.out", "wb")
        self.process = subprocess.Popen(
            [*_unprivileged(), "libvirtd"], stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=self.output, env=self.environment)
        try:
            self._wait_for_socket()
        except GuestError:
            self.close()
            raise

    def _configure(self):
        folder = self.home / "config/libvirt"
        folder.mkdir()
        # QEMU's log goes to a file, not through another daemon. Displays have ports
        # that no other QEMU of this machine takes between libvirt's look and its own.
        port = PORTS + os.getpid() % PORT_RANGES * PORT_RANGE
        (folder / "qemu.conf").write_text(
            'stdio_handler = "file"\n'
            f"remote_display_port_min = {port}\n"
            f"remote_display_port_max = {port + PORT_RANGE - 1}\n")
        (folder / "libvirtd.conf").write_text(
            f'log_outputs = "3:file:{self.log.resolve()}"\n')

    def _wait_for_socket(self):
        deadline = time.monotonic() + START_SECONDS
        while not (self.home / "run/libvirt/libvirt-sock").exists():
            if self.process.poll() is not None:
                said = (self.work / "libvirtd.out").read_text().split("\n")
                raise GuestError("libvirtd ended: " + " / ".join(said[-3:]))
            if time.monotonic() > deadline:
                raise GuestTimeout(f"no libvirtd in {START_SECONDS} s; it "
                                   f"wrote {self.log}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End all domains and the daemon, and keep QEMU's logs."""
        for path in self._pid_files():
            try:
                os.kill(int(path.read_text()), 9)
            except (OSError, ValueError):
                pass
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()
        for path in (self.home / "cache/libvirt/qemu/log").glob("*.log"):
            shutil.copy(path, self.work)
        shutil.rmtree(self.home, ignore_errors=True)

    def _pid_files(self):
        files = (self.home / "run/libvirt/qemu/run").glob("*.pid")
        return [path for path in files if path.name != "driver.pid"]

    def pid(self, name):
        """The process of a domain that runs, None if it does not."""
        try:
            return int((self.home / f"run/libvirt/qemu/run/{name}.pid")
                       .read_text())
        except FileNotFoundError:
            return None

    def qemu_log(self, name):
        """What QEMU itself said of late, by lines."""
        path = self.home / f"cache/libvirt/qemu/log/{name}.log"
        return re.findall(r"^.*qemu-system-x86_64.*?: (?!-)(.*)$",
                          path.read_text(errors="replace"), re.MULTILINE)

    def _run(self, *command, seconds=VIRSH_SECONDS):
        """Status, output and errors of a program, in the daemon's environment."""
        try:
            done = subprocess.run(
                [*_unprivileged(), *map(str, command)],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                env=self.environment, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise GuestTimeout(f"{command[0]}: it did not end in {seconds} s: "
                               f"{command[1:]}")
        return done.returncode, done.stdout, done.stderr

    def execute(self, *command, seconds=VIRSH_SECONDS):
        """What a program prints; a status but 0 is an error."""
        status, output, errors = self._run(*command, seconds=seconds)
        if status:
            raise GuestError(f"{' '.join(map(str, command))}: {errors.strip()}")
        return output

    def run(self, *arguments, seconds=VIRSH_SECONDS):
        """virsh's status, output and errors."""
        return self._run("virsh", "-q", "-c", URI, *arguments, seconds=seconds)

    def virsh(self, *arguments, seconds=VIRSH_SECONDS):
        """What virsh prints; an error of it is one of ours."""
        status, output, errors = self.run(*arguments, seconds=seconds)
        if status:
            raise GuestError(f"virsh {arguments[0]}: "
                             + " / ".join(errors.strip().splitlines()))
        return output

    def refused(self, *arguments):
        """The sentence with which virsh refuses what it must refuse."""
        status, output, errors = self.run(*arguments)
        if not status:
            raise GuestError(f"virsh {arguments[0]}: expected an error, got "
                             f"{output.strip()}")
        return " / ".join(errors.strip().splitlines())

    def flags(self, emulator):
        """What libvirt found out about an emulator: names of capabilities."""
        self.virsh("domcapabilities", "--emulatorbin", emulator, "--arch",
                   "x86_64", "--machine", "q35", "--virttype", "qemu")
        for path in (self.home / "cache").rglob("capabilities/*.xml"):
            text = path.read_text()
            if f"<emulator>{emulator}</emulator>" in text:
                return set(re.findall(r"<flag name='(.*)'/>", text))
        raise GuestError(f"libvirt has noted nothing about {emulator}")
