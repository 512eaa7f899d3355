/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group is what has a colour of its own. The engine compares a sample of items with one
 * another; the middle of a group is the mean of all its vectors, which takes one look at
 * each, and its most typical item the one that is nearest to it. */
#include "umk-app-groups.h"

#include "umk-app-palette.h"

#include <glib/gi18n.h>

#include <math.h>

#define APART    0.5 /* silhouettes: from here on groups stand by themselves */
#define TOUCHING 0.2 /* below this they are parts of one cloud */
#define BATCH    4096u

typedef struct {
    UmkAppSource *source;
    UmkAppClasses *classes;
} Order;

typedef struct {
    UmkMatrix *vectors;
    const guint64 *rows; /* of the collection */
    gint32 *group;       /* of a vector; -1: none */
    gsize n, n_dims;
    gboolean unit; /* only directions count */
    GCancellable *cancellable;
} Work;

static void
order_free(gpointer data)
{
    Order *order = data;

    g_object_unref(order->source);
    umk_app_classes_unref(order->classes);
    g_free(order);
}

static void
group_clear(gpointer data)
{
    g_free(((UmkAppGroup *) data)->name);
}

void
umk_app_groups_free(UmkAppGroups *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->groups);
    g_free(self);
}

const char *
umk_app_groups_tell(double silhouette)
{
    if (isnan(silhouette))
        return _("There is no second cluster to compare with.");
    if (silhouette >= APART)
        return _("The clusters stand well apart: most items are much nearer to their own "
                 "than to the next.");
    if (silhouette >= TOUCHING)
        return _("The clusters can be told apart, but their edges run into one another.");
    return _("The clusters run into one another: take them for regions of one cloud, not "
             "for kinds.");
}

/* ---- work ----------------------------------------------------------------------------
 */

static UmkAppGroups *
make_groups(const UmkAppClasses *classes, gint32 *group_of_colour)
{
    UmkAppGroups *self = g_new0(UmkAppGroups, 1);

    self->groups = g_array_new(FALSE, FALSE, sizeof(UmkAppGroup));
    g_array_set_clear_func(self->groups, group_clear);
    for (guint c = 0; c < 256; c++)
        group_of_colour[c] = -1;
    for (guint i = 0; i < classes->classes->len; i++) {
        const UmkAppClass *class = &g_array_index(classes->classes, UmkAppClass, i);
        UmkAppGroup group = {NULL, class->n_items, 0, (double) NAN, G_MAXUINT32};

        if (class->colour >= UMK_APP_N_CATEGORIES)
            continue;
        group_of_colour[class->colour] = (gint32) self->groups->len;
        group.name = g_strdup(class->name);
        g_array_append_val(self->groups, group);
    }
    return self;
}

static UmkAppGroup *
get_group(UmkAppGroups *self, gint32 at)
{
    return &g_array_index(self->groups, UmkAppGroup, at);
}

/* 1 / the length that a vector is divided by. */
static double
get_scale(const Work *work, const float *at)
{
    double square = 0;

    for (gsize d = 0; work->unit && d < work->n_dims; d++)
        square += (double) at[d] * (double) at[d];
    return !work->unit ? 1 : square > 0 ? 1 / sqrt(square) : 0;
}

static gboolean
find_middles(const Work *work, double *middles, gsize *counts, GError **error)
{
    for (gsize i = 0; i < work->n; i++) {
        const float *at = umk_matrix_get_row(work->vectors, i, NULL);
        gint32 g = work->group[i];
        double scale;

        if (i % BATCH == 0 &&
            g_cancellable_set_error_if_cancelled(work->cancellable, error))
            return FALSE;
        if (g < 0)
            continue;
        scale = get_scale(work, at);
        for (gsize d = 0; d < work->n_dims; d++)
            middles[(gsize) g * work->n_dims + d] += (double) at[d] * scale;
        counts[g]++;
    }
    return TRUE;
}

