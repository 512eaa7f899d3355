/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well two labellings of the same rows agree, from the counts of pairs: Rand index
 * and its adjustment for chance (Hubert and Arabie 1985), mutual information normalised
 * by the mean entropy and adjusted for chance (Vinh, Epps and Bailey 2010, eq. 24a for
 * the expectation), homogeneity, completeness and V-measure (Rosenberg and Hirschberg
 * 2007), Fowlkes and Mallows (1983), purity. Natural logarithms; what is undefined is as
 * in scikit-learn. */
#include <umekomi/umk-eval.h>

#include <umekomi/umk-error.h>

#include "core/umk-run-private.h"

#include <glib/gi18n-lib.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS 10000000 /* of classes and clusters, for the expectation */

typedef struct {
    gint32 truth, found;
} Pair;

typedef struct {
    gsize n;
    gsize n_truth, n_found;
    double *truth, *found; /* rows of each class and of each cluster */
    gsize *cell_truth, *cell_found;
    double *cells; /* (n_cells) rows of both */
    gsize n_cells;
} Counts;

static int
compare_pairs(const void *a, const void *b)
{
    const Pair *x = a, *y = b;

    if (x->truth != y->truth)
        return x->truth < y->truth ? -1 : 1;
    return x->found < y->found ? -1 : x->found > y->found;
}

static int
compare_labels(const void *a, const void *b)
{
    gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

    return x < y ? -1 : x > y;
}

/* Labels become numbers 0, 1, …; returns how many there are. */
static gsize
make_dense(Pair *pairs, gsize n, gboolean truth)
{
    g_autofree gint32 *known = g_new(gint32, n + 1);
    gsize n_known = 0;

    for (gsize i = 0; i < n; i++)
        known[i] = truth ? pairs[i].truth : pairs[i].found;
    if (n > 0)
        qsort(known, n, sizeof *known, compare_labels);
    for (gsize i = 0; i < n; i++)
        if (n_known == 0 || known[n_known - 1] != known[i])
            known[n_known++] = known[i];
    for (gsize i = 0; i < n; i++) {
        gint32 *label = truth ? &pairs[i].truth : &pairs[i].found;
        const gint32 *at = bsearch(label, known, n_known, sizeof *known, compare_labels);

        *label = (gint32) (at - known);
    }
    return n_known;
}

static void
counts_clear(Counts *self)
{
    g_free(self->truth);
    g_free(self->found);
    g_free(self->cell_truth);
    g_free(self->cell_found);
    g_free(self->cells);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Counts, counts_clear)

static void
count(Counts *self, Pair *pairs, gsize n)
{
    self->n = n;
    self->n_truth = make_dense(pairs, n, TRUE);
    self->n_found = make_dense(pairs, n, FALSE);
    self->truth = g_new0(double, self->n_truth + 1);
    self->found = g_new0(double, self->n_found + 1);
    self->cells = g_new0(double, n + 1);
    self->cell_truth = g_new0(gsize, n + 1);
    self->cell_found = g_new0(gsize, n + 1);
    if (n > 0)
        qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (gsize i = 0; i < n; i++) {
        if (i == 0 || compare_pairs(pairs + i, pairs + i - 1) != 0) {
            self->cell_truth[self->n_cells] = (gsize) pairs[i].truth;
            self->cell_found[self->n_cells++] = (gsize) pairs[i].found;
        }
        self->cells[self->n_cells - 1]++;
        self->truth[pairs[i].truth]++;
        self->found[pairs[i].found]++;
    }
}

static double
sum_squares(const double *counts, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += counts[i] * counts[i];
    return sum;
}

static void
compare_by_pairs(const Counts *self, UmkLabelAgreement *result)
{
    double n = (double) self->n, cells = sum_squares(self->cells, self->n_cells);
    double truth = sum_squares(self->truth, self->n_truth);
    double found = sum_squares(self->found, self->n_found);
    double together = cells - n, split = truth - cells, joined = found - cells;
    double apart = n * n - n - together - split - joined;

    result->rand = n > 1 ? (together + apart) / (n * n - n) : 1.0;
    result->adjusted_rand = 1.0;
    if (split > 0.0 || joined > 0.0)
        result->adjusted_rand = 2.0 * (together * apart - split * joined) /
                                ((together + split) * (split + apart) +
                                 (together + joined) * (joined + apart));
    result->fowlkes_mallows =
        together > 0.0 ? sqrt(together / (truth - n)) * sqrt(together / (found - n))
                       : 0.0;
}

