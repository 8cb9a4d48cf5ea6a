#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A desktop with OpenGL in a Debian guest, for a browser on this machine.

What "make demo-web" runs. It prints an address and stays until Ctrl-C.
"""

import argparse
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/guest"))

import desktop  # noqa: E402
import gl  # noqa: E402
import novnc  # noqa: E402
import viewer  # noqa: E402
import vnc  # noqa: E402
from vm import MODULE, GuestError, VM, build_image  # noqa: E402

SIZE = (1280, 800)
DEVICE = "virtio-vga-gl"


def serve(options):
    image = build_image(gl=True)
    print(f"demo-web: booting Debian's kernel under TCG on {DEVICE}",
          flush=True)
    with VM(image, [DEVICE, *viewer.INPUTS], options.build / "demo/web",
            modules=options.build / "modules", extra=vnc.WITH_WEBSOCKET,
            qemu=options.qemu, memory=gl.MEMORY_MIB) as vm:
        vm.boot()
        desktop.load_driver(vm)
        renderer = gl.start_weston(vm, SIZE)
        desktop.follow(vm)
        desktop.run(vm, "weston-terminal --shell=/bin/greeting")
        desktop.run(vm, "weston-simple-egl")
        with novnc.Server(vnc.port(vm, websocket=True), options.port) as web:
            print(f"demo-web: the guest draws with {renderer}\n"
                  f"demo-web: open {web.address} in a browser; Ctrl-C ends "
                  "the guest", flush=True)
            status = vm.process.wait()
    raise GuestError(f"QEMU ended with status {status}; its log is in "
                     f"{vm.work}/qemu.log")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A shell's background jobs have it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, nargs="?", default=ROOT / "build",
                        help="the build folder (default build)")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--port", type=int, default=0,
                        help="of the address, on 127.0.0.1 (default any)")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if not (options.build / "modules" / MODULE).is_file():
        sys.exit(f"demo-web: there is no {MODULE} in {options.build}/modules: "
                 "run make")
    try:
        serve(options)
    except GuestError as error:
        sys.exit(f"demo-web: {error}")
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
