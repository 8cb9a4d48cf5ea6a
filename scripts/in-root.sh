#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# in-root.sh ROOT [FROM:PLACE...] -- COMMAND...: runs a command as root in the
# Debian whose files are in ROOT, with the folder FROM at PLACE there, or with
# an empty one where FROM is "tmpfs". Mounts and processes are gone when it ends,
# or when this is killed. Of the environment the command gets only proxies.

set -eu
root=$1
shift
# Names of hosts are looked up where this machine looks them up.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"

# The folder is the root of its namespace and not only that of its processes,
# as Linux makes no user namespace for what is in a chroot.
export root
exec unshare --mount --pid --fork --kill-child sh -euc '
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    mount --rbind /sys sys
    mount --rbind /dev dev
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    while [ "$1" != -- ]; do
        mkdir -p ".${1#*:}"
        case $1 in
        tmpfs:*) mount -t tmpfs tmpfs ".${1#*:}" ;;
        *) mount --bind "${1%%:*}" ".${1#*:}" ;;
        esac
        shift
    done
    shift
    mount --move . /
    exec chroot . env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
' in-root "$@"
