/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A range of addresses in which shared memory comes and goes while other threads,
 * and vCPUs, read and write all of it.
 *
 * Every address is good at any time: where nothing is shown there is scratch
 * memory, a small file that is mapped again and again.  What is shown or hidden is
 * exchanged by one call of mmap() or mremap(), which hold the lock of the process's
 * mappings from the end of the old one to the beginning of the new one; a fault in
 * between waits for it.  When a call returns nobody can reach what was there: the
 * kernel has flushed all TLBs, and told KVM.  Who has pages pinned keeps those.
 *
 * Needs at most VGPU_SHARED_WINDOW_MAPPINGS kernel mappings, and two more for each
 * that is shown.  Showing and hiding is one thread's, or of one at a time.
 */
#ifndef HW_DISPLAY_PLATFORM_SHARED_WINDOW_H
#define HW_DISPLAY_PLATFORM_SHARED_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* Kernel mappings of a window in which nothing is shown, and pieces of scratch. */
#define VGPU_SHARED_WINDOW_MAPPINGS 1024

struct vgpu_shared_window;

/*
 * A window of @bytes, whole pages, at a multiple of 2 MiB, for huge pages of KVM.
 * Its scratch memory is at most 2 MiB, or a 1024th of @bytes where that is more.
 * NULL with errno when the kernel has no room.
 */
struct vgpu_shared_window *vgpu_shared_window_create(uint64_t bytes);

/* Ends it with all that is shown; nobody uses its addresses.  NULL is fine. */
void vgpu_shared_window_destroy(struct vgpu_shared_window *window);

void *vgpu_shared_window_data(const struct vgpu_shared_window *window);

/*
 * After somebody else advised the kernel about the range (madvise()): scratch with
 * other flags than the rest would not become one mapping with it again.  Nothing
 * is shown.  0, or a negative errno.
 */
int vgpu_shared_window_renew(struct vgpu_shared_window *window);

/*
 * Whether the memory at @data, whole pages, can be shown: it is mapped as shared,
 * and not a device's.  The kernel's log has a line the first time that some process
 * asks for private memory.
 */
bool vgpu_shared_window_takes(const void *data);

/*
 * Shows @bytes of such memory at @offset, where nothing is, as well as where it is;
 * @data may go before it is hidden.  0, or a negative errno, after which nothing
 * is shown:
 *   EINVAL, EFAULT  see vgpu_shared_window_takes()
 *   EACCES          it may not be written
 *   ENXIO           its file ends before it does
 *   ENOMEM, EAGAIN  there are too many mappings, or limits of the process
 */
int vgpu_shared_window_show(struct vgpu_shared_window *window, uint64_t offset,
                            void *data, uint64_t bytes);

/* Hides what is shown there, from its first to its last page.  Cannot fail. */
void vgpu_shared_window_hide(struct vgpu_shared_window *window, uint64_t offset,
                             uint64_t bytes);

#endif
