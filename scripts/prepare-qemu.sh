#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# prepare-qemu.sh SOURCE CACHE: makes from QEMU's source (a tarball or a
# folder) what a module needs that the installed binary will load: the headers
# that its configure generates, libqos and the libraries under it for the
# qtests, and accel-qtest, which distributions do not ship. Prints the folder;
# "src" and "build" are in it. Done once for each QEMU package.
#
# Expects in the environment what find-qemu.sh prints.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
source=$1 cache=$2
python=${PYTHON:-/usr/bin/python3}

# Options that change the layout of a struct in a header must be those of the
# binary; they are read from it. Everything else is off.
layout_options() {
    needed=$(readelf -d "$qemu" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
    for pair in liburing:linux-io-uring libaio:linux-aio libpixman:pixman; do
        case $needed in
        *${pair%%:*}.*|*${pair%%:*}-*) echo "--enable-${pair#*:}" ;;
        esac
    done
    # The table of modules inside the binary names what it was built with.
    grep -aq 'ui-opengl' "$qemu" && echo --enable-opengl
    nm -D "$qemu" | grep -q ' qemu_plugin_reset_uninstall$' &&
        echo --enable-plugins
    echo --enable-tcg
    "$qemu" -accel help | grep -qx kvm && echo --enable-kvm
    return 0
}
options=$(layout_options)

if [ -d "$source" ]; then
    id=$(cd "$source" && find . -path ./roms -prune -o -type f \
         -printf '%P %s %T@\n' | sort | sha256sum)
else
    id=$(sha256sum <"$source")
fi
key=$( { echo "$id"; echo "$qemu_stamp $qemu_pkgversion $options"
         cat "$here/prepare-qemu.sh"; } | sha256sum | cut -c1-12)
folder=$cache/qemu-$qemu_version-$key
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { say "Waiting for another configure"; flock 9; }
if [ -e "$folder/prepared" ]; then
    echo "$folder"
    exit 0
fi

say "Preparing QEMU $qemu_version once, in $folder"
rm -rf "$folder"
mkdir -p "$folder/src" "$folder/build"
src=$folder/src

unpack() {
    # The firmware sources are two thirds of it and nothing here reads them.
    if [ -d "$source" ]; then
        tar -C "$source" --exclude=./roms --exclude=./.git --exclude=./build \
            -cf - . | tar -C "$src" -xf -
    else
        tar -C "$src" --strip-components=1 --exclude='*/roms' -xf "$source"
    fi
}
run_logged "unpacking" "$folder/unpack.log" unpack ||
    die "$source could not be unpacked, see $folder/unpack.log; remove it and" \
        "configure again"
[ -e "$src/scripts/qemu-stamp.py" ] && [ -e "$src/VERSION" ] ||
    die "$source is not the source of QEMU 10.0 or later; pass the source of" \
        "the installed package with --qemu-source=DIR"
found=$(cat "$src/VERSION")
[ "$found" = "$qemu_version" ] ||
    die "the source is QEMU $found and $qemu is $qemu_version; pass the source" \
        "of the installed version with --qemu-source=DIR"

# Nothing of ours is derived from QEMU's own virtio-gpu: its sources are emptied
# here. QEMU's Meson only wants the files to exist.
for file in "$src"/hw/display/virtio-gpu*.c "$src"/hw/display/virtio-vga*.c \
            "$src"/hw/display/vhost-user-gpu*.c \
            "$src"/hw/display/vhost-user-vga.c \
            "$src"/contrib/vhost-user-gpu/*.[ch]; do
    [ ! -e "$file" ] || : >"$file"
done
# Distributions leave the firmware images out, and Meson looks for these.
for image in $(grep -o 'edk2-[a-z0-9_-]*\.fd' "$src/pc-bios/meson.build"); do
    [ -e "$src/pc-bios/$image.bz2" ] || : >"$src/pc-bios/$image.bz2"
done

# The stamp is a hash of the version, the package version and the text of
# QEMU's configure, which Debian changes by these two lines (gnu-hurd.patch).
stamp_of() {
    "$python" "$src/scripts/qemu-stamp.py" "$qemu_version" "$qemu_pkgversion" \
        -- "$1"
}
if [ "$(stamp_of "$src/configure")" != "$qemu_stamp" ]; then
    sed '/^  host_os=netbsd$/a\
elif check_define __GNU__; then\
  host_os=hurd' "$src/configure" >"$folder/configure.debian"
    [ "$(stamp_of "$folder/configure.debian")" = "$qemu_stamp" ] ||
        die "the source does not give the module stamp of $qemu" \
            "($qemu_pkgversion), so modules built from it would be refused;" \
            "pass the source that this package was built from, its patches" \
            "applied, with --qemu-source=DIR"
    cat "$folder/configure.debian" >"$src/configure"
fi

configure_qemu() {
    cd "$folder/build" &&
    # shellcheck disable=SC2086 # a list of options
    "$src/configure" --python="$python" --disable-download \
        --with-pkgversion="$qemu_pkgversion" --target-list=x86_64-softmmu \
        --enable-modules --without-default-features --disable-install-blobs \
        $options
}
run_logged "configuring QEMU" "$folder/configure.log" configure_qemu || {
    tail -n 5 "$folder/configure.log" >&2
    die "QEMU's own configure failed, see above and $folder/configure.log;" \
        "install what it misses and configure again"
}
grep -q "CONFIG_STAMP $qemu_stamp\$" "$folder/build/config-host.h" ||
    die "QEMU's configure did not produce the stamp $qemu_stamp; report this" \
        "with $folder/configure.log"

# Compiling one device is what makes Ninja generate every header.
run_logged "building headers, libqos and accel-qtest" "$folder/ninja.log" \
    ninja -C "$folder/build" libcommon.a.p/hw_display_bochs-display.c.o \
    accel-qtest-x86_64.so tests/qtest/libqos/libqos.a libqemuutil.a libqom.a \
    libevent-loop-base.a || {
    tail -n 15 "$folder/ninja.log" >&2
    die "building QEMU's libraries failed, see above and $folder/ninja.log;" \
        "remove $folder and configure again"
}
# The mark comes last, so that an interrupted preparation is done again.
: >"$folder/prepared"
echo "$folder"
