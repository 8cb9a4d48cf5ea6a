#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# find-qemu.sh BINARY: says what the installed QEMU is, as shell assignments:
# where its modules are and which stamp a module must carry to be loaded.

set -eu
. "$(dirname "$0")/say.sh"

qemu=$(command -v "$1") ||
    die "there is no $1; install it with \"apt-get install qemu-system-x86\"" \
        "or name another with --qemu=BINARY"
case $qemu in
/*) ;;
*) qemu=$PWD/$qemu ;;
esac

# "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)"
line=$("$qemu" --version 2>/dev/null | head -n 1)
version=$(echo "$line" | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
pkgversion=$(echo "$line" | sed -n 's/^[^(]*(\(.*\))$/\1/p')
[ -n "$version" ] ||
    die "$qemu does not say which version of QEMU it is;" \
        "name a qemu-system-x86_64 with --qemu=BINARY"
case $version in
10.*|1[1-9].*) ;;
*) die "$qemu is QEMU $version and 10.0 is the oldest that works; on Debian 12" \
       "install \"apt-get install -t bookworm-backports qemu-system-x86\"" ;;
esac

real=$(readlink -f "$qemu")
prefix=$(dirname "$(dirname "$real")")
triplet=$(gcc -print-multiarch 2>/dev/null || true)
moddir=
for dir in "$prefix/lib/$triplet/qemu" "$prefix/lib64/qemu" "$prefix/lib/qemu"
do
    if [ -e "$dir/hw-display-virtio-gpu.so" ]; then
        moddir=$dir
        break
    fi
done
[ -n "$moddir" ] ||
    die "$qemu has no hw-display-virtio-gpu.so beside it, so it was built" \
        "without modules and cannot load ours; use the distribution's QEMU"

stamp=$(nm -D "$moddir/hw-display-virtio-gpu.so" |
        sed -n 's/.* T qemu_stamp\(_[0-9a-f]*\)$/\1/p')
[ -n "$stamp" ] ||
    die "$moddir/hw-display-virtio-gpu.so carries no module stamp;" \
        "reinstall the package it belongs to"
grep -aq "qemu_stamp$stamp" "$real" ||
    die "the modules in $moddir are not those of $qemu; upgrade" \
        "qemu-system-x86 and qemu-system-common to the same version"

package=
package_version=
owner=$(dpkg-query -S "$real" 2>/dev/null | head -n 1 | cut -d: -f1) || owner=
if [ -n "$owner" ]; then
    package=$(dpkg-query -W -f '${source:Package}' "$owner")
    package_version=$(dpkg-query -W -f '${source:Version}' "$owner")
fi

cat <<EOF
qemu='$qemu'
qemu_version='$version'
qemu_pkgversion='$pkgversion'
qemu_moddir='$moddir'
qemu_stamp='$stamp'
qemu_package='$package'
qemu_package_version='$package_version'
EOF
