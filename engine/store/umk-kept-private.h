/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files in `kept/`: what people made with the collection and what nothing could
 * make again, so neither a commit nor compacting touches it. A file of a kind and a name
 * is KIND-NAME.umk, the name escaped. Little-endian:
 *
 *   0    header, 24 bytes: magic "UMKKEPT1", u32 version, u32 CRC-32C of the content, u64
 *        bytes of the content
 *   24   the content
 *
 * Each is written whole under another name, synced, and renamed. */
#pragma once

#include <umekomi/umk-collection.h>

G_BEGIN_DECLS

/* Bytes of a file to its content; shares them. */
GBytes *_umk_kept_parse(GBytes *bytes, GError **error);

/* Lock not held. A name that is taken is refused. */
gboolean _umk_kept_add(UmkCollection *self,
                       const char *kind,
                       const char *name,
                       GBytes *content,
                       GError **error);
GBytes *
_umk_kept_load(UmkCollection *self, const char *kind, const char *name, GError **error);
/* Sorted; empty where there are none. */
char **_umk_kept_list(UmkCollection *self, const char *kind);
gboolean
_umk_kept_remove(UmkCollection *self, const char *kind, const char *name, GError **error);
/* Lock held or not: names of files of any kind that are damaged, and why, by turns. */
GPtrArray *_umk_kept_check(UmkCollection *self);

G_END_DECLS
