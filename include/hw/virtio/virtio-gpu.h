/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virtio-gpu as a QEMU object: what the files of the glue share.
 *
 * Type names and properties are those of QEMU's own device.  Which thread a
 * field belongs to stands above each group; docs/threads.md has the whole
 * picture.
 */
#ifndef HW_VIRTIO_VIRTIO_GPU_H
#define HW_VIRTIO_VIRTIO_GPU_H

#include "block/aio.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio.h"
#include "qemu/notify.h"
#include "qemu/ratelimit.h"
#include "qemu/thread.h"
#include "system/iothread.h"
#include "ui/console.h"

#include "hw/virtio/vgpu/device.h"

#define TYPE_VIRTIO_GPU_BASE "virtio-gpu-base"
OBJECT_DECLARE_TYPE(VirtIOGPUBase, VirtIOGPUBaseClass, VIRTIO_GPU_BASE)

#define TYPE_VIRTIO_GPU "virtio-gpu-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPU, VIRTIO_GPU)

#define TYPE_VIRTIO_GPU_GL "virtio-gpu-gl-device"

/*
 * Live at a time, unless the user says less: four times what the matrix asks for,
 * and a bound on the table that holds them, whatever max_hostmem is.
 */
#define VIRTIO_GPU_MAX_RESOURCES 65536
#define VIRTIO_GPU_MAX_CONTEXTS 1024

/*
 * Seconds: a quarter of the time after which Linux says that a task hangs, so
 * that the host knows first; and at most a day.
 */
#define VIRTIO_GPU_WATCHDOG 30
#define VIRTIO_GPU_MAX_WATCHDOG 86400

/* Mesa has a limit of its own, 16 or 32, and takes what is more as that. */
#define VIRTIO_GPU_MAX_SOFTWARE_THREADS 32

/* Beyond what any display shows. */
#define VIRTIO_GPU_MAX_FPS 1000

struct vgpu_guarded_copy;
struct vgpu_mailbox;
struct vgpu_stall;

/* Of a head's name, vendor and serial number, as EDID has room for them. */
#define VIRTIO_GPU_MAX_TEXT 12

/*
 * A head as its operator describes it: an element of outputs=, by qom-set while
 * the VM runs.  docs/displays.md says what the members are.
 */
typedef struct VirtIOGPUOutputConf {
    char name[VIRTIO_GPU_MAX_TEXT + 1];
    char vendor[VIRTIO_GPU_MAX_TEXT + 1]; /* three letters */
    char serial[VIRTIO_GPU_MAX_TEXT + 1]; /* "": none */
    uint32_t connected;
    uint32_t xres, yres;                /* px */
    uint32_t x, y;
    uint32_t refresh_mhz;               /* millihertz, 0: not known */
    uint32_t width_mm, height_mm;       /* 0: not known */
    uint32_t xmax, ymax;                /* px, 0: as much as can be */
    uint32_t fixed;                     /* clients' wishes do not count */
    uint32_t given;                     /* bit i: member i was named */
} VirtIOGPUOutputConf;

/* Properties; nothing of it changes after realize. */
typedef struct VirtIOGPUConf {
    uint32_t max_outputs;
    uint32_t xres;                      /* px, of output 0 at start */
    uint32_t yres;
    bool edid;
    bool blob;
    bool resource_uuid;
    uint32_t blob_alignment;            /* bytes, 0: not offered */
    uint64_t hostmem;                   /* bytes of window, 0: none */
    uint64_t max_hostmem;               /* bytes */
    uint8_t scanout_vmstate_version;
    bool outputs_vmstate;
    OnOffAuto context_init;             /* auto: the type's own */
    bool venus;
    bool venus_force;                   /* see renderer/virgl/virgl.h */
    bool native_context;                /* likewise */
    char *render_server;                /* NULL: the usual program */
    char *renderer;                     /* route, NULL: the type's own */
    char *vfio;                         /* id of the device that the guest */
                                        /* renders on; only with that route */
    char *rendernode;                   /* NULL, auto: the first that works */
    bool rendernode_software;           /* see renderer/virgl/virgl.h */
    OnOffAuto zero_memory;              /* likewise */
    uint64_t max_hostmem_3d;            /* bytes, see vgpu/budget.h */
    char *metrics;                      /* see metrics/exporter.h; NULL: off */
    bool metrics_allow_remote;
    char *metrics_textfile;             /* likewise */
    char *profile;                      /* see virtio-gpu-profile.h; NULL: */
                                        /* none */
    uint32_t given;                     /* bit i: limit i was set by itself */
    uint32_t max_resources;             /* live at a time */
    uint32_t max_contexts;
    uint32_t watchdog;                  /* seconds, 0: none */
    uint32_t software_threads;          /* of Mesa's rasterizer, 0: as it likes */
    uint32_t max_fps;                   /* pictures a second of a head, 0: as */
                                        /* its display has them */
    IOThread *iothread;                 /* NULL: one of our own */
    VirtIOGPUOutputConf outputs[VGPU_MAX_SCANOUTS];
    uint32_t num_outputs;               /* that outputs= has */
} VirtIOGPUConf;

