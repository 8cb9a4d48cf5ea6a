/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Native contexts, on a fake of the library: no machine with a GPU whose driver
 * the library has was there.  No render server takes part, and whoever calls it
 * does not find it when linking.
 */
#include "renderer/virgl/ring-context.h"

#include <fcntl.h>
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/resource.h"
#include "platform/memory-file.h"
#include "platform/render-server.h"
#include "platform/socket-ends.h"
#include "renderer/virgl/virgl-compat.h"

#define ID 5
#define MEMORY_BYTES 8192

static struct {
    bool refuses;               /* whatever is asked of it next */
    unsigned contexts;
    unsigned attached;
    uint64_t token;             /* of the last fence */
    uint32_t ring;
    unsigned words;             /* of the last stream */
    int file;                   /* that it exports */
    uint32_t file_type;
} fake;

static GArray *reported;        /* uint64_t */
static unsigned stops;          /* "writes no more" */

/* --- the fakes -------------------------------------------------------- */

int virgl_renderer_context_create_with_flags(uint32_t id, uint32_t flags,
                                             uint32_t bytes, const char *name)
{
    g_assert_cmpuint(id, ==, ID);
    g_assert_cmpuint(flags, ==, VGPU_CAPSET_DRM);
    g_assert_cmpuint(bytes, ==, strlen(name));
    fake.contexts += !fake.refuses;
    return fake.refuses ? 12 : 0;
}

/* Fences on their way it forgets. */
void virgl_renderer_context_destroy(uint32_t id)
{
    g_assert_cmpuint(id, ==, ID);
    g_assert_cmpuint(fake.contexts--, ==, 1);
}

void virgl_renderer_ctx_attach_resource(int context, int resource)
{
    g_assert_cmpint(context, ==, ID);
    g_assert_cmpint(resource, ==, 1);
    fake.attached++;
}

void virgl_renderer_ctx_detach_resource(int context, int resource)
{
    g_assert_cmpint(context, ==, ID);
    g_assert_cmpint(resource, ==, 1);
    fake.attached--;
}

int virgl_renderer_submit_cmd(void *stream, int context, int words)
{
    g_assert_nonnull(stream);
    g_assert_cmpint(context, ==, ID);
    fake.words = words;
    return fake.refuses ? -22 : 0;
}

int virgl_renderer_context_create_fence(uint32_t context, uint32_t flags,
                                        uint32_t ring, uint64_t token)
{
    g_assert_cmpuint(context, ==, ID);
    g_assert_cmpuint(flags, ==, 0);
    fake.ring = ring;
    fake.token = token;
    return fake.refuses ? -22 : 0;
}

int virgl_renderer_resource_export_blob(uint32_t resource, uint32_t *type,
                                        int *file)
{
    g_assert_cmpuint(resource, ==, 1);
    *type = fake.file_type;
    *file = fcntl(fake.file, F_DUPFD_CLOEXEC, 0);
    return 0;
}

void virgl_renderer_resource_unref(uint32_t resource)
{
    g_assert_cmpuint(resource, ==, 1);
}

bool virgl_take_object(const struct vgpu_context *context,
                       const struct vgpu_resource *resource, uint64_t blob_id)
{
    g_assert_cmpuint(context->id, ==, ID);
    g_assert_cmpuint(resource->id, ==, 1);
    g_assert_cmpuint(blob_id, ==, 77);
    return !fake.refuses;
}

int virgl_renderer_get_poll_fd(void)
{
    return 0;
}

struct vgpu_render_server *
vgpu_virgl_library_server(struct vgpu_virgl_library *library)
{
    (void)library;
    return NULL;
}

/* Of Venus, and there is no server. */
void vgpu_render_server_enter(struct vgpu_render_server *server)
{
    g_assert_nonnull(server);
}

void vgpu_render_server_leave(struct vgpu_render_server *server)
{
    g_assert_nonnull(server);
}

int vgpu_render_server_take_socket(struct vgpu_render_server *server)
{
    g_assert_nonnull(server);
    return -1;
}

uint64_t
vgpu_render_server_max_message(const struct vgpu_render_server *server)
{
    g_assert_nonnull(server);
    return 0;
}

/* --- the tests -------------------------------------------------------- */

static void fence_done(void *opaque, uint64_t token, bool lost)
{
    (void)opaque;
    g_assert_false(lost);
    g_array_append_val(reported, token);
}

static void writes_no_more(void *opaque)
{
    (void)opaque;
    stops++;
}

static struct virgl_renderer renderer;
static struct vgpu_context context;

static void set_up(uint64_t limit)
{
    renderer = (struct virgl_renderer) {
        .budget = vgpu_budget_create(1 << 20, limit),
        .host = { .fence_done = fence_done, .writes_no_more = writes_no_more },
    };
    context = (struct vgpu_context) {
        .id = ID, .capset_id = VGPU_CAPSET_DRM, .name = "glmark2",
    };
    g_array_set_size(reported, 0);
    virgl_ring_contexts_init(&renderer);
    g_assert_cmpint(renderer.poll_fd, ==, -1);
    virgl_ring_contexts_poll(&renderer);
}

static void tear_down(void)
{
    virgl_ring_contexts_finish(&renderer);
    g_assert_cmpuint(vgpu_budget_usage(renderer.budget).hosted, ==, 0);
    g_assert_cmpuint(renderer.num_files, ==, 0);
    g_assert_cmpuint(fake.contexts, ==, 0);
    vgpu_budget_destroy(renderer.budget);
}

