/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors of GGUF bytes as floats, and the configuration they tell. The bytes themselves,
 * one block after the other, are also read as each type of number. */
#include "io/umk-gguf-blocks-private.h"
#include "io/umk-gguf-weights-private.h"
#include "modalities/text/umk-gguf-model-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_blocks(const uint8_t *data, size_t size)
{
    static const struct {
        guint32 type;
        gsize n_elements, n_bytes;
    } types[] = {{0, 1, 4},      {1, 1, 2},      {30, 1, 2},     {2, 32, 18},
                 {3, 32, 20},    {6, 32, 22},    {7, 32, 24},    {8, 32, 34},
                 {12, 256, 144}, {13, 256, 176}, {14, 256, 210}, {10, 256, 84}};

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        gsize n = MIN(size / types[i].n_bytes, 64);
        /* Exactly as long as they are, so that a checker sees what lies behind. */
        g_autofree guint8 *block = g_memdup2(data, n * types[i].n_bytes);
        g_autofree float *numbers = g_new(float, n *types[i].n_elements);

        g_assert_true(_umk_gguf_blocks_known(types[i].type) == (types[i].type != 10));
        if (n > 0)
            _umk_gguf_blocks_to_float(types[i].type, block, n * types[i].n_elements,
                                      numbers);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const UmkGgufName names[] = {{"words", "token_embd", NULL},
                                        {"layer.#.both", "blk.#.a", "blk.#.b"},
                                        {"layer.#.both", "blk.#.b", NULL},
                                        {NULL, NULL, NULL}};
    static const char *const asked[] = {"words.weight", "layer.0.both.weight",
                                        "layer.12.both.bias", "words", "else"};
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(UmkGguf) gguf = _umk_gguf_new(bytes, NULL);
    g_autoptr(UmkGgufWeights) weights = NULL;
    const UmkGgufArchitecture *architecture;

    read_blocks(data, size);
    if (gguf == NULL)
        return 0;
    weights = _umk_gguf_weights_new(gguf, bytes, names);
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
        const float *numbers = _umk_gguf_weights_get(weights, asked[i], NULL, 0, NULL);

        if (numbers != NULL)
            g_assert_true(_umk_gguf_weights_has(weights, asked[i]));
        _umk_gguf_weights_release(weights, numbers);
    }
    architecture = _umk_gguf_architecture_find(gguf, NULL);
    if (architecture != NULL) {
        g_autoptr(JsonObject) config = _umk_gguf_make_config(architecture, gguf, NULL);
    }
    return 0;
}
