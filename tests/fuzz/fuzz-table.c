/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of every kind: each cell of each row can be asked for. */
#include "io/umk-table-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const UmkTableKind kinds[] = {UMK_TABLE_CSV, UMK_TABLE_TSV, UMK_TABLE_JSONL};

    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(UmkTable) table =
            _umk_table_parse((const char *) data, size, kinds[k], NULL);
        gsize n_columns = table ? _umk_table_get_n_columns(table) : 0;

        for (gsize i = 0; table != NULL && i < _umk_table_get_n_rows(table); i++) {
            for (gsize j = 0; j < n_columns; j++) {
                const char *cell = _umk_table_get_cell(table, i, j);

                g_assert_true(cell == NULL || g_utf8_validate(cell, -1, NULL));
            }
        }
        for (gsize j = 0; j < n_columns; j++)
            g_assert_cmpint(
                _umk_table_find_column(table, _umk_table_get_column(table, j)), >=, 0);
    }
    return 0;
}
