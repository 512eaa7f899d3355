/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokenizer's edges: broken text, limits, special tokens in the text, refused files,
 * many threads. That its ids are right is checked in tests/golden. */
#include "modalities/text/umk-tokenizer-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gstdio.h>
#include <string.h>

#define BERT                                                                             \
    "{\"truncation\":{\"max_length\":3},\"padding\":{\"strategy\":{\"Fixed\":9}},"       \
    "\"added_tokens\":[{\"id\":1,\"content\":\"[CLS]\"},{\"id\":2,\"content\":\"[SEP]"   \
    "\"},"                                                                               \
    "{\"id\":3,\"content\":\"[MASK]\",\"lstrip\":true},"                                 \
    "{\"id\":12,\"content\":\"extra\",\"single_word\":true,\"normalized\":true}],"       \
    "\"normalizer\":{\"type\":\"BertNormalizer\"},"                                      \
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"                                 \
    "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"[CLS]\",1],"             \
    "\"sep\":[\"[SEP]\",2]},"                                                            \
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":{\"[UNK]\":0,"  \
    "\"[CLS]\":1,\"[SEP]\":2,\"[MASK]\":3,\"un\":4,\"##aff\":5,\"##able\":6,\"cafe\":7," \
    "\"\xe6\x97\xa5\":8,\"!\":9,\"a\":10,\"##b\":11}}}"

static UmkTokenizer *
load(const char *json)
{
    g_autoptr(GError) error = NULL;
    UmkTokenizer *self = _umk_tokenizer_new_from_json(json, strlen(json), &error);

    g_assert_no_error(error);
    return self;
}

/* ids as "1 2 3" */
static void
check(UmkTokenizer *self,
      const char *text,
      gssize length,
      gsize max_tokens,
      const char *expected,
      gboolean expected_cut)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gboolean cut = !expected_cut;

    g_assert_true(
        _umk_tokenizer_encode(self, text, length, max_tokens, ids, &cut, &error));
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(got, "%s%u", i ? " " : "", g_array_index(ids, guint32, i));
    g_assert_cmpstr(got->str, ==, expected);
    g_assert_cmpint(cut, ==, expected_cut);
}

static void
test_wordpiece(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);
    g_autofree char *longest = g_strnfill(101, 'a');

    check(self, "", -1, 0, "1 2", FALSE);
    check(self, "UNAFFABLE!", -1, 0, "1 4 5 6 9 2", FALSE);
    check(self, "caf\xc3\xa9", -1, 0, "1 7 2", FALSE);
    check(self, "cafe\xcc\x81", -1, 0, "1 7 2", FALSE);
    check(self, "\xe6\x97\xa5\xe6\x97\xa5", -1, 0, "1 8 8 2", FALSE);
    check(self,
          "un\xc2\xad"
          "aff",
          -1, 0, "1 4 5 2", FALSE); /* a soft hyphen goes */
    check(self, "unx", -1, 0, "1 0 2", FALSE);
    check(self, longest, -1, 0, "1 0 2", FALSE);
    check(self, "ab\ta", -1, 0, "1 10 11 10 2", FALSE);
}

static void
test_added_tokens(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);

    check(self, "a [MASK]a", -1, 0, "1 10 3 10 2", FALSE);
    check(self, "[CLS][SEP]", -1, 0, "1 1 2 2", FALSE);
    check(self, "a EXTRA a", -1, 0, "1 10 12 10 2", FALSE);
    check(self, "extras", -1, 0, "1 0 2", FALSE);
    g_assert_cmpstr(_umk_tokenizer_get_piece(self, 12), ==, "extra");
    g_assert_cmpstr(_umk_tokenizer_get_piece(self, 6), ==, "##able");
    g_assert_null(_umk_tokenizer_get_piece(self, 13));
    g_assert_null(_umk_tokenizer_get_piece(self, G_MAXUINT32));
    g_assert_cmpuint(_umk_tokenizer_get_vocab_size(self), ==, 13);
    g_assert_cmpuint(_umk_tokenizer_get_n_special(self), ==, 2);
}

