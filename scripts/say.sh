# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# Sourced by configure and its helpers: how they speak to a person.

say() { echo "$*" >&2; }

# One sentence with cause and remedy, then the end.
die() { echo "${me:-configure}: $*" >&2; exit 1; }

# run_logged LABEL LOG COMMAND…: runs the command with its output in LOG, says
# every ten seconds how far it is, and returns its status.
run_logged() {
    label=$1 log=$2
    shift 2
    say "  $label"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    waited=0
    while kill -0 $pid 2>/dev/null; do
        sleep 1
        waited=$((waited + 1))
        if [ $((waited % 10)) -eq 0 ]; then
            say "    ${waited} s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-70)"
        fi
    done
    wait $pid
}
