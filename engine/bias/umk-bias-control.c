/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large is the effect of sets that mean nothing? Targets of the same sizes are drawn
 * from rows of the background that are in no set, and measured against the same
 * attributes. A row's association is one product with the difference of the attributes'
 * means, so each row is looked at once, however many sets are drawn. */
#include "bias/umk-bias-association-private.h"
#include "bias/umk-weat-private.h"

#include <umekomi/umk-matrix.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>
#include <string.h>

#define POOL      32768 /* rows; more would not change a figure */
#define ROW_CHUNK 256
#define SET_CHUNK 64

typedef struct {
    const UmkBiasInput *input;
    const UmkBiasSets *sets;
    double *direction;  /* (d) mean of a minus mean of b */
    const double *mean; /* (d) of the modality, or NULL */
    UmkModality modality;
    const char *const *labels; /* the modality of each row, or NULL: one for all */
    gsize *pool;               /* rows of the background */
    gsize n_pool;
    double *associations; /* (n_pool) */
    double *effects;      /* of the sets drawn */
    guint64 seed;
} Control;

static void
control_clear(Control *self)
{
    g_clear_pointer(&self->direction, g_free);
    g_clear_pointer(&self->pool, g_free);
    g_clear_pointer(&self->associations, g_free);
    g_clear_pointer(&self->effects, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Control, control_clear)

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

/* At most POOL rows, all or by chance (Knuth's algorithm S), then those in no set. */
static void
fill_pool(Control *self)
{
    UmkMatrix *background = self->input->background;
    gsize n = umk_matrix_get_n_rows(background), wanted = MIN(n, POOL), taken = 0;
    g_autoptr(GHashTable) names = collect_names(self->input);
    UmkRng rng;

    self->pool = g_new(gsize, wanted + 1);
    _umk_rng_init(&rng, self->seed, UMK_STREAM_CONTROLS);
    for (gsize row = 0; row < n && taken < wanted; row++) {
        const float *values = umk_matrix_get_row(background, row, NULL);

        if (wanted < n && _umk_rng_below(&rng, n - row) >= wanted - taken)
            continue;
        taken++;
        if (self->labels != NULL &&
            strcmp(self->labels[row], umk_modality_get_name(self->modality)) != 0)
            continue;
        if ((self->input->names != NULL &&
             g_hash_table_contains(names, self->input->names[row])) ||
            is_in_a_set(self->input, values) || is_zero(values, self->sets->d))
            continue;
        self->pool[self->n_pool++] = row;
    }
}

static void
take_direction(Control *self)
{
    const UmkBiasSets *sets = self->sets;
    gsize d = sets->d;

    self->direction = g_new0(double, d + 1);
    for (gsize s = UMK_SET_A; s <= UMK_SET_B; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++)
            for (gsize j = 0; j < d; j++)
                self->direction[j] += (s == UMK_SET_A ? 1.0 : -1.0) *
                                      sets->rows[s][i * d + j] / (double) sets->sizes[s];
}

static void
associate_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Control *self = data;
    gsize d = self->sets->d;
    g_autofree double *row = g_new(double, d + 1);

    (void) worker;
    for (gsize i = begin; i < end; i++) {
        const float *from =
            umk_matrix_get_row(self->input->background, self->pool[i], NULL);
        double length;

        for (gsize j = 0; j < d; j++)
            row[j] = (double) from[j];
        length = sqrt(_umk_dot_in_double(row, row, d));
        if (self->mean != NULL) {
            for (gsize j = 0; j < d; j++)
                row[j] = row[j] / length - self->mean[j];
            length = sqrt(_umk_dot_in_double(row, row, d));
        }
        self->associations[i] =
            length > 0.0 ? _umk_dot_in_double(row, self->direction, d) / length : 0.0;
    }
}

