/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A renderer: operations on resources whose arguments are decoded and
 * checked.
 *
 * It never sees a wire structure, never answers, and may rely on geometry
 * being inside the resource.  One instance serves one device and lives as
 * long as it; all calls come on the device thread, creation among them.
 */
#ifndef HW_VIRTIO_VGPU_RENDERER_H
#define HW_VIRTIO_VGPU_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_backing;
struct vgpu_budget;
struct vgpu_context;
struct vgpu_dmabuf;
struct vgpu_frame;
struct vgpu_frame_ops;
struct vgpu_resource;
struct vgpu_texture;

/* How the bytes of a resource form the picture that a scanout shows. */
struct vgpu_layout {
    uint32_t format;            /* enum vgpu_format */
    uint32_t width;             /* px */
    uint32_t height;            /* px */
    uint32_t stride;            /* bytes */
    uint64_t offset;            /* bytes to the first pixel */
};

/* Pixels of the host's own, always x8r8g8b8 in host order. */
struct vgpu_pixels {
    uint8_t *data;              /* where the rectangle's first pixel goes */
    uint32_t stride;            /* bytes */
};

/* The same, only to be looked at. */
struct vgpu_const_pixels {
    const uint8_t *data;
    uint32_t stride;            /* bytes */
};

/* What a renderer asks of whoever runs the device. */
struct vgpu_renderer_host {
    /*
     * The work behind fence @token is done, or lost.  The host passes it on
     * to vgpu_device_retire_fence().  Any thread; must not block.
     */
    void (*fence_done)(void *opaque, uint64_t token, bool lost);

    /*
     * A library complains about what the guest sent it: one line, which the
     * host counts and logs at a limited rate.  Any thread.
     */
    void (*complain)(void *opaque, const char *text);

    /*
     * Something on the host is not as it should be, once: one sentence for
     * whoever runs it.  Any thread.
     */
    void (*warn)(void *opaque, const char *text);

    /*
     * What the command in execution, or poll(), still does writes no guest
     * memory: whoever stops the guest need not wait for its end.  Device thread.
     */
    void (*writes_no_more)(void *opaque);

    /* So many bytes of pixels came back from a GPU or its stand-in. */
    void (*pixels_read)(void *opaque, uint64_t bytes);
    void *opaque;
};

/* What a renderer is made of. */
struct vgpu_renderer_config {
    struct vgpu_budget *budget;
    struct vgpu_renderer_host host;     /* of those with 3D */
    const struct vgpu_frame_ops *frame_ops; /* NULL: images are in no frames */
    void *frames;               /* opaque of frame_ops */
    const void *options;                /* the renderer's own, or NULL */
};

/* A set of capabilities (virtio 1.3, 5.7.6.8, GET_CAPSET_INFO). */
struct vgpu_capset {
    uint32_t id;                /* 1 to VGPU_MAX_CAPSET_ID */
    uint32_t max_version;
    uint32_t max_bytes;
};

/* Memory of this process that a guest may see. */
struct vgpu_host_memory {
    void *data;                 /* page-aligned */
    enum vgpu_map_info info;    /* how both sides are to cache it */
};

enum vgpu_transfer_direction {
    VGPU_TRANSFER_TO_HOST,
    VGPU_TRANSFER_FROM_HOST,
};

/*
 * Contexts, textures and command streams.  Arguments are checked against the
 * device's tables and against the texture's shape; what only the renderer
 * knows is its own to check.  Unless said otherwise a failure is VGPU_ERR_UNSPEC
 * and changed nothing.
 */
struct vgpu_renderer_3d_ops {
    /* Fixed from create on. */
    uint32_t (*num_capsets)(void *renderer);
    struct vgpu_capset (*capset)(void *renderer, uint32_t index);

    /* Writes max_bytes of the set at @index; @version is at most max_version. */
    enum vgpu_status (*read_capset)(void *renderer, uint32_t index,
                                    uint32_t version, uint8_t *data);

    /* VGPU_ERR_OUT_OF_MEMORY when the budget has no room. */
    enum vgpu_status (*context_create)(void *renderer,
                                       struct vgpu_context *context);

