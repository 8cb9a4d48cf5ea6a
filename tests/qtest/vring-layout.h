/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Between vring.c and the two ring layouts: nobody else includes this.
 */
#ifndef TESTS_QTEST_VRING_LAYOUT_H
#define TESTS_QTEST_VRING_LAYOUT_H

#include "vring.h"

/* Allocate the areas of a ring whose size is known and set its ops. */
void vring_split_init(struct vring *ring);
void vring_packed_init(struct vring *ring);

/* Chain @id came back: ends the case unless it was in flight. */
void vring_retire(struct vring *ring, unsigned id);

#endif
