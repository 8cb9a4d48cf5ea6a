/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Copies out of mappings that can lose their memory at any time, such as that of
 * a PCI device which its guest switches off: a load from there is then a SIGBUS.
 *
 * The kernel does the load instead: what is written to a file is read by it,
 * and where there is nothing, the call fails with EFAULT.  No signal is caught,
 * since QEMU's handlers are not ours.  From the file, a small one in memory, the
 * bytes are copied to where they are wanted.
 *
 * One thread at a time for each.
 */
#ifndef HW_DISPLAY_PLATFORM_GUARDED_COPY_H
#define HW_DISPLAY_PLATFORM_GUARDED_COPY_H

#include <stdbool.h>
#include <stddef.h>

struct vgpu_guarded_copy;

/* NULL with errno when there is no such file to be had. */
struct vgpu_guarded_copy *vgpu_guarded_copy_create(void);

/* NULL is fine. */
void vgpu_guarded_copy_destroy(struct vgpu_guarded_copy *copy);

/*
 * Copies @bytes from @source, which is mapped, to @dest.  False with errno when
 * some of it cannot be read now (EFAULT: nothing is there); @dest is then partly
 * written.
 */
bool vgpu_guarded_copy(struct vgpu_guarded_copy *copy, void *dest,
                       const void *source, size_t bytes)
    __attribute__((warn_unused_result));

#endif
