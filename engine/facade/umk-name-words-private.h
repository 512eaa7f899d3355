/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words fit to name something by: no stop words, no numbers, no single letters. Latin and
 * its like by blanks and punctuation; Japanese by MeCab where it and a dictionary are on
 * the machine, else runs of one script, long ones of kanji in pairs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _UmkNameWords UmkNameWords;

UmkNameWords *_umk_name_words_new(void);
void _umk_name_words_free(UmkNameWords *self);
/* For tests: do as if there were no MeCab. */
void _umk_name_words_forget_mecab(UmkNameWords *self);
/* Appends words (char *, lower case, NFKC) to words, which owns them. */
void _umk_name_words_cut(UmkNameWords *self, const char *text, GPtrArray *words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkNameWords, _umk_name_words_free)

G_END_DECLS
