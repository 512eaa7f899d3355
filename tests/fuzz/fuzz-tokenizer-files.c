/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vocab.txt, and vocab.json with merges.txt. The input is the files one after the other,
 * parted by a line of "===": the first is the vocabulary, the second the configuration,
 * the third the merges (without it the vocabulary is a vocab.txt). */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <stdint.h>
#include <string.h>

#define MARK "\n===\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the part before the next mark. */
static const char *
take(const char **at, const char *end, gsize *length)
{
    const char *part = *at,
               *stop = memmem(part, (gsize) (end - part), MARK, strlen(MARK));

    *length = (gsize) ((stop ? stop : end) - part);
    *at = stop ? stop + strlen(MARK) : end;
    return part;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *) data, *end = at + size;
    gsize n_vocab, n_config, n_merges;
    const char *vocab = take(&at, end, &n_vocab);
    const char *config = take(&at, end, &n_config);
    const char *merges = take(&at, end, &n_merges);
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (n_config == 0)
        config = NULL;
    tokenizer =
        n_merges > 0
            ? _umk_tokenizer_new_from_merges(vocab, n_vocab, merges, n_merges, config,
                                             n_config, NULL)
            : _umk_tokenizer_new_from_vocab(vocab, n_vocab, config, n_config, NULL);
    if (tokenizer != NULL)
        _umk_tokenizer_encode(tokenizer, "the cat <s> [MASK] 1", -1, 0, ids, NULL, NULL);
    return 0;
}
