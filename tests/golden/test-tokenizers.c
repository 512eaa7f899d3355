/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token ids beside those of the reference implementations, byte for byte: the tokenizer
 * cases, the texts of the golden models, and the test vectors of llama.cpp. Strings
 * marked "disagree" (other implementations give something else) are counted apart. */
#include "modalities/text/umk-tokenizer-build-private.h"
#include "modalities/text/umk-tokenizer-private.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

static const char *
shared(void)
{
    return g_getenv("UMEKOMI_SHARED");
}

static char *
shared_path(const char *rest)
{
    return g_build_filename(shared() ? shared() : "", rest, NULL);
}

static gboolean
skip_without(const char *path)
{
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return FALSE;
    g_test_skip("the shared data are absent");
    return TRUE;
}

/* json-glib ends a string at NUL, so that travels as a private character. */
#define NUL_ESCAPE "\\uf123"
#define NUL_BYTES  "\xef\x84\xa3"

static void
replace_all(GString *text, const char *from, const char *to, gsize n_to)
{
    char *found;
    gsize at = 0;

    while ((found = strstr(text->str + at, from)) != NULL) {
        at = (gsize) (found - text->str);
        g_string_erase(text, (gssize) at, (gssize) strlen(from));
        g_string_insert_len(text, (gssize) at, to, (gssize) n_to);
        at += n_to;
    }
}

/* Lines of a JSONL file as objects. */
static GPtrArray *
read_lines(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify) json_node_unref);
    g_autofree char *text = NULL;
    g_autoptr(GString) escaped = g_string_new(NULL);
    g_auto(GStrv) split = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_string_assign(escaped, text);
    replace_all(escaped, "\\u0000", NUL_ESCAPE, strlen(NUL_ESCAPE));
    split = g_strsplit(escaped->str, "\n", -1);
    for (guint i = 0; split[i] != NULL; i++) {
        if (*split[i] != '\0')
            g_ptr_array_add(lines, json_from_string(split[i], NULL));
    }
    return lines;
}

static gboolean
same_ids(JsonArray *wanted, GArray *got)
{
    if (json_array_get_length(wanted) != got->len)
        return FALSE;
    for (guint i = 0; i < got->len; i++) {
        if (json_array_get_int_element(wanted, i) != g_array_index(got, guint32, i))
            return FALSE;
    }
    return TRUE;
}

static char *
print_ids(UmkTokenizer *tokenizer, GArray *ids)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++) {
        guint32 id = g_array_index(ids, guint32, i);
        const char *piece = _umk_tokenizer_get_piece(tokenizer, id);

        g_string_append_printf(text, "%u:%s ", id, piece ? piece : "(none)");
    }
    return g_string_free(text, FALSE);
}

static void
check_case(UmkTokenizer *tokenizer, const char *name)
{
    g_autofree char *rest =
        g_build_filename("golden_models/tokenizers/cases", name, NULL);
    g_autofree char *folder = shared_path(rest);
    g_autoptr(GPtrArray) inputs = read_lines(folder, "inputs.jsonl");
    g_autoptr(GPtrArray) expected = read_lines(folder, "expected.jsonl");
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint n_wrong = 0, n_marked = 0, n_marked_wrong = 0;

    g_assert_cmpuint(inputs->len, ==, expected->len);
    for (guint i = 0; i < inputs->len; i++) {
        JsonObject *input = json_node_get_object(inputs->pdata[i]);
        JsonObject *output = json_node_get_object(expected->pdata[i]);
        g_autoptr(GString) text =
            g_string_new(json_object_get_string_member(input, "text"));
        gboolean marked = json_object_has_member(output, "disagree");
        g_autofree char *got = NULL;
        g_autoptr(GError) error = NULL;

        replace_all(text, NUL_BYTES, "", 1);
        g_array_set_size(ids, 0);
        g_assert_true(_umk_tokenizer_encode(tokenizer, text->str, (gssize) text->len, 0,
                                            ids, NULL, &error));
        n_marked += marked;
        if (same_ids(json_object_get_array_member(output, "ids"), ids))
            continue;
        got = print_ids(tokenizer, ids);
        g_test_message("%s%s %u “%s”: got %s", name, marked ? " (marked)" : "", i,
                       text->str, got);
        n_wrong += !marked;
        n_marked_wrong += marked;
    }
    g_test_message("%s: %u strings, %u wrong; %u marked, %u of them differ", name,
                   inputs->len, n_wrong, n_marked, n_marked_wrong);
    g_assert_cmpuint(n_wrong, ==, 0);
    g_assert_cmpuint(n_marked_wrong, ==, 0);
}

