/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Semantic axes: each coordinate tells how far an item lies along a direction that other
 * items define, such as "good" less "bad" (An, Kwak and Ahn, "SemAxis: a lightweight
 * framework to characterize domain-specific word semantics beyond sentiment", 2018).
 *
 * An axis is a formula of rows: sets of row numbers joined by commas, which stand for
 * their mean, with + and - between the sets and, where it is not 1, a weight before one:
 * "3 - 17", "3, 4, 5 - 17, 18", "8 - 2 + 0.5 * 30".
 */
#include "projection/umk-projection-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define MAX_AXES  3
#define ROW_CHUNK 256

typedef struct {
    gsize n_dims, n_axes;
    gboolean cosine;
    double *axes; /* (n_axes, n_dims), of length 1 */
} AxesFit;

static const char *const values[] = {"cosine", "dot", NULL};
static const char *const value_titles[] = {N_("Cosine"), N_("Inner product"), NULL};

static const UmkParamSpec specs[] = {
    {.name = "x",
     .type = UMK_PARAM_STRING,
     .title = N_("Across"),
     .help = N_("What is drawn across: items with + and - between them; a, b is the mean "
                "of a and b")},
    {.name = "y",
     .type = UMK_PARAM_STRING,
     .title = N_("Up"),
     .help = N_("What is drawn upwards, likewise")},
    {.name = "z",
     .type = UMK_PARAM_STRING,
     .title = N_("Depth"),
     .help = N_("A third axis, or nothing")},
    {.name = "value",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Coordinate"),
     .help = N_("The cosine with the axis, or the dot product with the axis at length 1"),
     .max = 1,
     .choices = values,
     .choice_titles = value_titles},
};

static void
axes_free(gpointer data)
{
    AxesFit *fit = data;

    g_free(fit->axes);
    g_free(fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AxesFit, axes_free)

/* ---- formulas --------------------------------------------------------------------- */

static const char *
skip_blanks(const char *p)
{
    while (g_ascii_isspace(*p))
        p++;
    return p;
}

/* Adds sign times the mean of a set's rows to axis. Returns what follows the set. */
static const char *
add_set(const char *p,
        double sign,
        UmkMatrix *vectors,
        double *axis,
        const char *whole,
        GError **error)
{
    gsize n_rows = umk_matrix_get_n_rows(vectors), n_dims, n = 0;
    g_autofree double *sum = g_new0(double, umk_matrix_get_n_cols(vectors) + 1);

    for (;; n++) {
        char *end;
        guint64 row;
        const float *values_;

        p = skip_blanks(p);
        row = g_ascii_isdigit(*p) ? g_ascii_strtoull(p, &end, 10) : G_MAXUINT64;
        if (row >= n_rows) {
            g_set_error(
                error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” is no axis: “%s” should begin with one of %zu row numbers"),
                whole, p, n_rows);
            return NULL;
        }
        values_ = umk_matrix_get_row(vectors, (gsize) row, &n_dims);
        for (gsize j = 0; j < n_dims; j++)
            sum[j] += (double) values_[j];
        p = skip_blanks(end);
        if (*p != ',')
            break;
        p++;
    }
    for (gsize j = 0; j < umk_matrix_get_n_cols(vectors); j++)
        axis[j] += sign * sum[j] / (double) (n + 1);
    return p;
}

static gboolean
normalise(double *axis, gsize n_dims, const char *formula, GError **error)
{
    double squared = 0.0;

    for (gsize j = 0; j < n_dims; j++)
        squared += axis[j] * axis[j];
    if (!(squared > 0.0)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is no axis: it has no direction"), formula);
        return FALSE;
    }
    for (gsize j = 0; j < n_dims; j++)
        axis[j] /= sqrt(squared);
    return TRUE;
}

/* A number before "*" is the weight of the set that follows; else it is the first row. */
static const char *
read_weight(const char *p, double *weight)
{
    char *end;
    double number = g_ascii_strtod(p, &end);
    const char *after = skip_blanks(end);

    if (end == p || *after != '*' || !g_ascii_isdigit(*skip_blanks(p)) ||
        !(number > 0.0) || !isfinite(number))
        return p;
    *weight *= number;
    return after + 1;
}

static gboolean
read_axis(const char *formula, UmkMatrix *vectors, double *axis, GError **error)
{
    const char *p = skip_blanks(formula);
    double sign = 1.0;

    if (*p == '-' || *p == '+')
        sign = *p++ == '-' ? -1.0 : 1.0;
    for (;;) {
        p = read_weight(p, &sign);
        p = add_set(p, sign, vectors, axis, formula, error);
        if (p == NULL)
            return FALSE;
        if (*p == '\0')
            break;
        if (*p != '+' && *p != '-') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("“%s” is no axis: + or - should stand before “%s”"), formula,
                        p);
            return FALSE;
        }
        sign = *p++ == '-' ? -1.0 : 1.0;
    }
    return normalise(axis, umk_matrix_get_n_cols(vectors), formula, error);
}

