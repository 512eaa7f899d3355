/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the background that may stand in for the targets of a measure: in no set, not
 * zero, of the targets' modality where the column "modality" says which rows are. */
#include "bias/umk-bias-control-private.h"

#include <umekomi/umk-matrix.h>

#include "core/umk-rng-private.h"

#include <math.h>
#include <string.h>

static GHashTable *
collect_names(const UmkBiasInput *input)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint s = 0; s < input->sets->len; s++) {
        const UmkBiasSet *set = input->sets->pdata[s];

        for (gsize i = 0; i < set->n; i++)
            g_hash_table_add(names, set->names[i]);
    }
    return names;
}

static gboolean
is_in_a_set(const UmkBiasInput *input, const float *row)
{
    for (guint s = 0; s < input->sets->len; s++) {
        const UmkBiasSet *set = input->sets->pdata[s];

        for (gsize i = 0; i < set->n; i++) {
            const float *item = umk_matrix_get_row(set->rows, i, NULL);

            if (item[0] == row[0] && memcmp(item, row, set->d * sizeof *row) == 0)
                return TRUE;
        }
    }
    return FALSE;
}

static gboolean
is_zero(const float *row, gsize d)
{
    gsize i = 0;

    while (i < d && row[i] == 0.0f)
        i++;
    return i == d;
}

static gboolean
is_of(const char *const *labels, gsize row, const char *name)
{
    return labels == NULL || strcmp(labels[row], name) == 0;
}

static gsize
count_of(const char *const *labels, gsize n_rows, const char *name)
{
    gsize n = 0;

    for (gsize row = 0; row < n_rows; row++)
        n += is_of(labels, row, name) != 0;
    return n;
}

/* At most so many rows of the modality, all or by chance (Knuth's algorithm S), then
 * those in no set. */
void
_umk_bias_pool_init(UmkBiasPool *self,
                    const UmkBiasInput *input,
                    UmkModality modality,
                    gsize most,
                    guint64 seed)
{
    UmkMatrix *background = input->background;
    gsize n_rows = umk_matrix_get_n_rows(background), taken = 0, seen = 0;
    gsize d = umk_matrix_get_n_cols(background);
    const char *const *labels = _umk_bias_input_get_column(input, "modality");
    const char *name = umk_modality_get_name(modality);
    gsize n = count_of(labels, n_rows, name), wanted = MIN(n, most);
    g_autoptr(GHashTable) names = collect_names(input);
    UmkRng rng;

    *self = (UmkBiasPool){.input = input, .rows = g_new(gsize, wanted + 1)};
    _umk_rng_init(&rng, seed, UMK_STREAM_CONTROLS);
    for (gsize row = 0; row < n_rows && taken < wanted; row++) {
        const float *values = umk_matrix_get_row(background, row, NULL);

        if (!is_of(labels, row, name))
            continue;
        if (wanted < n && _umk_rng_below(&rng, n - seen++) >= wanted - taken)
            continue;
        taken++;
        if ((input->names != NULL && g_hash_table_contains(names, input->names[row])) ||
            is_in_a_set(input, values) || is_zero(values, d))
            continue;
        self->rows[self->n++] = row;
    }
}

const char *
_umk_bias_pool_init_like(UmkBiasPool *self,
                         const UmkBiasInput *input,
                         const UmkBiasSet *set,
                         gsize n,
                         gsize most,
                         guint64 seed)
{
    UmkModality modality = UMK_MODALITY_TEXT;

    if (n == 0)
        return "not-asked-for";
    if (set == NULL || set->n == 0)
        return "empty-set";
    if (input->background == NULL)
        return "no-background";
    for (gsize i = 0; set->modalities != NULL && i < set->n; i++) {
        modality = set->modalities[i];
        if (modality != set->modalities[0])
            return "background-of-one-modality";
    }
    _umk_bias_pool_init(self, input, modality, most, seed);
    return self->n < 2 * set->n ? "too-few-background-rows" : NULL;
}

void
_umk_bias_pool_clear(UmkBiasPool *self)
{
    g_clear_pointer(&self->rows, g_free);
}