/* The monitor that the guest finds at a head. */
typedef struct VirtIOGPUMonitor {
    struct vgpu_mode mode;
    uint32_t refresh_mhz;               /* millihertz, 0: not known */
    uint32_t width_mm;                  /* 0: not known */
    uint32_t height_mm;
} VirtIOGPUMonitor;

/* One head. */
typedef struct VirtIOGPUOutput {
    VirtIOGPUBase *gpu;                 /* fixed after realize */
    uint32_t index;
    QemuConsole *con;
    struct vgpu_mailbox *mailbox;

    /* Device thread. */
    uint64_t frame_bytes;               /* counted for this head */
    pixman_region32_t unread;           /* flushed, not in a frame yet */
    pixman_region32_t unshared;         /* flushed, displays not told yet */
    bool is_shared;                     /* the mailbox has it as a dma-buf */
    int64_t read_at_ns;                 /* not earlier, see virtio-gpu-pace.h */

    /*
     * Between both: written by the device thread, and by the main loop when
     * a display looks (get_clock(), 0: never).  Atomic, with the barriers of
     * virtio-gpu-frames.c.
     */
    bool has_unread;
    bool has_unshared;
    bool wants_pixels;                  /* who looks does not take dma-bufs */
    int64_t looked_at_ns;

    /* Under VirtIOGPUBase.modes_lock. */
    VirtIOGPUOutputConf conf;           /* what the operator says */
    VirtIOGPUMonitor wish;              /* what a display's client does */
    bool has_wish;
    VirtIOGPUMonitor told;              /* what the guest is told */

    /* Main loop: a wish that waits for the next, see virtio-gpu-wishes.c. */
    QemuUIInfo held;
    bool is_held;
    int64_t held_at_ns;                 /* since then; get_clock() */
    int64_t due_at_ns;                  /* until then; likewise */
    int64_t wished_at_ns;               /* the last one came; likewise */

    /* Under VirtIOGPUBase.cursor_lock. */
    QEMUCursor *cursor_news;            /* not yet applied, or NULL */
    uint32_t cursor_hides;              /* counts requests to hide it */

    /* Under the big lock. */
    DisplaySurface *surface;            /* that we gave the console, or NULL */
    struct vgpu_frame *shown;           /* its frame */
    bool is_shown_lent;                 /* which is not to be written */
    int *num_displayed;                 /* virtio-gpu-surface.c */
    int64_t copies_until_ns;            /* likewise */
    struct vgpu_frame *pixels;          /* of a picture that is shared */
    bool are_pixels_lent;               /* likewise */
    struct VirtIOGPUGLScanout *gl;      /* virtio-gpu-gl-scanout.h */
    int64_t present_at_ns;              /* not earlier; get_clock() */
    bool looker_waits;                  /* for fetch number @fetch */
    uint32_t fetch;
    QEMUCursor *cursor;                 /* defined last, or NULL */
    bool cursor_visible;
    bool mouse_owed;                    /* the displays are not told yet */
    int32_t cursor_x;
    int32_t cursor_y;
    uint32_t cursor_moves;              /* counts new positions */
} VirtIOGPUOutput;

struct VirtIOGPUBase {
    VirtIODevice parent_obj;

    VirtIOGPUConf conf;
    const char *default_route;          /* of the type */
    bool default_context_init;          /* of the type, with 3D */
    bool has_3d;                        /* fixed after realize */
    char *renderer_info;                /* what renders and why; likewise */
    char *profile_info;                 /* of which profile; likewise */
    struct vgpu_metrics metrics;        /* has its own rules */
    QemuThread main_thread;             /* fixed after realize */
    VirtIOGPUOutput outputs[VGPU_MAX_SCANOUTS];
    MemoryRegion hostmem;               /* the window's container, if any */
    const GraphicHwOps *hw_ops;         /* of every output's console */

    /*
     * modes_lock: what the user wishes (written by the main loop, read by
     * the device thread) and what the guest has been told of it.
     */
    QemuMutex modes_lock;
    uint32_t events_read;
    bool modes_changed;                 /* while the guest had the event, and */
                                        /* since its last GET_DISPLAY_INFO */
    bool notify_config;                 /* main loop: still to be told */
    QEMUTimer *wish_timer;              /* main loop: a held wish is due */
    bool said_no_room;                  /* main loop: for a wish */

    /* cursor_lock: hands cursor images from device thread to main loop. */
    QemuMutex cursor_lock;

    /* Device thread: what is flushed now is not to be read now. */
    bool reads_later;

    /* See virtio-gpu-pace.h. */
    int64_t pace_ns;                    /* fixed after realize; 0: no cap */
    QEMUTimer *pace_timer;              /* device thread */

    /* Device thread: frames of all heads, and what they may come to. */
    uint64_t frame_bytes;
    uint64_t frame_bytes_max;

    /* Device thread: value of cursor_hides when the update came by. */
    uint32_t cursor_hides;

    /* Wakes the main loop for pictures and cursors; scheduled by anyone. */
    QEMUBH *display_bh;
    QEMUTimer *present_timer;           /* main loop: the next picture is due */
    DisplayChangeListener listener;     /* main loop: wakes the displays */
    bool listening;                     /* main loop: it is registered */
    DisplayChangeListener **displays;   /* main loop: all, while it is */
    QEMUTimer *refresh_timer;           /* main loop: a refresh is over */
    bool is_refresh;                    /* main loop: who looks is a display */
    int64_t kick_at_ns;                 /* main loop: not earlier */
    int64_t kick_period_ns;             /* main loop: of the last picture */
    bool kick_owed;                     /* main loop: as soon as that */
    bool found_by_look;                 /* main loop: since our refresh */