/* NAME:FOLDER of the tokenizer */
static void
test_case(gconstpointer data)
{
    g_auto(GStrv) parts = g_strsplit(data, ":", 2);
    g_autofree char *folder = shared_path(parts[1]);
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;

    if (skip_without(folder))
        return;
    tokenizer = _umk_tokenizer_open_folder(folder, &error);
    g_assert_no_error(error);
    check_case(tokenizer, parts[0]);
}

/* The MiniLM file with another normalizer. */
static void
check_normalizer(const char *name, gboolean clean, gboolean chinese, gboolean lowercase)
{
    g_autofree char *path = shared_path("data/tokenizers/minilm/tokenizer.json");
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;
    JsonObject *normalizer;

    if (skip_without(path))
        return;
    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    normalizer = json_object_get_object_member(
        json_node_get_object(json_parser_get_root(parser)), "normalizer");
    json_object_set_boolean_member(normalizer, "clean_text", clean);
    json_object_set_boolean_member(normalizer, "handle_chinese_chars", chinese);
    json_object_set_boolean_member(normalizer, "strip_accents", FALSE);
    json_object_set_boolean_member(normalizer, "lowercase", lowercase);
    tokenizer =
        _umk_tokenizer_build(json_node_get_object(json_parser_get_root(parser)), &error);
    g_assert_no_error(error);
    check_case(tokenizer, name);
}

static void
test_cased_keep_accents(void)
{
    check_normalizer("wordpiece-cased-keep-accents", TRUE, TRUE, FALSE);
}

static void
test_options(void)
{
    check_normalizer("wordpiece-options", FALSE, FALSE, TRUE);
}

/* (n, n_columns) whole numbers from a version 1 .npy in C order. */
static gconstpointer
npy_ids(const char *data, const char *type, gsize *n_rows, gsize *n_columns)
{
    const guint8 *bytes = (const guint8 *) data;
    gsize header = bytes[8] + 256u * bytes[9];
    const char *shape = strstr(data + 10, "'shape': (");

    g_assert_nonnull(strstr(data + 10, type));
    g_assert_cmpint(sscanf(shape, "'shape': (%zu, %zu)", n_rows, n_columns), ==, 2);
    return data + 10 + header;
}

static void
check_model(const char *folder, UmkTokenizer *tokenizer, const char *prefix)
{
    g_autofree char *case_path = g_build_filename(folder, "case.json", NULL);
    g_autofree char *ids_path = g_build_filename(folder, "input_ids.npy", NULL);
    g_autofree char *mask_path = g_build_filename(folder, "attention_mask.npy", NULL);
    g_autofree char *ids_data = NULL, *mask_data = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GPtrArray) texts = read_lines(folder, "texts.jsonl");
    g_autoptr(GArray) got = g_array_new(FALSE, FALSE, sizeof(guint32));
    const gint32 *ids, *mask;
    gsize n_rows, n_columns;
    gint64 limit;

    g_assert_true(json_parser_load_from_file(parser, case_path, NULL));
    g_assert_true(g_file_get_contents(ids_path, &ids_data, NULL, NULL));
    g_assert_true(g_file_get_contents(mask_path, &mask_data, NULL, NULL));
    ids = npy_ids(ids_data, "<i4", &n_rows, &n_columns);
    mask = npy_ids(mask_data, "<i4", &n_rows, &n_columns);
    g_assert_cmpuint(n_rows, ==, texts->len);
    limit = json_object_get_int_member_with_default(
        json_node_get_object(json_parser_get_root(parser)), "max_length",
        (gint64) n_columns);
    for (gsize i = 0; i < n_rows; i++) {
        JsonObject *line = json_node_get_object(texts->pdata[i]);
        g_autofree char *text =
            g_strconcat(prefix, json_object_get_string_member(line, "text"), NULL);
        g_autoptr(GError) error = NULL;
        guint at = 0;

        g_array_set_size(got, 0);
        g_assert_true(
            _umk_tokenizer_encode(tokenizer, text, -1, (gsize) limit, got, NULL, &error));
        for (gsize j = 0; j < n_columns; j++) {
            if (mask[i * n_columns + j] == 0)
                continue;
            g_assert_cmpuint(at, <, got->len);
            g_assert_cmpint(ids[i * n_columns + j], ==,
                            g_array_index(got, guint32, at++));
        }
        g_assert_cmpuint(at, ==, got->len);
    }
}

