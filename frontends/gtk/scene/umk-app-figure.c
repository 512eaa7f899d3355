/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the scene's parts to the arrays of a chart. Points that are filtered out or not
 * chosen are faint context, or left out where the look has none; points without a finite
 * place were left out when the layout was made. */
#include "umk-app-figure.h"

#include "umk-app-figure-words.h"
#include "umk-app-modality.h"
#include "umk-app-palette.h"

#include "umk-chart.h"

#include <glib/gi18n.h>
#include <math.h>

/* Points of which names are found; a million take minutes and name the same regions. */
#define MOST_NAMED 60000u

struct _UmkAppFigure {
    UmkAppFigureParts parts;
    UmkAppFigureStyle style;
};

/* What the chart borrows. */
typedef struct {
    UmkChart chart;
    UmkMatrix *coords;
    guint32 *rows; /* (n) of the collection */
    guint8 *shapes, *faint;
    guint32 *categories;
    UmkChartColor *colors;
    double *weights;
    guint8 *category_shapes;
    char **names;
    const char *shape_names[UMK_N_MODALITIES];
    char *words[4];
} Arrays;

UmkAppFigure *
umk_app_figure_new(UmkAppScene *scene, const UmkAppFigureStyle *style)
{
    UmkAppFigure *self;
    UmkAppSource *source = umk_app_scene_get_source(scene);
    UmkAppRows *selection = umk_app_scene_get_selection(scene);
    UmkAppRows *kept = umk_app_filter_get_rows(umk_app_scene_get_filter(scene));
    g_autoptr(UmkAppRows) seen = NULL;

    if (source == NULL)
        return NULL;
    /* a selection that the filter hides as a whole makes nothing faint */
    seen = kept != NULL ? umk_app_rows_intersect(selection, kept) : NULL;
    if (kept != NULL && umk_app_rows_get_n_chosen(seen) == 0)
        selection = NULL;
    self = g_new0(UmkAppFigure, 1);
    self->style = *style;
    self->parts.source = g_object_ref(source);
    self->parts.layout = umk_app_layout_ref(umk_app_scene_get_layout(scene));
    self->parts.classes = umk_app_classes_ref(umk_app_scene_get_classes(scene));
    self->parts.filter = umk_app_filter_ref(umk_app_scene_get_filter(scene));
    self->parts.selection = selection != NULL ? umk_app_rows_ref(selection) : NULL;
    if (umk_app_scene_get_fade(scene) != NULL)
        self->parts.fade = umk_app_fade_ref(umk_app_scene_get_fade(scene));
    self->parts.look = *umk_app_scene_get_look(scene);
    return self;
}

void
umk_app_figure_free(UmkAppFigure *self)
{
    if (self == NULL)
        return;
    g_object_unref(self->parts.source);
    umk_app_layout_unref(self->parts.layout);
    umk_app_classes_unref(self->parts.classes);
    umk_app_filter_unref(self->parts.filter);
    g_clear_pointer(&self->parts.selection, umk_app_rows_unref);
    umk_app_fade_unref(self->parts.fade);
    g_free(self);
}