    /*
     * Reads asked for by the main loop, which knows that somebody looks, and
     * done by the device thread.  Written with release, read with acquire.
     */
    uint32_t fetches_asked;
    uint32_t fetches_done;
    QEMUBH *fetch_bh;                   /* device thread */

    /*
     * Resets asked for under the big lock and done by the device thread.
     * While they differ the pictures under way are of before the reset.
     * Written with release by their side, read with acquire by the other.
     */
    uint32_t resets_asked;
    uint32_t resets_done;

    /*
     * Under the big lock: the guest's driver has shown a picture since the
     * last reset.  A wrapper with VGA sets the callback before realize and gives
     * or takes head 0 with it.
     */
    bool native;
    bool reset_owed;            /* the consoles still have to be told of one */
    void (*native_changed)(void *opaque, bool native);
    void *native_opaque;
};

struct VirtIOGPUBaseClass {
    VirtioDeviceClass parent_class;
};

/* What is loaded and not yet applied, see virtio-gpu-migration.h. */
typedef struct VirtIOGPUIncoming VirtIOGPUIncoming;

typedef struct VirtIOGPURequest VirtIOGPURequest;
typedef QTAILQ_HEAD(, VirtIOGPURequest) VirtIOGPURequestList;

/* A chain popped from one of the queues; starts with QEMU's element. */
struct VirtIOGPURequest {
    VirtQueueElement elem;
    struct vgpu_request request;
    bool mapped;                /* the element's buffers still are */
    bool detached;              /* its queue was reset: never to be pushed */
    bool answered;              /* cursor queue: waits for older ones */
    int64_t noticed_ns;         /* when the device learned of it */
    uint32_t epoch;             /* resets_asked when it was popped */
    uint32_t cursor_moves;      /* of its output when it was popped */
    uint32_t cursor_hides;
    int32_t cursor_x;           /* before it, for when it fails */
    int32_t cursor_y;
    QTAILQ_ENTRY(VirtIOGPURequest) next;
    QTAILQ_ENTRY(VirtIOGPURequest) in_flight;
};

struct VirtIOGPU {
    VirtIOGPUBase parent_obj;

    /* Fixed after realize. */
    PCIDevice *pci;             /* the wrapper; NULL on other transports */
    bool interrupts_deferred;   /* see virtio-gpu-bus.h */
    PCIConfigWriteFunc *write_config;   /* virtio's own, on PCI */
    VirtQueue *ctrl_vq;
    VirtQueue *cursor_vq;
    IOThread *iothread;
    bool own_iothread;
    Notifier machine_complete;  /* see virtio-gpu-vfio.c */
    AioContext *ctx;
    QEMUBH *ctrl_bh;            /* device thread: look at the queue */
    QEMUBH *cursor_job_bh;      /* device thread: cursor updates */
    QEMUBH *cursor_done_bh;     /* main loop: their replies */
    QEMUBH *notify_bh;          /* main loop: interrupt without irqfd */

    /* Guest memory as the device sees it, without bounce buffers. */
    AddressSpace dma_as;
    bool has_dma_as;

    /* Device thread, but for the device's configuration. */
    struct vgpu_device *device;
    VirtIOGPURequestList finished;      /* answered, to be pushed */
    GHashTable *pinned;                 /* see virtio-gpu-memory.c */

    /* The same: see virtio-gpu-assigned.h. */
    struct vgpu_guarded_copy *assigned_copy;    /* NULL until it is needed */
    int64_t assigned_warning_ns;        /* not earlier; get_clock() */

    /* The same: see virtio-gpu-dmabuf.c. */
    uint32_t num_dmabufs;               /* open ones */
    uint64_t dmabuf_bytes;              /* of them */
    int udmabuf;                        /* /dev/udmabuf */
    bool said_no_dmabuf;                /* of devices' memory, and why */
    bool said_no_udmabuf;               /* of the guest's */

    /*
     * The glue lock: popping, pushing and notifying on the control queue
     * happen under it, and so do start, stop and reset of the queues.  Held
     * for a few descriptors at a time; see virtio_gpu_queue_lock().
     */
    QemuRecMutex lock;
    bool running;               /* the guest's driver and the VM are */
    bool failed;                /* the driver gave up; until reset */
    bool notifier_open;         /* the doorbell's descriptor may be read */
    bool polling;               /* the IOThread looks at it by itself */
    bool irqfd;                 /* guest notifiers are set up */
    bool ctrl_held;             /* the queue was reset, not yet re-enabled */
    bool parked_detached;       /* it was, and what waits for fences is to go */
    bool draining;              /* written by the device thread: the VM is to */
                                /* stop, what is under way gets its reply */
    VirtIOGPURequestList in_flight;     /* popped from the control queue */

    /*
     * An interrupt that the main loop has to raise, atomic: set by the device
     * thread before it schedules notify_bh, taken by the main loop.
     */
    bool notify_owed;

