/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of the vectors as they are: a look at the raw numbers, and the way to draw what
 * another program laid out. */
#include "projection/umk-projection-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#define MAX_COLUMNS 3

typedef struct {
    gsize columns[MAX_COLUMNS];
    gsize n_columns;
} ColumnsFit;

static const UmkParamSpec specs[] = {
    {.name = "x",
     .type = UMK_PARAM_INT,
     .title = N_("Across"),
     .help = N_("Number of the column that is drawn across, from 0"),
     .max = 1e9},
    {.name = "y",
     .type = UMK_PARAM_INT,
     .title = N_("Up"),
     .help = N_("Number of the column that is drawn upwards"),
     .max = 1e9,
     .def = 1},
    {.name = "z",
     .type = UMK_PARAM_INT,
     .title = N_("Depth"),
     .help = N_("Number of the column for the third dimension, -1 for none"),
     .min = -1,
     .max = 1e9,
     .def = -1},
};

static UmkMatrix *
columns_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const ColumnsFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autofree float *out =
        _umk_alloc(n * fit->n_columns + 1, sizeof *out, _("The layout"), error);

    if (out == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < fit->n_columns; c++)
            out[i * fit->n_columns + c] =
                umk_matrix_get_row(vectors, i, NULL)[fit->columns[c]];
    return umk_matrix_new_from_data(n, fit->n_columns, out, error);
}

static gpointer
columns_fit(UmkMatrix *vectors,
            UmkParams *params,
            UmkMatrix **coords,
            UmkRun *run,
            GError **error)
{
    static const char *const names[MAX_COLUMNS] = {"x", "y", "z"};
    g_autofree ColumnsFit *fit = g_new0(ColumnsFit, 1);
    gsize n_dims = umk_matrix_get_n_cols(vectors);

    for (gsize c = 0; c < MAX_COLUMNS; c++) {
        gint64 column = umk_params_get_int(params, names[c]);

        if (column < 0)
            continue;
        if ((gsize) column >= n_dims) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("There is no column %d for “%s”: the vectors have %zu, from 0"),
                        (int) column, names[c], n_dims);
            return NULL;
        }
        fit->columns[fit->n_columns++] = (gsize) column;
    }
    *coords = umk_run_check(run, error) ? columns_transform(fit, vectors, error) : NULL;
    return *coords != NULL ? g_steal_pointer(&fit) : NULL;
}

const UmkProjectionOps _umk_projection_columns = {
    .id = "columns",
    .title = N_("Columns"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = columns_fit,
    .free = g_free,
    .transform = columns_transform,
};
