/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "egl.h"

#include <dlfcn.h>
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <gbm.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

/* EGL devices looked at; a host has a handful. */
#define MAX_DEVICES 32

#define NO_MESA "install libgl1-mesa-dri and libegl-mesa0"

struct vgpu_egl {
    EGLDisplay display;
    struct gbm_device *gbm;     /* of a render node */
    int node;
    char *renderer;
    char *version;
};

static const char *const needed_extensions[] = {
    "EGL_KHR_surfaceless_context",
    "EGL_KHR_create_context",
    "EGL_KHR_no_config_context",
};

/* What libepoxy loads at the first call, and ends the process without. */
static bool is_here(const char *name)
{
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);

    if (library) {
        dlclose(library);
    }
    return library;
}

static bool libraries_are_here(char **error)
{
    if (!is_here("libEGL.so.1")) {
        *error = g_strdup_printf("EGL cannot be loaded (%s): install libegl1",
                                 dlerror());
        return false;
    }
    if (!is_here("libOpenGL.so.0") && !is_here("libGL.so.1")) {
        *error = g_strdup_printf("OpenGL cannot be loaded (%s): install "
                                 "libopengl0", dlerror());
        return false;
    }
    return true;
}

static bool has_client_extension(const char *name)
{
    return epoxy_has_egl_extension(EGL_NO_DISPLAY, name);
}

static void note_strings(struct vgpu_egl *egl)
{
    egl->renderer = g_strdup((const char *)glGetString(GL_RENDERER));
    egl->version = g_strdup((const char *)glGetString(GL_VERSION));
}

/* What asks textures by their names; libepoxy ends the process without. */
static bool has_state_access(void)
{
    return epoxy_gl_version() >= 45 ||
           epoxy_has_gl_extension("GL_ARB_direct_state_access");
}

/* What renders, found with a context that is gone again. */
static bool probe(struct vgpu_egl *egl, char **error)
{
    void *context = vgpu_egl_create_context(egl, NULL, 3, 2);
    bool does = false;

    if (context && vgpu_egl_make_current(egl, context)) {
        note_strings(egl);
        does = has_state_access();
        vgpu_egl_make_current(egl, NULL);
    }
    vgpu_egl_destroy_context(egl, context);
    if (!egl->renderer) {
        *error = g_strdup_printf("EGL has no OpenGL 3.2 (%s): " NO_MESA,
                                 eglQueryString(egl->display, EGL_VENDOR));
        return false;
    }
    if (!does) {
        *error = g_strdup_printf("OpenGL %s of %s has no "
                                 "ARB_direct_state_access: a newer driver is "
                                 "needed", egl->version, egl->renderer);
        return false;
    }
    return true;
}

/* Another driver's software may stand below one of hardware, as zink does. */
static bool names_software(const char *renderer)
{
    return g_str_has_prefix(renderer, "llvmpipe") ||
           g_str_has_prefix(renderer, "softpipe") ||
           strstr(renderer, "Software Rasterizer") ||
           (g_str_has_prefix(renderer, "zink") && strstr(renderer, "llvmpipe"));
}

static bool is_software_device(EGLDeviceEXT device)
{
    const char *extensions = eglQueryDeviceStringEXT(device, EGL_EXTENSIONS);

    return extensions && strstr(extensions, "EGL_MESA_device_software");
}

static bool has_software_device(const struct vgpu_egl *egl)
{
    EGLAttrib device;

    return has_client_extension("EGL_EXT_device_query") &&
           eglQueryDisplayAttribEXT(egl->display, EGL_DEVICE_EXT, &device) &&
           is_software_device((EGLDeviceEXT)device);
}

static bool initialize(struct vgpu_egl *egl, char **error)
{
    if (!egl->display || !eglInitialize(egl->display, NULL, NULL)) {
        *error = g_strdup_printf("EGL does not start (0x%x): " NO_MESA,
                                 eglGetError());
        egl->display = EGL_NO_DISPLAY;
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(needed_extensions); i++) {
        if (!epoxy_has_egl_extension(egl->display, needed_extensions[i])) {
            *error = g_strdup_printf("%s is missing from %s: " NO_MESA,
                                     needed_extensions[i],
                                     eglQueryString(egl->display, EGL_VENDOR));
            return false;
        }
    }
    return probe(egl, error);
}

/* Takes over @egl's display, or undoes it. */
static struct vgpu_egl *finish_open(struct vgpu_egl *egl, char **error)
{
    if (!initialize(egl, error)) {
        vgpu_egl_close(egl);
        return NULL;
    }
    return egl;
}

