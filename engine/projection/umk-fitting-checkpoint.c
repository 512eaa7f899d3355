/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fit in progress as bytes: everything that it needs to end in the same places as if it
 * had not been stopped. Little-endian:
 *
 *   8   "UMKFIT01"
 *   32  SHA-256 of all that follows
 *   32  SHA-256 of what is fitted: version, method, options, vectors, labels, anchor
 *   4   epochs behind it
 *   4   arrays
 *   8   floats of each array
 *   …   the arrays
 *
 * Nobody but the same version reads it: what the arrays are is the method's own affair.
 */
#include "projection/umk-fitting-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-version.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAGIC  "UMKFIT01"
#define DIGEST 32
#define HEAD   (8 + 2 * DIGEST + 16)

static void
digest(GChecksum *checksum, guint8 *out)
{
    gsize size = DIGEST;

    g_checksum_get_digest(checksum, out, &size);
    g_checksum_free(checksum);
}

static void
add_matrix(GChecksum *checksum, UmkMatrix *matrix)
{
    g_autofree char *shape = NULL;
    gsize n = matrix != NULL ? umk_matrix_get_n_rows(matrix) : 0;
    gsize d = matrix != NULL ? umk_matrix_get_n_cols(matrix) : 0;

    shape = g_strdup_printf("\n%zu x %zu\n", n, d);
    g_checksum_update(checksum, (const guchar *) shape, -1);
    for (gsize i = 0; i < n && d > 0; i++)
        g_checksum_update(checksum, (const guchar *) umk_matrix_get_row(matrix, i, NULL),
                          (gssize) (d * sizeof(float)));
}

void
_umk_checkpoint_stamp(const char *method,
                      UmkMatrix *vectors,
                      UmkParams *params,
                      const gint32 *labels,
                      gsize n_labels,
                      UmkMatrix *anchor,
                      guint8 *stamp)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *options = umk_params_to_json(params);
    g_autofree char *text =
        g_strdup_printf("%s\n%s\n%s\n", umk_get_version(), method, options);

    g_checksum_update(checksum, (const guchar *) text, -1);
    add_matrix(checksum, vectors);
    add_matrix(checksum, anchor);
    if (n_labels > 0)
        g_checksum_update(checksum, (const guchar *) labels,
                          (gssize) (n_labels * sizeof *labels));
    digest(checksum, stamp);
}

GBytes *
_umk_checkpoint_write(const guint8 *stamp,
                      guint epoch,
                      const float *const *arrays,
                      guint n_arrays,
                      gsize count)
{
    gsize size = HEAD + n_arrays * count * sizeof(float);
    guint8 *bytes = g_try_malloc(size), *at = bytes;
    guint32 numbers[2] = {GUINT32_TO_LE(epoch), GUINT32_TO_LE(n_arrays)};
    guint64 floats = GUINT64_TO_LE((guint64) count);
    GChecksum *checksum;

    if (bytes == NULL)
        return NULL;
    memcpy(at, MAGIC, 8);
    at += 8 + DIGEST;
    memcpy(at, stamp, DIGEST);
    memcpy(at + DIGEST, numbers, 8);
    memcpy(at + DIGEST + 8, &floats, 8);
    for (guint a = 0; a < n_arrays; a++)
        memcpy(bytes + HEAD + a * count * sizeof(float), arrays[a],
               count * sizeof(float));
    checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, at, (gssize) (size - 8 - DIGEST));
    digest(checksum, bytes + 8);
    return g_bytes_new_take(bytes, size);
}

static gboolean
is_whole(const guint8 *bytes, gsize size)
{
    guint8 found[DIGEST];
    guint32 n_arrays;
    guint64 count;
    gsize floats, all;
    GChecksum *checksum;

    if (size < HEAD || memcmp(bytes, MAGIC, 8) != 0)
        return FALSE;
    memcpy(&n_arrays, bytes + 8 + 2 * DIGEST + 4, 4);
    memcpy(&count, bytes + 8 + 2 * DIGEST + 8, 8);
    if (!_umk_size_mul((gsize) GUINT64_FROM_LE(count), GUINT32_FROM_LE(n_arrays),
                       &floats) ||
        !_umk_size_mul(floats, sizeof(float), &all) || all != size - HEAD)
        return FALSE;
    checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, bytes + 8 + DIGEST, (gssize) (size - 8 - DIGEST));
    digest(checksum, found);
    return memcmp(found, bytes + 8, DIGEST) == 0;
}

gboolean
_umk_checkpoint_check(GBytes *checkpoint, GError **error)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(checkpoint, &size);

    if (is_whole(bytes, size))
        return TRUE;
    g_set_error_literal(
        error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
        _("This is no checkpoint of a map, or it is damaged; delete it to "
          "begin anew"));
    return FALSE;
}

gboolean
_umk_checkpoint_is_of(GBytes *checkpoint, const guint8 *stamp, GError **error)
{
    const guint8 *bytes = g_bytes_get_data(checkpoint, NULL);

    if (memcmp(bytes + 8 + DIGEST, stamp, DIGEST) == 0)
        return TRUE;
    g_set_error_literal(
        error, UMK_ERROR, UMK_ERROR_PARAM,
        _("The checkpoint is of other vectors, options or another version; "
          "delete it to begin anew"));
    return FALSE;
}

/* NULL: it has no such array of that size. */
gconstpointer
_umk_checkpoint_read(GBytes *checkpoint, guint array, gsize count, guint *epoch)
{
    const guint8 *bytes = g_bytes_get_data(checkpoint, NULL);
    guint32 numbers[2];
    guint64 floats;

    memcpy(numbers, bytes + 8 + 2 * DIGEST, 8);
    memcpy(&floats, bytes + 8 + 2 * DIGEST + 8, 8);
    if (array >= GUINT32_FROM_LE(numbers[1]) || GUINT64_FROM_LE(floats) != count)
        return NULL;
    *epoch = GUINT32_FROM_LE(numbers[0]);
    return bytes + HEAD + array * count * sizeof(float);
}
