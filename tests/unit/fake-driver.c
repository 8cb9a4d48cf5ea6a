/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/* Has the name of a library of Mesa's, and destroys a mutex. */
#include <pthread.h>

void fake_driver_destroy(pthread_mutex_t *mutex);

void fake_driver_destroy(pthread_mutex_t *mutex)
{
#ifdef NO_MUTEX
    (void)mutex;
#else
    pthread_mutex_destroy(mutex);
#endif
}