static void
arrays_clear(Arrays *arrays)
{
    g_clear_pointer(&arrays->chart.labels, g_array_unref);
    g_clear_pointer(&arrays->coords, umk_matrix_unref);
    g_free(arrays->rows);
    g_free(arrays->shapes);
    g_free(arrays->faint);
    g_free(arrays->categories);
    g_free(arrays->colors);
    g_free(arrays->weights);
    g_free(arrays->category_shapes);
    g_strfreev(arrays->names);
    g_free(arrays->chart.axes[0]);
    g_free(arrays->chart.axes[1]);
    for (guint i = 0; i < G_N_ELEMENTS(arrays->words); i++)
        g_free(arrays->words[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arrays, arrays_clear)

/* ---- points --------------------------------------------------------------------------
 */

/* A layout of three dimensions is seen from where the look stands: turned about the
 * upright axis by yaw, then about the one across by pitch. */
static void
turn(const float *at, double yaw, double pitch, float *to)
{
    double x = (double) at[0], y = (double) at[1], z = (double) at[2];
    double depth = z * cos(yaw) - x * sin(yaw);

    to[0] = (float) (x * cos(yaw) + z * sin(yaw));
    to[1] = (float) (y * cos(pitch) - depth * sin(pitch));
}

static gboolean
stands_out(const UmkAppFigureParts *parts, guint32 row)
{
    UmkAppRows *kept = umk_app_filter_get_rows(parts->filter);

    return (kept == NULL || umk_app_rows_contains(kept, row)) &&
           (parts->selection == NULL || umk_app_rows_contains(parts->selection, row));
}

static gboolean
is_solid(const UmkAppFigureParts *parts)
{
    return umk_matrix_get_n_cols(parts->layout->coords) >= 3 &&
           (parts->look.yaw != 0 || parts->look.pitch != 0);
}

/* In the order of the rows, so that the same map is the same file however its points
 * are stored. */
static gboolean
fill_points(Arrays *arrays, const UmkAppFigureParts *parts, GError **error)
{
    UmkMatrix *coords = parts->layout->coords;
    const guint64 *of = g_bytes_get_data(parts->layout->rows, NULL);
    gsize n = umk_matrix_get_n_rows(coords), k = 0;
    gsize n_items = umk_app_source_get_n_items(parts->source);
    g_autofree float *flat = g_try_new(float, 2 * n + 1);
    gboolean solid = is_solid(parts);

    arrays->rows = g_try_new(guint32, n + 1);
    arrays->faint = g_try_new(guint8, n + 1);
    if (flat == NULL || arrays->rows == NULL || arrays->faint == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("There is not enough memory to draw so many points"));
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        guint32 row = (guint32) MIN(of[i], G_MAXUINT32);
        gboolean out = stands_out(parts, row);
        float x, y;

        if (row >= n_items || (!out && !parts->look.context) ||
            !umk_app_points_find(parts->layout->points, row, &x, &y))
            continue;
        flat[2 * k] = x;
        flat[2 * k + 1] = y;
        if (solid)
            turn(umk_matrix_get_row(coords, i, NULL), parts->look.yaw, parts->look.pitch,
                 flat + 2 * k);
        arrays->rows[k] = row;
        arrays->faint[k++] = !out;
    }
    arrays->coords = umk_matrix_new_from_data(k, 2, flat, error);
    arrays->chart.coords = arrays->coords;
    arrays->chart.faint = arrays->faint;
    return arrays->coords != NULL;
}

/* ---- colours and shapes --------------------------------------------------------------
 */

static void
fill_colours(Arrays *arrays, const UmkAppFigureParts *parts, gboolean dark)
{
    const UmkAppClasses *classes = parts->classes;
    gsize n = umk_matrix_get_n_rows(arrays->coords);
    guint n_classes = classes->classes->len;
    guint32 rank[256];

    for (guint i = 0; i < G_N_ELEMENTS(rank); i++)
        rank[i] = n_classes;
    arrays->colors = g_new0(UmkChartColor, n_classes + 1);
    arrays->category_shapes = g_new0(guint8, n_classes + 1);
    arrays->names = g_new0(char *, n_classes + 2);
    for (guint c = 0; c < n_classes; c++) {
        const UmkAppClass *class = &g_array_index(classes->classes, UmkAppClass, c);
        UmkAppColour colour = umk_app_palette_get(class->colour, dark);

        rank[class->colour] = c;
        arrays->colors[c] =
            (UmkChartColor){(double) colour.r, (double) colour.g, (double) colour.b};
        arrays->category_shapes[c] = class->shape;
        arrays->names[c] = umk_chart_escape(class->name);
    }
    arrays->names[n_classes] = g_strdup(_("Others"));
    arrays->categories = g_new(guint32, n + 1);
    arrays->shapes = g_new(guint8, n + 1);
    for (gsize i = 0; i < n; i++) {
        arrays->categories[i] = rank[classes->colour_of_row[arrays->rows[i]]];
        arrays->shapes[i] =
            (guint8) umk_app_source_get_modality(parts->source, arrays->rows[i]);
    }
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        arrays->shape_names[m] = umk_app_modality_get_plural((UmkModality) m);
    arrays->chart.shapes = arrays->shapes;
    arrays->chart.shape_names = arrays->shape_names;
    arrays->chart.categories = arrays->categories;
    arrays->chart.category_names = arrays->names;
    arrays->chart.colors = arrays->colors;
    arrays->chart.n_colors = n_classes;
    arrays->chart.missing = n_classes;
    if (g_strcmp0(classes->key, "modality") == 0)
        arrays->chart.category_shapes = arrays->category_shapes;
}

/* Layers that are faint on the map are so here. */
static void
fill_weights(Arrays *arrays, const UmkAppFade *fade)
{
    gsize n = umk_matrix_get_n_rows(arrays->coords);

    if (fade == NULL)
        return;
    arrays->weights = g_new(double, n + 1);
    for (gsize i = 0; i < n; i++)
        arrays->weights[i] = arrays->rows[i] < fade->n_rows
                                 ? umk_app_fade_opacity(fade->levels[arrays->rows[i]])
                                 : 1;
    arrays->chart.weights = arrays->weights;
}

/* ---- names ---------------------------------------------------------------------------
 */

static char **
load_names(const UmkAppFigureParts *parts, const guint32 *rows, gsize n)
{
    UmkCollection *collection = umk_app_source_get_collection(parts->source);
    g_auto(GStrv) captions = umk_collection_dup_column(collection, "caption", NULL);
    g_auto(GStrv) texts = umk_collection_dup_column(collection, "text", NULL);
    char **names = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++) {
        const char *name = captions != NULL ? captions[rows[i]] : "";

        if (*name == '\0' && texts != NULL)
            name = texts[rows[i]];
        names[i] = umk_app_text_tidy(name, 200);
    }
    return names;
}

