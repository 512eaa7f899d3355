/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distance kernels against the plain loop, the k-best heap against sorting, and exact
 * search against a brute-force oracle: ties, masks, batches, threads. */
#include <umekomi/umekomi.h>

#include "core/umk-half-private.h"
#include "core/umk-rng-private.h"
#include "index/umk-flat-kind-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <math.h>
#include <string.h>

static float *
random_floats(gsize n, guint64 seed)
{
    float *values = g_new(float, n + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++)
        values[i] = (float) _umk_rng_normal(&rng);
    return values;
}

static UmkMatrix *
random_matrix(gsize n_rows, gsize n_cols, guint64 seed)
{
    g_autofree float *values = random_floats(n_rows * n_cols, seed);

    return umk_matrix_new_from_data(n_rows, n_cols, values, NULL);
}

/* ---- kernels ---------------------------------------------------------------------- */

static void
check_kernel(UmkDistanceLevel level, UmkDistanceKind kind, gsize nq, gsize nr, gsize d)
{
    gsize stride = d + 3;
    g_autofree float *q = random_floats(nq * stride, d),
                     *r = random_floats(nr * stride, 7);
    g_autofree float *plain = g_new0(float, nq *(nr + 1) + 1);
    g_autofree float *self = g_new0(float, nr + 1);
    g_autofree float *fast = g_new0(float, nq *(nr + 1) + 1);

    _umk_distance_block(UMK_DISTANCE_PLAIN, kind, q, stride, nq, r, stride, nr, d, plain,
                        nr + 1);
    _umk_distance_block(level, kind, q, stride, nq, r, stride, nr, d, fast, nr + 1);
    _umk_distance_self(level, r, stride, nr, d, self);
    for (gsize i = 0; i < nr; i++) {
        float same;

        _umk_distance_block(UMK_DISTANCE_PLAIN, UMK_DISTANCE_DOT, r + i * stride, stride,
                            1, r + i * stride, stride, 1, d, &same, 1);
        g_assert_cmpmem(&same, sizeof same, self + i, sizeof same);
    }
    g_assert_cmpmem(plain, nq * (nr + 1) * sizeof(float), fast,
                    nq * (nr + 1) * sizeof(float));
    for (gsize i = 0; i < nq; i++)
        for (gsize j = 0; j < nr; j++) {
            double sum = 0;

            for (gsize k = 0; k < d; k++) {
                double a = (double) q[i * stride + k], b = (double) r[j * stride + k];

                sum += kind == UMK_DISTANCE_DOT ? a * b : (a - b) * (a - b);
            }
            g_assert_cmpfloat_with_epsilon((double) plain[i * (nr + 1) + j], sum,
                                           1e-5 * ((double) d + 1));
        }
}

static void
test_kernels(void)
{
    static const gsize dims[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, 384};

    for (int level = UMK_DISTANCE_PLAIN; level <= (int) _umk_distance_best_level();
         level++)
        for (int kind = UMK_DISTANCE_DOT; kind <= UMK_DISTANCE_SQUARED; kind++)
            for (gsize d = 0; d < G_N_ELEMENTS(dims); d++)
                for (gsize nq = 0; nq <= 9; nq += 3)
                    for (gsize nr = 0; nr <= 17; nr++)
                        check_kernel((UmkDistanceLevel) level, (UmkDistanceKind) kind, nq,
                                     nr, dims[d]);
}

