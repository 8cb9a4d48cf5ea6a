/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The life of virglrenderer, which is a fake here: which fences are reported
 * when, that its end waits for them, and which route is taken.
 */
#include "renderer/virgl/library.h"

#include <epoxy/gl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "platform/drm-node.h"
#include "platform/drm-sysfs.h"
#include "platform/egl.h"
#include "platform/llvmpipe.h"
#include "platform/render-server.h"
#include "renderer/virgl/venus-server.h"
#include "renderer/virgl/virgl-compat.h"

/* Node n is descriptor 3 + n, which nobody closes but by the EGL of it. */
#define FIRST_NODE 128
#define FIRST_FD 3

struct vgpu_egl {
    bool is_gpu;
    bool is_software;
    int node;
};

struct vgpu_render_server {
    bool is_open;
};

static struct {
    struct virgl_renderer_callbacks *callbacks;
    void *cookie;
    GArray *fences;             /* uint32_t, created and not written */
    unsigned polls;
    bool refuses_fences;
    bool has_gpu;
    unsigned more_nodes;
    unsigned closed_nodes;      /* bit n: node n cannot be opened */
    unsigned software_nodes;    /* bit n: node n is no GPU */
    unsigned bad_nodes;         /* bit n: the library does not start on it */
    bool fails_on_gpu;
    bool fails_with_venus;
    bool fails_with_native;
    bool started_native;
    uint32_t native_type;       /* the driver that the library has, 0: none */
    struct vgpu_render_server server;
    int egls;                   /* open */
    struct vgpu_egl *egl;       /* the last of them */
    bool is_started;
    bool is_unguarded;
    unsigned guards;            /* asked for */
} fake;

static GArray *reported;        /* uint64_t */

/* --- the fakes -------------------------------------------------------- */

int virgl_renderer_init(void *cookie, int flags,
                        struct virgl_renderer_callbacks *callbacks)
{
    bool venus = flags & VIRGL_RENDERER_VENUS;
    bool native = flags & VIRGL_RENDERER_DRM;

    fake.cookie = cookie;
    fake.callbacks = callbacks;
    g_assert_true(!venus || flags & VIRGL_RENDERER_RENDER_SERVER);
    g_assert_true(venus == fake.server.is_open);
    if ((venus && fake.fails_with_venus) ||
        (native && fake.fails_with_native)) {
        return 5;
    }
    fake.started_native = native;
    if (fake.egl->is_gpu &&
        fake.bad_nodes & 1u << (fake.egl->node - FIRST_FD)) {
        return 22;
    }
    fake.is_started = !(fake.egl->is_gpu && fake.fails_on_gpu);
    return fake.is_started ? 0 : 22;
}

/* Everything must have been reported, or it would wait for ever. */
void virgl_renderer_cleanup(void *cookie)
{
    g_assert_true(cookie == fake.cookie);
    g_assert_cmpuint(fake.fences->len, ==, 0);
    fake.is_started = false;
}

int virgl_renderer_get_poll_fd(void)
{
    return 0;
}

void virgl_renderer_force_ctx_0(void)
{
}

int virgl_renderer_create_fence(int id, uint32_t context)
{
    g_assert_cmpuint(context, ==, 0);
    if (fake.refuses_fences) {
        return 12;
    }
    g_array_append_val(fake.fences, id);
    return 0;
}

/* The size is the same whatever there is. */
void virgl_renderer_get_cap_set(uint32_t set, uint32_t *version,
                                uint32_t *bytes)
{
    g_assert_cmpuint(set, ==, VGPU_CAPSET_DRM);
    g_assert_true(fake.started_native);
    *version = 0;
    *bytes = 5 * sizeof(uint32_t);
}

/* Wire format, the driver's version and its type. */
void virgl_renderer_fill_caps(uint32_t set, uint32_t version, void *caps)
{
    const uint32_t words[] = { 2, 3, 54, 0, fake.native_type };

    g_assert_cmpuint(set, ==, VGPU_CAPSET_DRM);
    g_assert_cmpuint(version, ==, 0);
    memcpy(caps, words, sizeof(words));
}

/* The oldest fence is written, or with @lost forgotten. */
static void end_fence(bool lost)
{
    uint32_t id = g_array_index(fake.fences, uint32_t, 0);

    g_array_remove_index(fake.fences, 0);
    if (!lost) {
        fake.callbacks->write_fence(fake.cookie, id);
    }
}

