/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Lends a real QEMU's virtio-gpu to the command scripts (tests/script/).
 */
#ifndef TESTS_QTEST_SCRIPT_EXECUTOR_H
#define TESTS_QTEST_SCRIPT_EXECUTOR_H

#include <stdbool.h>

#include "tests/script/script.h"

/* How requests travel; plain constants, chosen once per program. */
struct executor_options {
    bool packed;                /* rings */
    bool direct;                /* no indirect tables where a ring has room */
    const char *properties;     /* more of them for -device, or NULL */
};

struct executor;

struct executor *executor_create(const struct executor_options *options);

extern const struct script_ops executor_ops;

#endif
