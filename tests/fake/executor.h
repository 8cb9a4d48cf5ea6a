/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Runs command scripts against the library on the fake host.  Requests are
 * executed when they are kicked.  One thread.
 */
#ifndef TESTS_FAKE_EXECUTOR_H
#define TESTS_FAKE_EXECUTOR_H

#include "script.h"

#include "fake-host.h"

struct fake_executor;

struct fake_executor *fake_executor_create(void);
void fake_executor_destroy(struct fake_executor *executor);

/* To be given to script_run_case() with the executor as its host. */
extern const struct script_ops fake_executor_ops;

/*
 * Calls @seen with the bytes of every request before it runs, where a fuzzer
 * wants seeds.  NULL ends that.
 */
typedef void fake_executor_tap(void *opaque, unsigned queue,
                               const uint8_t *bytes, size_t num_bytes,
                               uint32_t writable);
void fake_executor_set_tap(struct fake_executor *executor,
                           fake_executor_tap *seen, void *opaque);

#endif
