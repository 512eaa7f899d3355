/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to the words of a table. The rule, in this order, for what stands between blanks:
 *
 *   1. as it is written, else in lower case;
 *   2. the same without punctuation at its ends;
 *   3. of a script that is written without blanks (Japanese, Chinese, Thai, Lao, Khmer,
 *      Burmese): cut from the left, the longest word of the table each time;
 *   4. else cut at the punctuation within, each part as in 1.
 *
 * What is left is unknown. */
#pragma once

#include "io/umk-fasttext-private.h"
#include "io/umk-word-table-private.h"

/* Appends the numbers of the words (guint32). text is UTF-8, malformed bytes are part of
 * no word. */
void _umk_word_cut(const UmkWordTable *table,
                   const char *text,
                   gsize length,
                   GArray *ids,
                   UmkWordCount *count);