/* The EGL device that is no device but Mesa's software rasterizer. */
static EGLDeviceEXT find_software_device(void)
{
    EGLDeviceEXT devices[MAX_DEVICES];
    EGLint count = 0;

    if (!has_client_extension("EGL_EXT_platform_device") ||
        !has_client_extension("EGL_EXT_device_enumeration") ||
        !eglQueryDevicesEXT(MAX_DEVICES, devices, &count)) {
        return EGL_NO_DEVICE_EXT;
    }
    for (EGLint i = 0; i < count; i++) {
        if (is_software_device(devices[i])) {
            return devices[i];
        }
    }
    return EGL_NO_DEVICE_EXT;
}

struct vgpu_egl *vgpu_egl_open_software(char **error)
{
    EGLDeviceEXT device;
    struct vgpu_egl *egl;

    if (!libraries_are_here(error)) {
        return NULL;
    }
    device = find_software_device();
    if (device == EGL_NO_DEVICE_EXT) {
        *error = g_strdup("EGL has no software renderer: " NO_MESA);
        return NULL;
    }
    egl = g_new0(struct vgpu_egl, 1);
    egl->node = -1;
    egl->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT, device,
                                            NULL);
    return finish_open(egl, error);
}

struct vgpu_egl *vgpu_egl_open_node(int node, char **error)
{
    struct vgpu_egl *egl;

    if (!libraries_are_here(error)) {
        return NULL;
    }
    if (!has_client_extension("EGL_MESA_platform_gbm") &&
        !has_client_extension("EGL_KHR_platform_gbm")) {
        *error = g_strdup("EGL has no GBM platform: " NO_MESA);
        return NULL;
    }
    egl = g_new0(struct vgpu_egl, 1);
    egl->node = -1;
    egl->gbm = gbm_create_device(node);
    if (!egl->gbm) {
        *error = g_strdup("GBM has no driver for it: " NO_MESA);
        g_free(egl);
        return NULL;
    }
    egl->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_GBM_MESA, egl->gbm,
                                            NULL);
    egl = finish_open(egl, error);
    if (egl) {
        egl->node = node;
    }
    return egl;
}

void vgpu_egl_close(struct vgpu_egl *egl)
{
    if (!egl) {
        return;
    }
    if (egl->display != EGL_NO_DISPLAY) {
        vgpu_egl_make_current(egl, NULL);
        eglTerminate(egl->display);
    }
    if (egl->gbm) {
        gbm_device_destroy(egl->gbm);
    }
    if (egl->node >= 0) {
        close(egl->node);
    }
    g_free(egl->renderer);
    g_free(egl->version);
    g_free(egl);
}

int vgpu_egl_node(const struct vgpu_egl *egl)
{
    return egl->node;
}

void *vgpu_egl_display(struct vgpu_egl *egl)
{
    return egl->display;
}

void *vgpu_egl_create_context(struct vgpu_egl *egl, void *share,
                              int major, int minor)
{
    const EGLint attributes[] = {
        EGL_CONTEXT_MAJOR_VERSION_KHR, major,
        EGL_CONTEXT_MINOR_VERSION_KHR, minor,
        EGL_NONE,
    };

    /* The API is the calling thread's own. */
    if (!eglBindAPI(EGL_OPENGL_API)) {
        return NULL;
    }
    return eglCreateContext(egl->display, EGL_NO_CONFIG_KHR, share,
                            attributes);
}

void vgpu_egl_destroy_context(struct vgpu_egl *egl, void *context)
{
    if (context) {
        eglDestroyContext(egl->display, context);
    }
}

bool vgpu_egl_make_current(struct vgpu_egl *egl, void *context)
{
    eglBindAPI(EGL_OPENGL_API);
    return eglMakeCurrent(egl->display, EGL_NO_SURFACE, EGL_NO_SURFACE,
                          context);
}

void *vgpu_egl_current_context(void)
{
    return eglGetCurrentContext();
}

const char *vgpu_egl_renderer(const struct vgpu_egl *egl)
{
    return egl->renderer;
}

const char *vgpu_egl_version(const struct vgpu_egl *egl)
{
    return egl->version;
}

bool vgpu_egl_is_software(const struct vgpu_egl *egl)
{
    return has_software_device(egl) || names_software(egl->renderer);
}

const char *vgpu_egl_driver(const struct vgpu_egl *egl)
{
    PFNEGLGETDISPLAYDRIVERNAMEPROC get_name = NULL;
    const char *name;

    /* Epoxy looks for the extension in the current display, and there is none. */
    if (epoxy_has_egl_extension(egl->display, "EGL_MESA_query_driver")) {
        get_name = (PFNEGLGETDISPLAYDRIVERNAMEPROC)
                   eglGetProcAddress("eglGetDisplayDriverName");
    }
    name = get_name ? get_name(egl->display) : NULL;
    return name ? name : "EGL";
}
