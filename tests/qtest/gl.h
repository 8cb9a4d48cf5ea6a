/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The driver's half of 3D: contexts, textures with their backing, transfers,
 * command streams.  What returns nothing must succeed; what returns a status
 * is the test's to judge.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_GL_H
#define TESTS_QTEST_GL_H

#include "gpu.h"
#include "virgl-stream.h"

/*
 * Starts QEMU with "-device virtio-gpu-gl-pci,id=gpu,context-init=on" and
 * @properties, which begin with a comma, and the driver with @options (NULL:
 * defaults).  With @displays: on QEMU's D-Bus display, see display.h.  The
 * environment's QTEST_GL_ROUTE (",renderer=gpu") stands in front of @properties.
 */
struct gpu *gl_boot(const char *properties, bool displays,
                    const struct gpu_options *options);

/*
 * The same without displays, with the driver's defaults, on a QEMU that further
 * cases with the same properties use again, after a reset.
 */
struct gpu *gl_boot_kept(const char *properties);

/*
 * Before harness_init(): QEMU has the library that environment variable @variable
 * names preloaded from then on, beside others.
 */
void gl_preload(const char *variable);

/* A device with 3D tells on standard error what renders; see guest.h. */
void gl_expect_noise(struct guest *guest);

struct gl_texture {
    uint32_t id;
    uint32_t target;            /* 0 with a height: VIRGL_2D */
    uint32_t format;            /* 0: B8G8R8A8 */
    uint32_t bind;              /* 0: to be rendered to, and sampled */
    uint32_t width, height;     /* texels; bytes x 0 is a buffer */
    uint32_t depth, array_size; /* 0: 1 */
    uint32_t last_level;
    uint32_t nr_samples;
    uint32_t flags;
    uint32_t backing_bytes;     /* 0: one layer of its level 0 at 4 bytes */
    bool bare;                  /* without backing */

    /* Set by gl_create(). */
    struct gpu *gpu;
    uint64_t backing;
};

/* CREATE_3D, and ATTACH_BACKING with zeroed RAM. */
void gl_create(struct gl_texture *texture, struct gpu *gpu);

/* What gl_create() would send. */
struct wire_create_3d gl_create_request(const struct gl_texture *texture);
uint32_t gl_try_create(struct gpu *gpu, const struct gl_texture *texture);

/* Its backing, as this process sees it. */
void *gl_memory(const struct gl_texture *texture);

void gl_create_context(struct gpu *gpu, uint32_t context, const char *name);
void gl_destroy_context(struct gpu *gpu, uint32_t context);
uint32_t gl_try_create_context(struct gpu *gpu, uint32_t context,
                               const char *name);
void gl_attach(struct gpu *gpu, uint32_t context, uint32_t resource);
void gl_detach(struct gpu *gpu, uint32_t context, uint32_t resource);

/* Any request that has a context and a resource. */
uint32_t gl_context_command(struct gpu *gpu, uint32_t type, uint32_t context,
                            uint32_t resource);

/*
 * A box of level 0 between the texture and its backing, there at the same
 * place.  @box NULL: all of it.
 */
void gl_to_host(const struct gl_texture *texture, const struct wire_box *box);
void gl_from_host(const struct gl_texture *texture,
                  const struct wire_box *box);

/* Any transfer; fields of @transfer that are 0 are sent so. */
uint32_t gl_transfer(struct gpu *gpu, uint32_t type, uint32_t context,
                     const struct wire_transfer_3d *transfer);

/* SUBMIT_3D without a fence; the status. */
uint32_t gl_submit(struct gpu *gpu, uint32_t context,
                   const struct virgl_stream *stream);

/* The same with a fence, id 1, which must come with it. */
uint32_t gl_submit_fenced(struct gpu *gpu, uint32_t context,
                          const struct virgl_stream *stream);

/* The request, to be freed; @bytes of it. */
struct wire_submit *gl_submit_request(uint32_t context,
                                      const struct virgl_stream *stream,
                                      uint32_t *bytes);

#endif
