# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What qemu-virtio-gpu-ctl does with a domain through libvirt."""

import json

from agent import BENCH_SECONDS, Agent
from cases import expect
from daemon import URI, GuestError

MODE, RATE = (1152, 864), 100
WISHED = (1600, 900)


class Control:
    """The program, for one domain."""

    def __init__(self, domain):
        self.domain = domain
        self.program = [domain.build / "qemu-virtio-gpu-ctl", "--connect", URI,
                        "--domain", domain.name]

    def __call__(self, *words, **options):
        return self.domain.libvirt.execute(*self.program, *map(str, words), **options)

    def device(self):
        """What it lists of the domain's one device."""
        device, = json.loads(self("list", "--json"))["devices"]
        return device

    def head(self, number, *names):
        """These members of a head."""
        head = self.device()["heads"][number]
        return tuple(head[name] for name in names)


def change_head(run, connectors):
    """Unplug, plug in, set and release the last head; the guest sees it.

    connectors() gives id, width and height of the guest's monitors.
    """
    ctl, last = Control(run.vm), run.traits["heads"] - 1

    for command, monitors in (("disconnect", last), ("connect", last + 1)):
        ctl(command, last)
        expect(f"that {command} was done, and who decides",
               (monitors > last, "operator"), ctl.head(last, "connected", "control"))
        run.wait(f"{monitors} monitors after {command}",
                 lambda: len(connectors(run.vm)) == monitors)

    def wait_for(size):
        run.wait("a monitor of {}x{}".format(*size),
                 lambda: connectors(run.vm)[last][1:] == tuple(map(str, size)))

    ctl("mode", last, "{}x{}@{}".format(*MODE, RATE))
    wait_for(MODE)
    expect("its mode", (*MODE, RATE, "operator"),
           ctl.head(last, "xres", "yres", "refresh", "control"))
    ctl("release", last)
    expect("who decides", ("client",), ctl.head(last, "control"))
    ctl("mode", last, "{}x{}".format(*WISHED), "--until-client")
    wait_for(WISHED)
    expect("who decides", ("client",), ctl.head(last, "control"))
    _expect_error(f" has heads 0 to {last}", ctl, "mode", last + 1, "800x600")


def bench(run):
    """The guest is measured by its agent, which libvirt has."""
    ctl = Control(run.vm)
    measure = ("bench", "--rounds=1", "--seconds=1", "--only=build")
    _expect_error("start qemu-guest-agent in the guest", ctl, *measure)
    run.kms.ask("close")
    _start_agent(run, "-b guest-exec")
    _expect_error("allow it guest-exec, or run", ctl, *measure)
    Agent.stop(run.vm)
    _start_agent(run)
    report = json.loads(ctl(*measure, "--json=-", seconds=BENCH_SECONDS))
    for name in ("glmark2 build", "queue ctrl, mean"):
        value, = report["figures"][name]["values"]
        print(f"# {name}: {value} {report['figures'][name]['unit']}", flush=True)
        expect(f"that {name} is more than 0", True, value > 0)
    expect("who drew", True, report["facts"]["drawn by"].startswith("virgl"))
    Agent.stop(run.vm)
    run.open_card()


def _start_agent(run, options=""):
    Agent.start(run.vm, options)
    run.wait("libvirt to see the agent", lambda: not run.vm.libvirt.run(
        "qemu-agent-command", run.vm.name, '{"execute": "guest-ping"}')[0])


def _expect_error(wanted, ctl, *words):
    try:
        said = ctl(*words)
    except GuestError as error:
        said = str(error)
        print(f"# {words[0]}: {said.partition(': ')[2]}", flush=True)
    if wanted not in said:
        raise GuestError(f"expected \"{wanted}\" of {words}, got {said}")
