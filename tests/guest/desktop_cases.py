# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with a Wayland desktop in the guest, and on which devices.

As in cases.py, the cases of a device run in this order in one boot. Somebody
is at the screen: run.person.
"""

import struct
import time

import cases
import desktop
import viewer
import watched
from cases import expect
from suite import Cases
from vm import GuestError

DEVICES = {
    "virtio-vga": {"vga": True, "one": True},
    "virtio-gpu-pci,id=gpu,max_outputs=2": {"heads": True},
}
IMAGE = {"desktop": True}
MEMORY_MIB = 512
INPUTS = viewer.INPUTS
BUSES = ()
SIZE = (1280, 800)
SMALL, LARGE = (1024, 768), (1920, 1080)
STATUS = "/sys/class/drm/card0-Virtual-{}/status"

# A display that polls needs up to three seconds after a pause.
IDLE_SECONDS, AT_ONCE_SECONDS = 10, 1
ANIMATION_SECONDS = 2

CASES = Cases()
case = CASES.case


def arguments(_image, traits, _work):
    """A tablet that is the second head's, where there is one."""
    tablet = ("-device", "virtio-tablet-pci,display=gpu,head=1,id=second")
    return viewer.ARGUMENTS + (tablet if traits.get("heads") else ())


class Run(watched.Run):
    """One boot, and the person at its screen."""

    def start_desktop(self, size=SIZE):
        desktop.start(self.vm)
        desktop.wait_for_desktop(self.vm, size)

    def new_monitor(self, size, console=0):
        """Unplug the monitor of a console, and plug another one in."""
        self.person.unplug(console)
        self.wait_for_status(console, "disconnected")
        self.person.wish(*size, console)
        self.wait_for_status(console, "connected")

    def wait_for_status(self, console, status):
        where = STATUS.format(console + 1)
        self.vm.run(f"until [ $(cat {where}) = {status} ]; do sleep 0.05; done")

    def wait_until_seen(self, console=0, **where):
        """What a viewer was shown becomes what a screendump shows."""
        return self.wait_until_equal(
            lambda: self.person.picture("seen", console), **where)

    def wait_until_sent(self, client, **where):
        """The same for a VNC client."""
        return self.wait_until_equal(client.whole, **where)

    def wait_until_equal(self, look, **where):
        """What look() gives becomes what a screendump shows."""
        deadline = time.monotonic() + 20
        while True:
            dump = self.vm.screendump("dump", **where)
            difference = dump.difference(look())
            if not difference:
                return dump
            if time.monotonic() > deadline:
                raise GuestError("a viewer was shown another picture than "
                                 f"screendump: {difference}")
            time.sleep(0.05)


@case("boots, and the device is the one that was asked for")
def boots(run):
    cases.boots(run)
    run.person = viewer.Viewer(run.vm, run.program)
    run.person.watch()


@case("the firmware's text is on the screen before the driver is", trait="vga")
def vga_text(run):
    cases.vga_text(run)
    # Not the D-Bus display: it tells of a new size with the first whole
    # picture, and text changes in parts.
    with run.vm.vnc() as client:
        run.wait_until_sent(client)


@case("the cursor plane: image and hot spot as drawn, moves where they go")
def cursor_plane(run):
    desktop.load_driver(run.vm)
    run.kms = run.vm.session("kms")
    run.open_card()
    run.show(*SIZE, "bars")
    run.kms.ask("cursor coords")
    places = [divmod(i, 64) for i in range(64 * 64)]
    cases.expect_cursor(wait_for_state(run, "defines", run.person.cursor),
                        [bytes((0, y, x, 0)) for y, x in places])
    run.kms.ask("cursor-move 2")
    middle = SIZE[0] // 2, SIZE[1] // 2
    wait_for_figures(run, on=1, x=middle[0], y=middle[1])
    run.kms.ask("cursor-hide")
    wait_for_figures(run, on=0)
    run.kms.ask("close")


def wait_for_state(run, name, then):
    """Wait until a figure of the viewer is not 0; the value of then()."""
    deadline = time.monotonic() + 20
    while not run.person.state()[name]:
        if time.monotonic() > deadline:
            raise GuestError(f"the viewer's figure \"{name}\" remained 0")
        time.sleep(0.05)
    return then()


def wait_for_figures(run, **wanted):
    deadline = time.monotonic() + 20
    while True:
        state = run.person.state()
        got = {name: state[name] for name in wanted}
        if got == wanted:
            return
        if time.monotonic() > deadline:
            raise GuestError(f"expected {wanted} at the viewer, got {got}")
        time.sleep(0.05)


