#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# install-deps.sh [--install] GROUP…: finds out which packages of these groups
# in scripts/packages are missing; installs them, or says the exact command.
#
# The user's apt configuration stays as it is: when it knows no backports, they
# come from a list file of our own.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"

install=no
if [ "${1:-}" = --install ]; then
    install=yes
    shift
fi

command -v dpkg-query >/dev/null ||
    die "dpkg-query is missing because this is no Debian system; install the" \
        "packages of scripts/packages by hand and pass --no-deps"

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
missing=
for group in "$@"; do
    while read -r in_group name least; do
        [ "$in_group" = "$group" ] || continue
        have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" \
               2>/dev/null || true)
        case $have in
        "installed "*)
            [ -n "$least" ] || continue
            dpkg --compare-versions "${have#installed }" ge "$least" &&
                continue ;;
        esac
        # -t would take systemd from the backports with them, for nothing.
        if [ "$group$codename" = libvirtbookworm ] && [ -n "$least" ]; then
            name=$name/bookworm-backports
        fi
        missing="$missing $name"
    done <"$here/packages"
done
[ -n "$missing" ] || exit 0

release=
backports=
# Debian 12 is the one release whose own QEMU and Meson are too old.
if [ "$codename" = bookworm ]; then
    [ "$*" = libvirt ] || release="-t bookworm-backports"
    if ! apt-cache policy | grep -q 'n=bookworm-backports'; then
        backports=/etc/apt/sources.list.d/qemu-virtio-gpu.sources
    fi
fi

stanza="Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    # Without a terminal nobody can type the password.
    if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
        as_root=none
    fi
fi

if [ $install = no ] || [ "$as_root" = none ]; then
    say "configure: these packages are missing; as root, run:"
    if [ -n "$backports" ]; then
        say "printf '%s\\n' $(echo "$stanza" | sed "s/.*/'&'/" | tr '\n' ' ')>$backports"
    fi
    say "apt-get update && apt-get install -y $release$missing"
    exit 1
fi

say "Installing:$missing"
if [ -n "$backports" ]; then
    echo "$stanza" | $as_root tee "$backports" >/dev/null
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_logged "apt-get update" "$log" $as_root apt-get -q update || {
    tail -n 5 "$log" >&2
    die "apt-get update failed, see above; repair the network or the apt sources"
}
# shellcheck disable=SC2086 # lists of words
run_logged "apt-get install" "$log" \
    $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends $release $missing || {
    tail -n 15 "$log" >&2
    die "apt-get could not install the packages, see above; by hand:" \
        "apt-get install -y $release$missing"
}
