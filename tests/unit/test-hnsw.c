/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph index: code kernels against the plain ones, recall on kind and on unkind
 * data, the same file from any number of threads, inserting, removing and updating in any
 * order against a plain list, filters, saving, damage and interrupted writing. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "facade/umk-index-file-private.h"
#include "index/umk-ahead-private.h"
#include "index/umk-index-ops-private.h"
#include "linalg/umk-codes-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define EF_ALL 100000 /* keeps every node of the small data here */

/* ---- data ------------------------------------------------------------------------- */

/* n_clusters centres with points around them; spread 0 makes them all alike. */
static UmkMatrix *
clusters(gsize n, gsize d, gsize n_clusters, double spread, guint64 seed)
{
    g_autofree float *values = g_new(float, n *d + 1);
    UmkRng rng, centre;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++) {
        _umk_rng_init(&centre, 99, _umk_rng_below(&rng, n_clusters));
        for (gsize j = 0; j < d; j++)
            values[i * d + j] =
                (float) (_umk_rng_normal(&centre) + spread * _umk_rng_normal(&rng));
    }
    return umk_matrix_new_from_data(n, d, values, NULL);
}

static UmkIndex *
build(UmkMatrix *vectors, UmkMetric metric)
{
    g_autoptr(GError) error = NULL;
    UmkIndex *index =
        umk_index_build("hnsw", vectors, metric, NULL, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    return index;
}

static UmkHits *
look(UmkIndex *index, UmkMatrix *queries, guint k, GBytes *allowed, guint ef)
{
    g_autoptr(GError) error = NULL;
    UmkHits *hits =
        umk_index_search_tuned(index, queries, k, allowed, 0, ef, NULL, &error);

    g_assert_no_error(error);
    return hits;
}

static UmkHits *
truth(UmkIndex *index, UmkMatrix *queries, guint k, GBytes *allowed)
{
    g_autoptr(GError) error = NULL;
    UmkHits *hits =
        umk_index_search_tuned(index, queries, k, allowed, 1, 0, NULL, &error);

    g_assert_no_error(error);
    return hits;
}

/* Share of hits that score as high as the true last one; also checks what always holds:
 * as many as the truth, in order, no row twice, and true scores. */
static double
recall(UmkHits *found, UmkHits *exact)
{
    gsize n_true = 0, n_found = 0;

    for (gsize q = 0; q < umk_hits_get_n_queries(exact); q++) {
        guint n = umk_hits_get_n_hits(exact, q);
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        float worst = -INFINITY, last = INFINITY, score;
        gsize last_row = 0;

        g_assert_cmpuint(umk_hits_get_n_hits(found, q), ==, n);
        if (n > 0)
            umk_hits_get(exact, q, n - 1, &worst);
        for (guint i = 0; i < n; i++) {
            gsize row = umk_hits_get(found, q, i, &score);

            g_assert_true(g_hash_table_add(seen, GSIZE_TO_POINTER(row + 1)));
            g_assert_true(score < last || (score == last && row > last_row) || i == 0);
            last = score;
            last_row = row;
            n_found += score >= worst;
        }
        n_true += n;
    }
    return n_true > 0 ? (double) n_found / (double) n_true : 1;
}

/* ---- kernels ---------------------------------------------------------------------- */

static void
check_codes(UmkCodesLevel level, gsize d, gsize n)
{
    const UmkCodeKernels *plain = _umk_codes_kernels(UMK_CODES_PLAIN),
                         *fast = _umk_codes_kernels(level);
    gsize stride = _umk_code_stride(d), n_words = (d + 63) / 64;
    g_autofree gint8 *codes = g_new0(gint8, (n + 1) * stride + 1);
    g_autofree gint8 *spaced = g_new(gint8, (n + 1) * (stride + 8));
    g_autofree guint64 *bits = g_new0(guint64, (n + 1) * n_words + 1);
    g_autofree guint32 *ids = g_new0(guint32, n + 1);
    gint32 a[40], b[40];
    guint16 c[40], e[40];
    UmkRng rng;

    _umk_rng_init(&rng, d, n);
    for (gsize row = 0; row <= n; row++)
        for (gsize i = 0; i < d; i++) {
            /* The extremes are what overflows. */
            gint64 x = (gint64) _umk_rng_below(&rng, 255) - 127;

            codes[row * stride + i] = (gint8) (row % 3 == 0 ? (x < 0 ? -127 : 127) : x);
        }
    for (gsize i = 0; i < (n + 1) * n_words; i++)
        bits[i] = _umk_rng_next_u64(&rng);
    for (gsize i = 0; i < n; i++)
        ids[i] = (guint32) _umk_rng_below(&rng, n + 1);
    plain->dot_run(codes, codes + stride, stride, n, a);
    fast->dot_run(codes, codes + stride, stride, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
    plain->dot_some(codes, codes, stride, stride, ids, n, a);
    fast->dot_some(codes, codes, stride, stride, ids, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
    /* What lies between rows counts for nothing. */
    memset(spaced, 0x55, (n + 1) * (stride + 8));
    for (gsize row = 0; row <= n; row++)
        memcpy(spaced + row * (stride + 8), codes + row * stride, stride);
    fast->dot_some(codes, spaced, stride + 8, stride, ids, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
    plain->differ_run(bits, bits + n_words, n_words, n, c);
    fast->differ_run(bits, bits + n_words, n_words, n, e);
    g_assert_cmpmem(c, n * sizeof *c, e, n * sizeof *e);
}

static void
test_codes(void)
{
    static const gsize dims[] = {1, 31, 32, 33, 63, 64, 65, 100, 384, 385, 512, 768};
    static const float row[4] = {0.5f, -1.0f, 0.25f, 0.0f};
    gint8 code[UMK_CODE_PAD];
    guint64 bits;

    for (int level = UMK_CODES_PLAIN; level <= (int) _umk_codes_best_level(); level++)
        for (gsize i = 0; i < G_N_ELEMENTS(dims); i++)
            for (gsize n = 0; n < 38; n++)
                check_codes((UmkCodesLevel) level, dims[i], n);
    g_assert_cmpfloat((double) _umk_code_from_floats(row, 4, code), ==,
                      (double) (1.0f / 127.0f));
    g_assert_cmpint(code[0], ==, 64); /* 63.5, to even */
    g_assert_cmpint(code[1], ==, -127);
    g_assert_cmpint(code[2], ==, 32);
    g_assert_cmpint(code[4], ==, 0);
    g_assert_cmpint(_umk_code_square(code, UMK_CODE_PAD), ==, 64 * 64 + 127 * 127 + 1024);
    _umk_code_bits(row, 4, &bits);
    g_assert_cmpuint(bits, ==, 5);
}

/* ---- recall ----------------------------------------------------------------------- */

static void
test_recall(void)
{
    for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++) {
        g_autoptr(UmkMatrix) vectors = clusters(6000, 48, 60, 0.6, 1);
        g_autoptr(UmkMatrix) queries = clusters(100, 48, 60, 0.6, 2);
        g_autoptr(UmkIndex) index = build(vectors, (UmkMetric) metric);
        g_autoptr(UmkHits) exact = truth(index, queries, 10, NULL);
        g_autoptr(UmkHits) narrow = look(index, queries, 10, NULL, 16);
        g_autoptr(UmkHits) wide = look(index, queries, 10, NULL, 200);

        g_assert_cmpstr(umk_hits_get_plan(exact), ==, "scan rows=6000");
        g_assert_cmpstr(umk_hits_get_plan(wide), ==, "graph ef=200");
        g_assert_cmpfloat(recall(wide, exact), >=, 0.99);
        g_assert_cmpfloat(recall(narrow, exact), <=, recall(wide, exact) + 0.001);
        g_assert_cmpfloat(umk_hits_get_recall(exact), ==, 1);
    }
}

/* A recall that is asked for is the one that is measured, and held by other queries. */
static void
test_target(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(5000, 32, 40, 0.8, 3);
    g_autoptr(UmkMatrix) queries = clusters(200, 32, 40, 0.8, 4);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autoptr(UmkHits) exact = truth(index, queries, 10, NULL);
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;
    guint ef;

    g_assert_cmpfloat(umk_index_get_recall(index, 64), <, 0);
    hits = umk_index_search_tuned(index, queries, 10, NULL, 0.95, 0, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(umk_hits_get_recall(hits), >=, 0.95);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.95 - 0.02); /* two deviations of 2000 */
    ef = umk_index_get_ef(index, 0.95);
    g_assert_cmpuint(ef, >=, 10);
    g_assert_cmpfloat(umk_index_get_recall(index, ef), >=, 0.95);
    g_assert_cmpuint(umk_index_get_ef(index, 1.1), ==, 0);
}

static void
check_unkind(UmkMatrix *vectors, UmkMetric metric, double least)
{
    gsize n = umk_matrix_get_n_rows(vectors), n_queries = MIN(n, 50);
    guint64 rows[50];
    g_autoptr(UmkMatrix) queries = NULL;
    g_autoptr(UmkIndex) index = build(vectors, metric);

    for (gsize i = 0; i < n_queries; i++)
        rows[i] = i * n / n_queries;
    queries = umk_matrix_select_rows(vectors, rows, n_queries, NULL);
    for (guint k = 1; k <= 40; k += 13) {
        g_autoptr(UmkHits) exact = truth(index, queries, k, NULL);
        g_autoptr(UmkHits) hits = look(index, queries, k, NULL, 100);
        g_autoptr(UmkHits) all = look(index, queries, k, NULL, EF_ALL);

        g_assert_cmpfloat(recall(hits, exact), >=, least);
        g_assert_cmpfloat(recall(all, exact), >=, least);
    }
}

static void
test_unkind(void)
{
    for (int m = UMK_METRIC_COSINE; m <= UMK_METRIC_EUCLIDEAN; m++) {
        UmkMetric metric = (UmkMetric) m;
        g_autofree float *mixed = g_new0(float, 3000 * 8);
        g_autoptr(UmkMatrix) one = clusters(1, 7, 1, 1, 1);
        g_autoptr(UmkMatrix) few = clusters(5, 7, 1, 1, 1);
        g_autoptr(UmkMatrix) line = clusters(2000, 1, 20, 1, 1);
        g_autoptr(UmkMatrix) equal = clusters(1500, 12, 1, 0, 1);
        g_autoptr(UmkMatrix) copies = clusters(3000, 12, 30, 0, 1);
        g_autoptr(UmkMatrix) blob = clusters(2000, 24, 1, 0.01, 1);
        g_autoptr(UmkMatrix) islands = clusters(3000, 24, 3, 0.05, 1);
        g_autoptr(UmkMatrix) zeros = NULL;
        UmkRng rng;

        /* Half of them zero, the others of very different lengths. */
        _umk_rng_init(&rng, 5, 0);
        for (gsize i = 0; i < 3000 * 8; i++)
            if (i / 8 % 2)
                mixed[i] = (float) (_umk_rng_normal(&rng) * (1 + (double) (i / 8 % 50)));
        zeros = umk_matrix_new_from_data(3000, 8, mixed, NULL);
        check_unkind(one, metric, 1);
        check_unkind(few, metric, 1);
        check_unkind(line, metric, 0.95);
        check_unkind(equal, metric, 1);
        check_unkind(copies, metric, 0.99);
        check_unkind(blob, metric, 0.95);
        check_unkind(islands, metric, 0.95);
        check_unkind(zeros, metric, 0.95);
    }
}

/* Equal vectors are hits in the order of their rows. */
static void
test_ties(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(2000, 16, 4, 0, 7);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_EUCLIDEAN);
    g_autoptr(UmkHits) exact = truth(index, vectors, 30, NULL);
    g_autoptr(UmkHits) hits = look(index, vectors, 30, NULL, 64);

    for (gsize q = 0; q < 2000; q += 97)
        for (guint i = 0; i < 30; i++)
            g_assert_cmpuint(umk_hits_get(hits, q, i, NULL), ==,
                             umk_hits_get(exact, q, i, NULL));
}

/* ---- files and threads ------------------------------------------------------------ */

static char *
temporary_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-index-XXXXXX", NULL);

    return g_build_filename(folder, "graph", NULL);
}

static void
forget(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_unlink(path);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static GBytes *
saved(UmkIndex *index, GBytes *stamp)
{
    g_autofree char *path = temporary_file();
    g_autoptr(GError) error = NULL;
    char *data;
    gsize size;

    umk_index_save(index, path, stamp, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    forget(path);
    return g_bytes_new_take(data, size);
}

static void
test_threads(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(4000, 20, 50, 0.5, 8);
    g_autoptr(UmkMatrix) more = clusters(700, 20, 50, 0.5, 9);
    g_autoptr(GBytes) first = NULL;
    guint64 gone[300];

    for (gsize i = 0; i < 300; i++)
        gone[i] = i * 11;
    for (guint n = 1; n <= 8; n *= 2) {
        g_autoptr(UmkIndex) index = NULL;
        g_autoptr(GBytes) file = NULL;

        umk_set_n_threads(n);
        index = build(vectors, UMK_METRIC_COSINE);
        g_assert_true(umk_index_insert(index, more, NULL, NULL));
        g_assert_true(umk_index_remove(index, gone, 300, NULL, NULL));
        g_assert_true(umk_index_measure(index, 10, NULL, NULL, NULL, NULL));
        file = saved(index, NULL);
        if (first == NULL)
            first = g_bytes_ref(file);
        g_assert_true(g_bytes_equal(first, file));
    }
    umk_set_n_threads(0);
}

static void
assert_same_hits(UmkHits *a, UmkHits *b)
{
    g_assert_cmpuint(umk_hits_get_n_queries(a), ==, umk_hits_get_n_queries(b));
    for (gsize q = 0; q < umk_hits_get_n_queries(a); q++) {
        g_assert_cmpuint(umk_hits_get_n_hits(a, q), ==, umk_hits_get_n_hits(b, q));
        for (guint i = 0; i < umk_hits_get_n_hits(a, q); i++) {
            float x, y;

            g_assert_cmpuint(umk_hits_get(a, q, i, &x), ==, umk_hits_get(b, q, i, &y));
            g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
        }
    }
}

static void
test_round_trip(void)
{
    g_autofree char *path = temporary_file();
    g_autoptr(GBytes) stamp = g_bytes_new_static("state 7", 7);
    g_autoptr(GBytes) other = g_bytes_new_static("state 8", 7);
    g_autoptr(GError) error = NULL;

    for (int m = UMK_METRIC_COSINE; m <= UMK_METRIC_EUCLIDEAN; m++) {
        g_autoptr(UmkMatrix) vectors = clusters(3000, 33, 300, 0.4, 10);
        g_autoptr(UmkMatrix) queries = clusters(20, 33, 300, 0.4, 11);
        g_autoptr(UmkMatrix) few = clusters(20, 33, 300, 0.4, 11);
        g_autoptr(UmkIndex) index = build(vectors, (UmkMetric) m);
        g_autoptr(UmkIndex) opened = NULL, lazy = NULL;
        g_autoptr(UmkHits) before = NULL, after = NULL, later = NULL;
        guint64 gone[3] = {5, 1000, 2999};

        g_assert_true(umk_index_remove(index, gone, 3, NULL, NULL));
        g_assert_true(umk_index_measure(index, 10, NULL, NULL, NULL, NULL));
        g_assert_true(umk_index_save(index, path, stamp, NULL, &error));
        opened = umk_index_open(path, vectors, stamp, TRUE, &error);
        g_assert_no_error(error);
        lazy = umk_index_open(path, vectors, NULL, FALSE, &error);
        g_assert_no_error(error);
        before = look(index, queries, 10, NULL, 50);
        after = look(opened, queries, 10, NULL, 50);
        assert_same_hits(before, after);
        g_assert_cmpuint(umk_index_get_n_live(opened), ==, 2997);
        g_assert_cmpfloat(umk_index_get_recall(opened, 64), ==,
                          umk_index_get_recall(index, 64));
        /* What was mapped becomes its own when it changes. */
        g_assert_true(umk_index_insert(lazy, few, NULL, &error));
        g_assert_true(umk_index_insert(index, few, NULL, &error));
        later = look(lazy, queries, 10, NULL, 50);
        g_clear_pointer(&before, umk_hits_unref);
        before = look(index, queries, 10, NULL, 50);
        assert_same_hits(before, later);
        g_assert_null(umk_index_open(path, vectors, other, TRUE, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_VERSION);
        g_clear_error(&error);
        g_assert_null(umk_index_open(path, queries, stamp, TRUE, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
        g_clear_error(&error);
    }
    forget(path);
}

/* Any damage is refused when the file is checked, and harmless when it is not. */
static void
test_damage(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(1500, 16, 20, 0.5, 12);
    g_autoptr(UmkMatrix) queries = clusters(5, 16, 20, 0.5, 13);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autoptr(GBytes) whole = saved(index, NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data(whole, &size);
    UmkRng rng;

    _umk_rng_init(&rng, 14, 0);
    for (guint turn = 0; turn < 600; turn++) {
        g_autofree guint8 *copy = g_memdup2(data, size);
        gsize at = turn < 200 ? turn : _umk_rng_below(&rng, size);
        gsize length = turn % 5 == 4 ? _umk_rng_below(&rng, size) : size;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(UmkIndex) checked = NULL, lazy = NULL;
        g_autoptr(GError) error = NULL;

        copy[at] ^= (guint8) (1 + _umk_rng_below(&rng, 255));
        bytes = g_bytes_new(copy, length);
        checked = _umk_index_file_parse(bytes, vectors, NULL, TRUE, &error);
        /* Between sections lie zeros that mean nothing. */
        g_assert_true((checked == NULL) == (error != NULL));
        if (checked != NULL) {
            g_assert_cmpuint(data[at], ==, 0);
            g_assert_cmpuint(length, ==, size);
        }
        lazy = _umk_index_file_parse(bytes, vectors, NULL, FALSE, NULL);
        if (lazy != NULL) {
            g_autoptr(UmkHits) hits = look(lazy, queries, 10, NULL, 40);
            guint64 gone[2] = {7, 8};

            g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, 10);
            g_assert_true(umk_index_remove(lazy, gone, 2, NULL, NULL));
            g_assert_true(umk_index_insert(lazy, queries, NULL, NULL));
        }
    }
}

/* Where a section lies in a file of umk_index_save(). */
static gsize
find_section(GBytes *file, const char *name, gsize *size)
{
    const guint8 *data = g_bytes_get_data(file, NULL), *entry;
    guint32 n_sections;

    memcpy(&n_sections, data + 12, sizeof n_sections);
    for (guint i = 0; i < n_sections; i++) {
        guint64 place[2];

        entry = data + UMK_INDEX_FILE_HEADER + 32 * i;
        memcpy(place, entry + 8, sizeof place);
        *size = place[1];
        if (strncmp((const char *) entry, name, 8) == 0)
            return place[0];
    }
    g_assert_not_reached();
}

static gboolean
has_section(GBytes *file, const char *name)
{
    const guint8 *data = g_bytes_get_data(file, NULL);
    guint32 n_sections;

    memcpy(&n_sections, data + 12, sizeof n_sections);
    for (guint i = 0; i < n_sections; i++)
        if (strncmp((const char *) data + UMK_INDEX_FILE_HEADER + 32 * i, name, 8) == 0)
            return TRUE;
    return FALSE;
}

static const guint32 *
section_numbers(GBytes *file, const char *name, gsize *n)
{
    gsize size, at = find_section(file, name, &size);

    *n = size / sizeof(guint32);
    return (gconstpointer) ((const guint8 *) g_bytes_get_data(file, NULL) + at);
}

/* Nodes lie each once, and near those they are linked to. */
static void
assert_laid_out(GBytes *file, gsize n)
{
    const gsize near = 256;
    g_autofree guint8 *seen = g_malloc0(n);
    gsize size, n_near = 0, n_rows_near = 0;
    const guint32 *order = section_numbers(file, "order", &size), *links;

    g_assert_cmpuint(size, ==, n);
    for (gsize i = 0; i < n; i++) {
        g_assert_cmpuint(order[i], <, n);
        g_assert_false(seen[order[i]]);
        seen[order[i]] = TRUE;
    }
    links = section_numbers(file, "links", &size);
    for (gsize i = 0; i < n; i++)
        for (const guint32 *link = links + 32 * i; link < links + 32 * i + 32; link++)
            if (*link < n) {
                n_near += *link + near > i && *link < i + near;
                n_rows_near +=
                    order[*link] + near > order[i] && order[*link] < order[i] + near;
            }
    g_assert_cmpuint(n_near, >, 2 * n_rows_near);
}

/* Rows come in no order. */
static void
test_order(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(8000, 16, 200, 0.3, 31);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_EUCLIDEAN);
    g_autoptr(GBytes) file = saved(index, NULL);

    assert_laid_out(file, 8000);
}

static void
change_some(UmkIndex *index, UmkMatrix *more, UmkMatrix *three)
{
    guint64 gone[] = {5, 1000, 4100}, anew[] = {7, 3999, 4200};

    g_assert_true(umk_index_insert(index, more, NULL, NULL));
    g_assert_true(umk_index_remove(index, gone, 3, NULL, NULL));
    g_assert_true(umk_index_update(index, anew, 3, three, NULL, NULL));
}

/* A graph that is changed keeps its order, and what came lies behind as it came; whether
 * it was built or opened makes no difference to a byte. */
static void
test_tail(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(4000, 16, 50, 0.5, 21);
    g_autoptr(UmkMatrix) more = clusters(500, 16, 50, 0.5, 22);
    g_autoptr(UmkMatrix) three = clusters(3, 16, 50, 0.5, 23);
    g_autoptr(UmkMatrix) queries = clusters(40, 16, 50, 0.5, 24);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE), lazy = NULL;
    g_autoptr(GBytes) before = saved(index, NULL), after = NULL, other = NULL;
    g_autoptr(UmkHits) hits = NULL, exact = NULL;
    const guint32 *was, *is;
    gsize n_was, n_is;

    lazy = _umk_index_file_parse(before, vectors, NULL, FALSE, NULL);
    change_some(lazy, more, three);
    change_some(index, more, three);
    after = saved(lazy, NULL);
    other = saved(index, NULL);
    g_assert_true(g_bytes_equal(after, other));
    was = section_numbers(before, "order", &n_was);
    is = section_numbers(after, "order", &n_is);
    g_assert_cmpuint(n_is, ==, 4500);
    g_assert_cmpmem(was, n_was * sizeof *was, is, 4000 * sizeof *is);
    for (gsize i = 4000; i < n_is; i++)
        g_assert_cmpuint(is[i], ==, i);
    hits = look(lazy, queries, 10, NULL, 60);
    exact = truth(lazy, queries, 10, NULL);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.95);
}

/* 200 rows become 4,700 bit by bit: with the last of them most have come since the graph
 * was laid out at 2,300. */
static void
test_grown(void)
{
    g_autoptr(UmkMatrix) first = clusters(200, 16, 200, 0.3, 31);
    g_autoptr(UmkIndex) index = build(first, UMK_METRIC_EUCLIDEAN);
    g_autoptr(UmkMatrix) queries = clusters(40, 16, 200, 0.3, 32);
    g_autoptr(UmkHits) hits = NULL, exact = NULL;
    g_autoptr(GBytes) file = NULL;

    for (guint turn = 0; turn < 15; turn++) {
        g_autoptr(UmkMatrix) some = clusters(300, 16, 200, 0.3, 40 + turn);

        g_assert_true(umk_index_insert(index, some, NULL, NULL));
    }
    file = saved(index, NULL);
    assert_laid_out(file, 4700);
    hits = look(index, queries, 10, NULL, 60);
    exact = truth(index, queries, 10, NULL);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.95);
}

static guint32
hot_bytes(GBytes *file, const char *name)
{
    const guint8 *data = g_bytes_get_data(file, NULL);
    guint32 n_sections, hot = 0;

    memcpy(&n_sections, data + 12, sizeof n_sections);
    for (guint i = 0; i < n_sections; i++) {
        const guint8 *entry = data + UMK_INDEX_FILE_HEADER + 32 * i;

        if (strncmp((const char *) entry, name, 8) == 0)
            memcpy(&hot, entry + 28, sizeof hot);
    }
    return hot;
}

/* A file says what every search begins with; asking for it asks for no more, and any file
 * may be asked. */
static void
test_hot(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(3000, 24, 20, 0.5, 12);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autoptr(GBytes) file = saved(index, NULL);
    g_autofree char *path = temporary_file();
    gsize n_upper, size;

    find_section(file, "uprows", &n_upper);
    g_assert_cmpuint(hot_bytes(file, "uprows"), ==, n_upper);
    g_assert_cmpuint(hot_bytes(file, "codes"), ==, n_upper / 4 / 16 * (32 + 8));
    g_assert_cmpuint(hot_bytes(file, "levels"), ==, n_upper / 4 / 16);
    g_assert_cmpuint(hot_bytes(file, "links"), ==, 0);
    for (size = g_bytes_get_size(file); size > 0; size /= 3) {
        g_assert_true(
            g_file_set_contents(path, g_bytes_get_data(file, NULL), (gssize) size, NULL));
        _umk_index_file_ask_ahead(path);
    }
    forget(path);
    _umk_index_file_ask_ahead(path);
}

/* A section at the end of what there is; the place it has there. */
static guint8 *
add_section(GArray *sections, guint8 *memory, const char *name, gsize size)
{
    const UmkIndexSection *last =
        sections->len > 0 ? &g_array_index(sections, UmkIndexSection, sections->len - 1)
                          : NULL;
    gsize at =
        last != NULL ? (gsize) ((const guint8 *) last->data - memory) + last->size : 0;
    UmkIndexSection section = {.data = memory + (at + 63) / 64 * 64, .size = size};

    memcpy(section.name, name, strlen(name));
    g_array_append_val(sections, section);
    return (guint8 *) section.data;
}

/* The sections as a program before version 3 wrote them: codes without their terms. */
static GArray *
old_sections(GBytes *file, gsize n, gsize stride, guint8 *memory)
{
    static const char *const kept[] = {"mean",  "links",  "levels", "same",
                                       "order", "uprows", "upat",   "pool"};
    const guint8 *data = g_bytes_get_data(file, NULL);
    GArray *sections = g_array_new(FALSE, TRUE, sizeof(UmkIndexSection));
    gsize size, at = find_section(file, "hnsw", &size);
    guint8 *head = add_section(sections, memory, "hnsw", size), *codes, *terms;
    guint32 version = 2;

    memcpy(head, data + at, size);
    g_assert_cmpuint(head[0], ==, 3);
    memcpy(head, &version, sizeof version);
    at = find_section(file, "codes", &size);
    g_assert_cmpuint(size, ==, n * (stride + 8));
    codes = add_section(sections, memory, "codes", n * stride);
    terms = add_section(sections, memory, "terms", n * 8);
    for (gsize i = 0; i < n; i++) {
        memcpy(codes + i * stride, data + at + i * (stride + 8), stride);
        memcpy(terms + i * 8, data + at + i * (stride + 8) + stride, 8);
    }
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
        if (has_section(file, kept[i])) {
            at = find_section(file, kept[i], &size);
            memcpy(add_section(sections, memory, kept[i], size), data + at, size);
        }
    return sections;
}

/* A file of before is searched as it is, and changed as any other; then it is a new one.
 */
static void
test_old_file(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(3000, 24, 20, 0.5, 12);
    g_autoptr(UmkMatrix) queries = clusters(50, 24, 20, 0.5, 13);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE), old = NULL;
    g_autoptr(GBytes) whole = saved(index, NULL), again = NULL;
    gsize room = 2 * g_bytes_get_size(whole);
    guint8 *memory = g_malloc0(room);
    g_autoptr(GBytes) keep = g_bytes_new_take(memory, room);
    g_autoptr(GArray) sections = old_sections(whole, 3000, 32, memory);
    guint64 gone[] = {7, 100, 2999};
    gsize size;

    old = _umk_index_restore("hnsw", UMK_METRIC_COSINE, vectors,
                             (const UmkIndexSection *) (gpointer) sections->data,
                             sections->len, keep, NULL);
    g_assert_nonnull(old);
    for (guint turn = 0; turn < 2; turn++) {
        g_autoptr(UmkHits) was = look(index, queries, 10, NULL, 40);
        g_autoptr(UmkHits) is = look(old, queries, 10, NULL, 40);

        assert_same_hits(was, is);
        g_assert_true(umk_index_remove(old, gone, G_N_ELEMENTS(gone), NULL, NULL));
        g_assert_true(umk_index_remove(index, gone, G_N_ELEMENTS(gone), NULL, NULL));
        g_assert_true(umk_index_insert(old, queries, NULL, NULL));
        g_assert_true(umk_index_insert(index, queries, NULL, NULL));
        gone[0]++;
        gone[1] += 2;
        gone[2] -= 7;
    }
    again = saved(old, NULL);
    find_section(again, "codes", &size);
    g_assert_cmpuint(size, ==, umk_index_get_n_rows(old) * (32 + 8));
    g_assert_false(has_section(again, "terms"));
}

/* Whatever a file says of where rows lie, no row is hit twice, before a change or after.
 */
static void
test_damaged_order(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(1500, 16, 20, 0.5, 12);
    g_autoptr(UmkMatrix) queries = clusters(5, 16, 20, 0.5, 13);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autoptr(GBytes) whole = saved(index, NULL);
    gsize size, n_order, at = find_section(whole, "order", &n_order);
    const guint8 *data = g_bytes_get_data(whole, &size);
    g_autoptr(UmkHits) exact = truth(index, queries, 10, NULL);
    static const guint32 wrong[] = {0, 1499, 1500, G_MAXUINT32};

    for (guint turn = 0; turn < G_N_ELEMENTS(wrong); turn++) {
        g_autofree guint8 *copy = g_memdup2(data, size);
        g_autoptr(UmkIndex) lazy = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(UmkHits) hits = NULL, later = NULL, later_exact = NULL;
        guint64 gone[2] = {7, 8};

        for (gsize i = 0; i < n_order / 4; i += 1 + turn)
            memcpy(copy + at + 4 * i, wrong + turn, 4);
        bytes = g_bytes_new(copy, size);
        lazy = _umk_index_file_parse(bytes, vectors, NULL, FALSE, NULL);
        g_assert_nonnull(lazy);
        hits = look(lazy, queries, 10, NULL, 40);
        recall(hits, exact);
        g_assert_true(umk_index_remove(lazy, gone, 2, NULL, NULL));
        g_assert_true(umk_index_insert(lazy, queries, NULL, NULL));
        later = look(lazy, queries, 10, NULL, 40);
        later_exact = truth(lazy, queries, 10, NULL);
        recall(later, later_exact);
    }
}

/* Every part that is touched is asked for, and no other. */
static void
test_ahead(void)
{
    const gsize part = (gsize) 1 << UMK_AHEAD_SHIFT, size = 4 * part + 100;
    guint8 *data = aligned_alloc(part, 5 * part);
    g_autoptr(UmkAhead) ahead = _umk_ahead_new(data, size);
    static const guint8 first[] = {0, 1, 1, 0, 0}, last[] = {0, 1, 1, 0, 1};

    _umk_ahead(ahead, data + 2 * part - 1, 2);
    for (guint i = 0; i < 5; i++)
        g_assert_cmpuint(ahead->asked[i], ==, first[i]);
    _umk_ahead(ahead, data + size - 1, 1);
    _umk_ahead(ahead, data + part, part);
    for (guint i = 0; i < 5; i++)
        g_assert_cmpuint(ahead->asked[i], ==, last[i]);
    /* Busy until a walk asked for nothing, and again when something is asked for. */
    g_assert_cmpuint(_umk_ahead_n_asked(ahead), ==, 2);
    g_assert_true(_umk_ahead_is_busy(ahead));
    _umk_ahead_settle(ahead, 1);
    g_assert_true(_umk_ahead_is_busy(ahead));
    _umk_ahead_settle(ahead, 2);
    g_assert_false(_umk_ahead_is_busy(ahead));
    _umk_ahead(ahead, data, 1);
    g_assert_true(_umk_ahead_is_busy(ahead));
    _umk_ahead(NULL, data, size);
    g_assert_false(_umk_ahead_is_busy(NULL));
    g_assert_null(_umk_ahead_new(data, 0));
    free(data);
}

static guint calls_left;

static ssize_t
failing_pwrite(int fd, const void *data, size_t length, off_t at)
{
    if (calls_left-- == 0) {
        /* Half of it arrives, then the power goes. */
        ssize_t n = pwrite(fd, data, length / 2, at);

        calls_left = 0;
        errno = EIO;
        return n > 0 ? -1 : n;
    }
    return pwrite(fd, data, length, at);
}

static int
failing_sync(int fd)
{
    if (calls_left-- == 0) {
        calls_left = 0;
        errno = EIO;
        return -1;
    }
    return fsync(fd);
}

/* Whatever call fails, the file is the old one or the new one, whole. */
static void
test_interrupted(void)
{
    UmkFileOps ops = _umk_file_ops_system;
    g_autofree char *path = temporary_file();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(UmkMatrix) vectors = clusters(1200, 8, 20, 0.5, 15);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autoptr(GBytes) old = g_bytes_new_static("old", 3);
    g_autoptr(GBytes) new = g_bytes_new_static("new", 3);
    gboolean done = FALSE;
    guint n = 0;

    ops.pwrite = failing_pwrite;
    ops.fdatasync = failing_sync;
    ops.fsync = failing_sync;
    g_assert_true(umk_index_save(index, path, old, NULL, NULL));
    for (; !done; n++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkIndex) opened = NULL;
        g_autoptr(GDir) dir = NULL;
        guint n_files = 0;

        g_assert_cmpuint(n, <, 100);
        calls_left = n;
        done = _umk_index_file_write(&ops, index, path, new, &error);
        g_assert_true(done == (error == NULL));
        opened = umk_index_open(path, vectors, done ? new : old, TRUE, NULL);
        if (opened == NULL) /* the last sync came after the rename */
            opened = umk_index_open(path, vectors, new, TRUE, NULL);
        g_assert_nonnull(opened);
        dir = g_dir_open(folder, 0, NULL);
        while (g_dir_read_name(dir) != NULL)
            n_files++;
        g_assert_cmpuint(n_files, ==, 1);
    }
    g_assert_cmpuint(n, >, 10);
    forget(path);
}

