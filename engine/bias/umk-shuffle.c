/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deals items of two groups anew, one stream a deal, and counts how often the figure is
 * as large (or as small) as it was found. */
#include "bias/umk-shuffle-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>
#include <string.h>

#define CHUNK     64
#define SLAB      1024
#define STREAM    ((guint64) 1 << 52)
#define TOLERANCE 1e-12 /* of the figure */

typedef struct {
    const UmkResample *pooled;
    gsize group, first;
    guint64 seed;
    double *values;
} Deal;

static void
deal_some(gsize begin, gsize end, guint worker, gpointer data)
{
    const Deal *deal = data;
    const UmkResample *pooled = deal->pooled;
    gsize n1 = pooled->sizes[deal->group], n = n1 + pooled->sizes[deal->group + 1];
    gsize most = n;
    g_autofree guint32 *items = g_new(guint32, n + 1), *in_order = NULL;
    g_autofree double *scratch = g_new(double, pooled->n_scratch + 1);
    g_autofree double *figures = g_new(double, pooled->n_figures);

    (void) worker;
    for (gsize g = 0; g < pooled->n_groups; g++)
        most = MAX(most, pooled->sizes[g]);
    in_order = g_new(guint32, most + 1);
    for (gsize i = 0; i < most; i++)
        in_order[i] = (guint32) i;
    for (gsize i = deal->first + begin; i < deal->first + end; i++) {
        UmkPicks picks = {0};
        UmkRng rng;

        _umk_rng_init(&rng, deal->seed, STREAM + i);
        memcpy(items, in_order, n * sizeof *items);
        for (gsize j = 0; j < n1; j++) {
            gsize other = j + (gsize) _umk_rng_below(&rng, n - j);
            guint32 item = items[other];

            items[other] = items[j];
            items[j] = item;
        }
        for (gsize g = 0; g < pooled->n_groups; g++) {
            picks.items[g] = g == deal->group       ? items
                             : g == deal->group + 1 ? items + n1
                                                    : in_order;
            picks.n[g] = pooled->sizes[g];
            picks.whole[g] = g != deal->group && g != deal->group + 1;
        }
        pooled->figures(pooled, &picks, scratch, figures);
        deal->values[i] = figures[0];
    }
}

double *
_umk_shuffle(const UmkResample *pooled,
             gsize first_group,
             gsize n,
             guint64 seed,
             UmkRun *run,
             GError **error)
{
    g_autofree double *values = _umk_alloc(n, sizeof(double), "the random splits", error);
    Deal deal = {pooled, first_group, 0, seed, values};

    if (values == NULL)
        return NULL;
    for (; deal.first < n; deal.first += SLAB) {
        if (!umk_run_check(run, error))
            return NULL;
        _umk_parallel_for(MIN(SLAB, n - deal.first), CHUNK, deal_some, &deal);
    }
    return g_steal_pointer(&values);
}

static gboolean
is_as_large(const char *alternative, double value, double found)
{
    double tolerance = TOLERANCE * fabs(found);

    if (strcmp(alternative, "less") == 0)
        return value <= found + tolerance;
    if (strcmp(alternative, "two-sided") == 0)
        return fabs(value) >= fabs(found) - tolerance;
    return value >= found - tolerance;
}

/* A split whose figure is not defined counts as one that is as large: it says nothing
 * against chance. */
UmkBiasTest
_umk_shuffle_test(const char *of,
                  const char *alternative,
                  double found,
                  const double *values,
                  gsize n,
                  double level,
                  const char *undefined)
{
    UmkBiasTest test = {.of = of,
                        .alternative = alternative,
                        .p = NAN,
                        .undefined = undefined,
                        .method = "sampled",
                        .n = n,
                        .p_low = NAN,
                        .p_high = NAN};
    guint64 count = 0;
    UmkRange range;

    if (n == 0 || !isfinite(found))
        return test;
    for (gsize i = 0; i < n; i++)
        count += isnan(values[i]) || is_as_large(alternative, values[i], found);
    range = _umk_interval_clopper_pearson(count, n, level);
    test.p = (1.0 + (double) count) / (1.0 + (double) n);
    test.p_low = range.low;
    test.p_high = range.high;
    return test;
}

