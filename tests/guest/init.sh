#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# Process 1 of the test guest. It executes the lines that the host sends over
# the virtio-serial port "control"; vm.py is the peer. The graphics driver is
# not loaded here: loading it is the first thing that is tested.

/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t tmpfs run /run
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/

dmesg -n 1
modprobe -a virtio_pci virtio_console || exec poweroff -f

# A guest that hibernated lies on the disk, and goes on instead of this one.
if grep -qw hibernated /proc/cmdline; then
    modprobe virtio_blk
    until [ -e /dev/vda ]; do sleep 0.02; done
    cat /sys/block/vda/dev >/sys/power/resume
fi

# The host names its ports some time after the driver is there.
for name in control session; do
    until grep -qsx "$name" /sys/class/virtio-ports/*/name; do sleep 0.02; done
done

mkdir /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
    ln -s "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done

exec 3<>/dev/virtio-ports/control || exec poweroff -f
echo "ready $(cut -d' ' -f1 /proc/uptime) $(uname -r)" >&3

# One line in; out come the exit status, the length of the output, the output.
while read -r line <&3; do
    sh -c "$line" >/run/output 2>&1 </dev/null 3>&-
    echo "$? $(wc -c </run/output)" >&3
    cat /run/output >&3
done
exec poweroff -f
