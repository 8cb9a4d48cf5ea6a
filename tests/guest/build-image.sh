#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# Build the test guest: Debian's kernel as an uncompressed ELF file and an
# initramfs of busybox, a dozen kernel modules and our own programs. Nothing
# is installed on the host and root is not needed; packages are downloaded
# into a cache and kept, so that a second run works without a network. Guests
# are the same on any Debian.
#
#   build-image.sh [--kernel stable|backports|newest]
#                  [--desktop | --gl | --piglit | --venus | --xorg | --host | --assigned]
#
# --desktop adds weston, its pixman renderer and what they link (desktop/); --gl
# that, Mesa, weston's renderer for it, and programs that draw with it (gl/);
# --piglit all that and tests of OpenGL (piglit/). They are Debian 12; --venus is
# Debian 13 with weston, Mesa's Vulkan and programs that draw with it (venus/, vkdraw/).
# --xorg is Debian 12 with Xorg and spice-vdagent, nothing of weston (xorg/).
# --host is a kernel that runs what is installed here (../vfio/host-root.sh);
# "newest" is its kernel of Debian 13's backports. --assigned has VFIO's modules besides.
#
# Progress goes to stderr; the one line on stdout is the folder that holds
# "vmlinux", "vmlinuz" and "initrd". It is built again only when a package or one of the
# files of this folder changes.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${VIRTIO_GPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-virtio-gpu}/guest
inputs=(build-image.sh image.py init.sh
        kms/{kms.h,main.c,assigned.c,card.c,console.c,follow.c,picture.c})
desktop_inputs=(collect.py
                desktop/{packages,files,weston.ini,fonts.conf}
                desktop/{desktop,greeting}.sh)
modules=(virtio_pci virtio_console virtio_gpu virtio_blk)
program_packages=(libc6 libdrm-dev libdrm-tests libdrm2)
host_inputs=(../vfio/host-root.sh ../vfio/host.sh)
assigned_modules=(vfio_iommu_type1 vfio_pci)
host_modules=(9p 9pnet_virtio overlay vgem bochs kvm_amd)
gl_inputs=(gl/{packages,files,weston.ini})
xorg_inputs=(collect.py xorg/{packages,files,xorg.conf,xsession.sh})
piglit_inputs=(piglit/{packages,files,expected})
venus_inputs=(collect.py desktop/{fonts.conf,{desktop,greeting}.sh}
              venus/{packages,files,weston.ini}
              vkdraw/{{vkdraw,scene,window}.h,{main,gpu,scene,pipeline,window}.c}
              vkdraw/triangle.{vert,frag})
desktop_packages=()

say() { echo "guest image: $*" >&2; }
trap 'say "line $LINENO of build-image.sh failed, see above"' ERR
die() { say "$*"; exit 1; }

kernel=stable
variant=
while [ $# -gt 0 ]; do
    case $1 in
    --kernel) kernel=${2:?--kernel wants stable or backports}; shift 2 ;;
    --desktop) variant=-desktop; shift ;;
    --gl) variant=-gl; shift ;;
    --piglit) variant=-piglit; shift ;;
    --venus) variant=-venus; shift ;;
    --xorg) variant=-xorg; shift ;;
    --host) variant=-host; shift ;;
    --assigned) variant=-assigned; shift ;;
    *) die "unknown option $1; say --kernel stable|backports|newest," \
           "--desktop, --gl, --piglit, --venus, --xorg, --host or --assigned" ;;
    esac
done
# shellcheck source=/dev/null
host=$(. /etc/os-release; echo "$VERSION_CODENAME")
codename=bookworm
backported=()
[ "$kernel" != newest ] || codename=trixie
if [ "$variant" = -venus ]; then
    codename=trixie
    # Mesa 25.0 has windows for Vulkan only where the host has dmabufs.
    backported=(mesa-vulkan-drivers)
fi
# What the host's apt does not know, or not for sure.
own_sources=
if [ "$codename" != "$host" ] || [ "$variant" = -venus ]; then
    own_sources=yes
