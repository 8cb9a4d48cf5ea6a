/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * That a device has 3D, in one call.  One thread.
 */
#ifndef TESTS_QTEST_GL_PROOF_H
#define TESTS_QTEST_GL_PROOF_H

#include "gl-image.h"

/*
 * Draws a texture, reads it back, shows it on head 0 of the started device "gpu"
 * and takes a screendump: all must be as drawn, or the case ends.  What is
 * returned is shown from now on.  Takes resource 1 and context 1.
 */
struct gl_image gl_proof(struct gpu *gpu);

#endif
