/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Split or Replace of a tokenizer.json looks for: a string, or a regular
 * expression. The expressions that published tokenizers use have scanners of their own,
 * made for speed; any other goes to PCRE2 through GRegex. */
#pragma once

#include <json-glib/json-glib.h>
#include <umekomi/umk-types.h>

typedef struct _UmkPattern UmkPattern;

/* config is the value of "pattern": {"String": …}, {"Regex": …} or a plain string. */
UmkPattern *_umk_pattern_new(JsonNode *config, GError **error);
UmkPattern *_umk_pattern_new_from_regex(const char *regex, GError **error);
void _umk_pattern_free(UmkPattern *self);
/* The first match at or behind from; empty matches are none. */
gboolean _umk_pattern_next(const UmkPattern *self,
                           const char *text,
                           gsize length,
                           gsize from,
                           gsize *match_start,
                           gsize *match_end);
/* The same with empty matches, such as those of an anchor; from may be length. */
gboolean _umk_pattern_next_or_empty(const UmkPattern *self,
                                    const char *text,
                                    gsize length,
                                    gsize from,
                                    gsize *match_start,
                                    gsize *match_end);

/* What byte-level tokenizers cut by unless told otherwise. */
#define UMK_PATTERN_GPT2                                                                 \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkPattern, _umk_pattern_free)
