/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of word vectors, told apart by what is in them:
 *
 *   word2vec text, fastText .vec   "n d" and a newline, then a line a word: word, d
 * numbers GloVe text                     the same lines without the first word2vec binary
 * "n d\n", then word, a blank, d float32 (little endian), and perhaps a newline .fvecs d
 * as int32, d float32, and so on; no names
 *
 * Lines are cut at blanks and tabs from the right, so a word may hold blanks. Words that
 * are not UTF-8 get U+FFFD where they break it. */
#pragma once

#include <umekomi/umk-matrix.h>

/* names: one a row, NULL-terminated. A line that makes no sense, and a file that ends
 * before its header says, are left out and reported: problems (may be NULL) gets "line 7:
 * why" as char * to be freed. A number that is not finite is an error, as is a file of
 * which more lines are broken than whole. */
UmkMatrix *_umk_word_vectors_parse(GBytes *bytes,
                                   char ***names,
                                   GPtrArray *problems,
                                   GError **error);
UmkMatrix *_umk_fvecs_parse(GBytes *bytes, GError **error);
