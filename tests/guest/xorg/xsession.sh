#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# X in the test guest, without a window manager.
#
#   xsession start     udev and Xorg; returns when it takes clients. Its root has a
#                      grid of 16 pixels, red on blue
#   xsession agent     spice-vdagent, the daemon and the session's; returns when the
#                      host has its port open and X has its tablet
#   xsession follow    from now on each monitor has the mode that it wishes, side by
#                      side in their order, as desktops do by themselves
#   xsession watch     writes what pointers and keys do to /run/input.log

set -eu
export DISPLAY=:0 PATH=/usr/bin:/bin:/usr/sbin
tablet='spice vdagent tablet'

start_udev() {
    mkdir -p /run/udev/rules.d
    /lib/systemd/systemd-udevd --daemon
    udevadm trigger --action=add
    udevadm settle
}

start() {
    modprobe -a virtio_input evdev uinput
    start_udev
    mkdir -p /var/lib/xkb /tmp/.X11-unix /dev/shm
    /usr/lib/xorg/Xorg :0 vt2 -config /etc/X11/xorg.conf -logfile /run/xorg.log \
        -nolisten tcp -noreset -s 0 >/run/xorg.out 2>&1 </dev/null &
    server=$!
    until [ -S /tmp/.X11-unix/X0 ] && xrandr >/dev/null 2>&1; do
        kill -0 $server || { tail -n 5 /run/xorg.log /run/xorg.out; exit 1; }
        sleep 0.05
    done
    xsetroot -mod 16 16 -fg '#ff0000' -bg '#0000ff'
}

start_agent() {
    mkdir -p /run/spice-vdagentd
    # There is no logind here: -X.
    spice-vdagentd -d -x -X >>/run/agentd.log 2>&1 </dev/null &
    daemon=$!
    until [ -S /run/spice-vdagentd/spice-vdagent-sock ]; do
        kill -0 $daemon || { cat /run/agentd.log; exit 1; }
        sleep 0.05
    done
    spice-vdagent -d -x >>/run/agent.log 2>&1 </dev/null &
    session=$!
    until xinput list --name-only 2>/dev/null | grep -qx "$tablet"; do
        kill -0 $daemon || { cat /run/agentd.log; exit 1; }
        kill -0 $session || { cat /run/agent.log; exit 1; }
        sleep 0.05
    done
}

# A line "NAME MODE" for each connector, in order; the mode is "off" without a monitor.
monitors() {
    xrandr | awk '
        /^[^ ]/ { name = $2 == "connected" ? $1 : "" }
        $2 == "disconnected" { print $1, "off" }
        /^ / && name && /\+/ { print name, $1; name = "" }
    '
}

arrange() {
    wished=$(monitors)
    [ "$wished" != "$arranged" ] || return 0
    # shellcheck disable=SC2046 # words
    # A monitor that goes meanwhile has an event of its own.
    xrandr $(echo "$wished" | awk '
        $2 == "off" { printf "--output %s --off ", $1; next }
        {
            printf "--output %s --mode %s ", $1, $2
            if (left) printf "--right-of %s ", left; else printf "--pos 0x0 "
            left = $1
        }
    ') || return 0
    arranged=$wished
}

follow() {
    arranged=
    # What it says first is about itself: then it listens.
    udevadm monitor --udev --subsystem-match=drm | while read -r _; do
        arrange
        : >/run/following
    done
}

command=${1:?start, agent, follow or watch}
case $command in
start) start ;;
agent) start_agent ;;
follow)
    rm -f /run/following
    follow >>/run/follow.log 2>&1 </dev/null &
    until [ -e /run/following ]; do sleep 0.02; done ;;
watch) xinput test-xi2 --root >/run/input.log 2>&1 </dev/null & ;;
esac
