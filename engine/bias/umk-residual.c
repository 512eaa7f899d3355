/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is looked at, in which vectors, and two clusters of them. */
#include "bias/umk-residual-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK          256
#define MAX_ITERATIONS 300
#define ITEMS_TOLD     25 /* from either end */

/* ---- projections ------------------------------------------------------------------ */

typedef struct {
    UmkProjected *self;
    const double *direction;
    GHashTable *left_out; /* names */
} ProjectWork;

static void
project(gsize begin, gsize end, guint worker, gpointer data)
{
    ProjectWork *work = data;
    UmkProjected *self = work->self;

    for (gsize i = begin; i < end; i++) {
        const float *row = umk_matrix_get_row(self->matrix, i, NULL);
        double along = 0.0, squared = 0.0;

        for (gsize j = 0; j < self->d; j++) {
            along += (double) row[j] * work->direction[j];
            squared += (double) row[j] * (double) row[j];
        }
        self->projection[i] = squared > 0.0 ? along / sqrt(squared) : (double) NAN;
        if (self->names != NULL && g_hash_table_contains(work->left_out, self->names[i]))
            self->projection[i] = NAN;
    }
}

typedef struct {
    double projection;
    guint32 row;
} Place;

static int
compare_places(const void *a, const void *b)
{
    const Place *x = a, *y = b;

    if (x->projection != y->projection)
        return x->projection > y->projection ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void
sort_rows(UmkProjected *self)
{
    g_autofree Place *places = g_new(Place, self->n + 1);

    for (gsize i = 0; i < self->n; i++)
        if (isfinite(self->projection[i]))
            places[self->n_usable++] = (Place){self->projection[i], (guint32) i};
    qsort(places, self->n_usable, sizeof *places, compare_places);
    self->order = g_new(guint32, self->n_usable + 1);
    for (gsize i = 0; i < self->n_usable; i++)
        self->order[i] = places[i].row;
}

static gboolean
choose_candidates(UmkProjected *self,
                  const UmkBiasInput *input,
                  gboolean use_neutral,
                  GError **error)
{
    const UmkBiasSet *neutral =
        use_neutral ? _umk_bias_input_get_set(input, "neutral") : NULL;

    if (neutral != NULL) {
        self->matrix = neutral->rows;
        self->names = (const char *const *) neutral->names;
    } else if (input->background != NULL) {
        if (!umk_matrix_check_finite(input->background, error))
            return FALSE;
        self->matrix = input->background;
        self->names = (const char *const *) input->names;
    } else {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    use_neutral
                        ? _("There is nothing to look at: give a set in the role "
                            "“neutral”, or the surrounding vectors")
                        : _("The surrounding vectors are needed, and there are none"));
        return FALSE;
    }
    self->n = umk_matrix_get_n_rows(self->matrix);
    self->d = umk_matrix_get_n_cols(self->matrix);
    if (self->n <= G_MAXUINT32)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("%zu items are more than can be looked at"), self->n);
    return FALSE;
}

gboolean
_umk_projected_find(UmkProjected *self,
                    const UmkBiasInput *input,
                    gboolean use_neutral,
                    UmkParams *params,
                    UmkRun *run,
                    GError **error)
{
    g_autoptr(GHashTable) left_out = g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(UmkDirection) direction = {0};
    ProjectWork work = {.self = self, .left_out = left_out};
    static const char *const sides[] = {"x", "y"};

    *self = (UmkProjected){0};
    if (!choose_candidates(self, input, use_neutral, error) ||
        !_umk_direction_find_for_input(&direction, input, params, error))
        return FALSE;
    self->undefined = direction.undefined;
    self->weak = _umk_direction_is_weak(&direction);
    self->projection = g_new(double, self->n + 1);
    for (gsize s = 0; s < G_N_ELEMENTS(sides); s++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, sides[s]);

        for (gsize i = 0; i < set->n; i++)
            g_hash_table_add(left_out, set->names[i]);
    }
    if (direction.vector != NULL) {
        work.direction = direction.vector;
        _umk_parallel_for(self->n, CHUNK, project, &work);
        sort_rows(self);
    }
    return umk_run_check(run, error);
}

void
_umk_projected_clear(UmkProjected *self)
{
    g_clear_pointer(&self->projection, g_free);
    g_clear_pointer(&self->order, g_free);
}

guint32 *
_umk_projected_take(const UmkProjected *self, gsize *n)
{
    guint32 *rows;

    *n = MIN(*n, self->n_usable / 2);
    if (*n == 0)
        return NULL;
    rows = g_new(guint32, 2 * *n);
    for (gsize i = 0; i < *n; i++) {
        rows[i] = self->order[i];
        rows[*n + i] = self->order[self->n_usable - 1 - i];
    }
    return rows;
}

typedef struct {
    const UmkProjected *self;
    const UmkDebias *debias;
    const guint32 *rows;
    double *out;
} TakeWork;

static void
take_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    TakeWork *work = data;
    gsize d = work->self->d;
    g_autofree double *row = g_new(double, d + 1);

    for (gsize i = begin; i < end; i++) {
        guint32 of = work->rows[i];
        const float *from = umk_matrix_get_row(work->self->matrix, of, NULL);
        double *to = work->out + i * d;

        for (gsize j = 0; j < d; j++)
            row[j] = (double) from[j];
        if (work->debias != NULL)
            _umk_debias_map_row(
                work->debias, work->self->names ? work->self->names[of] : NULL, row, to);
        else
            memcpy(to, row, d * sizeof *to);
        _umk_make_unit(to, d);
    }
}

