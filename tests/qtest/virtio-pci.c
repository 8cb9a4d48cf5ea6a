/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "vdev.h"
#include "harness.h"

/* cfg_type and layout of the capability, virtio 1.3, 4.1.4. */
#define CAP_COMMON  1
#define CAP_NOTIFY  2
#define CAP_ISR     3
#define CAP_DEVICE  4
#define CAP_PCI     5
#define CAP_TYPE    3
#define CAP_BAR     4
#define CAP_OFFSET  8
#define CAP_LENGTH  12
#define CAP_NOTIFY_MULTIPLIER 16
#define CAP_PCI_DATA          16

static struct virtio_pci *to_pci(struct vdev *vdev)
{
    return container_of(vdev, struct virtio_pci, vdev);
}

static uint32_t bus_read(QTestState *qts, uint64_t addr, unsigned bytes)
{
    switch (bytes) {
    case 1:
        return qtest_readb(qts, addr);
    case 2:
        return qtest_readw(qts, addr);
    default:
        return qtest_readl(qts, addr);
    }
}

static void bus_write(QTestState *qts, uint64_t addr, unsigned bytes,
                      uint32_t value)
{
    switch (bytes) {
    case 1:
        qtest_writeb(qts, addr, value);
        break;
    case 2:
        qtest_writew(qts, addr, value);
        break;
    default:
        qtest_writel(qts, addr, value);
        break;
    }
}

uint32_t virtio_pci_get(struct virtio_pci *dev, unsigned offset,
                        unsigned bytes)
{
    return bus_read(dev->vdev.guest->qts, dev->common + offset, bytes);
}

void virtio_pci_put(struct virtio_pci *dev, unsigned offset, unsigned bytes,
                    uint32_t value)
{
    bus_write(dev->vdev.guest->qts, dev->common + offset, bytes, value);
}

static uint32_t features(struct vdev *vdev, uint32_t window)
{
    virtio_pci_put(to_pci(vdev), COMMON_DEVICE_FEATURE_SELECT, 4, window);
    return virtio_pci_get(to_pci(vdev), COMMON_DEVICE_FEATURE, 4);
}

static void accept_features(struct vdev *vdev, uint32_t window, uint32_t bits)
{
    virtio_pci_put(to_pci(vdev), COMMON_DRIVER_FEATURE_SELECT, 4, window);
    virtio_pci_put(to_pci(vdev), COMMON_DRIVER_FEATURE, 4, bits);
}

static uint8_t status(struct vdev *vdev)
{
    return virtio_pci_get(to_pci(vdev), COMMON_STATUS, 1);
}

static void set_status(struct vdev *vdev, uint8_t value)
{
    virtio_pci_put(to_pci(vdev), COMMON_STATUS, 1, value);
}

static void select_queue(struct virtio_pci *dev, unsigned index)
{
    virtio_pci_put(dev, COMMON_QUEUE_SELECT, 2, index);
}

static unsigned queue_max(struct vdev *vdev, unsigned index)
{
    select_queue(to_pci(vdev), index);
    return virtio_pci_get(to_pci(vdev), COMMON_QUEUE_SIZE, 2);
}

static void put_address(struct virtio_pci *dev, unsigned offset,
                        uint64_t addr)
{
    virtio_pci_put(dev, offset, 4, addr);
    virtio_pci_put(dev, offset + 4, 4, addr >> 32);
}

static void queue_enable(struct vdev *vdev, unsigned index,
                         const struct vdev_queue *queue)
{
    struct virtio_pci *dev = to_pci(vdev);

    select_queue(dev, index);
    virtio_pci_put(dev, COMMON_QUEUE_SIZE, 2, queue->size);
    put_address(dev, COMMON_QUEUE_DESC, queue->descriptors);
    put_address(dev, COMMON_QUEUE_DRIVER, queue->driver);
    put_address(dev, COMMON_QUEUE_DEVICE, queue->device);
    virtio_pci_put(dev, COMMON_QUEUE_ENABLE, 2, 1);
}

uint64_t virtio_pci_doorbell(struct virtio_pci *dev, unsigned index)
{
    select_queue(dev, index);
    return dev->notify + dev->notify_multiplier *
           virtio_pci_get(dev, COMMON_QUEUE_NOTIFY_OFF, 2);
}

/* Offset in configuration space of the first capability of @type. */
static unsigned find_capability(struct pci_function *pci, unsigned type)
{
    unsigned at = 0;

    do {
        at = pci_next_capability(pci, PCI_CAP_ID_VNDR, at);
        expect_true(at, "no virtio capability of type %u", type);
    } while (pci_config_read(pci, at + CAP_TYPE, 1) != type);
    return at;
}