static int
compare_pairs(const void *a, const void *b)
{
    const double *x = a, *y = b;

    if (x[0] != y[0])
        return x[0] > y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

static void
test_topk(void)
{
    UmkRng rng;

    _umk_rng_init(&rng, 5, 0);
    for (guint round = 0; round < 300; round++) {
        gsize n = _umk_rng_below(&rng, 60);
        guint k = (guint) _umk_rng_below(&rng, 20);
        float scores[20];
        guint64 rows[20];
        double pairs[60][2];
        UmkTopK best;

        _umk_topk_init(&best, scores, rows, k);
        for (gsize i = 0; i < n; i++) {
            /* Few distinct scores, so that ties are the rule. */
            pairs[i][0] = (double) _umk_rng_below(&rng, 6);
            pairs[i][1] = (double) i;
        }
        for (gsize i = n; i-- > 0;)
            _umk_topk_push(&best, (float) pairs[i][0], i);
        _umk_topk_sort(&best);
        qsort(pairs, n, sizeof *pairs, compare_pairs);
        g_assert_cmpuint(best.n, ==, MIN(n, k));
        for (guint i = 0; i < best.n; i++) {
            g_assert_cmpfloat((double) scores[i], ==, pairs[i][0]);
            g_assert_cmpuint(rows[i], ==, (guint64) pairs[i][1]);
        }
    }
}

/* ---- exact search ----------------------------------------------------------------- */

static UmkHits *
search(UmkMatrix *vectors, UmkMetric metric, UmkMatrix *queries, guint k, GBytes *allowed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkIndex) index =
        umk_index_build("exact", vectors, metric, NULL, NULL, NULL, NULL, &error);
    UmkHits *hits;

    g_assert_no_error(error);
    hits = umk_index_search(index, queries, k, allowed, NULL, &error);
    g_assert_no_error(error);
    return hits;
}

static double
true_score(UmkMetric metric, const float *a, const float *b, gsize d)
{
    double dot = 0, aa = 0, bb = 0, square = 0;

    for (gsize i = 0; i < d; i++) {
        dot += (double) a[i] * (double) b[i];
        aa += (double) a[i] * (double) a[i];
        bb += (double) b[i] * (double) b[i];
        square += ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
    }
    if (metric == UMK_METRIC_EUCLIDEAN)
        return -sqrt(square);
    if (metric == UMK_METRIC_DOT)
        return dot;
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

/* Every hit's score is right, in order, and no row left out scores higher. */
static void
check_hits(UmkHits *hits,
           UmkMatrix *vectors,
           UmkMatrix *queries,
           UmkMetric metric,
           guint k,
           const guint8 *allowed)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors),
          n_allowed = 0;

    for (gsize i = 0; i < n; i++)
        n_allowed += allowed == NULL || allowed[i];
    g_assert_cmpuint(umk_hits_get_n_queries(hits), ==, umk_matrix_get_n_rows(queries));
    for (gsize q = 0; q < umk_hits_get_n_queries(hits); q++) {
        const float *query = umk_matrix_get_row(queries, q, NULL);
        g_autofree guint8 *hit = g_new0(guint8, n);
        guint n_hits = umk_hits_get_n_hits(hits, q);
        float last = INFINITY, score;
        gsize last_row = 0;

        g_assert_cmpuint(n_hits, ==, MIN(k, n_allowed));
        for (guint rank = 0; rank < n_hits; rank++) {
            gsize row = umk_hits_get(hits, q, rank, &score);

            g_assert_true(row < n && !hit[row] && (allowed == NULL || allowed[row]));
            hit[row] = TRUE;
            g_assert_cmpfloat_with_epsilon(
                (double) score,
                true_score(metric, query, umk_matrix_get_row(vectors, row, NULL), d),
                1e-4);
            g_assert_true(score < last || (score == last && row > last_row));
            last = score;
            last_row = row;
        }
        for (gsize row = 0; row < n && n_hits > 0; row++)
            if (!hit[row] && (allowed == NULL || allowed[row]))
                g_assert_cmpfloat(
                    true_score(metric, query, umk_matrix_get_row(vectors, row, NULL), d),
                    <=, (double) last + 1e-4);
    }
}

