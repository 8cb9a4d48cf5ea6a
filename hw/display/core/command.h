/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The command table: what a request number means (virtio 1.3, 5.7.6.7).
 *
 * One row a command; whatever differs between commands before their handler
 * runs is a column here.
 */
#ifndef HW_DISPLAY_CORE_COMMAND_H
#define HW_DISPLAY_CORE_COMMAND_H

#include <stdint.h>

#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/request.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_context;
struct vgpu_device;
struct vgpu_resource;

/*
 * Stands among the feature bits for the host-visible memory window, without
 * which MAP_BLOB and UNMAP_BLOB do not exist (virtio 1.3, 5.7.6.8).
 */
#define VGPU_HAS_WINDOW (1ull << 63)

/*
 * Does what the request asks.  Returns the response type; on an error
 * nothing that the guest can see has changed.
 */
typedef enum vgpu_status vgpu_handler(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      const union vgpu_args *args);

struct vgpu_command {
    enum vgpu_command_type type;
    enum vgpu_queue queue;
    uint16_t request_bytes;     /* fixed part with the header */
    uint16_t reply_bytes;       /* room it must have; 24 is optional */
    uint16_t tail_offset;       /* of how many units follow; 0: none do */
    uint16_t tail_unit;         /* bytes: of an entry, or of a stream's byte */
    uint64_t needs;             /* feature bits, all of them */
    vgpu_wire_decoder *decode;
    vgpu_handler *handler;
};

/* The row of a request number, or NULL. */
const struct vgpu_command *vgpu_command_find(uint32_t type);

/*
 * Reports the guest's mistake to the host and returns @status, so that a
 * check is one statement.
 */
enum vgpu_status guest_error(struct vgpu_device *dev,
                             const struct vgpu_request *request,
                             enum vgpu_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5), warn_unused_result));

/*
 * Room for a reply of @bytes with the header, zeroed; returns where the
 * payload behind the header goes.
 */
uint8_t *vgpu_reply_payload(struct vgpu_request *request, uint32_t bytes);

/*
 * Has the renderer do a transfer that was checked, and counts it.  @context may
 * be NULL.
 */
enum vgpu_status vgpu_transfer(struct vgpu_device *dev,
                               struct vgpu_context *context,
                               struct vgpu_resource *resource,
                               const struct vgpu_transfer_3d *transfer,
                               enum vgpu_transfer_direction direction)
    __attribute__((warn_unused_result));

vgpu_handler cmd_get_display_info;
vgpu_handler cmd_get_edid;
vgpu_handler cmd_get_capset_info;
vgpu_handler cmd_get_capset;
vgpu_handler cmd_resource_create_2d;
vgpu_handler cmd_resource_create_blob;
vgpu_handler cmd_resource_map_blob;
vgpu_handler cmd_resource_unmap_blob;
vgpu_handler cmd_resource_unref;
vgpu_handler cmd_resource_attach_backing;
vgpu_handler cmd_resource_detach_backing;
vgpu_handler cmd_resource_assign_uuid;
vgpu_handler cmd_transfer_to_host_2d;
vgpu_handler cmd_set_scanout;
vgpu_handler cmd_set_scanout_blob;
vgpu_handler cmd_resource_flush;
vgpu_handler cmd_update_cursor;
vgpu_handler cmd_move_cursor;
vgpu_handler cmd_ctx_create;
vgpu_handler cmd_ctx_destroy;
vgpu_handler cmd_ctx_attach_resource;
vgpu_handler cmd_ctx_detach_resource;
vgpu_handler cmd_resource_create_3d;
vgpu_handler cmd_transfer_to_host_3d;
vgpu_handler cmd_transfer_from_host_3d;
vgpu_handler cmd_submit_3d;

#endif
