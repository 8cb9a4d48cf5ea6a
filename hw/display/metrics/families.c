/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "families.h"

#include <stddef.h>

struct walk {
    const struct vgpu_metrics_view *view;
    const struct vgpu_metrics *metrics;
    const struct vgpu_metrics_sink *sink;
    void *opaque;
};

static const char *const queue_names[VGPU_METRIC_QUEUES] = {
    [VGPU_QUEUE_CONTROL] = "ctrl",
    [VGPU_QUEUE_CURSOR] = "cursor",
};

static const char *const loss_names[VGPU_FRAME_LOSSES] = {
    [VGPU_FRAME_UNCHANGED] = "unchanged",
    [VGPU_FRAME_UNSEEN] = "unseen",
    [VGPU_FRAME_NO_ROOM] = "no_room",
    [VGPU_FRAME_TOO_SOON] = "too_soon",
    [VGPU_FRAME_UNREADABLE] = "unreadable",
};

static void family(const struct walk *w, enum vgpu_metrics_type type,
                   const char *name, const char *help)
{
    const struct vgpu_metrics_family f = { name, help, type };

    w->sink->family(w->opaque, &f);
}

/* Of what is counted in nanoseconds and told in seconds. */
static void family_of_time(const struct walk *w, enum vgpu_metrics_type type,
                           const char *name, const char *help)
{
    const struct vgpu_metrics_family f = { name, help, type, .in_ns = true };

    w->sink->family(w->opaque, &f);
}

/* A sample with one label, or none where @label is NULL. */
static void value(const struct walk *w, const char *label, const char *is,
                  uint64_t value)
{
    const struct vgpu_metrics_label labels[] = { { label, is }, { NULL } };

    w->sink->value(w->opaque, labels, value);
}

static void counter(const struct walk *w, const char *label, const char *is,
                    const vgpu_counter *of)
{
    value(w, label, is, vgpu_counter_read(of));
}

static void single(const struct walk *w, enum vgpu_metrics_type type,
                   const char *name, const char *help, uint64_t is)
{
    family(w, type, name, help);
    value(w, NULL, NULL, is);
}

static void total(const struct walk *w, const char *name, const char *help,
                  const vgpu_counter *of)
{
    single(w, VGPU_METRICS_COUNTER, name, help, vgpu_counter_read(of));
}

static const char *command_name(unsigned place)
{
    return vgpu_wire_name(vgpu_metric_command_type(place));
}

/* What was never sent is left out. */
static void requests_of(const struct walk *w, unsigned queue, unsigned command)
{
    for (unsigned i = 0; i < VGPU_METRIC_RESULTS; i++) {
        uint64_t count = vgpu_counter_read(
            &w->metrics->queues[queue].requests[command][i]);
        const struct vgpu_metrics_label labels[] = {
            { "queue", queue_names[queue] },
            { "command", command_name(command) },
            { "result", vgpu_metric_result_name(i) },
            { NULL },
        };

        if (count) {
            w->sink->value(w->opaque, labels, count);
        }
    }
}

static void queues(const struct walk *w)
{
    family(w, VGPU_METRICS_COUNTER, "requests_total",
           "Requests that were answered.");
    for (unsigned q = 0; q < VGPU_METRIC_QUEUES; q++) {
        for (unsigned c = 0; c < VGPU_METRIC_COMMANDS; c++) {
            requests_of(w, q, c);
        }
    }
    family(w, VGPU_METRICS_GAUGE, "queue_depth",
           "Requests that are taken from the ring and not answered yet.");
    for (unsigned q = 0; q < VGPU_METRIC_QUEUES; q++) {
        counter(w, "queue", queue_names[q], &w->metrics->queues[q].depth);
    }
    family_of_time(w, VGPU_METRICS_HISTOGRAM, "queue_latency_seconds",
                   "From the doorbell until the reply is in the used ring.");
    for (unsigned q = 0; q < VGPU_METRIC_QUEUES; q++) {
        const struct vgpu_metrics_label labels[] = {
            { "queue", queue_names[q] }, { NULL },
        };

        w->sink->histogram(w->opaque, labels, &w->metrics->queues[q].latency);
    }
}

static void summary(const struct walk *w, const char *name, const char *help,
                    const struct vgpu_timing *timing)
{
    const struct vgpu_metrics_label none = { NULL };

    family_of_time(w, VGPU_METRICS_SUMMARY, name, help);
    w->sink->summary(w->opaque, &none, timing);
}

static void times(const struct walk *w)
{
    const struct vgpu_metrics *m = w->metrics;

    summary(w, "decode_seconds", "Copying and decoding a request of the "
            "control queue; of every 64th.", &m->decode);
    family_of_time(w, VGPU_METRICS_SUMMARY, "execute_seconds",
                   "Executing a request of the control queue, the renderer's "
                   "work in it; of every 64th.");
    for (unsigned i = 0; i < VGPU_METRIC_COMMANDS; i++) {
        const struct vgpu_metrics_label labels[] = {
            { "command", command_name(i) }, { NULL },
        };

        if (vgpu_counter_read(&m->execute[i].count)) {
            w->sink->summary(w->opaque, labels, &m->execute[i]);
        }
    }
    summary(w, "render_seconds", "The 3D renderer's calls for streams and "
            "transfers; of all.", &m->renderer);
    summary(w, "frame_read_seconds", "Comparing and copying pictures for the "
            "displays; of all.", &m->read);
    family_of_time(w, VGPU_METRICS_COUNTER, "busy_seconds_total",
                   "Time that the device thread was at work on the control "
                   "queue.");
    counter(w, NULL, NULL, &m->busy_ns);
}

