/* SPDX-License-Identifier: GPL-3.0-or-later */
/* umekomi-quantization.json from anyone: an error, or a list of names. */
#include <stdint.h>

#include "facade/umk-quantize-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *layers = _umk_quantization_parse((const char *) data, size, &error);

    g_assert_true((layers == NULL) == (error != NULL));
    return 0;
}
