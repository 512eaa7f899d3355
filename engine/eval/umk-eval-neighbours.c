/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures that compare lists of neighbours: how many a map keeps, and whether a row's
 * neighbours bear its label. The lists are exact and taken over all rows. */
#include "eval/umk-eval-map-private.h"

#include <umekomi/umk-index.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define BATCH 256 /* queries of one search; progress and cancelling come between */

/* Equal rows may push a row out of its own list; then the last one is left out. */
static void
take_hits(UmkHits *hits, const guint64 *rows, gsize n_queries, guint k, guint32 *out)
{
    for (gsize q = 0; q < n_queries; q++) {
        guint n = 0;

        for (guint rank = 0; rank <= k && n < k; rank++) {
            gsize row = umk_hits_get(hits, q, rank, NULL);

            if (row != rows[q])
                out[q * k + n++] = (guint32) row;
        }
    }
}

guint32 *
_umk_eval_neighbours(UmkMatrix *matrix,
                     UmkMetric metric,
                     const guint64 *rows,
                     gsize n_queries,
                     guint k,
                     UmkRun *run,
                     GError **error)
{
    g_autoptr(UmkIndex) index =
        umk_index_build("exact", matrix, metric, NULL, NULL, NULL, NULL, error);
    g_autofree guint32 *found = NULL;

    if (index == NULL)
        return NULL;
    found = _umk_alloc(n_queries * k + 1, sizeof *found, _("The neighbours"), error);
    for (gsize first = 0; found != NULL && first < n_queries; first += BATCH) {
        gsize n = MIN(BATCH, n_queries - first);
        g_autoptr(UmkMatrix) queries =
            umk_matrix_select_rows(matrix, rows + first, n, error);
        g_autoptr(UmkHits) hits = NULL;

        if (queries != NULL)
            hits = umk_index_search(index, queries, k + 1, NULL,
                                    run ? run->cancellable : NULL, error);
        if (hits == NULL)
            return NULL;
        take_hits(hits, rows + first, n, k, found + first * k);
        umk_run_report(run, _("Finding neighbours"),
                       (double) (first + n) / (double) n_queries);
    }
    return g_steal_pointer(&found);
}

void
_umk_eval_overlap(
    const guint32 *a, const guint32 *b, gsize n_queries, guint k, float *shares)
{
    for (gsize q = 0; q < n_queries; q++) {
        guint n = 0;

        for (guint i = 0; i < k; i++)
            for (guint j = 0; j < k; j++)
                n += a[q * k + i] == b[q * k + j];
        shares[q] = (float) n / (float) k;
    }
}

/* The commonest label of a row's neighbours; unlabelled ones have no vote. */
static gint32
majority(const guint32 *neighbours, guint k, const gint32 *labels)
{
    gint32 best = -1;
    guint best_votes = 0;

    for (guint i = 0; i < k; i++) {
        gint32 label = labels[neighbours[i]];
        guint votes = 0;

        for (guint j = 0; j < k; j++)
            votes += labels[neighbours[j]] == label;
        if (label >= 0 && (votes > best_votes || (votes == best_votes && label < best))) {
            best = label;
            best_votes = votes;
        }
    }
    return best;
}

double
_umk_eval_label_accuracy(const guint32 *neighbours,
                         const guint64 *rows,
                         gsize n_queries,
                         guint k,
                         const gint32 *labels)
{
    gsize n = 0, right = 0;

    for (gsize q = 0; q < n_queries; q++) {
        if (labels[rows[q]] < 0)
            continue;
        n++;
        right += majority(neighbours + q * k, k, labels) == labels[rows[q]];
    }
    return n > 0 ? (double) right / (double) n : (double) NAN;
}
