/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safetensors bytes from anyone: an error, or tensors every byte of which can be read. */
#include "io/umk-weights-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(UmkWeights *weights, GPtrArray *tensors)
{
    volatile float sum = 0;

    for (guint i = 0; i < tensors->len; i++) {
        UmkTensor *tensor = tensors->pdata[i];
        const float *values = _umk_weights_get(weights, tensor->name, NULL, 0, NULL);

        for (gsize j = 0; values != NULL && j < tensor->n_elements; j++)
            sum += values[j];
        _umk_weights_release(weights, values);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(GPtrArray) tensors = _umk_safetensors_parse(data, size, NULL);
    g_autoptr(UmkWeights) weights = _umk_weights_new_from_bytes(bytes, "fuzz", NULL);

    g_assert_true((tensors == NULL) == (weights == NULL));
    if (weights != NULL)
        read_all(weights, tensors);
    return 0;
}