/* ---- changing --------------------------------------------------------------------- */

/* A plain list of what the index should hold. */
typedef struct {
    GPtrArray *rows; /* float arrays; NULL: removed */
    gsize d;
} Oracle;

static UmkMatrix *
draw_rows(UmkRng *rng, gsize n, gsize d)
{
    g_autofree float *values = g_new(float, n *d);
    UmkRng copy;

    for (gsize i = 0; i < n; i++) {
        /* Some are the same, so that chains come and go too. */
        _umk_rng_init(&copy, 77, _umk_rng_below(rng, 400));
        for (gsize j = 0; j < d; j++)
            values[i * d + j] = (float) _umk_rng_normal(&copy);
    }
    return umk_matrix_new_from_data(n, d, values, NULL);
}

static void
check_against(UmkIndex *index, const Oracle *oracle, UmkRng *rng)
{
    g_autoptr(UmkMatrix) queries = draw_rows(rng, 3, oracle->d);
    gsize n_live = 0;
    g_autoptr(UmkHits) all = NULL;
    g_autoptr(UmkHits) exact = NULL, hits = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    for (gsize i = 0; i < oracle->rows->len; i++)
        n_live += oracle->rows->pdata[i] != NULL;
    g_assert_cmpuint(umk_index_get_n_rows(index), ==, oracle->rows->len);
    g_assert_cmpuint(umk_index_get_n_live(index), ==, n_live);
    all = look(index, queries, oracle->rows->len, NULL, EF_ALL);
    g_assert_cmpuint(umk_hits_get_n_hits(all, 0), ==, n_live);
    for (guint i = 0; i < n_live; i++) {
        float score;
        gsize row = umk_hits_get(all, 0, i, &score);
        const float *x = oracle->rows->pdata[row], *q = umk_matrix_get_row(queries, 0, 0);
        double squared = 0;

        g_assert_nonnull(x);
        g_assert_true(g_hash_table_add(seen, GSIZE_TO_POINTER(row + 1)));
        for (gsize j = 0; j < oracle->d; j++)
            squared += ((double) x[j] - (double) q[j]) * ((double) x[j] - (double) q[j]);
        g_assert_cmpfloat_with_epsilon((double) score, -sqrt(squared), 1e-5);
    }
    exact = truth(index, queries, 10, NULL);
    hits = look(index, queries, 10, NULL, 60);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.9);
}

