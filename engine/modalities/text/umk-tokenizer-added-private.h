/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Added tokens: strings that are one token wherever they stand in a text, before anything
 * is cut. Where several fit, the leftmost and then the longest does. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    char *content; /* what is looked for */
    gsize length;
    guint32 id;
    gboolean single_word;             /* only with no letter or digit beside it */
    gboolean strip_left, strip_right; /* takes the white space beside it */
} UmkAddedToken;

/* One part of a text: a token, or text between tokens. */
typedef struct {
    gsize start, end;
    gboolean is_token;
    guint32 id;
} UmkAddedPart;

typedef struct _UmkAddedTokens UmkAddedTokens;

UmkAddedTokens *_umk_added_tokens_new(void);
void _umk_added_tokens_free(UmkAddedTokens *self);
/* Copies the token; an empty one is left out. */
void _umk_added_tokens_add(UmkAddedTokens *self, const UmkAddedToken *token);
/* After the last one is added. */
gboolean _umk_added_tokens_seal(UmkAddedTokens *self, GError **error);
/* Appends the parts of the text (UmkAddedPart). */
void _umk_added_tokens_cut(const UmkAddedTokens *self,
                           const char *text,
                           gsize length,
                           GArray *parts_out);
