/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of places: "UMKP", 1, n, d as native guint64, n rows as guint64, n × d floats.
 * It never leaves the machine. Nothing in it is believed before it is checked. */
#include "umk-app-session-blobs.h"

#include "umk-app-sink.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAGIC G_GUINT64_CONSTANT(0x00000001504b4d55)

static guint8 *
convert(GConverter *converter, const void *data, gsize size, gsize *n)
{
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) stream = g_converter_output_stream_new(memory, converter);

    if (!g_output_stream_write_all(stream, data, size, NULL, NULL, NULL) ||
        !g_output_stream_close(stream, NULL, NULL))
        return NULL;
    *n = g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory));
    return g_memory_output_stream_steal_data(G_MEMORY_OUTPUT_STREAM(memory));
}

char *
umk_app_blob_encode(const void *data, gsize size)
{
    g_autoptr(GZlibCompressor) compressor =
        g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 1);
    gsize n = 0;
    g_autofree guint8 *small = convert(G_CONVERTER(compressor), data, size, &n);

    return small != NULL ? g_base64_encode(small, n) : g_strdup("");
}

guint8 *
umk_app_blob_decode(const char *text, gsize size)
{
    g_autoptr(GZlibDecompressor) decompressor =
        g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    gsize n_small = 0, n = 0;
    g_autofree guint8 *small = NULL;
    g_autofree guint8 *data = NULL;

    if (text == NULL || *text == '\0')
        return NULL;
    small = g_base64_decode(text, &n_small);
    data = n_small > 0 ? convert(G_CONVERTER(decompressor), small, n_small, &n) : NULL;
    return data != NULL && n == size ? g_steal_pointer(&data) : NULL;
}

char *
umk_app_blob_from_rows(UmkAppRows *rows)
{
    gsize n_words;
    const guint64 *words = umk_app_rows_get_words(rows, &n_words);

    return umk_app_blob_encode(words, n_words * sizeof *words);
}

UmkAppRows *
umk_app_blob_to_rows(const char *text, gsize n_rows)
{
    gsize n_words = (n_rows + 63) / 64;
    g_autofree guint8 *bytes = umk_app_blob_decode(text, n_words * sizeof(guint64));
    g_autofree guint8 *keep = NULL;

    if (bytes == NULL)
        return NULL;
    keep = g_new(guint8, n_rows + 1);
    for (gsize r = 0; r < n_rows; r++) {
        guint64 word;

        memcpy(&word, bytes + r / 64 * sizeof word, sizeof word);
        keep[r] = word >> (r % 64) & 1;
    }
    return umk_app_rows_new_from_mask(n_rows, keep);
}

/* ---- places --------------------------------------------------------------------------
 */

char *
umk_app_blob_save_places(const UmkAppLayout *layout,
                         const char *folder,
                         const char *prefix,
                         GError **error)
{
    gsize n = umk_matrix_get_n_rows(layout->coords),
          d = umk_matrix_get_n_cols(layout->coords);
    const guint64 head[4] = {MAGIC, 1, n, d};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    GBytes *coords = umk_matrix_get_bytes(layout->coords);
    const guchar *places = g_bytes_get_data(coords, NULL),
                 *rows = g_bytes_get_data(layout->rows, NULL);
    gsize n_places = n * d * sizeof(float), n_rows = n * sizeof(guint64);
    g_autofree char *name = NULL;
    g_autofree char *path = NULL;
    g_autoptr(UmkAppSink) sink = NULL;

    if (g_bytes_get_size(coords) < n_places || g_bytes_get_size(layout->rows) < n_rows)
        return NULL;
    g_checksum_update(sum, (const guchar *) head, sizeof head);
    g_checksum_update(sum, places, (gssize) n_places);
    g_checksum_update(sum, rows, (gssize) n_rows);
    name = g_strdup_printf("%s-%.16s.places", prefix, g_checksum_get_string(sum));
    path = g_build_filename(folder, name, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&name);
    sink = umk_app_sink_open(path, error);
    if (sink == NULL)
        return NULL;
    umk_app_sink_write(sink, (const char *) head, sizeof head);
    umk_app_sink_write(sink, (const char *) rows, n_rows);
    umk_app_sink_write(sink, (const char *) places, n_places);
    return umk_app_sink_commit(g_steal_pointer(&sink), error) ? g_steal_pointer(&name)
                                                              : NULL;
}

static gboolean
check(const guint64 *head, gsize size, gsize n_items)
{
    return head[0] == MAGIC && head[1] == 1 && head[2] <= n_items &&
           (head[3] == 2 || head[3] == 3) &&
           size ==
               4 * sizeof *head + head[2] * (sizeof(guint64) + head[3] * sizeof(float));
}

gboolean
umk_app_blob_load_places(
    const char *path, gsize n_items, UmkMatrix **coords, GBytes **rows, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    const guint64 *head;
    gsize size, n_rows;

    if (file == NULL)
        return FALSE;
    size = g_mapped_file_get_length(file);
    head = (const guint64 *) (gconstpointer) g_mapped_file_get_contents(file);
    if (size < 4 * sizeof *head || !check(head, size, n_items)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The places of the last session are damaged"));
        return FALSE;
    }
    n_rows = head[2];
    for (gsize i = 0; i < n_rows; i++)
        if (head[4 + i] >= n_items) {
            g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                                _("The places of the last session are damaged"));
            return FALSE;
        }
    matrix = umk_matrix_new_from_data(
        n_rows, head[3], (const float *) (gconstpointer) (head + 4 + n_rows), error);
    if (matrix == NULL)
        return FALSE;
    *rows = g_bytes_new(head + 4, n_rows * sizeof(guint64));
    *coords = g_steal_pointer(&matrix);
    return TRUE;
}
