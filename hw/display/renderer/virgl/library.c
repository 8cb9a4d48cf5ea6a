/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "library.h"

#include <epoxy/gl.h>
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "../../platform/drm-node.h"
#include "../../platform/egl.h"
#include "../../platform/llvmpipe.h"
#include "../../platform/render-server.h"
#include "gl-fences.h"
#include "gpu.h"
#include "limits.h"
#include "native.h"
#include "venus-server.h"
#include "virgl-compat.h"

/*
 * Fences are waited for on a thread of the library's, which calls
 * write_fence() from there.
 */
#define FLAGS (VIRGL_RENDERER_THREAD_SYNC | VIRGL_RENDERER_ASYNC_FENCE_CB)

/* Of a fence that nobody waits for. */
#define NO_TOKEN 0

/* How often the library's thread is looked after while it comes to its end. */
#define POLL_US 500

/* Vulkan beside OpenGL: where its contexts live. */
#define VENUS_FLAGS (VIRGL_RENDERER_VENUS | VIRGL_RENDERER_RENDER_SERVER)

struct vgpu_virgl_library {
    struct vgpu_renderer_host host;
    struct vgpu_egl *egl;
    struct vgpu_render_server *server;  /* NULL: no Venus */
    bool has_native;
    struct vgpu_virgl_limits limits;
    bool waits_on_thread;       /* the library has that thread */
    _Atomic uint32_t complaints;        /* relaxed: read where they are made */
    struct vgpu_virgl_gl_fences fences;
};

/*
 * The instance that has virglrenderer, or NULL.  The library's log and init
 * have no argument to tell by.  Written by open and close, read by its log.
 */
static struct vgpu_virgl_library *_Atomic owner;

/* What the library said last while it started: the cause, when it fails. */
static char last_words[200];

static void log_line(const char *line)
{
    struct vgpu_virgl_library *library = atomic_load(&owner);
    char text[sizeof(last_words)];
    size_t length;

    g_strlcpy(text, line, sizeof(text));
    length = strlen(g_strchomp(text));
    for (size_t i = 0; i < length; i++) {
        text[i] = g_ascii_isprint(text[i]) ? text[i] : ' ';
    }
    if (length == 0) {
        return;
    }
    if (library) {
        atomic_fetch_add_explicit(&library->complaints, 1,
                                  memory_order_relaxed);
        library->host.complain(library->host.opaque, text);
    } else {
        g_strlcpy(last_words, text, sizeof(last_words));
    }
}

/*
 * The library waits for one fence after the other, whatever context the work is
 * of, so all that are older are done.  It may forget to say so when a context
 * ends: vrend_free_fences_for_context() takes the fence that is waited for as
 * one of that context (virglrenderer 1.3).
 */
static void write_fence(void *cookie, uint32_t fence)
{
    struct vgpu_virgl_library *library = cookie;

    vgpu_virgl_gl_fences_done(&library->fences, fence);
}

/* Of Venus, whose fences are tokens; on a thread of that context's. */
static void write_context_fence(void *cookie, uint32_t context, uint32_t ring,
                                uint64_t token)
{
    struct vgpu_virgl_library *library = cookie;

    (void)context;
    (void)ring;
    library->host.fence_done(library->host.opaque, token, false);
}

/* Not called unless there is one: else the library starts one of its own. */
static int get_server_fd(void *cookie, uint32_t version)
{
    struct vgpu_virgl_library *library = cookie;

    (void)version;
    return vgpu_render_server_connection(library->server);
}

/* One of its own, which the library closes, for each context; or -1. */
static int get_drm_fd(void *cookie)
{
    struct vgpu_virgl_library *library = cookie;

    return vgpu_drm_node_reopen(vgpu_egl_node(library->egl));
}

static void *create_gl_context(void *cookie, int scanout,
                               struct virgl_renderer_gl_ctx_param *param)
{
    struct vgpu_virgl_library *library = cookie;

    (void)scanout;
    return vgpu_egl_create_context(library->egl,
                                   param->shared ? vgpu_egl_current_context()
                                                 : NULL,
                                   param->major_ver, param->minor_ver);
}

static void destroy_gl_context(void *cookie, void *context)
{
    struct vgpu_virgl_library *library = cookie;

    vgpu_egl_destroy_context(library->egl, context);
}

