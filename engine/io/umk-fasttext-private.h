/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fastText model file (.bin or .ftz, version 11 or 12; Bojanowski et al. 2017), little
 * endian:
 *
 *   i32 magic 0x2f4f16ba, i32 version
 *   i32 dim, ws, epoch, minCount, neg, wordNgrams, loss, model (1 cbow, 2 skipgram,
 *       3 supervised), bucket, minn, maxn, lrUpdateRate; f64 t
 *   i32 entries, words, labels; i64 tokens, pruned (-1: nothing was pruned)
 *   entries times: word, NUL, i64 count, i8 type (0 word, 1 label)
 *   pruned times: i32 n-gram, i32 row
 *   u8 quantised; then the input matrix, one row a word and one a bucket of n-grams:
 *     i64 rows, i64 columns, f32 numbers, or as a product quantiser (Jégou et al. 2011):
 *     u8 norms apart, i64 rows, i64 columns, i32 bytes of codes, the codes,
 *     quantiser (i32 dim, parts, part, last part; 256 · dim f32 centroids),
 *     and with norms apart: a byte a row and one more quantiser
 *
 * What follows (the output matrix) is not read. The matrix stays in the file; only the
 * words are indexed. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct _UmkFasttext UmkFasttext;

/* What became of the words of a text. */
typedef struct {
    gsize n_words;       /* in all */
    gsize n_unknown;     /* without a vector of any kind */
    const char *unknown; /* the first of those, within the text */
    gsize n_unknown_bytes;
} UmkWordCount;

gboolean _umk_fasttext_probe(const guint8 *head, gsize length);
/* Keeps a reference to the bytes. */
UmkFasttext *_umk_fasttext_new(GBytes *bytes, GError **error);
void _umk_fasttext_free(UmkFasttext *self);
gsize _umk_fasttext_get_n_dims(const UmkFasttext *self);
guint32 _umk_fasttext_get_n_words(const UmkFasttext *self); /* labels too */
/* G_MAXUINT32: not in the dictionary */
guint32 _umk_fasttext_find(const UmkFasttext *self, const char *word, gsize length);
/* The mean of the word's own row and of those of its character n-grams; without such a
 * word, of the n-grams alone. FALSE and zeros where there are none of both. */
gboolean _umk_fasttext_get_word(const UmkFasttext *self,
                                const char *word,
                                gsize length,
                                float *out);
/* What "fasttext print-sentence-vectors" prints for a line: words are cut at blanks; of
 * cbow and skipgram models the mean of their vectors, each at length 1; of supervised
 * models the mean of the rows of all words, n-grams and word n-grams, the end of the line
 * being a word. scratch (n_dims). */
void _umk_fasttext_get_text(const UmkFasttext *self,
                            const char *text,
                            gsize length,
                            float *scratch,
                            float *out,
                            UmkWordCount *count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFasttext, _umk_fasttext_free)
