/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a debias, how a method fills it, and what it does to rows. Immutable once
 * it was fitted or read. */
#include "bias/umk-debias-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define CHUNK    256
#define TOGETHER 4 /* rows, see map_full() */

G_DEFINE_BOXED_TYPE(UmkDebias, umk_debias, umk_debias_ref, umk_debias_unref)

UmkDebias *
_umk_debias_new(const char *method, gsize n_dims)
{
    UmkDebias *self = g_new0(UmkDebias, 1);

    g_atomic_ref_count_init(&self->refs);
    self->method = g_strdup(method);
    self->n_dims = (guint32) n_dims;
    self->params = g_ptr_array_new_with_free_func(g_free);
    self->sets = g_ptr_array_new_with_free_func(g_free);
    self->facts = g_ptr_array_new_with_free_func(g_free);
    self->fact_values = g_array_new(FALSE, FALSE, sizeof(double));
    self->notes = g_ptr_array_new_with_free_func(g_free);
    self->row_names = g_ptr_array_new_with_free_func(g_free);
    self->exempt = g_ptr_array_new_with_free_func(g_free);
    self->rows = g_array_new(FALSE, FALSE, sizeof(float));
    self->shift = g_new0(double, n_dims + 1);
    self->back = g_new0(double, n_dims + 1);
    return self;
}

/**
 * umk_debias_ref:
 * @self: a debias
 *
 * Returns: (transfer full): @self
 */
UmkDebias *
umk_debias_ref(UmkDebias *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_debias_unref:
 * @self: (transfer full): a debias
 *
 * Gives up one reference.
 */
void
umk_debias_unref(UmkDebias *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->method);
    g_ptr_array_unref(self->params);
    g_ptr_array_unref(self->sets);
    g_ptr_array_unref(self->facts);
    g_array_unref(self->fact_values);
    g_ptr_array_unref(self->notes);
    g_ptr_array_unref(self->row_names);
    g_ptr_array_unref(self->exempt);
    g_array_unref(self->rows);
    g_clear_pointer(&self->special, g_hash_table_unref);
    g_free(self->shift);
    g_free(self->back);
    g_free(self->left);
    g_free(self->right);
    g_free(self->full);
    g_free(self->offsets);
    g_free(self);
}

/* ---- filling it ------------------------------------------------------------------- */

void
_umk_debias_take_low_rank(UmkDebias *self, gsize rank, double *left, double *right)
{
    self->rank = (guint32) rank;
    self->left = left;
    self->right = right;
}

void
_umk_debias_take_full(UmkDebias *self, double *full)
{
    self->rank = UMK_DEBIAS_FULL;
    self->full = full;
}

void
_umk_debias_add_row(UmkDebias *self, const char *name, const double *row)
{
    g_ptr_array_add(self->row_names, g_strdup(name));
    for (gsize j = 0; j < self->n_dims; j++) {
        float value = (float) row[j];

        g_array_append_val(self->rows, value);
    }
}

void
_umk_debias_add_exempt(UmkDebias *self, const char *name)
{
    g_ptr_array_add(self->exempt, g_strdup(name));
}

void
_umk_debias_add_fact(UmkDebias *self, const char *name, double value)
{
    g_ptr_array_add(self->facts, g_strdup(name));
    g_array_append_val(self->fact_values, value);
}

void
_umk_debias_add_note(UmkDebias *self, const char *code)
{
    g_ptr_array_add(self->notes, g_strdup(code));
}

/* A stored row goes before an exemption, the first of a name before later ones. */
void
_umk_debias_finish(UmkDebias *self)
{
    if (self->rank != UMK_DEBIAS_FULL) {
        self->offsets = g_new(double, self->rank + 1);
        for (gsize k = 0; k < self->rank; k++)
            self->offsets[k] =
                _umk_dot(self->right + k * self->n_dims, self->shift, self->n_dims);
    }
    self->special = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = self->exempt->len; i-- > 0;)
        g_hash_table_insert(self->special, self->exempt->pdata[i], GINT_TO_POINTER(-1));
    for (guint i = self->row_names->len; i-- > 0;)
        g_hash_table_insert(self->special, self->row_names->pdata[i],
                            GINT_TO_POINTER((gint) i + 1));
}

/* ---- what it does ----------------------------------------------------------------- */

/* A row less its part that the map takes out. */
static void
map_low_rank(const UmkDebias *self, const double *row, double *out)
{
    gsize d = self->n_dims;

    for (gsize j = 0; j < d; j++)
        out[j] = row[j] - self->shift[j] + self->back[j];
    for (gsize k = 0; k < self->rank; k++) {
        const double *left = self->left + k * d;
        double along = _umk_dot(self->right + k * d, row, d) - self->offsets[k];

        for (gsize j = 0; j < d; j++)
            out[j] -= left[j] * along;
    }
}

/* Four rows at a time, so that the matrix is read once for them; each row's sums have the
 * order that they have alone. */
