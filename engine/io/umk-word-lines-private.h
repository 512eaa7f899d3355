/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of word vectors as text, line by line: a word and its numbers, cut at blanks and
 * tabs from the right, so that a word may hold blanks. What reads all rows
 * (umk-word-vectors) and what reads one when it is asked for (umk-word-table) share it.
 */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    const char *at, *end;
} UmkSlice;

/* The next line without its end; FALSE behind the last. */
gboolean _umk_word_next_line(UmkSlice *rest, UmkSlice *line);
gsize _umk_word_count_fields(UmkSlice line);
/* The last field of the line, which loses it and the blanks before it. */
UmkSlice _umk_word_take_last(UmkSlice *line);
/* FALSE if the field is not one number as a whole. */
gboolean _umk_word_parse_number(UmkSlice field, float *value);
/* n_dims numbers from the right into row; what is left of the line is the word. */
gboolean _umk_word_parse_line(UmkSlice *line, float *row, gsize n_dims);
/* "n d" */
gboolean _umk_word_parse_header(UmkSlice line, gsize *n_rows, gsize *n_dims);
/* Without a header: what most of the first lines end with. Words may hold blanks or be
 * numbers, and a line may be broken. */
gsize _umk_word_sniff_dims(UmkSlice rest);
/* Behind a header: whether the next line is text with as many numbers as it says. */
gboolean _umk_word_is_text(UmkSlice rest, gsize n_dims);
