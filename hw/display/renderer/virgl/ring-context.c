/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "ring-context.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "../../platform/memory-file.h"
#include "../../platform/render-server.h"
#include "../../platform/socket-ends.h"
#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "virgl-compat.h"

/*
 * What a process of Venus has to itself when it draws a small scene is 19 MB on
 * lavapipe of Mesa 25.0; how much it may take is the server's to limit, and what
 * a native context takes on the GPU its kernel driver's.
 */
#define CONTEXT_BYTES (32ull << 20)

/*
 * Descriptors of this process: a context's are its socket, which we have as well,
 * and those of its fences; each memory has its file's.
 */
#define CONTEXT_FILES 4
#define MEMORY_FILES  1

/* Looked at in one turn. */
#define MAX_ENDS 16

/* What stands in vgpu_context.rendering. */
struct ring_context {
    struct vgpu_context *context;
    bool is_lost;
    int socket;                 /* to its process, or -1; for its end */
    uint64_t newest[VGPU_MAX_RINGS];    /* token of each ring's; 0: none */
};

/* What stands in vgpu_memory.storage. */
struct ring_memory {
    uint8_t *data;              /* NULL: not mapped */
};

/* NULL where native contexts are all there is. */
static struct vgpu_render_server *server_of(struct virgl_renderer *renderer)
{
    return vgpu_virgl_library_server(renderer->library);
}

static bool is_in_server(const struct vgpu_context *context)
{
    return context->capset_id == VGPU_CAPSET_VENUS;
}

static void enter(struct virgl_renderer *renderer)
{
    if (server_of(renderer)) {
        vgpu_render_server_enter(server_of(renderer));
    }
}

static void leave(struct virgl_renderer *renderer)
{
    if (server_of(renderer)) {
        vgpu_render_server_leave(server_of(renderer));
    }
}

void virgl_ring_contexts_init(struct virgl_renderer *renderer)
{
    renderer->poll_fd =
        server_of(renderer)
        ? vgpu_socket_ends_open(virgl_renderer_get_poll_fd()) : -1;
}

void virgl_ring_contexts_finish(struct virgl_renderer *renderer)
{
    if (renderer->poll_fd >= 0) {
        close(renderer->poll_fd);
    }
}

static void unwatch(struct virgl_renderer *renderer,
                    struct ring_context *rings)
{
    if (rings->socket >= 0) {
        vgpu_socket_ends_remove(renderer->poll_fd, rings->socket);
        close(rings->socket);
        rings->socket = -1;
    }
}

/* Half of those there may be (ulimit -n) are left to the rest of QEMU. */
static bool take_files(struct virgl_renderer *renderer, unsigned count)
{
    long limit = sysconf(_SC_OPEN_MAX);

    if (limit >= 0 && renderer->num_files + count > (uint64_t)limit / 2) {
        return false;
    }
    renderer->num_files += count;
    return true;
}

static void give_files(struct virgl_renderer *renderer, unsigned count)
{
    renderer->num_files -= count;
}

static int create_context(const struct vgpu_context *context)
{
    return virgl_renderer_context_create_with_flags(context->id,
                                                    context->capset_id,
                                                    strlen(context->name),
                                                    context->name);
}

enum vgpu_status virgl_ring_context_create(struct virgl_renderer *renderer,
                                           struct vgpu_context *context)
{
    struct ring_context *rings;
    int ret, socket;

