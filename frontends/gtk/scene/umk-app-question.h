/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the text of the search box asks for:
 *
 *   apples and pears         by meaning
 *   "apples                  words that stand in titles and texts
 *   /ap+les?/                a regular expression over them
 *   #garden/apple.png, #12   the item of that name, or that row
 *   king - man + woman       a sum of vectors; =king asks for one that looks like words
 *   [0.12, -0.3, 0.5]        a vector
 *
 * A mode that a person chose is taken whatever the text looks like. Pure: no widget. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    UMK_APP_ASK_ANY, /* by what the text looks like */
    UMK_APP_ASK_MEANING,
    UMK_APP_ASK_WORDS,
    UMK_APP_ASK_PATTERN,
    UMK_APP_ASK_ITEM,
    UMK_APP_ASK_FORMULA,
    UMK_APP_ASK_VECTOR,
    UMK_APP_N_ASKS
} UmkAppAsk;

typedef struct {
    UmkAppAsk ask;
    char *text;    /* without the marks that told the mode; may be empty */
    char *problem; /* why it cannot be asked, or NULL */
    guint column;  /* of it in the entry, in characters from 1; 0: no place */
    guint n_dims;  /* numbers of a vector */
    char *path;    /* file with the vector; NULL: it is the text */
} UmkAppQuestion;

UmkAppQuestion *umk_app_question_parse(const char *entry, UmkAppAsk chosen);
/* The vector that a file holds. */
UmkAppQuestion *umk_app_question_new_for_vector(const char *path);
void umk_app_question_free(UmkAppQuestion *self);
/* "meaning", "words", …; of a mode for actions and settings. */
const char *umk_app_ask_get_name(UmkAppAsk ask);
UmkAppAsk umk_app_ask_from_name(const char *name);
/* What it is called on a button, translated. */
const char *umk_app_ask_get_title(UmkAppAsk ask);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppQuestion, umk_app_question_free)

G_END_DECLS
