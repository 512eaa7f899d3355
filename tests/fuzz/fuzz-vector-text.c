/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors as text: a row of finite numbers, or a column that lies in the text. */
#include "facade/umk-vector-text-private.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    guint column = 77;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) row =
        _umk_vector_text_parse((const char *) data, size, &column, &error);

    if (row == NULL) {
        g_assert_nonnull(error);
        g_assert_cmpuint(column, >=, 1);
        g_assert_cmpuint(column, <=, size + 1);
        return 0;
    }
    g_assert_cmpuint(column, ==, 0);
    g_assert_cmpuint(umk_matrix_get_n_rows(row), ==, 1);
    for (gsize i = 0; i < umk_matrix_get_n_cols(row); i++)
        g_assert_true(isfinite(umk_matrix_get_row(row, 0, NULL)[i]));
    return 0;
}
