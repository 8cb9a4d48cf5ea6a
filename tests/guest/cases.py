# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with Debian's virtio_gpu driver, and on which devices.

The cases of a device run in this order in one boot: each builds on the ones
before it. run.py runs them.
"""

import re
import time
from pathlib import Path

import screen
from suite import Cases
from vm import MODULE, GuestError

# The device on the command line -> what the driver should find. "stock_lacks"
# names what the stock device needs on the host to offer this.
DEVICES = {
    "virtio-gpu-pci": {"operator": True},
    "virtio-vga": {"vga": True},
    "virtio-gpu-pci,blob=on": {"blob": True, "stock_lacks": "/dev/udmabuf"},
    "virtio-vga,blob=on": {"vga": True, "blob": True,
                           "stock_lacks": "/dev/udmabuf"},
    "virtio-gpu-pci,ioeventfd=off": {},
    "virtio-gpu-pci,edid=off,xres=1024,yres=768": {"edid": False,
                                                   "size": (1024, 768)},
}

IMAGE = {}
MEMORY_MIB = 512
BUSES = INPUTS = ()


def arguments(_image, _traits, _work):
    """More arguments for QEMU."""
    return ()


GRAPHICS = re.compile(r"virtio_gpu|virtio-gpu|\[drm|drm_|fbcon|fb0|virtio-pci")
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|general protection|"
                     r"\*ERROR\*|response 0x12|Kernel panic|refcount_t")
# Linux 6.1 says this about itself, whatever the device.
HARMLESS = re.compile(r"drm_plane_enable_fb_damage_clips\(\) not called")
WARNING_LEVEL = 4

# The start of tests/util/pattern.c's SMPTE picture in libdrm: a row of seven.
SMPTE_TOP = [bytes.fromhex(c) for c in (
    "c0c0c0", "c0c000", "00c0c0", "00c000", "c000c0", "c00000", "0000c0")]

CASES = Cases()
case = CASES.case


def expect(what, expected, got):
    if expected != got:
        raise GuestError(f"{what}: expected {expected}, got {got}")


class Run:
    """One boot: the VM and what the cases have learnt about it."""

    def __init__(self, vm, traits, _options=None):
        self.vm = vm
        self.traits = traits
        self.size = traits.get("size", (1280, 800))
        self.kms = None
        self.font = None
        self.dmesg = vm.work / "dmesg.log"
        self.dmesg.write_text("")
        self.lost = None

    def close(self):
        """The end of the boot."""

    def new_kernel_lines(self):
        text = self.vm.run("dmesg -rc")
        with open(self.dmesg, "a") as log:
            log.write(text)
        return text.splitlines()

    def check_kernel_log(self):
        bad = [line for line in self.new_kernel_lines() if is_trouble(line)]
        if bad:
            raise GuestError("the kernel's log: expected no warning, got "
                             + " / ".join(bad[:3]))

    def console_lines(self):
        """What show_console() writes: (line, text, ink, paper)."""
        ascii_text = "".join(map(chr, range(32, 127)))
        yield from ((0, ascii_text, 7, 0), (2, "black on grey", 0, 7))
        yield from ((3 + c, f"colour {c}", c, 0) for c in range(1, 7))
        for line in range(10, self.size[1] // 16):
            yield line, f"line {line} " + "#" * (self.size[0] // 8 - 8), 7, 0

    def show_console(self):
        """Write a full screen of text and compare every pixel of it."""
        self.vm.run(r"printf '\033[0m\033[?25l\033[2J' >/dev/tty1")
        expected = screen.Picture(*self.size)
        script = []
        for line, text, ink, paper in self.console_lines():
            text = text[:self.size[0] // 8]
            script.append(f"\033[{line + 1};1H\033[3{ink};4{paper}m{text}")
            self.font.draw(expected, 0, line, text, ink, paper)
        octal = "".join(f"\\{byte:03o}" for byte in "".join(script).encode())
        self.vm.run(f"printf '{octal}' >/dev/tty1")
        self.vm.wait_for_picture(expected, "console")

    def open_card(self):
        self.kms.ask("open")

    def show(self, width, height, picture, pan=(0, 0)):
        """Set a mode with one of kms's pictures and compare the screen."""
        self.kms.ask(f"mode {width} {height} {picture} {pan[0]} {pan[1]}")
        expected = (screen.coords(width, height, *pan) if picture == "coords"
                    else screen.bars(width, height))
        self.vm.wait_for_picture(expected, f"{picture}-{width}x{height}")
        return expected


