/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SentencePiece models: whatever loads must also encode, alone and with the ids of a
 * class. */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "the caf\xc3\xa9 <c>  <s>ab \xef\xbd\x81\xe6\x97\xa5 the "
                               "thethe\t\xff\xf0\x9f\x98\x80 ";
    static const char *const classes[] = {NULL, "XLMRobertaTokenizer",
                                          "CamembertTokenizer", "LlamaTokenizer",
                                          "SiglipTokenizer"};

    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autoptr(UmkTokenizer) tokenizer = _umk_tokenizer_new_from_sentencepiece(
            (const char *) data, size, classes[i], NULL, 0, NULL);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

        if (tokenizer == NULL)
            continue;
        _umk_tokenizer_encode(tokenizer, text, sizeof text, 0, ids, NULL, NULL);
        for (guint j = 0; j < ids->len; j++)
            _umk_tokenizer_get_piece(tokenizer, g_array_index(ids, guint32, j));
        _umk_tokenizer_encode_pair(tokenizer, text, "a", 5, UMK_TRUNCATE_LEFT, ids, NULL,
                                   NULL, NULL);
    }
    return 0;
}
