/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes beside an exact index: making them, and the search whose reasons are told in the
 * header. */
#include "index/umk-flat-codes-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define BLOCK      256  /* rows estimated at once; constant, so that loops are vectors */
#define CHUNK      8192 /* rows of a task */
#define TAKE_CHUNK 256
#define MOST_AGAIN 8 /* more than one row in this many left: scan */

/* ---- making ----------------------------------------------------------------------- */

/* What single-precision sums of n products of two vectors may be off by, relative to the
 * product of their lengths; twice what the summation tree allows. */
static float
rounding(gsize n_dims)
{
    return 2 * ((float) n_dims / 16 + 16) * 0x1p-23f;
}

static gsize
row_bytes(const UmkFlatCodes *self)
{
    return self->kind == UMK_FLAT_INT8 ? _umk_code_stride(self->n_coded)
                                       : (self->n_coded + 63) / 64 * sizeof(guint64);
}

static float
length_of(const float *x, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) x[i] * (double) x[i];
    return (float) sqrt(sum);
}

static void
encode_int8(UmkFlatCodes *self, gsize row, const float *x, float *rest)
{
    gint8 *code = (gint8 *) self->codes + row * self->stride;
    float scale = _umk_code_from_floats(x, self->n_coded, code);
    gsize n_dims = self->vectors->n_dims;
    float length = length_of(x, n_dims), slack = rounding(n_dims);
    UmkFlatError *error = self->errors + row;

    for (gsize i = 0; i < n_dims; i++)
        rest[i] = i < self->n_coded ? x[i] - scale * (float) code[i] : x[i];
    self->scales[row] = scale;
    self->biases[row] = 0;
    error->e0 = 0;
    error->e1 = length_of(rest, n_dims) + slack * length;
    error->e2 = scale * sqrtf((float) _umk_code_square(code, self->stride));
    if (self->metric == UMK_METRIC_COSINE) {
        float inverse = length > 0 ? 1 / length : 0;

        self->scales[row] *= inverse;
        error->e1 *= inverse;
        error->e2 *= inverse;
    } else if (self->metric == UMK_METRIC_EUCLIDEAN) {
        self->scales[row] *= 2;
        self->biases[row] = length * length;
        error->e0 = 4 * slack * length * length;
        error->e1 *= 2;
        error->e2 *= 2;
    }
}

static void
encode_bits(UmkFlatCodes *self, gsize row, const float *x, float *centred)
{
    for (gsize i = 0; i < self->n_coded; i++)
        centred[i] = x[i] - self->mean[i];
    _umk_code_bits(centred, self->n_coded,
                   (guint64 *) (gpointer) (self->codes + row * self->stride));
}

typedef struct {
    UmkFlatCodes *self;
    const guint32 *rows;
} Taking;

static void
take_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Taking *taking = data;
    UmkFlatCodes *self = taking->self;
    g_autofree float *scratch = g_new(float, self->vectors->n_dims + 1);

    for (gsize i = begin; i < end; i++) {
        const float *x = _umk_index_rows_get(self->vectors, taking->rows[i]);

        (self->kind == UMK_FLAT_INT8 ? encode_int8 : encode_bits)(self, taking->rows[i],
                                                                  x, scratch);
    }
}

static gboolean
grow(UmkFlatCodes *self, gsize room, GError **error)
{
    guint8 *codes;

    if (room <= self->room)
        return TRUE;
    if (self->room > 0)
        room += room / 4;
    codes = _umk_alloc_aligned(room, self->stride, _("The codes"), error);
    if (codes == NULL)
        return FALSE;
    if (self->n_rows > 0)
        memcpy(codes, self->codes, self->n_rows * self->stride);
    _umk_free_aligned(self->codes);
    self->codes = codes;
    if (self->kind == UMK_FLAT_INT8) {
        self->scales = g_renew(float, self->scales, room);
        self->biases = g_renew(float, self->biases, room);
        self->errors = g_renew(UmkFlatError, self->errors, room);
    }
    self->room = room;
    return TRUE;
}

gboolean
_umk_flat_codes_take(
    UmkFlatCodes *self, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    Taking taking = {self, rows};

    if (!umk_run_check(run, error) || !grow(self, self->vectors->n_rows, error))
        return FALSE;
    self->n_rows = self->vectors->n_rows;
    _umk_parallel_for(n, TAKE_CHUNK, take_rows, &taking);
    for (gsize i = 0; i < n && self->kind == UMK_FLAT_INT8; i++) {
        const UmkFlatError *one = self->errors + rows[i];

        self->largest.e0 = MAX(self->largest.e0, one->e0);
        self->largest.e1 = MAX(self->largest.e1, one->e1);
        self->largest.e2 = MAX(self->largest.e2, one->e2);
    }
    return TRUE;
}