static void
test_oracle(void)
{
    static const gsize sizes[][3] = {{1, 1, 1},      {7, 5, 3},     {300, 33, 5},
                                     {2000, 16, 70}, {40000, 8, 3}, {500, 100, 200}};

    for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++)
        for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
            g_autoptr(UmkMatrix) vectors = random_matrix(sizes[i][0], sizes[i][1], 1);
            g_autoptr(UmkMatrix) queries = random_matrix(sizes[i][2], sizes[i][1], 2);
            g_autoptr(UmkHits) hits =
                search(vectors, (UmkMetric) metric, queries, 10, NULL);

            check_hits(hits, vectors, queries, (UmkMetric) metric, 10, NULL);
        }
}

static void
test_masks(void)
{
    g_autoptr(UmkMatrix) vectors = random_matrix(3000, 24, 3);
    g_autoptr(UmkMatrix) queries = random_matrix(6, 24, 4);
    static const guint shares[] = {1000, 500, 100, 10, 1, 0};

    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        guint8 *mask = g_new0(guint8, 3000);
        g_autoptr(GBytes) allowed = g_bytes_new_take(mask, 3000);
        g_autoptr(UmkHits) hits = NULL;
        UmkRng rng;

        _umk_rng_init(&rng, i, 0);
        for (gsize row = 0; row < 3000; row++)
            mask[row] = _umk_rng_below(&rng, 1000) < shares[i];
        hits = search(vectors, UMK_METRIC_COSINE, queries, 25, allowed);
        check_hits(hits, vectors, queries, UMK_METRIC_COSINE, 25, mask);
    }
}

static void
test_ties(void)
{
    g_autofree float *values = g_new(float, 50000 * 4);
    g_autoptr(UmkMatrix) vectors = NULL, queries = NULL, many = NULL;
    g_autoptr(UmkHits) hits = NULL, batch = NULL;

    for (gsize i = 0; i < 50000; i++)
        for (gsize j = 0; j < 4; j++)
            values[i * 4 + j] = j == i % 4 ? 1.0f : 0.0f;
    vectors = umk_matrix_new_from_data(50000, 4, values, NULL);
    queries = umk_matrix_new_from_data(1, 4, values, NULL);
    hits = search(vectors, UMK_METRIC_COSINE, queries, 1000, NULL);
    for (guint rank = 0; rank < 1000; rank++)
        g_assert_cmpuint(umk_hits_get(hits, 0, rank, NULL), ==, 4 * rank);
    /* Many queries go another way, which cannot tell so many equals apart by itself. */
    many = umk_matrix_new_from_data(64, 4, values, NULL);
    batch = search(vectors, UMK_METRIC_COSINE, many, 100, NULL);
    for (guint q = 0; q < 64; q++)
        for (guint rank = 0; rank < 100; rank++)
            g_assert_cmpuint(umk_hits_get(batch, q, rank, NULL), ==, 4 * rank + q % 4);
}

static void
assert_same_query(UmkHits *a, gsize query_a, UmkHits *b, gsize query_b)
{
    g_assert_cmpuint(umk_hits_get_n_hits(a, query_a), ==,
                     umk_hits_get_n_hits(b, query_b));
    for (guint rank = 0; rank < umk_hits_get_n_hits(a, query_a); rank++) {
        float x, y;

        g_assert_cmpuint(umk_hits_get(a, query_a, rank, &x), ==,
                         umk_hits_get(b, query_b, rank, &y));
        g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
    }
}

static void
test_batch_and_threads(void)
{
    g_autoptr(UmkMatrix) vectors = random_matrix(20000, 50, 5);
    g_autoptr(UmkMatrix) queries = random_matrix(300, 50, 6);

    for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++) {
        g_autoptr(UmkHits) two = NULL, one = NULL;

        umk_set_n_threads(2);
        two = search(vectors, (UmkMetric) metric, queries, 12, NULL);
        umk_set_n_threads(1);
        one = search(vectors, (UmkMetric) metric, queries, 12, NULL);
        for (gsize q = 0; q < 300; q++)
            assert_same_query(one, q, two, q);
        for (guint64 q = 0; q < 300; q += 37) {
            g_autoptr(UmkMatrix) alone = umk_matrix_select_rows(queries, &q, 1, NULL);
            g_autoptr(UmkHits) hits = NULL;

            umk_set_n_threads(q % 2 ? 1 : 2);
            hits = search(vectors, (UmkMetric) metric, alone, 12, NULL);
            assert_same_query(hits, 0, two, q);
        }
    }
    umk_set_n_threads(0);
}

