#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# install.sh BUILD MESON DESTDIR: installs, and notes what it installed in a
# manifest beside the modules, so that uninstall.sh needs no build folder.

set -eu
. "$(dirname "$0")/say.sh"
me=install
build=$1 meson=$2 destdir=$3

files=$("$meson" introspect "$build" --installed | tr ',' '\n' |
        sed -n 's/.*: "\(.*\)".*/\1/p' | sort)
# What a package owns is the package manager's.
if [ -z "$destdir" ] && command -v dpkg-query >/dev/null; then
    for file in $files; do
        owner=$(dpkg-query -S "$file" 2>/dev/null | cut -d: -f1) || owner=
        [ -z "$owner" ] ||
            die "$file belongs to the package $owner and is left alone;" \
                "configure with another --prefix"
    done
fi
"$meson" install -C "$build" --no-rebuild --quiet ${destdir:+--destdir "$destdir"}
modules=$(sed -n "s/^QEMU_MODULE_DIR='\(.*\)' exec.*/\1/p" \
          "$build/launcher-to-install")
printf '%s\n' "$files" "$modules/manifest" >"$destdir$modules/manifest"
say "Installed; run $destdir$(echo "$files" | grep 'qemu-system-x86_64-virtio-gpu$')"
