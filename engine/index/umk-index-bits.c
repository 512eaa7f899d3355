/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact search of vectors that are bits, eight in a number, as the data type "binary" or
 * "ubinary" writes them: the nearest differ in the fewest bits (Hamming 1950). The score
 * is the negated count, so that larger is nearer here too; the metric is not asked. */
#include "index/umk-index-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-codes-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define PART      4096                      /* rows whose counts are in work at a time */
#define MOST_DIMS ((gsize) G_MAXUINT16 / 8) /* more bits could not be counted */

typedef struct {
    UmkIndexRows *rows;
    gsize n_words; /* a row takes */
    gsize room;    /* rows there is room for */
    guint64 *bits; /* (rows->n_rows, n_words) */
} BitsIndex;

static void
bits_free(gpointer data)
{
    BitsIndex *index = data;

    g_free(index->bits);
    g_free(index);
}

/* Bytes may come as -128 … 127 or as 0 … 255: the highest bit is the other way round in
 * one of them, in every row alike, which no count of differences sees. */
static gboolean
pack(const float *row, gsize n_dims, gsize n_words, guint64 *words)
{
    guint8 *bytes = (guint8 *) words;

    memset(words, 0, n_words * sizeof *words);
    for (gsize i = 0; i < n_dims; i++) {
        if (!(row[i] >= -128.0f && row[i] <= 255.0f) || row[i] != (float) (int) row[i])
            return FALSE;
        bytes[i] = (guint8) (int) row[i];
    }
    return TRUE;
}

static gboolean
fail_number(GError **error)
{
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The index “bits” is for whole numbers from -128 to 255, "
                          "eight bits each, as the data type “binary” writes them"));
    return FALSE;
}

/* The first n rows have room. */
static gboolean
reserve(BitsIndex *index, gsize n, GError **error)
{
    gsize room = MAX(n, index->room + index->room / 2), size;
    guint64 *bits;

    if (n <= index->room)
        return TRUE;
    bits = _umk_size_mul(room, index->n_words, &size)
               ? g_try_realloc_n(index->bits, MAX(size, 1), sizeof *bits)
               : NULL;
    if (bits == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for the bits of %zu rows"), n);
        return FALSE;
    }
    index->bits = bits;
    index->room = room;
    return TRUE;
}

