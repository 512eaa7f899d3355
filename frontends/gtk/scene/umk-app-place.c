/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine makes a projection of the layout again and places the rows of the vectors
 * that the layout does not have. The two are merged by row. */
#include "umk-app-place.h"

#include "umk-app-means.h"
#include "umk-app-modality.h"
#include "umk-app-recipe.h"
#include "umk-app-stored.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout;
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    g_object_unref(order->source);
    umk_app_layout_unref(order->layout);
    g_free(order);
}

gboolean
umk_app_place_can(const UmkAppLayout *layout)
{
    static const char *const methods[] = {"pca", "umap",   "tsne", "pacmap",
                                          "mds", "random", NULL};

    /* a map that was kept before means were kept cannot be added to */
    return layout->recipe != NULL &&
           (layout->means != NULL || !umk_app_recipe_is_centred(layout->recipe)) &&
           g_strv_contains(methods, layout->method);
}

/* The rows of the vectors: those that have a place, and those that have none yet. */
typedef struct {
    UmkMatrix *vectors, *places; /* of the known, row by row */
    UmkMatrix *fresh;
    GArray *known_rows, *fresh_rows; /* guint64: rows of the collection */
} Parts;

static void
parts_clear(Parts *parts)
{
    g_clear_pointer(&parts->vectors, umk_matrix_unref);
    g_clear_pointer(&parts->places, umk_matrix_unref);
    g_clear_pointer(&parts->fresh, umk_matrix_unref);
    g_clear_pointer(&parts->known_rows, g_array_unref);
    g_clear_pointer(&parts->fresh_rows, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static UmkMatrix *
select_rows(UmkMatrix *matrix, GArray *rows, GError **error)
{
    return umk_matrix_select_rows(matrix, (const guint64 *) (gpointer) rows->data,
                                  rows->len, error);
}

/* Both lists of rows ascend. */
static gboolean
divide(const Order *order, Parts *parts, GCancellable *cancellable, GError **error)
{
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) vectors = umk_collection_get_vectors(
        umk_app_source_get_collection(order->source), &rows, cancellable, error);
    g_autoptr(GArray) known = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint64));
    const guint64 *placed = g_bytes_get_data(order->layout->rows, NULL);
    gsize n_placed = umk_matrix_get_n_rows(order->layout->coords), at = 0;
    const guint64 *of;

    if (vectors == NULL)
        return FALSE;
    of = g_bytes_get_data(rows, NULL);
    parts->known_rows = g_array_new(FALSE, FALSE, sizeof(guint64));
    parts->fresh_rows = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint64 i = 0; i < umk_matrix_get_n_rows(vectors); i++) {
        while (at < n_placed && placed[at] < of[i])
            at++;
        if (at < n_placed && placed[at] == of[i]) {
            guint64 place = at;

            g_array_append_val(known, i);
            g_array_append_val(places, place);
            g_array_append_val(parts->known_rows, of[i]);
        } else {
            g_array_append_val(fresh, i);
            g_array_append_val(parts->fresh_rows, of[i]);
        }
    }
    parts->vectors = select_rows(vectors, known, error);
    parts->places =
        parts->vectors ? select_rows(order->layout->coords, places, error) : NULL;
    parts->fresh = parts->places ? select_rows(vectors, fresh, error) : NULL;
    return parts->fresh != NULL;
}

/* The kinds of rows of the collection. */
static GBytes *
pick_kinds(const Order *order, GArray *rows)
{
    const guint8 *of = umk_app_source_get_modalities(order->source);
    guint8 *kinds = g_new(guint8, rows->len + 1);

    for (guint i = 0; i < rows->len; i++)
        kinds[i] = of[g_array_index(rows, guint64, i)];
    return g_bytes_new_take(kinds, rows->len);
}

/* A kind that was not there when the map was made has no mean that could be taken off. */
static gboolean
check_kinds(GBytes *kinds, GBytes *known, GError **error)
{
    gsize n, n_known;
    const guint8 *of = g_bytes_get_data(kinds, &n);
    const guint8 *have = g_bytes_get_data(known, &n_known);

    for (gsize i = 0; i < n; i++) {
        if (memchr(have, of[i], n_known) != NULL)
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    /* Translators: a kind of items, as "Sounds" */
                    _("%s were not there when each kind was centred for this map, so "
                      "they have no place on it: lay it out again"),
                    umk_app_modality_get_plural((UmkModality) of[i]));
        return FALSE;
    }
    return TRUE;
}

