/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Has the name of a library of Mesa's, and destroys a mutex: by a call, or by a
 * pointer in a table, or not at all.
 */
#include <pthread.h>

#ifdef BY_TABLE
typedef int destroy_fn(pthread_mutex_t *mutex);

extern destroy_fn *volatile fake_driver_table[];

destroy_fn *volatile fake_driver_table[] = { pthread_mutex_destroy };
#endif

void fake_driver_destroy(pthread_mutex_t *mutex);

void fake_driver_destroy(pthread_mutex_t *mutex)
{
#if defined(BY_CALL)
    pthread_mutex_destroy(mutex);
#elif defined(BY_TABLE)
    fake_driver_table[0](mutex);
#else
    (void)mutex;
#endif
}
