#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# check-debian.sh RELEASE TARGET [TEST...]: "make TARGET" with these tests, from
# nothing installed, in another Debian. RELEASE is trixie, or trixie-backports for
# Debian 13 with the QEMU of its backports. Everything is in a folder of the cache,
# which has the same path in there; remove the folder to begin anew. A QEMU that
# modules cannot be built for is named with the reason, and is no failure.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
me=check-debian
release=$1 target=$2
shift 2
codename=${release%-backports}

[ "$(id -u)" -eq 0 ] ||
    die "only root can make another Debian and mount what it needs; run \"sudo" \
        "make $target DEBIAN=$release\""
"$here/install-deps.sh" --install chroot

sources() {
    for suite in "$codename" "$codename-updates" "$release"; do
        echo "deb http://deb.debian.org/debian $suite main"
    done | sort -u
    echo "deb http://deb.debian.org/debian-security $codename-security main"
}

# QEMU with its firmware and nothing else, so that nothing else differs.
preferences() {
    [ "$release" = "$codename" ] ||
        printf '%s\n' 'Package: src:qemu src:seabios' "Pin: release n=$release" \
               'Pin-Priority: 990'
}

cache=${VIRTIO_GPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-virtio-gpu}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
key=$( (sources; preferences) | sha256sum | cut -c1-12)
folder=$cache/$release-$key
root=$folder/root tree=$folder/tree
mkdir -p "$folder" "$tree"
exec 8>"$folder/lock"
flock -n 8 || { say "Waiting for another check of $release"; flock 8; }

if [ ! -e "$folder/made" ]; then
    say "Making a chroot of $release once, in $folder"
    rm -rf --one-file-system "$root"
    sources >"$folder/sources.list"
    run_logged "mmdebstrap" "$folder/mmdebstrap.log" mmdebstrap --mode=root \
        --variant=apt "$codename" "$root" "$folder/sources.list" || {
        tail -n 5 "$folder/mmdebstrap.log" >&2
        die "the chroot could not be made, see above and" \
            "$folder/mmdebstrap.log; repair the network and run this again"
    }
    preferences >"$root/etc/apt/preferences"
    touch "$folder/made"
fi

# Anew but for the build folder. What is the same keeps its time, so little is
# compiled; all else is of now, since another clone's files may be older.
new=$folder/new
rm -rf "$new"
mkdir "$new"
cd "$here/.."
# Root may look at the repository of somebody else.
git -c safe.directory='*' ls-files -co --exclude-standard -z |
    tar -c --null --ignore-failed-read --files-from=- 2>/dev/null |
    tar -C "$new" -xm
(cd "$new" && find . -type f) | while read -r file; do
    if cmp -s "$tree/$file" "$new/$file"; then
        touch -r "$tree/$file" "$new/$file"
    fi
done
find "$tree" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
find "$new" -mindepth 1 -maxdepth 1 -exec mv -t "$tree" {} +
rmdir "$new"

say "make $target with $release, in $tree"
status=0
"$here/in-root.sh" "$root" "$cache:$cache" -- env \
    ${SOURCE_DATE_EPOCH:+SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH"} \
    VIRTIO_GPU_CACHE="$cache" TESTS="$*" \
    sh -c "cd \"$tree\" && ./configure --install-deps && make $target" 8>&- &
inside=$!
# unshare hears no other signal, and nothing in there outlives it.
trap 'kill -KILL $inside; exit 1' HUP INT TERM
wait $inside || status=$?
case $status,$release in
0,*) ;;
3,*-backports)
    say "NOT TESTED with the QEMU of $release, for the reason above"
    status=0 ;;
*) say "Logs of what failed are in $tree/build" ;;
esac
exit $status