def is_trouble(line):
    level = re.match(r"<(\d+)>", line)
    if HARMLESS.search(line):
        return False
    return bool(TROUBLE.search(line) or
                GRAPHICS.search(line) and level and
                int(level[1]) & 7 <= WARNING_LEVEL)


@case("boots, and the device is the one that was asked for")
def boots(run):
    vm = run.vm
    vm.boot()
    module = vm.loaded_module()
    if not module:
        raise GuestError(f"expected {MODULE} in QEMU's process, got none")
    if vm.modules:
        expect("the folder of " + MODULE, Path(vm.modules).resolve(),
               module.parent.resolve())


@case("the firmware's text is on the screen before the driver is", trait="vga")
def vga_text(run):
    picture = run.vm.screendump("vga")
    expect("the size of the text screen", (720, 400),
           (picture.width, picture.height))
    if picture.black():
        raise GuestError("expected the firmware's greeting, got a black screen")


def load_driver(run):
    run.vm.run("modprobe virtio_gpu")
    run.vm.run("until [ -e /dev/dri/card0 -a -e /dev/fb0 ]; do sleep 0.1; done")


@case("virtio_gpu binds and finds what the device offers")
def binds(run):
    load_driver(run)
    log = "\n".join(run.new_kernel_lines())
    bad = [line for line in log.splitlines() if is_trouble(line)]
    expect("warnings in the kernel's log", [], bad)
    sign = {True: "+", False: "-"}
    for wanted in (
            "features: -virgl {}edid {}resource_blob -host_visible".format(
                sign[run.traits.get("edid", True)],
                sign[run.traits.get("blob", False)]),
            "number of scanouts: 1", "number of cap sets: 0",
            "Initialized virtio_gpu", "virtio_gpudrmfb frame buffer device"):
        if wanted not in log:
            got = re.findall(r"\[drm\] (.*)", log)
            raise GuestError(f"the kernel's log: expected \"{wanted}\", "
                             f"got {got}")


@case("the console's text is on the screen")
def fbcon(run):
    run.kms = run.vm.session("kms")
    run.font = screen.Font(run.kms.ask("font"))
    run.show_console()


@case("a picture written to /dev/fb0 is on the screen")
def fbdev(run):
    run.kms.ask("fb coords")
    run.vm.wait_for_picture(screen.coords(*run.size), "fb0")


