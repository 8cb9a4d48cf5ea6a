#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# The desktop of the test guest.
#
#   desktop start [OPTION OF WESTON...]   udev and weston; returns when weston
#                                         takes clients
#   desktop run PROGRAM [ARGUMENT...]     a client of weston
#   desktop wait PROGRAM [ARGUMENT...]    the same, until it ends by itself
#   desktop stop                          ends weston, and waits for its end

set -eu
export XDG_RUNTIME_DIR=/run/user WAYLAND_DISPLAY=wayland-1
export XCURSOR_PATH=/usr/share/icons
export PATH=/usr/bin:/bin SHELL=/bin/sh TERM=xterm

start_udev() {
    [ ! -e /run/udev/control ] || return 0
    /lib/systemd/systemd-udevd --daemon
    udevadm trigger --action=add
    udevadm settle
}

start_weston() {
    mkdir -p -m 700 $XDG_RUNTIME_DIR
    mkdir -p /dev/pts /dev/shm
    [ -e /dev/pts/ptmx ] || mount -t devpts devpts /dev/pts
    rm -f $XDG_RUNTIME_DIR/wayland-1
    # That of Debian 13 takes the terminal that is in front.
    tty=
    ! weston --help | grep -q -e --tty || tty=--tty=2
    # shellcheck disable=SC2086 # none, or one word
    weston $tty --config=/etc/weston.ini --socket=wayland-1 \
        --log=/run/weston.log "$@" >/run/weston.out 2>&1 </dev/null &
    echo $! >/run/weston.pid
    until [ -S $XDG_RUNTIME_DIR/wayland-1 ]; do
        kill -0 "$(cat /run/weston.pid)" || {
            tail -n 5 /run/weston.log /run/weston.out
            exit 1
        }
        sleep 0.02
    done
}

command=${1:?start, run, wait or stop}
shift
case $command in
start)
    modprobe -a virtio_input evdev
    start_udev
    start_weston "$@" ;;
run)
    "$@" >>/run/clients.log 2>&1 </dev/null & ;;
wait)
    "$@" ;;
stop)
    kill "$(cat /run/weston.pid)"
    while kill -0 "$(cat /run/weston.pid)" 2>/dev/null; do sleep 0.02; done ;;
esac
