/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A matrix in `derived/`, stamped with what it was made from. Little-endian.
 *
 *   0    header, 64 bytes: magic "UMKDERV1", u32 version, u32 columns, 16 bytes UUID of
 *        the collection, u64 commit sequence, u64 rows, u64 bytes of the extra part,
 *        u32 CRC-32C of all that follows the header, u32 CRC-32C of the 60 bytes before
 *   64   rows × columns float32, then the extra part
 *
 * Whatever does not match is as if it were not there. */
#pragma once

#include <gio/gio.h>

#include "store/umk-file-ops-private.h"

G_BEGIN_DECLS

#define UMK_DERIVED_HEADER 64

/* Looks at the whole content; on success the two parts share bytes. Anything wrong,
 * another collection or another sequence included, is an error with a reason. */
gboolean _umk_derived_parse(GBytes *bytes,
                            const guint8 uuid[16],
                            guint64 sequence,
                            gsize *n_rows,
                            gsize *n_cols,
                            GBytes **floats,
                            GBytes **extra,
                            GError **error);
/* The same of whatever state it was made from, which is told. */
gboolean _umk_derived_parse_any(GBytes *bytes,
                                const guint8 uuid[16],
                                guint64 *sequence,
                                gsize *n_rows,
                                gsize *n_cols,
                                GBytes **floats,
                                GBytes **extra,
                                GError **error);
gboolean _umk_derived_write(const UmkFileOps *ops,
                            const char *path,
                            const guint8 uuid[16],
                            guint64 sequence,
                            gsize n_rows,
                            gsize n_cols,
                            gconstpointer floats,
                            GBytes *extra,
                            GError **error);

G_END_DECLS
