/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "io/umk-npz-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT ((gsize) 1 << 20)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) matrix = _umk_npz_parse(bytes, NULL, LIMIT, &names, NULL);
    g_autoptr(UmkMatrix) other = NULL;

    _umk_npz_check(bytes, NULL, NULL);
    other = _umk_npz_parse(bytes, "b", LIMIT, NULL, NULL);
    if (matrix != NULL && umk_matrix_get_n_rows(matrix) > 0)
        umk_matrix_check_finite(matrix, NULL);
    if (names != NULL)
        g_assert_cmpuint(g_strv_length(names), ==, umk_matrix_get_n_rows(matrix));
    return 0;
}