/* Of those that stand out; of many, every so manieth. */
static gboolean
fill_names(Arrays *arrays,
           const UmkAppFigureParts *parts,
           GCancellable *cancellable,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(arrays->coords), step = n / MOST_NAMED + 1, k = 0;
    g_autofree float *flat = g_new(float, 2 * (n / step + 1) + 1);
    g_autofree guint32 *rows = g_new(guint32, n / step + 2);
    g_autoptr(UmkMatrix) some = NULL;
    g_auto(GStrv) names = NULL;

    for (gsize i = 0; i < n; i += step) {
        const float *at = umk_matrix_get_row(arrays->coords, i, NULL);

        if (arrays->faint[i])
            continue;
        flat[2 * k] = at[0];
        flat[2 * k + 1] = at[1];
        rows[k++] = arrays->rows[i];
    }
    if (k < 2)
        return TRUE;
    some = umk_matrix_new_from_data(k, 2, flat, error);
    names = load_names(parts, rows, k);
    arrays->chart.labels = umk_chart_labels_new();
    if (some == NULL || !umk_chart_name_groups(arrays->chart.labels, NULL, some, names,
                                               TRUE, 42, cancellable, error))
        return FALSE;
    umk_chart_labels_sort(arrays->chart.labels);
    return TRUE;
}

/* ---- all together --------------------------------------------------------------------
 */

static void
fill_words(Arrays *arrays, UmkAppFigure *self)
{
    gsize n = umk_matrix_get_n_rows(arrays->coords), n_faint = 0;

    for (gsize i = 0; i < n; i++)
        n_faint += arrays->faint[i];
    arrays->words[0] = umk_app_figure_make_title(&self->parts);
    arrays->words[1] = umk_app_figure_make_subtitle(&self->parts, n, n_faint);
    arrays->words[2] = umk_app_figure_make_caption(&self->parts);
    arrays->words[3] = umk_app_figure_make_recipe(
        &self->parts, n, n_faint, self->style.windowed ? self->style.window : NULL);
    arrays->chart.title = arrays->words[0];
    arrays->chart.subtitle = arrays->words[1];
    arrays->chart.caption = arrays->words[2];
    arrays->chart.provenance = arrays->words[3];
    arrays->chart.color_name =
        self->parts.classes->title != NULL                  ? self->parts.classes->title
        : g_strcmp0(self->parts.classes->key, "label") == 0 ? _("Label")
                                                            : _("Modality");
    arrays->chart.axes[0] =
        umk_app_figure_make_axis(self->parts.layout->left, self->parts.layout->right);
    arrays->chart.axes[1] =
        umk_app_figure_make_axis(self->parts.layout->bottom, self->parts.layout->top);
}

gboolean
umk_app_figure_write(UmkAppFigure *self,
                     const char *path,
                     GCancellable *cancellable,
                     UmkProgressFunc progress,
                     gpointer progress_data,
                     GError **error)
{
    g_auto(Arrays) arrays = {0};

    if (progress != NULL)
        progress(_("Collecting points"), -1, progress_data);
    if (!fill_points(&arrays, &self->parts, error))
        return FALSE;
    fill_colours(&arrays, &self->parts, self->style.dark);
    fill_weights(&arrays, self->parts.fade);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    if (progress != NULL)
        progress(_("Naming regions"), -1, progress_data);
    if (self->style.names && !fill_names(&arrays, &self->parts, cancellable, error))
        return FALSE;
    fill_words(&arrays, self);
    arrays.chart.dark = self->style.dark;
    arrays.chart.width = self->style.width;
    arrays.chart.height = self->style.height;
    if (self->style.windowed && !is_solid(&self->parts))
        arrays.chart.window = self->style.window;
    if (progress != NULL)
        progress(_("Drawing"), -1, progress_data);
    return !g_cancellable_set_error_if_cancelled(cancellable, error) &&
           umk_chart_draw(&arrays.chart, path, error);
}
