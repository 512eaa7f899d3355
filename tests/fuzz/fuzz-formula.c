/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas: every term has a name, a finite weight and a column, and no name is twice. */
#include "facade/umk-formula-private.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GArray) terms = _umk_formula_parse((const char *) data, size, NULL, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; terms != NULL && i < terms->len; i++) {
        const UmkFormulaTerm *term = &g_array_index(terms, UmkFormulaTerm, i);

        g_assert_true(isfinite(term->weight));
        g_assert_cmpuint(term->column, >=, 1);
        g_assert_true(g_utf8_validate(term->name, -1, NULL));
        g_assert_true(g_hash_table_add(names, term->name));
    }
    return 0;
}
