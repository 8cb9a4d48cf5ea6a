#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# What "make demo" runs: boot Debian's kernel without a window on the modules
# in build/modules, draw on the screen, keep pictures of it in build/demo and
# say how long things took. With --stock, the same on the stock modules.
#
#   demo.sh [--stock] [BUILD]

set -euo pipefail

exec python3 "$(dirname "$0")/demo.py" "$@"
