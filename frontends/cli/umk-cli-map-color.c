/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the points of a map are coloured and shaped by: a column of the collection, a file
 * with a value a line, the modality, or the regions of the map (umk-cli-map-labels.c). A
 * column of numbers gets a ramp, words get a colour each, the most frequent word the
 * first. */
#include "umk-cli-map.h"

#include <math.h>
#include <string.h>

#define FEW_NUMBERS 8 /* up to so many different numbers are names, not amounts */

/* The value of each row, from the collection's items to the rows that have vectors. */
static char **
pick_rows(const UmkCliSource *source, char **all)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const guint64 *rows = g_bytes_get_data(source->rows, NULL);
    char **picked = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        picked[i] = g_strdup(all[rows[i]]);
    return picked;
}

static char **
modality_names(const UmkCliSource *source, GError **error)
{
    g_autoptr(GBytes) all = umk_collection_dup_modalities(source->collection, error);
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const guint64 *rows = g_bytes_get_data(source->rows, NULL);
    char **names;

    if (all == NULL)
        return NULL;
    names = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        guint8 modality = ((const guint8 *) g_bytes_get_data(all, NULL))[rows[i]];

        names[i] = g_strdup(umk_modality_get_name((UmkModality) modality));
    }
    return names;
}

static char **
read_values(const UmkCliSource *source, const char *path, GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);

    if (lines != NULL && g_strv_length(lines) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s has %u lines, the source has %zu vectors"), path,
                    g_strv_length(lines), n);
        return NULL;
    }
    return g_steal_pointer(&lines);
}

static char **
load_values(const UmkCliSource *source, const char *what, GError **error)
{
    g_auto(GStrv) all = NULL;

    if (g_str_has_prefix(what, "@"))
        return read_values(source, what + 1, error);
    if (source->collection == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Colour by “%s” needs a collection; for a file of vectors give "
                      "@FILE with a value a line"),
                    what);
        return NULL;
    }
    if (g_str_equal(what, "modality"))
        return modality_names(source, error);
    all = umk_collection_dup_column(source->collection, what, error);
    return all != NULL ? pick_rows(source, all) : NULL;
}

/* ---- numbers ---------------------------------------------------------------------- */

static gboolean
parse_number(const char *text, double *value)
{
    char *end;

    *value = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* NULL where the values are not numbers, or so few that they rather are names. */
static double *
to_numbers(char **texts, gsize n)
{
    g_autofree double *values = g_new(double, n + 1);
    g_autoptr(GHashTable) different = g_hash_table_new(g_str_hash, g_str_equal);

    for (gsize i = 0; i < n; i++) {
        values[i] = NAN;
        if (*texts[i] == '\0')
            continue;
        if (!parse_number(texts[i], &values[i]))
            return NULL;
        if (g_hash_table_size(different) <= FEW_NUMBERS)
            g_hash_table_add(different, texts[i]);
    }
    return g_hash_table_size(different) > FEW_NUMBERS ? g_steal_pointer(&values) : NULL;
}

/* ---- categories ------------------------------------------------------------------- */

typedef struct {
    const char *name;
    gsize count;
    guint32 rank;
} Category;

static int
compare_categories(const void *a, const void *b)
{
    const Category *x = *(Category *const *) a, *y = *(Category *const *) b;

    if ((*x->name == '\0') != (*y->name == '\0')) /* "no value" comes last */
        return *x->name == '\0' ? 1 : -1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void
rank_categories(UmkCliMapLook *self, char **texts, gsize n)
{
    g_autoptr(GHashTable) table =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(GPtrArray) order = g_ptr_array_new();

    for (gsize i = 0; i < n; i++) {
        Category *category = g_hash_table_lookup(table, texts[i]);

        if (category == NULL) {
            category = g_new0(Category, 1);
            category->name = texts[i];
            g_hash_table_insert(table, texts[i], category);
            g_ptr_array_add(order, category);
        }
        category->count++;
    }
    if (order->len > 0)
        qsort(order->pdata, order->len, sizeof *order->pdata, compare_categories);
    self->chart.category_names = g_new0(char *, order->len + 1);
    for (guint c = 0; c < order->len; c++) {
        Category *category = order->pdata[c];

        category->rank = c;
        if (*category->name == '\0')
            self->chart.missing = c;
        self->chart.category_names[c] =
            g_strdup(*category->name != '\0' ? category->name : _("no value"));
    }
    self->categories = g_new(guint32, n + 1);
    for (gsize i = 0; i < n; i++)
        self->categories[i] = ((Category *) g_hash_table_lookup(table, texts[i]))->rank;
    self->chart.categories = self->categories;
}

/* By label where there are at least two, else by modality. */
static const char *
default_color(const UmkCliSource *source)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(GBytes) labels =
        umk_collection_dup_labels(source->collection, &names, NULL);

    return labels != NULL && g_strv_length(names) > 1 ? "label" : "modality";
}

static gboolean
set_shapes(UmkCliMapLook *self, const UmkCliSource *source, GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_autoptr(GBytes) all = umk_collection_dup_modalities(source->collection, error);
    const guint64 *rows = g_bytes_get_data(source->rows, NULL);
    guint8 *shapes;

    if (all == NULL)
        return FALSE;
    shapes = g_new0(guint8, n + 1);
    for (gsize i = 0; i < n; i++)
        shapes[i] = ((const guint8 *) g_bytes_get_data(all, NULL))[rows[i]];
    self->shapes = g_bytes_new_take(shapes, n);
    self->chart.shapes = shapes;
    return TRUE;
}

gboolean
umk_cli_map_set_colors(UmkCliMapLook *self,
                       const UmkCliMapOptions *options,
                       const UmkCliSource *source,
                       GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const char *what = options->color;
    g_auto(GStrv) texts = NULL;

    self->chart.missing = G_MAXUINT32;

    if (source->collection != NULL && !set_shapes(self, source, error))
        return FALSE;
    if (what == NULL && source->collection != NULL)
        what = default_color(source);
    self->color_regions = what == NULL || g_str_equal(what, "region");
    if (self->color_regions || g_str_equal(what, "none"))
        return TRUE;
    texts = load_values(source, what, error);
    if (texts == NULL)
        return FALSE;
    if (*what == '@') {
        g_autofree char *base = g_path_get_basename(what + 1);
        char *dot = strrchr(base, '.');

        self->color_name = g_strndup(base, dot ? (gsize) (dot - base) : strlen(base));
    } else if (g_str_equal(what, "label") || g_str_equal(what, "modality")) {
        self->color_name = g_strdup(*what == 'l' ? _("Label") : _("Modality"));
    } else {
        self->color_name = g_strdup(what);
    }
    self->chart.color_name = self->color_name;
    self->values = to_numbers(texts, n);
    self->chart.values = self->values;
    if (self->values == NULL)
        rank_categories(self, texts, n);
    return TRUE;
}