static void test_life(void)
{
    set_up(1ull << 30);
    g_assert_true(virgl_has_rings(&context));
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_OK);
    g_assert_true(context.has_rings && context.makes_memory);
    g_assert_cmpuint(vgpu_budget_usage(renderer.budget).hosted, >, 0);
    virgl_ring_context_destroy(&renderer, &context);
    g_assert_cmpuint(reported->len, ==, 0);
    tear_down();
}

static void test_refused(void)
{
    set_up(1ull << 30);
    fake.refuses = true;
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_ERR_UNSPEC);
    fake.refuses = false;
    tear_down();
    set_up(1 << 20);
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    tear_down();
}

static enum vgpu_status submit(uint64_t bytes)
{
    uint64_t stream[2] = { 0 };

    return virgl_ring_context_submit(&renderer, &context, (uint8_t *)stream,
                                     bytes);
}

/* A wrong stream, or ring, is the guest's mistake: the context goes on. */
static void test_streams(void)
{
    set_up(1ull << 30);
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_OK);
    stops = 0;
    g_assert_cmpint(submit(16), ==, VGPU_OK);
    g_assert_cmpuint(fake.words, ==, 4);
    g_assert_cmpuint(stops, ==, 1);
    fake.refuses = true;
    g_assert_cmpint(submit(8), ==, VGPU_ERR_UNSPEC);
    g_assert_cmpint(virgl_ring_context_fence(&renderer, &context, 63, 1), ==,
                    VGPU_ERR_UNSPEC);
    fake.refuses = false;
    g_assert_cmpint(submit(8), ==, VGPU_OK);
    virgl_ring_context_destroy(&renderer, &context);
    g_assert_cmpuint(reported->len, ==, 0);
    tear_down();
}

/* What the library forgets when the context ends is done then. */
static void test_fences(void)
{
    set_up(1ull << 30);
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_OK);
    for (uint64_t token = 1; token <= 4; token++) {
        g_assert_cmpint(virgl_ring_context_fence(&renderer, &context,
                                                 token % 2, token), ==,
                        VGPU_OK);
        g_assert_cmpuint(fake.token, ==, token);
        g_assert_cmpuint(fake.ring, ==, token % 2);
    }
    virgl_ring_context_destroy(&renderer, &context);
    /* The newest of each ring: who has asked for an older one knows. */
    g_assert_cmpuint(reported->len, ==, 2);
    g_assert_cmpuint(g_array_index(reported, uint64_t, 0), ==, 4);
    g_assert_cmpuint(g_array_index(reported, uint64_t, 1), ==, 3);
    tear_down();
}

static struct vgpu_resource make_memory(void)
{
    struct vgpu_resource resource = {
        .id = 1, .kind = VGPU_RESOURCE_MEMORY,
        .host_blob = { .size = MEMORY_BYTES,
                       .flags = VGPU_BLOB_FLAG_MAPPABLE },
    };

    g_assert_cmpint(virgl_ring_context_blob(&renderer, &context, &resource,
                                            77), ==, VGPU_OK);
    g_assert_true(resource.hosted);
    return resource;
}

/* Shared memory of the library's, that of the driver likewise. */
static void test_memory(void)
{
    struct vgpu_resource resource;
    uint8_t *data;

    set_up(1ull << 30);
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_OK);
    fake.file = vgpu_memory_file_make(MEMORY_BYTES);
    fake.file_type = VIRGL_RENDERER_BLOB_FD_TYPE_SHM;
    g_assert_cmpint(pwrite(fake.file, "x", 1, MEMORY_BYTES - 1), ==, 1);
    resource = make_memory();
    virgl_ring_context_attach(&renderer, &context, &resource);
    g_assert_cmpuint(fake.attached, ==, 1);
    data = virgl_memory_data(&resource);
    g_assert_nonnull(data);
    g_assert_cmpuint(data[MEMORY_BYTES - 1], ==, 'x');
    virgl_ring_context_detach(&renderer, &context, &resource);
    g_assert_cmpuint(fake.attached, ==, 0);
    /* It outlives its context. */
    virgl_ring_context_destroy(&renderer, &context);
    g_assert_true(data == virgl_memory_data(&resource));
    virgl_memory_destroy(&renderer, &resource);
    close(fake.file);
    tear_down();
}

/* Memory that could get shorter is not mapped, nor is what does not exist made. */
static void test_bad_memory(void)
{
    struct vgpu_resource resource = { .id = 1 };

    set_up(1ull << 30);
    g_assert_cmpint(virgl_ring_context_create(&renderer, &context), ==,
                    VGPU_OK);
    fake.refuses = true;
    g_assert_cmpint(virgl_ring_context_blob(&renderer, &context, &resource,
                                            77), ==, VGPU_ERR_UNSPEC);
    fake.refuses = false;
    fake.file = memfd_create("short", MFD_ALLOW_SEALING);
    resource = make_memory();
    g_assert_null(virgl_memory_data(&resource));
    virgl_memory_destroy(&renderer, &resource);
    close(fake.file);
    virgl_ring_context_destroy(&renderer, &context);
    tear_down();
}

int main(int argc, char **argv)
{
    reported = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/native-context/life", test_life);
    g_test_add_func("/native-context/refused", test_refused);
    g_test_add_func("/native-context/streams", test_streams);
    g_test_add_func("/native-context/fences", test_fences);
    g_test_add_func("/native-context/memory", test_memory);
    g_test_add_func("/native-context/bad-memory", test_bad_memory);
    return g_test_run();
}
