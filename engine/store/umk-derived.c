/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes one stamped matrix file; the format is told in the header. */

#include "store/umk-derived-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "store/umk-crc32c-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define FORMAT_VERSION 1

static const char derived_magic[8] = {'U', 'M', 'K', 'D', 'E', 'R', 'V', '1'};

typedef struct {
    char magic[8];
    guint32 version;
    guint32 n_cols;
    guint8 uuid[16];
    guint64 sequence;
    guint64 n_rows;
    guint64 n_extra;
    guint32 body_crc;
    guint32 crc;
} DerivedHeader;

G_STATIC_ASSERT(sizeof(DerivedHeader) == UMK_DERIVED_HEADER);

static gboolean
refuse(GError **error, const char *reason)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The derived file %s"),
                reason);
    return FALSE;
}

gboolean
_umk_derived_parse(GBytes *bytes,
                   const guint8 uuid[16],
                   guint64 sequence,
                   gsize *n_rows,
                   gsize *n_cols,
                   GBytes **floats,
                   GBytes **extra,
                   GError **error)
{
    g_autoptr(GBytes) first = NULL, second = NULL;
    guint64 made_from;

    if (!_umk_derived_parse_any(bytes, uuid, &made_from, n_rows, n_cols, &first, &second,
                                error))
        return FALSE;
    if (made_from != sequence)
        return refuse(error, _("was made from another state of the collection"));
    *floats = g_steal_pointer(&first);
    *extra = g_steal_pointer(&second);
    return TRUE;
}

gboolean
_umk_derived_parse_any(GBytes *bytes,
                       const guint8 uuid[16],
                       guint64 *sequence,
                       gsize *n_rows,
                       gsize *n_cols,
                       GBytes **floats,
                       GBytes **extra,
                       GError **error)
{
    gsize size, count;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    DerivedHeader header;

    if (size < sizeof header)
        return refuse(error, _("is shorter than its header"));
    memcpy(&header, data, sizeof header);
    if (memcmp(header.magic, derived_magic, sizeof derived_magic) != 0 ||
        header.version != FORMAT_VERSION ||
        header.crc != _umk_crc32c(0, &header, sizeof header - sizeof header.crc))
        return refuse(error, _("has a damaged header"));
    if (memcmp(header.uuid, uuid, 16) != 0)
        return refuse(error, _("was made from another state of the collection"));
    if (!_umk_size_mul(header.n_rows, header.n_cols, &count) ||
        !_umk_size_mul(count, sizeof(float), &count) || count > size - sizeof header ||
        header.n_extra != size - sizeof header - count)
        return refuse(error, _("does not have the size it declares"));
    if (header.body_crc != _umk_crc32c(0, data + sizeof header, size - sizeof header))
        return refuse(error, _("does not match its checksum"));
    *sequence = header.sequence;
    *n_rows = header.n_rows;
    *n_cols = header.n_cols;
    *floats = g_bytes_new_from_bytes(bytes, sizeof header, count);
    *extra = g_bytes_new_from_bytes(bytes, sizeof header + count, header.n_extra);
    return TRUE;
}

gboolean
_umk_derived_write(const UmkFileOps *ops,
                   const char *path,
                   const guint8 uuid[16],
                   guint64 sequence,
                   gsize n_rows,
                   gsize n_cols,
                   gconstpointer floats,
                   GBytes *extra,
                   GError **error)
{
    gsize n_floats = n_rows * n_cols * sizeof(float), n_extra;
    gconstpointer extra_data = g_bytes_get_data(extra, &n_extra);
    gsize n_head = sizeof(DerivedHeader) + n_floats;
    g_autofree guint8 *head = g_try_malloc(n_head);
    DerivedHeader header = {
        .version = FORMAT_VERSION,
        .n_cols = (guint32) n_cols,
        .sequence = sequence,
        .n_rows = n_rows,
        .n_extra = n_extra,
    };

    if (head == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        return FALSE;
    }
    memcpy(header.magic, derived_magic, sizeof derived_magic);
    memcpy(header.uuid, uuid, 16);
    header.body_crc = _umk_crc32c(_umk_crc32c(0, floats, n_floats), extra_data, n_extra);
    header.crc = _umk_crc32c(0, &header, sizeof header - sizeof header.crc);
    memcpy(head, &header, sizeof header);
    if (n_floats > 0)
        memcpy(head + sizeof header, floats, n_floats);
    return _umk_file_replace(ops, path, head, n_head, extra_data, n_extra, error);
}