static double
entropy(const double *counts, gsize n, double total)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum -= counts[i] / total * log(counts[i] / total);
    return sum;
}

static double
mutual_information(const Counts *self)
{
    double n = (double) self->n, sum = 0.0;

    for (gsize i = 0; i < self->n_cells; i++)
        sum += self->cells[i] / n *
               log(n * self->cells[i] /
                   (self->truth[self->cell_truth[i]] * self->found[self->cell_found[i]]));
    return MAX(sum, 0.0);
}

/* The mean mutual information of labellings with these sizes. */
static double
expected_information(const Counts *self)
{
    double n = (double) self->n, sum = 0.0;

    for (gsize i = 0; i < self->n_truth; i++)
        for (gsize j = 0; j < self->n_found; j++) {
            double a = self->truth[i], b = self->found[j];
            double whole = lgamma(a + 1) + lgamma(b + 1) + lgamma(n - a + 1) +
                           lgamma(n - b + 1) - lgamma(n + 1);

            for (double both = MAX(1.0, a + b - n); both <= MIN(a, b); both++)
                sum += both / n * log(n * both / (a * b)) *
                       exp(whole - lgamma(both + 1) - lgamma(a - both + 1) -
                           lgamma(b - both + 1) - lgamma(n - a - b + both + 1));
        }
    return sum;
}

static void
compare_by_information(const Counts *self, UmkLabelAgreement *result)
{
    double n = (double) self->n, truth = entropy(self->truth, self->n_truth, n);
    double found = entropy(self->found, self->n_found, n);
    double mutual = mutual_information(self), mean = (truth + found) / 2;

    result->homogeneity = truth > 0.0 ? mutual / truth : 1.0;
    result->completeness = found > 0.0 ? mutual / found : 1.0;
    result->v_measure = result->homogeneity + result->completeness > 0.0
                            ? 2 * result->homogeneity * result->completeness /
                                  (result->homogeneity + result->completeness)
                            : 0.0;
    result->normalized_information = mean > 0.0 ? mutual / mean : 1.0;
    result->adjusted_information = NAN;
    if (self->n_truth == self->n_found &&
        (self->n_truth <= 1 || self->n_truth == self->n)) {
        result->adjusted_information = 1.0;
    } else if (self->n_truth * self->n_found <= MAX_PAIRS) {
        double expected = expected_information(self), range = mean - expected;

        range = range < 0 ? MIN(range, -DBL_EPSILON) : MAX(range, DBL_EPSILON);
        result->adjusted_information = (mutual - expected) / range;
    }
}

static double
find_purity(const Counts *self)
{
    g_autofree double *most = g_new0(double, self->n_found + 1);
    double sum = 0.0;

    for (gsize i = 0; i < self->n_cells; i++)
        most[self->cell_found[i]] = MAX(most[self->cell_found[i]], self->cells[i]);
    for (gsize j = 0; j < self->n_found; j++)
        sum += most[j];
    return sum / (double) self->n;
}

/**
 * umk_eval_labels:
 * @truth: (array length=n_rows): the class of each row, less than 0 for none
 * @found: (array length=n_rows): the cluster of each row, less than 0 for none
 * @n_rows: how many
 * @result: (out): the figures
 * @error: return location for an error
 *
 * Compares two labellings. Rows that lack either label are left out; @result says how
 * many were compared. The adjusted mutual information of more than ten million pairs of a
 * class and a cluster is not computed and NaN.
 *
 * Returns: %FALSE if no row has both labels
 */
gboolean
umk_eval_labels(const gint32 *truth,
                const gint32 *found,
                gsize n_rows,
                UmkLabelAgreement *result,
                GError **error)
{
    g_autofree Pair *pairs = NULL;
    g_auto(Counts) counts = {0};
    gsize n = 0;

    g_return_val_if_fail((truth != NULL && found != NULL) || n_rows == 0, FALSE);
    g_return_val_if_fail(result != NULL, FALSE);
    pairs = g_new(Pair, n_rows + 1);
    for (gsize i = 0; i < n_rows; i++)
        if (truth[i] >= 0 && found[i] >= 0)
            pairs[n++] = (Pair){truth[i], found[i]};
    if (n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("No item has both labels, so there is nothing to compare"));
        return FALSE;
    }
    count(&counts, pairs, n);
    *result = (UmkLabelAgreement){
        .n_rows = n, .n_classes = counts.n_truth, .n_clusters = counts.n_found};
    compare_by_pairs(&counts, result);
    compare_by_information(&counts, result);
    result->purity = find_purity(&counts);
    return TRUE;
}