fi
case $kernel in
stable) release=() ;;
backports | newest) release=(-t "$codename-backports") ;;
*) die "there is no kernel \"$kernel\"; say stable, backports or newest" ;;
esac
packages=(busybox-static)
[ "$variant" = -host ] || packages+=("${program_packages[@]}")
if [ "$variant" = -host ]; then
    inputs=(build-image.sh image.py init.sh "${host_inputs[@]}")
    modules+=("${assigned_modules[@]}" "${host_modules[@]}")
elif [ "$variant" = -assigned ]; then
    modules+=("${assigned_modules[@]}")
elif [ "$variant" = -venus ]; then
    inputs+=("${venus_inputs[@]}")
    modules+=(virtio_input evdev)
    packages+=(glslang-tools libvulkan-dev libwayland-bin libwayland-dev
               wayland-protocols)
    readarray -t desktop_packages < <(grep -v '^#' "$here/venus/packages")
    packages+=("${desktop_packages[@]}")
elif [ "$variant" = -xorg ]; then
    inputs+=("${xorg_inputs[@]}")
    modules+=(virtio_input evdev uinput)
    readarray -t desktop_packages < <(grep -v '^#' "$here/xorg/packages")
    packages+=("${desktop_packages[@]}")
elif [ -n "$variant" ]; then
    inputs+=("${desktop_inputs[@]}")
    modules+=(virtio_input evdev)
    lists=("$here/desktop/packages")
    if [ $variant != -desktop ]; then
        inputs+=("${gl_inputs[@]}")
        lists+=("$here/gl/packages")
    fi
    if [ $variant = -piglit ]; then
        inputs+=("${piglit_inputs[@]}")
        lists+=("$here/piglit/packages")
    fi
    readarray -t desktop_packages < <(grep -hv '^#' "${lists[@]}")
    packages+=("${desktop_packages[@]}")
fi

for tool in apt-get apt-cache dpkg-deb python3 cc flock; do
    command -v "$tool" >/dev/null ||
        die "$tool is missing; the guest is made of Debian packages on a" \
            "Debian host: install apt, dpkg, python3, gcc and util-linux"
done

