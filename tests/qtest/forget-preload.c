/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Preloaded into QEMU behind the runtime of a sanitizer, which what QEMU starts is
 * to be without: it takes more address space than a render server may have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The shell that starts QEMU has to pass it on. */
#define WHO "qemu-system"

__attribute__((constructor)) static void forget(void)
{
    if (strncmp(program_invocation_short_name, WHO, strlen(WHO)) == 0) {
        unsetenv("LD_PRELOAD");
    }
}