/* ---- codes ------------------------------------------------------------------------ */

static UmkIndex *
build_coded(UmkMatrix *vectors, UmkMetric metric, const char *settings)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_index_get_params("exact", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    UmkIndex *index;

    g_assert_true(umk_params_parse(params, settings, &error));
    index = umk_index_build("exact", vectors, metric, params, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return index;
}

/* Rows of very different lengths, some zero, some equal. */
static UmkMatrix *
uneven_matrix(gsize n, gsize d, guint64 seed)
{
    g_autofree float *values = random_floats(n * d, seed);

    for (gsize row = 0; row < n; row++)
        for (gsize i = 0; i < d; i++)
            values[row * d + i] = row % 7 == 0 ? 0
                                  : row % 7 == 1
                                      ? values[i]
                                      : values[row * d + i] * (float) (1 + row % 13);
    return umk_matrix_new_from_data(n, d, values, NULL);
}

/* The answer by codes that prove it is that of the scan to the bit. */
static void
check_coded(const char *settings,
            UmkMatrix *vectors,
            UmkMatrix *more,
            UmkMatrix *queries,
            UmkMetric metric)
{
    gsize n = umk_matrix_get_n_rows(vectors) + umk_matrix_get_n_rows(more);
    g_autoptr(UmkIndex) index = build_coded(vectors, metric, settings);
    guint8 *mask = g_new0(guint8, n);
    g_autoptr(GBytes) allowed = g_bytes_new_take(mask, n);
    guint64 gone[3] = {2, 3, n - 1};

    g_assert_true(umk_index_insert(index, more, NULL, NULL));
    g_assert_true(umk_index_remove(index, gone, 3, NULL, NULL));
    for (gsize row = 0; row < n; row++)
        mask[row] = row % 3 != 0 ? (guint8) (1 + row % 255) : 0;
    for (guint k = 1; k <= 40; k += 13)
        for (int filtered = 0; filtered < 2; filtered++) {
            GBytes *of = filtered ? allowed : NULL;
            g_autoptr(UmkHits) batch =
                umk_index_search(index, queries, k, of, NULL, NULL);

            g_assert_true(g_str_has_prefix(umk_hits_get_plan(batch), "scan"));
            for (guint64 q = 0; q < umk_matrix_get_n_rows(queries); q++) {
                g_autoptr(UmkMatrix) query = umk_matrix_select_rows(queries, &q, 1, NULL);
                g_autoptr(UmkHits) coded =
                    umk_index_search(index, query, k, of, NULL, NULL);

                assert_same_query(coded, 0, batch, q);
            }
        }
}

static const char *const proven[] = {"codes=f16", "codes=int8"};

static void
check_proven(UmkMatrix *vectors, UmkMatrix *more, UmkMatrix *queries)
{
    for (gsize i = 0; i < G_N_ELEMENTS(proven); i++)
        for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++)
            check_coded(proven[i], vectors, more, queries, (UmkMetric) metric);
}

static void
test_codes(void)
{
    for (gsize d = 1; d < 100; d += 48) {
        g_autoptr(UmkMatrix) smooth = random_matrix(9000, d, 11);
        g_autoptr(UmkMatrix) uneven = uneven_matrix(2000, d, 12);
        g_autoptr(UmkMatrix) more = uneven_matrix(50, d, 13);
        g_autoptr(UmkMatrix) queries = random_matrix(12, d, 14);

        check_proven(smooth, more, queries);
        check_proven(uneven, more, queries);
    }
}