    /* Cursor queue: the big lock's, but for the two hand-overs. */
    VirtIOGPURequestList cursor_in_flight;
    QemuMutex cursor_jobs_lock;
    VirtIOGPURequestList cursor_jobs;   /* for the device thread */
    VirtIOGPURequestList cursor_done;   /* for the main loop */

    /* Regions to be unpinned by the main loop, under their lock. */
    QemuMutex unpin_lock;
    GSList *unpin;
    QEMUBH *unpin_bh;

    /*
     * Fences that the renderer has done: put there by its thread under the
     * lock, taken by the device thread.  The flag is atomic and says that
     * there are some.
     */
    QemuMutex fences_lock;
    GArray *fences_done;
    bool has_fences_done;
    QEMUBH *fences_bh;                  /* device thread */
    int poll_fd;                        /* the renderer's, or -1 */
    bool poll_waits;                    /* device thread: until the VM runs */

    /*
     * The command that the device thread executes may write guest memory,
     * atomic: set by it before it looks whether the VM stops, read by who stops
     * or resets it after it said so.
     */
    bool may_write_guest;

    /*
     * The window: what the device thread asks the main loop for, mappings that
     * nobody uses any more, and what has come of it all, under the lock; the
     * flag is atomic and says that there is some.  Mappings by resource id are
     * the big lock's.
     */
    QemuMutex window_lock;
    GArray *window_changes;
    struct VirtIOGPUMapping *unused_mappings;
    GArray *window_changed;
    bool has_window_changed;
    QEMUBH *window_bh;                  /* main loop */
    QEMUBH *window_changed_bh;          /* device thread */
    GHashTable *mappings;

    /*
     * Shared memory in it: one region behind all others, which the main loop
     * opens for the first; the flag is atomic.  What is shown, by resource id, is
     * the device thread's.
     */
    bool shared_is_open;
    struct vgpu_shared_window *shared_window;
    MemoryRegion shared_region;
    GHashTable *shown;

    /*
     * Migration is refused while contexts exist.  The device thread tells the
     * main loop, under fences_lock; the blocker is the big lock's.
     */
    uint32_t contexts_known;
    char *context_names;
    QEMUBH *blocker_bh;                 /* main loop */
    Error *blocker;
    NotifierWithReturn migration_notifier;

    /* Under the big lock, between pre_load and post_load. */
    VirtIOGPUIncoming *incoming;

    /*
     * Labels of the metrics, fixed after realize but for one, which is stored
     * with release and may still be read as it was before.
     */
    char *metrics_domain;
    char *metrics_device;
    char *metrics_route;
    char *metrics_renderer;
    char *metrics_renderer_before;

    /* Main loop: see virtio-gpu-exporter.h. */
    struct vgpu_exporter *exporter;
    Notifier exporter_exit;

    /* Device thread: see virtio-gpu-metrics.c. */
    int64_t noticed_ns;         /* when the requests that come next were */
    bool backlog;               /* there were more than were popped */
    int64_t flushed_ns;         /* of the last replies */
    unsigned samples;           /* commands, to time some of them */

    /*
     * What the device thread shows of itself, for the watchdog: written by it with
     * release, read with acquire; see virtio-gpu-watchdog.c.  The deadline is the
     * main loop's (get_clock()), atomic.
     */
    uint64_t watched_turn;              /* odd while a command runs */
    uint64_t watched_command;           /* context << 32 | type */
    uint64_t watched_answers;
    int64_t watched_deadline_ns;
    QEMUBH *watch_bh;                   /* device thread */
    QEMUTimer *watch_timer;             /* main loop, NULL: no watchdog */
    struct vgpu_stall *stall;           /* main loop */

    RateLimit guest_error_rate;         /* guest mistakes; has its own lock */
};

/*
 * The parents, for what runs once a command: a cast by QOM's macros looks the
 * type up each time, and half a dozen of them were a fifth of a command.
 */
static inline VirtIOGPUBase *virtio_gpu_base(VirtIOGPU *gpu)
{
    return &gpu->parent_obj;
}

static inline VirtIODevice *virtio_gpu_vdev(VirtIOGPU *gpu)
{
    return &gpu->parent_obj.parent_obj;
}

/*
 * Displays are the main loop's, and not every thread's that has the big lock:
 * that may be a vCPU's or migration's.
 */
static inline bool virtio_gpu_in_main_thread(VirtIOGPUBase *base)
{
    return qemu_thread_is_self(&base->main_thread);
}

/* --- virtio-gpu-base.c: types and properties -------------------------- */

/* Feature bits of the device class, from properties and route. */
uint64_t virtio_gpu_offered_features(const VirtIOGPUBase *base);

/* --- virtio-gpu-request.c: a chain's life, both queues ----------------- */

/*
 * Readies a chain that was just popped: takes over @gpu's negotiated
 * features.  The buffers stay mapped until it is filled or freed.
 */
void virtio_gpu_request_init(VirtIOGPU *gpu, VirtIOGPURequest *r,
                             enum vgpu_queue queue);

/* Copies out of guest memory what the device will look at. */
void virtio_gpu_request_fetch(VirtIOGPU *gpu, VirtIOGPURequest *r);

/*
 * Copies the reply into the chain and puts it into the used ring, as entry
 * @index of those that are flushed together.  In an RCU critical section.
 */
