# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What others said, made fit for a terminal."""
import re

CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
LONGEST_QUOTE = 200


def clean(text):
    """What another program said, as one line for a terminal."""
    line = CONTROL.sub(' ', str(text)).strip()
    return line if len(line) <= LONGEST_QUOTE else line[:LONGEST_QUOTE - 3] + '...'
