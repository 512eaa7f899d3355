/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens a second of one core, and how long a tokenizer takes to load, both in processor
 * time, so that a busy machine does not count. The text is real prose; without the shared
 * data there is nothing to measure. */
#include "modalities/text/umk-tokenizer-private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECONDS 1.0

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

/* Texts of a line each, as a corpus of short texts would be embedded. */
static char **
read_corpus(const char *shared)
{
    g_autofree char *path =
        g_build_filename(shared, "data/words/loader-files/lee_background.cor", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    return g_strsplit(text, "\n", -1);
}

static void
measure(const char *name, const char *folder, char **lines)
{
    double start = now();
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkTokenizer) tokenizer = _umk_tokenizer_open_folder(folder, &error);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    double load = now() - start, seconds;
    gsize n_tokens = 0, n_bytes = 0, n_texts = 0;

    if (tokenizer == NULL) {
        fprintf(stderr, "%s: %s\n", name, error->message);
        return;
    }
    start = now();
    do {
        for (guint i = 0; lines[i] != NULL; i++) {
            g_array_set_size(ids, 0);
            _umk_tokenizer_encode(tokenizer, lines[i], -1, 0, ids, NULL, NULL);
            n_tokens += ids->len;
            n_bytes += strlen(lines[i]);
            n_texts++;
        }
        seconds = now() - start;
    } while (seconds < SECONDS);
    printf("{\"bench\":\"tokenizer\",\"tokenizer\":\"%s\",\"load_ms\":%.1f,"
           "\"tokens_per_s\":%.0f,\"mb_per_s\":%.1f,\"tokens_per_text\":%.1f}\n",
           name, load * 1e3, (double) n_tokens / seconds,
           (double) n_bytes / seconds / 1e6, (double) n_tokens / (double) n_texts);
}

int
main(void)
{
    static const char *const tokenizers[][2] = {
        {"wordpiece-minilm", "data/tokenizers/minilm"},
        {"bpe-clip", "data/tokenizers/clip"},
        {"bpe-gpt2-6k", "golden_models/tokenizers/files/bpe-gpt2-6k"},
        {"bpe-qwen-pattern", "golden_models/tokenizers/files/bpe-qwen-pattern"},
        {"bpe-llama2", "data/tokenizers/llama2"},
        {"unigram-llmjp", "data/tokenizers/llm-jp"},
        {"unigram-model2vec", "data/models/model2vec/test-model-vocab-quantized"},
        {"unigram-xlmr-ja", "golden_models/tokenizers/files/unigram-xlmr-ja"},
    };
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_auto(GStrv) lines = read_corpus(shared ? shared : "");

    if (lines == NULL) {
        fprintf(stderr, "the shared data are absent\n");
        return 77;
    }
    for (guint i = 0; i < G_N_ELEMENTS(tokenizers); i++) {
        g_autofree char *folder = g_build_filename(shared, tokenizers[i][1], NULL);

        measure(tokenizers[i][0], folder, lines);
    }
    return 0;
}
