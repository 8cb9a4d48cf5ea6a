# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is tested with Vulkan in the guest: Mesa's Venus on the host's llvmpipe.

As in cases.py, the cases of a device run in this order in one boot. The last
ones end the host's processes that draw.
"""

import os
import re
import signal

import cases
import desktop
import gl
import gl_cases
import screen
import venus
from cases import expect
from suite import Cases
from vm import GuestError

DEVICES = {venus.DEVICE: {"blob": True}}
IMAGE = {"venus": True}
MEMORY_MIB = venus.MEMORY_MIB
BUSES = ()
INPUTS = gl_cases.INPUTS
Run = gl_cases.Run
SIZE = (1280, 800)
FRAMES = 192
WINDOW = (400, 300)
CUBE = "cube:duration=6"
CUBE_GREY = b"\x33" * 3
VKMARK_SECONDS = 120

# Mesa looks every three seconds whether the host's process is alive.
LOSS_SECONDS = 60

# A context is not made, or what was sent for it; or it was lost before.
REFUSED = re.compile(r"response 0x120[0-9] \(command 0x[12]0[0-9a-f]\)")

CASES = Cases()
case = CASES.case


def arguments(_image, _traits, _work):
    return ()


@case("boots, and the device is the one that was asked for")
def boots(run):
    cases.boots(run)


@case("virtio_gpu binds, and is offered Venus's capability set")
def binds(run):
    desktop.load_driver(run.vm)
    log = "\n".join(run.new_kernel_lines())
    expect("warnings in the kernel's log", [],
           [line for line in log.splitlines() if cases.is_trouble(line)])
    for wanted in ("+resource_blob", "+host_visible", "+context_init",
                   "number of cap sets: 3", "cap set 2: id 4"):
        if wanted not in log:
            raise GuestError(f"the kernel's log: expected \"{wanted}\", got "
                             f"{re.findall(r'drm. (.*)', log)}")


@case("vulkaninfo names Venus on the host's llvmpipe")
def vulkaninfo(run):
    said = run.vm.run(f"{venus.VENUS} vulkaninfo 2>/run/vulkaninfo.err")
    found = {name: re.findall(rf"^\s*{name}\s*= (.*)$", said, re.MULTILINE)
             for name in ("driverID", "deviceName", "apiVersion")}
    run.note("vulkaninfo", found)
    expect("Vulkan's driver", {"DRIVER_ID_MESA_VENUS"},
           set(found["driverID"]))
    if "llvmpipe" not in "".join(found["deviceName"]):
        raise GuestError("expected llvmpipe in the name of the device, got "
                         f"{found['deviceName']}")


@case("what is drawn off screen is the computed picture")
def off_screen(run):
    device, rate, picture = venus.draw(run.vm, FRAMES)
    run.note("frames a second off screen", f"{rate:.0f}, {device}")
    expect("what is wrong with vkdraw's picture", None,
           venus.far_apart(venus.triangle(FRAMES), picture))


@case("OpenGL is there beside Vulkan that draws")
def beside(run):
    venus.start_drawing(run.vm)
    expect_virgl(run)
    run.note_round_trips("vkdraw")
    venus.stop_drawing(run.vm)


def expect_virgl(run):
    renderer, _ = gl.strings(run.vm, "gl")
    expect("the driver in OpenGL's renderer", gl.DRIVER,
           renderer.partition(" ")[0])


@case("weston shows with OpenGL what is drawn with Vulkan, pixel by pixel")
def window(run):
    vm = run.vm
    desktop.start(vm)
    desktop.wait_for_desktop(vm, SIZE)
    vm.run("grep 'GL renderer: virgl' /run/weston.log")
    venus.start_window(vm, FRAMES)
    device, rate = venus.window_rate(vm, FRAMES)
    run.note("frames a second in a window", f"{rate:.0f}, {device}")
    expected = venus.triangle(FRAMES)

    def seen(picture):
        place = venus.find_window(picture)
        return place and not venus.far_apart(
            expected, screen.Picture(venus.SIDE, venus.SIDE, picture.crop(
                *place, venus.SIDE, venus.SIDE)))

    desktop.wait_for(vm, "vkdraw's last frame", seen,
                     lambda: vm.screendump("window"))
    vm.run("killall vkdraw")


@case("vkmark draws in a window of weston's")
def vkmark(run):
    vm = run.vm

    def look():
        return vm.screendump("cube")

    if "VK_KHR_swapchain " not in vm.run(f"{venus.VENUS} vulkaninfo 2>&1"):
        raise GuestError("Venus has no VK_KHR_swapchain: the host's Vulkan "
                         "layer imports no semaphores")
    venus.start_vkmark(vm, CUBE, WINDOW)
    place, first = desktop.wait_for(vm, "vkmark's cube", cube, look)
    desktop.wait_for(vm, "a cube that turns",
                     lambda picture: cube(picture) == place and
                     picture.data != first.data, look)
    device, rate = venus.vkmark_rate(vm, VKMARK_SECONDS)
    run.note("vkmark's cube in its window, frames a second",
             f"{rate}, {device}")


def cube(picture):
    """Where the window with vkmark's cube on its grey is, or None."""
    width, height = WINDOW
    for y in range(desktop.PANEL_HEIGHT, picture.height - height):
        x = picture.crop(0, y, picture.width, 1).find(CUBE_GREY * width)
        if x >= 0:
            x //= 3
            last = picture.crop(x, y + height - 1, width, 1)
            middle = picture.pixel(x + width // 2, y + height // 2)
            return ((x, y) if last == CUBE_GREY * width and
                    middle != CUBE_GREY else None)
    return None


@case("the host's process of a context is killed: its program fails, no other")
def context_killed(run):
    fail(run, lambda server, contexts: contexts)
    off_screen(run)


@case("the render server is killed: no Vulkan any more, and OpenGL goes on")
def server_killed(run):
    vm = run.vm
    fail(run, lambda server, contexts: [server, *contexts])
    run.expected_said = (
        "virtio-gpu: the render server has ended: the guest gets no more "
        "contexts of Vulkan until QEMU is started again",)
    status, said = vm.run_status(f"{venus.VENUS} vulkaninfo --summary 2>&1")
    if status == 0 and "MESA_VENUS" in said:
        raise GuestError(f"expected no Venus of vulkaninfo, got {said}")
    expect_virgl(run)
    desktop.run(vm, "weston-simple-egl")
    desktop.wait_for(vm, "a triangle", gl.triangle,
                     lambda: vm.screendump("triangle"))
    expect_refusals_only(run)


def fail(run, choose):
    """Kill processes of the host while vkdraw draws; it ends by itself."""
    vm = run.vm
    venus.start_drawing(vm)
    for pid in choose(*venus.render_server(vm)):
        os.kill(pid, signal.SIGKILL)
    status, said = venus.wait_for_end(vm, LOSS_SECONDS)
    run.note("how vkdraw ended", f"status {status}: {said}")
    if status == 0:
        raise GuestError(f"expected an error of vkdraw, got: {said}")
    expect("what QEMU does", "running", vm.qmp("query-status")["status"])
    expect_refusals_only(run)


def expect_refusals_only(run):
    """What the kernel complains of is that the device refuses the lost."""
    expect("what else the kernel complains of", [],
           [line for line in run.new_kernel_lines()
            if cases.is_trouble(line) and not REFUSED.search(line)])
