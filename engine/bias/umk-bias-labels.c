/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A column of labels turned into numbers 0 … n - 1. */
#include "bias/umk-bias-labels-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <stdlib.h>
#include <string.h>

const char *const _umk_bias_columns[] = {"group",    "group-2",  "group-3",  "group-4",
                                         "identity", "relevant", "modality", NULL};

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

void
_umk_bias_labels_init(UmkBiasLabels *self, const char *const *column, gsize n_rows)
{
    gsize n = 0;

    self->names = g_new(const char *, n_rows + 1);
    self->codes = g_new(gint32, n_rows + 1);
    for (gsize i = 0; i < n_rows; i++)
        if (*column[i] != '\0')
            self->names[n++] = column[i];
    qsort(self->names, n, sizeof *self->names, compare);
    self->n = 0;
    for (gsize i = 0; i < n; i++)
        if (self->n == 0 || strcmp(self->names[self->n - 1], self->names[i]) != 0)
            self->names[self->n++] = self->names[i];
    self->sizes = g_new0(gsize, self->n + 1);
    for (gsize i = 0; i < n_rows; i++) {
        const char **at = *column[i] == '\0' ? NULL
                                             : bsearch(&column[i], self->names, self->n,
                                                       sizeof *self->names, compare);

        self->codes[i] = at != NULL ? (gint32) (at - self->names) : -1;
        if (at != NULL)
            self->sizes[self->codes[i]]++;
    }
}

void
_umk_bias_labels_clear(UmkBiasLabels *self)
{
    g_clear_pointer(&self->names, g_free);
    g_clear_pointer(&self->codes, g_free);
    g_clear_pointer(&self->sizes, g_free);
}

gboolean
_umk_bias_labels_read(UmkBiasLabels *self,
                      const UmkBiasInput *input,
                      const char *measure,
                      const char *column,
                      GError **error)
{
    const char *const *labels = _umk_bias_input_get_column(input, column);

    if (input->background == NULL || labels == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("%s needs the column “%s” with a label for each row of the source"),
                    measure, column);
        return FALSE;
    }
    _umk_bias_labels_init(self, labels, umk_matrix_get_n_rows(input->background));
    if (self->n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("No row of the source has a label in the column “%s”"), column);
        return FALSE;
    }
    return TRUE;
}
