/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * EGL of the real Mesa, as far as it goes without a GPU: who renders in software
 * is known for it, on a GBM device too, as render nodes have.
 */
#include "platform/egl.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
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

/* In a process that finds empty files in place of these libraries. */
static void expect_failure(const char *const *libraries, const char *test)
{
    g_autofree char *folder = g_dir_make_tmp("no-egl-XXXXXX", NULL);

    for (unsigned i = 0; libraries[i]; i++) {
        g_autofree char *path = g_build_filename(folder, libraries[i], NULL);

        g_assert_true(g_file_set_contents(path, "", 0, NULL));
    }
    g_setenv("LD_LIBRARY_PATH", folder, TRUE);
    g_test_trap_subprocess(test, 0, 0);
    g_unsetenv("LD_LIBRARY_PATH");
    for (unsigned i = 0; libraries[i]; i++) {
        g_autofree char *path = g_build_filename(folder, libraries[i], NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_test_trap_assert_passed();
}

static void expect_errors(const char *pattern)
{
    g_autofree char *software = NULL, *node = NULL;

    g_assert_null(vgpu_egl_open_software(&software));
    g_assert_null(vgpu_egl_open_node(-1, &node));
    g_assert_true(g_pattern_match_simple(pattern, software));
    g_assert_true(g_pattern_match_simple(pattern, node));
}

static void test_no_egl(void)
{
    static const char *const libraries[] = { "libEGL.so.1", NULL };

    expect_failure(libraries, "/egl/no-egl/subprocess");
}

static void test_no_egl_subprocess(void)
{
    expect_errors("EGL cannot be loaded (*libEGL.so.1*): install libegl1");
}

static void test_no_opengl(void)
{
    static const char *const libraries[] = {
        "libOpenGL.so.0", "libGL.so.1", NULL,
    };

    expect_failure(libraries, "/egl/no-opengl/subprocess");
}

static void test_no_opengl_subprocess(void)
{
    expect_errors("OpenGL cannot be loaded (*libGL.so.1*): install libopengl0");
}

static void test_old_opengl(void)
{
    g_test_trap_subprocess("/egl/old-opengl/subprocess", 0, 0);
    g_test_trap_assert_passed();
}

static void test_old_opengl_subprocess(void)
{
    g_autofree char *error = NULL;

    g_setenv("MESA_EXTENSION_OVERRIDE", "-GL_ARB_direct_state_access", TRUE);
    g_setenv("MESA_GL_VERSION_OVERRIDE", "4.4", TRUE);
    g_assert_null(vgpu_egl_open_software(&error));
    g_assert_true(g_pattern_match_simple("OpenGL 4.4 * of llvmpipe* has no "
                                         "ARB_direct_state_access: a newer "
                                         "driver is needed", error));
}

int main(int argc, char **argv)
{
    g_setenv("GBM_ALWAYS_SOFTWARE", "1", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/egl/software", test_software);
    g_test_add_func("/egl/node", test_node);
    g_test_add_func("/egl/no-egl", test_no_egl);
    g_test_add_func("/egl/no-egl/subprocess", test_no_egl_subprocess);
    g_test_add_func("/egl/no-opengl", test_no_opengl);
    g_test_add_func("/egl/no-opengl/subprocess", test_no_opengl_subprocess);
    g_test_add_func("/egl/old-opengl", test_old_opengl);
    g_test_add_func("/egl/old-opengl/subprocess", test_old_opengl_subprocess);
    return g_test_run();
}
