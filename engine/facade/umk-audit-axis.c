/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sets as an axis through all items of a source: how much nearer each is to the one
 * than to the other. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-cosine-private.h"

#include <glib/gi18n-lib.h>

#define ROW_CHUNK 256

typedef struct {
    UmkMatrix *vectors;
    const double *axis; /* (d): mean of the one set's rows of length 1 less the other's */
    const double *scales;
    float *scores;
} ScoreWork;

static void
score_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const ScoreWork *work = data;
    gsize d = umk_matrix_get_n_cols(work->vectors);

    for (gsize i = begin; i < end; i++)
        work->scores[i] =
            (float) (work->scales[i] *
                     _umk_cosine_dot(work->axis,
                                     umk_matrix_get_row(work->vectors, i, NULL), d));
}

static gboolean
holds(const UmkAuditFound *found, const char *name)
{
    return g_ptr_array_find_with_equal_func(found->names, name, g_str_equal, NULL);
}

/* Adds sign times the mean of a set's rows, brought to length 1; what both sets hold says
 * nothing of their difference. */
static gboolean
add_mean(const UmkAuditFound *found,
         const UmkAuditFound *other,
         double sign,
         gsize d,
         double *axis,
         GError **error)
{
    g_autofree double *sum = g_new0(double, d + 1), *row = g_new0(double, d + 1);
    gsize n = 0;

    for (guint i = 0; i < found->names->len; i++) {
        if (holds(other, found->names->pdata[i]))
            continue;
        _umk_cosine_unit_row(found->vectors, i, row);
        for (gsize j = 0; j < d; j++)
            sum[j] += row[j];
        n++;
    }
    if (n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("No item of the set “%s” is among the vectors and in it alone, so "
                      "there is no axis"),
                    found->set->id);
        return FALSE;
    }
    for (gsize j = 0; j < d; j++)
        axis[j] += sign * sum[j] / (double) n;
    return TRUE;
}

static UmkMatrix *
score(UmkAuditSource *source,
      const UmkAuditFound *a,
      const UmkAuditFound *b,
      GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors),
          d = umk_matrix_get_n_cols(source->vectors);
    g_autofree double *axis = g_new0(double, d + 1);
    g_autofree double *scales = NULL;
    g_autofree float *scores = NULL;
    ScoreWork work = {.vectors = source->vectors, .axis = axis};

    if (!add_mean(a, b, 1, d, axis, error) || !add_mean(b, a, -1, d, axis, error))
        return NULL;
    work.scores = scores = _umk_alloc(n + 1, sizeof *scores, _("The axis"), error);
    if (scores == NULL)
        return NULL;
    work.scales = scales = _umk_cosine_new_scales(source->vectors);
    _umk_parallel_for(n, ROW_CHUNK, score_rows, &work);
    return umk_matrix_new_from_data(n, 1, scores, error);
}

/**
 * umk_audit_score_axis:
 * @spec: whose sets are taken
 * @source: vectors or a collection
 * @a: the id of a set of @spec, or of one that comes with the program
 * @b: the id of another
 * @rows: (out) (optional) (transfer full): where @source is a collection, the number of
 *   each scored item in it (guint64), else %NULL
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Scores every item of @source by the mean of its cosines with the items of @a less the
 * mean of those with @b, the s(w, A, B) of the association tests: larger than 0 is nearer
 * to @a. A vector of zeros has no direction and lies at 0. An item in both sets is left
 * out of both. No debias is put over the vectors.
 *
 * Fails with %UMK_ERROR_NOT_FOUND when a set has no item among the vectors, and with
 * %UMK_ERROR_NOT_SUPPORTED when @source is a model, which has no items.
 *
 * Returns: (transfer full): the scores, one a row
 */
UmkMatrix *
umk_audit_score_axis(UmkAuditSpec *spec,
                     UmkAuditSource *source,
                     const char *a,
                     const char *b,
                     GBytes **rows,
                     GCancellable *cancellable,
                     GError **error)
{
    g_autoptr(UmkAuditLookup) lookup = NULL;
    const char *const ids[2] = {a, b};
    UmkAuditFound *found[2] = {NULL, NULL};
    g_auto(UmkRun) run = {0};
    UmkMatrix *scores = NULL;

    g_return_val_if_fail(spec != NULL && source != NULL, NULL);
    g_return_val_if_fail(a != NULL && b != NULL, NULL);
    _umk_run_init(&run, cancellable, NULL, NULL);
    if (source->vectors == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("A model has no items that an axis could be drawn through; "
                              "give vectors or a collection"));
        return NULL;
    }
    lookup = _umk_audit_lookup_new(spec, source);
    for (guint i = 0; i < 2; i++) {
        const UmkAuditSet *set = _umk_audit_spec_find_set(spec, ids[i], error);

        found[i] = set != NULL ? _umk_audit_lookup_find(lookup, set, &run, error) : NULL;
        if (found[i] == NULL)
            break;
    }
    if (found[1] != NULL && umk_run_check(&run, error))
        scores = score(source, found[0], found[1], error);
    for (guint i = 0; i < 2; i++)
        g_clear_pointer(&found[i], _umk_audit_found_free);
    if (rows != NULL)
        *rows = scores != NULL && source->rows != NULL ? g_bytes_ref(source->rows) : NULL;
    return scores;
}
