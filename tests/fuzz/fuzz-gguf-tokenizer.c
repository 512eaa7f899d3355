/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vocabularies in GGUF files: whatever loads must also encode. */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "the caf\xc3\xa9 <s>[SEP] \xef\xbd\x81\xe6\x97\xa5 the "
                               "thethe\t\xff\xf0\x9f\x98\x80 ";
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(UmkGguf) gguf = _umk_gguf_new(bytes, NULL);
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (gguf != NULL)
        tokenizer = _umk_tokenizer_new_from_gguf(gguf, NULL);
    if (tokenizer == NULL)
        return 0;
    _umk_tokenizer_encode(tokenizer, text, sizeof text, 0, ids, NULL, NULL);
    for (guint i = 0; i < ids->len; i++)
        _umk_tokenizer_get_piece(tokenizer, g_array_index(ids, guint32, i));
    return 0;
}