static void
map_full(const UmkDebias *self, const double *rows, double *out)
{
    gsize d = self->n_dims;
    double *out1 = out + d, *out2 = out + 2 * d, *out3 = out + 3 * d;

    for (gsize r = 0; r < TOGETHER; r++)
        memcpy(out + r * d, self->back, d * sizeof *out);
    for (gsize j = 0; j < d; j++) {
        const double *column = self->full + j * d;
        double value = rows[j] - self->shift[j], value1 = rows[d + j] - self->shift[j];
        double value2 = rows[2 * d + j] - self->shift[j];
        double value3 = rows[3 * d + j] - self->shift[j];

        for (gsize i = 0; i < d; i++) {
            out[i] += column[i] * value;
            out1[i] += column[i] * value1;
            out2[i] += column[i] * value2;
            out3[i] += column[i] * value3;
        }
    }
}

/* n rows, at most four; rows and out have room for four, and rows are overwritten. */
static void
map_rows(
    const UmkDebias *self, const char *const *names, gsize n, double *rows, double *out)
{
    gsize d = self->n_dims;

    for (gsize r = 0; r < n && (self->flags & UMK_DEBIAS_UNIT_FIRST); r++)
        _umk_make_unit(rows + r * d, d);
    if (self->rank == UMK_DEBIAS_FULL)
        map_full(self, rows, out);
    for (gsize r = 0; r < n; r++) {
        gint what = 0;

        if (names != NULL && names[r] != NULL)
            what = GPOINTER_TO_INT(g_hash_table_lookup(self->special, names[r]));
        if (what < 0)
            memcpy(out + r * d, rows + r * d, d * sizeof *out);
        else if (what == 0 && self->rank != UMK_DEBIAS_FULL)
            map_low_rank(self, rows + r * d, out + r * d);
        if (what == 0 && (self->flags & UMK_DEBIAS_UNIT_AFTER))
            _umk_make_unit(out + r * d, d);
        for (gsize j = 0; what > 0 && j < d; j++)
            out[r * d + j] =
                (double) g_array_index(self->rows, float, (gsize) (what - 1) * d + j);
    }
}

void
_umk_debias_map_row(const UmkDebias *self,
                    const char *name,
                    const double *row,
                    double *out)
{
    gsize d = self->n_dims;
    g_autofree double *rows = g_new0(double, 2 * TOGETHER * d);

    memcpy(rows, row, d * sizeof *rows);
    map_rows(self, &name, 1, rows, rows + TOGETHER * d);
    memcpy(out, rows + TOGETHER * d, d * sizeof *out);
}

typedef struct {
    const UmkDebias *self;
    const float *rows;
    const char *const *names;
    float *out;
    GCancellable *cancellable;
} ApplyWork;

static void
apply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    ApplyWork *work = data;
    gsize d = work->self->n_dims;
    g_autofree double *rows = g_new0(double, 2 * TOGETHER * d);
    double *mapped = rows + TOGETHER * d;

    if (g_cancellable_is_cancelled(work->cancellable))
        return;
    for (gsize i = begin; i < end; i += TOGETHER) {
        gsize n = MIN(end - i, TOGETHER);

        for (gsize j = 0; j < n * d; j++)
            rows[j] = (double) work->rows[i * d + j];
        map_rows(work->self, work->names ? work->names + i : NULL, n, rows, mapped);
        for (gsize j = 0; j < n * d; j++)
            work->out[i * d + j] = (float) mapped[j];
    }
}

/**
 * umk_debias_apply:
 * @self: a debias
 * @vectors: rows in the dimension it was fitted in
 * @names: (nullable) (array zero-terminated=1): a name for each row, by which equalised
 *   and exempt items are known; %NULL treats every row alike
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Rows are independent of each other: any selection of them gives the same numbers as all
 * of them. Which methods bring rows to length 1 is told in their help.
 *
 * Fails with %UMK_ERROR_DIMENSION when sizes do not fit.
 *
 * Returns: (transfer full): a new matrix; @vectors is not changed
 */
UmkMatrix *
umk_debias_apply(UmkDebias *self,
                 UmkMatrix *vectors,
                 const char *const *names,
                 GCancellable *cancellable,
                 GError **error)
{
    ApplyWork work = {.self = self, .names = names, .cancellable = cancellable};
    g_autoptr(GBytes) bytes = NULL;
    gsize n, d;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    n = umk_matrix_get_n_rows(vectors);
    d = umk_matrix_get_n_cols(vectors);
    if (d != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The debias was fitted in %u dimensions, the vectors have %zu"),
                    self->n_dims, d);
        return NULL;
    }
    if (names != NULL && g_strv_length((char **) names) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu vectors and %u names"), n,
                    g_strv_length((char **) names));
        return NULL;
    }
    work.out = _umk_alloc_aligned(n, d * sizeof(float), _("The debiased vectors"), error);
    if (work.out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(work.out, n * d * sizeof(float));
    work.rows = n > 0 ? umk_matrix_get_row(vectors, 0, NULL) : NULL;
    _umk_parallel_for(n, CHUNK, apply_rows, &work);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}