static void
oracle_set(Oracle *oracle, gsize row, const float *x)
{
    if (row == oracle->rows->len)
        g_ptr_array_add(oracle->rows, NULL);
    g_free(oracle->rows->pdata[row]);
    oracle->rows->pdata[row] = x != NULL ? g_memdup2(x, oracle->d * sizeof *x) : NULL;
}

static void
change(UmkIndex *index, Oracle *oracle, UmkRng *rng)
{
    gsize what = _umk_rng_below(rng, 3), n = 1 + _umk_rng_below(rng, 40), n_rows = 0;
    g_autoptr(UmkMatrix) vectors = draw_rows(rng, n, oracle->d);
    g_autofree guint64 *rows = g_new(guint64, oracle->rows->len + 1);
    g_autoptr(GError) error = NULL;

    if (what == 0) {
        gsize first = oracle->rows->len;

        umk_index_insert(index, vectors, NULL, &error);
        g_assert_no_error(error);
        for (gsize i = 0; i < n; i++)
            oracle_set(oracle, first + i, umk_matrix_get_row(vectors, i, NULL));
        return;
    }
    for (gsize row = 0; row < oracle->rows->len && n_rows < n; row++)
        if (_umk_rng_below(rng, 6) == 0 &&
            (what == 2 || oracle->rows->pdata[row] != NULL))
            rows[n_rows++] = row;
    if (what == 1) {
        umk_index_remove(index, rows, n_rows, NULL, &error);
    } else {
        g_autoptr(UmkMatrix) as_many = draw_rows(rng, n_rows, oracle->d);

        umk_index_update(index, rows, n_rows, as_many, NULL, &error);
        for (gsize i = 0; i < n_rows; i++)
            oracle_set(oracle, rows[i], umk_matrix_get_row(as_many, i, NULL));
    }
    g_assert_no_error(error);
    for (gsize i = 0; i < n_rows && what == 1; i++)
        oracle_set(oracle, rows[i], NULL);
}

