/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Index files of any bytes, over 40 vectors of 3 dimensions. What is opened, checked or
 * not, is searched, changed and searched again. The seeds are files of umk_index_save()
 * on just these vectors. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "facade/umk-index-file-private.h"
#include "store/umk-crc32c-private.h"

#include <stdint.h>
#include <string.h>

#define N_ROWS 40
#define N_DIMS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static UmkMatrix *
vectors_new(void)
{
    float values[N_ROWS * N_DIMS];
    UmkRng rng;

    _umk_rng_init(&rng, 1, 1);
    for (gsize i = 0; i < N_ROWS * N_DIMS; i++)
        values[i] = (float) ((double) (_umk_rng_below(&rng, 21)) - 10);
    return umk_matrix_new_from_data(N_ROWS, N_DIMS, values, NULL);
}

static void
search(UmkIndex *index, UmkMatrix *queries)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkHits) hits =
        umk_index_search_tuned(index, queries, 5, NULL, 0, 20, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==,
                     MIN(5, umk_index_get_n_live(index)));
}

static void
try_bytes(const guint8 *data, gsize size, gboolean check)
{
    g_autoptr(UmkMatrix) vectors = vectors_new();
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkIndex) index =
        _umk_index_file_parse(bytes, vectors, NULL, check, &error);
    g_autoptr(UmkMatrix) one = NULL;
    guint64 row = 7;

    g_assert((index == NULL) == (error != NULL));
    if (index == NULL)
        return;
    search(index, vectors);
    one = umk_matrix_select_rows(vectors, &row, 1, NULL);
    g_assert(umk_index_update(index, &row, 1, one, NULL, NULL));
    g_assert(umk_index_remove(index, &row, 1, NULL, NULL));
    g_assert(umk_index_insert(index, vectors, NULL, NULL));
    search(index, vectors);
}

/* Once as they are, once with the checksums of header and table mended. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree guint8 *copy = g_memdup2(data, size);
    guint32 n_sections, n_stamp, crc;
    guint64 n_bytes = size;
    gsize n_rest;

    try_bytes(data, size, TRUE);
    try_bytes(data, size, FALSE);
    if (size < UMK_INDEX_FILE_HEADER)
        return 0;
    memcpy(&n_sections, copy + 12, sizeof n_sections);
    memcpy(&n_stamp, copy + 44, sizeof n_stamp);
    memcpy(copy + 16, &n_bytes, sizeof n_bytes);
    n_rest = MIN((guint64) n_sections * 32 + n_stamp, size - UMK_INDEX_FILE_HEADER);
    crc = _umk_crc32c(0, copy + UMK_INDEX_FILE_HEADER, n_rest);
    memcpy(copy + 88, &crc, sizeof crc);
    crc = _umk_crc32c(0, copy, UMK_INDEX_FILE_HEADER - 4);
    memcpy(copy + 92, &crc, sizeof crc);
    try_bytes(copy, size, FALSE);
    return 0;
}