/* Rows that differ from one another in the last bits of a float, far below what a code
 * keeps, and twice each, so that the answer hangs on ties and rounding alone. */
static UmkMatrix *
tied_matrix(gsize n, gsize d, float scale, guint64 seed)
{
    g_autofree float *values = random_floats(n * d, seed);

    for (gsize row = 0; row < n; row++)
        for (gsize i = 0; i < d; i++)
            values[row * d + i] =
                scale * values[row % 5 * d + i] *
                (1 + 0x1p-22f * (float) ((row / 2 * 7 + i * (row / 2)) % 5));
    return umk_matrix_new_from_data(n, d, values, NULL);
}

/* Rows by turns of three lengths, none of them more than most. */
static UmkMatrix *
scaled_matrix(gsize n, gsize d, const float *scales, float most, guint64 seed)
{
    g_autofree float *values = random_floats(n * d, seed);

    for (gsize row = 0; row < n; row++)
        for (gsize i = 0; i < d; i++)
            values[row * d + i] *= MIN(scales[row % 3], most);
    return umk_matrix_new_from_data(n, d, values, NULL);
}

/* Lengths of rows: more than half precision can hold, less than it can, and both
 * together; then so much and so little that the scan's own squares overflow or vanish. A
 * query may not be as long as that. */
static const float lengths[][3] = {
    {1e6f, 1e5f, 7e4f},    {1e-7f, 1e-6f, 3e-8f},    {1e8f, 1, 1e-8f},
    {1e-20f, 1e-21f, 0},   {1e-23f, 1e-22f, 1e-24f}, {1e-38f, 1e-42f, 1e-30f},
    {1e18f, 1e19f, 1e20f}, {1e37f, 1e30f, 1},        {1e-25f, 1, 0},
};

/* Whatever the scan makes of such rows is the answer by codes too. */
static void
test_code_ranges(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++)
        for (gsize d = 3; d < 80; d += 37) {
            g_autoptr(UmkMatrix) vectors =
                scaled_matrix(600, d, lengths[i], INFINITY, 20 + i);
            g_autoptr(UmkMatrix) more =
                scaled_matrix(30, d, lengths[i], INFINITY, 40 + i);
            g_autoptr(UmkMatrix) queries =
                scaled_matrix(12, d, lengths[i], 1e16f, 60 + i);

            check_proven(vectors, more, queries);
        }
    for (float scale = 1e-12f; scale < 1e13f; scale *= 1e6f) {
        g_autoptr(UmkMatrix) vectors = tied_matrix(3000, 40, scale, 81);
        g_autoptr(UmkMatrix) more = tied_matrix(50, 40, scale, 81);
        g_autoptr(UmkMatrix) queries = tied_matrix(10, 40, 1, 81);

        check_proven(vectors, more, queries);
    }
}

/* And the answer in a batch, which goes by the packed product. */
static void
test_batch_ranges(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++)
        for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++) {
            g_autoptr(UmkMatrix) vectors =
                scaled_matrix(1500, 40, lengths[i], INFINITY, 20 + i);
            g_autoptr(UmkMatrix) queries =
                scaled_matrix(40, 40, lengths[i], 1e16f, 60 + i);
            g_autoptr(UmkHits) batch =
                search(vectors, (UmkMetric) metric, queries, 20, NULL);

            for (guint64 q = 0; q < 40; q++) {
                g_autoptr(UmkMatrix) one = umk_matrix_select_rows(queries, &q, 1, NULL);
                g_autoptr(UmkHits) alone =
                    search(vectors, (UmkMetric) metric, one, 20, NULL);

                assert_same_query(alone, 0, batch, q);
            }
        }
}

/* How far a code of half precision lies from its row at most, as umk-flat-half.c says,
 * and that every half is a number. The lengths are those that codes are made of. */
