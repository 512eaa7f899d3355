/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's measures, on what they can be measured on in the time people wait: all
 * rows or an even sample of them. */
#include "umk-app-found.h"

#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define TRUST_ROWS  20000u /* each of which is compared with each */
#define SEED        42
#define WORDS       2u
#define LEAST_ROWS  (3 * UMK_APP_TRUST_K)
#define MOST_GROUPS 16.0

typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout; /* or NULL */
} Order;

static Order *
order_new(UmkAppSource *source, UmkAppLayout *layout)
{
    Order *order = g_new0(Order, 1);

    order->source = g_object_ref(source);
    order->layout = layout != NULL ? umk_app_layout_ref(layout) : NULL;
    return order;
}

static void
order_free(gpointer data)
{
    Order *order = data;

    g_object_unref(order->source);
    umk_app_layout_unref(order->layout);
    g_free(order);
}

/* ---- groups --------------------------------------------------------------------------
 */

/* What each vector's item is called by: its caption, text or label. */
static char **
dup_texts(UmkCollection *collection, GBytes *rows, gsize n)
{
    static const char *const columns[] = {"caption", "text", "label"};
    const guint64 *of = g_bytes_get_data(rows, NULL);
    char **texts = g_new0(char *, n + 1);

    for (guint c = 0; c < G_N_ELEMENTS(columns); c++) {
        g_auto(GStrv) all = umk_collection_dup_column(collection, columns[c], NULL);
        gsize n_all = all != NULL ? g_strv_length(all) : 0;

        for (gsize i = 0; i < n; i++)
            if (texts[i] == NULL && of[i] < n_all && *all[of[i]] != '\0')
                texts[i] = g_strdup(all[of[i]]);
    }
    for (gsize i = 0; i < n; i++)
        if (texts[i] == NULL)
            texts[i] = g_strdup("");
    return texts;
}

static UmkClusters *
cluster(UmkMatrix *vectors, UmkAppJob *job, GCancellable *cancellable, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_cluster_get_params("kmeans", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    double n = (double) umk_matrix_get_n_rows(vectors);

    if (!umk_params_set_double(params, "clusters",
                               CLAMP(floor(sqrt(n / 2)), fmin(2, n), MOST_GROUPS), error))
        return NULL;
    return umk_cluster_fit("kmeans", vectors, params, SEED, cancellable,
                           umk_app_job_progress, job, error);
}

/* Two groups may be named alike; then they are told apart by a number. */
static void
tell_apart(char **names, guint n)
{
    for (guint a = 0; a < n; a++) {
        guint same = 1;

        for (guint b = a + 1; b < n; b++)
            if (g_str_equal(names[a], names[b])) {
                char *other = g_strdup_printf("%s (%u)", names[b], ++same);

                g_free(names[b]);
                names[b] = other;
            }
        if (*names[a] == '\0') {
            g_free(names[a]);
            names[a] = g_strdup_printf(_("Group %u"), a + 1);
        }
    }
}

static gpointer
clusters_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_autoptr(UmkCollection) collection = umk_app_source_open_again(order->source, error);
    gsize n_items = umk_app_source_get_n_items(order->source), n;
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) vectors =
        collection != NULL
            ? umk_collection_get_vectors(collection, &rows, cancellable, error)
            : NULL;
    g_autoptr(UmkClusters) found =
        vectors != NULL ? cluster(vectors, job, cancellable, error) : NULL;
    g_autofree gint32 *codes = g_new(gint32, n_items + 1);
    g_auto(GStrv) texts = NULL, names = NULL;
    const gint32 *labels;
    const guint64 *of;

    if (found == NULL)
        return NULL;
    labels = umk_clusters_get_labels(found, &n);
    of = g_bytes_get_data(rows, NULL);
    texts = dup_texts(collection, rows, n);
    names = umk_clusters_dup_names(found, (const char *const *) texts, n, WORDS,
                                   cancellable, error);
    if (names == NULL)
        return NULL;
    for (gsize i = 0; i < n_items; i++)
        codes[i] = -1;
    for (gsize i = 0; i < n; i++)
        if (of[i] < n_items)
            codes[of[i]] = labels[i];
    for (guint i = 0; names[i] != NULL; i++)
        names[i] = umk_app_text_set_commas(names[i]);
    tell_apart(names, g_strv_length(names));
    return umk_app_field_new_from_codes("cluster", _("Cluster"), codes, n_items,
                                        (const char *const *) names,
                                        g_strv_length(names));
}

UmkAppJob *
umk_app_found_clusters(UmkAppSource *source, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Finding groups"), clusters_work, order_new(source, NULL),
                             order_free, (GDestroyNotify) umk_app_field_unref, done,
                             owner);
}

/* ---- vectors and places, row by row --------------------------------------------------
 */

typedef struct {
    UmkMatrix *vectors, *places;
    guint64 *rows; /* of the collection */
    gsize n, n_all;
} Pair;

