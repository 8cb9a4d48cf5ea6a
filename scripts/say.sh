# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# Sourced by configure and its helpers: how they speak to a person.

say() { printf '%s\n' "$*" >&2; }

# One sentence with cause and remedy, then the end.
die() { say "${me:-configure}: $*"; exit 1; }

# The same where modules for this QEMU cannot be built at all, whatever one does.
die_unbuildable() { say "${me:-configure}: $*"; exit 3; }

# run_logged LABEL LOG COMMAND…: runs the command with its output in LOG, says
# every ten seconds how far it is, and returns its status.
run_logged() {
    label=$1 log=$2
    shift 2
    say "  $label"
    report_progress "$log" &
    reporter=$!
    status=0
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill $reporter 2>/dev/null || true
    wait $reporter 2>/dev/null || true
    return $status
}

# Ends with this shell, and its sleep holds no pipe or lock open.
report_progress() {
    waited=10
    while sleep 10 >/dev/null 2>&1 9>&- && kill -0 $$ 2>/dev/null; do
        say "    ${waited} s: $(tail -n 1 "$1" | tr -d '\r' | cut -c1-70)"
        waited=$((waited + 10))
    done
}