/* ---- signs ------------------------------------------------------------------------- */

/* The sum with the signs of all masks in the order of Gray's code: one sign a step. */
static double *
count_signs(const double *values, gsize n_values, gsize *n)
{
    double *sums, sum = 0.0;
    g_autofree double *signs = g_memdup2(values, n_values * sizeof *signs);

    *n = (gsize) 1 << n_values;
    sums = g_new(double, *n);
    for (gsize i = 0; i < n_values; i++)
        sum += signs[i];
    for (gsize i = 0; i < *n; i++) {
        gsize turned = (gsize) __builtin_ctzll(i + 1);

        sums[i] = sum;
        if (turned < n_values) {
            signs[turned] = -signs[turned];
            sum += 2.0 * signs[turned];
        }
    }
    return sums;
}

static double *
draw_signs(const double *values,
           gsize n_values,
           gsize n,
           guint64 seed,
           UmkRun *run,
           GError **error)
{
    g_autofree double *sums = _umk_alloc(n, sizeof(double), "the random signs", error);
    UmkRng rng;

    if (sums == NULL)
        return NULL;
    _umk_rng_init(&rng, seed, STREAM);
    for (gsize i = 0; i < n; i++) {
        guint64 bits = 0;

        if (i % 65536 == 0 && !umk_run_check(run, error))
            return NULL;
        for (gsize j = 0; j < n_values; j++) {
            bits = j % 64 == 0 ? _umk_rng_next_u64(&rng) : bits >> 1;
            sums[i] += bits & 1 ? values[j] : -values[j];
        }
    }
    return g_steal_pointer(&sums);
}

/* Rounding of the running sum must not tell the sum that was found from itself. */
static UmkBiasTest
exact_test(const char *of,
           const char *alternative,
           double found,
           double scale,
           const double *sums,
           gsize n)
{
    UmkBiasTest test = {.of = of,
                        .alternative = alternative,
                        .method = "exact",
                        .n = n,
                        .p_low = NAN,
                        .p_high = NAN};
    gboolean both = strcmp(alternative, "two-sided") == 0;

    for (gsize i = 0; i < n; i++)
        test.p += (both ? fabs(sums[i]) >= fabs(found) - TOLERANCE * scale
                        : sums[i] >= found - TOLERANCE * scale) /
                  (double) n;
    return test;
}

gboolean
_umk_sign_tests(const char *of,
                const double *values,
                gsize n_values,
                gsize n,
                double level,
                guint64 seed,
                const char *undefined,
                UmkBiasTest tests[2],
                double **means,
                gsize *n_means,
                UmkRun *run,
                GError **error)
{
    static const char *const alternatives[] = {"greater", "two-sided"};
    g_autofree double *kept = g_new(double, n_values + 1), *sums = NULL;
    double found = 0.0, scale = 0.0;
    gsize n_kept = 0;
    gboolean exact;

    for (gsize i = 0; i < n_values; i++)
        if (!isnan(values[i])) {
            kept[n_kept++] = values[i];
            found += values[i];
            scale += fabs(values[i]);
        }
    exact = n_kept <= UMK_SIGNS_COUNTED;
    sums = exact ? count_signs(kept, n_kept, &n)
                 : draw_signs(kept, n_kept, n, seed, run, error);
    if (sums == NULL)
        return FALSE;
    for (gsize i = 0; i < 2; i++)
        tests[i] = exact && n_kept > 0
                       ? exact_test(of, alternatives[i], found, scale, sums, n)
                       : _umk_shuffle_test(of, alternatives[i],
                                           n_kept > 0 ? found : (double) NAN, sums, n,
                                           level, undefined);
    *n_means = n_kept > 0 ? n : 0;
    for (gsize i = 0; i < *n_means; i++)
        sums[i] /= (double) n_kept;
    *means = g_steal_pointer(&sums);
    return TRUE;
}