    /* Work under way may go on; nothing is attached any more. */
    void (*context_destroy)(void *renderer, struct vgpu_context *context);

    /* Streams of @context may name the resource, or no longer. */
    enum vgpu_status (*context_attach)(void *renderer,
                                       struct vgpu_context *context,
                                       struct vgpu_resource *resource);
    void (*context_detach)(void *renderer, struct vgpu_context *context,
                           struct vgpu_resource *resource);

    /*
     * NULL when the renderer can make such a texture, else what it cannot,
     * for a message.
     */
    const char *(*texture_complaint)(void *renderer,
                                     const struct vgpu_texture *texture);

    /*
     * Gives a texture, whose shape is set and whose bytes are charged, its
     * storage.  Texels read as zero.
     */
    enum vgpu_status (*texture_create)(void *renderer,
                                       struct vgpu_resource *resource);

    /*
     * Whether @context, which makes no memory, made an object @blob_id that is
     * nobody's yet, and its shape with the bytes that are charged for it (virtio
     * 1.3, 5.7.6.8, CREATE_BLOB).
     */
    bool (*blob_shape)(void *renderer, const struct vgpu_context *context,
                       uint64_t blob_id, struct vgpu_texture *shape);

    /*
     * That object becomes the texture @resource, whose fields are set, and its
     * charge with it; or the context's memory of that name, @resource, of which
     * only the context knows how much there is.
     */
    enum vgpu_status (*blob_create)(void *renderer,
                                    struct vgpu_context *context,
                                    struct vgpu_resource *resource,
                                    uint64_t blob_id);

    /*
     * The memory of a host blob, host_blob.size bytes in whole pages, where it
     * stays until blob_unmap().
     */
    enum vgpu_status (*blob_map)(void *renderer,
                                 struct vgpu_resource *resource,
                                 struct vgpu_host_memory *memory);
    void (*blob_unmap)(void *renderer, struct vgpu_resource *resource);

    /* Whether memory without a shape has bytes that read_pixels() can reach. */
    bool (*memory_is_readable)(void *renderer,
                               const struct vgpu_resource *resource);

    /*
     * Ends what the renderer holds of a resource of any kind; its scanouts,
     * contexts and backing are gone already.
     */
    void (*resource_destroy)(void *renderer, struct vgpu_resource *resource);

    /*
     * resource->backing is there now; or it goes when this returns, and guest
     * memory is not touched from then on.
     */
    enum vgpu_status (*backing_attached)(void *renderer,
                                         struct vgpu_resource *resource);
    void (*backing_detached)(void *renderer, struct vgpu_resource *resource);

    /*
     * The picture @layout of a resource that is no guest blob as a dma-buf, in
     * which what is rendered later is seen as well.  Fills in what of @shape is
     * zero, with descriptors of the caller's.  False when it is no such memory,
     * or is one whose format or modifier is not known for sure: it is read then.
     * NULL: there is none.
     */
    bool (*share_pixels)(void *renderer, const struct vgpu_resource *resource,
                         const struct vgpu_layout *layout,
                         struct vgpu_dmabuf *shape);

    /*
     * What was submitted so far reaches what pictures are shared of without
     * anybody reading it: dma-bufs themselves say when that is done.
     */
    void (*flush_shared)(void *renderer);

    /*
     * Copies a box that fits between a texture, or an image, and its backing.
     * @context is NULL for a transfer of no context.  Done when it returns.
     */
    enum vgpu_status (*transfer)(void *renderer, struct vgpu_context *context,
                                 struct vgpu_resource *resource,
                                 const struct vgpu_transfer_3d *transfer,
                                 enum vgpu_transfer_direction direction);

    /*
     * Whether a stream of that length can be one: VGPU_OK, or
     * VGPU_ERR_PARAMETER.
     */
    enum vgpu_status (*check_stream)(void *renderer,
                                     const struct vgpu_context *context,
                                     uint64_t bytes);

