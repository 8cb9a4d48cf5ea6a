/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "device-internal.h"
#include "lookup.h"

static void put_rect(uint8_t *p, const struct vgpu_rect *rect)
{
    vgpu_wire_put32(p, rect->x);
    vgpu_wire_put32(p + 4, rect->y);
    vgpu_wire_put32(p + 8, rect->width);
    vgpu_wire_put32(p + 12, rect->height);
}

enum vgpu_status cmd_get_display_info(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      const union vgpu_args *args)
{
    uint8_t *modes = vgpu_reply_payload(request, VGPU_WIRE_DISPLAY_INFO_BYTES);

    (void)args;
    dev->env.host_ops->display_info_read(dev->env.host);
    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        uint8_t *p = modes + id * 24;
        struct vgpu_mode mode = { .enabled = false };

        dev->env.host_ops->display_mode(dev->env.host, id, &mode);
        if (mode.enabled) {
            put_rect(p, &mode.rect);
            vgpu_wire_put32(p + 16, 1);
        }
    }
    return VGPU_OK_DISPLAY_INFO;
}

enum vgpu_status cmd_get_edid(struct vgpu_device *dev,
                              struct vgpu_request *request,
                              const union vgpu_args *args)
{
    uint32_t id = args->get_edid.scanout;
    enum vgpu_status status = vgpu_lookup_scanout(dev, request, id);
    uint8_t *payload;
    size_t bytes;

    if (status != VGPU_OK) {
        return status;
    }
    payload = vgpu_reply_payload(request, VGPU_WIRE_EDID_REPLY_BYTES);
    bytes = dev->env.host_ops->edid(dev->env.host, id, payload + 8);
    if (bytes == 0) {
        return VGPU_ERR_UNSPEC;
    }
    vgpu_wire_put32(payload, bytes);
    return VGPU_OK_EDID;
}

enum vgpu_status cmd_get_capset_info(struct vgpu_device *dev,
                                     struct vgpu_request *request,
                                     const union vgpu_args *args)
{
    uint32_t index = args->get_capset_info.capset_index;
    struct vgpu_capset capset;
    uint8_t *payload;

    if (index >= dev->num_capsets) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "capset index %u of %u", index, dev->num_capsets);
    }
    capset = dev->ops_3d->capset(dev->renderer, index);
    payload = vgpu_reply_payload(request, VGPU_WIRE_CAPSET_INFO_BYTES);
    vgpu_wire_put32(payload, capset.id);
    vgpu_wire_put32(payload + 4, capset.max_version);
    vgpu_wire_put32(payload + 8, capset.max_bytes);
    return VGPU_OK_CAPSET_INFO;
}

/* The index of an advertised set, or num_capsets. */
static uint32_t find_capset(const struct vgpu_device *dev, uint32_t id,
                            struct vgpu_capset *capset)
{
    uint32_t index;

    for (index = 0; index < dev->num_capsets; index++) {
        *capset = dev->ops_3d->capset(dev->renderer, index);
        if (capset->id == id) {
            break;
        }
    }
    return index;
}

enum vgpu_status cmd_get_capset(struct vgpu_device *dev,
                                struct vgpu_request *request,
                                const union vgpu_args *args)
{
    const struct vgpu_get_capset *a = &args->get_capset;
    struct vgpu_capset capset;
    uint32_t index = find_capset(dev, a->capset_id, &capset);
    uint32_t bytes;

    if (index == dev->num_capsets) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "capset %u is none of %u", a->capset_id,
                           dev->num_capsets);
    }
    if (a->capset_version > capset.max_version) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "version %u of capset %u, whose last is %u",
                           a->capset_version, a->capset_id,
                           capset.max_version);
    }
    bytes = VGPU_WIRE_HEADER_BYTES + capset.max_bytes;
    if (request->in_bytes < bytes) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "room for %" G_GUINT64_FORMAT " bytes of %u",
                           request->in_bytes, bytes);
    }
    if (dev->ops_3d->read_capset(dev->renderer, index, a->capset_version,
                                 vgpu_reply_payload(request, bytes)) !=
        VGPU_OK) {
        return VGPU_ERR_UNSPEC;
    }
    return VGPU_OK_CAPSET;
}
