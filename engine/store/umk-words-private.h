/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a collection: captions and texts in an SQLite full-text table, derived
 * from the items and never the truth. Kept as
 *
 *   derived/words.SEQUENCE.CRC.sqlite
 *
 * with the commit it was made from and the CRC-32C of its bytes in the name, so that
 * renaming it into place is the one step that makes it count; what does not match is made
 * again, from the last good one where that is possible. Where the folder cannot be
 * written to, or changes are not committed yet, it is made in memory.
 *
 * A text becomes terms like this: NFKC and case folding; Latin letters lose their
 * accents; a run of letters and digits is a term; scripts written without blanks (Han,
 * kana, Hangul, Thai, Lao, Khmer, Burmese) give every pair of neighbouring characters,
 * and the last character of a run alone. So one character is found as the beginning of a
 * pair. */
#pragma once

#include <umekomi/umk-collection.h>

#include <gio/gio.h>
#include <sqlite3.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

#define UMK_WORDS_K1      1.2
#define UMK_WORDS_B       0.75
#define UMK_WORDS_VERSION 2

/* One term, len bytes of folded UTF-8, not terminated. FALSE stops. prefix: the term is
 * one character that any pair may start with. */
typedef gboolean (*UmkTermFunc)(const char *term,
                                gsize len,
                                gboolean prefix,
                                gpointer data);
/* A query gives the pairs of a run without the last character, or its one character. */
gboolean
_umk_terms(const char *text, gssize len, gboolean query, UmkTermFunc func, gpointer data);

/* The tokenizer "umk" and the function umk_bm25(table, k1, b) for one connection. */
gboolean _umk_words_register(sqlite3 *db, GError **error);
/* What MATCH is given for a text, or NULL if it has no term. */
char *_umk_words_query(const char *text);

typedef struct _UmkWords UmkWords;

typedef struct {
    guint64 row; /* of the collection */
    double score;
} UmkWordHit;

/* The words of the collection as it is now, made or brought up to date where needed. */
UmkWords *_umk_collection_get_words(UmkCollection *self, UmkRun *run, GError **error);
void _umk_words_unref(UmkWords *self);
/* The best k of the allowed rows (one byte a row, or NULL for all), score descending,
 * then row: Okapi BM25 with idf = ln(1 + (N - n + 0.5) / (n + 0.5)), k1 = 1.2, b = 0.75;
 * a term that stands twice in the query counts twice. Only rows with a term are hits. */
GArray *_umk_words_search(UmkWords *self,
                          const char *query,
                          gsize k,
                          const guint8 *allowed,
                          UmkRun *run,
                          GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkWords, _umk_words_unref)

G_END_DECLS
