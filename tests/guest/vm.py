# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Boot the test guest in QEMU, talk to it and to QEMU, look at its screen.

    image = build_image()
    with VM(image, ["virtio-gpu-pci"], work=Path("build/tests/guest/a")) as vm:
        vm.run("modprobe virtio_gpu")
        picture = vm.screendump()

A VM is one QEMU process, started by VM() and ended by close(), by its process
id. Everything that waits has a time limit and says in its error what it waited
for. Errors are GuestError; its text is meant for a person.

TCG only: stock kernels do not boot with KVM where these tests run.
"""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import rfb
import screen

HERE = Path(__file__).resolve().parent
MODULE = "hw-display-virtio-gpu.so"
MODULE_SETTING = "QEMU_MODULE_DIR"

# Generous: two cores may be shared with other builds and tests. A quiet
# machine needs a twentieth.
BOOT_SECONDS = 120
COMMAND_SECONDS = 60
QMP_SECONDS = 60
VNC_SECONDS = 20


class GuestError(Exception):
    """What went wrong, in a sentence."""


class GuestTimeout(GuestError):
    """Nothing came in time: the guest or QEMU hangs."""


class QemuEnded(GuestError):
    """Also how QEMU ended and what it said last."""


class NoImage(GuestError):
    """The guest could not be made: no network, or no such package."""


def build_image(kernel="stable", **variant):
    """The folder with vmlinux and initrd, built if need be.

    variant is desktop=, gl=, piglit=, venus=, xorg=, host= or assigned=True, or
    none.
    """
    chosen = [f"--{name}" for name, wanted in variant.items() if wanted]
    with subprocess.Popen([HERE / "build-image.sh", "--kernel", kernel,
                           *chosen],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as build:
        said = "it said nothing"
        for said in build.stderr:
            print(said, end="", file=sys.stderr, flush=True)
        image = build.stdout.read().strip()
    if build.returncode:
        raise NoImage("no " + said.strip())
    return Path(image)


class Line:
    """A socket read by lines and by counted bytes, with time limits."""

    def __init__(self, sock, name):
        self.sock = sock
        sock.settimeout(QMP_SECONDS)
        self.name = name
        self.buffer = bytearray()

    def send(self, text):
        try:
            self.sock.sendall(text.encode() + b"\n")
        except OSError as error:
            raise GuestError(f"{self.name}: QEMU takes nothing ({error})")

    def _fill(self, deadline, waiting_for):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            raise GuestTimeout(f"{self.name}: no answer in time to "
                               f"{waiting_for}")
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise GuestError(f"{self.name}: QEMU ended while it was waited for "
                             f"{waiting_for}")
        self.buffer += data

    def wait(self, seconds):
        """Whether something can be read within this time."""
        return bool(self.buffer or
                    select.select([self.sock], [], [], seconds)[0])

    def line(self, seconds, waiting_for):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            self._fill(deadline, waiting_for)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")

    def bytes(self, count, seconds, waiting_for):
        deadline = time.monotonic() + seconds
        while len(self.buffer) < count:
            self._fill(deadline, waiting_for)
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data


class Session:
    """A program in the guest that answers lines with lines, like kms."""

    def __init__(self, line, program):
        self.port = line
        self.program = program

    def ask(self, command, seconds=COMMAND_SECONDS):
        """The rest of the answer "ok ..."; anything else is an error."""
        self.port.send(command)
        answer = self.port.line(seconds, f"\"{self.program}: {command}\"")
        status, _, rest = answer.partition(" ")
        if status != "ok":
            raise GuestError(f"{self.program}: {command}: {answer}")
        return rest

    def figures(self, command, seconds=COMMAND_SECONDS):
        """The answer's NAME=NUMBER words as a dict."""
        words = re.findall(r"(\w+)=(\d+)", self.ask(command, seconds))
        return {name: int(number) for name, number in words}


