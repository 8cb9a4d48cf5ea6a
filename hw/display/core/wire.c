/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/wire.h"

#include <string.h>
#include <glib.h>

uint32_t vgpu_wire_get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return GUINT32_FROM_LE(v);
}

uint64_t vgpu_wire_get64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return GUINT64_FROM_LE(v);
}

void vgpu_wire_put32(uint8_t *p, uint32_t v)
{
    v = GUINT32_TO_LE(v);
    memcpy(p, &v, sizeof(v));
}

void vgpu_wire_put64(uint8_t *p, uint64_t v)
{
    v = GUINT64_TO_LE(v);
    memcpy(p, &v, sizeof(v));
}

void vgpu_wire_get_header(const uint8_t *p, struct vgpu_header *header)
{
    header->type = vgpu_wire_get32(p);
    header->flags = vgpu_wire_get32(p + 4);
    header->fence_id = vgpu_wire_get64(p + 8);
    header->ctx_id = vgpu_wire_get32(p + 16);
    header->ring_idx = p[20];
}

void vgpu_wire_put_header(uint8_t *p, const struct vgpu_header *header)
{
    vgpu_wire_put32(p, header->type);
    vgpu_wire_put32(p + 4, header->flags);
    vgpu_wire_put64(p + 8, header->fence_id);
    vgpu_wire_put32(p + 16, header->ctx_id);
    p[20] = header->ring_idx;
    memset(p + 21, 0, 3);
}

struct vgpu_mem_entry vgpu_wire_get_mem_entry(const uint8_t *p)
{
    struct vgpu_mem_entry entry = {
        .addr = vgpu_wire_get64(p),
        .length = vgpu_wire_get32(p + 8),
    };

    return entry;
}

static struct vgpu_rect get_rect(const uint8_t *p)
{
    struct vgpu_rect rect = {
        .x = vgpu_wire_get32(p),
        .y = vgpu_wire_get32(p + 4),
        .width = vgpu_wire_get32(p + 8),
        .height = vgpu_wire_get32(p + 12),
    };

    return rect;
}

void vgpu_wire_get_nothing(const uint8_t *p, union vgpu_args *args)
{
    (void)p;
    (void)args;
}

void vgpu_wire_get_resource_create_2d(const uint8_t *p, union vgpu_args *args)
{
    args->resource_create_2d = (struct vgpu_resource_create_2d) {
        .resource_id = vgpu_wire_get32(p + 24),
        .format = vgpu_wire_get32(p + 28),
        .width = vgpu_wire_get32(p + 32),
        .height = vgpu_wire_get32(p + 36),
    };
}

void vgpu_wire_get_resource_ref(const uint8_t *p, union vgpu_args *args)
{
    args->resource_ref.resource_id = vgpu_wire_get32(p + 24);
}

void vgpu_wire_get_set_scanout(const uint8_t *p, union vgpu_args *args)
{
    args->set_scanout = (struct vgpu_set_scanout) {
        .rect = get_rect(p + 24),
        .scanout_id = vgpu_wire_get32(p + 40),
        .resource_id = vgpu_wire_get32(p + 44),
    };
}

void vgpu_wire_get_resource_flush(const uint8_t *p, union vgpu_args *args)
{
    args->resource_flush = (struct vgpu_resource_flush) {
        .rect = get_rect(p + 24),
        .resource_id = vgpu_wire_get32(p + 40),
    };
}

void vgpu_wire_get_transfer_to_host_2d(const uint8_t *p, union vgpu_args *args)
{
    args->transfer_to_host_2d = (struct vgpu_transfer_to_host_2d) {
        .rect = get_rect(p + 24),
        .offset = vgpu_wire_get64(p + 40),
        .resource_id = vgpu_wire_get32(p + 48),
    };
}

void vgpu_wire_get_resource_attach_backing(const uint8_t *p,
                                           union vgpu_args *args)
{
    args->resource_attach_backing = (struct vgpu_resource_attach_backing) {
        .resource_id = vgpu_wire_get32(p + 24),
        .nr_entries = vgpu_wire_get32(p + 28),
    };
}

void vgpu_wire_get_get_capset_info(const uint8_t *p, union vgpu_args *args)
{
    args->get_capset_info.capset_index = vgpu_wire_get32(p + 24);
}