/* The library's thread gets further by every third one. */
void virgl_renderer_poll(void)
{
    if (++fake.polls % 3 == 0) {
        end_fence(false);
    }
}

void vgpu_virgl_set_logger(void (*log)(const char *line))
{
    (void)log;
}

struct vgpu_render_server *
vgpu_virgl_venus_server_open(const struct vgpu_virgl_options *options,
                             const struct vgpu_renderer_host *host)
{
    (void)host;
    g_assert_false(fake.server.is_open);
    fake.server.is_open = options->venus;
    return options->venus ? &fake.server : NULL;
}

void vgpu_render_server_close(struct vgpu_render_server *server)
{
    if (server) {
        g_assert_true(server->is_open);
        server->is_open = false;
    }
}

void vgpu_virgl_venus_server_refuse(const struct vgpu_virgl_options *options,
                                    struct vgpu_render_server *server,
                                    const char *why)
{
    (void)why;
    vgpu_render_server_close(server);
    *options->no_venus = g_strdup("refused");
}

int vgpu_render_server_connection(const struct vgpu_render_server *server)
{
    g_assert_true(server->is_open);
    return 7;
}

static struct vgpu_egl *open_egl(bool is_gpu)
{
    fake.egls++;
    fake.egl = g_new0(struct vgpu_egl, 1);
    fake.egl->is_gpu = is_gpu;
    return fake.egl;
}

struct vgpu_egl *vgpu_egl_open_node(int node, char **why)
{
    struct vgpu_egl *egl = open_egl(true);

    (void)why;
    egl->node = node;
    egl->is_software = fake.software_nodes & 1u << (node - FIRST_FD);
    return egl;
}

struct vgpu_egl *vgpu_egl_open_software(char **why)
{
    (void)why;
    return open_egl(false);
}

void vgpu_egl_close(struct vgpu_egl *egl)
{
    fake.egls -= egl != NULL;
    g_free(egl);
}

const char *vgpu_egl_renderer(const struct vgpu_egl *egl)
{
    return egl->is_gpu && !egl->is_software ? "a GPU" : "llvmpipe";
}

const char *vgpu_egl_version(const struct vgpu_egl *egl)
{
    (void)egl;
    return "4.5";
}

int vgpu_egl_node(const struct vgpu_egl *egl)
{
    return egl->is_gpu ? egl->node : -1;
}

bool vgpu_egl_is_software(const struct vgpu_egl *egl)
{
    return !egl->is_gpu || egl->is_software;
}

/* Before the library has anything drawn. */
bool vgpu_llvmpipe_guard_fences(void)
{
    g_assert_false(fake.is_started);
    fake.guards++;
    return !fake.is_unguarded;
}

const char *vgpu_egl_driver(const struct vgpu_egl *egl)
{
    return egl->is_software ? "swrast" : "radeonsi";
}

void *vgpu_egl_display(struct vgpu_egl *egl)
{
    return egl;
}

void *vgpu_egl_create_context(struct vgpu_egl *egl, void *share, int major,
                              int minor)
{
    (void)egl;
    (void)share;
    (void)major;
    (void)minor;
    return NULL;
}

void vgpu_egl_destroy_context(struct vgpu_egl *egl, void *context)
{
    (void)egl;
    (void)context;
}

bool vgpu_egl_make_current(struct vgpu_egl *egl, void *context)
{
    (void)egl;
    (void)context;
    return true;
}

void *vgpu_egl_current_context(void)
{
    return NULL;
}

int vgpu_drm_node_open(const char *path, char **why)
{
    int node = atoi(path + strlen("/dev/dri/renderD")) - FIRST_NODE;

    g_assert_cmpint(node, >=, 0);
    if (fake.closed_nodes & 1u << node) {
        *why = g_strdup_printf("%s is closed", path);
        return -1;
    }
    return FIRST_FD + node;
}

int vgpu_drm_node_reopen(int node)
{
    return node < 0 ? -1 : node + 10;
}

char *vgpu_drm_node_driver(int node)
{
    return fake.software_nodes & 1u << (node - FIRST_FD) ? g_strdup("vgem")
                                                         : NULL;
}

