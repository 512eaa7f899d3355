/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SentencePiece models made on the spot: kinds of pieces, the conventions of classes, and
 * files that are refused. That real models give the right ids is checked in
 * tests/golden. */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <umekomi/umk-error.h>

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct {
    const char *text;
    float score;
    guint kind; /* 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte */
} Piece;

static void
put_length(GByteArray *file, guint8 tag, gsize n)
{
    guint8 bytes[] = {tag, (guint8) (n | 0x80), (guint8) (n >> 7)};

    g_assert_cmpuint(n, <, 1 << 14);
    g_byte_array_append(file, bytes, 3);
}

static void
put_piece(GByteArray *file, const Piece *piece)
{
    GByteArray *inside = g_byte_array_new();
    guint8 kind[] = {3 << 3, (guint8) piece->kind}, tag = 2 << 3 | 5;

    put_length(inside, 1 << 3 | 2, strlen(piece->text));
    g_byte_array_append(inside, (const guint8 *) piece->text,
                        (guint) strlen(piece->text));
    g_byte_array_append(inside, &tag, 1);
    g_byte_array_append(inside, (const guint8 *) &piece->score, 4);
    g_byte_array_append(inside, kind, 2);
    put_length(file, 1 << 3 | 2, inside->len);
    g_byte_array_append(file, inside->data, inside->len);
    g_byte_array_unref(inside);
}

/* type: 1 unigram, 2 BPE, 3 words, 4 characters. remove: of extra blanks. */
static GByteArray *
make_model(const Piece *pieces, gsize n, guint8 type, gboolean bytes, gboolean remove)
{
    GByteArray *file = g_byte_array_new();
    guint8 trainer[] = {3 << 3, type, (35 << 3 & 0x7f) | 0x80, 35 >> 4, (guint8) bytes};
    guint8 normalizer[] = {4 << 3, (guint8) remove};

    for (gsize i = 0; i < n; i++)
        put_piece(file, &pieces[i]);
    put_length(file, 2 << 3 | 2, sizeof trainer);
    g_byte_array_append(file, trainer, sizeof trainer);
    put_length(file, 3 << 3 | 2, sizeof normalizer);
    g_byte_array_append(file, normalizer, sizeof normalizer);
    return file;
}

static UmkTokenizer *
load(GByteArray *file, const char *class, const char *config)
{
    g_autoptr(GError) error = NULL;
    UmkTokenizer *self = _umk_tokenizer_new_from_sentencepiece(
        (const char *) file->data, file->len, class, config,
        config != NULL ? strlen(config) : 0, &error);

    g_assert_no_error(error);
    return self;
}

static void
check(UmkTokenizer *self, const char *text, const char *expected)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) got = g_string_new(NULL);

    g_assert_true(_umk_tokenizer_encode(self, text, -1, 0, ids, NULL, NULL));
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(got, "%s%u", i ? " " : "", g_array_index(ids, guint32, i));
    g_assert_cmpstr(got->str, ==, expected);
}

#define SPACE "\xe2\x96\x81"

static const Piece bpe_pieces[] = {
    {"<unk>", 0, 2},  {"<s>", 0, 3},        {"</s>", 0, 3}, {"<0xC3>", 0, 6},
    {"<0xA9>", 0, 6}, {SPACE, -9, 1},       {"t", -9, 1},   {"h", -9, 1},
    {"e", -9, 1},     {SPACE "t", -1, 1},   {"he", -2, 1},  {SPACE "the", -3, 5},
    {"<c>", 0, 4},    {SPACE SPACE, -5, 1},
};

static void
test_bpe(void)
{
    g_autoptr(GByteArray) file =
        make_model(bpe_pieces, G_N_ELEMENTS(bpe_pieces), 2, TRUE, FALSE);
    g_autoptr(UmkTokenizer) self = load(file, NULL, NULL);

    check(self, "", "");
    check(self, "the", "9 10"); /* the unused piece comes apart again */
    check(self, "he", "5 10");
    check(self, "t  t", "9 5 9");
    check(self, "t   t", "9 13 9");
    check(self, "h<c>e", "5 7 12 8"); /* stays, whatever merges */
    check(self, "\xc3\xa9", "5 3 4");
    check(self, "\xc3\xa8", "5 0");
    check(self, "<s>", "5 0"); /* alone, a model has no special tokens */
}

static void
test_llama(void)
{
    g_autoptr(GByteArray) file =
        make_model(bpe_pieces, G_N_ELEMENTS(bpe_pieces), 2, TRUE, FALSE);
    g_autoptr(UmkTokenizer) self = load(file, "LlamaTokenizer", NULL);
    g_autoptr(UmkTokenizer) with_end =
        load(file, "LlamaTokenizerFast",
             "{\"add_eos_token\":true,\"add_bos_token\":false,\"added_tokens_decoder\":"
             "{\"14\":{\"content\":\"<x>\",\"lstrip\":true}}}");

    check(self, "he", "1 5 10");
    check(self, "he</s>", "1 5 10 2");
    check(with_end, "he <x>", "5 10 14 2");
}

static const Piece unigram_pieces[] = {
    {"<unk>", 0, 2}, {"<s>", 0, 3},       {"</s>", 0, 3}, {SPACE, -2, 1},   {"a", -3, 1},
    {"b", -3, 1},    {SPACE "ab", -4, 1}, {"<c>", 0, 4},  {"aaaa", -20, 5},
};

