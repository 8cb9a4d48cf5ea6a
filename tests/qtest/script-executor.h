/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Lends a real QEMU's virtio-gpu to the command scripts (tests/script/).
 */
#ifndef TESTS_QTEST_SCRIPT_EXECUTOR_H
#define TESTS_QTEST_SCRIPT_EXECUTOR_H

#include "executor-device.h"

struct executor;

struct executor *executor_create(const struct executor_options *options);

/*
 * What device a case is for, without running it: equal for cases that one QEMU
 * can run.  Or why there is none.  To be freed.
 */
char *executor_case_device(struct executor *executor,
                           const struct script *script, unsigned index);

extern const struct script_ops executor_ops;

#endif
