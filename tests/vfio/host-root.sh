#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# host-root FOLDER...: makes /host of the guest look like the machine that it
# runs on. That one's files come over 9p and are only read; what is written
# goes to memory, but in these folders, which are shared: "folder0" and so on.

set -e
modprobe -a 9pnet_virtio 9p overlay
share="trans=virtio,version=9p2000.L,msize=524288"
mkdir -p /lower /written /host
mount -t 9p -o "$share,ro,cache=loose" root /lower
mount -t tmpfs -o size=2g written /written
mkdir /written/files /written/work
mount -t overlay -o lowerdir=/lower,upperdir=/written/files,workdir=/written/work \
    overlay /host
for folder in proc sys dev; do
    mount --bind "/$folder" "/host/$folder"
done
mkdir -p /host/dev/pts /host/dev/shm
mount -t devpts pts /host/dev/pts
mount -t tmpfs shm /host/dev/shm
mount -t tmpfs run /host/run

number=0
for folder in "$@"; do
    mkdir -p "/host$folder"
    mount -t 9p -o "$share" "folder$number" "/host$folder"
    number=$((number + 1))
done