static void
test_half_bound(void)
{
    static const float sizes[] = {0, 0x1p-45f, 1e-8f, 1, 65504, 65520, 1e8f, 0x1p45f};
    float x[50], rest[50], coded;
    guint16 code[64];
    UmkFlatCodes codes = {.kind = &_umk_flat_half, .n_coded = 50};
    UmkRng rng;

    codes.stride = codes.kind->stride(50);
    g_assert_cmpuint(codes.stride, ==, sizeof code);
    _umk_rng_init(&rng, 91, 0);
    for (gsize round = 0; round < 8000; round++) {
        double length = 0, off = 0;
        float scale, largest = 0;

        for (gsize i = 0; i < 50; i++) {
            x[i] = sizes[round % 8] * (float) _umk_rng_normal(&rng);
            if (round % 3 == 1 && i % 2) /* far below the largest */
                x[i] *= 0x1p-32f;
            if (round % 3 == 2) /* between two halves, where rounding is worst */
                x[i] = sizes[round % 8] * (1 + 0x1p-11f);
            rest[i] = x[i];
            length += (double) x[i] * (double) x[i];
            largest = MAX(largest, fabsf(x[i]));
        }
        scale = codes.kind->encode(&codes, rest, code, &coded);
        for (gsize i = 0; i < 50; i++) {
            float half = _umk_half_to_float(code[i]);

            g_assert_true(isfinite(half));
            g_assert_cmpfloat((double) rest[i], ==,
                              (double) x[i] - (double) scale * (double) half);
            off += (double) rest[i] * (double) rest[i];
        }
        g_assert_cmpfloat(sqrt(off), <=, (0x1p-11 + sqrt(50) * 0x1p-39) * sqrt(length));
        g_assert_cmpfloat((double) coded, ==, 0);
        if (largest > 0)
            g_assert_cmpfloat((double) (largest / scale), >=, 0x1p14);
        g_assert_cmpfloat((double) largest, <, (double) scale * 0x1p15);
    }
}

/* A row of half precision is kept as it was, so that nothing but the hits and their ties
 * are scored again; and the codes take half of the floats' bytes. */
static void
test_code_bytes(void)
{
    g_autofree float *values = random_floats((gsize) 20000 * 96, 17);
    g_autoptr(UmkMatrix) vectors = NULL, query = random_matrix(1, 96, 18);
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;

    for (gsize i = 0; i < (gsize) 20000 * 96; i++)
        values[i] = _umk_half_to_float(_umk_half_from_float(values[i]));
    vectors = umk_matrix_new_from_data(20000, 96, values, NULL);
    index = build_coded(vectors, UMK_METRIC_DOT, "codes=f16");
    g_assert_cmpuint(umk_index_get_memory(index), ==, 20000 * (96 * 2 + 8));
    hits = umk_index_search(index, query, 10, NULL, NULL, NULL);
    g_assert_cmpstr(umk_hits_get_plan(hits), ==, "codes=f16 rows=20000 rescored=10");
}

/* Codes are looked at at all, and those that prove nothing say what they reach. */
static void
test_code_plans(void)
{
    g_autoptr(UmkMatrix) vectors = random_matrix(20000, 128, 15);
    g_autoptr(UmkMatrix) query = random_matrix(1, 128, 16);
    static const struct {
        const char *settings, *plan;
        double least;
    } cases[] = {
        {"codes=f16", "codes=f16 rows=20000 rescored=1", 1},
        {"codes=int8", "codes=int8 rows=20000 rescored=", 1},
        {"codes=f16,dims=96,rescore=2000", "codes=f16 rows=20000 rescored=2", 0.8},
        {"codes=int8,dims=96,rescore=2000", "codes=int8 rows=20000 rescored=2", 0.8},
        {"codes=binary,rescore=3000", "codes=binary rows=20000 rescored=", 0.8},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkIndex) index =
            build_coded(vectors, UMK_METRIC_COSINE, cases[i].settings);
        g_autoptr(UmkHits) hits = umk_index_search(index, query, 10, NULL, NULL, NULL);

        g_assert_true(g_str_has_prefix(umk_hits_get_plan(hits), cases[i].plan));
        g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, 10);
        g_assert_true(umk_index_measure(index, 10, NULL, NULL, NULL, NULL));
        g_assert_cmpfloat(umk_index_get_recall(index, 0), >=, cases[i].least);
    }
}