static void
test_limit(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GError) error = NULL;

    check(self, "unaffable!", -1, 6, "1 4 5 6 9 2", FALSE);
    check(self, "unaffable!", -1, 5, "1 4 5 6 2", TRUE);
    check(self, "unaffable!", -1, 2, "1 2", TRUE);
    check(self, "", -1, 2, "1 2", FALSE);
    g_assert_false(_umk_tokenizer_encode(self, "a", -1, 1, ids, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_assert_cmpuint(ids->len, ==, 0);
}

static void
check_side(UmkTokenizer *self,
           const char *text,
           gsize max_tokens,
           UmkTruncationSide side,
           const char *expected,
           gsize expected_cut)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gsize n_cut = G_MAXSIZE;

    g_assert_true(_umk_tokenizer_encode_side(self, text, -1, max_tokens, side, ids,
                                             &n_cut, &error));
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(got, "%s%u", i ? " " : "", g_array_index(ids, guint32, i));
    g_assert_cmpstr(got->str, ==, expected);
    g_assert_cmpuint(n_cut, ==, expected_cut);
}

static void
test_sides(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);

    check_side(self, "unaffable!", 0, UMK_TRUNCATE_LEFT, "1 4 5 6 9 2", 0);
    check_side(self, "unaffable!", 6, UMK_TRUNCATE_LEFT, "1 4 5 6 9 2", 0);
    check_side(self, "unaffable!", 4, UMK_TRUNCATE_LEFT, "1 6 9 2", 2);
    check_side(self, "unaffable!", 4, UMK_TRUNCATE_RIGHT, "1 4 5 2", 2);
    check_side(self, "unaffable! a a a", 3, UMK_TRUNCATE_RIGHT, "1 4 2", 6);
    check_side(self, "unaffable!", 2, UMK_TRUNCATE_LEFT, "1 2", 4);
}

static void
check_pair(UmkTokenizer *self,
           const char *first,
           const char *second,
           gsize max_tokens,
           const char *expected,
           gsize expected_cut)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) types = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gsize n_cut = G_MAXSIZE;

    g_assert_true(_umk_tokenizer_encode_pair(
        self, first, second, max_tokens, UMK_TRUNCATE_RIGHT, ids, types, &n_cut, &error));
    g_assert_cmpuint(ids->len, ==, types->len);
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(got, "%s%u%s", i ? " " : "",
                               g_array_index(ids, guint32, i),
                               g_array_index(types, guint32, i) ? "'" : "");
    g_assert_cmpstr(got->str, ==, expected);
    g_assert_cmpuint(n_cut, ==, expected_cut);
}