char **vgpu_drm_sysfs_nodes(const char *root)
{
    unsigned count = fake.has_gpu + fake.more_nodes;
    char **paths = g_new0(char *, count + 1);

    g_assert_cmpstr(root, ==, "");
    for (unsigned i = 0; i < count; i++) {
        paths[i] = g_strdup_printf("/dev/dri/renderD%u", FIRST_NODE + i);
    }
    return paths;
}

char *vgpu_drm_sysfs_find(const char *root, const char *name, char **why)
{
    (void)root;
    if (g_str_equal(name, "03:00.0")) {
        return g_strdup("/dev/dri/renderD129");
    }
    *why = g_strdup_printf("there is no PCI device %s", name);
    return NULL;
}

char *vgpu_drm_sysfs_address(const char *root, const char *path)
{
    (void)root;
    return g_str_has_suffix(path, "129") ? g_strdup("0000:03:00.0") : NULL;
}

static void get_integer(GLenum name, GLint *value)
{
    (void)name;
    *value = 1024;
}

static void finish(void)
{
}

PFNGLGETINTEGERVPROC epoxy_glGetIntegerv = get_integer;
PFNGLFINISHPROC epoxy_glFinish = finish;

/* --- the tests -------------------------------------------------------- */

static void fence_done(void *opaque, uint64_t token, bool lost)
{
    (void)opaque;
    g_assert_false(lost);
    g_array_append_val(reported, token);
}

static struct vgpu_virgl_library *open_on(enum vgpu_virgl_route route,
                                          char **info, char **error)
{
    enum vgpu_virgl_route taken = VGPU_VIRGL_AUTO;
    const struct vgpu_virgl_options options = {
        .route = route, .info = info, .taken = &taken,
    };
    const struct vgpu_renderer_host host = { .fence_done = fence_done };
    struct vgpu_virgl_library *library =
        vgpu_virgl_library_open(&options, &host, error);

    if (library) {
        g_assert_cmpint(taken, ==, fake.egl->is_gpu ? VGPU_VIRGL_GPU
                                                    : VGPU_VIRGL_SOFTWARE);
    }
    return library;
}

static struct vgpu_virgl_library *set_up(void)
{
    g_autofree char *info = NULL;

    g_array_set_size(reported, 0);
    return open_on(VGPU_VIRGL_SOFTWARE, &info, NULL);
}

static void expect_reported(uint64_t up_to)
{
    g_assert_cmpuint(reported->len, ==, up_to);
    for (uint64_t i = 0; i < up_to; i++) {
        g_assert_cmpuint(g_array_index(reported, uint64_t, i), ==, i + 1);
    }
}

static void make_fences(struct vgpu_virgl_library *library, uint64_t first,
                        uint64_t last)
{
    for (uint64_t token = first; token <= last; token++) {
        g_assert_cmpint(vgpu_virgl_library_fence(library, token), ==, 0);
    }
}

/* A fence that the library forgot is reported with the next. */
static void test_lost(void)
{
    struct vgpu_virgl_library *library = set_up();

    make_fences(library, 1, 3);
    end_fence(false);
    expect_reported(1);
    end_fence(true);
    expect_reported(1);
    end_fence(false);
    expect_reported(3);
    vgpu_virgl_library_close(library);
}

/* The last one, too, when a context ends; without need there is none. */
static void test_last_lost(void)
{
    struct vgpu_virgl_library *library = set_up();

    vgpu_virgl_library_fence_again(library);
    g_assert_cmpuint(fake.fences->len, ==, 0);
    make_fences(library, 1, 2);
    end_fence(false);
    end_fence(true);
    vgpu_virgl_library_fence_again(library);
    end_fence(false);
    expect_reported(2);
    vgpu_virgl_library_fence_again(library);
    g_assert_cmpuint(fake.fences->len, ==, 0);
    /* Both of them are written. */
    make_fences(library, 3, 3);
    vgpu_virgl_library_fence_again(library);
    end_fence(false);
    end_fence(false);
    expect_reported(3);
    vgpu_virgl_library_close(library);
}

static void test_refused(void)
{
    struct vgpu_virgl_library *library = set_up();

    fake.refuses_fences = true;
    g_assert_cmpint(vgpu_virgl_library_fence(library, 1), <, 0);
    fake.refuses_fences = false;
    vgpu_virgl_library_fence_again(library);
    g_assert_cmpuint(fake.fences->len, ==, 0);
    make_fences(library, 1, 1);
    end_fence(false);
    expect_reported(1);
    vgpu_virgl_library_close(library);
}

