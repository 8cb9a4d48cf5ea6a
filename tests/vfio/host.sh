#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# host [-C FOLDER] [NAME=VALUE...] COMMAND...: runs a program of the machine that
# the guest runs on, with the guest's kernel and devices; after host-root.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
# By its path: busybox would run its own.
exec chroot /host /usr/bin/env "$@"