static void
test_model(gconstpointer name)
{
    gboolean is_nomic = strcmp(name, "nomic-bert") == 0;
    g_autofree char *rest = g_build_filename("golden_models/models", name, NULL);
    g_autofree char *folder = shared_path(rest);
    g_autofree char *model = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;

    if (skip_without(folder))
        return;
    tokenizer = _umk_tokenizer_open_folder(model, &error);
    g_assert_no_error(error);
    check_model(folder, tokenizer, is_nomic ? "search_document: " : "");
}

static void
read_into(GBytes **bytes, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;
    gsize n;

    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    *bytes = g_bytes_new_take(g_steal_pointer(&text), n);
}

/* The older files of the same model, without its tokenizer.json. */
static void
test_legacy_clip(void)
{
    g_autofree char *folder = shared_path("data/tokenizers/clip");
    g_autoptr(GBytes) vocab = NULL, merges = NULL, config = NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;

    if (skip_without(folder))
        return;
    read_into(&vocab, folder, "vocab.json");
    read_into(&merges, folder, "merges.txt");
    read_into(&config, folder, "tokenizer_config.json");
    tokenizer = _umk_tokenizer_new_from_merges(
        g_bytes_get_data(vocab, NULL), g_bytes_get_size(vocab),
        g_bytes_get_data(merges, NULL), g_bytes_get_size(merges),
        g_bytes_get_data(config, NULL), g_bytes_get_size(config), &error);
    g_assert_no_error(error);
    check_case(tokenizer, "bpe-clip");
}

static UmkTokenizer *
open_bert_vocab(void)
{
    g_autofree char *folder = shared_path("data/tokenizers/bert-uncased");
    g_autoptr(GBytes) vocab = NULL, config = NULL;
    g_autoptr(GError) error = NULL;
    UmkTokenizer *tokenizer;

    if (skip_without(folder))
        return NULL;
    read_into(&vocab, folder, "vocab.txt");
    read_into(&config, folder, "tokenizer_config.json");
    tokenizer = _umk_tokenizer_new_from_vocab(
        g_bytes_get_data(vocab, NULL), g_bytes_get_size(vocab),
        g_bytes_get_data(config, NULL), g_bytes_get_size(config), &error);
    g_assert_no_error(error);
    return tokenizer;
}

static void
test_legacy_bert(void)
{
    g_autoptr(UmkTokenizer) tokenizer = open_bert_vocab();

    if (tokenizer != NULL)
        check_case(tokenizer, "wordpiece-minilm");
}

/* Texts parted by a marker line, ids a line each, without special tokens. */
static void
check_llamacpp(UmkTokenizer *tokenizer, const char *name, gsize n_before, gsize n_after)
{
    g_autofree char *folder = shared_path("data/tokenizers/llamacpp-vectors");
    g_autofree char *in_name = g_strconcat(name, ".inp", NULL);
    g_autofree char *out_name = g_strconcat(name, ".out", NULL);
    g_autofree char *in_path = g_build_filename(folder, in_name, NULL);
    g_autofree char *out_path = g_build_filename(folder, out_name, NULL);
    g_autofree char *in = NULL, *out = NULL;
    g_auto(GStrv) texts = NULL, lines = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint n_wrong = 0;

    if (skip_without(in_path))
        return;
    g_assert_true(g_file_get_contents(in_path, &in, NULL, NULL));
    g_assert_true(g_file_get_contents(out_path, &out, NULL, NULL));
    texts = g_strsplit(in, "\n__ggml_vocab_test__\n", -1);
    lines = g_strsplit(out, "\n", -1);
    for (guint i = 0; texts[i] != NULL && lines[i] != NULL; i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        g_autoptr(GError) error = NULL;

        if (texts[i + 1] == NULL && *texts[i] == '\0')
            break;
        g_array_set_size(ids, 0);
        g_assert_true(
            _umk_tokenizer_encode(tokenizer, texts[i], -1, 0, ids, NULL, &error));
        for (guint j = (guint) n_before; j + n_after < ids->len; j++)
            g_string_append_printf(got, " %u", g_array_index(ids, guint32, j));
        if (strcmp(got->str, lines[i]) == 0)
            continue;
        g_test_message("%s %u “%s”: got%s, wanted%s", name, i, texts[i], got->str,
                       lines[i]);
        n_wrong++;
    }
    g_assert_cmpuint(n_wrong, ==, 0);
}

