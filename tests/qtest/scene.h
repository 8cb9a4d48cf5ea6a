/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A head with a viewer, and exactly what the viewer must be sent for a flush:
 * those tiles of 64x64, counted from the head's corner, whose colours differ
 * from the picture shown, cut to what was flushed.  Lives as long as its
 * guest; one thread.
 */
#ifndef TESTS_QTEST_SCENE_H
#define TESTS_QTEST_SCENE_H

#include "display.h"
#include "picture.h"

#define SCENE_TILE_PX 64

struct scene {
    struct display *display;
    struct display_view *view;
    unsigned head;
    struct picture *picture;    /* on the head */
    struct wire_rect part;      /* of it that is seen */
    uint32_t *want;             /* what must be seen, 0x00rrggbb */
    uint8_t *sent;              /* 1 for each pixel that must be sent */
};

/* @gpu's guest has a display; head @head is console @head. */
void scene_init(struct scene *scene, struct gpu *gpu, unsigned head);

/* A head without a viewer, for scene_set() and scene_expect(). */
void scene_init_unseen(struct scene *scene, unsigned head);

/* The head was disabled or reset: the next picture is a new one. */
void scene_end(struct scene *scene);

/* Waits until all that is expected is seen, however it came. */
void scene_wait(struct scene *scene, const char *what);

/* Ends the case unless a screendump shows all that is expected. */
void scene_check_screendump(const struct scene *scene, struct guest *guest,
                            const char *what);

/*
 * Puts @part (NULL: all) of a picture on the head and flushes all of it.
 * Returns when it is seen.
 */
void scene_show(struct scene *scene, struct picture *picture,
                const struct wire_rect *part);

/* The same without a flush; the next flush must be of the whole picture. */
void scene_set(struct scene *scene, struct picture *picture,
               const struct wire_rect *part);

/*
 * Says that @rect (NULL: all) of the picture as drawn is flushed next; call it
 * for each scene that shows the picture, then flush, then scene_check().
 */
void scene_expect(struct scene *scene, const struct wire_rect *rect);

/*
 * Waits until all that is expected is seen, and ends the case unless exactly
 * the changed tiles came.  Something must have changed.
 */
void scene_check(struct scene *scene, const char *what);

/* scene_expect(), picture_update() and scene_check(). */
void scene_update(struct scene *scene, const struct wire_rect *rect,
                  const char *what);

/*
 * Transfers and flushes @rect, which must bring nothing to the viewer: a
 * change of the picture's last pixel behind it is all that comes.
 */
void scene_update_to_nothing(struct scene *scene,
                             const struct wire_rect *rect, const char *what);

#endif
