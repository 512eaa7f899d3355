/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around a text network, through the public calls and beside the golden
 * models: vectors of single tokens, shorter vectors, several pooling modes at once, both
 * ends of a text cut, items that repeat, the cache. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <math.h>

#include "golden-npy.h"

static GStrv
read_texts(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *content = NULL;
    g_auto(GStrv) lines = NULL;
    GPtrArray *texts = g_ptr_array_new();

    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    lines = g_strsplit(content, "\n", -1);
    for (gsize i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);

        g_ptr_array_add(texts, g_strdup(json_object_get_string_member(
                                   json_node_get_object(node), "text")));
    }
    g_ptr_array_add(texts, NULL);
    return (GStrv) g_ptr_array_free(texts, FALSE);
}

/* "name=value;name=value" */
static UmkModel *
load(const char *folder, const char *options)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_auto(GStrv) parts = g_strsplit(options, ";", -1);
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    GError *error = NULL;
    UmkModel *model;

    for (gsize i = 0; parts[i] != NULL && parts[i][0] != '\0'; i++) {
        g_auto(GStrv) pair = g_strsplit(parts[i], "=", 2);

        umk_params_set(params, pair[0], pair[1], &error);
        g_assert_no_error(error);
    }
    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static UmkItems *
make_items(const char *const *texts, gsize n)
{
    UmkItems *items = umk_items_new();

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
    return items;
}

static UmkMatrix *
embed(UmkModel *model,
      const char *const *texts,
      gsize n,
      UmkVectorCache *cache,
      UmkEmbedCounts *counts)
{
    g_autoptr(UmkItems) items = make_items(texts, n);
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    GError *error = NULL;
    UmkMatrix *matrix = umk_model_embed_counted(model, items, cache, counts, failures,
                                                NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < failures->len; i++)
        g_assert_cmpstr(failures->pdata[i], ==, NULL);
    return matrix;
}

/* A golden case whose network is there. */
static char *
open_case(const char *name)
{
    char *folder = golden_case("golden_models/models", name);
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autoptr(UmkModel) model = NULL;

    if (folder == NULL)
        return NULL;
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, NULL);
    g_assert_nonnull(model);
    g_assert_true(umk_model_has_modality(model, UMK_MODALITY_TEXT));
    return folder;
}

/* ---- vectors of tokens ---- */

typedef struct {
    const char *name;
    gsize item;
    double tolerance;
    const char *options;
} TokenCase;

static const TokenCase token_cases[] = {
    {"bert_mean", 1, 2e-4, ""},    {"bert_cls", 1, 2e-4, ""},
    {"bert_sharded", 1, 2e-4, ""}, {"distilbert", 4, 2e-4, ""},
    {"roberta", 3, 2e-4, ""},      {"mpnet", 3, 2e-4, ""},
    {"xlm-roberta", 3, 2e-4, ""},  {"nomic-bert", 3, 2e-4, "task=document"},
    {"qwen3", 3, 2e-3, ""},
};

static void
test_tokens(gconstpointer data)
{
    const TokenCase *c = data;
    g_autofree char *folder = open_case(c->name);
    g_autofree char *file = g_strdup_printf("last_hidden_state_item%zu.npy", c->item);
    g_autofree guint64 *offsets = NULL;
    g_auto(GStrv) texts = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    GoldenArray expected;
    GError *error = NULL;
    double most;
    gsize n;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    model = load(folder, c->options);
    items = make_items((const char *const *) texts, c->item + 2);
    rows = umk_model_embed_tokens(model, items, FALSE, &offsets, &n, NULL, NULL, NULL,
                                  NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n, ==, c->item + 3);
    g_assert_cmpuint(offsets[n - 1], ==, umk_matrix_get_n_rows(rows));
    expected = golden_read(folder, file);
    g_assert_cmpuint(offsets[c->item + 1] - offsets[c->item], ==, expected.n_rows);
    g_assert_cmpuint(umk_matrix_get_n_cols(rows), ==, expected.n_cols);
    most = golden_max_difference(umk_matrix_get_row(rows, offsets[c->item], NULL),
                                 expected.f, expected.n_rows * expected.n_cols);
    g_test_message("%s: largest difference %.3g", file, most);
    g_assert_cmpfloat(most, <=, c->tolerance);
    golden_clear(&expected);
}

