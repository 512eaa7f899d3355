/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs that belong together are found identity by identity, the others group by group.
 * Where there are too many, each is kept with the same chance, by jumps of geometric
 * length over the numbered pairs (Fan, Muller and Rezucha 1962), and weighs 1 / chance.
 */
#include "bias/umk-trial-pairs-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-cosine-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    UmkTrialPairs *out;
    GArray *pairs;
    UmkMatrix *matrix;
    const double *scales;
    guint32 *rows; /* that are used, by identity, then by row */
    gsize n_rows;
    gsize budget; /* pairs of one stratum */
    guint64 seed;
} Maker;

static int
compare_pairs(const void *a, const void *b)
{
    const UmkTrialPair *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Pair number t of 0 1, 0 2, 1 2, 0 3, … */
static void
unfold(guint64 t, gsize *i, gsize *j)
{
    gsize k = (gsize) ((1.0 + sqrt(1.0 + 8.0 * (double) t)) / 2.0);

    while ((guint64) k * (k - 1) / 2 > t)
        k--;
    while ((guint64) k * (k + 1) / 2 <= t)
        k++;
    *j = k;
    *i = (gsize) (t - (guint64) k * (k - 1) / 2);
}

static guint64
jump(UmkRng *rng, double chance)
{
    double length;

    if (chance >= 1.0)
        return 1;
    length = floor(log1p(-_umk_rng_uniform(rng)) / log1p(-chance));
    return length < 1e18 ? (guint64) length + 1 : G_MAXUINT64 / 2;
}

static gint32
shared_group(const Maker *maker, guint32 a, guint32 b)
{
    gint32 group = maker->out->groups->codes[a];

    return group == maker->out->groups->codes[b] ? group : -1;
}

static void
add_pair(Maker *maker, guint32 a, guint32 b, gboolean target, double chance)
{
    UmkTrialPair pair = {.weight = 1.0 / chance,
                         .a = MIN(a, b),
                         .b = MAX(a, b),
                         .group = shared_group(maker, a, b),
                         .target = target};

    g_array_append_val(maker->pairs, pair);
}

static double
chance_of(Maker *maker, guint64 n)
{
    if (n <= maker->budget)
        return 1.0;
    maker->out->is_sampled = TRUE;
    return (double) maker->budget / (double) n;
}

static void
add_targets(Maker *maker)
{
    const gint32 *identity = maker->out->identities->codes;
    guint64 n = 0, next;
    double chance;
    UmkRng rng;

    for (gsize begin = 0, end; begin < maker->n_rows; begin = end) {
        for (end = begin; end < maker->n_rows &&
                          identity[maker->rows[end]] == identity[maker->rows[begin]];)
            end++;
        n += (guint64) (end - begin) * (end - begin - 1) / 2;
    }
    chance = chance_of(maker, n);
    _umk_rng_init(&rng, maker->seed, 0);
    next = jump(&rng, chance) - 1;
    for (gsize begin = 0, end; begin < maker->n_rows; begin = end) {
        guint64 n_own;

        for (end = begin; end < maker->n_rows &&
                          identity[maker->rows[end]] == identity[maker->rows[begin]];)
            end++;
        n_own = (guint64) (end - begin) * (end - begin - 1) / 2;
        for (; next < n_own; next += jump(&rng, chance)) {
            gsize i, j;

            unfold(next, &i, &j);
            add_pair(maker, maker->rows[begin + i], maker->rows[begin + j], TRUE, chance);
        }
        next -= n_own;
    }
}

/* Pairs of the rows that do not belong together; only those of two groups if asked. */
static void
add_others(
    Maker *maker, const guint32 *rows, gsize n, guint64 stream, gboolean of_two_groups)
{
    const gint32 *identity = maker->out->identities->codes;
    guint64 n_pairs = n > 1 ? (guint64) n * (n - 1) / 2 : 0;
    double chance = chance_of(maker, n_pairs);
    UmkRng rng;

    _umk_rng_init(&rng, maker->seed, stream);
    for (guint64 t = jump(&rng, chance) - 1; t < n_pairs; t += jump(&rng, chance)) {
        gsize i, j;

        unfold(t, &i, &j);
        if (identity[rows[i]] != identity[rows[j]] &&
            (!of_two_groups || shared_group(maker, rows[i], rows[j]) < 0))
            add_pair(maker, rows[i], rows[j], FALSE, chance);
    }
}

static void
add_all_others(Maker *maker, gboolean is_open)
{
    const UmkBiasLabels *groups = maker->out->groups;
    g_autofree guint32 *rows = g_new(guint32, maker->n_rows + 1);

    for (gsize g = 0; g < groups->n; g++) {
        gsize n = 0;

        for (gsize i = 0; i < maker->n_rows; i++)
            if (groups->codes[maker->rows[i]] == (gint32) g)
                rows[n++] = maker->rows[i];
        maker->out->rows_of[g] = n;
        add_others(maker, rows, n, g + 1, FALSE);
    }
    if (is_open)
        add_others(maker, maker->rows, maker->n_rows, groups->n + 1, TRUE);
}

static void
score_pairs(gsize begin, gsize end, guint worker, gpointer data)
{
    Maker *maker = data;
    gsize d = umk_matrix_get_n_cols(maker->matrix);
    g_autofree double *unit = g_new(double, d + 1);

    for (gsize i = begin; i < end; i++) {
        UmkTrialPair *pair = &g_array_index(maker->pairs, UmkTrialPair, i);

        _umk_cosine_unit_row(maker->matrix, pair->a, unit);
        pair->score =
            _umk_cosine_dot(unit, umk_matrix_get_row(maker->matrix, pair->b, NULL), d) *
            maker->scales[pair->b];
    }
}

static int
compare_numbers(const void *a, const void *b)
{
    guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

    return x < y ? -1 : x > y;
}

/* Rows with an identity, a group and a direction, by identity. */
static void
gather(Maker *maker, gsize n)
{
    UmkTrialPairs *out = maker->out;
    g_autofree guint64 *keys = g_new(guint64, n + 1);

    for (gsize row = 0; row < n; row++) {
        gint32 identity = out->identities->codes[row], group = out->groups->codes[row];

        if (identity < 0 || group < 0 || maker->scales[row] == 0.0) {
            out->n_left_out++;
            continue;
        }
        keys[maker->n_rows++] = (guint64) identity << 32 | row;
        if (out->group_of[identity] < 0)
            out->group_of[identity] = group;
        out->has_straddler |= out->group_of[identity] != group;
    }
    qsort(keys, maker->n_rows, sizeof *keys, compare_numbers);
    maker->rows = g_new(guint32, maker->n_rows + 1);
    for (gsize i = 0; i < maker->n_rows; i++)
        maker->rows[i] = (guint32) keys[i];
}

gboolean
_umk_trial_pairs_init(UmkTrialPairs *self,
                      UmkMatrix *rows,
                      const UmkBiasLabels *identities,
                      const UmkBiasLabels *groups,
                      gboolean is_open,
                      gsize limit,
                      guint64 seed,
                      UmkRun *run,
                      GError **error)
{
    gsize n = umk_matrix_get_n_rows(rows);
    g_autofree double *scales = _umk_cosine_new_scales(rows);
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(UmkTrialPair));
    Maker maker = {
        .out = self, .pairs = pairs, .matrix = rows, .scales = scales, .seed = seed};

    if (n >= G_MAXUINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("verification takes fewer than %u rows, there are %zu"),
                    G_MAXUINT32, n);
        return FALSE;
    }
    *self = (UmkTrialPairs){.identities = identities, .groups = groups};
    self->group_of = g_new(gint32, identities->n + 1);
    for (gsize i = 0; i < identities->n; i++)
        self->group_of[i] = -1;
    self->rows_of = g_new0(gsize, groups->n + 1);
    gather(&maker, n);
    /* a third for pairs that belong together, the rest to share for the others */
    maker.budget = MAX(limit / 3, 1);
    add_targets(&maker);
    maker.budget = MAX((limit - limit / 3) / (groups->n + (is_open ? 1 : 0)), 1);
    add_all_others(&maker, is_open);
    g_free(maker.rows);
    if (!umk_run_check(run, error))
        return FALSE;
    _umk_parallel_for(pairs->len, 1024, score_pairs, &maker);
    self->n = pairs->len;
    self->pairs =
        (UmkTrialPair *) (gpointer) g_array_free(g_steal_pointer(&pairs), FALSE);
    if (self->n > 0)
        qsort(self->pairs, self->n, sizeof *self->pairs, compare_pairs);
    return umk_run_check(run, error);
}

void
_umk_trial_pairs_clear(UmkTrialPairs *self)
{
    g_clear_pointer(&self->pairs, g_free);
    g_clear_pointer(&self->group_of, g_free);
    g_clear_pointer(&self->rows_of, g_free);
}
