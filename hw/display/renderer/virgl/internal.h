/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the files of this renderer share.  Device thread only.
 *
 * A resource is hosted when the library has it: a texture always is, an image
 * from the moment that it is attached to a context, a guest blob likewise.  An
 * image that no context ever sees stays with the pixman renderer, which shows
 * and saves it without OpenGL.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_INTERNAL_H
#define HW_DISPLAY_RENDERER_VIRGL_INTERNAL_H

#include <stdint.h>

#include "hw/virtio/vgpu/renderer.h"
#include "library.h"
#include "pins.h"
#include "readback.h"

struct virgl_renderer {
    struct vgpu_budget *budget;
    struct vgpu_renderer_host host;
    struct vgpu_virgl_library *library;
    void *pixman;               /* an instance of vgpu_pixman_ops */
    struct vgpu_virgl_pins *pins;
    uint32_t capsets[4];        /* ids, in the order of the guest's indices */
    uint32_t num_capsets;
    uint32_t formats[3][16];    /* bit n: format n; see formats.c */
    struct vgpu_readback readback;
    bool zeroes;                /* new memory; see texels.h */
    int poll_fd;                /* of all there is to poll for; -1: no Venus */
    uint64_t num_files;         /* of contexts with rings; see ring-context.c */
    uint32_t num_contexts;
    uint32_t num_untrimmed;     /* ended since memory last went back */
};

/* --- resources.c ------------------------------------------------------ */

/*
 * The library has @resource from now on, with what it holds; nothing to do
 * when it does.  VGPU_ERR_OUT_OF_MEMORY or VGPU_ERR_UNSPEC, and nothing changed.
 */
enum vgpu_status virgl_host(struct virgl_renderer *renderer,
                            struct vgpu_resource *resource)
    __attribute__((warn_unused_result));

enum vgpu_status virgl_image_create(void *opaque,
                                    struct vgpu_resource *resource);
void virgl_image_destroy(void *opaque, struct vgpu_resource *resource);
uint8_t *virgl_image_pixels(void *opaque, struct vgpu_resource *resource);
enum vgpu_status virgl_texture_create(void *opaque,
                                      struct vgpu_resource *resource);
void virgl_resource_destroy(void *opaque, struct vgpu_resource *resource);
enum vgpu_status virgl_backing_attached(void *opaque,
                                        struct vgpu_resource *resource);
void virgl_backing_detached(void *opaque, struct vgpu_resource *resource);

/*
 * The library has made @resource, of @shape, and it is zeroed where that is wanted.
 * VGPU_ERR_UNSPEC if OpenGL has not, or VGPU_ERR_OUT_OF_MEMORY: then the library
 * has it no more.
 */
enum vgpu_status virgl_made(struct virgl_renderer *renderer,
                            struct vgpu_resource *resource,
                            const struct vgpu_texture *shape)
    __attribute__((warn_unused_result));

/*
 * R8_UNORM: a buffer is so many bytes, of which the library would make texels
 * of any format that it is told.
 */
#define VIRGL_BYTE_FORMAT 64

/* --- blobs.c ---------------------------------------------------------- */

/* Buffers that the stream makes are of that format, whatever it says. */
void virgl_tame_objects(uint8_t *stream, uint64_t bytes);

bool virgl_blob_shape(void *opaque, const struct vgpu_context *context,
                      uint64_t blob_id, struct vgpu_texture *shape);
enum vgpu_status virgl_blob_create(void *opaque, struct vgpu_context *context,
                                   struct vgpu_resource *resource,
                                   uint64_t blob_id);
enum vgpu_status virgl_blob_map(void *opaque, struct vgpu_resource *resource,
                                struct vgpu_host_memory *memory);
void virgl_blob_unmap(void *opaque, struct vgpu_resource *resource);
bool virgl_memory_is_readable(void *opaque,
                              const struct vgpu_resource *resource);

/* The library has what @context calls @blob_id as @resource from now on. */
bool virgl_take_object(const struct vgpu_context *context,
                       const struct vgpu_resource *resource, uint64_t blob_id);

/* --- transfers.c ------------------------------------------------------ */

enum vgpu_status virgl_transfer(void *opaque, struct vgpu_context *context,
                                struct vgpu_resource *resource,
                                const struct vgpu_transfer_3d *transfer,
                                enum vgpu_transfer_direction direction);
enum vgpu_status virgl_transfer_2d(void *opaque,
                                   struct vgpu_resource *resource,
                                   const struct vgpu_rect *rect,
                                   uint64_t offset);

/*
 * Streams may have written all of the memory of @resource, or of what is
 * attached to @context: whoever watches guest memory is to know.
 */
void virgl_wrote(const struct vgpu_resource *resource);
void virgl_streams_wrote(const struct vgpu_context *context);

/* --- pixels.c --------------------------------------------------------- */

void virgl_prepare_pixels(void *opaque, const struct vgpu_resource *resource,
                          const struct vgpu_layout *layout,
                          const struct vgpu_rect *rect);
enum vgpu_status virgl_read_pixels(void *opaque,
                                   const struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_rect *rect,
                                   const struct vgpu_pixels *dest);
bool virgl_peek_pixels(void *opaque, const struct vgpu_resource *resource,
                       const struct vgpu_layout *layout,
                       const struct vgpu_rect *rect,
                       struct vgpu_const_pixels *pixels);
struct vgpu_frame *virgl_picture(void *renderer,
                                 struct vgpu_resource *resource,
                                 const struct vgpu_layout *layout);
enum vgpu_status virgl_read_cursor(void *opaque,
                                   const struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_pixels *dest);

/* --- share.c ---------------------------------------------------------- */

bool virgl_share_pixels(void *opaque, const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        struct vgpu_dmabuf *shape);
void virgl_flush_shared(void *opaque);

/* --- formats.c -------------------------------------------------------- */

/* Reads what the library can do with which format. */
void virgl_formats_init(struct virgl_renderer *renderer);
const char *virgl_texture_complaint(void *opaque,
                                    const struct vgpu_texture *texture);

#endif
