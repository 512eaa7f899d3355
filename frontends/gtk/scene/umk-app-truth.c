/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the engine, then counts on the map who is nearer; the boxes of the points say of
 * most that they are not. */
#include "umk-app-truth.h"

#include <glib/gi18n.h>

typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout;
    guint32 row;
    guint k;
} Question;

static void
question_free(gpointer data)
{
    Question *question = data;

    g_object_unref(question->source);
    umk_app_layout_unref(question->layout);
    g_free(question);
}

/* Of the two first axes: never more than that of all. */
static double
box_distance(const UmkAppBox *box, double x, double y)
{
    double dx = MAX(MAX((double) box->x0 - x, x - (double) box->x1), 0);
    double dy = MAX(MAX((double) box->y0 - y, y - (double) box->y1), 0);

    return dx * dx + dy * dy;
}

static gboolean
find(const UmkAppPoints *points, guint32 row, double *x, double *y, double *z)
{
    if (row >= points->n_rows || points->by_row[row] == G_MAXUINT32)
        return FALSE;
    umk_app_points_get(points, points->by_row[row], x, y, z);
    return TRUE;
}

gboolean
umk_app_truth_is_kept(const UmkAppPoints *points, guint32 from, guint32 to, guint k)
{
    double x, y, z, tx, ty, tz, limit;
    guint nearer = 0;

    if (!find(points, from, &x, &y, &z) || !find(points, to, &tx, &ty, &tz))
        return FALSE;
    limit = (tx - x) * (tx - x) + (ty - y) * (ty - y) + (tz - z) * (tz - z);
    for (gsize run = 0; run < points->n_runs && nearer < k; run++) {
        gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);

        if (box_distance(&points->boxes[run], x, y) >= limit)
            continue;
        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            double px, py, pz, d;

            umk_app_points_get(points, i, &px, &py, &pz);
            d = (px - x) * (px - x) + (py - y) * (py - y) + (pz - z) * (pz - z);
            nearer += d < limit && points->row[i] != from;
        }
    }
    return nearer < k;
}

static gpointer
truth_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Question *question = data;
    g_autoptr(UmkHits) hits = umk_collection_search_item(
        umk_app_source_get_collection(question->source), question->row, question->k,
        UMK_MODALITY_ALL, cancellable, error);
    GArray *all;

    if (hits == NULL)
        return NULL;
    all = g_array_new(FALSE, FALSE, sizeof(UmkAppTrueNeighbour));
    for (guint rank = 0; rank < umk_hits_get_n_hits(hits, 0); rank++) {
        UmkAppTrueNeighbour one = {(guint32) umk_hits_get(hits, 0, rank, NULL), FALSE};

        one.kept = umk_app_truth_is_kept(question->layout->points, question->row, one.row,
                                         question->k);
        g_array_append_val(all, one);
    }
    return all;
}

UmkAppJob *
umk_app_truth_find(UmkAppSource *source,
                   UmkAppLayout *layout,
                   guint32 row,
                   guint k,
                   UmkAppJobDone done,
                   GObject *owner)
{
    Question *question = g_new(Question, 1);

    *question = (Question){g_object_ref(source), umk_app_layout_ref(layout), row, k};
    return umk_app_job_start(_("Searching"), truth_work, question, question_free,
                             (GDestroyNotify) g_array_unref, done, owner);
}