static double *
dup_rows(const UmkBiasPool *self)
{
    gsize d = umk_matrix_get_n_cols(self->input->background);
    double *rows = g_new(double, self->n *d + 1);

    for (gsize i = 0; i < self->n; i++) {
        const float *from =
            umk_matrix_get_row(self->input->background, self->rows[i], NULL);

        for (gsize j = 0; j < d; j++)
            rows[i * d + j] = (double) from[j];
    }
    return rows;
}

static void
make_unit(double *row, gsize d)
{
    double length = sqrt(_umk_dot_in_double(row, row, d));

    for (gsize j = 0; j < d; j++)
        row[j] = length > UMK_NO_SPREAD ? row[j] / length : 0.0;
}

double *
_umk_bias_pool_dup_unit_rows(const UmkBiasPool *self)
{
    gsize d = umk_matrix_get_n_cols(self->input->background);
    double *rows = dup_rows(self);

    for (gsize i = 0; i < self->n; i++)
        make_unit(rows + i * d, d);
    return rows;
}

/* ---- sets -------------------------------------------------------------------------- */

/* FALSE when the targets are of several. */
static gboolean
find_modality(const UmkBiasSets *sets, UmkModality *modality)
{
    guint seen = 0;

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++) {
            const UmkModality *modalities = sets->sets[s]->modalities;

            *modality = modalities != NULL ? modalities[i] : UMK_MODALITY_TEXT;
            seen |= 1u << *modality;
        }
    return (seen & (seen - 1)) == 0;
}

static const char *
find_obstacle(const UmkBiasSets *sets, const UmkBiasInput *input, UmkModality *modality)
{
    const char *empty = _umk_bias_sets_find_empty(sets);

    if (empty != NULL)
        return empty;
    if (input->background == NULL)
        return "no-background";
    if (!find_modality(sets, modality) ||
        (sets->mixed && _umk_bias_input_get_column(input, "modality") == NULL))
        return "background-of-one-modality";
    return NULL;
}

/* In the form that the sets have. */
static double *
dup_rows_like(const UmkBiasPool *pool, const UmkBiasSets *sets, UmkModality modality)
{
    double *rows = sets->raw ? dup_rows(pool) : _umk_bias_pool_dup_unit_rows(pool);

    for (gsize i = 0; sets->means != NULL && i < pool->n; i++) {
        const double *mean = sets->means + modality * sets->d;

        for (gsize j = 0; j < sets->d; j++)
            rows[i * sets->d + j] -= mean[j];
        make_unit(rows + i * sets->d, sets->d);
    }
    return rows;
}

const char *
_umk_bias_sets_init_random(UmkBiasSets *self,
                           const UmkBiasSets *sets,
                           const UmkBiasInput *input,
                           gsize n_wanted,
                           guint64 seed)
{
    UmkModality modality = UMK_MODALITY_TEXT;
    const char *obstacle = find_obstacle(sets, input, &modality);
    g_auto(UmkBiasPool) pool = {0};

    *self = (UmkBiasSets){.d = sets->d, .raw = sets->raw};
    if (obstacle != NULL)
        return obstacle;
    _umk_bias_pool_init(&pool, input, modality, UMK_POOL, seed);
    if (pool.n < 2 * n_wanted)
        return "too-few-background-rows";
    for (gsize s = 0; s < UMK_N_SETS; s++) {
        gboolean target = s <= UMK_SET_Y && sets->sizes[s] > 0;

        self->sets[s] = sets->sets[s];
        self->sizes[s] = target ? pool.n : sets->sizes[s];
        self->rows[s] =
            target ? dup_rows_like(&pool, sets, modality)
                   : g_memdup2(sets->rows[s], sets->sizes[s] * sets->d * sizeof(double));
    }
    return NULL;
}

void
_umk_bias_sets_pair_random(UmkBiasSets *self)
{
    gsize n = self->sizes[UMK_SET_X], d = self->d, half = n / 2;
    const double *from = self->rows[UMK_SET_X];

    for (gsize i = 0; i < n; i++)
        memcpy(self->rows[UMK_SET_Y] + i * d, from + (i + half) % n * d,
               d * sizeof *from);
}