static int make_current(void *cookie, int scanout, void *context)
{
    struct vgpu_virgl_library *library = cookie;

    (void)scanout;
    return vgpu_egl_make_current(library->egl, context) ? 0 : -EIO;
}

static void *get_egl_display(void *cookie)
{
    struct vgpu_virgl_library *library = cookie;

    return vgpu_egl_display(library->egl);
}

/* The library keeps the pointer. */
static struct virgl_renderer_callbacks callbacks = {
    .version = 4,
    .write_fence = write_fence,
    .create_gl_context = create_gl_context,
    .destroy_gl_context = destroy_gl_context,
    .make_current = make_current,
    .get_drm_fd = get_drm_fd,
    .get_egl_display = get_egl_display,
    .write_context_fence = write_context_fence,
    .get_server_fd = get_server_fd,
};

static int init_with(struct vgpu_virgl_library *library, bool native)
{
    last_words[0] = '\0';
    return virgl_renderer_init(library,
                               FLAGS | (library->server ? VENUS_FLAGS : 0) |
                               (native ? VIRGL_RENDERER_DRM : 0), &callbacks);
}

/* With native contexts, or else without. */
static int init(struct vgpu_virgl_library *library,
                const struct vgpu_virgl_options *options)
{
    bool is_wanted = vgpu_virgl_native_is_wanted(options);
    g_autofree char *words = NULL;
    int ret = init_with(library, is_wanted);

    if (ret && is_wanted) {
        words = g_strdup(last_words);
        ret = init_with(library, false);
    } else {
        library->has_native = is_wanted && vgpu_virgl_native_is_there();
    }
    if (is_wanted && !library->has_native) {
        vgpu_virgl_native_refuse(options, words ? words : "");
    }
    return ret;
}

/* With Venus, or else without. */
static bool start(struct vgpu_virgl_library *library,
                  const struct vgpu_virgl_options *options, char **error)
{
    int ret;

    if (vgpu_egl_is_software(library->egl) && !vgpu_llvmpipe_guard_fences()) {
        library->host.warn(library->host.opaque, VGPU_LLVMPIPE_UNGUARDED);
    }
    vgpu_virgl_set_logger(log_line);
    library->server = vgpu_virgl_venus_server_open(options, &library->host);
    ret = init(library, options);
    if (ret && library->server) {
        vgpu_virgl_venus_server_refuse(options, library->server, last_words);
        library->server = NULL;
        ret = init(library, options);
    }
    if (ret) {
        *error = g_strdup_printf("virglrenderer does not start on %s (%d%s%s)",
                                 vgpu_egl_renderer(library->egl), ret,
                                 *last_words ? ": " : "", last_words);
        return false;
    }
    library->waits_on_thread = virgl_renderer_get_poll_fd() >= 0;
    vgpu_virgl_limits_read(&library->limits);
    return true;
}

struct opening {
    struct vgpu_virgl_library *library;
    const struct vgpu_virgl_options *options;
};

/* Takes @egl over.  False leaves nothing behind: another try may follow. */
static bool start_on(void *opaque, struct vgpu_egl *egl, char **error)
{
    struct opening *opening = opaque;
    struct vgpu_virgl_library *library = opening->library;

    library->egl = egl;
    if (start(library, opening->options, error)) {
        return true;
    }
    vgpu_egl_close(egl);
    library->egl = NULL;
    return false;
}

/* Takes a route; *@info becomes what follows the renderer's name. */
static bool open_route(struct vgpu_virgl_library *library,
                       const struct vgpu_virgl_options *options,
                       char **info, char **error)
{
    struct opening opening = { library, options };
    g_autofree char *no_gpu = NULL;
    struct vgpu_egl *egl;

    if (options->route != VGPU_VIRGL_SOFTWARE) {
        *options->taken = VGPU_VIRGL_GPU;
        if (vgpu_virgl_open_gpu(options, start_on, &opening, info, &no_gpu)) {
            return true;
        }
    }
    if (options->route == VGPU_VIRGL_GPU) {
        *error = g_strdup_printf("%s; renderer=software needs no GPU", no_gpu);
        return false;
    }
    *options->taken = VGPU_VIRGL_SOFTWARE;
    *info = no_gpu ? g_strdup_printf("without a GPU (%s)", no_gpu)
                   : g_strdup("without a GPU, as asked");
    egl = vgpu_egl_open_software(error);
    return egl && start_on(&opening, egl, error);
}

