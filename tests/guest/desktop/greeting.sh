#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# The shell of the demo's terminal: says where it runs first.

printf '\033[1;32mDebian Linux %s on virtio-gpu\033[0m\n\n' "$(uname -r)"
dmesg | grep -E 'virtio_gpu|features:|scanouts|fb0:' | cut -c 16-80
printf '\nmodes: '
sort -un /sys/class/drm/card0-Virtual-1/modes | tr '\n' ' ' | fold -w 70 -s
echo
exec sh