/* Of two that are as near, the lower row. */
static gboolean
find_typical(UmkAppGroups *self, const Work *work, GError **error)
{
    gsize k = self->groups->len;
    g_autofree double *middles = g_new0(double, k * work->n_dims + 1);
    g_autofree gsize *counts = g_new0(gsize, k + 1);
    g_autofree double *best = g_new(double, k + 1);

    if (!find_middles(work, middles, counts, error))
        return FALSE;
    for (gsize g = 0; g < k; g++) {
        best[g] = INFINITY;
        for (gsize d = 0; counts[g] > 0 && d < work->n_dims; d++)
            middles[g * work->n_dims + d] /= (double) counts[g];
    }
    for (gsize i = 0; i < work->n; i++) {
        const float *at = umk_matrix_get_row(work->vectors, i, NULL);
        gint32 g = work->group[i];
        double sum = 0, scale;

        if (i % BATCH == 0 &&
            g_cancellable_set_error_if_cancelled(work->cancellable, error))
            return FALSE;
        if (g < 0)
            continue;
        scale = get_scale(work, at);
        for (gsize d = 0; d < work->n_dims; d++) {
            double off = (double) at[d] * scale - middles[(gsize) g * work->n_dims + d];

            sum += off * off;
        }
        if (sum < best[g]) {
            best[g] = sum;
            get_group(self, g)->typical = (guint32) work->rows[i];
        }
    }
    return TRUE;
}

static gboolean
find_silhouettes(UmkAppGroups *self, const Work *work, UmkAppJob *job, GError **error)
{
    g_autoptr(GBytes) labels = g_bytes_new(work->group, work->n * sizeof *work->group);
    g_autoptr(UmkMatrix) figures = umk_eval_silhouettes(
        work->vectors, labels, work->unit ? UMK_METRIC_COSINE : UMK_METRIC_EUCLIDEAN,
        UMK_APP_GROUPS_SAMPLE, UMK_APP_GROUPS_SEED, work->cancellable,
        umk_app_job_progress, job, error);
    double sum = 0;

    if (figures == NULL)
        return FALSE;
    for (gsize i = 0; i < work->n; i++) {
        double figure = (double) umk_matrix_get_row(figures, i, NULL)[0];
        UmkAppGroup *group;

        if (isnan(figure))
            continue;
        group = get_group(self, work->group[i]);
        group->silhouette = group->n_sample++ > 0 ? group->silhouette + figure : figure;
        sum += figure;
        self->n_sample++;
    }
    for (guint g = 0; g < self->groups->len; g++)
        get_group(self, (gint32) g)->silhouette /=
            (double) MAX(get_group(self, (gint32) g)->n_sample, 1);
    self->silhouette = self->n_sample > 0 ? sum / (double) self->n_sample : (double) NAN;
    return TRUE;
}

static gpointer
work_in_job(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    gint32 group_of_colour[256];
    g_autoptr(UmkAppGroups) self = make_groups(order->classes, group_of_colour);
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(order->source);
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) vectors =
        umk_collection_get_vectors(reader, &rows, cancellable, error);
    gsize n_items = umk_app_source_get_n_items(order->source);
    g_autofree gint32 *group = NULL;
    Work work = {vectors};

    if (vectors == NULL)
        return NULL;
    work.n = umk_matrix_get_n_rows(vectors);
    work.n_dims = umk_matrix_get_n_cols(vectors);
    work.rows = g_bytes_get_data(rows, NULL);
    work.group = group = g_new(gint32, work.n + 1);
    work.cancellable = cancellable;
    work.unit =
        umk_space_get_metric(umk_collection_get_space(reader)) != UMK_METRIC_EUCLIDEAN;
    self->n_rows = work.n;
    for (gsize i = 0; i < work.n; i++) {
        guint colour = work.rows[i] < n_items
                           ? order->classes->colour_of_row[work.rows[i]]
                           : UMK_APP_NO_LABEL;

        group[i] = group_of_colour[colour];
        self->n_outside += colour == UMK_APP_NO_LABEL;
    }
    if (!find_typical(self, &work, error) || !find_silhouettes(self, &work, job, error))
        return NULL;
    return g_steal_pointer(&self);
}

UmkAppJob *
umk_app_groups_start(UmkAppSource *source,
                     UmkAppClasses *classes,
                     UmkAppJobDone done,
                     GObject *owner)
{
    Order *order = g_new0(Order, 1);

    order->source = g_object_ref(source);
    order->classes = umk_app_classes_ref(classes);
    return umk_app_job_start(_("Measuring the clusters"), work_in_job, order, order_free,
                             (GDestroyNotify) umk_app_groups_free, done, owner);
}
