/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index in a file: a header, a table, and the arrays of its method as they lie in
 * memory, so that it is opened by mapping it. Little-endian.
 *
 *   0    header, 96 bytes: magic "UMKINDX1", u32 version, u32 number of sections, u64
 *        bytes of the file, u64 rows, u64 dimensions, u32 metric, u32 bytes of the stamp,
 *        char method[32] padded with zeros, u64 zero, u32 CRC-32C of table and stamp,
 *        u32 CRC-32C of the 92 bytes before
 *   96   table, 32 bytes a section: char name[8], u64 offset, u64 bytes, u32 CRC-32C of
 *        the section, u32 bytes at its beginning that every search begins with
 *   then the stamp, whatever the writer wants to find again (a collection keeps there
 *        which of its states the index was made from)
 *   then the sections, each from a multiple of 64 bytes on, with zeros between
 *
 * The vectors themselves are not in it: the reader brings them, the same rows. */
#pragma once

#include <umekomi/umk-index.h>

#include "store/umk-file-ops-private.h"

G_BEGIN_DECLS

#define UMK_INDEX_FILE_HEADER 96

/* Has the system begin to read what every search begins with; nothing is waited for but
 * the header, and a file that is no good is left alone. */
void _umk_index_file_ask_ahead(const char *path);
/* stamp: what has to stand there, or NULL for anything. check: read every byte and
 * compare the checksums; without it the arrays are not touched. Bytes may be anything at
 * all. */
UmkIndex *_umk_index_file_parse(
    GBytes *bytes, UmkMatrix *vectors, GBytes *stamp, gboolean check, GError **error);
gboolean _umk_index_file_write(const UmkFileOps *ops,
                               UmkIndex *index,
                               const char *path,
                               GBytes *stamp,
                               GError **error);

G_END_DECLS
