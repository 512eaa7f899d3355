/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GGUF bytes from anyone: an error, or a file whose every entry and tensor can be read.
 */
#include "io/umk-gguf-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_entry(const UmkGguf *gguf, const char *key)
{
    const UmkGgufValue *value = _umk_gguf_find(gguf, key);
    g_autofree char *text = NULL;
    const guint8 *at;
    volatile double sum = 0;
    gboolean truth;
    double number;
    gsize n;

    _umk_gguf_dup_string(gguf, key, NULL, &text, NULL);
    _umk_gguf_get_size(gguf, key, 0, 1000, &n, NULL);
    _umk_gguf_get_number(gguf, key, 0, &number, NULL);
    _umk_gguf_get_boolean(gguf, key, FALSE, &truth, NULL);
    if (value == NULL)
        return;
    at = value->data;
    for (gsize i = 0; i < value->n; i++) {
        if (value->type == UMK_GGUF_STRING) {
            const char *string = _umk_gguf_next_string(&at, &n);

            sum += n > 0 ? string[n - 1] : 0;
        } else {
            sum += _umk_gguf_get_element(value, i);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {
        "general.alignment",     "general.architecture", "a", "b",
        "tokenizer.ggml.tokens", "tokenizer.ggml.scores"};
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(UmkGguf) gguf = _umk_gguf_new(bytes, NULL);
    volatile guint sum = 0;

    if (gguf == NULL)
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        read_entry(gguf, keys[i]);
    for (gsize i = 0; i < _umk_gguf_get_n_tensors(gguf); i++) {
        const UmkGgufTensor *tensor = _umk_gguf_get_tensor(gguf, i);

        g_assert_true(_umk_gguf_find_tensor(gguf, tensor->name) == tensor);
        g_assert_cmpuint(tensor->begin, <=, size);
        g_assert_cmpuint(tensor->size, <=, size - tensor->begin);
        for (gsize j = 0; j < tensor->size; j++)
            sum += data[tensor->begin + j];
    }
    return 0;
}
