/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The property outputs of a device, as docs/displays.md describes it: of a PCI
 * device with the id gpu.  One thread.
 */
#ifndef TESTS_QTEST_OUTPUTS_H
#define TESTS_QTEST_OUTPUTS_H

#include "gpu.h"

/* "-device" of @type with that JSON as its outputs, and more members. */
struct gpu *outputs_boot(const char *type, const char *json, const char *more);

/* The arguments of such a QEMU; the caller's. */
char *outputs_arguments(const char *type, const char *json, const char *more);

/* qom-set, which must succeed, or must fail with the error that is returned. */
void outputs_set(struct gpu *gpu, const char *json);
char *outputs_refusal(struct gpu *gpu, const char *json);

/* All of it as one text, in an order that does not change; the caller's. */
char *outputs_text(struct gpu *gpu);

/* One member of a head. */
uint64_t outputs_number(struct gpu *gpu, unsigned head, const char *name);
void outputs_expect_text(struct gpu *gpu, unsigned head, const char *name,
                         const char *want);

/* What the guest is told of a head; 0x0: it is off. */
void outputs_expect_mode(struct gpu *gpu, unsigned head, struct wire_rect want);
void outputs_expect_size(struct gpu *gpu, unsigned head, uint32_t width,
                         uint32_t height);

/*
 * As a driver does: asks for the modes and clears the event.  Whether there was
 * one.
 */
bool outputs_take_event(struct gpu *gpu);
void outputs_expect_event(struct gpu *gpu, bool want, const char *after);

#endif