/* The rows as the fit has seen them: each kind without the mean of the fit's own. */
static gboolean
centre(const Order *order, Parts *parts, GError **error)
{
    g_autoptr(GBytes) known_kinds = pick_kinds(order, parts->known_rows);
    g_autoptr(GBytes) fresh_kinds = pick_kinds(order, parts->fresh_rows);
    g_autoptr(GBytes) of = NULL;
    g_autoptr(UmkMatrix) means = umk_app_means_from_text(order->layout->means, &of);
    UmkMatrix *known, *fresh;

    if (means == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("What was kept with this map is broken: lay it out again"));
        return FALSE;
    }
    if (!check_kinds(fresh_kinds, of, error) || !check_kinds(known_kinds, of, error))
        return FALSE;
    known = umk_projection_center(parts->vectors, known_kinds, means, of, error);
    fresh = known != NULL
                ? umk_projection_center(parts->fresh, fresh_kinds, means, of, error)
                : NULL;
    if (known != NULL) {
        umk_matrix_unref(parts->vectors);
        parts->vectors = known;
    }
    if (fresh == NULL)
        return FALSE;
    umk_matrix_unref(parts->fresh);
    parts->fresh = fresh;
    return TRUE;
}

/* By row, as the vectors are. */
static UmkAppLayout *
merge(const Order *order, const Parts *parts, UmkMatrix *placed, GError **error)
{
    gsize n_known = parts->known_rows->len, n_fresh = parts->fresh_rows->len;
    gsize n = n_known + n_fresh, d = umk_matrix_get_n_cols(placed), k = 0, f = 0;
    g_autofree float *coords = g_try_new(float, n *d + 1);
    g_autofree guint64 *rows = g_try_new(guint64, n + 1);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GBytes) of = NULL;
    const UmkAppLayout *old = order->layout;
    UmkAppLayout *layout;

    if (coords == NULL || rows == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("There is not enough memory to draw so many points"));
        return NULL;
    }
    for (gsize i = 0; i < n; i++) {
        gboolean known =
            f == n_fresh ||
            (k < n_known && g_array_index(parts->known_rows, guint64, k) <
                                g_array_index(parts->fresh_rows, guint64, f));
        const float *place = known ? umk_matrix_get_row(parts->places, k, NULL)
                                   : umk_matrix_get_row(placed, f, NULL);

        memcpy(coords + i * d, place, d * sizeof *coords);
        rows[i] = known ? g_array_index(parts->known_rows, guint64, k++)
                        : g_array_index(parts->fresh_rows, guint64, f++);
    }
    matrix = umk_matrix_new_from_data(n, d, coords, error);
    if (matrix == NULL)
        return NULL;
    of = g_bytes_new(rows, n * sizeof *rows);
    layout = umk_app_layout_new(old->method, old->title, matrix, of,
                                umk_app_source_get_n_items(order->source));
    layout->recipe = g_strdup(old->recipe);
    layout->means = g_strdup(old->means);
    layout->explained = old->explained;
    layout->n_placed = old->n_placed + n_fresh;
    return layout;
}

static gpointer
work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_auto(Parts) parts = {0};
    g_autoptr(UmkParams) params =
        umk_app_recipe_make_params(order->layout->method, order->layout->recipe, error);
    g_autoptr(UmkProjection) map = NULL;
    g_autoptr(UmkMatrix) placed = NULL;
    g_autoptr(UmkAppLayout) layout = NULL;
    g_autoptr(GError) failure = NULL;

    if (params == NULL || !divide(order, &parts, cancellable, error) ||
        (umk_app_recipe_is_centred(order->layout->recipe) &&
         !centre(order, &parts, error)))
        return NULL;
    map = umk_projection_restore(order->layout->method, parts.vectors, parts.places,
                                 params, cancellable, umk_app_job_progress, job, error);
    placed = map != NULL ? umk_projection_transform(map, parts.fresh, error) : NULL;
    layout = placed != NULL ? merge(order, &parts, placed, error) : NULL;
    if (layout == NULL || g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    if (!umk_app_stored_save(umk_app_source_get_path(order->source), layout, &failure))
        g_message("%s", failure->message);
    return g_steal_pointer(&layout);
}

UmkAppJob *
umk_app_place_start(UmkAppSource *source,
                    UmkAppLayout *layout,
                    UmkAppJobDone done,
                    GObject *owner)
{
    Order *order = g_new0(Order, 1);

    order->source = g_object_ref(source);
    order->layout = umk_app_layout_ref(layout);
    return umk_app_job_start(_("Placing new items"), work, order, order_free,
                             (GDestroyNotify) umk_app_layout_unref, done, owner);
}
