#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# link-modules.sh FOLDER STAMP MODULE…: makes FOLDER hold these modules and no
# others, then touches STAMP.

set -eu
folder=$1 stamp=$2
shift 2
rm -rf "$folder"
mkdir -p "$folder"
# Linked where they are built; the prepared QEMU may be on another file system.
for module in "$@"; do
    ln "$module" "$folder/" 2>/dev/null || cp "$module" "$folder/"
done
touch "$stamp"
