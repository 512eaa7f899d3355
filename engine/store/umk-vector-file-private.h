/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The append-only file of one frame's vectors, `vectors/NAME.umv`. Little-endian.
 *
 *   0     header, 64 bytes: magic "UMKVECT1", u32 version, u32 n_dims, 16 bytes UUID of
 *         the collection, u32 frame number, u32 slots a block (1024), 20 bytes zero,
 *         u32 CRC-32C of the 60 bytes before; zeros up to 4096
 *   4096  blocks; each holds 1024 slot heads of 32 bytes, then their 1024 rows of n_dims
 *         float32. A slot head: u32 magic "UMKS", u32 CRC-32C of what follows in the head
 *         and of the row, u64 generation (commit sequence), u64 item, u64 slot number.
 *
 * Heads and rows are apart so that the rows of all blocks can be mapped back to back:
 * kernels read them as one plain matrix. The file may be longer than its slots (room is
 * reserved in steps); how many slots count is known by the meta data alone. Written by
 * pwrite, never through a mapping; a slot that was once committed is never written again.
 */
#pragma once

#include <gio/gio.h>

#include "store/umk-file-ops-private.h"

G_BEGIN_DECLS

#define UMK_VECTOR_FILE_HEADER 64
#define UMK_VECTOR_FILE_START  4096
#define UMK_VECTOR_FILE_BLOCK  1024 /* slots */
#define UMK_SLOT_HEAD          32
#define UMK_MAX_DIMS           65536

typedef struct _UmkVectorFile UmkVectorFile;

/* Checks the 64 bytes alone; the values are written only on success. */
gboolean _umk_vector_header_parse(const guint8 *data,
                                  gsize length,
                                  guint8 uuid[16],
                                  guint32 *frame,
                                  guint32 *n_dims,
                                  GError **error);

UmkVectorFile *_umk_vector_file_create(const UmkFileOps *ops,
                                       const char *path,
                                       const guint8 uuid[16],
                                       guint32 frame,
                                       gsize n_dims,
                                       GError **error);
UmkVectorFile *_umk_vector_file_open(const UmkFileOps *ops,
                                     const char *path,
                                     const guint8 uuid[16],
                                     guint32 frame,
                                     gsize n_dims,
                                     guint64 n_slots,
                                     gboolean writable,
                                     GError **error);
/* A writer gives back the room it had reserved. */
void _umk_vector_file_free(UmkVectorFile *self);

guint64 _umk_vector_file_get_n_slots(UmkVectorFile *self);
/* A batch is written in two steps: its rows, then their heads, which makes them slots. On
 * failure the number of slots is what it was. */
gboolean _umk_vector_file_write_rows(UmkVectorFile *self,
                                     const float *rows, /* (n, n_dims) */
                                     gsize n,
                                     GError **error);
gboolean _umk_vector_file_append(UmkVectorFile *self,
                                 const float *rows,    /* (n, n_dims) */
                                 const guint64 *items, /* (n) */
                                 guint64 generation,
                                 gsize n,
                                 GError **error);
void _umk_vector_file_rewind(UmkVectorFile *self, guint64 n_slots);
gboolean _umk_vector_file_sync(UmkVectorFile *self, GError **error);

/* Rows as they are in the file, by read calls. */
gboolean _umk_vector_file_read_rows(
    UmkVectorFile *self, guint64 first, gsize n, float *rows, GError **error);
/* As above for at most one block, with every slot's checksum, place and item looked at:
 * wrong[i] is NULL or what is the matter with slot first + i (a constant string). */
gboolean _umk_vector_file_check_rows(UmkVectorFile *self,
                                     guint64 first,
                                     gsize n,
                                     float *rows,
                                     guint64 *items,
                                     const char **wrong,
                                     GError **error);
/* All slots as one matrix, (n_slots, n_dims) float32; mapped where the page size and the
 * number of mappings allow it, read into memory elsewhere. */
GBytes *_umk_vector_file_map(UmkVectorFile *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkVectorFile, _umk_vector_file_free)

G_END_DECLS