/* ---- coordinates ------------------------------------------------------------------ */

typedef struct {
    const AxesFit *fit;
    UmkMatrix *vectors;
    float *coords;
} PlaceWork;

/* A zero vector lies at 0 on every axis. */
static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    PlaceWork *work = data;
    const AxesFit *fit = work->fit;

    for (gsize i = begin; i < end; i++) {
        const float *row = umk_matrix_get_row(work->vectors, i, NULL);
        double squared = 0.0;

        for (gsize j = 0; fit->cosine && j < fit->n_dims; j++)
            squared += (double) row[j] * (double) row[j];
        for (gsize c = 0; c < fit->n_axes; c++) {
            double dot = 0.0;

            for (gsize j = 0; j < fit->n_dims; j++)
                dot += (double) row[j] * fit->axes[c * fit->n_dims + j];
            work->coords[i * fit->n_axes + c] =
                (float) (squared > 0.0 ? dot / sqrt(squared) : dot);
        }
    }
}

static UmkMatrix *
axes_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const AxesFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autofree float *coords =
        _umk_alloc(n * fit->n_axes + 1, sizeof *coords, _("The layout"), error);
    PlaceWork work = {fit, vectors, coords};

    if (coords == NULL)
        return NULL;
    _umk_parallel_for(n, ROW_CHUNK, place_rows, &work);
    return umk_matrix_new_from_data(n, fit->n_axes, coords, error);
}

static gpointer
axes_fit(UmkMatrix *vectors,
         UmkParams *params,
         UmkMatrix **coords,
         UmkRun *run,
         GError **error)
{
    static const char *const names[MAX_AXES] = {"x", "y", "z"};
    g_autoptr(AxesFit) fit = g_new0(AxesFit, 1);

    fit->n_dims = umk_matrix_get_n_cols(vectors);
    fit->cosine = umk_params_get_int(params, "value") == 0;
    fit->axes = g_new0(double, MAX_AXES * fit->n_dims + 1);
    for (gsize c = 0; c < MAX_AXES; c++) {
        const char *formula = umk_params_get_string(params, names[c]);

        if (formula != NULL && *skip_blanks(formula) != '\0') {
            if (!read_axis(formula, vectors, fit->axes + fit->n_axes * fit->n_dims,
                           error))
                return NULL;
            fit->n_axes++;
        } else if (c < 2) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Say what “%s” is, such as “good - bad”"), names[c]);
            return NULL;
        }
    }
    *coords = umk_run_check(run, error) ? axes_transform(fit, vectors, error) : NULL;
    return *coords != NULL ? g_steal_pointer(&fit) : NULL;
}

const UmkProjectionOps _umk_projection_axes = {
    .id = "axes",
    .title = N_("Semantic axes"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = axes_fit,
    .free = axes_free,
    .transform = axes_transform,
};