static void
test_classes(void)
{
    g_autoptr(GByteArray) file =
        make_model(unigram_pieces, G_N_ELEMENTS(unigram_pieces), 1, FALSE, TRUE);
    g_autoptr(UmkTokenizer) alone = load(file, NULL, NULL);
    g_autoptr(UmkTokenizer) xlmr = load(file, "XLMRobertaTokenizer", NULL);
    g_autoptr(UmkTokenizer) camembert = load(file, "CamembertTokenizer", NULL);
    g_autoptr(UmkTokenizer) t5 = load(file, "T5Tokenizer", "{\"extra_ids\":3}");
    g_autoptr(UmkTokenizer) siglip = load(file, "SiglipTokenizer", NULL);

    check(alone, "  ab   a ", "6 3 4");
    check(alone, "a<c>b", "3 4 7 5");
    check(alone, "aaaa", "3 4 4 4 4");
    check(alone, "xy", "3 0");
    check(xlmr, "ab", "0 7 2");
    check(xlmr, "x", "0 4 3 2");
    check(xlmr, "ab <mask>", "0 7 10 2");
    check(camembert, "ab x <mask>", "5 10 7 3 13 6");
    check(t5, "ab", "6 2");
    check(t5, "<extra_id_0> <extra_id_2>", "11 9 2");
    check(siglip, "A-B!", "6 2");
}

static void
put_file(const char *folder, const char *name, const void *data, gsize n)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, data, (gssize) n, NULL));
}

/* What stands beside the model says how it was used. */
static void
test_folder(void)
{
    static const char llama[] = "{\"model_type\":\"llama\"}";
    static const char other[] = "{\"model_type\":\"other\"}";
    static const char class[] = "{\"tokenizer_class\":\"T5Tokenizer\"}";
    g_autoptr(GByteArray) file =
        make_model(bpe_pieces, G_N_ELEMENTS(bpe_pieces), 2, TRUE, FALSE);
    g_autofree char *folder = g_dir_make_tmp("umekomi-XXXXXX", NULL);
    g_autoptr(UmkTokenizer) alone = NULL, guessed = NULL, named = NULL;
    g_autoptr(GError) error = NULL;

    put_file(folder, "tokenizer.model", file->data, file->len);
    alone = _umk_tokenizer_open_folder(folder, &error);
    g_assert_no_error(error);
    check(alone, "he", "5 10");
    put_file(folder, "config.json", llama, strlen(llama));
    guessed = _umk_tokenizer_open_folder(folder, &error);
    g_assert_no_error(error);
    check(guessed, "he", "1 5 10");
    put_file(folder, "config.json", other, strlen(other));
    g_assert_null(_umk_tokenizer_open_folder(folder, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_assert_nonnull(strstr(error->message, "tokenizer.model"));
    g_clear_error(&error);
    put_file(folder, "tokenizer_config.json", class, strlen(class));
    named = _umk_tokenizer_open_folder(folder, &error);
    g_assert_no_error(error);
    check(named, "he", "5 10 2");
    for (guint i = 0; i < 3; i++) {
        static const char *const names[] = {"tokenizer.model", "config.json",
                                            "tokenizer_config.json"};
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_remove(path);
    }
    g_rmdir(folder);
}

static void
refuse(GByteArray *file, const char *class, int code, const char *needle)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_tokenizer_new_from_sentencepiece(
        (const char *) file->data, file->len, class, NULL, 0, &error));
    g_assert_error(error, UMK_ERROR, code);
    if (strstr(error->message, needle) == NULL)
        g_error("“%s” is not in “%s”", needle, error->message);
    g_byte_array_unref(file);
}

static void
test_refused(void)
{
    const Piece infinite[] = {{"<unk>", 0, 2}, {"a", (float) HUGE_VAL, 1}};
    const Piece kind[] = {{"<unk>", 0, 2}, {"a", 0, 7}};
    GByteArray *file = make_model(bpe_pieces, 3, 1, FALSE, TRUE);

    refuse(make_model(bpe_pieces, 3, 3, FALSE, TRUE), NULL, UMK_ERROR_NOT_SUPPORTED,
           "type 3");
    refuse(make_model(bpe_pieces + 1, 3, 1, FALSE, TRUE), NULL, UMK_ERROR_INVALID_DATA,
           "no unknown piece");
    refuse(make_model(infinite, 2, 1, FALSE, TRUE), NULL, UMK_ERROR_INVALID_DATA,
           "no finite score");
    refuse(make_model(infinite, 2, 2, FALSE, TRUE), NULL, UMK_ERROR_INVALID_DATA,
           "no finite score");
    refuse(make_model(kind, 2, 1, FALSE, TRUE), NULL, UMK_ERROR_INVALID_DATA,
           "cannot be read");
    refuse(g_byte_array_new(), NULL, UMK_ERROR_INVALID_DATA, "no pieces");
    g_byte_array_set_size(file, file->len - 1);
    refuse(file, NULL, UMK_ERROR_INVALID_DATA, "ends within");
    refuse(make_model(bpe_pieces, 3, 1, FALSE, TRUE), "OtherTokenizer",
           UMK_ERROR_NOT_SUPPORTED, "LlamaTokenizer");
    refuse(make_model(bpe_pieces, 1, 1, FALSE, TRUE), "LlamaTokenizer",
           UMK_ERROR_INVALID_DATA, "<s>");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sentencepiece/bpe", test_bpe);
    g_test_add_func("/sentencepiece/llama", test_llama);
    g_test_add_func("/sentencepiece/classes", test_classes);
    g_test_add_func("/sentencepiece/folder", test_folder);
    g_test_add_func("/sentencepiece/refused", test_refused);
    return g_test_run();
}