static void
test_edges(void)
{
    g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, 3, NULL, NULL);
    g_autoptr(UmkMatrix) zero = umk_matrix_new_from_data(2, 3, (float[6]){0}, NULL);
    g_autoptr(UmkMatrix) query =
        umk_matrix_new_from_data(1, 3, (float[3]){1, 2, 3}, NULL);
    g_autoptr(UmkMatrix) wide =
        umk_matrix_new_from_data(1, 4, (float[4]){1, 2, 3, 4}, NULL);
    g_autoptr(UmkMatrix) huge =
        umk_matrix_new_from_data(1, 3, (float[3]){1, 2, 1e30f}, NULL);
    g_autoptr(UmkMatrix) nan =
        umk_matrix_new_from_data(1, 3, (float[3]){1, NAN, 3}, NULL);
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) empty = search(none, UMK_METRIC_DOT, query, 5, NULL);
    g_autoptr(UmkHits) no_query = search(zero, UMK_METRIC_DOT, none, 5, NULL);
    g_autoptr(UmkHits) no_k = search(zero, UMK_METRIC_DOT, query, 0, NULL);
    g_autoptr(UmkHits) flat = search(zero, UMK_METRIC_COSINE, query, 5, NULL);
    g_autoptr(GBytes) short_mask = g_bytes_new_static("\1", 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancelled = g_cancellable_new();
    float score = 9;

    g_assert_cmpuint(umk_hits_get_n_hits(empty, 0), ==, 0);
    g_assert_cmpuint(umk_hits_get_n_queries(no_query), ==, 0);
    g_assert_cmpuint(umk_hits_get_n_hits(no_k, 0), ==, 0);
    /* A zero vector is equally far from everything. */
    g_assert_cmpuint(umk_hits_get_n_hits(flat, 0), ==, 2);
    g_assert_cmpuint(umk_hits_get(flat, 0, 1, &score), ==, 1);
    g_assert_cmpfloat((double) score, ==, 0);

    index = umk_index_build("exact", zero, UMK_METRIC_DOT, NULL, NULL, NULL, NULL, NULL);
    g_assert_null(umk_index_search(index, wide, 1, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_null(umk_index_search(index, nan, 1, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(umk_index_search(index, huge, 1, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "Row 0, column 2 is 1e+30"));
    g_clear_error(&error);
    g_assert_null(umk_index_search(index, query, 1, short_mask, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_cancellable_cancel(cancelled);
    g_assert_null(umk_index_search(index, query, 1, NULL, cancelled, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    g_assert_null(
        umk_index_build("no-such", zero, UMK_METRIC_DOT, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/index/kernels", test_kernels);
    g_test_add_func("/index/topk", test_topk);
    g_test_add_func("/index/oracle", test_oracle);
    g_test_add_func("/index/masks", test_masks);
    g_test_add_func("/index/ties", test_ties);
    g_test_add_func("/index/batch-and-threads", test_batch_and_threads);
    g_test_add_func("/index/codes", test_codes);
    g_test_add_func("/index/code-ranges", test_code_ranges);
    g_test_add_func("/index/batch-ranges", test_batch_ranges);
    g_test_add_func("/index/half-bound", test_half_bound);
    g_test_add_func("/index/code-bytes", test_code_bytes);
    g_test_add_func("/index/code-plans", test_code_plans);
    g_test_add_func("/index/edges", test_edges);
    return g_test_run();
}