    /*
     * Takes a stream, aligned to 8 bytes; @bytes 0 is fine.  Its effects on
     * objects are there when this returns, its pixels when a fence says so.
     * VGPU_ERR_OUT_OF_MEMORY when the budget has no room for what it makes.
     */
    enum vgpu_status (*submit)(void *renderer, struct vgpu_context *context,
                               uint8_t *stream, uint64_t bytes);

    /*
     * Calls fence_done(@token) once what was submitted to @context up to now,
     * or where it has rings to that of number @ring, is done.  Tokens grow.
     * Fences of one context, or ring, are done in order.
     */
    enum vgpu_status (*fence)(void *renderer, struct vgpu_context *context,
                              uint32_t ring, uint64_t token);

    /*
     * A descriptor that is readable when poll() has something to do, or -1.
     * poll() may write guest memory.
     */
    int (*poll_fd)(void *renderer);
    void (*poll)(void *renderer);
};

struct vgpu_renderer_ops {
    const char *name;

    /* NULL: 2D only. */
    const struct vgpu_renderer_3d_ops *ops_3d;

    /*
     * An instance.  NULL when there can be none, with the cause and what helps
     * in *@error, to be freed with g_free().
     */
    void *(*create)(const struct vgpu_renderer_config *config, char **error);
    void (*destroy)(void *renderer);

    /*
     * Gives @resource->image, whose fields are set, its storage.  The pixels
     * read as zero.  Returns VGPU_OK or VGPU_ERR_OUT_OF_MEMORY.
     */
    enum vgpu_status (*image_create)(void *renderer,
                                     struct vgpu_resource *resource);
    void (*image_destroy)(void *renderer, struct vgpu_resource *resource);

    /*
     * The pixels of an image as the guest's format has them, image.stride
     * times image.height bytes: to be saved, or filled before first use.  NULL
     * when they cannot be had.  No context exists.
     */
    uint8_t *(*image_pixels)(void *renderer, struct vgpu_resource *resource);

    /*
     * Copies @rect of an image from its backing, where the first pixel of
     * the rectangle is @offset bytes in and lines are image.stride apart.
     * The range was checked.  VGPU_ERR_UNSPEC when guest memory went away.
     */
    enum vgpu_status (*transfer_to_host)(void *renderer,
                                         struct vgpu_resource *resource,
                                         const struct vgpu_rect *rect,
                                         uint64_t offset);

    /*
     * @rect is about to be peeked at, and parts of it read, before the next
     * command: a renderer whose pixels are far away fetches all of it at once.
     * NULL where nothing is gained.
     */
    void (*prepare_pixels)(void *renderer,
                           const struct vgpu_resource *resource,
                           const struct vgpu_layout *layout,
                           const struct vgpu_rect *rect);

    /*
     * Reads @rect, in pixels of @layout and inside it, as opaque colour.
     * VGPU_ERR_UNSPEC when there is nothing to read (a blob whose memory was
     * detached or went away).
     */
    enum vgpu_status (*read_pixels)(void *renderer,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_rect *rect,
                                    const struct vgpu_pixels *dest);

    /*
     * Tells where @rect lies in memory, if it already has the format of
     * struct vgpu_pixels; see vgpu_view_peek().  False is always right.
     */
    bool (*peek_pixels)(void *renderer, const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        const struct vgpu_rect *rect,
                        struct vgpu_const_pixels *pixels);

    /*
     * A reference to the frame that holds @layout of an image, and nothing but
     * what one transfer brought, as it is shown by a guest that draws whole
     * pictures.  NULL: there is none, it is read.  The renderer draws in another
     * while there are others' references.  NULL as a whole: there never is one.
     */
    struct vgpu_frame *(*picture)(void *renderer,
                                  struct vgpu_resource *resource,
                                  const struct vgpu_layout *layout);

    /*
     * Reads all of the picture with alpha into @dest, a8r8g8b8 in host order.
     * Errors as read_pixels().
     */
    enum vgpu_status (*read_cursor)(void *renderer,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_pixels *dest);
};

/* 2D with pixman, in the memory of this process. */
extern const struct vgpu_renderer_ops vgpu_pixman_ops;

#endif
