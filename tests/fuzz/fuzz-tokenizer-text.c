/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for tokenizers that use every stage: no bytes may crash them, and what a limit
 * cuts off is cut at the end. */
#include "modalities/text/umk-tokenizer-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VOCAB                                                                            \
    "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,\"##a\":4,\"e\":5,\"##b\":6,\"ab\":7," \
    "\"\xc4\xa0\":8,\"t\":9,\"h\":10,\"th\":11,\"\xe6\x97\xa5\":12,\".\":13}"

#define WORDPIECE "\"model\":{\"type\":\"WordPiece\",\"vocab\":" VOCAB "}"
#define BPE                                                                              \
    "\"model\":{\"type\":\"BPE\",\"vocab\":" VOCAB ",\"merges\":[\"t h\"],"              \
    "\"unk_token\":\"[UNK]\"}"
#define SPLIT(pattern)                                                                   \
    "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\","   \
    "\"pattern\":{\"Regex\":\"" pattern "\"},\"behavior\":\"MergedWithNext\"},"          \
    "{\"type\":\"ByteLevel\"}]},"

#define UNIGRAM                                                                          \
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"byte_fallback\":true,\"vocab\":["    \
    "[\"<unk>\",0],[\"_\",-2],[\"a\",-3],[\"aa\",-3.5],[\"ab\",-4],[\"<0x80>\",0]]}"

static const char *const configs[] = {
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}," WORDPIECE ",\"added_tokens\":["
    "{\"id\":0,\"content\":\"[UNK]\",\"lstrip\":true,\"rstrip\":true},"
    "{\"id\":20,\"content\":\"ab\",\"single_word\":true,\"normalized\":true}]}",
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},"
    "{\"type\":\"Strip\"},{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" \"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(a|b)+\"},\"content\":\"e\"}]}"
    "," SPLIT("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|"
              "\\\\p{N}{1,3}"
              "| "
              "?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!"
              "\\\\S)|\\\\s+") BPE "}",
    "{\"normalizer\":{\"type\":\"NFD\"}," SPLIT(
        "'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+") BPE
    "}",
    "{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"Sequence\","
    "\"pretokenizers\":[{\"type\":\"Whitespace\"},{\"type\":\"Digits\"},"
    "{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}]}," BPE "}",
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Nmt\"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(?<!\\\\n)^\"},\"content\":\"_\"}]},"
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\"}," UNIGRAM "}",
    "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
    "{\"type\":\"UnicodeScripts\"},{\"type\":\"Metaspace\",\"prepend_scheme\":\"first\","
    "\"split\":false}]}," UNIGRAM "}",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static UmkTokenizer *tokenizers[G_N_ELEMENTS(configs)];
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) some = g_array_new(FALSE, FALSE, sizeof(guint32));
    gboolean cut;

    for (gsize i = 0; i < G_N_ELEMENTS(configs); i++) {
        if (tokenizers[i] == NULL)
            tokenizers[i] =
                _umk_tokenizer_new_from_json(configs[i], strlen(configs[i]), NULL);
        g_assert_nonnull(tokenizers[i]);
        g_array_set_size(all, 0);
        g_array_set_size(some, 0);
        g_assert_true(_umk_tokenizer_encode(tokenizers[i], (const char *) data,
                                            (gssize) size, 0, all, NULL, NULL));
        g_assert_true(_umk_tokenizer_encode(tokenizers[i], (const char *) data,
                                            (gssize) size, 5, some, &cut, NULL));
        g_assert_cmpuint(some->len, ==, MIN(all->len, 5));
        g_assert_cmpint(cut, ==, all->len > 5);
        if (some->len > 0)
            g_assert_cmpmem(some->data, some->len * sizeof(guint32), all->data,
                            some->len * sizeof(guint32));
    }
    return 0;
}
