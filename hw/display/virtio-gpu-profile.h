/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Properties that bound what a guest gets, and profiles, which set them.
 *
 * A key of a profile has the name of the property that it sets.  Who gives the
 * property itself, by -device or -global and in whatever order, wins over the
 * profile, and the profile over the defaults.  None of them is seen by the
 * guest before it meets a limit: machines with different profiles have the same
 * device.
 *
 * Main loop, before the device is realized.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_PROFILE_H
#define HW_DISPLAY_VIRTIO_GPU_PROFILE_H

#include "hw/virtio/virtio-gpu.h"

/* Where an operator's profiles are, unless the environment names a folder. */
#define VIRTIO_GPU_PROFILES "/etc/qemu-virtio-gpu/profiles.d"
#define VIRTIO_GPU_PROFILES_VARIABLE "QEMU_VIRTIO_GPU_PROFILES"

/* As QEMU's own, and they remember in VirtIOGPUConf.given that they were set. */
extern const PropertyInfo virtio_gpu_limit_uint32;
extern const PropertyInfo virtio_gpu_limit_size;

#define DEFINE_PROP_LIMIT_UINT32(name, field, value)                    \
    DEFINE_PROP_UNSIGNED(name, VirtIOGPUBase, field, value,             \
                         virtio_gpu_limit_uint32, uint32_t)
#define DEFINE_PROP_LIMIT_SIZE(name, field, value)                      \
    DEFINE_PROP_UNSIGNED(name, VirtIOGPUBase, field, value,             \
                         virtio_gpu_limit_size, uint64_t)

/*
 * In instance_init: what was set so far are the defaults.  Adds the property
 * "profile-info".
 */
void virtio_gpu_profile_init(VirtIOGPUBase *base);

/* Whether all are possible; then applies conf.profile, if there is one. */
bool virtio_gpu_profile_apply(VirtIOGPUBase *base, Error **errp);

/* In instance_finalize. */
void virtio_gpu_profile_finish(VirtIOGPUBase *base);

#endif