static void
test_pair(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GError) error = NULL;

    check_pair(self, "a", "unaffable!", 0, "1 10 2 4' 5' 6' 9' 2'", 0);
    check_pair(self, "a", "unaffable!", 8, "1 10 2 4' 5' 6' 9' 2'", 0);
    check_pair(self, "a", "unaffable!", 6, "1 10 2 4' 5' 2'", 2);
    check_pair(self, "unaffable!", "a", 6, "1 4 5 2 10' 2'", 2);
    check_pair(self, "unaffable!", "a a a", 7, "1 4 5 2 10' 10' 2'", 3);
    check_pair(self, "", "a", 3, "1 2 2'", 1);
    g_assert_false(_umk_tokenizer_encode_pair(self, "a", "a", 2, UMK_TRUNCATE_RIGHT, ids,
                                              NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
}

#define TEMPLATE(parts)                                                                  \
    "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1," \
    "\"b\":2}},\"post_processor\":{\"type\":\"TemplateProcessing\","                     \
    "\"single\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[" parts "],"     \
    "\"special_tokens\":{\"x\":{\"id\":\"x\",\"ids\":[7,8],\"tokens\":[\"x\",\"y\"]}}}}"

static void
test_pair_template(void)
{
    g_autoptr(UmkTokenizer) self =
        load(TEMPLATE("{\"Sequence\":{\"id\":\"B\",\"type_id\":1}},"
                      "{\"SpecialToken\":{\"id\":\"x\",\"type_id\":0}},"
                      "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}"));
    g_autoptr(UmkTokenizer) none =
        load(TEMPLATE("{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}"));
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GError) error = NULL;

    check_pair(self, "a", "b", 0, "2' 7 8 1", 0);
    g_assert_false(_umk_tokenizer_encode_pair(none, "a", "b", 0, UMK_TRUNCATE_RIGHT, ids,
                                              NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
}

#define UNIGRAM(stages, more)                                                            \
    "{" stages "\"model\":{\"type\":\"Unigram\",\"unk_id\":0," more                      \
    "\"vocab\":[[\"<unk>\",0],[\"_\",-2],[\"a\",-3],[\"b\",-3],[\"ab\",-5],[\"_ab\",-6]" \
    ","                                                                                  \
    "[\"ba\",-5],[\"<0xC3>\",0],[\"<0xA9>\",0],[\"bab\",-9]]}}"
#define METASPACE(more)                                                                  \
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\"" more "},"

static void
test_unigram(void)
{
    g_autoptr(UmkTokenizer) self = load(UNIGRAM("", ""));
    g_autoptr(UmkTokenizer) bytes = load(UNIGRAM("", "\"byte_fallback\":true,"));

    check(self, "", -1, 0, "", FALSE);
    check(self, "_ab", -1, 0, "5", FALSE);
    check(self, "abab", -1, 0, "4 4", FALSE);
    check(self, "bab", -1, 0, "3 4", FALSE); /* -8 both ways: the first that is found */
    check(self, "axxxa", -1, 0, "2 0 2", FALSE);
    check(self, "xx\xc3\xa9", -1, 0, "0", FALSE);
    check(bytes, "a\xc3\xa9", -1, 0, "2 7 8", FALSE);
    check(bytes, "x\xc3\xa9", -1, 0, "0", FALSE); /* all of a run or none */
}

static void
test_metaspace(void)
{
    g_autoptr(UmkTokenizer) always = load(UNIGRAM(METASPACE(""), ""));
    g_autoptr(UmkTokenizer) old =
        load(UNIGRAM(METASPACE(",\"add_prefix_space\":false"), ""));
    g_autoptr(UmkTokenizer) first =
        load(UNIGRAM("\"added_tokens\":[{\"id\":12,\"content\":\"<x>\"}]," METASPACE(
                         ",\"prepend_scheme\":\"first\",\"split\":false"),
                     ""));

    check(always, "ab ab", -1, 0, "5 5", FALSE);
    check(always, " ab", -1, 0, "5", FALSE);
    check(always, "_ab", -1, 0, "5", FALSE);
    check(always, " ", -1, 0, "1", FALSE);
    check(always, "a  b", -1, 0, "1 2 1 1 3", FALSE);
    check(old, "ab ab", -1, 0, "4 5", FALSE);
    check(first, "ab<x>ab", -1, 0, "5 12 4", FALSE);
    check(first, "<x>ab", -1, 0, "12 4", FALSE);
}

#define WORDS(stages)                                                                    \
    "{" stages                                                                           \
    "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,"          \
    "\"a\":1,\"b\":2,\"a-b\":3,\"\xe6\x9c\xac\xe3\x81\xae\":4,\">a\":5,\"a\\n>\":6}}}"

static void
test_words(void)
{
    g_autoptr(UmkTokenizer) delimiter = load(WORDS(
        "\"pre_tokenizer\":{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"-\"},"));
    g_autoptr(UmkTokenizer) scripts =
        load(WORDS("\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"},"));
    g_autoptr(UmkTokenizer) start =
        load(WORDS("\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":"
                   "\"(?<!\\\\n)^\"},\"content\":\">\"},"));
    g_autoptr(UmkTokenizer) end =
        load(WORDS("\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":"
                   "\"\\\\n?\\\\z\"},\"content\":\"\\n>\"},"));

    check(delimiter, "a-b--c", -1, 0, "1 2 0", FALSE);
    check(scripts, "a\xe6\x9c\xac\xe3\x81\xae", -1, 0, "1 4", FALSE);
    check(start, "a", -1, 0, "5", FALSE);
    check(end, "a\n", -1, 0, "6", FALSE); /* no empty match where one ended */
}

/* A megabyte without a blank takes no more steps than its share: bounded by the length
 * of the pieces (Unigram), by merges and the candidates they bring up (BPE). Time is not
 * looked at, which a busy machine would stretch. */
static guint64
count_work(const UmkTokenModelOps *ops, const char *json, const char *unit, gsize n)
{
    g_autoptr(JsonNode) config = json_from_string(json, NULL);
    g_autoptr(GString) word = g_string_new(NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GError) error = NULL;
    gpointer self, cache;
    guint64 work;

    self = ops->load(json_node_get_object(config), NULL, &error);
    g_assert_no_error(error);
    cache = ops->cache_new(self);
    while (word->len < n)
        g_string_append(word, unit);
    ops->tokenize(self, cache, word->str, word->len, ids);
    g_assert_cmpuint(ids->len, >, 0);
    work = ops->get_work(cache);
    ops->cache_free(cache);
    ops->free(self);
    return work;
}

static void
test_work(void)
{
    static const char unigram[] =
        "{\"unk_id\":0,\"vocab\":[[\"?\",0],[\"a\",-1],[\"aa\",-1.5],[\"aaaaaaaa\",-3]]}";
    static const char bpe[] = "{\"vocab\":{\"a\":0,\"b\":1,\"aa\":2,\"aaaa\":3,\"ab\":4},"
                              "\"merges\":[\"a a\",\"aa aa\",\"a b\"]}";
    const gsize n = 1 << 20;

    g_assert_cmpuint(count_work(&_umk_unigram_token_model, unigram, "a", n), <=, 10 * n);
    g_assert_cmpuint(count_work(&_umk_unigram_token_model, unigram, "x", n), <=, 2 * n);
    g_assert_cmpuint(count_work(&_umk_bpe_token_model, bpe, "a", n), <=, 6 * n);
    g_assert_cmpuint(count_work(&_umk_bpe_token_model, bpe, "aab", n), <=, 6 * n);
}

/* Would take minutes if parts were not joined well, or hours if there were none. */
static void
test_long_forms(void)
{
    g_autoptr(UmkTokenizer) self = load(
        "{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":"
        "\"Metaspace\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":["
        "[\"?\",0],[\"\xe3\x81\x8c\",-1],[\"\xe2\x96\x81\",-1],[\"\xea\xb0\x81\",-1]]}}");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < 100000; i++)
        g_string_append(text, "\xe3\x81\x8b\xe3\x82\x99"); /* ka and a voiced mark */
    for (guint i = 0; i < 50000; i++)
        g_string_append(text, "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"); /* Hangul */
    g_assert_true(_umk_tokenizer_encode(self, text->str, -1, 0, ids, NULL, NULL));
    g_assert_cmpuint(ids->len, ==, 150001);
    for (guint i = 1; i < ids->len; i++)
        g_assert_cmpuint(g_array_index(ids, guint32, i), ==, i <= 100000 ? 1 : 3);
}

/* The vocabulary and the merges are read straight from the text. */
static void
test_bulk(void)
{
    g_autoptr(UmkTokenizer) escaped =
        load("{\"model\":{\"merges\": [ [\"\\u00e9\",\"\\ud83d\\ude00\"] ,[\"a\",\"b\"]],"
             "\"type\":\"BPE\",\"vocab\" : { \"\\u00e9\":0 , \"\xf0\x9f\x98\x80\":1,"
             "\"\xc3\xa9\xf0\x9f\x98\x80\":2,\"a\":3,\"b\":4,\"ab\":5,\"\\\"\":6,"
             "\"]}\":7}},\"x\":[\"model\"]}");
    /* A key that is there twice is for the parser to judge. */
    g_autoptr(UmkTokenizer) twice =
        load("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}},"
             "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1}}}");

    check(escaped,
          "\xc3\xa9\xf0\x9f\x98\x80"
          "ab\"",
          -1, 0, "2 5 6", FALSE);
    check(twice, "a", -1, 0, "1", FALSE);
}

/* NUL and what is not UTF-8 are controls to this normalizer: they go. */
static void
test_broken_text(void)
{
    g_autoptr(UmkTokenizer) self = load(BERT);

    check(self, "a\0b", 3, 0, "1 10 11 2", FALSE);
    check(self, "a\xff", -1, 0, "1 10 2", FALSE);
    check(self, "\xf0\x9f\x98", 3, 0, "1 2", FALSE);
    check(self, "\xed\xa0\x80 a \xc0\x80", -1, 0, "1 10 2", FALSE);
}

static void
refuse(const char *json, GQuark domain, int code, const char *needle)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_tokenizer_new_from_json(json, strlen(json), &error));
    g_assert_error(error, domain, code);
    if (strstr(error->message, needle) == NULL)
        g_error("“%s” is not in “%s”", needle, error->message);
}

static void
test_refused(void)
{
    g_autofree char *deep = g_strnfill(100000, '[');

    refuse("", UMK_ERROR, UMK_ERROR_INVALID_DATA, "object");
    refuse("{", UMK_ERROR, UMK_ERROR_INVALID_DATA, "JSON");
    refuse("[]", UMK_ERROR, UMK_ERROR_INVALID_DATA, "object");
    refuse(deep, UMK_ERROR, UMK_ERROR_INVALID_DATA, "nested");
    refuse("{\"a\":\"\\u12g4\"}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "escape at byte 6");
    refuse("{\"a\":\"\\303\"}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "escape at byte 6");
    refuse("{\"a\":\"\\ud800\"}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "escape at byte 6");
    refuse("{\"a\":\"\\udc00\\ud800\"}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "escape");
    refuse("{\"\\ud83d\\ude00\":1}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "model");
    refuse("{}", UMK_ERROR, UMK_ERROR_INVALID_DATA, "model");
    refuse("{\"model\":{\"type\":\"Unheard\"}}", UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
           "“Unheard”; there are: BPE, ");
    refuse("{\"normalizer\":{\"type\":\"Unheard\"},\"model\":{}}", UMK_ERROR,
           UMK_ERROR_NOT_SUPPORTED, "BertNormalizer");
    refuse("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "[UNK]");
    refuse("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":-1}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "[UNK]");
    refuse("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":4194304}}}",
           UMK_ERROR, UMK_ERROR_TOO_LARGE, "4194304");
    refuse("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
           UMK_ERROR, UMK_ERROR_INVALID_DATA, "Merge 0");
    refuse("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"aa\"]}}",
           UMK_ERROR, UMK_ERROR_INVALID_DATA, "Merge 0");
    refuse("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "broken at byte 7");
    refuse("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0 \"b\":1}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "broken at byte 7");
    refuse("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\" 0}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "no valid id");
    refuse("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"\\ud800\":0}}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "broken");
    refuse("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1],[\"b\"]]}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "broken");
    refuse("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",1e999]]}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "finite");
    refuse("{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "missing");
    refuse("{\"model\":{\"type\":\"BPE\",\"vocab\":[]}}", UMK_ERROR,
           UMK_ERROR_INVALID_DATA, "vocab");
    refuse("{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"}},"
           "\"model\":{\"type\":\"BPE\",\"vocab\":{}}}",
           UMK_ERROR, UMK_ERROR_NOT_SUPPORTED, "“(”");
    refuse("{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]},"
           "\"model\":{\"type\":\"BPE\",\"vocab\":{}}}",
           UMK_ERROR, UMK_ERROR_INVALID_DATA, "once");
}

static void
test_folder(void)
{
    g_autofree char *folder = g_dir_make_tmp("umk-tokenizer-XXXXXX", NULL);
    g_autofree char *vocab = g_build_filename(folder, "vocab.txt", NULL);
    g_autofree char *json = g_build_filename(folder, "tokenizer.json", NULL);
    g_autoptr(UmkTokenizer) self = NULL, second = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_tokenizer_open_folder(folder, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(
        g_file_set_contents(vocab, "[UNK]\n[CLS]\n[SEP]\nthe\ncat\n##s\n", -1, NULL));
    self = _umk_tokenizer_open_folder(folder, &error);
    g_assert_no_error(error);
    check(self, "The CATS [SEP]", -1, 0, "1 3 4 5 2 2", FALSE);
    g_assert_true(g_file_set_contents(json, BERT, -1, NULL));
    second = _umk_tokenizer_open_folder(folder, &error); /* tokenizer.json goes first */
    g_assert_no_error(error);
    check(second, "cafe", -1, 0, "1 7 2", FALSE);
    g_assert_true(g_file_set_contents(json, "{", -1, NULL));
    g_assert_null(_umk_tokenizer_open_folder(folder, &error));
    g_assert_nonnull(strstr(error->message, "tokenizer.json: "));
    g_unlink(vocab);
    g_unlink(json);
    g_rmdir(folder);
}

#define SMALL_BPE                                                                        \
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"            \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2,\"abab\":3,\"aa\":" \
    "4},"                                                                                \
    "\"merges\":[\"a b\",\"ab ab\",\"a a\"]}}"

/* Long words take the heap, short ones do not; pieces must not depend on it. */
static void
test_long_words(void)
{
    g_autoptr(UmkTokenizer) self = load(SMALL_BPE);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) word = g_string_new(NULL);

    for (guint i = 0; i < 100000; i++)
        g_string_append(word, "ab");
    g_string_append(word, "aaa");
    g_assert_true(_umk_tokenizer_encode(self, word->str, -1, 0, ids, NULL, NULL));
    g_assert_cmpuint(ids->len, ==, 50002);
    for (guint i = 0; i < 50000; i++)
        g_assert_cmpuint(g_array_index(ids, guint32, i), ==, 3);
    g_assert_cmpuint(g_array_index(ids, guint32, 50000), ==, 4);
    g_assert_cmpuint(g_array_index(ids, guint32, 50001), ==, 0);
    check(self, "ababaaa", -1, 0, "3 4 0", FALSE);
    check(self, "ababaaa", -1, 0, "3 4 0", FALSE); /* now from the cache */
    check(self, "b", -1, 0, "1", FALSE);
}

static gpointer
encode_often(gpointer data)
{
    for (guint i = 0; i < 500; i++) {
        check(data, "ababaaa", -1, 0, "3 4 0", FALSE);
        check(data, "bbaabb", -1, 0, "1 1 0 2 1", FALSE);
    }
    return NULL;
}

static void
test_threads(void)
{
    g_autoptr(UmkTokenizer) self = load(SMALL_BPE);
    GThread *threads[4];

    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("encode", encode_often, self);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

#define SPLIT(behavior)                                                                  \
    "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"-\"},"             \
    "\"behavior\":\"" behavior                                                           \
    "\"},\"model\":{\"type\":\"BPE\",\"ignore_merges\":true,\"vocab\":{\"-\":0,"         \
    "\"a\":1,\"b\":2,\"a-\":3,\"-b\":4,\"--\":5},\"merges\":[]}}"

static void
test_split_behaviors(void)
{
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {SPLIT("Removed"), "1 2"},          {SPLIT("Isolated"), "1 0 0 2"},
        {SPLIT("Contiguous"), "1 5 2"},     {SPLIT("MergedWithPrevious"), "3 0 2"},
        {SPLIT("MergedWithNext"), "1 0 4"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkTokenizer) self = load(cases[i].json);

        check(self, "a--b", -1, 0, cases[i].expected, FALSE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tokenizer/wordpiece", test_wordpiece);
    g_test_add_func("/tokenizer/added-tokens", test_added_tokens);
    g_test_add_func("/tokenizer/limit", test_limit);
    g_test_add_func("/tokenizer/sides", test_sides);
    g_test_add_func("/tokenizer/unigram", test_unigram);
    g_test_add_func("/tokenizer/metaspace", test_metaspace);
    g_test_add_func("/tokenizer/words", test_words);
    g_test_add_func("/tokenizer/bulk", test_bulk);
    g_test_add_func("/tokenizer/work", test_work);
    g_test_add_func("/tokenizer/long-forms", test_long_forms);
    g_test_add_func("/tokenizer/pair", test_pair);
    g_test_add_func("/tokenizer/pair-template", test_pair_template);
    g_test_add_func("/tokenizer/broken-text", test_broken_text);
    g_test_add_func("/tokenizer/refused", test_refused);
    g_test_add_func("/tokenizer/folder", test_folder);
    g_test_add_func("/tokenizer/long-words", test_long_words);
    g_test_add_func("/tokenizer/threads", test_threads);
    g_test_add_func("/tokenizer/split-behaviors", test_split_behaviors);
    return g_test_run();
}