@case("weston: its panel and background are on the screen, for every viewer")
def weston(run):
    run.start_desktop()
    desktop.wake_pointer(run.vm, run.person)
    with run.vm.vnc() as client:
        run.wait_until_seen()
        run.wait_until_sent(client)


@case("a terminal: it opens, is dragged by its title, and typed into")
def terminal(run):
    desktop.run(run.vm, "weston-terminal")
    desktop.drag_terminal(run.vm, run.person, 100, 150)
    x, y, width, height = desktop.wait_for_terminal(run.vm)
    desktop.focus_terminal(run.vm, run.person)
    before = run.wait_until_seen()
    inside = (x, y, width, height // 2)
    run.person.type("echo virtio\n")
    desktop.wait_for(run.vm, "two more lines in the terminal",
                     lambda picture: picture.crop(*inside) !=
                     before.crop(*inside),
                     lambda: run.vm.screendump("typed"))
    after = run.wait_until_seen()
    for what, area in (("left of", (0, y, x - 40, height)),
                       ("below", (0, y + height + 40, *SIZE))):
        if before.crop(*area) != after.crop(*area):
            raise GuestError(f"typing changed the screen {what} the terminal")


@case("a small animation: page flips of the screen, updates of its place")
def small_damage(run):
    desktop.run(run.vm, "weston-simple-damage")
    try:
        start = run.person.state()
        wait_for_updates(run, start["updates"] + 5)
        before = run.person.state()
        time.sleep(ANIMATION_SECONDS)
        after = run.person.state()
    finally:
        run.vm.run("killall weston-simple-damage")
    expect("whole pictures that came while a part changed", 0,
           after["pictures"] - before["pictures"])
    updates = after["updates"] - before["updates"]
    pixels = after["pixels"] - before["pixels"]
    if updates < 5 or pixels / updates > SIZE[0] * SIZE[1] / 16:
        raise GuestError("expected at least 5 updates of at most a sixteenth "
                         f"of the screen, got {updates} with {pixels} pixels")
    run.wait_until_seen()


def wait_for_updates(run, count):
    deadline = time.monotonic() + 20
    while run.person.state()["updates"] < count:
        if time.monotonic() > deadline:
            raise GuestError("no update came while a program animates")
        time.sleep(0.05)


@case("VNC: after ten idle seconds an update comes at once", trait="one")
def vnc_latency(run):
    run.person.look_away()              # it must not keep the display awake
    with run.vm.vnc() as client:
        client.whole()
        client.settle()
        time.sleep(IDLE_SECONDS)
        started = time.monotonic()
        run.person.type("x")
        desktop.wait_for_update(client)
        spent = time.monotonic() - started
    run.person.watch()
    print(f"# a key after {IDLE_SECONDS} s, then the update: "
          f"{spent * 1e3:.0f} ms")
    if spent > AT_ONCE_SECONDS:
        raise GuestError(f"expected an update within {AT_ONCE_SECONDS} s of "
                         f"the key, got it after {spent:.2f} s")


@case("stop and cont: the desktop stays, and goes on")
def stop_cont(run):
    desktop.wait_for_terminal(run.vm)
    run.vm.qmp("stop")
    try:
        stopped = run.vm.screendump("stopped")
        expect("what a later look at the stopped machine shows", None,
               stopped.difference(run.vm.screendump("later")))
        expect("the panel and a terminal are there", True,
               desktop.panel(stopped) and bool(desktop.terminal(stopped)))
    finally:
        run.vm.qmp("cont")
    desktop.wake_pointer(run.vm, run.person)


@case("weston ends: the console's text comes back")
def console(run):
    desktop.stop(run.vm)
    run.vm.run("chvt 1")
    run.font = cases.screen.Font(run.kms.ask("font"))
    run.show_console()


@case("VNC: a wish for a size reaches the guest, and weston takes it",
      trait="one")
def vnc_size(run):
    with run.vm.vnc() as client:
        client.whole()
        client.resize(*SMALL)
        mode = "{}x{}".format(*SMALL)
        run.vm.run("until [ $(head -n 1 /sys/class/drm/card0-Virtual-1/modes) "
                   f"= {mode} ]; do sleep 0.05; done")
        run.start_desktop(SMALL)
        run.wait_until_seen()
        run.wait_until_sent(client)


@case("a monitor is unplugged and another plugged in: weston goes there")
def new_monitor(run):
    if not run.traits.get("one"):
        run.start_desktop()
    run.new_monitor(LARGE)
    desktop.wait_for_desktop(run.vm, LARGE, **head(run, 0))
    run.wait_until_seen(**head(run, 0))


def head(run, number):
    """The arguments of screendump for a head, where there are several."""
    return ({"device": "gpu", "head": number} if run.traits.get("heads")
            else {})


@case("a second monitor is plugged in and unplugged, beside the first",
      trait="heads")
def second_monitor(run):
    run.wait_for_status(1, "disconnected")
    before = config_interrupts(run)
    plug_second(run, SMALL)
    desktop.wait_for_desktop(run.vm, SMALL, **head(run, 1))
    expect("interrupts that told of one new monitor", 1,
           config_interrupts(run) - before)
    run.person.watch(1)
    run.wait_until_seen(1, **head(run, 1))
    desktop.wait_for_desktop(run.vm, LARGE, **head(run, 0))
    run.person.look_away(1)
    run.person.unplug(1)
    run.vm.run("until grep -q 'Disabling output Virtual-2' /run/weston.log; "
               "do sleep 0.05; done")
    desktop.wake_pointer(run.vm, run.person, LARGE)


def config_interrupts(run):
    """How often the guest was told that the device's configuration changed."""
    line = run.vm.run("grep $(basename /sys/bus/virtio/drivers/virtio_gpu/"
                      "virtio*)-config /proc/interrupts")
    return sum(int(count) for count in line.split()[1:3])


def plug_second(run, size):
    run.person.wish(*size, console=1, place=(LARGE[0], 0))
    run.wait_for_status(1, "connected")


def tablets(run):
    """The event devices of the first tablet and of the second head's."""
    found = run.vm.run(
        "for e in /sys/class/input/event*; do "
        "grep -q Tablet $e/device/name && "
        "echo $(basename $(realpath $e/device/device/..)) $(basename $e); "
        "done; true")
    return [line.split()[1] for line in sorted(found.splitlines())]


@case("a tablet for each head: who points on a head moves that one's",
      trait="heads")
def pointers(run):
    names = tablets(run)
    expect("tablets", 2, len(names))
    for head_number, value in ((1, 0x1234), (0, 0x2345), (1, 0x3456)):
        for name in names:
            run.vm.run(f"rm -f /run/{name}; (timeout 20 head -c 24 "
                       f"/dev/input/{name} >/run/{name}) >/dev/null 2>&1 &")
        run.vm.run("sleep 0.2")
        run.vm.qmp("input-send-event", device="gpu", head=head_number, events=[
            {"type": "abs", "data": {"axis": "x", "value": value}}])
        wanted = names[head_number]
        run.vm.run(f"until [ $(wc -c </run/{wanted}) -ge 24 ]; "
                   "do sleep 0.05; done")
        event = bytes.fromhex(run.vm.run(
            f"hexdump -ve '1/1 \"%02x\"' /run/{wanted}"))
        expect("the axis and its value", (3, 0, value),
               struct.unpack_from("<HHi", event, 16))
        other = names[1 - head_number]
        expect("bytes from the other tablet", "0",
               run.vm.run(f"wc -c </run/{other}").strip())
        run.vm.run("pkill -x head; true")


@case("the first monitor is unplugged, and the second one stays",
      trait="heads")
def first_monitor(run):
    # Another weston for each change: weston 10 sometimes ends when an output
    # comes a second time (its assertion "atomic_complete_pending").
    desktop.stop(run.vm)
    plug_second(run, SIZE)
    run.start_desktop(LARGE)
    desktop.wait_for_desktop(run.vm, SIZE, **head(run, 1))
    run.person.unplug(0)
    run.vm.run("until grep -q 'Disabling output Virtual-1' /run/weston.log; "
               "do sleep 0.05; done")
    desktop.wait_for_desktop(run.vm, SIZE, **head(run, 1))
    desktop.stop(run.vm)
    run.person.wish(*LARGE)
    run.person.unplug(1)
    run.wait_for_status(0, "connected")
    run.wait_for_status(1, "disconnected")


@case("the module is unloaded and loaded again, and weston started again")
def reload(run):
    run.vm.run("if kill -0 $(cat /run/weston.pid); then desktop stop; fi")
    run.vm.run("chvt 1")
    run.new_monitor(SIZE)
    run.show_console()
    run.vm.run("rmmod virtio_gpu")
    desktop.load_driver(run.vm)
    run.start_desktop()
    run.wait_until_seen(**head(run, 0))


@case("a reset with weston on the screen: the firmware's text, then weston")
def reset(run):
    run.vm.reset()
    if run.traits.get("vga"):
        vga_text(run)
    desktop.load_driver(run.vm)
    run.start_desktop()
    run.wait_until_seen(**head(run, 0))
