/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virglrenderer's program behind a render server: started by us, with what its
 * processes may have and what Vulkan's loader finds there, or somebody else's that is
 * reached by a socket.
 *
 * Lives from init to finish, on one thread; its end is any other's to bring, too.
 */
#ifndef HW_DISPLAY_PLATFORM_RENDER_PROGRAM_H
#define HW_DISPLAY_PLATFORM_RENDER_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

struct vgpu_render_server_options;

struct vgpu_render_program {
    int socket;                 /* to it, or -1 */
    pid_t pid;                  /* 0: somebody else's */
    int said;                   /* its standard error, or -1 */
};

void vgpu_render_program_init(struct vgpu_render_program *program);

/* Ends it and closes what is open. */
void vgpu_render_program_finish(struct vgpu_render_program *program);

/*
 * Once.  False with the cause and what helps in *@error, to be freed with g_free().
 */
bool vgpu_render_program_reach(struct vgpu_render_program *program,
                               const struct vgpu_render_server_options *options,
                               char **error);

/* Kills it and its processes, if we started it. */
void vgpu_render_program_end(const struct vgpu_render_program *program);

#endif