static void
test_tokens_normalized(void)
{
    static const char *const texts[] = {"one text", "another"};
    g_autofree char *folder = open_case("bert_mean");
    g_autofree guint64 *offsets = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    gsize n;

    if (folder == NULL)
        return;
    model = load(folder, "");
    items = make_items(texts, 2);
    rows = umk_model_embed_tokens(model, items, TRUE, &offsets, &n, NULL, NULL, NULL,
                                  NULL, NULL);
    g_assert_nonnull(rows);
    for (gsize i = 0; i < umk_matrix_get_n_rows(rows); i++) {
        const float *row = umk_matrix_get_row(rows, i, &n);
        double sum = 0;

        for (gsize j = 0; j < n; j++)
            sum += (double) row[j] * (double) row[j];
        g_assert_cmpfloat_with_epsilon(sum, 1, 1e-6);
    }
}

/* ---- pooling ---- */

/* Two modes in the order they were named, each beside the reference's own file. */
static void
test_joined_pooling(void)
{
    g_autofree char *folder = open_case("bert_mean");
    g_auto(GStrv) texts = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    GoldenArray max, cls;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    model = load(folder, "pooling=max+cls;normalize=no");
    max = golden_read(folder, "pooled_max.npy");
    cls = golden_read(folder, "pooled_cls.npy");
    rows = embed(model, (const char *const *) texts, max.n_rows, NULL, NULL);
    g_assert_cmpuint(umk_matrix_get_n_cols(rows), ==, 2 * max.n_cols);
    for (gsize i = 0; i < max.n_rows; i++) {
        const float *row = umk_matrix_get_row(rows, i, NULL);

        g_assert_cmpfloat(golden_max_difference(row, max.f + i * max.n_cols, max.n_cols),
                          <=, 2e-4);
        g_assert_cmpfloat(
            golden_max_difference(row + max.n_cols, cls.f + i * max.n_cols, max.n_cols),
            <=, 2e-4);
    }
    golden_clear(&max);
    golden_clear(&cls);
}

/* ---- cutting ---- */

/* The ids of a text in one model are some of those in another: n_first, then n_last. */
static void
expect_ids(UmkModel *whole, UmkModel *cut, const char *text, gsize n_first, gsize n_last)
{
    g_autofree guint32 *all = NULL;
    g_autofree guint32 *some = NULL;
    gsize n_all, n_some;

    g_assert_true(umk_model_tokenize(whole, text, &all, &n_all, NULL, NULL));
    g_assert_true(umk_model_tokenize(cut, text, &some, &n_some, NULL, NULL));
    g_assert_cmpuint(n_some, ==, n_first + n_last);
    g_assert_cmpmem(some, n_first * sizeof *some, all, n_first * sizeof *all);
    g_assert_cmpmem(some + n_first, n_last * sizeof *some, all + n_all - n_last,
                    n_last * sizeof *all);
}

