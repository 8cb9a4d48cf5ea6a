/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "resource-make.h"
#include "resource-table.h"

static gint by_id(gconstpointer a, gconstpointer b)
{
    const struct vgpu_resource *const *one = a;
    const struct vgpu_resource *const *other = b;

    return (*one)->id < (*other)->id ? -1 : (*one)->id > (*other)->id;
}

const struct vgpu_resource **
vgpu_snapshot_resources(const struct vgpu_device *dev, uint32_t *count)
{
    uint32_t size = g_hash_table_size(dev->resources);
    const struct vgpu_resource **list = g_new(const struct vgpu_resource *,
                                              size + 1);
    GHashTableIter iter;
    gpointer resource;

    *count = 0;
    g_hash_table_iter_init(&iter, dev->resources);
    while (g_hash_table_iter_next(&iter, NULL, &resource)) {
        list[(*count)++] = resource;
    }
    qsort(list, size, sizeof(*list), by_id);
    return list;
}

const uint8_t *vgpu_snapshot_pixels(const struct vgpu_device *dev,
                                    const struct vgpu_resource *image)
{
    return dev->env.renderer_ops->image_pixels(
        dev->renderer, vgpu_resource_find(dev, image->id));
}

bool vgpu_snapshot_is_blob(const struct vgpu_device *dev, uint32_t id)
{
    const struct vgpu_resource *resource = vgpu_resource_find(dev, id);

    return resource && resource->kind == VGPU_RESOURCE_GUEST_BLOB;
}

void vgpu_snapshot_scanout(const struct vgpu_device *dev, uint32_t id,
                           struct vgpu_saved_scanout *saved)
{
    const struct vgpu_scanout *scanout = &dev->scanouts[id];

    *saved = (struct vgpu_saved_scanout) { .cursor = scanout->cursor };
    if (scanout->resource) {
        saved->resource_id = scanout->resource->id;
        saved->is_blob = scanout->resource->kind == VGPU_RESOURCE_GUEST_BLOB;
        saved->layout = scanout->layout;
        saved->rect = scanout->rect;
    }
}

/* The command that would do the same; its mistakes go into @reason. */
static struct vgpu_request stand_in(struct vgpu_device *dev,
                                    enum vgpu_command_type type,
                                    uint64_t features, char *reason)
{
    dev->reason = reason;
    snprintf(reason, VGPU_REASON_BYTES, "the display does not take it");
    return (struct vgpu_request) {
        .header.type = type,
        .command = vgpu_command_find(type),
        .features = features,
    };
}

static enum vgpu_status make_blob(struct vgpu_device *dev,
                                  struct vgpu_restore *restore, char *reason)
{
    const struct vgpu_restore_spec *spec = &restore->spec;
    struct vgpu_request request = stand_in(dev, VGPU_CMD_RESOURCE_CREATE_BLOB,
                                           spec->features, reason);
    struct vgpu_resource_create_blob a = {
        .resource_id = spec->id,
        .blob_mem = VGPU_BLOB_MEM_GUEST,
        .blob_flags = spec->blob_flags,
        .size = spec->blob_bytes,
    };
    enum vgpu_status status = vgpu_check_new_blob(dev, &request, &a);

    if (status != VGPU_OK) {
        return status;
    }
    return vgpu_make_blob(dev, &request, &a, &restore->resource);
}

static enum vgpu_status make_image(struct vgpu_device *dev,
                                   struct vgpu_restore *restore, char *reason)
{
    const struct vgpu_restore_spec *spec = &restore->spec;
    struct vgpu_request request = stand_in(dev, VGPU_CMD_RESOURCE_CREATE_2D,
                                           spec->features, reason);
    struct vgpu_resource_create_2d a = {
        .resource_id = spec->id,
        .format = spec->format,
        .width = spec->width,
        .height = spec->height,
    };
    enum vgpu_status status = vgpu_make_image(dev, &request, &a,
                                              &restore->resource);
    struct vgpu_image *image;

    if (status == VGPU_OK) {
        image = &restore->resource->image;
        restore->pixels =
            dev->env.renderer_ops->image_pixels(dev->renderer,
                                                restore->resource);
        restore->pixel_bytes = (uint64_t)image->stride * image->height;
    }
    return status;
}

