/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <glib.h>

#define CONTROL(name, bytes, reply, entries, needs_, decode_, handler_) \
    { VGPU_CMD_##name, VGPU_QUEUE_CONTROL, bytes, reply, entries, needs_, \
      vgpu_wire_get_##decode_, handler_ }
#define CURSOR(name, handler_) \
    { VGPU_CMD_##name, VGPU_QUEUE_CURSOR, 56, VGPU_WIRE_HEADER_BYTES, 0, 0, \
      vgpu_wire_get_cursor, handler_ }
/*
 * A command of the 3D group.  No device offers VIRGL yet, which
 * vgpu_device_create() asserts, so the feature check always refuses it.
 */
#define CONTROL_3D(name, bytes, reply, needs_) \
    CONTROL(name, bytes, reply, 0, needs_, nothing, NULL)

#define NODATA VGPU_WIRE_HEADER_BYTES
#define BLOB VGPU_F_RESOURCE_BLOB
#define UUID VGPU_F_RESOURCE_UUID
#define VIRGL VGPU_F_VIRGL
#define WINDOW (VGPU_F_RESOURCE_BLOB | VGPU_HAS_WINDOW)

static const struct vgpu_command commands[] = {
    /* wire name, bytes of request and reply, nr_entries, needs, args, handler */
    CONTROL(GET_DISPLAY_INFO, 24, VGPU_WIRE_DISPLAY_INFO_BYTES, 0, 0,
            nothing, cmd_get_display_info),
    CONTROL(RESOURCE_CREATE_2D, 40, NODATA, 0, 0,
            resource_create_2d, cmd_resource_create_2d),
    CONTROL(RESOURCE_UNREF, 32, NODATA, 0, 0,
            resource_ref, cmd_resource_unref),
    CONTROL(SET_SCANOUT, 48, NODATA, 0, 0,
            set_scanout, cmd_set_scanout),
    CONTROL(RESOURCE_FLUSH, 48, NODATA, 0, 0,
            resource_flush, cmd_resource_flush),
    CONTROL(TRANSFER_TO_HOST_2D, 56, NODATA, 0, 0,
            transfer_to_host_2d, cmd_transfer_to_host_2d),
    CONTROL(RESOURCE_ATTACH_BACKING, 32, NODATA, 28, 0,
            resource_attach_backing, cmd_resource_attach_backing),
    CONTROL(RESOURCE_DETACH_BACKING, 32, NODATA, 0, 0,
            resource_ref, cmd_resource_detach_backing),
    CONTROL(GET_CAPSET_INFO, 32, VGPU_WIRE_CAPSET_INFO_BYTES, 0, 0,
            get_capset_info, cmd_get_capset_info),
    CONTROL(GET_CAPSET, 32, NODATA, 0, 0,
            get_capset, cmd_get_capset),
    CONTROL(GET_EDID, 32, VGPU_WIRE_EDID_REPLY_BYTES, 0, VGPU_F_EDID,
            get_edid, cmd_get_edid),
    CONTROL(RESOURCE_ASSIGN_UUID, 32, VGPU_WIRE_RESOURCE_UUID_BYTES, 0, UUID,
            resource_ref, cmd_resource_assign_uuid),
    CONTROL(RESOURCE_CREATE_BLOB, 56, NODATA, 36, BLOB,
            resource_create_blob, cmd_resource_create_blob),
    CONTROL(SET_SCANOUT_BLOB, 96, NODATA, 0, BLOB,
            set_scanout_blob, cmd_set_scanout_blob),
    CONTROL_3D(CTX_CREATE, 96, NODATA, VIRGL),
    CONTROL_3D(CTX_DESTROY, 24, NODATA, VIRGL),
    CONTROL_3D(CTX_ATTACH_RESOURCE, 32, NODATA, VIRGL),
    CONTROL_3D(CTX_DETACH_RESOURCE, 32, NODATA, VIRGL),
    CONTROL_3D(RESOURCE_CREATE_3D, 72, NODATA, VIRGL),
    CONTROL_3D(TRANSFER_TO_HOST_3D, 72, NODATA, VIRGL),
    CONTROL_3D(TRANSFER_FROM_HOST_3D, 72, NODATA, VIRGL),
    CONTROL_3D(SUBMIT_3D, 32, NODATA, VIRGL),
    CONTROL_3D(RESOURCE_MAP_BLOB, 40, VGPU_WIRE_MAP_INFO_BYTES, WINDOW),
    CONTROL_3D(RESOURCE_UNMAP_BLOB, 32, NODATA, WINDOW),
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