void vgpu_wire_get_get_capset(const uint8_t *p, union vgpu_args *args)
{
    args->get_capset = (struct vgpu_get_capset) {
        .capset_id = vgpu_wire_get32(p + 24),
        .capset_version = vgpu_wire_get32(p + 28),
    };
}

void vgpu_wire_get_get_edid(const uint8_t *p, union vgpu_args *args)
{
    args->get_edid.scanout = vgpu_wire_get32(p + 24);
}

void vgpu_wire_get_resource_create_blob(const uint8_t *p, union vgpu_args *args)
{
    args->resource_create_blob = (struct vgpu_resource_create_blob) {
        .resource_id = vgpu_wire_get32(p + 24),
        .blob_mem = vgpu_wire_get32(p + 28),
        .blob_flags = vgpu_wire_get32(p + 32),
        .nr_entries = vgpu_wire_get32(p + 36),
        .blob_id = vgpu_wire_get64(p + 40),
        .size = vgpu_wire_get64(p + 48),
    };
}

void vgpu_wire_get_resource_map_blob(const uint8_t *p, union vgpu_args *args)
{
    args->resource_map_blob = (struct vgpu_resource_map_blob) {
        .resource_id = vgpu_wire_get32(p + 24),
        .offset = vgpu_wire_get64(p + 32),
    };
}

void vgpu_wire_get_set_scanout_blob(const uint8_t *p, union vgpu_args *args)
{
    args->set_scanout_blob = (struct vgpu_set_scanout_blob) {
        .rect = get_rect(p + 24),
        .scanout_id = vgpu_wire_get32(p + 40),
        .resource_id = vgpu_wire_get32(p + 44),
        .width = vgpu_wire_get32(p + 48),
        .height = vgpu_wire_get32(p + 52),
        .format = vgpu_wire_get32(p + 56),
        .stride = vgpu_wire_get32(p + 64),
        .offset = vgpu_wire_get32(p + 80),
    };
}

void vgpu_wire_get_cursor(const uint8_t *p, union vgpu_args *args)
{
    args->cursor = (struct vgpu_cursor_request) {
        .scanout_id = vgpu_wire_get32(p + 24),
        .x = (int32_t)vgpu_wire_get32(p + 28),
        .y = (int32_t)vgpu_wire_get32(p + 32),
        .resource_id = vgpu_wire_get32(p + 40),
        .hot_x = vgpu_wire_get32(p + 44),
        .hot_y = vgpu_wire_get32(p + 48),
    };
}

void vgpu_wire_get_ctx_create(const uint8_t *p, union vgpu_args *args)
{
    args->ctx_create.nlen = vgpu_wire_get32(p + 24);
    args->ctx_create.context_init = vgpu_wire_get32(p + 28);
    memcpy(args->ctx_create.debug_name, p + 32, VGPU_WIRE_NAME_BYTES);
}

void vgpu_wire_get_resource_create_3d(const uint8_t *p, union vgpu_args *args)
{
    args->resource_create_3d = (struct vgpu_resource_create_3d) {
        .resource_id = vgpu_wire_get32(p + 24),
        .target = vgpu_wire_get32(p + 28),
        .format = vgpu_wire_get32(p + 32),
        .bind = vgpu_wire_get32(p + 36),
        .width = vgpu_wire_get32(p + 40),
        .height = vgpu_wire_get32(p + 44),
        .depth = vgpu_wire_get32(p + 48),
        .array_size = vgpu_wire_get32(p + 52),
        .last_level = vgpu_wire_get32(p + 56),
        .nr_samples = vgpu_wire_get32(p + 60),
        .flags = vgpu_wire_get32(p + 64),
    };
}

void vgpu_wire_get_transfer_3d(const uint8_t *p, union vgpu_args *args)
{
    args->transfer_3d = (struct vgpu_transfer_3d) {
        .box = {
            .x = vgpu_wire_get32(p + 24),
            .y = vgpu_wire_get32(p + 28),
            .z = vgpu_wire_get32(p + 32),
            .width = vgpu_wire_get32(p + 36),
            .height = vgpu_wire_get32(p + 40),
            .depth = vgpu_wire_get32(p + 44),
        },
        .offset = vgpu_wire_get64(p + 48),
        .resource_id = vgpu_wire_get32(p + 56),
        .level = vgpu_wire_get32(p + 60),
        .stride = vgpu_wire_get32(p + 64),
        .layer_stride = vgpu_wire_get32(p + 68),
    };
}

