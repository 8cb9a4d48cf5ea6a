#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# fetch-source.sh PACKAGE VERSION FOLDER: gets the upstream tarball of a source
# package into FOLDER and prints its path. It is checked against the SHA256 of
# the signed package index; a second run needs no network.
#
# apt works with a source list and a state folder of its own in FOLDER, so that
# neither root nor a change of the user's apt configuration is needed.

set -eu
. "$(dirname "$0")/say.sh"
package=$1 version=$2 folder=$3

mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)

# "1:10.0.2+ds-2+deb13u1~bpo12+1" is built from qemu_10.0.2+ds.orig.tar.xz.
upstream=${version#*:}
upstream=${upstream%-*}
name="${package}_$upstream.orig.tar"

for sum in "$folder/$name".*.sha256; do
    [ -e "$sum" ] || break
    if (cd "$folder" && sha256sum --status -c "$sum"); then
        echo "${sum%.sha256}"
        exit 0
    fi
done

. /etc/os-release
case $version in
*~bpo*) suites="$VERSION_CODENAME-backports" ;;
*) suites="$VERSION_CODENAME $VERSION_CODENAME-updates $VERSION_CODENAME-backports" ;;
esac
# The mirror that the user's own apt uses for this release.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' |
         sed -n "s/ $VERSION_CODENAME\$//p" | head -n 1)
case ${mirror:-none} in
none|*security*) mirror=http://deb.debian.org/debian ;;
esac

{
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    for suite in $suites; do
        echo "deb-src [signed-by=$keyring] $mirror $suite main"
    done
    case $version in
    *~bpo*) ;;
    *) echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian-security" \
            "$VERSION_CODENAME-security main" ;;
    esac
} >"$folder/apt/sources.list"

own_apt() {
    tool=$1
    shift
    "$tool" -q -o Dir::Etc::sourcelist="$folder/apt/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::State::lists="$folder/apt/lists" \
        -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User= "$@"
}

log=$folder/apt/log
run_logged "reading the source package index of $mirror" "$log" \
    own_apt apt-get -o APT::Update::Error-Mode=any update || {
    tail -n 3 "$log" >&2
    die "the package index could not be read, see above; repair the network" \
        "or pass the source of QEMU with --qemu-source=DIR"
}

# A later package of the same upstream release has the same tarball; the newest
# package may be of another release.
line=$(own_apt apt-cache showsrc --only-source "$package" 2>/dev/null |
       awk -v name="$name" '
           $1 == "Version:" { version = $2 }
           /^[^ ]/ { sums = $1 == "Checksums-Sha256:" }
           sums && index($3, name) == 1 && $3 !~ /asc$/ {
               print $1, $2, $3, version
               exit
           }')
[ -n "$line" ] ||
    die "the package index has no $name.* any more, because the installed" \
        "$package $version is no longer the newest; upgrade it with \"apt-get" \
        "install qemu-system-x86\" or pass its source with --qemu-source=DIR"
# shellcheck disable=SC2086 # checksum, size, name, package version
set -- $line
sum=$1 size=$2 file=$3
url=$(own_apt apt-get source --print-uris --tar-only --only-source \
      "$package=$4" 2>/dev/null | sed -n "s/^'\([^']*\)' $file .*/\1/p")
[ -n "$url" ] ||
    die "apt knows $file but not where it is; run \"rm -r $folder/apt\" and" \
        "configure again"

cd "$folder"
rm -f "$file"
run_logged "downloading $file ($((size / 1000000)) MB)" "$log" \
    /usr/lib/apt/apt-helper download-file "$url" "$folder/$file" || {
    tail -n 3 "$log" >&2
    die "$url could not be downloaded, see above; repair the network or pass" \
        "the source of QEMU with --qemu-source=DIR"
}
echo "$sum  $file" >"$file.sha256.new"
sha256sum --status -c "$file.sha256.new" || {
    rm -f "$file" "$file.sha256.new"
    die "$url does not have the SHA256 that the package index states; it was" \
        "removed, configure again or use another mirror"
}
mv "$file.sha256.new" "$file.sha256"
echo "$folder/$file"
