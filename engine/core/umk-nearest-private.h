/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean": which of some known words a word that is not among them was meant to
 * be. */
#pragma once

#include <glib.h>

/* Levenshtein's distance in bytes; names are ASCII. */
guint _umk_edit_distance(const char *a, const char *b);
/* The nearest of n words with a distance of 3 at most and less than the word's length;
 * NULL when none is near. Earlier words win ties. */
const char *_umk_nearest_word(const char *word, const char *const *words, gsize n);
