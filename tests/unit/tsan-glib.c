/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * GLib's mutexes and queues are futexes inside a library that is not
 * instrumented: the thread sanitizer does not see that they order anything.
 * Linked with --wrap of each of these functions, this tells it.
 */
#include <glib.h>
#include <sanitizer/tsan_interface.h>

void __real_g_mutex_lock(GMutex *mutex);
void __wrap_g_mutex_lock(GMutex *mutex);
void __real_g_mutex_unlock(GMutex *mutex);
void __wrap_g_mutex_unlock(GMutex *mutex);
void __real_g_async_queue_push(GAsyncQueue *queue, gpointer data);
void __wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data);
gpointer __real_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout);
gpointer __wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout);

void __wrap_g_mutex_lock(GMutex *mutex)
{
    __real_g_mutex_lock(mutex);
    __tsan_acquire(mutex);
}

void __wrap_g_mutex_unlock(GMutex *mutex)
{
    __tsan_release(mutex);
    __real_g_mutex_unlock(mutex);
}

void __wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
    __tsan_release(queue);
    __real_g_async_queue_push(queue, data);
}

gpointer __wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout)
{
    gpointer data = __real_g_async_queue_timeout_pop(queue, timeout);

    __tsan_acquire(queue);
    return data;
}
