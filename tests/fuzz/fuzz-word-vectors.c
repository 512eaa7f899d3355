/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Word vectors and fvecs: what comes out is finite and has a name a row. A table over the
 * same bytes finds each of its words. */
#include "io/umk-word-table-private.h"
#include "io/umk-word-vectors-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_table(GBytes *bytes)
{
    g_autoptr(UmkWordTable) table = _umk_word_table_new(bytes, NULL);
    g_autofree float *row = NULL;

    if (table == NULL)
        return;
    row = g_new(float, _umk_word_table_get_n_dims(table));
    for (guint32 i = 0; i < _umk_word_table_get_n_words(table); i++) {
        gsize length;
        const char *word = _umk_word_table_get_word(table, i, &length);

        g_assert_cmpuint(_umk_word_table_find(table, word, length), <=, i);
        _umk_word_table_read(table, i, row, NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) words = _umk_word_vectors_parse(bytes, &names, problems, NULL);
    g_autoptr(UmkMatrix) rows = _umk_fvecs_parse(bytes, NULL);

    _umk_word_table_probe((const char *) data, size);
    read_table(bytes);
    if (words != NULL) {
        g_assert_cmpuint(g_strv_length(names), ==, umk_matrix_get_n_rows(words));
        g_assert_true(umk_matrix_check_finite(words, NULL));
    }
    if (rows != NULL)
        g_assert_true(umk_matrix_check_finite(rows, NULL));
    return 0;
}
