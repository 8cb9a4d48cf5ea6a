# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU's guest agent in the guest with OpenGL, and who asks it: qemu-virtio-gpu-ctl.

    agent = Agent()
    with VM(..., extra=agent.arguments()) as vm:
        vm.boot()
        agent.start(vm)
        status, said, errors = agent.bench(build / "qemu-virtio-gpu-ctl", "--rounds=1")
"""
import subprocess
import tempfile

PORT = "org.qemu.guest_agent.0"
BENCH_SECONDS = 900


class Agent:
    def __init__(self):
        # The name of a socket may have 107 bytes.
        self.folder = tempfile.TemporaryDirectory(prefix="agent-")
        self.monitor = f"{self.folder.name}/qmp"
        self.socket = f"{self.folder.name}/agent"

    def arguments(self):
        """For QEMU: a monitor, and the agent's port."""
        return ("-qmp", f"unix:{self.monitor},server=on,wait=off",
                "-chardev", f"socket,path={self.socket},server=on,wait=off,id=agent",
                "-device", f"virtserialport,chardev=agent,name={PORT}")

    @staticmethod
    def start(vm, options=""):
        vm.run("mkdir -p /dev/pts; mountpoint -q /dev/pts || "
               "mount -t devpts devpts /dev/pts")
        vm.run(f"port=$(grep -lx {PORT} /sys/class/virtio-ports/*/name); "
               "port=${port%/name}; PATH=/usr/bin:/bin /usr/sbin/qemu-ga -d "
               f"-p /dev/${{port##*/}} -t /run -f /run/qemu-ga.pid {options}")

    @staticmethod
    def stop(vm):
        vm.run("pid=$(cat /run/qemu-ga.pid); kill $pid; "
               "while [ -e /proc/$pid ]; do sleep 0.05; done")

    def bench(self, program, *options):
        """Exit status, output and errors of its command "bench"."""
        done = subprocess.run(
            [program, "--qmp", self.monitor, "bench", "--agent", self.socket,
             *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=BENCH_SECONDS)
        return done.returncode, done.stdout, done.stderr
