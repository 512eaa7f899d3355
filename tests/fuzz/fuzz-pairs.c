/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of pairs of any bytes. */
#include "io/umk-pairs-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkPairs) pairs = _umk_pairs_parse((const char *) data, size, &error);

    g_assert((pairs == NULL) == (error != NULL));
    if (pairs != NULL)
        g_assert(pairs->from->len == pairs->to->len &&
                 pairs->from->len == pairs->lines->len && pairs->from->len > 0);
    return 0;
}