/* NAME:FILE of the SentencePiece model, without any special tokens. */
static void
test_sentencepiece(gconstpointer data)
{
    g_auto(GStrv) parts = g_strsplit(data, ":", 2);
    g_autofree char *path = shared_path(parts[1]);
    g_autofree char *model = NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;
    gsize n;

    if (skip_without(path))
        return;
    g_assert_true(g_file_get_contents(path, &model, &n, NULL));
    tokenizer = _umk_tokenizer_new_from_sentencepiece(model, n, NULL, NULL, 0, &error);
    g_assert_no_error(error);
    check_case(tokenizer, parts[0]);
}

/* The model that unigram-xlmr-ja was made of, by the rules of the class: the strings that
 * SentencePiece does not do otherwise have the same ids. */
static void
test_fairseq_ids(void)
{
    g_autofree char *path =
        shared_path("data/tokenizers/sentencepiece/test_ja_model.model");
    g_autofree char *other_path =
        shared_path("golden_models/tokenizers/cases/unigram-xlmr-ja");
    g_autofree char *model = NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GPtrArray) inputs = NULL, expected = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GError) error = NULL;
    guint n_same = 0;
    gsize n;

    if (skip_without(path) || skip_without(other_path))
        return;
    g_assert_true(g_file_get_contents(path, &model, &n, NULL));
    tokenizer = _umk_tokenizer_new_from_sentencepiece(model, n, "XLMRobertaTokenizer",
                                                      NULL, 0, &error);
    g_assert_no_error(error);
    inputs = read_lines(other_path, "inputs.jsonl");
    expected = read_lines(other_path, "expected.jsonl");
    for (guint i = 0; i < inputs->len; i++) {
        JsonObject *output = json_node_get_object(expected->pdata[i]);
        const char *text =
            json_object_get_string_member(json_node_get_object(inputs->pdata[i]), "text");

        if (json_object_has_member(output, "disagree") || strstr(text, NUL_BYTES) ||
            *text == '\0')
            continue;
        g_array_set_size(ids, 0);
        g_assert_true(_umk_tokenizer_encode(tokenizer, text, -1, 0, ids, NULL, &error));
        if (!same_ids(json_object_get_array_member(output, "ids"), ids))
            g_error("string %u “%s”", i, text);
        n_same++;
    }
    g_assert_cmpuint(n_same, >, 100);
}

/* Lower case, no punctuation, filled up with the end token to 64. */
static void
test_siglip(void)
{
    g_autofree char *folder = shared_path("golden_models/models/siglip");
    g_autofree char *model = g_build_filename(folder, "model", NULL);
    g_autofree char *ids_path = g_build_filename(folder, "input_ids.npy", NULL);
    g_autofree char *ids_data = NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GArray) got = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GPtrArray) texts = NULL;
    g_autoptr(GError) error = NULL;
    gsize n_rows, n_columns;
    const gint64 *ids;
    guint32 end;

    if (skip_without(folder))
        return;
    tokenizer = _umk_tokenizer_open_folder(model, &error);
    g_assert_no_error(error);
    g_assert_true(_umk_tokenizer_find_piece(tokenizer, "</s>", &end));
    texts = read_lines(folder, "texts.jsonl");
    g_assert_true(g_file_get_contents(ids_path, &ids_data, NULL, NULL));
    ids = npy_ids(ids_data, "<i8", &n_rows, &n_columns);
    g_assert_cmpuint(n_rows, ==, texts->len);
    for (gsize i = 0; i < n_rows; i++) {
        const char *text =
            json_object_get_string_member(json_node_get_object(texts->pdata[i]), "text");

        g_array_set_size(got, 0);
        g_assert_true(
            _umk_tokenizer_encode(tokenizer, text, -1, n_columns, got, NULL, &error));
        while (got->len < n_columns)
            g_array_append_val(got, end);
        for (gsize j = 0; j < n_columns; j++)
            if (ids[i * n_columns + j] != (gint64) g_array_index(got, guint32, j))
                g_error("text %zu “%s”: token %zu is %u, expected %" G_GINT64_FORMAT, i,
                        text, j, g_array_index(got, guint32, j), ids[i * n_columns + j]);
    }
}