static void
find_mean(UmkFlatCodes *self)
{
    gsize n = self->vectors->n_rows;
    g_autofree double *sums = g_new0(double, self->n_coded + 1);

    self->mean = g_new0(float, self->n_coded + 1);
    for (gsize row = 0; row < n; row++) {
        const float *x = _umk_index_rows_get(self->vectors, row);

        for (gsize i = 0; i < self->n_coded; i++)
            sums[i] += (double) x[i];
    }
    for (gsize i = 0; i < self->n_coded && n > 0; i++)
        self->mean[i] = (float) (sums[i] / (double) n);
}

UmkFlatCodes *
_umk_flat_codes_new(UmkIndexRows *vectors,
                    UmkMetric metric,
                    UmkFlatKind kind,
                    gsize n_coded,
                    guint n_again,
                    UmkRun *run,
                    GError **error)
{
    UmkFlatCodes *self = g_new0(UmkFlatCodes, 1);
    g_autofree guint32 *rows = g_new(guint32, vectors->n_rows + 1);

    *self = (UmkFlatCodes){
        .vectors = vectors,
        .metric = metric,
        .kind = kind,
        .n_coded = n_coded > 0 ? MIN(n_coded, vectors->n_dims) : vectors->n_dims,
        .n_again = n_again,
        .kernels = _umk_codes_kernels(_umk_codes_best_level()),
    };
    self->stride = row_bytes(self);
    if (kind == UMK_FLAT_BINARY)
        find_mean(self);
    for (gsize row = 0; row < vectors->n_rows; row++)
        rows[row] = (guint32) row;
    if (!_umk_flat_codes_take(self, rows, vectors->n_rows, run, error))
        g_clear_pointer(&self, _umk_flat_codes_free);
    return self;
}

void
_umk_flat_codes_free(UmkFlatCodes *self)
{
    _umk_free_aligned(self->codes);
    g_free(self->mean);
    g_free(self->scales);
    g_free(self->biases);
    g_free(self->errors);
    g_free(self);
}

gsize
_umk_flat_codes_memory(const UmkFlatCodes *self)
{
    gsize row = self->stride;

    if (self->kind == UMK_FLAT_INT8)
        row += 2 * sizeof(float) + sizeof(UmkFlatError);
    return self->room * row;
}

/* ---- searching -------------------------------------------------------------------- */

typedef struct {
    const UmkFlatCodes *self;
    const UmkIndexQuery *query;
    gint8 *code;     /* of the query, 8 bits */
    float scale;     /* t */
    float length;    /* |q| */
    float off;       /* |u| */
    guint64 *bits;   /* of the query, 1 bit */
    float *keys;     /* (n_rows) estimates; -inf where a row may not be hit */
    guint16 *differ; /* (n_rows) bits that differ; 0xffff where not */
    float *best;     /* (n_chunks, k) largest estimates of each chunk */
    guint64 *best_rows;
    guint32 *n_best;
    UmkRun *run;
    gint cancelled;
} Estimate;

static void
estimate_clear(Estimate *estimate)
{
    _umk_free_aligned(estimate->code);
    g_free(estimate->bits);
    g_free(estimate->keys);
    g_free(estimate->differ);
    g_free(estimate->best);
    g_free(estimate->best_rows);
    g_free(estimate->n_best);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Estimate, estimate_clear)

static void
estimate_keys(float scale,
              const gint32 *dots,
              const float *scales,
              const float *biases,
              gsize n,
              float *keys)
{
    if (n == BLOCK) {
        for (int i = 0; i < BLOCK; i++)
            keys[i] = scale * scales[i] * (float) dots[i] - biases[i];
        return;
    }
    for (gsize i = 0; i < n; i++)
        keys[i] = scale * scales[i] * (float) dots[i] - biases[i];
}

static void
estimate_block(Estimate *estimate, gsize row, gsize n)
{
    const UmkFlatCodes *self = estimate->self;
    const guint8 *allowed = estimate->query->allowed;
    gint32 dots[BLOCK];

    if (self->kind == UMK_FLAT_BINARY) {
        self->kernels->differ_run(
            estimate->bits,
            (const guint64 *) (gconstpointer) (self->codes + row * self->stride),
            self->stride / sizeof(guint64), n, estimate->differ + row);
        for (gsize i = row; allowed != NULL && i < row + n; i++)
            if (!allowed[i])
                estimate->differ[i] = G_MAXUINT16;
        return;
    }
    self->kernels->dot_run(estimate->code,
                           (const gint8 *) self->codes + row * self->stride, self->stride,
                           n, dots);
    estimate_keys(estimate->scale, dots, self->scales + row, self->biases + row, n,
                  estimate->keys + row);
    for (gsize i = row; allowed != NULL && i < row + n; i++)
        if (!allowed[i])
            estimate->keys[i] = -INFINITY;
}