class VM:
    """One QEMU with the test guest.

    image    folder from build_image()
    devices  values for -device, the first is the one under test
    work     folder for the guest's log and the pictures, made if missing
    modules  folder for QEMU_MODULE_DIR, None for the stock modules
    preload  library for LD_PRELOAD of QEMU, for modules with a sanitizer
    extra    more arguments for QEMU
    display  value for -display
    environment  variables for QEMU
    memory   of the guest, MiB
    parameters  what the kernel is told besides
    has_vnc  whether vnc() is for use, which GTK with OpenGL does not suffer
    """

    MACHINE = ["-machine", "q35"]
    # Not qemu64: Linux takes it for a K8 with erratum 400 and idles in a way
    # that loses CPU 0's timer in about one boot of sixty.
    CPU = "Nehalem"
    ACCELERATOR = "tcg,thread=multi"
    PROCESSORS = 2
    # One processor until it is ready: QEMU aborts now and then when one sets up
    # PCI while another uses a device (docs/testing.md).
    KERNEL = ("console=tty0 console=ttyS0 quiet loglevel=5 panic=-1 maxcpus=1 "
              "mitigations=off tsc=reliable random.trust_cpu=on consoleblank=0 "
              "unknown_nmi_panic panic_print=1")
    # What the kernel is told besides.
    PARAMETERS = ""

    def __init__(self, image, devices, work, modules=None,
                 qemu="qemu-system-x86_64", preload=None, extra=(),
                 display="none", environment=None, memory=512, parameters="",
                 has_vnc=True):
        self.has_vnc = has_vnc
        self._made = {"image": image, "devices": devices, "modules": modules,
                      "qemu": qemu, "preload": preload, "extra": extra,
                      "display": display, "environment": environment,
                      "memory": memory, "has_vnc": has_vnc}
        self.parameters = parameters
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.log = self.work / "console.log"
        self.modules = modules
        self.started = time.monotonic()
        self.process = None
        binary = shutil.which(qemu)
        if not binary:
            raise GuestError(f"there is no {qemu} here: install "
                             "qemu-system-x86 from bookworm-backports")
        ours, theirs = zip(*(socket.socketpair() for _ in range(3)))
        self.command = [binary, *self._arguments(image, devices,
                                                 [s.fileno() for s in theirs]),
                        "-display", display, "-m", str(memory), *extra]
        environment = {**self._environment(modules, preload),
                       **(environment or {})}
        with open(self.work / "qemu.log", "w") as log:
            log.write(" ".join(self.command) + "\n")
            log.flush()
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, pass_fds=[s.fileno() for s in theirs])
        for end in theirs:
            end.close()
        self.monitor, self.control, self.session_port = (
            Line(sock, name)
            for sock, name in zip(ours, ("QMP", "guest", "session")))
        self.kernel = None

    @staticmethod
    def _environment(modules, preload):
        environment = dict(os.environ)
        environment.pop(MODULE_SETTING, None)
        if modules:
            environment[MODULE_SETTING] = str(modules)
        if preload:
            # The stock binary never frees what it keeps until it ends.
            environment.update(LD_PRELOAD=preload,
                               ASAN_OPTIONS="detect_leaks=0")
        return environment

    def _arguments(self, image, devices, fds):
        monitor, control, session = fds
        arguments = [
            "-nodefaults", "-no-user-config", "-vga", "none",
            *(("-vnc", "none") if self.has_vnc else ()), *self.MACHINE,
            "-accel", self.ACCELERATOR, "-cpu", self.CPU,
            "-smp", str(self.PROCESSORS),
            "-kernel", f"{image}/vmlinux",
            "-initrd", f"{image}/initrd", "-append",
            f"{self.KERNEL} {self.PARAMETERS} {self.parameters}",
            "-no-reboot",
            "-serial", f"file:{self.log}",
            "-chardev", f"socket,id=monitor,fd={monitor}",
            "-mon", "chardev=monitor,mode=control",
            "-device", "virtio-serial-pci",
        ]
        for name, fd in (("control", control), ("session", session)):
            arguments += ["-chardev", f"socket,id={name},fd={fd}", "-device",
                          f"virtserialport,chardev={name},name={name}"]
        for device in devices:
            arguments += ["-device", device]
        return arguments

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU; no error when it has already ended."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for line in (self.monitor, self.control, self.session_port):
            line.sock.close()

    def alive(self):
        """Whether QEMU runs."""
        return self.process.poll() is None

    def complain(self, error):
        """The error with how QEMU ended and what it said, if it did.

        If it did not, but something took too long, the guest hangs: its
        console then tells more.
        """
        if isinstance(error, QemuEnded):
            return error
        if isinstance(error, GuestTimeout):
            if self.alive():
                self.log_tasks()
                return error
        else:
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                return error
        said = (self.work / "qemu.log").read_text().splitlines()[1:]
        status = self.process.returncode
        how = (f"was ended by {signal.Signals(-status).name}" if status < 0
               else f"ended with status {status}")
        return QemuEnded(f"{error}; QEMU {how} and said: "
                         + (" / ".join(said[-3:]) or "nothing"))

    def again(self, work, parameters=""):
        """A machine like this one, which has ended, with its disks."""
        return type(self)(work=work, parameters=parameters, **self._made)

    # QMP

    def _qmp_line(self, seconds, waiting_for):
        return json.loads(self.monitor.line(seconds, waiting_for))

    def outputs(self, *heads):
        """Change the heads of the device, one dict each: docs/displays.md."""
        self.qmp("qom-set", path=self.gpu_path(), property="outputs",
                 value=list(heads))

    def gpu_path(self):
        """Where QEMU has the device under test."""
        for folder in ("/machine/peripheral", "/machine/peripheral-anon"):
            for found in self.qmp("qom-list", path=folder):
                if re.match(r"child<virtio-(gpu|vga)", found["type"]):
                    return f"{folder}/{found['name']}"
        raise GuestError("QEMU has no virtio-gpu")

    def log_tasks(self):
        """Have a guest that hangs write all its tasks to its console.

        It panics (the parameters unknown_nmi_panic and panic_print=1), which
        ends QEMU.
        """
        try:
            self.qmp("inject-nmi")
            self.process.wait(20)
        except (GuestError, subprocess.TimeoutExpired):
            pass

    def connect_monitor(self):
        try:
            self._qmp_line(QMP_SECONDS, "the QMP greeting")
            self.qmp("qmp_capabilities")
        except GuestError as error:
            raise self.complain(error)

    def qmp(self, command, seconds=QMP_SECONDS, **arguments):
        """The return value of a QMP command; events are passed over."""
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        self.monitor.send(json.dumps(request))
        return self._qmp_reply(command, seconds)

    def _qmp_reply(self, command, seconds):
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            reply = self._qmp_line(left, f"\"{command}\"")
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise GuestError(f"QMP {command}: {reply['error']['desc']}")

    # The guest

    def boot(self, seconds=BOOT_SECONDS):
        """Wait until the guest takes commands; the seconds that it took."""
        self.connect_monitor()
        self._wait_until_ready(seconds)
        return time.monotonic() - self.started

    def reset(self, seconds=BOOT_SECONDS):
        """Reset the machine from outside and wait as boot() does."""
        self._restart(lambda: self.qmp("system_reset"), seconds)

    def reboot(self, seconds=BOOT_SECONDS):
        """The same by the guest's own doing."""
        self._restart(lambda: self.control.send("reboot -f"), seconds)

    def _restart(self, act, seconds):
        self.qmp("set-action", reboot="reset")
        act()
        self._wait_until_ready(seconds)
        self.qmp("set-action", reboot="shutdown")

    def _wait_until_ready(self, seconds):
        try:
            ready = self.control.line(seconds, "the end of its boot")
        except GuestError as error:
            raise self.complain(type(error)(
                f"{error}; its console is in {self.log}"))
        self.kernel = ready.split()[2]
        if self.PROCESSORS > 1:
            self.run(f"for n in $(seq {self.PROCESSORS - 1}); do "
                     "echo 1 >/sys/devices/system/cpu/cpu$n/online || exit; done")

    def run(self, command, seconds=COMMAND_SECONDS, check=True):
        """What the shell command prints; a status but 0 is an error.

        A line end in the command counts as a semicolon.
        """
        status, output = self.run_status(command, seconds)
        if check and status:
            raise GuestError(f"guest: \"{command}\" ended with status "
                             f"{status}: {output.strip()}")
        return output

    def run_status(self, command, seconds=COMMAND_SECONDS):
        port, name = self.control, f"\"{command}\""
        try:
            port.send(command.replace("\n", ";"))
            status, length = port.line(seconds, name).split()
            output = port.bytes(int(length), seconds, f"the output of {name}")
            return int(status), output.decode(errors="replace")
        except GuestError as error:
            raise self.complain(error)

    def session(self, program="kms"):
        """Start a program whose lines come and go through the second port."""
        port = "/dev/virtio-ports/session"
        self.run(f"{program} 0<>{port} 1>&0 2>&0 &")
        return Session(self.session_port, program)

    def loaded_module(self):
        """The device module that QEMU has mapped, None if it has none."""
        maps = Path(f"/proc/{self.process.pid}/maps").read_text()
        found = re.search(rf"(/\S*/{re.escape(MODULE)})", maps)
        return Path(found[1]) if found else None

    # The screen

    def add_client(self, protocol, sock):
        """Hand QEMU its end of a connection to one of its displays."""
        name = protocol.strip("@")
        request = json.dumps({"execute": "getfd",
                              "arguments": {"fdname": name}})
        socket.send_fds(self.monitor.sock, [request.encode()],
                        [sock.fileno()])
        self._qmp_reply("getfd", QMP_SECONDS)
        self.qmp("add_client", protocol=protocol, fdname=name, skipauth=True)

    @contextlib.contextmanager
    def vnc(self, kind=rfb.Client):
        """A client of QEMU's VNC server, which listens nowhere."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.add_client("vnc", theirs)
            try:
                yield kind(Line(ours, "VNC"), VNC_SECONDS)
            except (GuestTimeout, rfb.VncError) as error:
                raise GuestError(str(error))    # the guest is not to blame

    def screendump(self, name="screen", file_format="ppm", **where):
        """The picture that a viewer would see now; where: device=, head=."""
        path = (self.work / f"{name}.{file_format}").resolve()
        self.qmp("screendump", filename=str(path), format=file_format, **where)
        return screen.Picture.read(path) if file_format == "ppm" else path

    def wait_for_picture(self, expected, name, seconds=20, **where):
        """Compare screendumps until one is equal; how it differs otherwise.

        The guest's flush and the screendump are not ordered, so the first
        one may be early. A wrong picture stays wrong.
        """
        deadline = time.monotonic() + seconds
        while True:
            got = self.screendump(name, **where)
            difference = expected.difference(got)
            if not difference:
                return got
            if time.monotonic() > deadline:
                expected.write(self.work / f"{name}-expected.ppm")
                raise GuestError(f"{difference}; the screen is in "
                                 f"{self.work / name}.ppm")
            time.sleep(0.1)

