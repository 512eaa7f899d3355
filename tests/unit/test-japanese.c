/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BERT-Japanese: there are no reference ids, so this holds the pipeline to what the
 * reference is documented to do (words by MeCab's surface after NFKC, then WordPiece or
 * characters) on a vocabulary made here. The first sentence and its pieces are those of a
 * published example of cl-tohoku/bert-base-japanese with the IPA dictionary. */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <umekomi/umk-error.h>

#include <string.h>

static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nお\n##腹\nが\n痛\n##い\n"
                            "ので\n遅れ\nます\n。\nコーヒー\nabc\nABC\n腹\nい\n日本\n";

#define CONFIG(more)                                                                     \
    "{\"tokenizer_class\":\"BertJapaneseTokenizer\",\"do_lower_case\":false,"            \
    "\"word_tokenizer_type\":\"mecab\"" more "}"

static UmkTokenizer *
load(const char *config, GError **error)
{
    return _umk_tokenizer_new_from_vocab(vocab, strlen(vocab), config, strlen(config),
                                         error);
}

/* NULL where MeCab or its dictionary is absent. */
static UmkTokenizer *
load_or_skip(const char *config)
{
    g_autoptr(GError) error = NULL;
    UmkTokenizer *self = load(config, &error);

    if (g_error_matches(error, UMK_ERROR, UMK_ERROR_NOT_FOUND) ||
        (error != NULL &&
         strstr(error->message, "this build was made without") != NULL)) {
        g_test_skip(error->message);
        return NULL;
    }
    g_assert_no_error(error);
    return self;
}

static void
check(UmkTokenizer *self, const char *text, const char *expected)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(_umk_tokenizer_encode(self, text, -1, 0, ids, NULL, &error));
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(
            got, "%s%s", i ? " " : "",
            _umk_tokenizer_get_piece(self, g_array_index(ids, guint32, i)));
    g_assert_cmpstr(got->str, ==, expected);
}

static void
test_wordpiece(void)
{
    g_autoptr(UmkTokenizer) self =
        load_or_skip(CONFIG(",\"subword_tokenizer_type\":\"wordpiece\","
                            "\"mecab_kwargs\":{\"mecab_dic\":\"ipadic\"}"));

    if (self == NULL)
        return;
    check(self, "お腹が痛いので遅れます。",
          "[CLS] お ##腹 が 痛 ##い ので 遅れ ます 。 [SEP]");
    check(self, "ｺｰﾋｰ\u3000 ＡＢＣ",
          "[CLS] コーヒー ABC [SEP]"); /* NFKC, no lower case */
    check(self, "日本[MASK]が", "[CLS] 日本 [MASK] が [SEP]");
    check(self, "", "[CLS] [SEP]");
    check(self, " \n ", "[CLS] [SEP]");
    check(self, "鰯", "[CLS] [UNK] [SEP]");
}

static void
test_lowercase(void)
{
    g_autoptr(UmkTokenizer) self = load_or_skip(
        "{\"tokenizer_class\":\"BertJapaneseTokenizer\",\"do_lower_case\":true,"
        "\"word_tokenizer_type\":\"mecab\"}");

    if (self != NULL)
        check(self, "ABC", "[CLS] abc [SEP]");
}

static void
test_characters(void)
{
    g_autoptr(UmkTokenizer) self =
        load_or_skip(CONFIG(",\"subword_tokenizer_type\":\"character\""));

    if (self != NULL)
        check(self, "お腹が 痛い鰯", "[CLS] お 腹 が 痛 い [UNK] [SEP]");
}

/* A text beyond what goes to MeCab at once. */
static void
test_long(void)
{
    g_autoptr(UmkTokenizer) self = load_or_skip(CONFIG(""));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (self == NULL)
        return;
    for (guint i = 0; i < 4000; i++)
        g_string_append(text, "お腹が痛いので遅れます。");
    g_assert_true(_umk_tokenizer_encode(self, text->str, -1, 0, ids, NULL, NULL));
    g_assert_cmpuint(ids->len, ==, 2 + 4000 * 9);
}

static void
test_basic(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkTokenizer) self =
        load("{\"tokenizer_class\":\"BertJapaneseTokenizer\",\"do_lower_case\":false}",
             &error);

    g_assert_no_error(error);
    check(self, "ABC。日本", "[CLS] ABC 。 日本 [SEP]");
}

static void
refuse(const char *config, int code, const char *needle)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(load(config, &error));
    g_assert_error(error, UMK_ERROR, code);
    if (strstr(error->message, needle) == NULL)
        g_error("“%s” is not in “%s”", needle, error->message);
}

static void
test_refused(void)
{
    g_autoptr(UmkTokenizer) there = load_or_skip(CONFIG(""));

    refuse("{\"tokenizer_class\":\"BertJapaneseTokenizer\","
           "\"word_tokenizer_type\":\"sudachi\"}",
           UMK_ERROR_NOT_SUPPORTED, "sudachi");
    refuse(CONFIG(",\"subword_tokenizer_type\":\"sentencepiece\""),
           UMK_ERROR_NOT_SUPPORTED, "sentencepiece");
    refuse(CONFIG(",\"mecab_kwargs\":{\"mecab_option\":\"-o /tmp/x\"}"),
           UMK_ERROR_NOT_SUPPORTED, "mecab_option");
    if (there != NULL)
        refuse(CONFIG(",\"mecab_kwargs\":{\"mecab_dic\":\"../../etc\"}"),
               UMK_ERROR_NOT_SUPPORTED, "unidic_lite");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/japanese/wordpiece", test_wordpiece);
    g_test_add_func("/japanese/lowercase", test_lowercase);
    g_test_add_func("/japanese/characters", test_characters);
    g_test_add_func("/japanese/long", test_long);
    g_test_add_func("/japanese/basic", test_basic);
    g_test_add_func("/japanese/refused", test_refused);
    return g_test_run();
}
