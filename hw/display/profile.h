/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A profile: what a role gets, as the text of an operator.
 *
 * NAME.conf in the operator's folder, or where there is none the one of that
 * name that is compiled in.  The syntax is that of GLib's key files with one
 * group, [profile], of known keys, each at most once;
 * qemu-virtio-gpu-profile(5) tells it to operators.  What a key's value means
 * is for the caller to say.
 *
 * Nothing of a profile is in use after it was applied, and a file that changes
 * later changes nothing.  One thread; reads files.  Knows nothing of QEMU.
 */
#ifndef HW_DISPLAY_PROFILE_H
#define HW_DISPLAY_PROFILE_H

#include <stddef.h>

#define VGPU_PROFILE_MAX_BYTES 16384
#define VGPU_PROFILE_MAX_NAME 64        /* characters */

struct vgpu_profile_value {
    unsigned key;               /* index into the caller's keys */
    unsigned line;              /* from 1 */
    char *text;                 /* without space around it; may be "" */
};

struct vgpu_profile {
    char *where;                /* path of its file, or "built in" */
    struct vgpu_profile_value *values;
    size_t count;
};

/*
 * The profile @name, which comes from the command line: no path, see the manual.
 * @keys: those that there are, ends with NULL.  To be ended with
 * vgpu_profile_free(); NULL and in *@error a sentence with cause and remedy, the
 * caller's, when there is none, or a broken one.  A file that cannot be read is
 * an error and no reason to take a built-in one.
 */
struct vgpu_profile *vgpu_profile_load(const char *name, const char *folder,
                                       const char *const *keys, char **error);

/*
 * The same of @length bytes of any content; @where is what errors begin with, as
 * "WHERE:LINE: ...".
 */
struct vgpu_profile *vgpu_profile_parse(const char *text, size_t length,
                                        const char *where,
                                        const char *const *keys, char **error);

/* NULL is accepted. */
void vgpu_profile_free(struct vgpu_profile *profile);

/* Those that are compiled in, sorted; the last has no name. */
struct vgpu_builtin_profile {
    const char *name;
    const char *text;
};
extern const struct vgpu_builtin_profile vgpu_builtin_profiles[];

#endif