static void
test_cut(void)
{
    static const char *const texts[] = {"the dog saw the cat and the house", "a"};
    g_autofree char *folder = open_case("bert_mean");
    g_autoptr(UmkModel) whole = NULL;
    g_autoptr(UmkModel) right = NULL;
    g_autoptr(UmkModel) left = NULL;
    g_autoptr(UmkModel) never = NULL;
    g_autofree guint32 *ids = NULL;
    g_autoptr(GError) error = NULL;
    UmkEmbedCounts counts;
    gsize n;

    if (folder == NULL)
        return;
    whole = load(folder, "");
    right = load(folder, "max-tokens=5");
    left = load(folder, "max-tokens=5;truncate=left");
    never = load(folder, "max-tokens=5;truncate=error");
    g_assert_true(umk_model_tokenize(whole, texts[0], &ids, &n, NULL, NULL));
    umk_matrix_unref(embed(right, texts, 2, NULL, &counts));
    g_assert_cmpuint(counts.n_texts, ==, 2);
    g_assert_cmpuint(counts.n_truncated, ==, 1);
    g_assert_cmpuint(counts.longest, ==, n);
    expect_ids(whole, right, texts[0], 4, 1);
    expect_ids(whole, left, texts[0], 1, 4);
    umk_matrix_unref(embed(left, texts, 2, NULL, &counts));
    g_assert_cmpuint(counts.n_truncated, ==, 1);
    g_clear_pointer(&ids, g_free);
    g_assert_false(umk_model_tokenize(never, texts[0], &ids, &n, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
    expect_ids(whole, never, texts[1], 2, 1);
}

/* ---- repeats and cache ---- */

static void
test_repeats_and_cache(void)
{
    static const char *const texts[] = {"one", "two", "one", "three", "two", "one"};
    g_autofree char *folder = open_case("bert_mean");
    g_autofree char *place = g_dir_make_tmp("umekomi-around-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(place, "cache.sqlite", NULL);
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkModel) other = NULL;
    g_autoptr(UmkMatrix) plain = NULL;
    g_autoptr(UmkMatrix) first = NULL;
    g_autoptr(UmkMatrix) again = NULL;
    g_autoptr(UmkMatrix) changed = NULL;
    UmkVectorCache *cache;
    UmkEmbedCounts counts;
    gsize size;

    if (folder == NULL)
        return;
    model = load(folder, "");
    other = load(folder, "pooling=cls");
    plain = embed(model, texts, 6, NULL, &counts);
    g_assert_cmpuint(counts.n_texts, ==, 3);
    g_assert_cmpuint(counts.n_repeated, ==, 3);
    cache = umk_vector_cache_open(file, 0, NULL);
    g_assert_nonnull(cache);
    first = embed(model, texts, 6, cache, &counts);
    g_assert_cmpuint(counts.n_cached, ==, 0);
    again = embed(model, texts, 6, cache, &counts);
    g_assert_cmpuint(counts.n_cached, ==, 3);
    g_assert_cmpuint(counts.n_texts, ==, 0);
    changed = embed(other, texts, 6, cache, &counts);
    g_assert_cmpuint(counts.n_cached, ==, 0);
    size = 6 * umk_matrix_get_n_cols(plain) * sizeof(float);
    g_assert_cmpmem(umk_matrix_get_row(plain, 0, NULL), size,
                    umk_matrix_get_row(first, 0, NULL), size);
    g_assert_cmpmem(umk_matrix_get_row(plain, 0, NULL), size,
                    umk_matrix_get_row(again, 0, NULL), size);
    g_assert_true(memcmp(umk_matrix_get_row(plain, 0, NULL),
                         umk_matrix_get_row(changed, 0, NULL), size) != 0);
    umk_vector_cache_unref(cache);
    g_unlink(file);
    g_rmdir(place);
}

/* ---- prompts ---- */

static void
test_task(void)
{
    g_autofree char *folder = open_case("bert_cls");
    g_auto(GStrv) texts = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    g_autofree char *about = NULL;
    GoldenArray expected;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    model = load(folder, "task=query");
    expected = golden_read(folder, "query_prompt_embedding_l2.npy");
    rows = embed(model, (const char *const *) texts, expected.n_rows, NULL, NULL);
    g_assert_cmpfloat(golden_max_difference(umk_matrix_get_row(rows, 0, NULL), expected.f,
                                            expected.n_rows * expected.n_cols),
                      <=, 2e-5);
    golden_clear(&expected);
    about = umk_model_describe(model, UMK_MODALITY_TEXT, NULL);
    g_test_message("%s", about);
    g_assert_nonnull(strstr(about, "\"tasks\":{\"query\":\"Represent"));
    g_assert_nonnull(strstr(about, "\"pooling\":\"cls\""));
    g_assert_nonnull(strstr(about, "\"dims\":[48]"));
}

/* ---- shorter vectors ---- */

typedef struct {
    const char *name;
    const char *options;
    const char *file;
    double tolerance;
} CutCase;

static const CutCase cut_cases[] = {
    {"qwen3", "dims=24;untrained-dims=yes", "matryoshka_24_l2.npy", 1e-4},
    {"nomic-bert", "dims=16;untrained-dims=yes;task=document", "matryoshka_16_l2.npy",
     2e-5},
};

static void
test_shorter(gconstpointer data)
{
    const CutCase *c = data;
    g_autofree char *folder = open_case(c->name);
    g_auto(GStrv) texts = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    GoldenArray expected;
    double most;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    model = load(folder, c->options);
    expected = golden_read(folder, c->file);
    rows = embed(model, (const char *const *) texts, expected.n_rows, NULL, NULL);
    most = golden_max_difference(umk_matrix_get_row(rows, 0, NULL), expected.f,
                                 expected.n_rows * expected.n_cols);
    g_test_message("%s: largest difference %.3g", c->file, most);
    g_assert_cmpfloat(most, <=, c->tolerance);
    golden_clear(&expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(token_cases); i++) {
        g_autofree char *path =
            g_strconcat("/text-around/tokens/", token_cases[i].name, NULL);

        g_test_add_data_func(path, &token_cases[i], test_tokens);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cut_cases); i++) {
        g_autofree char *path =
            g_strconcat("/text-around/shorter/", cut_cases[i].name, NULL);

        g_test_add_data_func(path, &cut_cases[i], test_shorter);
    }
    g_test_add_func("/text-around/tokens-normalized", test_tokens_normalized);
    g_test_add_func("/text-around/joined-pooling", test_joined_pooling);
    g_test_add_func("/text-around/cut", test_cut);
    g_test_add_func("/text-around/repeats-and-cache", test_repeats_and_cache);
    g_test_add_func("/text-around/task", test_task);
    return g_test_run();
}