static gboolean
bits_insert(gpointer data, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    BitsIndex *index = data;
    gsize n_dims = index->rows->n_dims;

    for (gsize i = 0; i < n; i++) { /* all or none */
        guint64 unused[MOST_DIMS / sizeof(guint64) + 1];

        if (!pack(_umk_index_rows_get(index->rows, rows[i]), n_dims, index->n_words,
                  unused))
            return fail_number(error);
    }
    if (!reserve(index, index->rows->n_rows, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        pack(_umk_index_rows_get(index->rows, rows[i]), n_dims, index->n_words,
             index->bits + (gsize) rows[i] * index->n_words);
    return TRUE;
}

static gpointer
bits_build(const UmkIndexSource *source, UmkRun *run, GError **error)
{
    BitsIndex *index = g_new0(BitsIndex, 1);
    gsize n_dims = source->rows->n_dims;
    gboolean good = n_dims <= MOST_DIMS;

    index->rows = source->rows;
    index->n_words = (n_dims + sizeof(guint64) - 1) / sizeof(guint64);
    if (!good)
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The index “bits” takes up to %zu numbers a vector, not %zu"),
                    MOST_DIMS, n_dims);
    else
        good = reserve(index, source->rows->n_rows, error);
    for (gsize row = 0; good && row < source->rows->n_rows; row++) {
        good = pack(_umk_index_rows_get(source->rows, row), n_dims, index->n_words,
                    index->bits + row * index->n_words) ||
               fail_number(error);
        if (row % PART == 0)
            good = good && umk_run_check(run, error);
    }
    if (!good)
        g_clear_pointer(&index, bits_free);
    return index;
}

/* Nothing is kept in a file: packing takes less time than reading would. */
static gpointer
bits_open(const UmkIndexSource *source,
          const UmkIndexSection *sections,
          gsize n_sections,
          GBytes *keep,
          GError **error)
{
    return bits_build(source, NULL, error);
}

/* ---- searching -------------------------------------------------------------------- */

typedef struct {
    const BitsIndex *index;
    const UmkIndexQuery *query;
    UmkIndexAnswer *answer;
    const UmkCodeKernels *kernels;
    GCancellable *cancellable;
    guint16 *counts; /* (threads, rows) */
    gint bad;        /* a query was no bits */
} Search;

/* In how many bits the k-th nearest differs. */
static guint32
find_limit(const guint32 *histogram, guint k)
{
    guint32 limit = 0, n_nearer = 0;

    while (n_nearer + histogram[limit] < k)
        n_nearer += histogram[limit++];
    return limit;
}

/* Hits in the order of their counts, rows of one count by their numbers: each count's
 * place is known from the histogram before a row is looked at again. */
static void
collect(const Search *search, gsize at, const guint16 *counts, guint32 *histogram)
{
    const UmkIndexQuery *query = search->query;
    guint n_hits = (guint) MIN(query->k, query->n_allowed);
    guint32 limit = find_limit(histogram, n_hits), sum = 0;
    guint64 *rows = search->answer->rows + at * query->k;
    float *scores = search->answer->scores + at * query->k;

    for (guint32 count = 0; count <= limit; count++) {
        guint32 here = histogram[count];

        histogram[count] = sum;
        sum += here;
    }
    for (gsize row = 0; row < search->index->rows->n_rows; row++) {
        guint32 place;

        if (counts[row] > limit || (query->allowed != NULL && !query->allowed[row]))
            continue;
        place = histogram[counts[row]]++;
        if (place >= n_hits)
            continue;
        rows[place] = row;
        scores[place] = -(float) counts[row];
    }
    search->answer->counts[at] = n_hits;
}

static void
search_queries(gsize begin, gsize end, guint worker, gpointer data)
{
    Search *search = data;
    const BitsIndex *index = search->index;
    const UmkIndexQuery *query = search->query;
    gsize n = index->rows->n_rows, n_dims = index->rows->n_dims;
    guint16 *counts = search->counts + worker * n;
    g_autofree guint64 *bits = g_new(guint64, index->n_words + 1);
    g_autofree guint32 *histogram = g_new(guint32, n_dims * 8 + 1);

    for (gsize at = begin; at < end; at++) {
        if (g_cancellable_is_cancelled(search->cancellable))
            return;
        if (!pack(query->queries + at * n_dims, n_dims, index->n_words, bits)) {
            g_atomic_int_set(&search->bad, TRUE);
            return;
        }
        memset(histogram, 0, (n_dims * 8 + 1) * sizeof *histogram);
        search->kernels->differ_run(bits, index->bits, index->n_words, n, counts);
        for (gsize row = 0; row < n; row++)
            if (query->allowed == NULL || query->allowed[row])
                histogram[counts[row]]++;
        collect(search, at, counts, histogram);
    }
}

static gboolean
bits_search(gconstpointer data,
            const UmkIndexQuery *query,
            UmkIndexAnswer *answer,
            UmkRun *run,
            GError **error)
{
    const BitsIndex *index = data;
    g_autofree guint16 *counts = _umk_alloc(_umk_pool_n_threads() * index->rows->n_rows,
                                            sizeof *counts, _("The counts"), error);
    Search search = {index,
                     query,
                     answer,
                     _umk_codes_kernels(_umk_codes_best_level()),
                     run->cancellable,
                     counts,
                     FALSE};

    if (counts == NULL)
        return FALSE;
    _umk_parallel_for(query->n_queries, 1, search_queries, &search);
    if (search.bad)
        return fail_number(error);
    answer->plan = g_strdup_printf("bits rows=%zu", index->rows->n_live);
    answer->recall = 1;
    return umk_run_check(run, error);
}

static double
bits_get_recall(gconstpointer data, guint ef)
{
    return 1;
}

static gsize
bits_get_memory(gconstpointer data)
{
    const BitsIndex *index = data;

    return index->room * index->n_words * sizeof(guint64);
}

const UmkIndexOps _umk_index_bits = {
    .id = "bits",
    .title = N_("Bits (vectors of the data type binary)"),
    .build = bits_build,
    .free = bits_free,
    .search = bits_search,
    .insert = bits_insert,
    .get_recall = bits_get_recall,
    .get_memory = bits_get_memory,
    .open = bits_open,
};
