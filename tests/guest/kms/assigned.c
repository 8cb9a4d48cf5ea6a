/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * Memory of a PCI device that vfio-pci has in the guest: it is drawn in through
 * VFIO, and virtio-gpu's driver gets it as a dma-buf, as the driver of a GPU
 * would hand over what was rendered.
 */
#include "kms.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#define FEATURE_DMA_BUF 11      /* Linux 6.19; headers may be older */
#define PLACE (2u << 20)        /* of the picture in BAR 0 */
#define FORMAT_XRGB8888 0x34325258
#define PAGE 4096u

/* The device, once there is one. */
static struct {
    int fd;
    uint64_t bar, config;       /* offsets of fd */
} device = { .fd = -1 };

static int open_group(const char *address)
{
    char path[256], link[256];
    ssize_t length;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
             address);
    length = readlink(path, link, sizeof(link) - 1);
    if (length < 0) {
        return -1;
    }
    link[length] = 0;
    snprintf(path, sizeof(path), "/dev/vfio/%s", basename(link));
    return open(path, O_RDWR | O_CLOEXEC);
}

static int open_device(const char *address)
{
    int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    int group = open_group(address);

    if (container < 0 || group < 0 ||
        ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
        ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) {
        return -1;
    }
    return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
}

static int region_offset(uint32_t index, uint64_t *offset)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

    if (ioctl(device.fd, VFIO_DEVICE_GET_REGION_INFO, &info)) {
        return -1;
    }
    *offset = info.offset;
    return 0;
}

static int set_memory(bool on)
{
    uint16_t command;

    if (pread(device.fd, &command, 2, device.config + PCI_COMMAND) != 2) {
        return -1;
    }
    command = on ? command | PCI_COMMAND_MEMORY : command & ~PCI_COMMAND_MEMORY;
    return pwrite(device.fd, &command, 2, device.config + PCI_COMMAND) == 2
           ? 0 : -1;
}

/* assigned ADDRESS: the PCI device, which vfio-pci has; it is switched on */
int cmd_assigned(struct screen *screen, char **args)
{
    (void)screen;
    device.fd = open_device(args[0]);
    if (device.fd < 0) {
        return answer_error("opening the device through VFIO");
    }
    if (region_offset(VFIO_PCI_BAR0_REGION_INDEX, &device.bar) ||
        region_offset(VFIO_PCI_CONFIG_REGION_INDEX, &device.config) ||
        set_memory(true)) {
        return answer_error("its BAR 0");
    }
    return answer_ok("opened");
}

/* assigned-power on|off: whether it has memory */
int cmd_assigned_power(struct screen *screen, char **args)
{
    (void)screen;
    if (set_memory(args[0][1] == 'n')) {
        return answer_error("its command register");
    }
    return answer_ok("%s", args[0]);
}

static int export_memory(uint64_t bytes)
{
    struct {
        struct vfio_device_feature header;
        uint32_t region, open_flags, flags, nr_ranges;
        uint64_t offset, bytes;
    } request = {
        .header.argsz = sizeof(request),
        .header.flags = VFIO_DEVICE_FEATURE_GET | FEATURE_DMA_BUF,
        .region = VFIO_PCI_BAR0_REGION_INDEX,
        .open_flags = O_RDWR | O_CLOEXEC,
        .nr_ranges = 1,
        .offset = PLACE,
        .bytes = bytes,
    };

    return ioctl(device.fd, VFIO_DEVICE_FEATURE, &request);
}

/* What the driver says when it takes the memory, by the step that failed. */
static const char *import(struct screen *screen, struct buffer *buffer)
{
    struct canvas *canvas = &buffer->canvas;
    int dmabuf = export_memory(buffer->size);

    if (dmabuf < 0) {
        return "VFIO_DEVICE_FEATURE_DMA_BUF";
    }
    if (drmPrimeFDToHandle(screen->fd, dmabuf, &buffer->handle)) {
        return "drmPrimeFDToHandle";
    }
    close(dmabuf);
    if (drmModeAddFB2(screen->fd, canvas->width, canvas->height,
                      FORMAT_XRGB8888, (uint32_t[4]) { buffer->handle },
                      (uint32_t[4]) { canvas->stride }, (uint32_t[4]) { 0 },
                      &buffer->fb, 0)) {
        return "drmModeAddFB2";
    }
    return NULL;
}

int assigned_buffer(struct screen *screen, struct buffer *buffer, uint32_t w,
                    uint32_t h)
{
    uint64_t bytes = ((uint64_t)w * h * 4 + PAGE - 1) / PAGE * PAGE;
    const char *failed;
    void *pixels;

    *buffer = (struct buffer) {
        .canvas = { .width = w, .height = h, .stride = w * 4 },
        .size = bytes,
    };
    pixels = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device.fd,
                  device.bar + PLACE);
    if (pixels == MAP_FAILED) {
        return answer_error("mapping BAR 0; \"assigned\" comes first");
    }
    buffer->canvas.pixels = pixels;
    failed = import(screen, buffer);
    return failed ? answer_error(failed) : 0;
}
