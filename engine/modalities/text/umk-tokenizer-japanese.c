/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BertJapaneseTokenizer: the words of MeCab, then WordPiece or single characters. What
 * its settings leave open is as the class has it: NFKC first, no blanks around Chinese
 * characters, no lower case. Words by Sudachi or Juman++ and pieces by SentencePiece are
 * refused. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-build-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static gboolean
refuse(const char *key, const char *value, const char *known, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“%s” is “%.60s”, which is not read; there are: %s"), key, value,
                known);
    return FALSE;
}

static JsonObject *
new_stage(const char *type)
{
    JsonObject *stage = json_object_new();

    json_object_set_string_member(stage, "type", type);
    return stage;
}

/* MeCab's words, and for WordPiece no blank within one. */
static gboolean
set_mecab(JsonObject *tokenizer,
          JsonObject *settings,
          gboolean lowercase,
          gboolean is_wordpiece,
          GError **error)
{
    JsonObject *given = NULL, *mecab, *sequence;
    JsonArray *parts;
    const char *dictionary = "ipadic", *options = "";
    gboolean normalize = TRUE;

    if (!_umk_json_get_object(settings, "mecab_kwargs", &given, error))
        return FALSE;
    if (given != NULL &&
        (!_umk_json_get_string(given, "mecab_dic", dictionary, &dictionary, error) ||
         !_umk_json_get_string(given, "mecab_option", options, &options, error) ||
         !_umk_json_get_boolean(given, "normalize_text", TRUE, &normalize, error)))
        return FALSE;
    /* Options can name files to write to; a model folder has no business with that. */
    if (*options != '\0')
        return refuse("mecab_option", options, _("nothing"), error);
    if (normalize)
        json_object_set_object_member(tokenizer, "normalizer", new_stage("NFKC"));
    mecab = new_stage("Mecab");
    json_object_set_string_member(mecab, "dictionary", dictionary);
    json_object_set_boolean_member(mecab, "lowercase", lowercase);
    parts = json_array_new();
    json_array_add_object_element(parts, mecab);
    if (is_wordpiece)
        json_array_add_object_element(parts, new_stage("WhitespaceSplit"));
    sequence = new_stage("Sequence");
    json_object_set_array_member(sequence, "pretokenizers", parts);
    json_object_set_object_member(tokenizer, "pre_tokenizer", sequence);
    return TRUE;
}

static void
set_basic(JsonObject *tokenizer, gboolean lowercase)
{
    JsonObject *normalizer = new_stage("BertNormalizer");

    json_object_set_boolean_member(normalizer, "lowercase", lowercase);
    json_object_set_boolean_member(normalizer, "strip_accents", lowercase);
    json_object_set_boolean_member(normalizer, "handle_chinese_chars", FALSE);
    json_object_set_object_member(tokenizer, "normalizer", normalizer);
    json_object_set_object_member(tokenizer, "pre_tokenizer",
                                  new_stage("BertPreTokenizer"));
}

gboolean
_umk_tokenizer_set_japanese(JsonObject *tokenizer, JsonObject *settings, GError **error)
{
    const char *words = "basic", *pieces = "wordpiece";
    gboolean lowercase = FALSE, is_wordpiece;

    if (!_umk_json_get_string(settings, "word_tokenizer_type", words, &words, error) ||
        !_umk_json_get_string(settings, "subword_tokenizer_type", pieces, &pieces,
                              error) ||
        !_umk_json_get_boolean(settings, "do_lower_case", FALSE, &lowercase, error))
        return FALSE;
    is_wordpiece = strcmp(pieces, "wordpiece") == 0;
    if (!is_wordpiece && strcmp(pieces, "character") != 0)
        return refuse("subword_tokenizer_type", pieces, "wordpiece, character", error);
    json_object_set_string_member(json_object_get_object_member(tokenizer, "model"),
                                  "type", is_wordpiece ? "WordPiece" : "Character");
    if (strcmp(words, "mecab") == 0)
        return set_mecab(tokenizer, settings, lowercase, is_wordpiece, error);
    if (strcmp(words, "basic") != 0)
        return refuse("word_tokenizer_type", words, "mecab, basic", error);
    set_basic(tokenizer, lowercase);
    return TRUE;
}
