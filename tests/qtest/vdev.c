/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vdev.h"

#include "harness.h"

uint32_t vdev_config(struct vdev *vdev, unsigned offset)
{
    uint32_t value;

    vdev->ops->config_read(vdev, offset, sizeof(value), &value);
    return value;
}

void vdev_set_config(struct vdev *vdev, unsigned offset, uint32_t value)
{
    vdev->ops->config_write(vdev, offset, sizeof(value), &value);
}

uint64_t vdev_features(struct vdev *vdev)
{
    return vdev->ops->features(vdev, 0) |
           (uint64_t)vdev->ops->features(vdev, 1) << 32;
}

static bool is_reset(void *data)
{
    struct vdev *vdev = data;

    return vdev->ops->status(vdev) == 0;
}

void vdev_reset(struct vdev *vdev)
{
    vdev->ops->set_status(vdev, 0);
    harness_wait(is_reset, vdev, "device status 0");
}

uint8_t vdev_negotiate(struct vdev *vdev, uint64_t features)
{
    vdev_reset(vdev);
    vdev->ops->set_status(vdev, STATUS_ACKNOWLEDGE);
    vdev->ops->set_status(vdev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    vdev->ops->accept(vdev, 0, features);
    vdev->ops->accept(vdev, 1, features >> 32);
    vdev->ops->set_status(vdev, STATUS_ACKNOWLEDGE | STATUS_DRIVER |
                          STATUS_FEATURES_OK);
    return vdev->ops->status(vdev);
}
