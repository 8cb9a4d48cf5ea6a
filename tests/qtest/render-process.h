/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virglrenderer's render server beside a QEMU under test: started by QEMU, or
 * where QEMU may start nothing (-sandbox spawn=deny) by this, for each that
 * connects.  One thread.
 */
#ifndef TESTS_QTEST_RENDER_PROCESS_H
#define TESTS_QTEST_RENDER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

enum render_process {
    RENDER_CONTEXTS,            /* those of contexts */
    RENDER_SERVER,              /* all of them */
};

/*
 * Before the first case.  False where there is no server; it has added a case
 * then that is skipped and says so.
 */
bool render_process_start(void);

/* Whether it is not QEMU that starts it. */
bool render_process_is_outside(void);

/* Properties of the device, to be freed. */
char *render_process_properties(const char *others);

/* Kills such processes of @gpu's QEMU, of which there must be some. */
void render_process_kill(struct gpu *gpu, enum render_process which);

/* The limit of data ("Max data size" of proc(5)) that each of them has, bytes. */
uint64_t render_process_data_limit(struct gpu *gpu);

/* Those of contexts do nothing any more. */
void render_process_freeze(struct gpu *gpu);

#endif