/* Each chunk goes on shuffling its own copy of the pool. */
static void
draw_sets(gsize begin, gsize end, guint worker, gpointer data)
{
    const Control *self = data;
    const gsize *sizes = self->sets->sizes;
    gsize n = sizes[UMK_SET_X] + sizes[UMK_SET_Y];
    g_autofree double *values =
        g_memdup2(self->associations, self->n_pool * sizeof *values);
    UmkRng rng;

    (void) worker;
    _umk_rng_init(&rng, self->seed, UMK_STREAM_CONTROLS + 1 + begin);
    for (gsize i = begin; i < end; i++) {
        double figures[UMK_WEAT_N_FIGURES];

        for (gsize j = 0; j < n; j++) {
            gsize other = j + _umk_rng_below(&rng, self->n_pool - j);
            double value = values[other];

            values[other] = values[j];
            values[j] = value;
        }
        _umk_weat_figures(values, sizes[UMK_SET_X], sizes[UMK_SET_Y], 1.0, figures);
        self->effects[i] = figures[UMK_WEAT_EFFECT];
    }
}

static void
write_effects(JsonBuilder *result, double *effects, gsize n, double effect, double level)
{
    gsize kept = _umk_sort_numbers(effects, n), as_large = 0;
    UmkRange range = _umk_interval_percentile(effects, kept, level);
    double mean = 0.0, squares = 0.0;

    for (gsize i = 0; i < kept; i++) {
        mean += effects[i] / (double) kept;
        as_large += fabs(effects[i]) >= fabs(effect);
    }
    for (gsize i = 0; i < kept; i++)
        squares += (effects[i] - mean) * (effects[i] - mean);
    json_builder_set_member_name(result, "n");
    json_builder_add_int_value(result, (gint64) kept);
    _umk_bias_add_number(result, "mean", kept > 0 ? mean : (double) NAN);
    _umk_bias_add_number(result, "sd",
                         kept > 1 ? sqrt(squares / ((double) kept - 1.0)) : (double) NAN);
    _umk_bias_add_number(result, "level", level);
    _umk_bias_add_number(result, "low", range.low);
    _umk_bias_add_number(result, "high", range.high);
    _umk_bias_add_number(result, "as_large",
                         kept > 0 && isfinite(effect) ? (double) as_large / (double) kept
                                                      : (double) NAN);
}

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

/* Why there can be no random sets, or NULL. */
static const char *
find_obstacle(Control *self, gsize n)
{
    const char *empty = _umk_bias_sets_find_empty(self->sets);

    if (n == 0)
        return "not-asked-for";
    if (empty != NULL)
        return empty;
    if (self->input->background == NULL)
        return "no-background";
    self->labels = _umk_bias_input_get_column(self->input, "modality");
    if (!find_modality(self->sets, &self->modality) ||
        (self->sets->mixed && self->labels == NULL))
        return "background-of-one-modality";
    if (self->sets->means != NULL)
        self->mean = self->sets->means + self->modality * self->sets->d;
    return NULL;
}

static gboolean
draw(Control *self, gsize n, UmkRun *run, GError **error)
{
    if (!umk_run_check(run, error))
        return FALSE;
    take_direction(self);
    self->associations =
        _umk_alloc(self->n_pool, sizeof(double), "the random sets", error);
    self->effects = _umk_alloc(n, sizeof(double), "the random sets", error);
    if (self->associations == NULL || self->effects == NULL)
        return FALSE;
    _umk_parallel_for(self->n_pool, ROW_CHUNK, associate_rows, self);
    if (!umk_run_check(run, error))
        return FALSE;
    _umk_parallel_for(n, SET_CHUNK, draw_sets, self);
    return TRUE;
}

gboolean
_umk_bias_add_control(JsonBuilder *result,
                      const UmkBiasInput *input,
                      const UmkBiasSets *sets,
                      double effect,
                      gsize n,
                      double level,
                      guint64 seed,
                      UmkRun *run,
                      GError **error)
{
    g_auto(Control) self = {.input = input, .sets = sets, .seed = seed};
    const char *obstacle = find_obstacle(&self, n);

    if (obstacle == NULL) {
        fill_pool(&self);
        if (self.n_pool < 2 * (sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y]))
            obstacle = "too-few-background-rows";
        else if (!draw(&self, n, run, error))
            return FALSE;
    }
    json_builder_set_member_name(result, "control");
    json_builder_begin_object(result);
    if (obstacle != NULL)
        _umk_bias_add_string(result, "undefined", obstacle);
    else
        write_effects(result, self.effects, n, effect, level);
    json_builder_end_object(result);
    return TRUE;
}