static void
test_changes(void)
{
    static const char *const methods[] = {"hnsw", "exact"};

    for (guint64 seed = 0; seed < 12; seed++) {
        Oracle oracle = {g_ptr_array_new_with_free_func(g_free), 6};
        g_autoptr(UmkMatrix) vectors = NULL;
        g_autoptr(UmkIndex) index = NULL;
        UmkRng rng;

        _umk_rng_init(&rng, seed, 1);
        vectors = draw_rows(&rng, seed % 3 == 0 ? 0 : 150, oracle.d);
        index = umk_index_build(methods[seed % 4 == 3], vectors, UMK_METRIC_EUCLIDEAN,
                                NULL, NULL, NULL, NULL, NULL);
        for (gsize i = 0; i < umk_matrix_get_n_rows(vectors); i++)
            oracle_set(&oracle, i, umk_matrix_get_row(vectors, i, NULL));
        for (guint turn = 0; turn < 60; turn++) {
            change(index, &oracle, &rng);
            if (turn % 4 == 3)
                check_against(index, &oracle, &rng);
        }
        g_ptr_array_unref(oracle.rows);
    }
}

/* Removing nearly all, then all, then starting again. */
static void
test_emptied(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(2000, 10, 30, 0.5, 16);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    g_autofree guint64 *rows = g_new(guint64, 2000);
    g_autoptr(UmkHits) some = NULL, none = NULL, again = NULL;
    g_autoptr(GError) error = NULL;

    for (guint64 i = 0; i < 2000; i++)
        rows[i] = i;
    g_assert_true(umk_index_remove(index, rows, 1990, NULL, NULL));
    some = look(index, vectors, 20, NULL, 30);
    g_assert_cmpuint(umk_hits_get_n_hits(some, 3), ==, 10);
    g_assert_false(umk_index_remove(index, rows, 1, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(umk_index_remove(index, (guint64[2]){1995, 1995}, 2, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_assert_true(umk_index_remove(index, rows + 1990, 10, NULL, NULL));
    none = look(index, vectors, 20, NULL, 30);
    g_assert_cmpuint(umk_hits_get_n_hits(none, 0), ==, 0);
    g_assert_true(umk_index_insert(index, vectors, NULL, NULL));
    again = look(index, vectors, 1, NULL, 60);
    g_assert_cmpuint(umk_hits_get(again, 0, 0, NULL), ==, 2000);
    g_assert_cmpuint(umk_index_get_n_live(index), ==, 2000);
    g_assert_false(umk_index_is_live(index, 0));
}

/* ---- filters ---------------------------------------------------------------------- */

static void
test_filters(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(12000, 64, 200, 0.6, 17);
    g_autoptr(UmkMatrix) queries = clusters(20, 64, 200, 0.6, 18);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_COSINE);
    static const guint shares[] = {10000, 5000, 1000, 100, 1, 0};

    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        guint8 *mask = g_new0(guint8, 12000);
        g_autoptr(GBytes) allowed = g_bytes_new_take(mask, 12000);
        g_autoptr(UmkHits) hits = NULL, exact = NULL;
        UmkRng rng;

        _umk_rng_init(&rng, 19, i);
        for (gsize row = 0; row < 12000; row++)
            mask[row] = _umk_rng_below(&rng, 10000) < shares[i];
        exact = truth(index, queries, 10, allowed);
        hits = umk_index_search(index, queries, 10, allowed, NULL, NULL);
        g_assert_cmpfloat(recall(hits, exact), >=, shares[i] <= 100 ? 1 : 0.95);
        if (shares[i] == 100)
            g_assert_true(
                g_str_has_prefix(umk_hits_get_plan(hits), "filter-first rows="));
        if (shares[i] == 5000)
            g_assert_true(g_str_has_prefix(umk_hits_get_plan(hits), "graph ef="));
    }
}

/* The allowed rows lie on an island far from the query. */
static void
test_island(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(6000, 16, 2, 0.1, 20);
    g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_EUCLIDEAN);
    g_autoptr(UmkHits) all = NULL, hits = NULL, exact = NULL;
    g_autoptr(UmkMatrix) query = NULL;
    guint8 *mask = g_new0(guint8, 6000);
    g_autoptr(GBytes) allowed = g_bytes_new_take(mask, 6000);
    guint64 zero = 0;

    query = umk_matrix_select_rows(vectors, &zero, 1, NULL);
    all = truth(index, query, 6000, NULL);
    for (guint i = 3200; i < 6000; i++)
        mask[umk_hits_get(all, 0, i, NULL)] = 1;
    exact = truth(index, query, 10, allowed);
    hits = look(index, query, 10, allowed, 20);
    g_assert_cmpfloat(recall(hits, exact), ==, 1);
}

static void
test_edges(void)
{
    g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, 3, NULL, NULL);
    g_autoptr(UmkMatrix) three = clusters(3, 3, 1, 1, 1);
    g_autoptr(UmkMatrix) wide = clusters(3, 4, 1, 1, 1);
    g_autoptr(UmkMatrix) bad =
        umk_matrix_new_from_data(1, 3, (float[3]){1, NAN, 0}, NULL);
    g_autoptr(UmkIndex) index = build(none, UMK_METRIC_COSINE);
    g_autoptr(UmkHits) empty = look(index, three, 5, NULL, 10);
    g_autoptr(UmkHits) some = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancelled = g_cancellable_new();

    g_assert_cmpuint(umk_hits_get_n_hits(empty, 0), ==, 0);
    g_assert_false(umk_index_insert(index, wide, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_index_insert(index, bad, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(
        umk_index_build("hnsw", bad, UMK_METRIC_COSINE, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_true(umk_index_insert(index, three, NULL, NULL));
    some = look(index, three, 5, NULL, 10);
    g_assert_cmpuint(umk_hits_get_n_hits(some, 2), ==, 3);
    g_cancellable_cancel(cancelled);
    g_assert_null(umk_index_build("hnsw", three, UMK_METRIC_COSINE, NULL, cancelled, NULL,
                                  NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
stop(const char *stage, double fraction, gpointer cancellable)
{
    if (fraction > 0.3)
        g_cancellable_cancel(cancellable);
}

static gpointer
stop_soon(gpointer cancellable)
{
    g_usleep(20000);
    g_cancellable_cancel(cancellable);
    return NULL;
}

/* A build that is stopped gives nothing, an insert that is stopped changes nothing. */
static void
test_cancel(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(4000, 24, 40, 0.5, 21);
    g_autoptr(UmkMatrix) few = clusters(300, 24, 40, 0.5, 22);
    g_autoptr(GCancellable) first = g_cancellable_new(), second = g_cancellable_new();
    g_autoptr(UmkIndex) index = build(few, UMK_METRIC_COSINE);
    g_autoptr(UmkHits) exact = NULL, hits = NULL;
    g_autoptr(GError) error = NULL;
    GThread *thread;
    gboolean done;

    g_assert_null(umk_index_build("hnsw", vectors, UMK_METRIC_COSINE, NULL, first, stop,
                                  first, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    thread = g_thread_new("stop", stop_soon, second);
    done = umk_index_insert(index, vectors, second, &error);
    g_thread_join(thread);
    g_assert_true(done == (error == NULL));
    g_assert_cmpuint(umk_index_get_n_live(index), ==, done ? 4300 : 300);
    exact = truth(index, few, 5, NULL);
    hits = look(index, few, 5, NULL, 100);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.95);
    g_assert_true(umk_index_insert(index, few, NULL, NULL));
    g_clear_pointer(&exact, umk_hits_unref);
    g_clear_pointer(&hits, umk_hits_unref);
    exact = truth(index, few, 5, NULL);
    hits = look(index, few, 5, NULL, 100);
    g_assert_cmpfloat(recall(hits, exact), >=, 0.95);
}

/* Targets where there is nothing, or next to nothing, to measure. */
static void
test_small_targets(void)
{
    for (gsize n = 0; n < 4; n++) {
        g_autoptr(UmkMatrix) vectors = clusters(n, 3, 1, 1, 1);
        g_autoptr(UmkMatrix) query = clusters(1, 3, 1, 1, 2);
        g_autoptr(UmkIndex) index = build(vectors, UMK_METRIC_DOT);

        for (guint k = 0; k < 6; k++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(UmkHits) hits =
                umk_index_search_tuned(index, query, k, NULL, 0.9, 0, NULL, &error);
            g_autoptr(UmkHits) wide = look(index, query, k, NULL, G_MAXUINT);

            g_assert_no_error(error);
            g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, MIN(k, n));
            g_assert_cmpuint(umk_hits_get_n_hits(wide, 0), ==, MIN(k, n));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hnsw/codes", test_codes);
    g_test_add_func("/hnsw/edges", test_edges);
    g_test_add_func("/hnsw/cancel", test_cancel);
    g_test_add_func("/hnsw/small-targets", test_small_targets);
    g_test_add_func("/hnsw/recall", test_recall);
    g_test_add_func("/hnsw/target", test_target);
    g_test_add_func("/hnsw/unkind", test_unkind);
    g_test_add_func("/hnsw/ties", test_ties);
    g_test_add_func("/hnsw/threads", test_threads);
    g_test_add_func("/hnsw/round-trip", test_round_trip);
    g_test_add_func("/hnsw/damage", test_damage);
    g_test_add_func("/hnsw/order", test_order);
    g_test_add_func("/hnsw/tail", test_tail);
    g_test_add_func("/hnsw/grown", test_grown);
    g_test_add_func("/hnsw/old-file", test_old_file);
    g_test_add_func("/hnsw/hot", test_hot);
    g_test_add_func("/hnsw/damaged-order", test_damaged_order);
    g_test_add_func("/hnsw/ahead", test_ahead);
    g_test_add_func("/hnsw/interrupted", test_interrupted);
    g_test_add_func("/hnsw/changes", test_changes);
    g_test_add_func("/hnsw/emptied", test_emptied);
    g_test_add_func("/hnsw/filters", test_filters);
    g_test_add_func("/hnsw/island", test_island);
    return g_test_run();
}
