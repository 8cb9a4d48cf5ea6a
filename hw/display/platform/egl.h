/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * OpenGL without a window: an EGL display of our own, on Mesa's software
 * rasterizer or on a DRM render node, whatever displays QEMU has.
 *
 * Lives from open to close.  Contexts may be made current on any thread, one
 * thread each at a time; the rest is for the thread that opened it.
 */
#ifndef HW_DISPLAY_PLATFORM_EGL_H
#define HW_DISPLAY_PLATFORM_EGL_H

#include <stdbool.h>

struct vgpu_egl;

/*
 * Mesa's software rasterizer, on a host with a GPU as well; which one is
 * GALLIUM_DRIVER's to say.  NULL with the cause and what helps in *@error, to
 * be freed with g_free().
 */
struct vgpu_egl *vgpu_egl_open_software(char **error);

/*
 * The GPU of DRM render node @node, a descriptor that is closed with the
 * display; not when this fails.  Errors as above.
 */
struct vgpu_egl *vgpu_egl_open_node(int node, char **error);

/* Ends every context.  NULL is accepted. */
void vgpu_egl_close(struct vgpu_egl *egl);

/* The render node's descriptor, the display's; -1: there is none. */
int vgpu_egl_node(const struct vgpu_egl *egl);

/* The EGLDisplay, for a library. */
void *vgpu_egl_display(struct vgpu_egl *egl);

/*
 * A context of OpenGL @major.@minor, or NULL; with @share it shares objects
 * with that one.
 */
void *vgpu_egl_create_context(struct vgpu_egl *egl, void *share,
                              int major, int minor);
void vgpu_egl_destroy_context(struct vgpu_egl *egl, void *context);

/* On the calling thread; NULL releases it.  Returns false when it cannot. */
bool vgpu_egl_make_current(struct vgpu_egl *egl, void *context);

/* The current context of the calling thread, or NULL. */
void *vgpu_egl_current_context(void);

/*
 * Whether the processor renders after all: Mesa takes its software rasterizer
 * for a node whose kernel driver it has no renderer for (vgem, bochs), or when
 * the environment tells it to.
 */
bool vgpu_egl_is_software(const struct vgpu_egl *egl);

/* Mesa's name of the driver ("radeonsi"); "EGL" where it does not say. */
const char *vgpu_egl_driver(const struct vgpu_egl *egl);

/* What renders: GL_RENDERER and GL_VERSION, fixed from open on. */
const char *vgpu_egl_renderer(const struct vgpu_egl *egl);
const char *vgpu_egl_version(const struct vgpu_egl *egl);

#endif