apt=$cache/apt
[ -z "$own_sources" ] || apt=$cache/apt-$codename
mkdir -p "$cache/debs" "$cache/empty" "$apt/archives/partial"
: >>"$apt/status"
# As on a host with nothing installed: what is there must not choose versions.
bare_apt=(-o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt")
exec 9>"$cache/lock"
flock 9

if [ -n "$own_sources" ]; then
    mkdir -p "$apt/lists/partial"
    for suite in "$codename" "$codename-backports"; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
             "http://deb.debian.org/debian $suite main"
    done >"$apt/sources.list"
    bare_apt+=(-o "Dir::State::lists=$apt/lists"
               -o "Dir::Etc::sourcelist=$apt/sources.list"
               -o Dir::Etc::sourceparts=/dev/null)
fi

update() { # whether there are new lists of packages, which are ours to fetch
    [ -n "$own_sources" ] || return 1
    say "fetching the list of packages of $codename"
    apt-get "${bare_apt[@]}" -o APT::Sandbox::User="$(id -un)" \
        -o APT::Update::Error-Mode=any -qq update >&2
}

# The file names of the packages, versions included, one a line. apt knows
# them without a network; the list of the last success stands in for it.
list=$cache/debs-$kernel$variant
uris=$cache/uris-$kernel$variant

resolve() {
    local image package parts
    # apt prints nothing about a package that lies in the current folder.
    cd "$cache/empty" || return 1
    # Not "-t" for the others: mixing suites breaks libdrm.
    image=$(apt-cache "${bare_apt[@]}" "${release[@]}" \
                depends linux-image-amd64 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$image" ] || return 1
    # From 7.0 on the image is an empty package that wants these.
    readarray -t parts < <(
        apt-cache "${bare_apt[@]}" "${release[@]}" depends "$image" 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-\(base\|binary\|modules\)-[0-9].*\)/\1/p')
    apt-get "${bare_apt[@]}" "${release[@]}" download --print-uris "$image" \
        "${parts[@]}" 2>/dev/null &&
    apt-get "${bare_apt[@]}" download --print-uris "${packages[@]}" 2>/dev/null &&
    for package in "${backported[@]}"; do
        apt-get "${bare_apt[@]}" -t "$codename-backports" \
            download --print-uris "$package" 2>/dev/null || return 1
    done
}

fetch() {
    local file version missing=()
    while read -r _ file _; do
        [ ! -s "$cache/debs/$file" ] || continue
        # name_version_arch.deb, where %3a stands for the epoch's colon
        version=${file#*_}
        version=${version%_*}
        missing+=("${file%%_*}=${version/\%3a/:}")
    done <"$uris"
    [ ${#missing[@]} -gt 0 ] || return 0

    say "downloading ${missing[*]}"
    rm -rf "$cache/download"
    mkdir "$cache/download"
    (cd "$cache/download" && apt-get "${bare_apt[@]}" \
         -o APT::Sandbox::User="$(id -un)" -qq download "${missing[@]}" >&2) || return 1
    mv "$cache"/download/*.deb "$cache/debs/"
}

choose() { # leaves the choice in $uris
    (resolve) >"$uris.new" && [ -s "$uris.new" ] && mv "$uris.new" "$uris"
}

if choose || { update && choose; }; then
    # A version that is not to be had any more has a successor in new lists.
    if fetch || { update && choose && fetch; }; then
        awk '{ print $2 }' "$uris" >"$list"
    elif [ -s "$list" ]; then
        say "a newer package could not be downloaded; using the cached ones"
    else
        die "a package could not be downloaded (see above): check the" \
            "network, and run \"apt-get update\" if it says 404"
    fi
elif [ -s "$list" ]; then
    say "apt knows no packages now; using the cached ones"
else
    die "apt does not know linux-image-amd64 of \"$kernel\" or one of" \
        "${packages[*]}: run \"apt-get update\" with Debian's main suite" \
        "(and backports, if asked for) enabled"
fi

key=$(cd "$here" && cat "${inputs[@]}" "$list" | sha256sum | cut -c1-16)
image=$cache/image-$kernel$variant-$key
if [ -s "$image/initrd" ]; then
    touch "$image"
    echo "$image"
    exit
fi

while read -r deb; do
    [ -s "$cache/debs/$deb" ] ||
        die "$cache/debs/$deb is gone: connect to the network and run this" \
            "again"
done <"$list"

work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

unpack() { # package, folder, path patterns...
    local deb folder=$2
    deb=$(grep "^${1}_" "$list")
    shift 2
    mkdir -p "$folder"
    dpkg-deb --fsys-tarfile "$cache/debs/$deb" |
        tar -C "$folder" -x --wildcards "$@" ||
        die "$deb could not be unpacked: delete it from $cache/debs and run" \
            "this again"
}

piglit_files() { # the programs of the tests, and their shaders
    awk -F '\t' -v at=usr/lib/x86_64-linux-gnu/piglit '
        /^#/ { next }
        { split($3, word, " ") }
        !seen[word[1]]++ { print at "/bin/" word[1] }
        word[1] ~ /^shader_runner/ { print at "/" word[2] }
    ' "$here/piglit/expected"
}

unpack_kernel() {
    local deb files=('*lib/modules/*/modules.builtin' '*/vmlinuz*')
    if [ "$variant" = -host ] || [ "$variant" = -assigned ]; then
        files+=('*/kernel/*')
    else
        files+=('*/kernel/drivers/char/*' '*/kernel/drivers/block/virtio_blk.*'
                '*/kernel/drivers/gpu/drm/drm*'
                '*/kernel/drivers/gpu/drm/virtio/*' '*/kernel/drivers/virtio/*'
                '*/kernel/drivers/input/evdev.*'
                '*/kernel/drivers/input/misc/uinput.*')
    fi
    mkdir "$work/kernel"
    grep '^linux-' "$list" | while read -r deb; do
        # Not every part of a kernel has something of each pattern.
        dpkg-deb --fsys-tarfile "$cache/debs/$deb" |
            tar -C "$work/kernel" -x --wildcards "${files[@]}" 2>/dev/null || true
    done
    vmlinuz=$(find "$work/kernel" -name 'vmlinuz*' -type f)
    [ -n "$vmlinuz" ] ||
        die "there is no kernel in $(grep '^linux-' "$list" | tr '\n' ' '):" \
            "delete them from $cache/debs and run this again"
}

say "unpacking $(grep '^linux-image' "$list")"
unpack_kernel
unpack busybox-static "$work/busybox" '*/bin/busybox'
if [ "$variant" != -host ]; then
    unpack libdrm-dev "$work/libdrm-dev" './usr/include/*' '*/libdrm.a'
    unpack libdrm-tests "$work/libs" '*/modetest'
    unpack libdrm2 "$work/libs" '*/libdrm.so.2*'
    unpack libc6 "$work/libs" '*/libc.so.6' '*/libm.so.6' \
        '*/x86_64-linux-gnu/ld-linux-x86-64.so.2'
fi

guest_tool() { # a program of the guest's Debian, with that one's libraries
    "$tree"/lib64/ld-linux-x86-64.so.2 \
        --library-path "$tree/lib:$tree/usr/lib/x86_64-linux-gnu" "$@" >&2
}

vkdraw() { # a Vulkan program, its shaders by the guest's compiler
    local tools=$work/tools out=$work/made stage
    local shell=$tools/usr/share/wayland-protocols/stable/xdg-shell/xdg-shell.xml
    unpack glslang-tools "$tools" '*/bin/glslang*'
    unpack libwayland-bin "$tools" '*/bin/wayland-scanner'
    unpack wayland-protocols "$tools" '*/stable/xdg-shell/*'
    unpack libvulkan-dev "$tools" './usr/include/*'
    unpack libwayland-dev "$tools" './usr/include/*'
    mkdir -p "$out"
    for stage in vert frag; do
        guest_tool "$tools/usr/bin/glslang" -V --quiet --vn "triangle_$stage" \
            -o "$out/triangle.$stage.h" "$here/vkdraw/triangle.$stage"
    done
    guest_tool "$tools/usr/bin/wayland-scanner" client-header "$shell" \
        "$out/xdg-shell.h"
    guest_tool "$tools/usr/bin/wayland-scanner" private-code "$shell" \
        "$out/xdg-shell.c"
    cc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -s \
        -I"$tools/usr/include" -I"$out" -o "$tree/bin/vkdraw" \
        "$here"/vkdraw/*.c "$out/xdg-shell.c" \
        "$tree"/usr/lib/x86_64-linux-gnu/lib{vulkan.so.1,wayland-client.so.0} \
        -Wl,--allow-shlib-undefined ||
        die "vkdraw could not be compiled (see above): install gcc and libc6-dev"
}

tree=$work/tree
mkdir -p "$tree"/{bin,lib,lib64,proc,sys,run,tmp}
if [ "$variant" != -venus ] && [ "$variant" != -host ]; then
    say "compiling kms"
    libdrm=(-static "$(find "$work/libdrm-dev" -name libdrm.a)")
    # Debian 13's wants a newer C library than some hosts have.
    [ "$codename" = bookworm ] ||
        libdrm=(-Wl,--allow-shlib-undefined
                "$(find "$work/libs" -name libdrm.so.2)")
    cc -std=gnu11 -O2 -Wall -Wextra -Werror -s \
        -I"$work/libdrm-dev/usr/include" \
        -I"$work/libdrm-dev/usr/include/libdrm" \
        -o "$tree/bin/kms" "$here"/kms/*.c "${libdrm[@]}" ||
        die "kms could not be compiled and linked (see above):" \
            "install gcc and libc6-dev"
fi

cp "$(find "$work/busybox" -type f)" "$tree/bin/busybox"
cp "$here/init.sh" "$tree/init"
chmod +x "$tree/init"
if [ "$variant" = -host ]; then
    install -m 755 "$here/../vfio/host-root.sh" "$tree/bin/host-root"
    install -m 755 "$here/../vfio/host.sh" "$tree/bin/host"
else
    find "$work/libs" -name modetest -exec cp {} "$tree/bin/" \;
    find "$work/libs" -name 'lib*.so*' -exec cp -P {} "$tree/lib/" \;
    find "$work/libs" -name 'ld-linux*' -exec cp -L {} "$tree/lib64/" \;
fi

if [ ${#desktop_packages[@]} -gt 0 ]; then
    say "putting the desktop together"
    for package in "${desktop_packages[@]}" "${backported[@]}" libc6 libdrm2; do
        unpack "$package" "$work/desktop" --keep-directory-symlink \
            --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*' .
    done
    lists=("$here/desktop/files")
    udevadm=/bin/udevadm
    weston=$here/desktop/weston.ini
    case $variant in
    -gl) lists+=("$here/gl/files") ;;
    -piglit)
        piglit_files >"$work/piglit-files"
        lists+=("$here"/{gl,piglit}/files "$work/piglit-files") ;;
    -venus)
        lists=("$here/venus/files")
        udevadm=/usr/bin/udevadm
        weston=$here/venus/weston.ini ;;
    -xorg) lists=("$here/xorg/files") ;;
    esac
    python3 "$here/collect.py" "$work/desktop" "$tree" "${lists[@]}"
    mkdir -p "$tree/etc/"{fonts,X11} "$tree/lib/systemd"
    ln -s $udevadm "$tree/lib/systemd/systemd-udevd"
fi
if [ "$variant" = -xorg ]; then
    cp "$here/xorg/xorg.conf" "$tree/etc/X11/"
    install -m 755 "$here/xorg/xsession.sh" "$tree/bin/xsession"
elif [ ${#desktop_packages[@]} -gt 0 ]; then
    cp "$here/desktop/fonts.conf" "$tree/etc/fonts/"
    cp "$weston" "$tree/etc/weston.ini"
    install -m 755 "$here/desktop/desktop.sh" "$tree/bin/desktop"
    install -m 755 "$here/desktop/greeting.sh" "$tree/bin/greeting"
fi
if [ "$variant" = -gl ] || [ "$variant" = -piglit ]; then
    dri=$tree/usr/lib/x86_64-linux-gnu/dri
    for driver in kms_swrast swrast; do
        ln -s virtio_gpu_dri.so "$dri/${driver}_dri.so"
    done
    for program in eglinfo es2gears_wayland; do
        ln -s $program.x86_64-linux-gnu "$tree/usr/bin/$program"
    done
    ln -s python3.11 "$tree/usr/bin/python3"
    cp "$here/gl/weston.ini" "$tree/etc/weston-gl.ini"
fi
if [ "$variant" = -venus ]; then
    say "compiling vkdraw"
    vkdraw
    ln -s eglinfo.x86_64-linux-gnu "$tree/usr/bin/eglinfo"
fi

say "extracting vmlinux, packing the initramfs"
mkdir "$work/image"
python3 "$here/image.py" vmlinux "$vmlinuz" "$work/image/vmlinux"
python3 "$here/image.py" initrd "$tree" "$work/image/initrd" \
    --modules "$(find "$work/kernel" -path '*lib/modules' -type d)" \
    "${modules[@]}"
cp "$vmlinuz" "$work/image/vmlinuz"
cp "$list" "$work/image/packages"
[ "$variant" != -venus ] || cp "$tree/bin/vkdraw" "$work/image/"

find "$cache" -maxdepth 1 -name 'image-*' -mtime +7 -exec rm -rf {} +
mv "$work/image" "$image"
say "ready, $(du -sm "$image" | cut -f1) MB in $image"
echo "$image"