static void notify_by_config(struct virtio_pci *dev, unsigned index)
{
    unsigned structure = find_capability(dev->pci, CAP_NOTIFY);
    unsigned at = find_capability(dev->pci, CAP_PCI);

    pci_config_write(dev->pci, at + CAP_BAR, 1,
                     pci_config_read(dev->pci, structure + CAP_BAR, 1));
    pci_config_write(dev->pci, at + CAP_OFFSET, 4,
                     pci_config_read(dev->pci, structure + CAP_OFFSET, 4) +
                     index * dev->notify_multiplier);
    pci_config_write(dev->pci, at + CAP_LENGTH, 4, 2);
    pci_config_write(dev->pci, at + CAP_PCI_DATA, 2, index);
}

static void notify(struct vdev *vdev, unsigned index)
{
    struct virtio_pci *dev = to_pci(vdev);

    if (dev->rings_by_config) {
        notify_by_config(dev, index);
        return;
    }
    /* QEMU has queue i at offset i; T-552 holds it to what it says. */
    qtest_writew(vdev->guest->qts,
                 dev->notify + index * dev->notify_multiplier, index);
}

void virtio_pci_ring_by_config(struct virtio_pci *dev, bool on)
{
    dev->rings_by_config = on;
}

void virtio_pci_notify_32(struct virtio_pci *dev, unsigned index,
                          uint32_t data)
{
    qtest_writel(dev->vdev.guest->qts, virtio_pci_doorbell(dev, index), data);
}

static void config_read(struct vdev *vdev, unsigned offset, unsigned bytes,
                        void *data)
{
    uint32_t value = bus_read(vdev->guest->qts, to_pci(vdev)->device + offset,
                              bytes);

    memcpy(data, &value, bytes);
}

static void config_write(struct vdev *vdev, unsigned offset, unsigned bytes,
                         const void *data)
{
    uint32_t value = 0;

    memcpy(&value, data, bytes);
    bus_write(vdev->guest->qts, to_pci(vdev)->device + offset, bytes, value);
}

static uint32_t generation(struct vdev *vdev)
{
    return virtio_pci_get(to_pci(vdev), COMMON_GENERATION, 1);
}

static uint8_t take_isr(struct vdev *vdev)
{
    return qtest_readb(vdev->guest->qts, to_pci(vdev)->isr);
}

static const struct vdev_ops pci_ops = {
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

static uint64_t find_structure(struct pci_function *pci, unsigned type)
{
    unsigned at = find_capability(pci, type);
    unsigned bar = pci_config_read(pci, at + CAP_BAR, 1);

    expect_true(bar < PCI_NUM_BARS && pci->bar[bar],
                "virtio structure %u is in BAR %u, which does not exist",
                type, bar);
    return pci->bar[bar] + pci_config_read(pci, at + CAP_OFFSET, 4);
}

struct virtio_pci *virtio_pci_at(struct pci_function *pci)
{
    struct virtio_pci *dev = g_new0(struct virtio_pci, 1);

    dev->vdev.ops = &pci_ops;
    dev->vdev.guest = pci->guest;
    dev->pci = pci;
    dev->common = find_structure(pci, CAP_COMMON);
    dev->notify = find_structure(pci, CAP_NOTIFY);
    dev->isr = find_structure(pci, CAP_ISR);
    dev->device = find_structure(pci, CAP_DEVICE);
    dev->device_bytes = pci_config_read(
        pci, find_capability(pci, CAP_DEVICE) + CAP_LENGTH, 4);
    dev->notify_multiplier = pci_config_read(
        pci, find_capability(pci, CAP_NOTIFY) + CAP_NOTIFY_MULTIPLIER, 4);
    guest_at_stop(pci->guest, g_free, dev);
    return dev;
}

struct queue_ref {
    struct virtio_pci *dev;
    unsigned index;
};

static bool queue_is_reset(void *data)
{
    struct queue_ref *ref = data;

    select_queue(ref->dev, ref->index);
    return virtio_pci_get(ref->dev, COMMON_QUEUE_RESET, 2) == 0 &&
           virtio_pci_get(ref->dev, COMMON_QUEUE_ENABLE, 2) == 0;
}

void virtio_pci_queue_reset(struct virtio_pci *dev, unsigned index)
{
    struct queue_ref ref = { dev, index };

    select_queue(dev, index);
    virtio_pci_put(dev, COMMON_QUEUE_RESET, 2, 1);
    harness_wait(queue_is_reset, &ref, "queue reset");
}

unsigned virtio_pci_set_vector(struct virtio_pci *dev, unsigned queue,
                               unsigned vector)
{
    select_queue(dev, queue);
    virtio_pci_put(dev, COMMON_QUEUE_VECTOR, 2, vector);
    return virtio_pci_get(dev, COMMON_QUEUE_VECTOR, 2);
}

unsigned virtio_pci_set_config_vector(struct virtio_pci *dev, unsigned vector)
{
    virtio_pci_put(dev, COMMON_CONFIG_VECTOR, 2, vector);
    return virtio_pci_get(dev, COMMON_CONFIG_VECTOR, 2);
}
