/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "virtio-mmio.h"
#include "harness.h"

#define MICROVM_FIRST 0xfeb00000u       /* transports of a microvm */
#define MICROVM_NUM   24
#define MICROVM_STEP  0x200

struct virtio_mmio {
    struct vdev vdev;
    uint64_t base;
};

static uint64_t reg(struct vdev *vdev, unsigned offset)
{
    return container_of(vdev, struct virtio_mmio, vdev)->base + offset;
}

uint32_t virtio_mmio_get(struct vdev *vdev, unsigned offset)
{
    return qtest_readl(vdev->guest->qts, reg(vdev, offset));
}

void virtio_mmio_put(struct vdev *vdev, unsigned offset, uint32_t value)
{
    qtest_writel(vdev->guest->qts, reg(vdev, offset), value);
}

static uint32_t features(struct vdev *vdev, uint32_t window)
{
    virtio_mmio_put(vdev, MMIO_DEVICE_FEATURES_SEL, window);
    return virtio_mmio_get(vdev, MMIO_DEVICE_FEATURES);
}

static void accept_features(struct vdev *vdev, uint32_t window, uint32_t bits)
{
    virtio_mmio_put(vdev, MMIO_DRIVER_FEATURES_SEL, window);
    virtio_mmio_put(vdev, MMIO_DRIVER_FEATURES, bits);
}

static uint8_t status(struct vdev *vdev)
{
    return virtio_mmio_get(vdev, MMIO_STATUS);
}

static void set_status(struct vdev *vdev, uint8_t value)
{
    virtio_mmio_put(vdev, MMIO_STATUS, value);
}

static unsigned queue_max(struct vdev *vdev, unsigned index)
{
    virtio_mmio_put(vdev, MMIO_QUEUE_SEL, index);
    return virtio_mmio_get(vdev, MMIO_QUEUE_SIZE_MAX);
}

static void put_address(struct vdev *vdev, unsigned offset, uint64_t addr)
{
    virtio_mmio_put(vdev, offset, addr);
    virtio_mmio_put(vdev, offset + 4, addr >> 32);
}

static void queue_enable(struct vdev *vdev, unsigned index,
                         const struct vdev_queue *queue)
{
    virtio_mmio_put(vdev, MMIO_QUEUE_SEL, index);
    virtio_mmio_put(vdev, MMIO_QUEUE_SIZE, queue->size);
    put_address(vdev, MMIO_QUEUE_DESC, queue->descriptors);
    put_address(vdev, MMIO_QUEUE_DRIVER, queue->driver);
    put_address(vdev, MMIO_QUEUE_DEVICE, queue->device);
    virtio_mmio_put(vdev, MMIO_QUEUE_READY, 1);
}

static void notify(struct vdev *vdev, unsigned index)
{
    virtio_mmio_put(vdev, MMIO_QUEUE_NOTIFY, index);
}

static void config_read(struct vdev *vdev, unsigned offset, unsigned bytes,
                        void *data)
{
    qtest_memread(vdev->guest->qts, reg(vdev, MMIO_CONFIG + offset), data,
                  bytes);
}

static void config_write(struct vdev *vdev, unsigned offset, unsigned bytes,
                         const void *data)
{
    qtest_memwrite(vdev->guest->qts, reg(vdev, MMIO_CONFIG + offset), data,
                   bytes);
}

static uint32_t generation(struct vdev *vdev)
{
    return virtio_mmio_get(vdev, MMIO_CONFIG_GENERATION);
}

static uint8_t take_isr(struct vdev *vdev)
{
    uint32_t bits = virtio_mmio_get(vdev, MMIO_INTERRUPT_STATUS);

    virtio_mmio_put(vdev, MMIO_INTERRUPT_ACK, bits);
    return bits;
}

static const struct vdev_ops mmio_ops = {
    .features = features,
    .accept = accept_features,
    .status = status,
    .set_status = set_status,
    .queue_max = queue_max,
    .queue_enable = queue_enable,
    .notify = notify,
    .config_read = config_read,
    .config_write = config_write,
    .generation = generation,
    .take_isr = take_isr,
};

struct vdev *virtio_mmio_find_gpu(struct guest *guest)
{
    struct virtio_mmio *dev = g_new0(struct virtio_mmio, 1);

    dev->vdev.ops = &mmio_ops;
    dev->vdev.guest = guest;
    guest_at_stop(guest, g_free, dev);
    for (unsigned i = 0; i < MICROVM_NUM; i++) {
        dev->base = MICROVM_FIRST + i * MICROVM_STEP;
        if (virtio_mmio_get(&dev->vdev, MMIO_DEVICE_ID) == 16) {
            return &dev->vdev;
        }
    }
    harness_fail("no virtio-gpu behind a virtio-mmio transport");
}
