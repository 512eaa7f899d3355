/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "io/umk-npy-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(UmkMatrix) matrix = _umk_npy_parse(bytes, NULL);

    if (matrix != NULL && umk_matrix_get_n_rows(matrix) > 0)
        umk_matrix_check_finite(matrix, NULL);
    return 0;
}
