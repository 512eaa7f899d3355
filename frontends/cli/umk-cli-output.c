/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed: an npy is written as the vectors come; the other formats, which are for small
 * sets, are gathered and written at the end. */
#include "umk-cli-output.h"

#include <string.h>

static char *
beside(const char *path, const char *what)
{
    gsize length = strlen(path);

    if (g_str_has_suffix(path, ".npy"))
        length -= strlen(".npy");
    return g_strdup_printf("%.*s.%s.npy", (int) length, path, what);
}

gboolean
umk_cli_output_open(UmkCliOutput *self,
                    const char *path,
                    const char *dtype,
                    const char *calibration,
                    gboolean tokens,
                    GError **error)
{
    *self = (UmkCliOutput){.path = path, .dtype = dtype};
    if (tokens) {
        gint64 zero = 0;

        self->offsets = g_array_new(FALSE, FALSE, sizeof(gint64));
        g_array_append_val(self->offsets, zero);
    }
    if (calibration != NULL) {
        self->calibration = umk_vectors_read(calibration, NULL, error);
        if (self->calibration == NULL)
            return FALSE;
    }
    if (tokens && !g_str_has_suffix(path, ".npy")) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s: vectors of tokens are written to .npy"), path);
        return FALSE;
    }
    return TRUE;
}

gboolean
umk_cli_output_add(UmkCliOutput *self, UmkMatrix *rows, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(umk_matrix_get_bytes(rows), &size);

    self->n_dims = umk_matrix_get_n_cols(rows);
    self->n_rows += umk_matrix_get_n_rows(rows);
    if (self->n_dims == 0) /* a model that gives no vectors: every item failed */
        return TRUE;
    if (g_str_has_suffix(self->path, ".npy")) {
        if (self->writer == NULL)
            self->writer = umk_vector_writer_new(self->path, self->n_dims, self->dtype,
                                                 self->calibration, error);
        return self->writer != NULL &&
               umk_vector_writer_append(self->writer, rows, error);
    }
    if (self->rows == NULL)
        self->rows = g_byte_array_new();
    if (size > G_MAXUINT - 4096 - self->rows->len) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s: so many vectors can only be written to .npy"), self->path);
        return FALSE;
    }
    if (size > 0)
        g_byte_array_append(self->rows, data, (guint) size);
    return TRUE;
}

void
umk_cli_output_add_offsets(UmkCliOutput *self,
                           const guint64 *offsets,
                           gsize n,
                           gsize n_new_rows)
{
    for (gsize i = 1; i < n; i++) {
        gint64 at = (gint64) (self->n_rows - n_new_rows + offsets[i]);

        g_array_append_val(self->offsets, at);
    }
}

static gboolean
write_gathered(UmkCliOutput *self, GError **error)
{
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(g_steal_pointer(&self->rows));
    g_autoptr(UmkMatrix) all =
        umk_matrix_new_from_bytes(self->n_rows, self->n_dims, bytes, error);

    return all != NULL && umk_vectors_write(self->path, all, NULL, self->dtype, error);
}

gboolean
umk_cli_output_finish(UmkCliOutput *self, UmkCli *cli, GError **error)
{
    g_autofree char *ranges = NULL;

    if (self->offsets != NULL) {
        g_autofree char *path = beside(self->path, "offsets");

        if (!umk_vectors_write_ids(path, 1, self->offsets->len,
                                   (const gint64 *) (gconstpointer) self->offsets->data,
                                   error))
            return FALSE;
    }
    if (self->writer == NULL)
        return self->rows == NULL || write_gathered(self, error);
    ranges = umk_vector_writer_dup_ranges_path(self->writer);
    if (!umk_vector_writer_finish(self->writer, error))
        return FALSE;
    if (ranges != NULL && self->calibration == NULL)
        umk_cli_message(cli, _("%s: the ranges, for --calibration of later batches"),
                        ranges);
    if (ranges != NULL && self->calibration == NULL && self->n_rows < 100)
        umk_cli_message(cli,
                        _("The ranges come from %zu vectors only; a hundred or more give "
                          "better ones"),
                        self->n_rows);
    return TRUE;
}

void
umk_cli_output_clear(UmkCliOutput *self)
{
    g_clear_pointer(&self->calibration, umk_matrix_unref);
    g_clear_pointer(&self->writer, umk_vector_writer_unref);
    g_clear_pointer(&self->rows, g_byte_array_unref);
    g_clear_pointer(&self->offsets, g_array_unref);
}
