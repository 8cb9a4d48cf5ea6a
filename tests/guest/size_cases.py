# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with a guest that follows its monitors: sizes that clients and
the operator wish, from the wish to the picture.

kms's "follow" does what a desktop should (weston 10 does not): with each event
of the kernel it gives every connected head the mode that its monitor prefers,
and a picture of that size.
"""

import time

import cases
import screen
import viewer
import watched
from cases import expect
from suite import Cases
from vm import COMMAND_SECONDS, GuestError

DEVICES = {"virtio-gpu-pci,id=gpu,max_outputs=3": {}}
IMAGE = {}
MEMORY_MIB = 512
INPUTS = BUSES = ()

# A window that is dragged: from there, by this much, so often, so long apart.
DRAG_FROM, DRAG_STEP, DRAG_STEPS, DRAG_SECONDS = (800, 600), (16, 8), 40, 0.02
# Two a tenth of a second: a held wish is passed on when none came for so long, and
# the next one then at once.
DRAG_EVENTS_PER_S = 20
# A picture that is wrong stays wrong.
SENT_SECONDS = 20
# No answer is due: in that time a wish that is done would be seen.
REFUSAL_SECONDS = 1

CASES = Cases()
case = CASES.case


def arguments(_image, _traits, _work):
    return viewer.ARGUMENTS


class Run(watched.Run):
    """One boot, the person at its screen, and what every head should show."""

    def __init__(self, vm, traits, options):
        super().__init__(vm, traits, options)
        self.sizes = {}

    def start_following(self):
        cases.load_driver(self)
        self.kms = self.vm.session("kms")
        self.kms.ask("open")
        self.kms.port.send("follow")

    def stop_following(self):
        """How many events came, and how many modes were set."""
        self.kms.port.send("close")
        answers = [self.kms.port.line(COMMAND_SECONDS, f"\"{command}\"")
                   for command in ("follow", "close")]
        if not all(answer.startswith("ok ") for answer in answers):
            raise GuestError(f"kms: follow: {answers}")
        return [int(word.partition("=")[2]) for word in answers[0].split()[1:]]

    def expect_sizes(self, **sizes):
        """head0=(width, height): what heads show from now on, beside the others."""
        self.sizes.update(sizes)
        for name, (width, height) in self.sizes.items():
            head = int(name.removeprefix("head"))
            self.vm.wait_for_picture(screen.coords(width, height), name,
                                     device="gpu", head=head)

    def outputs(self, value):
        self.vm.qmp("qom-set", path="/machine/peripheral/gpu", property="outputs",
                    value=value)


@case("boots, and the one monitor has the mode it prefers")
def boots(run):
    cases.boots(run)
    run.person = viewer.Viewer(run.vm, run.program)
    run.start_following()
    run.expect_sizes(head0=(1280, 800))


@case("D-Bus: a window is enlarged, and made smaller, to odd sizes, too")
def by_dbus(run):
    for size in ((1920, 1080), (640, 480), (1366, 768), (801, 603)):
        run.person.wish(*size)
        run.expect_sizes(head0=size)


@case("VNC: a client wishes sizes, and is sent pictures of them")
def by_vnc(run):
    for size in ((1600, 900), (1024, 768)):
        with run.vm.vnc() as client:
            client.whole()
            client.resize(*size)
            run.expect_sizes(head0=size)
            wait_until_sent(client, screen.coords(*size))


def wait_until_sent(client, expected):
    """The first pictures may be of the size before."""
    deadline = time.monotonic() + SENT_SECONDS
    while True:
        difference = expected.difference(client.whole())
        if not difference:
            return
        if time.monotonic() > deadline:
            raise GuestError(f"the VNC client was sent another picture: {difference}")


@case("65535x65535 is refused, by VNC and by D-Bus, and the picture stays")
def too_large(run):
    with run.vm.vnc() as client:
        client.whole()
        client.resize(65535, 65535)
    run.person.wish(65535, 65535)
    run.person.wish(16385, 600)
    time.sleep(REFUSAL_SECONDS)
    run.expect_sizes(head0=(1024, 768))


@case("a window is dragged: the guest sees few of the sizes, and the last one")
def dragged(run):
    run.stop_following()
    run.start_following()
    run.expect_sizes(head0=(1024, 768))
    started = time.monotonic()
    for step in range(DRAG_STEPS):
        size = tuple(at + by * step for at, by in zip(DRAG_FROM, DRAG_STEP))
        run.person.wish(*size)
        time.sleep(max(started + step * DRAG_SECONDS - time.monotonic(), 0))
    spent = time.monotonic() - started
    run.expect_sizes(head0=size)
    events, modesets = run.stop_following()
    print(f"# {DRAG_STEPS} wishes in {spent:.2f} s: {events} events, "
          f"{modesets} modes were set")
    if events > 2 + spent * DRAG_EVENTS_PER_S:
        raise GuestError(f"expected few events for {DRAG_STEPS} wishes, got {events}")
    run.start_following()
    run.expect_sizes()


@case("heads of mixed sizes: one changes, the others stay")
def mixed(run):
    run.person.wish(600, 1024, console=1, place=(2000, 0))
    run.expect_sizes(head1=(600, 1024))
    run.person.wish(2560, 1440, console=2, place=(2600, 0))
    run.expect_sizes(head2=(2560, 1440))
    run.person.wish(1024, 600, console=1, place=(2000, 0))
    run.expect_sizes(head1=(1024, 600))
    run.person.wish(1280, 1024)
    run.expect_sizes(head0=(1280, 1024))
    run.person.unplug(2)
    del run.sizes["head2"]
    run.vm.run("until [ $(cat /sys/class/drm/card0-Virtual-3/status) = "
               "disconnected ]; do sleep 0.05; done")
    run.expect_sizes()


@case("the operator fixes a mode; a client's wish is done when that is released")
def fixed(run):
    run.outputs([{"xres": 1152, "yres": 864, "refresh": 100}])
    run.expect_sizes(head0=(1152, 864))
    run.person.wish(720, 576)
    time.sleep(REFUSAL_SECONDS)
    run.expect_sizes(head0=(1152, 864))
    run.outputs([{"control": "client"}])
    run.expect_sizes(head0=(720, 576))


@case("after a reboot of the guest all heads have their last sizes")
def reboot(run):
    run.vm.reboot()
    run.dmesg.write_text("")
    run.start_following()
    run.expect_sizes()


@case("after a reset of the machine, too")
def reset(run):
    run.vm.reset()
    run.start_following()
    run.expect_sizes()
    run.stop_following()
