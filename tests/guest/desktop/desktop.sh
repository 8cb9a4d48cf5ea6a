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
#   desktop follow                        from now on the screen takes the mode
#                                         that its monitor wishes, which weston
#                                         does not do by itself
#   desktop stop                          ends weston, and waits for its end

set -eu
export XDG_RUNTIME_DIR=/run/user WAYLAND_DISPLAY=wayland-1
export XCURSOR_PATH=/usr/share/icons
export PATH=/usr/bin:/bin SHELL=/bin/sh TERM=xterm

start_udev() {
    [ ! -e /run/udev/control ] || return 0
    mkdir -p /run/udev/rules.d
    echo 'SUBSYSTEM=="drm", ENV{SYNTH_ARG_HOTPLUG}=="1", ENV{HOTPLUG}="1"' \
        >/run/udev/rules.d/99-hotplug.rules
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

# The monitor goes, so that weston leaves its output, and comes with the mode
# that is its first now. The kernel tells nobody of a monitor that is forced.
change_monitor() {
    before=$(grep -c "$2" /run/weston.log || :)
    echo "$1" >$card/status
    echo "change $(cat /proc/sys/kernel/random/uuid) HOTPLUG=1" \
        >/sys/class/drm/card0/uevent
    until [ "$(grep -c "$2" /run/weston.log)" -gt "$before" ]; do
        kill -0 "$(cat /run/weston.pid)" || exit 1
        sleep 0.02
    done
}

follow() {
    card=/sys/class/drm/card0-Virtual-1
    shown=$(head -n 1 $card/modes)
    udevadm monitor --kernel --subsystem-match=drm | while read -r line; do
        : >/run/following
        echo detect >$card/status
        mode=$(head -n 1 $card/modes)
        [ "$mode" != "$shown" ] || continue
        change_monitor off 'no heads left'
        # A page flip that weston waits for still ends on the old output.
        sleep 0.2
        change_monitor detect "Output 'Virtual-1' enabled"
        shown=$mode
    done
}

command=${1:?start, run, wait, follow or stop}
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
follow)
    rm -f /run/following
    follow >>/run/follow.log 2>&1 </dev/null &
    until [ -e /run/following ]; do sleep 0.02; done ;;
stop)
    kill "$(cat /run/weston.pid)"
    while kill -0 "$(cat /run/weston.pid)" 2>/dev/null; do sleep 0.02; done ;;
esac
