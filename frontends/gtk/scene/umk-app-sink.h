/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is written piece by piece beside its target and takes the target's place
 * only when it is whole: whoever stops half-way leaves the file of before. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _UmkAppSink UmkAppSink;

UmkAppSink *umk_app_sink_open(const char *path, GError **error);
/* Fails late: an error shows in commit. */
void umk_app_sink_write(UmkAppSink *self, const char *data, gsize size);
/* Synced and renamed; the sink is closed whatever comes of it. */
gboolean umk_app_sink_commit(UmkAppSink *self, GError **error);
void umk_app_sink_abandon(UmkAppSink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppSink, umk_app_sink_abandon)

G_END_DECLS
