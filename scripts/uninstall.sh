#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# uninstall.sh BUILD DESTDIR: removes what "make install" noted in its manifest.

set -eu
. "$(dirname "$0")/say.sh"
me=uninstall
build=$1 destdir=$2

modules=$(sed -n "s/^QEMU_MODULE_DIR='\(.*\)' exec.*/\1/p" \
          "$build/launcher-to-install" 2>/dev/null) ||
    die "there is no $build/launcher-to-install to say where it was installed;" \
        "configure with the --prefix of the installation first"
manifest=$destdir$modules/manifest
[ -e "$manifest" ] ||
    die "there is no $manifest, so nothing is installed there;" \
        "configure with the --prefix of the installation or pass its DESTDIR"
while read -r file; do
    rm -f "$destdir$file"
done <"$manifest"
rmdir "$destdir$modules" "$destdir$(dirname "$modules")" 2>/dev/null || true
say "Removed what $manifest listed"