void virtio_gpu_request_fill(VirtIOGPU *gpu, VirtQueue *vq,
                             VirtIOGPURequest *r, unsigned index);

/* Ends a request that was filled, or whose queue was reset. */
void virtio_gpu_request_free(VirtIOGPU *gpu, VirtQueue *vq,
                             VirtIOGPURequest *r);

/* vgpu_host_ops.guest_error. */
void virtio_gpu_request_guest_error(void *host,
                                    const struct vgpu_request *request,
                                    const char *text);

/* --- virtio-gpu-queue.c: the control queue, device thread ------------- */

void virtio_gpu_queue_init(VirtIOGPU *gpu);

/* After the device thread has come to rest. */
void virtio_gpu_queue_finish(VirtIOGPU *gpu);

/*
 * Device thread: a turn at the control queue.  Bounded, so that the cursor, a
 * reset and whatever else lives on this thread get theirs however busy the
 * guest is.
 */
void virtio_gpu_queue_process(VirtIOGPU *gpu);

/* Device thread: whether a request could be popped. */
bool virtio_gpu_queue_has_work(VirtIOGPU *gpu);

/*
 * Device thread: lets the driver kick, unless the IOThread looks by itself, or
 * not; true when there is something to pop.
 */
bool virtio_gpu_queue_set_kicks(VirtIOGPU *gpu, bool enable);

/*
 * Device thread: executes what stands in the control queue, at most as many
 * commands as it has places.
 */
void virtio_gpu_queue_drain(VirtIOGPU *gpu);

/* Under the glue lock: what is in flight will never be pushed. */
void virtio_gpu_queue_detach_locked(VirtIOGPU *gpu);

/*
 * Device thread: a reset that was asked for and not carried out yet; true
 * when there was one.
 */
bool virtio_gpu_queue_sync_reset(VirtIOGPU *gpu);

/*
 * The glue lock; see VirtIOGPU.lock.  Who calls with the big lock held must
 * look at the flags again afterwards: against a hostile guest it may have
 * been given up meanwhile.
 */
void virtio_gpu_queue_lock(VirtIOGPU *gpu);
void virtio_gpu_queue_unlock(VirtIOGPU *gpu);

/* --- virtio-gpu-replies.c: the used ring of the control queue ---------- */

/* Device thread: pushes the replies that are ready. */
void virtio_gpu_queue_flush(VirtIOGPU *gpu);

/* vgpu_host_ops.complete. */
void virtio_gpu_queue_complete(void *host, struct vgpu_request *request);

/* --- virtio-gpu-renderer.c: what renders ------------------------------ */

/*
 * A renderer with 3D, out of a module of its own that calls this when it is
 * loaded.
 */
void virtio_gpu_renderer_register(const struct vgpu_renderer_ops *ops);

/*
 * Takes the route that the user or the type says, loading that module where it
 * is needed, and makes gpu->device on the device thread.  False when it cannot.
 */
bool virtio_gpu_renderer_realize(VirtIOGPU *gpu, Error **errp);

/* Ends gpu->device on the device thread, where nothing else is left to do. */
void virtio_gpu_renderer_unrealize(VirtIOGPU *gpu);

/* The route has 3D; known before realize of the rest. */
bool virtio_gpu_renderer_choose(VirtIOGPUBase *base, Error **errp);

/* --- virtio-gpu-fences.c: work of the renderer that ends -------------- */

void virtio_gpu_fences_init(VirtIOGPU *gpu);

/*
 * Device thread, the device and its renderer's threads have ended: what they
 * reported at the last is not looked at.
 */
void virtio_gpu_fences_end(VirtIOGPU *gpu);
void virtio_gpu_fences_finish(VirtIOGPU *gpu);

/* Device thread, the device is there: watches its poll descriptor. */
void virtio_gpu_fences_watch(VirtIOGPU *gpu);
void virtio_gpu_fences_unwatch(VirtIOGPU *gpu);

/* vgpu_renderer_host.fence_done, any thread. */
void virtio_gpu_fences_done(void *opaque, uint64_t token, bool lost);

/* Device thread: completes the requests of fences that are done. */
void virtio_gpu_fences_retire(VirtIOGPU *gpu);

/*
 * Device thread, before something that may write guest memory: false when the
 * VM has stopped and nothing may begin.  Ends with the other, which is also
 * vgpu_renderer_host.writes_no_more.
 */
bool virtio_gpu_fences_may_begin(VirtIOGPU *gpu);
void virtio_gpu_fences_writes_no_more(void *opaque);

/* Device thread: the VM runs again. */
void virtio_gpu_fences_resume(VirtIOGPU *gpu);

/* --- virtio-gpu-mapping.c: host memory in the guest's window ---------- */

void virtio_gpu_mapping_init(VirtIOGPU *gpu);

/* Big lock, given way at times: waits until nothing is mapped after a reset. */
void virtio_gpu_mapping_drain(VirtIOGPU *gpu);
void virtio_gpu_mapping_finish(VirtIOGPU *gpu);

/* vgpu_host_ops.window_map and window_unmap. */
enum vgpu_window_answer virtio_gpu_mapping_map(void *host, uint32_t id,
                                               uint64_t offset, void *data,
                                               uint64_t bytes);
enum vgpu_window_answer virtio_gpu_mapping_unmap(void *host, uint32_t id);

