/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <glib.h>

#define COMMAND(name, queue, bytes, reply, tail, unit, needs_, decode_, handler_) \
    { VGPU_CMD_##name, queue, bytes, reply, tail, unit, needs_, \
      vgpu_wire_get_##decode_, handler_ }
#define CONTROL(name, bytes, reply, needs_, decode_, handler_) \
    COMMAND(name, VGPU_QUEUE_CONTROL, bytes, reply, 0, 0, needs_, decode_, \
            handler_)
/* An entry list, or a command stream, follows the fixed part. */
#define ENTRIES(name, bytes, count, needs_, decode_, handler_) \
    COMMAND(name, VGPU_QUEUE_CONTROL, bytes, NODATA, count, \
            VGPU_WIRE_MEM_ENTRY_BYTES, needs_, decode_, handler_)
#define STREAM(name, bytes, count, needs_, decode_, handler_) \
    COMMAND(name, VGPU_QUEUE_CONTROL, bytes, NODATA, count, 1, needs_, decode_, \
            handler_)
#define CURSOR(name, handler_) \
    COMMAND(name, VGPU_QUEUE_CURSOR, 56, NODATA, 0, 0, 0, cursor, handler_)
/* Exists where there is a window. */
#define WINDOW(name, bytes, reply, decode_, handler_) \
    CONTROL(name, bytes, reply, VGPU_F_RESOURCE_BLOB | VGPU_HAS_WINDOW, \
            decode_, handler_)

#define NODATA VGPU_WIRE_HEADER_BYTES
#define BLOB VGPU_F_RESOURCE_BLOB
#define UUID VGPU_F_RESOURCE_UUID
#define VIRGL VGPU_F_VIRGL

static const struct vgpu_command commands[] = {
    /* wire name, bytes of request and reply or offset of count, needs, args */
    CONTROL(GET_DISPLAY_INFO, 24, VGPU_WIRE_DISPLAY_INFO_BYTES, 0,
            nothing, cmd_get_display_info),
    CONTROL(RESOURCE_CREATE_2D, 40, NODATA, 0,
            resource_create_2d, cmd_resource_create_2d),
    CONTROL(RESOURCE_UNREF, 32, NODATA, 0,
            resource_ref, cmd_resource_unref),
    CONTROL(SET_SCANOUT, 48, NODATA, 0,
            set_scanout, cmd_set_scanout),
    CONTROL(RESOURCE_FLUSH, 48, NODATA, 0,
            resource_flush, cmd_resource_flush),
    CONTROL(TRANSFER_TO_HOST_2D, 56, NODATA, 0,
            transfer_to_host_2d, cmd_transfer_to_host_2d),
    ENTRIES(RESOURCE_ATTACH_BACKING, 32, 28, 0,
            resource_attach_backing, cmd_resource_attach_backing),
    CONTROL(RESOURCE_DETACH_BACKING, 32, NODATA, 0,
            resource_ref, cmd_resource_detach_backing),
    CONTROL(GET_CAPSET_INFO, 32, VGPU_WIRE_CAPSET_INFO_BYTES, 0,
            get_capset_info, cmd_get_capset_info),
    CONTROL(GET_CAPSET, 32, NODATA, 0,
            get_capset, cmd_get_capset),
    CONTROL(GET_EDID, 32, VGPU_WIRE_EDID_REPLY_BYTES, VGPU_F_EDID,
            get_edid, cmd_get_edid),
    CONTROL(RESOURCE_ASSIGN_UUID, 32, VGPU_WIRE_RESOURCE_UUID_BYTES, UUID,
            resource_ref, cmd_resource_assign_uuid),
    ENTRIES(RESOURCE_CREATE_BLOB, 56, 36, BLOB,
            resource_create_blob, cmd_resource_create_blob),
    CONTROL(SET_SCANOUT_BLOB, 96, NODATA, BLOB,
            set_scanout_blob, cmd_set_scanout_blob),
    CONTROL(CTX_CREATE, 96, NODATA, VIRGL,
            ctx_create, cmd_ctx_create),
    CONTROL(CTX_DESTROY, 24, NODATA, VIRGL,
            nothing, cmd_ctx_destroy),
    CONTROL(CTX_ATTACH_RESOURCE, 32, NODATA, VIRGL,
            resource_ref, cmd_ctx_attach_resource),
    CONTROL(CTX_DETACH_RESOURCE, 32, NODATA, VIRGL,
            resource_ref, cmd_ctx_detach_resource),
    CONTROL(RESOURCE_CREATE_3D, 72, NODATA, VIRGL,
            resource_create_3d, cmd_resource_create_3d),
    CONTROL(TRANSFER_TO_HOST_3D, 72, NODATA, VIRGL,
            transfer_3d, cmd_transfer_to_host_3d),
    CONTROL(TRANSFER_FROM_HOST_3D, 72, NODATA, VIRGL,
            transfer_3d, cmd_transfer_from_host_3d),
    STREAM(SUBMIT_3D, 32, 24, VIRGL,
           submit_3d, cmd_submit_3d),
    WINDOW(RESOURCE_MAP_BLOB, 40, VGPU_WIRE_MAP_INFO_BYTES,
           resource_map_blob, cmd_resource_map_blob),
    WINDOW(RESOURCE_UNMAP_BLOB, 32, NODATA,
           resource_ref, cmd_resource_unmap_blob),
    CURSOR(UPDATE_CURSOR, cmd_update_cursor),
    CURSOR(MOVE_CURSOR, cmd_move_cursor),
};

const struct vgpu_command *vgpu_command_find(uint32_t type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].type == type) {
            return &commands[i];
        }
    }
    return NULL;
}