/* Whoever comes first has the library. */
static _Atomic bool taken;

struct vgpu_virgl_library *
vgpu_virgl_library_open(const struct vgpu_virgl_options *options,
                        const struct vgpu_renderer_host *host, char **error)
{
    struct vgpu_virgl_library *library;
    g_autofree char *info = NULL;

    if (atomic_exchange(&taken, true)) {
        *error = g_strdup("a VM has one virtio-gpu with 3D, and this is a "
                          "second: give it renderer=2d, or use a type "
                          "without -gl");
        return NULL;
    }
    library = g_new0(struct vgpu_virgl_library, 1);
    library->host = *host;
    vgpu_virgl_gl_fences_init(&library->fences, host);
    if (!open_route(library, options, &info, error)) {
        vgpu_virgl_gl_fences_finish(&library->fences);
        g_free(library);
        atomic_store(&taken, false);
        return NULL;
    }
    atomic_store(&owner, library);
    *options->info = g_strdup_printf("%s, OpenGL %s%s%s, %s",
                                     vgpu_egl_renderer(library->egl),
                                     vgpu_egl_version(library->egl),
                                     library->server ? ", Vulkan" : "",
                                     library->has_native
                                     ? ", native contexts" : "", info);
    return library;
}

/*
 * The library's thread waits for a poll behind each fence of a stream with
 * queries, and its end for the thread, so it has to be through with all.
 */
static void wait_for_fences(struct vgpu_virgl_library *library)
{
    uint32_t newest;

    virgl_renderer_force_ctx_0();
    if (!library->waits_on_thread ||
        vgpu_virgl_library_fence(library, NO_TOKEN) != 0) {
        return;
    }
    while (vgpu_virgl_gl_fences_wait(&library->fences, &newest)) {
        virgl_renderer_poll();
        g_usleep(POLL_US);
    }
}

void vgpu_virgl_library_close(struct vgpu_virgl_library *library)
{
    if (!library) {
        return;
    }
    wait_for_fences(library);
    virgl_renderer_cleanup(library);
    atomic_store(&owner, NULL);
    vgpu_render_server_close(library->server);
    vgpu_egl_close(library->egl);
    vgpu_virgl_gl_fences_finish(&library->fences);
    g_free(library);
    atomic_store(&taken, false);
}

struct vgpu_egl *vgpu_virgl_library_egl(struct vgpu_virgl_library *library)
{
    return library->egl;
}

struct vgpu_render_server *
vgpu_virgl_library_server(struct vgpu_virgl_library *library)
{
    return library->server;
}

bool vgpu_virgl_library_has_native(const struct vgpu_virgl_library *library)
{
    return library->has_native;
}

const struct vgpu_virgl_limits *
vgpu_virgl_library_limits(const struct vgpu_virgl_library *library)
{
    return &library->limits;
}

uint32_t
vgpu_virgl_library_complaints(const struct vgpu_virgl_library *library)
{
    return atomic_load_explicit(&library->complaints, memory_order_relaxed);
}

/*
 * A fence of the library's own context, though it stands in the OpenGL context
 * of the submit before: a guest context that ends takes its fences along, while
 * the library's thread still waits for one of them.
 */
int vgpu_virgl_library_fence(struct vgpu_virgl_library *library,
                             uint64_t token)
{
    uint32_t id = vgpu_virgl_gl_fences_add(&library->fences, token);

    if (!library->waits_on_thread) {
        glFinish();
        vgpu_virgl_gl_fences_done(&library->fences, id);
        return 0;
    }
    if (virgl_renderer_create_fence((int)id, 0)) {
        vgpu_virgl_gl_fences_take_back(&library->fences);
        return -EIO;
    }
    return 0;
}

void vgpu_virgl_library_fence_again(struct vgpu_virgl_library *library)
{
    uint32_t newest;

    if (library->waits_on_thread &&
        vgpu_virgl_gl_fences_wait(&library->fences, &newest)) {
        virgl_renderer_force_ctx_0();
        virgl_renderer_create_fence((int)newest, 0);
    }
}