/* Device thread: goes on with what waited for the window. */
void virtio_gpu_mapping_retire(VirtIOGPU *gpu);

/* --- virtio-gpu-shared.c: shared memory in the guest's window --------- */

void virtio_gpu_shared_init(VirtIOGPU *gpu);

/* Big lock, given way meanwhile. */
void virtio_gpu_shared_finish(VirtIOGPU *gpu);

/*
 * Main loop: has shared memory shown from now on, unless somebody pins guest memory
 * (then shared_is_open stays false).
 */
void virtio_gpu_shared_open(VirtIOGPU *gpu);

/*
 * Device thread: shows it to the guest, at once.  -EINVAL: it is not shared, or a
 * device's, and needs a region of its own; -EBUSY: it is, but the window was not
 * opened; anything else: there is no room.
 */
int virtio_gpu_shared_show(VirtIOGPU *gpu, uint32_t id, uint64_t offset,
                           void *data, uint64_t bytes);

/* Device thread: false when it is not shown. */
bool virtio_gpu_shared_hide(VirtIOGPU *gpu, uint32_t id);

/* --- virtio-gpu-contexts.c: migration while contexts exist ------------ */

void virtio_gpu_contexts_init(VirtIOGPU *gpu);
void virtio_gpu_contexts_finish(VirtIOGPU *gpu);

/* Device thread: contexts may have come or gone. */
void virtio_gpu_contexts_changed(VirtIOGPU *gpu);

/*
 * Main loop or big lock: a migration or a save is over, during which no blocker
 * could be added.
 */
void virtio_gpu_contexts_block(VirtIOGPU *gpu);

/* Under the big lock: false, with what they are called, while some exist. */
bool virtio_gpu_contexts_allow_save(VirtIOGPU *gpu, Error **errp);

/* --- virtio-gpu-doorbell.c: how the control queue is noticed --------- */

/* A kick that came through a vCPU or the main loop. */
void virtio_gpu_doorbell_handle_output(VirtIODevice *vdev, VirtQueue *vq);

/*
 * Under the big lock, the VM has stopped: who goes on with the queue, here or
 * elsewhere, may be one that waits for a kick.
 */
void virtio_gpu_doorbell_allow(VirtIOGPU *gpu);

/* Device thread, for AioContext: the doorbell's descriptor is readable. */
void virtio_gpu_doorbell_kicked(void *opaque);

/* Device thread, for AioContext: looking instead of sleeping. */
bool virtio_gpu_doorbell_poll(void *opaque);
void virtio_gpu_doorbell_poll_ready(void *opaque);
void virtio_gpu_doorbell_poll_begin(void *opaque);
void virtio_gpu_doorbell_poll_end(void *opaque);

/* --- virtio-gpu-thread.c: the device thread --------------------------- */

/* The user's IOThread, or one of our own. */
bool virtio_gpu_thread_start(VirtIOGPU *gpu, Error **errp);
void virtio_gpu_thread_finish(VirtIOGPU *gpu);

/*
 * Runs @run on the device thread and waits for it.  With the big lock held
 * that is given up after 100 ms, see virtio_gpu_queue_lock(): the caller must
 * look at what it protects again.
 */
void virtio_gpu_thread_run(VirtIOGPU *gpu, void (*run)(void *opaque),
                           void *opaque);

/*
 * Runs @run on the device thread and waits for it with the big lock held: at
 * realize and unrealize, when nothing there can wait for it.
 */
void virtio_gpu_thread_call(VirtIOGPU *gpu, void (*run)(void *opaque),
                            void *opaque);

/*
 * With the queues stopped: returns when the command that the device thread is
 * in, if it is one that writes guest memory, does so no more.  Does not wait
 * for anything behind it.  The big lock is given up after 100 ms as above.
 */
void virtio_gpu_thread_wait_for_writer(VirtIOGPU *gpu);

/*
 * Under the big lock, with the queues stopped because the VM stops: returns
 * when nothing is in flight and guest memory will not change.  While contexts
 * exist, and so nobody can save the VM, only the second is waited for.  @can_push: the
 * driver still wants replies.
 */
void virtio_gpu_thread_drain(VirtIOGPU *gpu, bool can_push);

/* --- virtio-gpu-status.c: start, stop and reset, under the big lock ---- */

bool virtio_gpu_status_init(VirtIOGPU *gpu, Error **errp);
void virtio_gpu_status_finish(VirtIOGPU *gpu);

/*
 * Under the big lock, the VM stands still and is about to be saved: what was
 * left under way because a context was there when it stopped ends now.
 */
void virtio_gpu_status_rest(VirtIOGPU *gpu);

/* False when the driver made queue @index too large to be used. */
bool virtio_gpu_status_ring_fits(VirtIOGPU *gpu, uint32_t index);

/* Virtio's callbacks. */
void virtio_gpu_status_set(VirtIODevice *vdev, uint8_t status);
void virtio_gpu_status_reset(VirtIOGPU *gpu);
void virtio_gpu_status_queue_reset(VirtIODevice *vdev, uint32_t index);
void virtio_gpu_status_queue_enable(VirtIODevice *vdev, uint32_t index);
int virtio_gpu_status_start_ioeventfd(VirtIODevice *vdev);
void virtio_gpu_status_stop_ioeventfd(VirtIODevice *vdev);