static void
test_llamacpp_bert(void)
{
    g_autoptr(UmkTokenizer) tokenizer = open_bert_vocab();

    if (tokenizer != NULL)
        check_llamacpp(tokenizer, "ggml-vocab-bert-bge.gguf", 1, 1);
}

/* A vocabulary out of the file itself; its special tokens are not those of a text. */
static void
test_llamacpp_gguf(gconstpointer name)
{
    g_autofree char *folder = shared_path("data/tokenizers/llamacpp-vectors");
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *data = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(UmkGguf) gguf = NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(GError) error = NULL;
    gsize n, n_before;

    if (skip_without(path))
        return;
    g_assert_true(g_file_get_contents(path, &data, &n, NULL));
    bytes = g_bytes_new_take(g_steal_pointer(&data), n);
    gguf = _umk_gguf_new(bytes, &error);
    g_assert_no_error(error);
    tokenizer = _umk_tokenizer_new_from_gguf(gguf, &error);
    g_assert_no_error(error);
    n_before = strstr(name, "gpt-2") ? 0 : 1;
    check_llamacpp(tokenizer, name, n_before, strstr(name, "bert") ? 1 : 0);
}

#define FILES "golden_models/tokenizers/files/"

static const char *const cases[] = {
    "wordpiece-minilm:data/tokenizers/minilm",
    "bpe-clip:data/tokenizers/clip",
    "bpe-gpt2-6k:" FILES "bpe-gpt2-6k",
    "bpe-roberta-prefix-space:" FILES "bpe-roberta-prefix-space",
    "bpe-qwen-pattern:" FILES "bpe-qwen-pattern",
    "bpe-llama3-pattern:" FILES "bpe-llama3-pattern",
    "unigram-llmjp:data/tokenizers/llm-jp",
    "unigram-model2vec:data/models/model2vec/test-model-vocab-quantized",
    "unigram-xlmr-ja:" FILES "unigram-xlmr-ja",
};

static const char *const vocabularies[] = {
    "ggml-vocab-bert-bge.gguf",
    "ggml-vocab-gpt-2.gguf",
    "ggml-vocab-llama-spm.gguf",
};

static const char *const sentencepiece_cases[] = {
    "sp-unigram-en:data/tokenizers/sentencepiece/test_model.model",
    "sp-unigram-ja:data/tokenizers/sentencepiece/test_ja_model.model",
    "sp-bpe-llama2:data/tokenizers/llama2/tokenizer.model",
};

/* Not modernbert: its ids are not those of the texts beside them. */
static const char *const models[] = {
    "bert_bf16",    "bert_cls",    "bert_dense", "bert_f16",        "bert_mean",
    "bert_sharded", "clap",        "clip_gelu",  "clip_quick_gelu", "distilbert",
    "gpt2",         "llama",       "mpnet",      "nomic-bert",      "qwen3",
    "roberta",      "xlm-roberta",
};

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strndup(cases[i], strcspn(cases[i], ":"));
        g_autofree char *path = g_strconcat("/tokenizers/case/", name, NULL);

        g_test_add_data_func(path, cases[i], test_case);
    }
    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *path = g_strconcat("/tokenizers/model/", models[i], NULL);

        g_test_add_data_func(path, models[i], test_model);
    }
    for (guint i = 0; i < G_N_ELEMENTS(sentencepiece_cases); i++) {
        g_autofree char *name =
            g_strndup(sentencepiece_cases[i], strcspn(sentencepiece_cases[i], ":"));
        g_autofree char *path = g_strconcat("/tokenizers/case/", name, NULL);

        g_test_add_data_func(path, sentencepiece_cases[i], test_sentencepiece);
    }
    g_test_add_func("/tokenizers/fairseq-ids", test_fairseq_ids);
    g_test_add_func("/tokenizers/model/siglip", test_siglip);
    g_test_add_func("/tokenizers/case/cased-keep-accents", test_cased_keep_accents);
    g_test_add_func("/tokenizers/case/options", test_options);
    g_test_add_func("/tokenizers/legacy/bert", test_legacy_bert);
    g_test_add_func("/tokenizers/legacy/clip", test_legacy_clip);
    g_test_add_func("/tokenizers/llamacpp/bert", test_llamacpp_bert);
    for (guint i = 0; i < G_N_ELEMENTS(vocabularies); i++) {
        g_autofree char *path = g_strconcat("/tokenizers/gguf/", vocabularies[i], NULL);

        g_test_add_data_func(path, vocabularies[i], test_llamacpp_gguf);
    }
    return g_test_run();
}