static void
pair_clear(Pair *pair)
{
    g_clear_pointer(&pair->vectors, umk_matrix_unref);
    g_clear_pointer(&pair->places, umk_matrix_unref);
    g_free(pair->rows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

/* Rows that have both a vector and a finite place, at most so many, evenly taken. */
static gboolean
pair_up(const Order *order, gsize most, Pair *pair, GCancellable *c, GError **error)
{
    UmkAppLayout *layout = order->layout;
    gsize n_items = umk_app_source_get_n_items(order->source), n, k = 0;
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkCollection) collection = umk_app_source_open_again(order->source, error);
    g_autoptr(UmkMatrix) vectors =
        collection != NULL ? umk_collection_get_vectors(collection, &rows, c, error)
                           : NULL;
    g_autofree guint32 *place = g_new(guint32, n_items + 1);
    g_autofree guint64 *from = NULL, *to = NULL;
    const guint64 *of, *laid;

    if (vectors == NULL)
        return FALSE;
    memset(place, 0xff, (n_items + 1) * sizeof *place);
    laid = g_bytes_get_data(layout->rows, NULL);
    for (gsize i = 0; i < umk_matrix_get_n_rows(layout->coords); i++) {
        const float *at = umk_matrix_get_row(layout->coords, i, NULL);

        if (laid[i] < n_items && isfinite(at[0]) && isfinite(at[1]))
            place[laid[i]] = (guint32) i;
    }
    n = umk_matrix_get_n_rows(vectors);
    of = g_bytes_get_data(rows, NULL);
    from = g_new(guint64, n + 1);
    to = g_new(guint64, n + 1);
    pair->rows = g_new(guint64, n + 1);
    for (gsize i = 0; i < n; i++)
        if (of[i] < n_items && place[of[i]] != G_MAXUINT32) {
            from[k] = i;
            to[k] = place[of[i]];
            pair->rows[k++] = of[i];
        }
    pair->n_all = k;
    pair->n = MIN(k, most);
    for (gsize i = 0; k > most && i < most; i++) {
        gsize at = (gsize) ((double) i * (double) k / (double) most);

        from[i] = from[at];
        to[i] = to[at];
        pair->rows[i] = pair->rows[at];
    }
    pair->vectors = umk_matrix_select_rows(vectors, from, pair->n, error);
    if (pair->vectors != NULL)
        pair->places = umk_matrix_select_rows(layout->coords, to, pair->n, error);
    return pair->places != NULL;
}

static UmkMetric
get_metric(const Order *order)
{
    UmkSpace *space =
        umk_collection_get_space(umk_app_source_get_collection(order->source));

    return umk_space_get_metric(space) == UMK_METRIC_EUCLIDEAN ? UMK_METRIC_EUCLIDEAN
                                                               : UMK_METRIC_COSINE;
}

/* ---- trust and truth -----------------------------------------------------------------
 */

static gpointer
trust_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    gsize n_items = umk_app_source_get_n_items(order->source);
    g_auto(Pair) pair = {0};
    g_autoptr(UmkMatrix) shares = NULL;
    g_autofree float *of_row = g_new(float, n_items + 1);
    UmkAppField *field;

    if (!pair_up(order, TRUST_ROWS, &pair, cancellable, error))
        return NULL;
    if (pair.n < LEAST_ROWS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Trust needs at least %u items on the map"), LEAST_ROWS);
        return NULL;
    }
    shares =
        umk_eval_map_points(pair.vectors, pair.places, get_metric(order), UMK_APP_TRUST_K,
                            cancellable, umk_app_job_progress, job, error);
    if (shares == NULL)
        return NULL;
    for (gsize i = 0; i < n_items; i++)
        of_row[i] = NAN;
    for (gsize i = 0; i < pair.n; i++)
        of_row[pair.rows[i]] = umk_matrix_get_row(shares, i, NULL)[0];
    field =
        umk_app_field_new_from_numbers("trust", _("Neighbours kept"), of_row, n_items);
    if (field == NULL)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_FAILED,
                            _("Every item of this map keeps the same share of its "
                              "neighbours"));
    return field;
}

UmkAppJob *
umk_app_found_trust(UmkAppSource *source,
                    UmkAppLayout *layout,
                    UmkAppJobDone done,
                    GObject *owner)
{
    return umk_app_job_start(_("Measuring trust"), trust_work, order_new(source, layout),
                             order_free, (GDestroyNotify) umk_app_field_unref, done,
                             owner);
}

static void
measure_gap(const Order *order, const Pair *pair, UmkAppGap *gap)
{
    const guint8 *of = umk_app_source_get_modalities(order->source);
    g_autofree guint8 *kinds = g_new(guint8, pair->n + 1);

    for (gsize i = 0; i < pair->n; i++)
        kinds[i] = of[pair->rows[i]];
    umk_app_gap_measure(pair->places, kinds, gap);
}

static gpointer
truth_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_auto(Pair) pair = {0};
    UmkMapQuality quality;
    UmkAppTruth *truth;

    if (!pair_up(order, UMK_APP_TRUST_SAMPLE, &pair, cancellable, error))
        return NULL;
    truth = g_new0(UmkAppTruth, 1);
    truth->k = UMK_APP_TRUST_K;
    truth->n_sample = pair.n;
    truth->n_rows = pair.n_all;
    truth->trustworthiness = NAN;
    if (pair.n < LEAST_ROWS)
        return truth;
    if (!umk_eval_map(pair.vectors, pair.places, get_metric(order), truth->k, NULL, SEED,
                      &quality, cancellable, umk_app_job_progress, job, error)) {
        g_free(truth);
        return NULL;
    }
    truth->trustworthiness = quality.trustworthiness;
    measure_gap(order, &pair, &truth->gap);
    return truth;
}

UmkAppJob *
umk_app_found_truth(UmkAppSource *source,
                    UmkAppLayout *layout,
                    UmkAppJobDone done,
                    GObject *owner)
{
    return umk_app_job_start(_("Measuring how true the map is"), truth_work,
                             order_new(source, layout), order_free, g_free, done, owner);
}