/* --- virtio-gpu-cursor.c: the cursor queue, main loop ----------------- */

void virtio_gpu_cursor_init(VirtIOGPU *gpu);
void virtio_gpu_cursor_finish(VirtIOGPU *gpu);
void virtio_gpu_cursor_handle_output(VirtIODevice *vdev, VirtQueue *vq);

/* Under the big lock: forget what is under way, the queue is reset. */
void virtio_gpu_cursor_reset(VirtIOGPU *gpu);

/* Under the big lock: go on after the VM stood still. */
void virtio_gpu_cursor_resume(VirtIOGPU *gpu);

/*
 * While the VM stops: executes what was forwarded, on the device thread, and
 * then pushes the replies, under the big lock.
 */
void virtio_gpu_cursor_drain(VirtIOGPU *gpu);
void virtio_gpu_cursor_flush(VirtIOGPU *gpu);

/* Device thread: a cursor request is done. */
void virtio_gpu_cursor_complete(VirtIOGPU *gpu, VirtIOGPURequest *r);

/* --- virtio-gpu-memory.c: guest memory, device thread ----------------- */

void virtio_gpu_memory_init(VirtIOGPU *gpu);
void virtio_gpu_memory_finish(VirtIOGPU *gpu);

/*
 * Under the big lock, before the driver can be there: the device stops
 * seeing anything but memory.
 */
void virtio_gpu_memory_set_up_dma(VirtIOGPU *gpu);

/* vgpu_host_ops.map, .unmap and .translates. */
void *virtio_gpu_memory_map(void *host, uint64_t addr, uint64_t *bytes,
                            bool write);
void virtio_gpu_memory_unmap(void *host, void *pointer, uint64_t bytes,
                             bool write);
bool virtio_gpu_memory_translates(void *host);

/*
 * Holds what owns @mr, as often as it is pinned, until the main loop comes to
 * drop it.  To pin in an RCU critical section in which @mr was found.
 */
void virtio_gpu_memory_pin(VirtIOGPU *gpu, MemoryRegion *mr);
void virtio_gpu_memory_unpin(VirtIOGPU *gpu, MemoryRegion *mr);

/* --- virtio-gpu-lend.c: pictures without a copy, device thread -------- */

extern const struct vgpu_frame_ops virtio_gpu_frame_ops;

/*
 * The newest picture is the frame that the guest's image is drawn in, if there is
 * one and most of it is in @changed.  Sets *@wake when the main loop must be woken.
 */
bool virtio_gpu_frames_lend(VirtIOGPUOutput *output,
                            const struct vgpu_view *view,
                            const pixman_region32_t *changed, bool *wake);

/* --- virtio-gpu-frames.c: pictures, device thread --------------------- */

extern const struct vgpu_display_ops virtio_gpu_display_ops;

void virtio_gpu_frames_init(VirtIOGPU *gpu);
void virtio_gpu_frames_finish(VirtIOGPUBase *base);

/*
 * Main loop: a display looks at @output.  Returns true when there is something
 * to be read first: display_bh runs and virtio_gpu_frames_are_fetched() becomes
 * true when that is done.
 */
bool virtio_gpu_frames_look(VirtIOGPUOutput *output);

/* The same of a display that takes dma-bufs, or with max_fps, and does not wait. */
void virtio_gpu_frames_glance(VirtIOGPUOutput *output);
bool virtio_gpu_frames_are_fetched(VirtIOGPUOutput *output);

/* Device thread, between two commands: reads what was looked for. */
void virtio_gpu_frames_fetch(VirtIOGPU *gpu);

/* Device thread: reads what was flushed too soon, see virtio-gpu-pace.h. */
void virtio_gpu_frames_fetch_due(VirtIOGPU *gpu);

/* Any thread: whether a display has looked at some output lately. */
bool virtio_gpu_frames_are_looked_at(VirtIOGPUBase *base);

/* Any thread: bytes of all frames in use; apart from max_hostmem. */
uint64_t virtio_gpu_frames_bytes(VirtIOGPUBase *base);

/* --- virtio-gpu-listener.c: wakes the displays, main loop ------------- */

void virtio_gpu_listener_init(VirtIOGPUBase *base);
void virtio_gpu_listener_finish(VirtIOGPUBase *base);

/*
 * Only while somebody looks: a display that is opened later looks at once
 * when it is the first listener, and else waits for the others' timer.
 */
void virtio_gpu_listener_start(VirtIOGPUBase *base);
void virtio_gpu_listener_stop(VirtIOGPUBase *base);

/* Before all displays that there are, in QEMU's list. */
void virtio_gpu_listener_go_first(VirtIOGPUBase *base);

/*
 * Whether who looks at @output now is a display that takes dma-bufs: nobody
 * needs pixels for it, and nobody's wait is over by it.
 */
bool virtio_gpu_listener_finds_glance(VirtIOGPUOutput *output);

/* Whether clients of D-Bus look at @output, without OpenGL, and nobody else. */
bool virtio_gpu_listener_is_dbus(const VirtIOGPUOutput *output);

/* --- virtio-gpu-display.c: pictures to the consoles, main loop -------- */

void virtio_gpu_display_init(VirtIOGPUBase *base);
void virtio_gpu_display_finish(VirtIOGPUBase *base);