    if (!take_files(renderer, CONTEXT_FILES)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (!vgpu_budget_charge_hosted(renderer->budget, CONTEXT_BYTES)) {
        give_files(renderer, CONTEXT_FILES);
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    enter(renderer);
    ret = create_context(context);
    leave(renderer);
    socket = is_in_server(context)
             ? vgpu_render_server_take_socket(server_of(renderer)) : -1;
    if (ret) {
        if (socket >= 0) {
            close(socket);
        }
        vgpu_budget_release_hosted(renderer->budget, CONTEXT_BYTES);
        give_files(renderer, CONTEXT_FILES);
        return VGPU_ERR_UNSPEC;
    }
    context->has_rings = true;
    context->makes_memory = true;
    rings = context->rendering = g_new0(struct ring_context, 1);
    rings->context = context;
    rings->socket = socket;
    if (socket >= 0) {
        vgpu_socket_ends_add(renderer->poll_fd, socket, rings);
    }
    return VGPU_OK;
}

static void end_in_library(struct virgl_renderer *renderer,
                           const struct vgpu_context *context)
{
    unwatch(renderer, context->rendering);
    enter(renderer);
    virgl_renderer_context_destroy(context->id);
    leave(renderer);
}

/* Behind its end: nobody else does. */
static void report_fences(struct virgl_renderer *renderer,
                          const struct ring_context *rings, bool lost)
{
    for (unsigned ring = 0; ring < VGPU_MAX_RINGS; ring++) {
        if (rings->newest[ring]) {
            renderer->host.fence_done(renderer->host.opaque,
                                      rings->newest[ring], lost);
        }
    }
}

/*
 * The library's thread for the context would go round and round at the end of
 * the socket.
 */
static void lose(struct virgl_renderer *renderer,
                 const struct vgpu_context *context)
{
    struct ring_context *rings = context->rendering;

    rings->is_lost = true;
    end_in_library(renderer, context);
    report_fences(renderer, rings, true);
}

/* What the guest's driver asked of the kernel may be wrong, and the next right. */
static enum vgpu_status failed(struct virgl_renderer *renderer,
                               const struct vgpu_context *context)
{
    if (is_in_server(context)) {
        lose(renderer, context);
    }
    return VGPU_ERR_UNSPEC;
}

void virgl_ring_contexts_poll(struct virgl_renderer *renderer)
{
    void *ended[MAX_ENDS];
    unsigned count = renderer->poll_fd >= 0
                     ? vgpu_socket_ends_find(renderer->poll_fd, ended, MAX_ENDS)
                     : 0;

    for (unsigned i = 0; i < count; i++) {
        lose(renderer, ((struct ring_context *)ended[i])->context);
    }
}

static bool is_lost(const struct vgpu_context *context)
{
    return ((const struct ring_context *)context->rendering)->is_lost;
}

void virgl_ring_context_destroy(struct virgl_renderer *renderer,
                                struct vgpu_context *context)
{
    if (!is_lost(context)) {
        end_in_library(renderer, context);
        report_fences(renderer, context->rendering, false);
    }
    g_free(context->rendering);
    vgpu_budget_release_hosted(renderer->budget, CONTEXT_BYTES);
    give_files(renderer, CONTEXT_FILES);
}

void virgl_ring_context_attach(struct virgl_renderer *renderer,
                               const struct vgpu_context *context,
                               const struct vgpu_resource *resource)
{
    /* What is the guest's, or pixman's, Vulkan could not use. */
    if (resource->hosted && !is_lost(context)) {
        enter(renderer);
        virgl_renderer_ctx_attach_resource((int)context->id,
                                           (int)resource->id);
        leave(renderer);
    }
}

void virgl_ring_context_detach(struct virgl_renderer *renderer,
                               const struct vgpu_context *context,
                               const struct vgpu_resource *resource)
{
    if (resource->hosted && !is_lost(context)) {
        enter(renderer);
        virgl_renderer_ctx_detach_resource((int)context->id,
                                           (int)resource->id);
        leave(renderer);
    }
}

enum vgpu_status virgl_ring_context_submit(struct virgl_renderer *renderer,
                                           struct vgpu_context *context,
                                           uint8_t *stream, uint64_t bytes)
{
    int ret;

    if (is_lost(context)) {
        return VGPU_ERR_UNSPEC;
    }
    if (is_in_server(context) &&
        bytes > vgpu_render_server_max_message(server_of(renderer))) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    renderer->host.writes_no_more(renderer->host.opaque);
    enter(renderer);
    ret = virgl_renderer_submit_cmd(stream, (int)context->id,
                                    (int)(bytes / sizeof(uint32_t)));
    leave(renderer);
    return ret ? failed(renderer, context) : VGPU_OK;
}

enum vgpu_status virgl_ring_context_fence(struct virgl_renderer *renderer,
                                          struct vgpu_context *context,
                                          uint32_t ring, uint64_t token)
{
    struct ring_context *rings = context->rendering;
    int ret;

    if (rings->is_lost) {
        return VGPU_ERR_UNSPEC;
    }
    enter(renderer);
    ret = virgl_renderer_context_create_fence(context->id, 0, ring, token);
    leave(renderer);
    if (ret) {
        return failed(renderer, context);
    }
    rings->newest[ring] = token;
    return VGPU_OK;
}

enum vgpu_status virgl_ring_context_blob(struct virgl_renderer *renderer,
                                         struct vgpu_context *context,
                                         struct vgpu_resource *resource,
                                         uint64_t blob_id)
{
    bool done;

    if (is_lost(context)) {
        return VGPU_ERR_UNSPEC;
    }
    if (!take_files(renderer, MEMORY_FILES)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    enter(renderer);
    done = virgl_take_object(context, resource, blob_id);
    leave(renderer);
    if (!done) {
        give_files(renderer, MEMORY_FILES);
        return VGPU_ERR_UNSPEC;
    }
    resource->memory.storage = g_new0(struct ring_memory, 1);
    resource->hosted = true;
    return VGPU_OK;
}

/*
 * We map ourselves, once the file cannot get shorter: the server's processes have
 * what a guest sends, and what they say of it the library would believe; 0.10.4
 * also ends with an assertion when it is to unmap some.  A file that only its
 * driver understands is not mapped, unless the layer made it.
 */
static void map(const struct vgpu_resource *resource,
                struct ring_memory *memory)
{
    uint64_t bytes = resource->host_blob.size;
    uint32_t type;
    int file;

    if (virgl_renderer_resource_export_blob(resource->id, &type, &file)) {
        return;
    }
    if (vgpu_memory_file_keeps(file, bytes) &&
        (type != VIRGL_RENDERER_BLOB_FD_TYPE_OPAQUE ||
         vgpu_memory_file_is_ours(file))) {
        memory->data = vgpu_memory_file_map(file, bytes);
    }
    close(file);
}

/* It is mapped when somebody wants to see it. */
uint8_t *virgl_memory_data(const struct vgpu_resource *resource)
{
    struct ring_memory *memory = resource->memory.storage;

    if (!memory->data) {
        map(resource, memory);
    }
    return memory->data;
}

void virgl_memory_destroy(struct virgl_renderer *renderer,
                          struct vgpu_resource *resource)
{
    struct ring_memory *memory = resource->memory.storage;

    if (memory->data) {
        vgpu_memory_file_unmap(memory->data, resource->host_blob.size);
    }
    g_free(memory);
    give_files(renderer, MEMORY_FILES);
    enter(renderer);
    virgl_renderer_resource_unref(resource->id);
    leave(renderer);
    resource->hosted = false;
}
