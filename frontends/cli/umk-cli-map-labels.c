/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the names on a map are made of: captions, texts, ids, a file with a line a row. */
#include "umk-cli-map.h"

#include <string.h>

#define NAME_ALL        150 /* so few items are all named */
#define MAX_ITEM_LABELS 4000

static UmkMatrix *
flatten(UmkMatrix *coords, GError **error)
{
    gsize n = umk_matrix_get_n_rows(coords);
    g_autofree float *flat = g_new(float, 2 * n + 1);

    for (gsize i = 0; i < n; i++)
        memcpy(flat + 2 * i, umk_matrix_get_row(coords, i, NULL), 2 * sizeof *flat);
    return umk_matrix_new_from_data(n, 2, flat, error);
}

/* What a row is called: its caption, its text, or its id. */
static char **
load_texts(const UmkCliMapOptions *o,
           const UmkCliSource *source,
           gboolean *found,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_auto(GStrv) captions = NULL, texts = NULL, lines = NULL;
    char **picked;

    *found = TRUE;
    if (o->texts != NULL) {
        lines = umk_cli_read_lines(o->texts, error);
        if (lines != NULL && g_strv_length(lines) != n)
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("%s has %u lines, the source has %zu vectors"), o->texts,
                        g_strv_length(lines), n);
        return lines != NULL && g_strv_length(lines) == n ? g_steal_pointer(&lines)
                                                          : NULL;
    }
    if (source->collection == NULL) {
        *found = FALSE;
        return g_strdupv(source->names);
    }
    captions = umk_collection_dup_column(source->collection, "caption", NULL);
    texts = umk_collection_dup_column(source->collection, "text", NULL);
    *found = captions != NULL || texts != NULL;
    picked = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        gsize row = ((const guint64 *) g_bytes_get_data(source->rows, NULL))[i];
        const char *text = captions != NULL ? captions[row] : "";

        if (*text == '\0' && texts != NULL)
            text = texts[row];
        picked[i] = g_strdup(*text != '\0' ? text : source->names[i]);
    }
    return picked;
}

static void
label_items(UmkCliMapLook *self, UmkMatrix *flat, char **texts)
{
    gsize n = MIN(umk_matrix_get_n_rows(flat), MAX_ITEM_LABELS);

    for (gsize i = 0; i < n; i++)
        umk_chart_labels_add(self->chart.labels, texts[i],
                             umk_matrix_get_row(flat, i, NULL), 1, UMK_CHART_LABEL_ITEM);
}

/* Names of clusters and regions, and the regions as colours where these are asked for. */
static gboolean
add_groups(UmkCliMapLook *self,
           UmkMatrix *flat,
           char **texts,
           gboolean have_texts,
           gboolean named,
           UmkCli *cli,
           GError **error)
{
    UmkChartRegions regions = {0};

    if (!umk_chart_name_groups(named ? self->chart.labels : NULL,
                               self->color_regions ? &regions : NULL, flat, texts,
                               have_texts, (guint64) cli->seed, cli->cancellable, error))
        return FALSE;
    if (regions.of_row == NULL)
        return TRUE;
    self->categories = regions.of_row;
    self->chart.categories = self->categories;
    self->chart.category_names = regions.names;
    self->color_name = g_strdup(_("Region of the map"));
    self->chart.color_name = self->color_name;
    return TRUE;
}

gboolean
umk_cli_map_is_named(const UmkCliMapOptions *options, const UmkCliSource *source)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_autofree char *last = g_strdup_printf("%zu", n - 1);

    if (options->texts != NULL || options->ids != NULL || source->collection != NULL ||
        n == 0)
        return TRUE;
    return !g_str_equal(source->names[0], "0") ||
           !g_str_equal(source->names[n - 1], last);
}

gboolean
umk_cli_map_set_labels(UmkCliMapLook *self,
                       UmkCli *cli,
                       const UmkCliMapOptions *options,
                       const UmkCliSource *source,
                       GError **error)
{
    const char *what = options->labels;
    g_autoptr(UmkMatrix) flat = flatten(self->coords, error);
    g_auto(GStrv) texts = NULL;
    gboolean have_texts, named;
    gsize n;

    if (flat == NULL)
        return FALSE;
    n = umk_matrix_get_n_rows(flat);
    if (what == NULL)
        what = !umk_cli_map_is_named(options, source) ? "none"
               : n <= NAME_ALL                        ? "items"
                                                      : "clusters";
    if ((g_str_equal(what, "none") && !self->color_regions) || n == 0)
        return TRUE;
    texts = load_texts(options, source, &have_texts, error);
    if (texts == NULL)
        return FALSE;
    self->chart.labels = umk_chart_labels_new();
    named = g_str_equal(what, "clusters") || g_str_equal(what, "both");
    if ((named || self->color_regions) &&
        !add_groups(self, flat, texts, have_texts, named, cli, error))
        return FALSE;
    if (g_str_equal(what, "items") || g_str_equal(what, "both"))
        label_items(self, flat, texts);
    umk_chart_labels_sort(self->chart.labels);
    return TRUE;
}