@case("the modes are those of the EDID")
def modes(run):
    run.open_card()
    names = run.kms.ask("modes").split()
    expect("the preferred mode", "{}x{}".format(*run.size), names[0])
    for name in ("800x600", "1920x1080"):
        if name not in names and run.traits.get("edid", True):
            raise GuestError(f"expected the mode {name}, got {names}")
    edid = bytes.fromhex(run.vm.run(
        "hexdump -ve '1/1 \"%02x\"' /sys/class/drm/card0-Virtual-1/edid"))
    if not run.traits.get("edid", True):
        expect("the length of the EDID", 0, len(edid))
        return
    expect("the EDID's header", "00ffffffffffff00", edid[:8].hex())
    expect("the sums of the EDID's blocks", [0] * (len(edid) // 128),
           [sum(edid[i:i + 128]) & 0xFF for i in range(0, len(edid), 128)])
    expect("the number of the EDID's blocks", 1 + edid[126], len(edid) // 128)


@case("KMS: a test pattern is on the screen")
def kms_pattern(run):
    run.show(*run.size, "coords")
    run.show(*run.size, "bars")


@case("KMS: rectangles of any shape arrive, and only where they were drawn")
def kms_damage(run):
    width, height = run.size
    expected = run.show(width, height, "coords")
    areas = [(0, 0, 1, 1, "ff0000"), (width - 1, height - 1, 1, 1, "00ff00"),
             (17, 33, 301, 7, "0000ff"), (0, 100, width, 1, "ffffff"),
             (500, 0, 1, height, "123456"), (333, 222, 255, 333, "abcdef")]
    for x, y, w, h, colour in areas:
        run.kms.ask(f"draw {colour} {x} {y} {w} {h}")
        expected.fill(x, y, w, h, bytes.fromhex(colour))
    run.vm.wait_for_picture(expected, "damage")


@case("KMS: a window into a larger buffer is on the screen")
def kms_pan(run):
    run.show(800, 600, "coords", pan=(173, 59))


@case("KMS: other modes change the size of the screen")
def kms_modes(run):
    offered = run.kms.ask("modes").split()
    wanted = ["640x480", "1024x768", "1360x768", "1920x1080", "3840x2160"]
    for mode in [m for m in wanted if m in offered] + offered[:1]:
        width, height = map(int, mode.split("x"))
        run.show(width, height, "coords")


STATUS_FILE = "/sys/class/drm/card0-Virtual-1/status"


def wait_for_mode(run, wanted):
    """The driver takes the new EDID when it comes to its event."""
    deadline = time.monotonic() + 20
    while run.kms.ask("modes").split()[:1] != [wanted]:
        if time.monotonic() > deadline:
            raise GuestError(f"the preferred mode did not become {wanted}")
        time.sleep(0.05)


@case("an operator's monitors: name, mode and rate are what Linux finds",
      trait="operator")
def operator(run):
    vm = run.vm
    for width, height, rate in ((2560, 1440, 144), (3840, 2160, 144),
                                (1920, 1080, 59.94)):
        vm.outputs({"name": f"desk {width}", "xres": width, "yres": height,
                    "refresh": rate})
        wait_for_mode(run, f"{width}x{height}")
        edid = bytes.fromhex(vm.run(
            "hexdump -ve '1/1 \"%02x\"' /sys/class/drm/card0-Virtual-1/edid"))
        if f"desk {width}\n".encode() not in edid:
            raise GuestError(f"no \"desk {width}\" in the EDID {edid.hex()}")
        preferred = re.search(r"#0 (\d+x\d+) ([\d.]+) .*preferred",
                              vm.run("modetest -M virtio_gpu -c"))
        expect("the preferred mode", f"{width}x{height}", preferred[1])
        if abs(float(preferred[2]) - rate) > 0.02:
            raise GuestError(f"expected {rate} Hz, got {preferred[2]}")
        run.show(width, height, "coords")
    # Linux looks again when somebody asks, or its console has the card.
    run.kms.ask("close")
    vm.outputs({"connected": False})
    vm.run(f"until [ $(cat {STATUS_FILE}) = disconnected ]; "
           "do sleep 0.05; done")
    vm.outputs({"name": "", "connected": True, "refresh": 0,
                "xres": run.size[0], "yres": run.size[1]})
    vm.run(f"until [ $(cat {STATUS_FILE}) = connected ]; do sleep 0.05; done")
    run.open_card()
    wait_for_mode(run, "{}x{}".format(*run.size))
    run.show(*run.size, "coords")


@case("KMS: 100 page flips, each with its event")
def kms_flips(run):
    run.show(*run.size, "bars")
    figures = run.kms.figures("flip 101 coords")
    expect("events of 101 page flips", 101, figures["events"])
    expect("events that went back in time", 0, figures["backwards"])
    run.vm.wait_for_picture(screen.coords(*run.size), "flipped")


CURSOR_SIZE = 64
HOT_SPOT = (3, 5)


def expect_cursor(got, pixels):
    width, height, hot_x, hot_y, data = got
    expect("the size of the cursor", (CURSOR_SIZE, CURSOR_SIZE),
           (width, height))
    expect("the cursor's hot spot", HOT_SPOT, (hot_x, hot_y))
    for where, pixel in enumerate(pixels):
        expect("the cursor's BGRA pixel at ({1}, {0})".format(
            *divmod(where, CURSOR_SIZE)), pixel.hex(),
            data[where * 4:where * 4 + 4].hex())


@case("KMS: the cursor has the shape that was drawn, moves, and is hidden")
def kms_cursor(run):
    expected = run.show(*run.size, "bars")
    places = [divmod(i, CURSOR_SIZE) for i in range(CURSOR_SIZE ** 2)]
    run.kms.ask("cursor coords")
    with run.vm.vnc() as viewer:
        expect_cursor(viewer.cursor(),
                      [bytes((0, y, x, 0)) for y, x in places])
        run.kms.ask("cursor 8000ff20")
        expect_cursor(viewer.cursor(), [b"\x20\xff\0\x80"] * len(places))
        run.kms.ask("cursor-move 300")
        run.kms.ask("cursor-hide")
        # A transparent shape should come. The stock device sends the old one.
        if run.vm.modules:
            while max(viewer.cursor()[4][3::4]):
                pass
    run.vm.wait_for_picture(expected, "cursor")


@case("the console's text comes back when the card is closed")
def fbcon_back(run):
    run.kms.ask("close")
    run.show_console()


@case("modetest: its test card and its moving cursor")
def modetest(run):
    vm = run.vm
    connector = re.search(r"^(\d+)\s+\d+\s+connected",
                          vm.run("modetest -M virtio_gpu -c"), re.MULTILINE)
    if not connector:
        raise GuestError("expected a connected connector of modetest -c, "
                         "got none")
    vm.run("rm -f /run/done; mkfifo /run/key 2>/dev/null; "
           f"(modetest -M virtio_gpu -s {connector[1]}:1024x768 -C <>/run/key "
           ">/run/log 2>&1; echo $? >/run/done) >/dev/null &")
    expected = b"".join(SMPTE_TOP[x * 7 // 1024] for x in range(1024))
    deadline = time.monotonic() + 30
    while True:
        picture = vm.screendump("modetest")
        if picture.width == 1024 and picture.data[:3072] == expected:
            break
        if time.monotonic() > deadline:
            raise GuestError(
                "expected seven bars of SMPTE colours on 1024x768, got "
                f"{picture.width}x{picture.height} beginning with "
                f"{picture.pixel(0, 0).hex()}; modetest said: "
                + vm.run("cat /run/log"))
        time.sleep(0.1)
    vm.run("sleep 0.3; echo >/run/key; "
           "until [ -s /run/done ]; do sleep 0.1; done")
    expect("modetest's exit status", "0", vm.run("cat /run/done").strip())


@case("stop and cont: the picture stays, drawing goes on")
def stop_cont(run):
    run.open_card()
    expected = run.show(*run.size, "coords")
    run.vm.qmp("stop")
    run.vm.wait_for_picture(expected, "stopped")
    run.vm.qmp("cont")
    run.show(*run.size, "bars")
    run.kms.ask("close")


@case("the driver is unbound from the device and bound again")
def rebind(run):
    where = "/sys/bus/virtio/drivers/virtio_gpu"
    device = run.vm.run(f"basename {where}/virtio*").strip()
    for _ in range(2):
        run.vm.run(f"echo {device} >{where}/unbind")
        expect("what is left of the card", "",
               run.vm.run("ls /dev/dri 2>/dev/null; true").strip())
        run.vm.run(f"echo {device} >{where}/bind")
        run.vm.run("until [ -e /dev/fb0 ]; do sleep 0.1; done")
        run.show_console()


@case("the module is unloaded and loaded again")
def reload(run):
    run.vm.run("rmmod virtio_gpu")
    expect("virtio_gpu in lsmod", "",
           run.vm.run("grep ^virtio_gpu /proc/modules; true"))
    load_driver(run)
    run.show_console()
    run.open_card()
    run.show(*run.size, "coords")


@case("after a reset of the machine with a picture on it, all works again")
def reset(run):
    run.vm.reset()
    load_driver(run)
    run.kms = run.vm.session("kms")
    run.show_console()
    run.open_card()
    run.show(*run.size, "coords")
