/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Word vectors and fvecs: what comes out is finite and has a name a row. */
#include "io/umk-word-vectors-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) words = _umk_word_vectors_parse(bytes, &names, problems, NULL);
    g_autoptr(UmkMatrix) rows = _umk_fvecs_parse(bytes, NULL);

    if (words != NULL) {
        g_assert_cmpuint(g_strv_length(names), ==, umk_matrix_get_n_rows(words));
        g_assert_true(umk_matrix_check_finite(words, NULL));
    }
    if (rows != NULL)
        g_assert_true(umk_matrix_check_finite(rows, NULL));
    return 0;
}