static void
estimate_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Estimate *estimate = data;
    guint k = estimate->query->k;
    gsize chunk = begin / CHUNK;
    UmkTopK best;

    if (!umk_run_check(estimate->run, NULL)) {
        g_atomic_int_set(&estimate->cancelled, TRUE);
        return;
    }
    for (gsize row = begin; row < end; row += BLOCK)
        estimate_block(estimate, row, MIN(BLOCK, end - row));
    if (estimate->best == NULL)
        return;
    _umk_topk_init(&best, estimate->best + chunk * k, estimate->best_rows + chunk * k, k);
    _umk_topk_push_run(&best, estimate->keys + begin, end - begin, begin);
    estimate->n_best[chunk] = best.n;
}

/* ---- which rows are left ---------------------------------------------------------- */

/* The k-th largest of all estimates, less what both it and a rival may be off by. */
static float
proven_limit(const Estimate *estimate, gsize n_chunks)
{
    const UmkFlatCodes *self = estimate->self;
    guint k = estimate->query->k;
    g_autofree float *scores = g_new(float, k);
    g_autofree guint64 *rows = g_new(guint64, k);
    float off = self->largest.e0 + estimate->length * self->largest.e1 +
                estimate->off * self->largest.e2;
    UmkTopK best;

    if (self->metric == UMK_METRIC_EUCLIDEAN)
        off += 4 * rounding(self->vectors->n_dims) * estimate->length * estimate->length;
    _umk_topk_init(&best, scores, rows, k);
    for (gsize chunk = 0; chunk < n_chunks; chunk++)
        for (guint i = 0; i < estimate->n_best[chunk]; i++)
            _umk_topk_push(&best, estimate->best[chunk * k + i],
                           estimate->best_rows[chunk * k + i]);
    /* a little more, for the rounding of this very sum */
    return best.n < k ? -INFINITY : scores[0] - 2.001f * off;
}

/* The largest n keys or more: from a histogram of their range. */
static float
counted_limit(const float *keys, gsize n_rows, gsize n)
{
    g_autofree guint32 *counts = g_new0(guint32, 4097);
    float low = INFINITY, high = -INFINITY, step;
    gsize found = 0, bin = 4096;

    for (gsize i = 0; i < n_rows; i++) {
        if (keys[i] == -INFINITY)
            continue;
        low = MIN(low, keys[i]);
        high = MAX(high, keys[i]);
    }
    step = high > low ? 4096 / (high - low) : 0;
    if (!isfinite(step) || step <= 0)
        return low;
    for (gsize i = 0; i < n_rows; i++)
        if (keys[i] != -INFINITY)
            counts[(gsize) ((keys[i] - low) * step)]++;
    for (;; bin--) {
        found += counts[bin];
        if (found >= n || bin == 0)
            break;
    }
    return bin > 0 ? low + (float) bin / step : low;
}

/* Rows that may not be hit count as one bit more than there are. */
static guint16
differ_limit(const guint16 *differ, gsize n_rows, gsize n_bits, gsize n)
{
    g_autofree guint32 *counts = g_new0(guint32, n_bits + 2);
    gsize found = 0, at = 0;

    for (gsize i = 0; i < n_rows; i++)
        counts[MIN(differ[i], n_bits + 1)]++;
    while (at < n_bits && (found += counts[at]) < n)
        at++;
    return (guint16) at;
}

static gsize
collect(const Estimate *estimate, gsize n_chunks, guint32 *left, gsize room)
{
    const UmkFlatCodes *self = estimate->self;
    gsize n = 0, wanted = MAX(self->n_again, estimate->query->k);

    if (self->kind == UMK_FLAT_BINARY) {
        guint16 limit =
            differ_limit(estimate->differ, self->n_rows, self->n_coded, wanted);

        for (gsize row = 0; row < self->n_rows && n < room; row++)
            if (estimate->differ[row] <= limit)
                left[n++] = (guint32) row;
    } else {
        float limit = self->n_again > 0
                          ? counted_limit(estimate->keys, self->n_rows, wanted)
                          : proven_limit(estimate, n_chunks);

        for (gsize row = 0; row < self->n_rows && n < room; row++)
            if (estimate->keys[row] >= limit && estimate->keys[row] != -INFINITY)
                left[n++] = (guint32) row;
    }
    return n;
}