/*
 * Under the big lock: the guest's pictures are gone, VGA may show again.  On a
 * vCPU the main loop is left to do it: displays are its own.
 */
void virtio_gpu_display_reset(VirtIOGPUBase *base);

/* Under the big lock, after a load: who has head 0 of a wrapper with VGA. */
void virtio_gpu_display_restore(VirtIOGPUBase *base, bool native);

/* --- virtio-gpu-pointer.c: cursors to the consoles -------------------- */

void virtio_gpu_pointer_init(VirtIOGPUBase *base);
void virtio_gpu_pointer_finish(VirtIOGPUBase *base);

/*
 * Under the big lock: position and hiding apply at once, images when they
 * come.  The displays are told by the main loop, so a move on another thread,
 * which may be migration's, reaches them a little later.
 */
void virtio_gpu_pointer_move(VirtIOGPUOutput *output, int32_t x, int32_t y);
void virtio_gpu_pointer_hide(VirtIOGPUOutput *output);
void virtio_gpu_pointer_apply(VirtIOGPUOutput *output);

/* Under the big lock: an image that is still to be applied, or NULL. */
QEMUCursor *virtio_gpu_pointer_pending(VirtIOGPUOutput *output);

/* After a load: the image defined last, if any, which is shown or hidden. */
void virtio_gpu_pointer_restore(VirtIOGPUOutput *output, QEMUCursor *cursor,
                                bool visible);

/*
 * Device thread: the images defined next belong to a request that came by
 * when the output's cursor_hides was @hides.
 */
void virtio_gpu_pointer_expect(VirtIOGPUBase *base, uint32_t hides);

/* vgpu_display_ops.cursor. */
void virtio_gpu_pointer_define(void *display, uint32_t id,
                               const struct vgpu_cursor_image *image);

/* --- virtio-gpu-migration.c: savevm, loadvm, migration --------------- */

extern const VMStateDescription virtio_gpu_vmstate;

/* Under the big lock: ends what was loaded and not applied. */
void virtio_gpu_migration_forget(VirtIOGPU *gpu);

/* --- virtio-gpu-control.c: modes, EDID, events ------------------------ */

void virtio_gpu_control_init(VirtIOGPUBase *base);
void virtio_gpu_control_finish(VirtIOGPUBase *base);
void virtio_gpu_control_reset(VirtIOGPUBase *base);

/* Main loop: tells a driver that is up now what it has missed. */
void virtio_gpu_control_notify(VirtIOGPUBase *base);
void virtio_gpu_control_get_config(VirtIODevice *vdev, uint8_t *config);
void virtio_gpu_control_set_config(VirtIODevice *vdev, const uint8_t *config);

/*
 * Main loop, between two calls: operator or client say something else.
 * settle_locked() makes of it what the guest is told of one head, and is true
 * when that is something new; end() tells it that.
 */
void virtio_gpu_control_begin(VirtIOGPUBase *base);
bool virtio_gpu_control_settle_locked(VirtIOGPUOutput *output);
void virtio_gpu_control_end(VirtIOGPUBase *base, bool changed);

/*
 * Under the big lock, while the VM is saved: the same as end(), but a driver
 * that has to be told is told when the VM runs again, here or elsewhere.
 */
void virtio_gpu_control_end_later(VirtIOGPUBase *base, bool changed);

/* Pictures a second of an output's display, in thousandths; never 0. */
uint32_t virtio_gpu_control_refresh_mhz(VirtIOGPUOutput *output);

/* vgpu_host_ops: modes as the guest asks for them, device thread. */
void virtio_gpu_control_display_mode(void *host, uint32_t id,
                                     struct vgpu_mode *mode);
void virtio_gpu_control_display_info_read(void *host);

/* --- virtio-gpu-edid.c ------------------------------------------------ */

/* Millimetres that EDID has room for; others are as not known. */
#define VIRTIO_GPU_MIN_SIZE_MM 10
#define VIRTIO_GPU_MAX_SIZE_MM 2559

/* vgpu_host_ops.edid, device thread. */
size_t virtio_gpu_control_edid(void *host, uint32_t id,
                               uint8_t edid[VGPU_WIRE_EDID_BYTES]);

/* --- virtio-gpu-outputs.c: what the operator says, main loop ---------- */

extern const PropertyInfo virtio_gpu_outputs_property;

/*
 * Whether what outputs= says is possible on this device; the heads start with
 * it.  At realize, when it is known who renders.
 */
bool virtio_gpu_outputs_realize(VirtIOGPUBase *base, Error **errp);

/* --- virtio-gpu-wishes.c: what displays' clients say, main loop ------- */

void virtio_gpu_wishes_init(VirtIOGPUBase *base);
void virtio_gpu_wishes_finish(VirtIOGPUBase *base);
void virtio_gpu_wishes_ui_info(void *opaque, uint32_t head, QemuUIInfo *info);

/*
 * In virtio_gpu_control_begin() and end(): takes what is held back; true when
 * the guest sees a difference.
 */
bool virtio_gpu_wishes_take_locked(VirtIOGPUBase *base);

/* Bytes of a picture that the guest may make, as far as max_hostmem goes. */
uint64_t virtio_gpu_wishes_room(const VirtIOGPUBase *base);

#endif
