#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# make-deb.sh BUILD MESON: makes a Debian package for the installed QEMU in
# BUILD/deb, from a copy of the tree with packaging/debian as its debian/, and
# prints its path.
#
# Its version is RELEASE+DATE+qemuVERSION: a later commit is newer, and so is the
# same commit built for a newer QEMU. The date is that of the commit, or now where
# files are changed or there is no Git; SOURCE_DATE_EPOCH overrules it. The
# maintainer is DEBFULLNAME and DEBEMAIL, as with Debian's own tools.

set -eu
cd "$(dirname "$0")/.."
. scripts/say.sh
me=deb
build=$(cd "$1" && pwd) meson=$2
package=qemu-virtio-gpu
binary=qemu-system-x86

installed=$(dpkg-query -W -f '${Version}' $binary 2>/dev/null) ||
    die "$binary is no installed package, and that is what a package of modules" \
        "depends on; install it"
# shellcheck source=/dev/null
. "$build/config.sh"
# shellcheck disable=SC2154 # from config.sh
[ "$qemu" = "$(command -v qemu-system-x86_64)" ] &&
    dpkg-query -L $binary | grep -qxF "$(readlink -f "$qemu")" ||
    die "$build was configured for $qemu, which is not that of the package" \
        "$binary; configure without --qemu"

# Root may look at the repository of somebody else.
in_git() { git -c safe.directory='*' "$@" 2>/dev/null; }

commit=$(in_git rev-parse --short=12 HEAD) || commit=
if [ -z "$commit" ]; then
    from="sources outside Git" epoch=$(date +%s)
elif [ -z "$(in_git status --porcelain)" ]; then
    from="commit $commit" epoch=$(in_git log -1 --format=%ct)
else
    from="commit $commit and changes" epoch=$(date +%s)
fi
epoch=${SOURCE_DATE_EPOCH:-$epoch}
release=$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -n 1)
version=$release+$(date -u -d "@$epoch" +%Y%m%d.%H%M)+qemu${installed#*:}
maintainer="${DEBFULLNAME:-The qemu-virtio-gpu authors}"
maintainer="$maintainer <${DEBEMAIL:-$package@packages.invalid}>"

folder=$build/deb tree=$build/deb/$package
rm -rf "$folder"
mkdir -p "$tree"
if [ -n "$commit" ]; then
    in_git ls-files -co --exclude-standard -z
else
    find . -name build -prune -o -type f -print0
fi | tar -c --null --ignore-failed-read --files-from=- 2>/dev/null |
    tar -C "$tree" -x
cp -r packaging/debian "$tree/debian"
cd "$tree/debian"
depends=$(awk '$1 == "build" || $1 == "qemu" {
                   printf ", %s%s", $2, $3 ? " (>= " $3 ")" : "" }' \
              ../scripts/packages)
sed -e "s|@MAINTAINER@|$maintainer|" -e "s|@BUILD_DEPENDS@|$depends|" control.in \
    >control
rm control.in
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
cat >changelog <<END
$package ($version) $codename; urgency=medium

  * Built for QEMU $installed.
  * Built from $from.

 -- $maintainer  $(LC_ALL=C date -uR -d "@$epoch")
END

cd "$tree"
export MESON="$meson" SOURCE_DATE_EPOCH="$epoch"
export VIRTIO_GPU_CACHE="${VIRTIO_GPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-virtio-gpu}"
run_logged "building $package $version" "$folder/log" \
    dpkg-buildpackage --build=binary --no-sign --no-pre-clean || {
    tail -n 15 "$folder/log" >&2
    die "dpkg-buildpackage failed, see above and $folder/log"
}
rm -rf "$tree"
echo "$folder/${package}_${version}_amd64.deb"
