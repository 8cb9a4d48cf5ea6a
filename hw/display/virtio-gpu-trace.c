/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-trace.h"

#include "hw/virtio/vgpu/wire.h"
#include "trace/trace-hw_display.h"

static void trace_cursor(const struct vgpu_cursor_request *a,
                         const char *type)
{
    trace_virtio_gpu_update_cursor(a->scanout_id, a->x, a->y, type,
                                   a->resource_id);
}

void virtio_gpu_trace_request(const struct vgpu_request *request)
{
    const union vgpu_args *a = &request->args;

    if (request->has_header && request->header.flags & VGPU_FLAG_FENCE) {
        trace_virtio_gpu_fence_ctrl(request->header.fence_id,
                                    request->header.type);
    }
    if (!request->command) {
        return;                 /* its arguments were not decoded */
    }
    switch (request->header.type) {
    case VGPU_CMD_GET_DISPLAY_INFO:
        trace_virtio_gpu_cmd_get_display_info();
        break;
    case VGPU_CMD_GET_EDID:
        trace_virtio_gpu_cmd_get_edid(a->get_edid.scanout);
        break;
    case VGPU_CMD_RESOURCE_CREATE_2D:
        trace_virtio_gpu_cmd_res_create_2d(a->resource_create_2d.resource_id,
                                           a->resource_create_2d.format,
                                           a->resource_create_2d.width,
                                           a->resource_create_2d.height);
        break;
    case VGPU_CMD_RESOURCE_CREATE_BLOB:
        trace_virtio_gpu_cmd_res_create_blob(
            a->resource_create_blob.resource_id, a->resource_create_blob.size);
        break;
    case VGPU_CMD_RESOURCE_UNREF:
        trace_virtio_gpu_cmd_res_unref(a->resource_ref.resource_id);
        break;
    case VGPU_CMD_RESOURCE_ATTACH_BACKING:
        trace_virtio_gpu_cmd_res_back_attach(
            a->resource_attach_backing.resource_id);
        break;
    case VGPU_CMD_RESOURCE_DETACH_BACKING:
        trace_virtio_gpu_cmd_res_back_detach(a->resource_ref.resource_id);
        break;
    case VGPU_CMD_TRANSFER_TO_HOST_2D:
        trace_virtio_gpu_cmd_res_xfer_toh_2d(
            a->transfer_to_host_2d.resource_id);
        break;
    case VGPU_CMD_RESOURCE_FLUSH:
        trace_virtio_gpu_cmd_res_flush(a->resource_flush.resource_id,
                                       a->resource_flush.rect.width,
                                       a->resource_flush.rect.height,
                                       a->resource_flush.rect.x,
                                       a->resource_flush.rect.y);
        break;
    case VGPU_CMD_SET_SCANOUT:
        trace_virtio_gpu_cmd_set_scanout(a->set_scanout.scanout_id,
                                         a->set_scanout.resource_id,
                                         a->set_scanout.rect.width,
                                         a->set_scanout.rect.height,
                                         a->set_scanout.rect.x,
                                         a->set_scanout.rect.y);
        break;
    case VGPU_CMD_SET_SCANOUT_BLOB:
        trace_virtio_gpu_cmd_set_scanout_blob(a->set_scanout_blob.scanout_id,
                                              a->set_scanout_blob.resource_id,
                                              a->set_scanout_blob.rect.width,
                                              a->set_scanout_blob.rect.height,
                                              a->set_scanout_blob.rect.x,
                                              a->set_scanout_blob.rect.y);
        break;
    case VGPU_CMD_UPDATE_CURSOR:
        trace_cursor(&a->cursor, "update");
        break;
    case VGPU_CMD_MOVE_CURSOR:
        trace_cursor(&a->cursor, "move");
        break;
    }
}