/* ---- one query -------------------------------------------------------------------- */

static gboolean
prepare(Estimate *estimate, gsize n_chunks, GError **error)
{
    const UmkFlatCodes *self = estimate->self;
    const float *q = estimate->query->queries;
    gsize n_dims = self->vectors->n_dims, k = estimate->query->k;
    g_autofree float *rest = g_new(float, n_dims + 1);

    if (self->kind == UMK_FLAT_BINARY) {
        for (gsize i = 0; i < self->n_coded; i++)
            rest[i] = q[i] - self->mean[i];
        estimate->bits = g_new0(guint64, self->stride / sizeof(guint64) + 1);
        _umk_code_bits(rest, self->n_coded, estimate->bits);
        estimate->differ = g_try_new(guint16, self->n_rows + 1);
        return estimate->differ != NULL;
    }
    estimate->code = _umk_alloc_aligned(self->stride + 1, 1, _("The query"), error);
    estimate->keys = g_try_new(float, self->n_rows + 1);
    if (estimate->code == NULL || estimate->keys == NULL)
        return FALSE;
    estimate->scale = _umk_code_from_floats(q, self->n_coded, estimate->code);
    estimate->length = length_of(q, n_dims);
    for (gsize i = 0; i < n_dims; i++)
        rest[i] =
            i < self->n_coded ? q[i] - estimate->scale * (float) estimate->code[i] : q[i];
    estimate->off = length_of(rest, n_dims);
    if (self->n_again == 0) {
        estimate->best = g_try_new(float, n_chunks *k + 1);
        estimate->best_rows = g_try_new(guint64, n_chunks * k + 1);
        estimate->n_best = g_new0(guint32, n_chunks + 1);
        return estimate->best != NULL && estimate->best_rows != NULL;
    }
    return TRUE;
}

static void
prefetch_row(const UmkFlatCodes *self, guint32 row)
{
    const char *x = (const char *) _umk_index_rows_get(self->vectors, row);

    for (gsize at = 0; at < MIN(self->vectors->n_dims * sizeof(float), 2048); at += 64)
        __builtin_prefetch(x + at);
}

static void
score_left(const UmkFlatCodes *self,
           const UmkIndexQuery *query,
           const guint32 *left,
           gsize n,
           UmkIndexAnswer *answer)
{
    UmkDistanceLevel level = _umk_distance_best_level();
    gsize n_dims = self->vectors->n_dims;
    double scale = _umk_index_query_scale(level, query->queries, n_dims);
    UmkTopK best;

    _umk_topk_init(&best, answer->scores, answer->rows, query->k);
    for (gsize i = 0; i < n; i++) {
        if (i + 2 < n)
            prefetch_row(self, left[i + 2]);
        _umk_topk_push(&best,
                       _umk_index_score_row(self->metric, level, query->queries, scale,
                                            _umk_index_rows_get(self->vectors, left[i]),
                                            n_dims),
                       left[i]);
    }
    _umk_topk_sort(&best);
    answer->counts[0] = best.n;
}

gboolean
_umk_flat_codes_search(const UmkFlatCodes *self,
                       const UmkIndexQuery *query,
                       UmkIndexAnswer *answer,
                       UmkRun *run,
                       GError **error)
{
    g_auto(Estimate) estimate = {.self = self, .query = query, .run = run};
    gsize n_chunks = (self->n_rows + CHUNK - 1) / CHUNK;
    gsize room = MAX(self->n_rows / MOST_AGAIN, 2 * (gsize) self->n_again), n;
    g_autofree guint32 *left = g_try_new(guint32, room + 1);

    if (left == NULL || !prepare(&estimate, n_chunks, error))
        return FALSE;
    _umk_parallel_for(self->n_rows, CHUNK, estimate_rows, &estimate);
    if (estimate.cancelled)
        return umk_run_check(run, error);
    n = collect(&estimate, n_chunks, left, room + 1);
    if (n > room || n < MIN((gsize) query->k, query->n_allowed))
        return FALSE;
    score_left(self, query, left, n, answer);
    answer->plan = g_strdup_printf("codes=%s rows=%zu rescored=%zu",
                                   self->kind == UMK_FLAT_BINARY ? "binary" : "int8",
                                   self->vectors->n_live, n);
    return TRUE;
}