enum vgpu_status vgpu_restore_begin(struct vgpu_device *dev,
                                    const struct vgpu_restore_spec *spec,
                                    struct vgpu_restore *restore,
                                    char reason[VGPU_REASON_BYTES])
{
    uint64_t list = (uint64_t)spec->num_entries * VGPU_WIRE_MEM_ENTRY_BYTES;
    enum vgpu_status status;

    *restore = (struct vgpu_restore) { .spec = *spec };
    status = spec->kind == VGPU_RESOURCE_IMAGE
             ? make_image(dev, restore, reason)
             : make_blob(dev, restore, reason);
    dev->reason = NULL;
    if (status != VGPU_OK || !list) {
        return status;
    }
    restore->entries = vgpu_budget_alloc(dev->budget, list);
    if (!restore->entries) {
        snprintf(reason, VGPU_REASON_BYTES, "%u entries pass max_hostmem",
                 spec->num_entries);
        vgpu_restore_abandon(dev, restore);
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    return VGPU_OK;
}

static enum vgpu_status attach(struct vgpu_device *dev,
                               struct vgpu_restore *restore, char *reason)
{
    struct vgpu_request request =
        stand_in(dev, VGPU_CMD_RESOURCE_ATTACH_BACKING, 0, reason);
    struct vgpu_entry_list list = {
        .count = restore->spec.num_entries,
        .min_bytes = restore->spec.blob_bytes,
        .takes_devices = restore->spec.kind == VGPU_RESOURCE_GUEST_BLOB,
    };

    request.tail = restore->entries;
    request.tail_state = VGPU_TAIL_COPIED;
    return vgpu_make_backing(dev, &request, &list,
                             &restore->resource->backing);
}

enum vgpu_status vgpu_restore_finish(struct vgpu_device *dev,
                                     struct vgpu_restore *restore,
                                     char reason[VGPU_REASON_BYTES])
{
    struct vgpu_request request =
        stand_in(dev, VGPU_CMD_RESOURCE_CREATE_2D, 0, reason);
    enum vgpu_status status = vgpu_check_new_id(dev, &request,
                                                restore->spec.id);

    if (status == VGPU_OK && restore->entries) {
        status = attach(dev, restore, reason);
    }
    dev->reason = NULL;
    if (status == VGPU_OK) {
        vgpu_share_early(restore->resource);
        vgpu_resource_insert(dev, restore->resource);
        restore->resource = NULL;
    }
    vgpu_restore_abandon(dev, restore);
    return status;
}

void vgpu_restore_abandon(struct vgpu_device *dev,
                          struct vgpu_restore *restore)
{
    vgpu_budget_free(dev->budget, restore->entries);
    restore->entries = NULL;
    if (restore->resource) {
        vgpu_resource_destroy(dev, restore->resource);
        restore->resource = NULL;
    }
}

bool vgpu_restore_uuid(struct vgpu_device *dev, uint32_t resource_id,
                       const uint8_t uuid[16])
{
    struct vgpu_resource *resource = vgpu_resource_find(dev, resource_id);

    if (!resource) {
        return false;
    }
    memcpy(resource->uuid, uuid, sizeof(resource->uuid));
    resource->has_uuid = true;
    return true;
}

static enum vgpu_status show_blob(struct vgpu_device *dev, uint32_t id,
                                  const struct vgpu_saved_scanout *saved,
                                  char *reason)
{
    struct vgpu_request request = stand_in(dev, VGPU_CMD_SET_SCANOUT_BLOB, 0,
                                           reason);

    request.args.set_scanout_blob = (struct vgpu_set_scanout_blob) {
        .rect = saved->rect,
        .scanout_id = id,
        .resource_id = saved->resource_id,
        .width = saved->layout.width,
        .height = saved->layout.height,
        .format = saved->layout.format,
        .stride = saved->layout.stride,
        .offset = saved->layout.offset,
    };
    return cmd_set_scanout_blob(dev, &request, &request.args);
}

static enum vgpu_status show_image(struct vgpu_device *dev, uint32_t id,
                                   const struct vgpu_saved_scanout *saved,
                                   char *reason)
{
    struct vgpu_request request = stand_in(dev, VGPU_CMD_SET_SCANOUT, 0,
                                           reason);

    request.args.set_scanout = (struct vgpu_set_scanout) {
        .rect = saved->rect,
        .scanout_id = id,
        .resource_id = saved->resource_id,
    };
    return cmd_set_scanout(dev, &request, &request.args);
}

static enum vgpu_status show(struct vgpu_device *dev, uint32_t id,
                             const struct vgpu_saved_scanout *saved,
                             char *reason)
{
    struct vgpu_resource *resource = vgpu_resource_find(dev,
                                                        saved->resource_id);
    enum vgpu_status status;

    status = vgpu_snapshot_is_blob(dev, saved->resource_id)
             ? show_blob(dev, id, saved, reason)
             : show_image(dev, id, saved, reason);
    if (status != VGPU_OK || !saved->resource_id) {
        return status;
    }
    /* A picture that cannot be read now is offered with the next flush. */
    (void)!vgpu_scanout_flush(dev, resource, &saved->rect);
    return VGPU_OK;
}

static void update_cursor(struct vgpu_device *dev, uint32_t id,
                          const struct vgpu_saved_cursor *cursor, char *reason)
{
    struct vgpu_request request = stand_in(dev, VGPU_CMD_UPDATE_CURSOR, 0,
                                           reason);

    request.args.cursor = (struct vgpu_cursor_request) {
        .scanout_id = id,
        .resource_id = cursor->resource_id,
        .hot_x = cursor->hot_x,
        .hot_y = cursor->hot_y,
    };
    if (cursor->resource_id &&
        cmd_update_cursor(dev, &request, &request.args) == VGPU_OK) {
        return;
    }
    dev->env.display_ops->cursor(dev->env.display, id, NULL);
}

enum vgpu_status vgpu_restore_scanout(struct vgpu_device *dev, uint32_t id,
                                      const struct vgpu_saved_scanout *saved,
                                      char reason[VGPU_REASON_BYTES])
{
    enum vgpu_status status = show(dev, id, saved, reason);

    if (status == VGPU_OK) {
        char unused[VGPU_REASON_BYTES];

        update_cursor(dev, id, &saved->cursor, unused);
    }
    dev->reason = NULL;
    return status;
}
