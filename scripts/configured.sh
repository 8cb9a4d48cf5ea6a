#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# configured.sh BUILD [--record]: succeeds when BUILD was set up by this
# configure for the QEMU that is installed now, and its prepared source is
# still in the cache; --record notes that it is so.

set -eu
build=$1
cd "$(dirname "$0")/.."

state() {
    # shellcheck source=/dev/null
    . "$build/config.sh" 2>/dev/null || return 1
    # A package upgrade changes the binary; asking it would take longer.
    # shellcheck disable=SC2154 # from config.sh
    [ -r "$prepared/prepared" ] || return 1
    stat -Lc '%n %s %Y' "$qemu" "$qemu_moddir/hw-display-virtio-gpu.so" \
        2>/dev/null || true
    cat configure meson.options scripts/*.sh scripts/packages | sha256sum
}

if [ "${2:-}" = --record ]; then
    state >"$build/configured"
else
    [ -e "$build/build.ninja" ] && [ -e "$build/configured" ] &&
        [ "$(state)" = "$(cat "$build/configured")" ]
fi
