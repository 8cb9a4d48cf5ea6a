/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * bench-gl SIDE COUNT: clears a texture with OpenGL as the device does, on
 * Mesa's software renderer, and waits for each by a fence.  Prints what each
 * took, in nanoseconds: the work, without a VM in front of it.
 */
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_DEVICES 32
#define WAIT_NS 1000000000ull

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static EGLDisplay open_software(void)
{
    EGLDeviceEXT devices[MAX_DEVICES];
    EGLint count = 0;

    eglQueryDevicesEXT(MAX_DEVICES, devices, &count);
    for (EGLint i = 0; i < count; i++) {
        if (strstr(eglQueryDeviceStringEXT(devices[i], EGL_EXTENSIONS),
                   "EGL_MESA_device_software")) {
            return eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT,
                                            devices[i], NULL);
        }
    }
    return EGL_NO_DISPLAY;
}

static int start(void)
{
    EGLDisplay display = open_software();
    EGLContext context;

    if (display == EGL_NO_DISPLAY || !eglInitialize(display, NULL, NULL)) {
        return 0;
    }
    eglBindAPI(EGL_OPENGL_API);
    context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT,
                               NULL);
    return eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
}

static void make_target(int side)
{
    GLuint texture, framebuffer;

    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, side, side);
    glGenFramebuffers(1, &framebuffer);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
                           texture, 0);
}

static int64_t clear_once(void)
{
    int64_t begin = now_ns();
    GLsync fence;

    glClear(GL_COLOR_BUFFER_BIT);
    fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    glFlush();
    glClientWaitSync(fence, 0, WAIT_NS);
    glDeleteSync(fence);
    return now_ns() - begin;
}

int main(int argc, char **argv)
{
    if (argc != 3 || !start()) {
        fprintf(stderr, "bench-gl: SIDE COUNT; Mesa's EGL is needed\n");
        return 1;
    }
    make_target(atoi(argv[1]));
    for (int i = 0; i < 32; i++) {
        clear_once();
    }
    for (int i = 0; i < atoi(argv[2]); i++) {
        printf("%" PRId64 "\n", clear_once());
    }
    return 0;
}
