/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * EGL of the real Mesa, as far as it goes without a GPU: who renders in software
 * is known for it, on a GBM device too, as render nodes have.
 */
#include "platform/egl.h"

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

static void test_software(void)
{
    g_autofree char *error = NULL;
    struct vgpu_egl *egl = vgpu_egl_open_software(&error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(vgpu_egl_is_software(egl));
    g_assert_cmpint(vgpu_egl_node(egl), ==, -1);
    g_assert_nonnull(strstr(vgpu_egl_driver(egl), "swrast"));
    vgpu_egl_close(egl);
}

/* GBM_ALWAYS_SOFTWARE has Mesa not ask what the descriptor is of. */
static void test_node(void)
{
    g_autofree char *error = NULL;
    int node = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct vgpu_egl *egl = vgpu_egl_open_node(node, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(vgpu_egl_is_software(egl));
    g_assert_cmpint(vgpu_egl_node(egl), ==, node);
    vgpu_egl_close(egl);
    g_assert_cmpint(fcntl(node, F_GETFD), ==, -1);
}

int main(int argc, char **argv)
{
    g_setenv("GBM_ALWAYS_SOFTWARE", "1", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/egl/software", test_software);
    g_test_add_func("/egl/node", test_node);
    return g_test_run();
}