void vgpu_wire_get_submit_3d(const uint8_t *p, union vgpu_args *args)
{
    args->submit_3d.size = vgpu_wire_get32(p + 24);
}

const char *vgpu_wire_name(uint32_t type)
{
    switch (type) {
#define NAME(number, name) case number: return #name
    NAME(VGPU_CMD_GET_DISPLAY_INFO, GET_DISPLAY_INFO);
    NAME(VGPU_CMD_RESOURCE_CREATE_2D, RESOURCE_CREATE_2D);
    NAME(VGPU_CMD_RESOURCE_UNREF, RESOURCE_UNREF);
    NAME(VGPU_CMD_SET_SCANOUT, SET_SCANOUT);
    NAME(VGPU_CMD_RESOURCE_FLUSH, RESOURCE_FLUSH);
    NAME(VGPU_CMD_TRANSFER_TO_HOST_2D, TRANSFER_TO_HOST_2D);
    NAME(VGPU_CMD_RESOURCE_ATTACH_BACKING, RESOURCE_ATTACH_BACKING);
    NAME(VGPU_CMD_RESOURCE_DETACH_BACKING, RESOURCE_DETACH_BACKING);
    NAME(VGPU_CMD_GET_CAPSET_INFO, GET_CAPSET_INFO);
    NAME(VGPU_CMD_GET_CAPSET, GET_CAPSET);
    NAME(VGPU_CMD_GET_EDID, GET_EDID);
    NAME(VGPU_CMD_RESOURCE_ASSIGN_UUID, RESOURCE_ASSIGN_UUID);
    NAME(VGPU_CMD_RESOURCE_CREATE_BLOB, RESOURCE_CREATE_BLOB);
    NAME(VGPU_CMD_SET_SCANOUT_BLOB, SET_SCANOUT_BLOB);
    NAME(VGPU_CMD_CTX_CREATE, CTX_CREATE);
    NAME(VGPU_CMD_CTX_DESTROY, CTX_DESTROY);
    NAME(VGPU_CMD_CTX_ATTACH_RESOURCE, CTX_ATTACH_RESOURCE);
    NAME(VGPU_CMD_CTX_DETACH_RESOURCE, CTX_DETACH_RESOURCE);
    NAME(VGPU_CMD_RESOURCE_CREATE_3D, RESOURCE_CREATE_3D);
    NAME(VGPU_CMD_TRANSFER_TO_HOST_3D, TRANSFER_TO_HOST_3D);
    NAME(VGPU_CMD_TRANSFER_FROM_HOST_3D, TRANSFER_FROM_HOST_3D);
    NAME(VGPU_CMD_SUBMIT_3D, SUBMIT_3D);
    NAME(VGPU_CMD_RESOURCE_MAP_BLOB, RESOURCE_MAP_BLOB);
    NAME(VGPU_CMD_RESOURCE_UNMAP_BLOB, RESOURCE_UNMAP_BLOB);
    NAME(VGPU_CMD_UPDATE_CURSOR, UPDATE_CURSOR);
    NAME(VGPU_CMD_MOVE_CURSOR, MOVE_CURSOR);
    NAME(VGPU_OK, OK_NODATA);
    NAME(VGPU_OK_DISPLAY_INFO, OK_DISPLAY_INFO);
    NAME(VGPU_OK_CAPSET_INFO, OK_CAPSET_INFO);
    NAME(VGPU_OK_CAPSET, OK_CAPSET);
    NAME(VGPU_OK_EDID, OK_EDID);
    NAME(VGPU_OK_RESOURCE_UUID, OK_RESOURCE_UUID);
    NAME(VGPU_OK_MAP_INFO, OK_MAP_INFO);
    NAME(VGPU_ERR_UNSPEC, ERR_UNSPEC);
    NAME(VGPU_ERR_OUT_OF_MEMORY, ERR_OUT_OF_MEMORY);
    NAME(VGPU_ERR_SCANOUT_ID, ERR_INVALID_SCANOUT_ID);
    NAME(VGPU_ERR_RESOURCE_ID, ERR_INVALID_RESOURCE_ID);
    NAME(VGPU_ERR_CONTEXT_ID, ERR_INVALID_CONTEXT_ID);
    NAME(VGPU_ERR_PARAMETER, ERR_INVALID_PARAMETER);
#undef NAME
    default:
        return "unknown";
    }
}