/* Its end waits for all, and the thread that waits for polls gets them. */
static void test_close(void)
{
    struct vgpu_virgl_library *library = set_up();

    make_fences(library, 1, 5);
    vgpu_virgl_library_close(library);
    /* Its own is for nobody. */
    g_assert_cmpuint(g_array_index(reported, uint64_t, 5), ==, 0);
    g_array_set_size(reported, 5);
    expect_reported(5);
}

/* Tokens have gaps: others' fences have tokens, too. */
static void test_tokens(void)
{
    struct vgpu_virgl_library *library = set_up();

    make_fences(library, 7, 7);
    fake.callbacks->write_context_fence(fake.cookie, 1, 3, 8);
    make_fences(library, 9, 9);
    end_fence(true);
    end_fence(false);
    g_assert_cmpuint(reported->len, ==, 3);
    g_assert_cmpuint(g_array_index(reported, uint64_t, 0), ==, 8);
    g_assert_cmpuint(g_array_index(reported, uint64_t, 1), ==, 7);
    g_assert_cmpuint(g_array_index(reported, uint64_t, 2), ==, 9);
    vgpu_virgl_library_close(library);
}

/* Where the library does not start with it there is OpenGL all the same. */
static void test_venus(void)
{
    enum vgpu_virgl_route taken = VGPU_VIRGL_AUTO;
    g_autofree char *info = NULL;
    g_autofree char *info_without = NULL;
    g_autofree char *no_venus = NULL;
    struct vgpu_virgl_options options = {
        .route = VGPU_VIRGL_SOFTWARE, .info = &info, .taken = &taken,
        .venus = true, .no_venus = &no_venus,
    };
    const struct vgpu_renderer_host host = { .fence_done = fence_done };
    struct vgpu_virgl_library *library =
        vgpu_virgl_library_open(&options, &host, NULL);

    g_assert_cmpstr(info, ==,
                    "llvmpipe, OpenGL 4.5, Vulkan, without a GPU, as asked");
    g_assert_null(no_venus);
    g_assert_nonnull(vgpu_virgl_library_server(library));
    g_assert_cmpint(fake.callbacks->get_server_fd(fake.cookie, 0), ==, 7);
    vgpu_virgl_library_close(library);
    g_assert_false(fake.server.is_open);
    fake.fails_with_venus = true;
    options.info = &info_without;
    library = vgpu_virgl_library_open(&options, &host, NULL);
    g_assert_cmpstr(info_without, ==,
                    "llvmpipe, OpenGL 4.5, without a GPU, as asked");
    g_assert_cmpstr(no_venus, ==, "refused");
    g_assert_null(vgpu_virgl_library_server(library));
    vgpu_virgl_library_close(library);
    fake.fails_with_venus = false;
}

struct native_case {
    enum vgpu_virgl_route route;
    uint32_t type;
    bool fails_with_native;
    bool fails_with_venus;
    const char *info;           /* ends with it */
    const char *no_native;      /* part of it, or NULL */
};

/* Whatever becomes of Vulkan beside it. */
static const struct native_case native_cases[] = {
    { VGPU_VIRGL_GPU, 3, false, false, "Vulkan, native contexts, on /dev",
      NULL },
    { VGPU_VIRGL_GPU, 3, false, true, "4.5, native contexts, on /dev", NULL },
    { VGPU_VIRGL_GPU, 3, true, false, "4.5, Vulkan, on /dev",
      "has none for this GPU's driver" },
    { VGPU_VIRGL_GPU, 0, false, false, "4.5, Vulkan, on /dev",
      "has none for this GPU's driver" },
    { VGPU_VIRGL_AUTO, 0, true, true, "4.5, on /dev", "-Ddrm-renderers=" },
    { VGPU_VIRGL_SOFTWARE, 3, false, false, "4.5, Vulkan, without",
      "it needs a GPU of the host" },
};