double *
_umk_projected_dup_rows(const UmkProjected *self,
                        const UmkDebias *debias,
                        const guint32 *rows,
                        gsize n)
{
    TakeWork work = {.self = self,
                     .debias = debias,
                     .rows = rows,
                     .out = g_new(double, n * self->d + 1)};

    _umk_parallel_for(n, CHUNK, take_rows, &work);
    return work.out;
}

/* ---- clusters --------------------------------------------------------------------- */

static double
squared_distance(const double *a, const double *b, gsize d)
{
    double sum = 0.0;

    for (gsize j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* One row at random, the other with a chance by its squared distance from it. */
static gboolean
choose_start(const double *rows, gsize n, gsize d, UmkRng *rng, double *centers)
{
    const double *first = rows + _umk_rng_below(rng, n) * d;
    double total = 0.0, at;
    gsize chosen = n;

    for (gsize i = 0; i < n; i++)
        total += squared_distance(rows + i * d, first, d);
    at = _umk_rng_uniform(rng) * total;
    for (gsize i = 0; i < n; i++) {
        double squared = squared_distance(rows + i * d, first, d);

        if (!(squared > 0.0))
            continue;
        chosen = i; /* the last one where rounding leaves something over */
        at -= squared;
        if (at < 0.0)
            break;
    }
    if (chosen == n)
        return FALSE;
    memcpy(centers, first, d * sizeof *centers);
    memcpy(centers + d, rows + chosen * d, d * sizeof *centers);
    return TRUE;
}

/* Until no row changes its cluster; returns the sum of squared distances. */
static double
settle(const double *rows, gsize n, gsize d, double *centers, guint8 *labels)
{
    double inertia = 0.0;

    memset(labels, 2, n);
    for (guint turn = 0; turn < MAX_ITERATIONS; turn++) {
        gsize sizes[2] = {0, 0};
        gboolean changed = FALSE;

        inertia = 0.0;
        for (gsize i = 0; i < n; i++) {
            double a = squared_distance(rows + i * d, centers, d);
            double b = squared_distance(rows + i * d, centers + d, d);
            guint8 label = b < a;

            inertia += MIN(a, b);
            changed |= label != labels[i];
            labels[i] = label;
            sizes[label]++;
        }
        if (!changed || sizes[0] == 0 || sizes[1] == 0)
            break;
        memset(centers, 0, 2 * d * sizeof *centers);
        for (gsize i = 0; i < n; i++)
            for (gsize j = 0; j < d; j++)
                centers[labels[i] * d + j] += rows[i * d + j] / (double) sizes[labels[i]];
    }
    return inertia;
}

gboolean
_umk_two_clusters(
    const double *rows, gsize n, gsize d, guint n_starts, guint64 seed, guint8 *labels)
{
    g_autofree double *centers = g_new(double, 2 * d + 1);
    g_autofree guint8 *found = g_new(guint8, n + 1);
    double best = INFINITY;

    for (guint start = 0; start < n_starts && n > 1; start++) {
        UmkRng rng;
        double inertia;

        _umk_rng_init(&rng, seed, start);
        if (!choose_start(rows, n, d, &rng, centers))
            return FALSE;
        inertia = settle(rows, n, d, centers, found);
        if (inertia < best) {
            best = inertia;
            memcpy(labels, found, n);
        }
    }
    return isfinite(best);
}

gsize
_umk_count_agreeing(const guint8 *labels, gsize n)
{
    gsize agreeing = 0;

    for (gsize i = 0; i < 2 * n; i++)
        agreeing += labels[i] == (i < n ? 0 : 1);
    return MAX(agreeing, 2 * n - agreeing);
}

/* ---- what all of them tell -------------------------------------------------------- */

static void
add_end(JsonBuilder *result,
        const char *role,
        const UmkProjected *projected,
        const guint32 *rows,
        gsize n)
{
    for (gsize i = 0; i < MIN(n, ITEMS_TOLD); i++) {
        g_autofree char *number = g_strdup_printf("%u", rows[i]);

        _umk_bias_add_item(result, role,
                           projected->names ? projected->names[rows[i]] : number,
                           projected->projection[rows[i]], NAN);
    }
}

void
_umk_residual_add_items(JsonBuilder *result,
                        const UmkProjected *projected,
                        const guint32 *rows,
                        gsize n)
{
    _umk_bias_open(result, "items");
    if (rows != NULL) {
        add_end(result, "positive-end", projected, rows, n);
        add_end(result, "negative-end", projected, rows + n, n);
    }
    _umk_bias_close(result);
}

void
_umk_residual_add_notes(JsonBuilder *result,
                        const UmkProjected *projected,
                        gsize n_wanted,
                        gsize n)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();

    if (projected->weak)
        g_ptr_array_add(notes, (gpointer) "weak-direction");
    if (n < n_wanted)
        g_ptr_array_add(notes, (gpointer) "fewer-items");
    if (projected->names == NULL)
        g_ptr_array_add(notes, (gpointer) "defining-items-included");
    _umk_bias_add_codes(result, "notes", notes);
}
