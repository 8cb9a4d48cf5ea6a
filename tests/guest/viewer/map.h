/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * A listener's interface by which QEMU hands a picture over as memory to map,
 * and then only says where it changed. The viewer looks at that memory itself.
 * One thread.
 */
#ifndef TESTS_GUEST_VIEWER_MAP_H
#define TESTS_GUEST_VIEWER_MAP_H

#include <gio/gio.h>

#include "view.h"

#define MAP_INTERFACE "org.qemu.Display1.Listener.Unix.Map"

extern const char map_xml[];

/*
 * What a call of the interface says, with the descriptors that came along (or
 * NULL). False, with nothing changed, when it makes no sense.
 */
bool map_call(struct view *view, const char *method, GVariant *args,
              GUnixFDList *fds);

#endif