static void test_native(gconstpointer data)
{
    const struct native_case *c = data;
    enum vgpu_virgl_route taken = VGPU_VIRGL_AUTO;
    g_autofree char *info = NULL;
    g_autofree char *no_venus = NULL;
    g_autofree char *no_native = NULL;
    struct vgpu_virgl_options options = {
        .route = c->route, .info = &info, .taken = &taken,
        .venus = true, .no_venus = &no_venus,
        .native = true, .no_native = &no_native,
    };
    const struct vgpu_renderer_host host = { .fence_done = fence_done };
    struct vgpu_virgl_library *library;

    fake.has_gpu = true;
    fake.native_type = c->type;
    fake.fails_with_native = c->fails_with_native;
    fake.fails_with_venus = c->fails_with_venus;
    library = vgpu_virgl_library_open(&options, &host, NULL);
    g_assert_nonnull(strstr(info, c->info));
    g_assert_cmpint(no_native == NULL, ==, c->no_native == NULL);
    g_assert_true(!no_native || strstr(no_native, c->no_native));
    g_assert_cmpint(no_venus != NULL, ==, c->fails_with_venus);
    g_assert_cmpint(vgpu_virgl_library_has_native(library), ==,
                    c->no_native == NULL);
    g_assert_cmpint(fake.callbacks->get_drm_fd(fake.cookie), ==,
                    fake.egl->is_gpu ? 13 : -1);
    vgpu_virgl_library_close(library);
    fake.has_gpu = fake.fails_with_native = fake.fails_with_venus = false;
}

static void test_falls_back(void)
{
    struct vgpu_virgl_library *library;
    g_autofree char *info = NULL;
    g_autofree char *works = NULL;
    g_autofree char *error = NULL;

    fake.has_gpu = true;
    library = open_on(VGPU_VIRGL_AUTO, &works, NULL);
    g_assert_cmpstr(works, ==, "a GPU, OpenGL 4.5, on /dev/dri/renderD128 "
                    "(radeonsi, unknown)");
    vgpu_virgl_library_close(library);
    fake.fails_on_gpu = true;
    library = open_on(VGPU_VIRGL_AUTO, &info, NULL);
    g_assert_cmpstr(info, ==, "llvmpipe, OpenGL 4.5, without a GPU "
                    "(/dev/dri/renderD128: virglrenderer does not start on a "
                    "GPU (22))");
    vgpu_virgl_library_close(library);
    g_assert_null(open_on(VGPU_VIRGL_GPU, &info, &error));
    g_assert_cmpstr(error, ==, "/dev/dri/renderD128: virglrenderer does "
                    "not start on a GPU (22); "
                    "renderer=software needs no GPU");
    g_assert_cmpint(fake.egls, ==, 0);
    fake.has_gpu = false;
    fake.fails_on_gpu = false;
}

static void keep_warning(void *opaque, const char *text)
{
    char **warning = opaque;

    g_assert_null(*warning);
    *warning = g_strdup(text);
}

/* On a GPU llvmpipe draws nothing. */
static void test_guard(void)
{
    enum vgpu_virgl_route taken = VGPU_VIRGL_AUTO;
    g_autofree char *gpu_info = NULL, *info = NULL, *warning = NULL;
    struct vgpu_virgl_options options = {
        .route = VGPU_VIRGL_AUTO, .info = &gpu_info, .taken = &taken,
    };
    const struct vgpu_renderer_host host = {
        .fence_done = fence_done, .warn = keep_warning, .opaque = &warning,
    };

    fake.has_gpu = fake.is_unguarded = true;
    fake.guards = 0;
    vgpu_virgl_library_close(vgpu_virgl_library_open(&options, &host, NULL));
    g_assert_cmpuint(fake.guards, ==, 0);
    g_assert_null(warning);
    fake.has_gpu = false;
    options.info = &info;
    vgpu_virgl_library_close(vgpu_virgl_library_open(&options, &host, NULL));
    g_assert_cmpuint(fake.guards, ==, 1);
    g_assert_cmpstr(warning, ==, VGPU_LLVMPIPE_UNGUARDED);
    fake.is_unguarded = false;
}

struct node_case {
    const char *name;
    const char *rendernode;
    bool software_node;
    unsigned nodes;
    unsigned closed_nodes;
    unsigned software_nodes;
    unsigned bad_nodes;
    const char *says;           /* info, or the error when it fails */
    bool fails;
};

