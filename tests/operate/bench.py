#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Have qemu-virtio-gpu-ctl measure a real guest, as an operator does; TAP on stdout.

By the guest agent on the whole screen and on a desktop, by hand in the guest, and in a
guest that has no 3D.
"""
import base64
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "guest"))

import desktop  # noqa: E402
import gl  # noqa: E402
from agent import Agent  # noqa: E402
from guests import parser, run_cases  # noqa: E402
from run import Tap  # noqa: E402
from vm import GuestError, VM, build_image  # noqa: E402

SCENES = ("build", "texture", "shading", "bump", "effect2d", "jellyfish", "shadow")
DELAYS = ("queue ctrl", "fences")
SHORT = ("--rounds=2", "--seconds=2")
BY_HAND_SECONDS = 120
WORSE = 4
# The device is what it was; how busy this machine is may not be.
ANY = "--tolerance=99"


class Run:
    def __init__(self, vm, agent, args):
        self.vm = vm
        self.agent = agent
        self.args = args
        self.baseline = args.output / "baseline.json"

    def bench(self, *options, status=0):
        """What the command says, by word and as the exit status says."""
        got, said, errors = self.agent.bench(self.args.program.resolve(), *options)
        print("".join(f"# {line}\n" for line in said.splitlines()), end="")
        if got != status:
            raise GuestError(f"exit status {got}, not {status}: {errors}")
        return said + errors


def expect(figures, names):
    """All of them were measured, and are not 0."""
    wrong = [name for name in names
             if name not in figures or not min(figures[name]["values"]) > 0]
    if wrong:
        raise GuestError(f"not measured, or 0: {wrong} of {sorted(figures)}")


def wants(said, *words):
    for word in words:
        if word not in said:
            raise GuestError(f"expected \"{word}\" in {said}")


def case_whole_screen(run):
    """All scenes on the whole screen, and what the device says meanwhile"""
    wants(run.bench(*SHORT, "--json", str(run.baseline)),
          "2 rounds of 2 s", "virgl (LLVMPIPE", "the whole screen (DRM)",
          "1024x768 fullscreen", "software: llvmpipe", "no KVM")
    report = json.loads(run.baseline.read_text())
    expect(report["figures"], [
        *(f"glmark2 {scene}" for scene in SCENES), "glmark2, geometric mean", "kmscube",
        *(f"{name}, {what}" for name in DELAYS for what in ("mean", "half", "99 %")),
        "requests", "device thread, busy"])
    if report["missing"]:
        raise GuestError(f"missing: {report['missing']}")


def change_baseline(run, times):
    report = json.loads(run.baseline.read_text())
    for figure in report["figures"].values():
        if figure["unit"] == "frames/s":
            figure["values"] = [value * times for value in figure["values"]]
    path = run.args.output / "changed.json"
    path.write_text(json.dumps(report))
    return str(path)


def case_baseline(run):
    """A baseline that the guest meets, and one that no guest could"""
    only = (*SHORT, "--only=build")
    wants(run.bench(*only, "--baseline", str(run.baseline), ANY), "over the baseline",
          "Not alike: scenes was")
    wants(run.bench(*only, "--baseline", change_baseline(run, 1000), ANY, status=WORSE),
          "glmark2 build is 0.00", "99 % are worse than the baseline allows")


def case_by_hand(run):
    """The same by hand in the guest, without the device's figures"""
    program = run.args.program.with_name("qemu-virtio-gpu-bench").read_bytes()
    run.vm.run(f"echo {base64.b64encode(program).decode()} | base64 -d >/run/bench")
    run.vm.run("PATH=/usr/bin:/bin python3 /run/bench --rounds=1 --seconds=1 "
               "--only=build --only=gears --json=/run/bench.json", BY_HAND_SECONDS)
    report = json.loads(run.vm.run("cat /run/bench.json"))
    expect(report["figures"], ["glmark2 build", "kmscube"])
    wants(report["facts"]["device"], "not asked")


def case_desktop(run):
    """A window on the desktop of who works there"""
    desktop.start(run.vm, gl.WESTON)
    said = run.bench("--rounds=1", "--seconds=2", "--only=build", "--only=gears",
                     "--baseline", str(run.baseline))
    wants(said, "a window (Wayland)", "800x600 windowed", "es2gears_wayland",
          'Not alike: drawn on was "the whole screen (DRM)" in the baseline')
    desktop.stop(run.vm)


def case_no_3d(run):
    """A guest without 3D draws by itself, which is said"""
    wants(run.bench("--rounds=1", "--seconds=1", "--only=build"),
          "drawn by   llvmpipe", "2d: pixman")


DEVICES = {
    "virtio-gpu-gl-pci,id=gpu": (case_whole_screen, case_baseline, case_by_hand,
                                 case_desktop),
    "virtio-gpu-pci,id=gpu": (case_no_3d,),
}


def main():
    options = parser(__doc__)
    options.add_argument("--program", type=Path, required=True)
    args = options.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    tap = Tap(sum(map(len, DEVICES.values())))
    image = build_image(gl=True)
    for device, cases in DEVICES.items():
        agent = Agent()
        with VM(image, [device], args.output, modules=args.modules, qemu=args.qemu,
                preload=args.preload, memory=gl.MEMORY_MIB,
                extra=agent.arguments()) as vm:
            vm.boot()
            vm.run(gl.MODE_1024x768)
            desktop.load_driver(vm)
            agent.start(vm)
            run_cases(tap, cases, Run(vm, agent, args))
    return 1 if tap.failed else 0


sys.exit(main())
