/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A fault of Mesa's software rasterizer that this process is kept from: llvmpipe
 * frees fences while its threads are still signalling them.
 *
 * lp_fence_signalled() looks at the count without the fence's lock (lp_fence.c,
 * Mesa 25.0.7, and its main branch in 2025).  Who finds it complete there and
 * takes the scene again frees the fence, while the thread that counted last
 * holds the lock and has the waiters yet to wake: it wakes and unlocks in memory
 * that is somebody else's.  Seen: that thread waits for ever, and the device's
 * for it; the process ends by an assertion of the C library's.  One context on
 * one thread is enough.
 */
#ifndef HW_DISPLAY_PLATFORM_LLVMPIPE_H
#define HW_DISPLAY_PLATFORM_LLVMPIPE_H

#include <stdbool.h>

/*
 * From now on the driver waits until a mutex is free before it destroys it, and
 * so for the thread that signals; for 5 s at most, then it destroys it as it is.
 * Time in which the whole process is stopped is not counted.
 *
 * Done by its references to pthread_mutex_destroy(), so the driver must be loaded
 * and should not be drawing yet; on any thread, and as often as one likes.  A
 * thread that is in its library's first call of the function just then may have
 * the C library undo it: what is called again mends that.  The Vulkan layer does
 * for each device; for OpenGL once is enough, as the context that its driver was
 * tried with, on the same thread, has made that call.
 *
 * False when no driver is loaded, or one that is has no such reference or one
 * that cannot be changed, as on hosts of 32 bits, with what helps in
 * VGPU_LLVMPIPE_UNGUARDED.  The others are guarded all the same.
 */
bool vgpu_llvmpipe_guard_fences(void);

#define VGPU_LLVMPIPE_UNGUARDED \
    "this build of Mesa's llvmpipe may free fences that are in use, and QEMU " \
    "hang or end: LP_NUM_THREADS=0 in its environment has it draw without " \
    "threads"

#endif