static const struct node_case node_cases[] = {
    { "none", NULL, false, 0, 0, 0, 0,
      "this host has no /dev/dri/renderD*; renderer=software needs no GPU",
      true },
    { "auto", "auto", false, 2, 0, 0, 0, "a GPU, OpenGL 4.5, on "
      "/dev/dri/renderD128 (radeonsi, unknown)" },
    { "address", "03:00.0", false, 2, 0, 0, 0, "a GPU, OpenGL 4.5, on "
      "/dev/dri/renderD129 (radeonsi, unknown 0000:03:00.0)" },
    { "no-address", "09:00.0", false, 2, 0, 0, 0, "there is no PCI device 09:00.0; "
      "renderer=software needs no GPU", true },
    { "not-the-first", NULL, false, 2, 1, 0, 0, "a GPU, OpenGL 4.5, on "
      "/dev/dri/renderD129 (radeonsi, unknown 0000:03:00.0)" },
    { "each-has-its-cause", NULL, false, 2, 1, 2, 0, "/dev/dri/renderD128 is "
      "closed; /dev/dri/renderD129 (swrast, vgem 0000:03:00.0) is rendered for "
      "in software, by llvmpipe: name a GPU, or allow it with "
      "rendernode-software=on; renderer=software needs no GPU", true },
    { "library-does-not-start", NULL, false, 2, 0, 0, 1, "a GPU, OpenGL 4.5, on "
      "/dev/dri/renderD129 (radeonsi, unknown 0000:03:00.0)" },
    { "software-is-passed-over", "auto", false, 2, 0, 1, 0, "a GPU, OpenGL 4.5, on "
      "/dev/dri/renderD129 (radeonsi, unknown 0000:03:00.0)" },
    { "software-is-allowed", NULL, true, 2, 0, 1, 0, "llvmpipe, OpenGL 4.5, on "
      "/dev/dri/renderD128 (swrast, vgem)" },
    { "software-by-name", "03:00.0", false, 2, 0, 2, 0, "/dev/dri/renderD129 "
      "(swrast, vgem 0000:03:00.0) is rendered for in software, by llvmpipe: "
      "name a GPU, or allow it with rendernode-software=on; renderer=software "
      "needs no GPU", true },
};

static void test_node(gconstpointer data)
{
    const struct node_case *c = data;
    enum vgpu_virgl_route taken = VGPU_VIRGL_AUTO;
    g_autofree char *info = NULL;
    g_autofree char *error = NULL;
    const struct vgpu_virgl_options options = {
        .route = VGPU_VIRGL_GPU, .rendernode = c->rendernode,
        .software_node = c->software_node, .info = &info, .taken = &taken,
    };
    const struct vgpu_renderer_host host = { .fence_done = fence_done };
    struct vgpu_virgl_library *library;

    fake.more_nodes = c->nodes;
    fake.closed_nodes = c->closed_nodes;
    fake.software_nodes = c->software_nodes;
    fake.bad_nodes = c->bad_nodes;
    library = vgpu_virgl_library_open(&options, &host, &error);
    g_assert_cmpint(library == NULL, ==, c->fails);
    g_assert_cmpstr(c->fails ? error : info, ==, c->says);
    vgpu_virgl_library_close(library);
    g_assert_cmpint(fake.egls, ==, 0);
    fake.more_nodes = fake.closed_nodes = fake.software_nodes = 0;
    fake.bad_nodes = 0;
}

int main(int argc, char **argv)
{
    fake.fences = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    reported = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/library/lost", test_lost);
    g_test_add_func("/library/last-lost", test_last_lost);
    g_test_add_func("/library/refused", test_refused);
    g_test_add_func("/library/close", test_close);
    g_test_add_func("/library/tokens", test_tokens);
    g_test_add_func("/library/venus", test_venus);
    for (size_t i = 0; i < G_N_ELEMENTS(native_cases); i++) {
        g_autofree char *path = g_strdup_printf("/library/native/%zu", i);

        g_test_add_data_func(path, &native_cases[i], test_native);
    }
    g_test_add_func("/library/falls-back", test_falls_back);
    g_test_add_func("/library/guard", test_guard);
    for (size_t i = 0; i < G_N_ELEMENTS(node_cases); i++) {
        g_autofree char *path = g_strconcat("/library/node/",
                                            node_cases[i].name, NULL);

        g_test_add_data_func(path, &node_cases[i], test_node);
    }
    return g_test_run();
}
