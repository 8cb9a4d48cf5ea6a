# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A client that somebody else wrote, in the smallest guest: for every run.

As in tests/guest/cases.py, the cases run in this order in one boot.
"""

import cases
import common
import desktop
import screen
import vnc
from cases import BUSES, IMAGE, INPUTS, MEMORY_MIB, Run, expect
from suite import Cases

__all__ = ["BUSES", "CASES", "DEVICES", "IMAGE", "INPUTS", "MEMORY_MIB", "Run",
           "arguments"]

DEVICES = {"virtio-vga": {"vga": True}}
SIZES = ((1280, 800), (1920, 1080))

CASES = Cases()


def arguments(_image, _traits, _work):
    return vnc.LISTENING


@CASES.case("boots, and the device is the one that was asked for")
def boots(run):
    cases.boots(run)
    desktop.load_driver(run.vm)
    run.kms = run.vm.session("kms")
    run.open_card()


@CASES.case("gvnccapture: the test card, in two modes, each pixel as drawn")
def test_card(run):
    for size in SIZES:
        run.show(*size, "bars")
        expect("what differs", None,
               screen.bars(*size).difference(common.gvnccapture(run.vm)))


@CASES.case("gvnccapture: a page flip later, the other picture")
def flip(run):
    figures = run.kms.figures("flip 101 coords")
    expect("events of 101 page flips", 101, figures["events"])
    expected = screen.coords(*SIZES[-1])
    run.vm.wait_for_picture(expected, "flipped")
    expect("what differs", None,
           expected.difference(common.gvnccapture(run.vm)))
