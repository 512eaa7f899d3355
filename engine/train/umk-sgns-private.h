/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skip-gram with negative sampling over any source of token sequences. */
#pragma once

#include <umekomi/umk-plugin.h>

G_BEGIN_DECLS

#define UMK_SGNS_END           G_MAXUINT32 /* fills a sequence that ends early */
#define UMK_SGNS_MAX_DIMS      2048
#define UMK_SGNS_MAX_NEGATIVES 15

/* Sequences of equal length; sequence i is always the same, whoever asks when. */
typedef struct {
    guint32 n_words;
    guint64 n_sequences;
    gsize sequence_length;
    /* Writes sequences first .. first+count-1 to out (count, sequence_length). */
    void (*fill)(gpointer data, guint64 first, gsize count, guint32 *out);
    gpointer data;
} UmkSgnsCorpus;

typedef struct {
    gsize n_dims;
    guint window;
    guint n_negatives;
    guint n_epochs;
    double rate; /* falls linearly to a ten-thousandth of itself */
    guint64 seed;
} UmkSgnsParams;

typedef struct {
    GArray *losses;   /* float: mean log loss of a pair, one an episode, sampled */
    guint64 n_tokens; /* trained, all epochs */
    guint64 n_pairs;
    guint n_shards;
} UmkSgnsReport;

void _umk_sgns_report_clear(UmkSgnsReport *report);

/* Writes one vector a word to out (n_words, n_dims). report may be NULL. The same bits at
 * any number of threads. */
gboolean _umk_sgns_train(const UmkSgnsCorpus *corpus,
                         const UmkSgnsParams *params,
                         UmkRun *run,
                         float *out,
                         UmkSgnsReport *report,
                         GError **error);

G_END_DECLS
