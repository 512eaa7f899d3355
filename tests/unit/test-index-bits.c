/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of bits against counting one by one: random rows with many ties, rows left
 * out, removed and added, both ways to write a byte, and numbers that are no bits. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <stdlib.h>

#define N_DIMS 11 /* not a whole number of words */

static UmkMatrix *
make_rows(UmkRng *rng, gsize n, float lowest, guint n_kinds)
{
    g_autofree float *data = g_new(float, n *N_DIMS);
    UmkMatrix *matrix;

    for (gsize i = 0; i < n * N_DIMS; i++)
        data[i] = lowest + (float) (_umk_rng_below(rng, n_kinds) * 255 / (n_kinds - 1));
    matrix = umk_matrix_new_from_data(n, N_DIMS, data, NULL);
    g_assert_nonnull(matrix);
    return matrix;
}

static guint
count_differing(UmkMatrix *a, gsize row_a, UmkMatrix *b, gsize row_b)
{
    const float *x = umk_matrix_get_row(a, row_a, NULL);
    const float *y = umk_matrix_get_row(b, row_b, NULL);
    guint n = 0;

    for (guint i = 0; i < N_DIMS; i++)
        for (guint bit = 0; bit < 8; bit++)
            n += ((guint) ((int) x[i] + 256) >> bit & 1) !=
                 ((guint) ((int) y[i] + 256) >> bit & 1);
    return n;
}

static UmkIndex *
build(UmkMatrix *vectors)
{
    g_autoptr(GError) error = NULL;
    UmkIndex *index = umk_index_build("bits", vectors, UMK_METRIC_COSINE, NULL, NULL,
                                      NULL, NULL, &error);

    g_assert_no_error(error);
    return index;
}

/* Every hit is right and in order, and none that is nearer was left out. */
static void
check(UmkIndex *index,
      UmkMatrix *vectors,
      UmkMatrix *queries,
      guint k,
      const guint8 *allowed)
{
    gsize n = umk_matrix_get_n_rows(vectors), n_allowed = 0;
    g_autoptr(GBytes) mask = allowed != NULL ? g_bytes_new(allowed, n) : NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkHits) hits = umk_index_search(index, queries, k, mask, NULL, &error);

    g_assert_no_error(error);
    for (gsize row = 0; row < n; row++)
        n_allowed += allowed == NULL || allowed[row];
    for (gsize q = 0; q < umk_matrix_get_n_rows(queries); q++) {
        guint n_hits = umk_hits_get_n_hits(hits, q);
        gsize last = 0;
        float last_score = 1;
        gsize n_nearer = 0;

        g_assert_cmpuint(n_hits, ==, MIN(k, n_allowed));
        for (guint rank = 0; rank < n_hits; rank++) {
            float score;
            gsize row = umk_hits_get(hits, q, rank, &score);

            g_assert_true(allowed == NULL || allowed[row]);
            g_assert_cmpfloat(score, ==,
                              -(float) count_differing(queries, q, vectors, row));
            g_assert_true(score < last_score || (score == last_score && row > last));
            last = row;
            last_score = score;
        }
        for (gsize row = 0; row < n; row++) {
            float score = -(float) count_differing(queries, q, vectors, row);

            if (allowed == NULL || allowed[row])
                n_nearer += score > last_score || (score == last_score && row <= last);
        }
        g_assert_cmpuint(n_nearer, ==, n_hits);
    }
}

static void
test_random(void)
{
    UmkRng rng;

    _umk_rng_init(&rng, 7, 0);
    for (guint round = 0; round < 40; round++) {
        gsize n = 1 + _umk_rng_below(&rng, 200);
        float lowest = round % 2 ? -128.0f : 0.0f;
        guint n_kinds = 2 + (guint) _umk_rng_below(&rng, 255);
        g_autoptr(UmkMatrix) vectors = make_rows(&rng, n, lowest, n_kinds);
        g_autoptr(UmkMatrix) queries = make_rows(&rng, 5, lowest, n_kinds);
        g_autoptr(UmkIndex) index = build(vectors);
        guint8 allowed[200];

        for (gsize row = 0; row < n; row++)
            allowed[row] = _umk_rng_below(&rng, 3) == 0;
        allowed[0] = 1;
        check(index, vectors, queries, 1 + (guint) _umk_rng_below(&rng, 250), NULL);
        check(index, vectors, queries, 7, allowed);
    }
}

static void
test_not_bits(void)
{
    static const float wrong[] = {0.5f, 256.0f, -129.0f};

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        float data[] = {1.0f, 2.0f, 3.0f, wrong[i]};
        g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(2, 2, data, NULL);
        g_autoptr(UmkMatrix) good = umk_matrix_new_from_data(1, 2, data, NULL);
        g_autoptr(UmkMatrix) bad = umk_matrix_new_from_data(1, 2, data + 2, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkIndex) index = umk_index_build("bits", vectors, UMK_METRIC_COSINE,
                                                    NULL, NULL, NULL, NULL, &error);
        g_autoptr(UmkHits) hits = NULL;

        g_assert_null(index);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_clear_error(&error);
        index = build(good);
        hits = umk_index_search(index, bad, 1, NULL, NULL, &error);
        g_assert_null(hits);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

static void
test_change(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) vectors = NULL, more = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;
    guint64 row = 3;
    UmkRng rng;

    _umk_rng_init(&rng, 9, 0);
    vectors = make_rows(&rng, 20, 0, 256);
    more = make_rows(&rng, 4, 0, 256);
    index = build(vectors);
    g_assert_true(umk_index_insert(index, more, NULL, &error));
    g_assert_no_error(error);
    hits = umk_index_search(index, more, 1, NULL, NULL, &error);
    g_assert_no_error(error);
    for (gsize q = 0; q < 4; q++)
        g_assert_cmpuint(umk_hits_get(hits, q, 0, NULL), ==, 20 + q);
    g_clear_pointer(&hits, umk_hits_unref);
    g_assert_true(umk_index_remove(index, &row, 1, NULL, &error));
    g_assert_no_error(error);
    hits = umk_index_search(index, vectors, 1, NULL, NULL, &error);
    g_assert_cmpuint(umk_hits_get(hits, 2, 0, NULL), ==, 2);
    g_assert_cmpuint(umk_hits_get(hits, 3, 0, NULL), !=, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/index-bits/random", test_random);
    g_test_add_func("/index-bits/not-bits", test_not_bits);
    g_test_add_func("/index-bits/change", test_change);
    return g_test_run();
}