static void fences(const struct walk *w)
{
    const struct vgpu_metrics_label none = { NULL };
    int64_t since = vgpu_counter_read(&w->metrics->oldest_fence_ns);

    family_of_time(w, VGPU_METRICS_HISTOGRAM, "fence_wait_seconds",
                   "From a command's end until its fence lets the reply go.");
    w->sink->histogram(w->opaque, &none, &w->metrics->fence_wait);
    single(w, VGPU_METRICS_GAUGE, "fences", "Replies that wait for a fence.",
           vgpu_counter_read(&w->metrics->fences));
    family_of_time(w, VGPU_METRICS_GAUGE, "oldest_fence_age_seconds",
                   "How long the first of them has waited; 0 without any.");
    value(w, NULL, NULL, since && w->view->now_ns > since
                         ? w->view->now_ns - since : 0);
}

static void bytes(const struct walk *w)
{
    const struct vgpu_metrics *m = w->metrics;

    family(w, VGPU_METRICS_COUNTER, "transfer_bytes_total",
           "Bytes that transfers copied, and bytes of command streams.");
    counter(w, "direction", "to_host", &m->bytes_to_host);
    counter(w, "direction", "from_host", &m->bytes_from_host);
    counter(w, "direction", "stream", &m->bytes_stream);
    total(w, "readback_bytes_total",
          "Bytes read back from OpenGL to be shown.", &m->bytes_read);
}

static void frames(const struct walk *w)
{
    const struct vgpu_metrics *m = w->metrics;

    total(w, "frames_flushed_total", "Flushes of what an output shows.",
          &m->frames_flushed);
    total(w, "frames_read_total", "Pictures copied for the displays.",
          &m->frames_read);
    total(w, "frames_shared_total", "Pictures given to the displays as "
          "dma-bufs.", &m->frames_shared);
    total(w, "frames_lent_total", "Pictures given to the displays as the memory "
          "that they are drawn in.", &m->frames_lent);
    total(w, "frames_merged_total", "Pictures that were not taken before the "
          "next one came, and are shown with it.", &m->frames_merged);
    total(w, "frames_presented_total", "Pictures that the displays were told "
          "of.", &m->frames_presented);
    family(w, VGPU_METRICS_COUNTER, "frames_dropped_total", "Flushes that came "
           "to no picture: the same as shown, nobody looked, every frame was "
           "in use, could not be read.");
    for (unsigned i = 0; i < VGPU_FRAME_LOSSES; i++) {
        counter(w, "reason", loss_names[i], &m->frames_lost[i]);
    }
}

static void memory(const struct walk *w)
{
    const struct vgpu_metrics_memory *kinds = w->view->memory;

    family(w, VGPU_METRICS_GAUGE, "memory_bytes",
           "Memory of the host that the guest makes the process hold.");
    for (unsigned i = 0; i < VGPU_METRICS_MEMORY_KINDS; i++) {
        value(w, "kind", kinds[i].kind, kinds[i].bytes);
    }
    family(w, VGPU_METRICS_GAUGE, "memory_limit_bytes",
           "What it may come to: max_hostmem, the same and a sixteenth, "
           "max_hostmem_3d.");
    for (unsigned i = 0; i < VGPU_METRICS_MEMORY_KINDS; i++) {
        value(w, "kind", kinds[i].kind, kinds[i].limit);
    }
    single(w, VGPU_METRICS_GAUGE, "frame_memory_bytes",
           "Memory of pictures on their way to the displays.",
           w->view->frame_bytes);
    single(w, VGPU_METRICS_GAUGE, "contexts", "Live contexts.",
           w->view->contexts);
    single(w, VGPU_METRICS_GAUGE, "contexts_limit", "Most contexts at a time.",
           w->view->max_contexts);
    single(w, VGPU_METRICS_GAUGE, "resources", "Live resources.",
           vgpu_counter_read(&w->metrics->resources));
    single(w, VGPU_METRICS_GAUGE, "resources_limit",
           "Most resources at a time.", w->view->max_resources);
}

static void events(const struct walk *w)
{
    const struct vgpu_metrics *m = w->metrics;

    family(w, VGPU_METRICS_COUNTER, "guest_errors_total",
           "Mistakes of the guest's: in a command, or that the renderer "
           "complained of.");
    counter(w, "source", "command", &m->command_errors);
    counter(w, "source", "renderer", &m->renderer_errors);
    family(w, VGPU_METRICS_COUNTER, "watchdog_events_total",
           "What took longer than watchdog= seconds: commands, fences, the "
           "device thread beside them.");
    counter(w, "of", "command", &m->overdue_commands);
    counter(w, "of", "fence", &m->overdue_fences);
    counter(w, "of", "thread", &m->overdue_thread);
    total(w, "resets_total", "Resets of the device, the machine's among them.",
          &m->resets);
}

static void info(const struct walk *w)
{
    const struct vgpu_metrics_label labels[] = {
        { "route", w->view->route },
        { "renderer", w->view->renderer },
        { "profile", w->view->profile },
        { "version", w->view->version },
        { NULL },
    };

    family(w, VGPU_METRICS_GAUGE, "info", "What renders, the profile, and "
           "this device's version; always 1.");
    w->sink->value(w->opaque, labels, 1);
}

void vgpu_metrics_walk(const struct vgpu_metrics_view *view,
                       const struct vgpu_metrics_sink *sink, void *opaque)
{
    const struct walk w = { view, view->metrics, sink, opaque };

    info(&w);
    queues(&w);
    times(&w);
    fences(&w);
    bytes(&w);
    frames(&w);
    memory(&w);
    events(&w);
}
