/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tokenizer.json: whatever loads must also encode. */
#include "modalities/text/umk-tokenizer-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "The caf\xc3\xa9 <s>[SEP] \xe6\x97\xa5\xe6\x9c\xac it's "
                               "123\t\r\n x\xff\xf0\x9f\x98\x80 ";
    g_autoptr(UmkTokenizer) tokenizer =
        _umk_tokenizer_new_from_json((const char *) data, size, NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (tokenizer == NULL)
        return 0;
    _umk_tokenizer_encode(tokenizer, text, sizeof text, 0, ids, NULL, NULL);
    for (guint i = 0; i < ids->len; i++)
        _umk_tokenizer_get_piece(tokenizer, g_array_index(ids, guint32, i));
    _umk_tokenizer_encode(tokenizer, text, -1, 4, ids, NULL, NULL);
    return 0;
}
