/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fastText models: whatever loads gives vectors of words and lines without reading beyond
 * the bytes. */
#include "io/umk-fasttext-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "a </s> the cat \xe7\x8a\xac\xff __label__x\n<unseen> z";
    /* A block of its own length, so that a checker sees what lies behind it. */
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(UmkFasttext) model = _umk_fasttext_new(bytes, NULL);
    g_autofree float *rows = NULL;
    UmkWordCount count;
    gsize n_dims;

    if (model == NULL)
        return 0;
    n_dims = _umk_fasttext_get_n_dims(model);
    rows = g_new(float, 2 * n_dims);
    _umk_fasttext_get_text(model, text, strlen(text), rows, rows + n_dims, &count);
    g_assert_cmpuint(count.n_unknown, <=, count.n_words);
    _umk_fasttext_get_word(model, text, strlen(text), rows);
    return 0;
}
