/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text models through the public calls, from the strings themselves: tokenizer, network,
 * pooling and prompts together, beside Hugging Face transformers and
 * sentence-transformers (shared/golden_models/README.md). Tolerance on normalised vectors
 * 2e-5, on raw ones 2e-4. And the promise that a text's vector has the same bits in any
 * batch, order and number of threads. */
#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include "golden-decode.h"
#include "golden-npy.h"

typedef struct {
    const char *name;
    const char *normalized;
    const char *raw;
    const char *options; /* NULL: none */
    gboolean decoder;    /* of the tolerances, the decoders' */
    gsize cut; /* a text the reference cut, though the folder does not say so; 0: none */
    const char *prompt; /* called "query", where the reference left it out */
} Case;

static const Case cases[] = {
    {"bert_mean", "embedding_l2.npy", "pooled_raw.npy"},
    {"bert_cls", "embedding_l2.npy", "pooled_raw.npy"},
    {"bert_dense", "embedding_l2.npy", "dense_raw.npy"},
    {"bert_f16", "embedding_l2.npy", "pooled_raw.npy"},
    {"bert_bf16", "embedding_l2.npy", "pooled_raw.npy"},
    {"bert_sharded", "embedding_l2.npy", "pooled_raw.npy"},
    {"distilbert", "embedding_l2.npy", "pooled_raw.npy"},
    {"roberta", "embedding_l2.npy", "pooled_raw.npy"},
    {"xlm-roberta", "embedding_l2.npy", "pooled_raw.npy", .prompt = "query: "},
    {"mpnet", "embedding_l2.npy", "pooled_raw.npy"},
    {"modernbert", "embedding_l2.npy", "pooled_raw.npy"},
    {"nomic-bert", "embedding_l2.npy", "pooled_raw.npy", "prefix=search_document: "},
    {"gpt2", "embedding_l2.npy", "pooled_raw.npy", NULL, TRUE, 22},
    {"llama", "embedding_l2.npy", "pooled_raw.npy", NULL, TRUE},
    {"qwen3", "embedding_l2.npy", "pooled_raw.npy", NULL, TRUE},
    {"clip_gelu", "text_embeds_l2.npy", "text_embeds_raw.npy"},
    {"clip_quick_gelu", "text_embeds_l2.npy", "text_embeds_raw.npy"},
};

static GStrv
read_texts(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *content = NULL;
    g_auto(GStrv) lines = NULL;
    GPtrArray *texts;

    if (g_str_has_suffix(folder, "modernbert"))
        return golden_decode_texts(folder);
    texts = g_ptr_array_new();
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

/* "name=value,name=value"; a value may hold blanks. */
static UmkParams *
make_params(const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    UmkParams *params = umk_params_new(specs, n_specs);
    g_auto(GStrv) parts = g_strsplit(options, ",", -1);
    GError *error = NULL;

    for (gsize i = 0; parts[i] != NULL && parts[i][0] != '\0'; i++) {
        g_auto(GStrv) pair = g_strsplit(parts[i], "=", 2);

        umk_params_set(params, pair[0], pair[1], &error);
        g_assert_no_error(error);
    }
    return params;
}

static UmkModel *
load(const char *folder, const char *options)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkParams) params = make_params(options);
    GError *error = NULL;
    UmkModel *model;

    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    return model;
}

/* Texts order[0] … order[n - 1]; in their own order when order is NULL. */
static UmkMatrix *
embed(UmkModel *model, GStrv texts, const guint *order, gsize n)
{
    g_autoptr(UmkItems) items = umk_items_new();
    GError *error = NULL;
    UmkMatrix *matrix;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item =
            umk_item_new_for_text(texts[order != NULL ? order[i] : i]);

        umk_items_append(items, item);
    }
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

/* A negative tolerance is a share of the largest expected number. */
static void
check(const Case *c,
      const char *folder,
      GStrv texts,
      const char *options,
      const char *file,
      double tolerance)
{
    g_autoptr(UmkModel) model = load(folder, options);
    GoldenArray expected = golden_read(folder, file);
    g_autoptr(UmkMatrix) matrix = embed(model, texts, NULL, expected.n_rows);
    double most = 0;

    g_assert_cmpuint(umk_model_get_n_dims(model), ==, expected.n_cols);
    for (gsize i = 0; i < expected.n_rows; i++)
        if (c->cut == 0 || i != c->cut)
            most = MAX(most, golden_max_difference(umk_matrix_get_row(matrix, i, NULL),
                                                   expected.f + i * expected.n_cols,
                                                   expected.n_cols));
    if (tolerance < 0)
        tolerance *= -golden_largest(expected.f, expected.n_rows * expected.n_cols);
    g_test_message("%s: largest difference %.3g", file, most);
    g_assert_cmpfloat(most, <=, tolerance);
    golden_clear(&expected);
}

/* XLM-R's file for the prompt holds the vectors without it, so all that can be said is
 * that the prompt is what its text is as a prefix, and not nothing. */
static void
check_prompt(const char *folder, GStrv texts, const char *prompt)
{
    g_autofree char *prefix = g_strconcat("prefix=", prompt, NULL);
    g_autoptr(UmkModel) named = load(folder, "prompt=query");
    g_autoptr(UmkModel) spelled = load(folder, prefix);
    g_autoptr(UmkModel) bare = load(folder, "");
    gsize n = g_strv_length(texts), size = n * umk_model_get_n_dims(bare);
    g_autoptr(UmkMatrix) a = embed(named, texts, NULL, n);
    g_autoptr(UmkMatrix) b = embed(spelled, texts, NULL, n);
    g_autoptr(UmkMatrix) c = embed(bare, texts, NULL, n);

    g_assert_cmpmem(umk_matrix_get_row(a, 0, NULL), size * sizeof(float),
                    umk_matrix_get_row(b, 0, NULL), size * sizeof(float));
    g_assert_cmpfloat(golden_max_difference(umk_matrix_get_row(a, 0, NULL),
                                            umk_matrix_get_row(c, 0, NULL), size),
                      >, 1e-2);
}

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case("golden_models/models", c->name);
    g_autofree char *raw_options = NULL;
    const char *options = c->options != NULL ? c->options : "";
    g_auto(GStrv) texts = NULL;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    raw_options = g_strconcat("normalize=no,", options, NULL);
    check(c, folder, texts, options, c->normalized, c->decoder ? 1e-4 : 2e-5);
    check(c, folder, texts, raw_options, c->raw, c->decoder ? -1e-3 : 2e-4);
    if (c->prompt != NULL)
        check_prompt(folder, texts, c->prompt);
    else if (golden_exists(folder, "query_prompt_embedding_l2.npy"))
        check(c, folder, texts, "prompt=query", "query_prompt_embedding_l2.npy",
              c->decoder ? 1e-4 : 2e-5);
    if (golden_exists(folder, "matryoshka_24_l2.npy"))
        check(c, folder, texts, "dims=24,untrained-dims=yes", "matryoshka_24_l2.npy",
              1e-4);
    if (!golden_exists(folder, "query_prompt_pooled_raw.npy"))
        return;
    check(c, folder, texts, "prompt=query,normalize=no", "query_prompt_pooled_raw.npy",
          2e-4);
    check(c, folder, texts,
          "prefix=Represent this sentence for searching relevant passages: ,normalize=no",
          "query_prompt_pooled_raw.npy", 2e-4);
}

/* One text's vector alone, in a batch of all, shuffled and repeated, by one and by three
 * threads. */
static void
check_same_bits(const char *folder, GStrv texts, const char *options)
{
    g_autoptr(UmkModel) model = load(folder, options);
    gsize n = g_strv_length(texts), size = umk_model_get_n_dims(model) * sizeof(float);
    g_autoptr(UmkMatrix) all = NULL;
    guint order[100];

    umk_set_n_threads(1);
    all = embed(model, texts, NULL, n);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
        order[i] = (guint) ((i * 7919 + i / n) % n);
    for (guint threads = 1; threads <= 3; threads += 2) {
        g_autoptr(UmkMatrix) mixed = NULL;

        umk_set_n_threads(threads);
        mixed = embed(model, texts, order, G_N_ELEMENTS(order));
        for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
            g_assert_cmpmem(umk_matrix_get_row(mixed, i, NULL), size,
                            umk_matrix_get_row(all, order[i], NULL), size);
    }
    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkMatrix) alone = embed(model, texts, &i, 1);

        g_assert_cmpmem(umk_matrix_get_row(alone, 0, NULL), size,
                        umk_matrix_get_row(all, i, NULL), size);
    }
}

/* So that the bits compared under a precision are those of that precision. */
static void
check_precision(const char *folder, GStrv texts, const char *options, double least)
{
    g_autoptr(UmkModel) model = load(folder, options);
    g_autoptr(UmkModel) exact = load(folder, "precision=f32");
    gsize n = g_strv_length(texts), n_dims = umk_model_get_n_dims(model);
    g_autoptr(UmkMatrix) a = embed(model, texts, NULL, n);
    g_autoptr(UmkMatrix) b = embed(exact, texts, NULL, n);
    const float *x = umk_matrix_get_row(a, 0, NULL), *y = umk_matrix_get_row(b, 0, NULL);
    double worst = 1;

    /* not so with bfloat16, as which some cases are stored */
    if (strstr(options, "int8") != NULL)
        g_assert_cmpfloat(golden_max_difference(x, y, n * n_dims), >, 0);
    for (gsize i = 0; i < n; i++) {
        double cosine = 0;

        for (gsize c = 0; c < n_dims; c++)
            cosine += (double) x[i * n_dims + c] * (double) y[i * n_dims + c];
        worst = MIN(worst, cosine);
    }
    g_test_message("%s: least cosine %.5f", options, worst);
    g_assert_cmpfloat(worst, >=, least);
}

static void
test_same_bits(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case("golden_models/models", c->name);
    g_auto(GStrv) texts = NULL;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    check_same_bits(folder, texts, "precision=f32");
    check_same_bits(folder, texts, "precision=int8");
    check_same_bits(folder, texts, "precision=bf16");
    check_precision(folder, texts, "precision=int8", 0.995);
    check_precision(folder, texts, "precision=bf16", 0.999);
}

static void
expect_error(const char *folder, const char *options, const char *part)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkParams) params = make_params(options);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("a");
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;

    umk_items_append(items, item);
    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    g_assert_null(umk_model_embed(model, items, NULL, NULL, NULL, &error));
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
}

static void
test_options(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "bert_mean");
    g_autofree char *clip = golden_path("golden_models/models", "clip_gelu");
    g_auto(GStrv) texts = NULL;
    g_autoptr(UmkModel) whole = NULL;
    g_autoptr(UmkModel) cut = NULL;
    g_autoptr(UmkMatrix) rows = NULL;
    g_autoptr(UmkMatrix) cut_rows = NULL;
    double norm = 0;

    if (folder == NULL)
        return;
    texts = read_texts(folder);
    check(&cases[0], folder, texts, "pooling=cls,normalize=no", "pooled_cls.npy", 2e-4);
    check(&cases[0], folder, texts, "pooling=last,normalize=no", "pooled_lasttoken.npy",
          2e-4);
    check(&cases[0], folder, texts, "pooling=max,normalize=no", "pooled_max.npy", 2e-4);
    check(&cases[0], folder, texts, "pooling=mean_sqrt_len,normalize=no",
          "pooled_mean_sqrt_len.npy", 2e-4);
    check(&cases[0], folder, texts, "pooling=weightedmean,normalize=no",
          "pooled_weightedmean.npy", 2e-4);
    expect_error(folder, "prompt=nothing", "no prompt “nothing”");
    expect_error(folder, "dims=65", "cannot keep 65");
    expect_error(clip, "prompt=query", "has no prompt “query”");
    whole = load(folder, "normalize=no");
    expect_error(folder, "dims=16", "not trained to have its vectors cut");
    cut = load(folder, "dims=16,untrained-dims=yes");
    rows = embed(whole, texts, NULL, 1);
    cut_rows = embed(cut, texts, NULL, 1);
    g_assert_cmpuint(umk_model_get_n_dims(cut), ==, 16);
    for (gsize i = 0; i < 16; i++) {
        double kept = (double) umk_matrix_get_row(cut_rows, 0, NULL)[i];

        norm += kept * kept;
        g_assert_true((kept < 0) == (umk_matrix_get_row(rows, 0, NULL)[i] < 0));
    }
    g_assert_cmpfloat(norm, >, 0.999999);
    g_assert_cmpfloat(norm, <, 1.000001);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *vectors = g_strconcat("/text/", cases[i].name, "/vectors", NULL);
        g_autofree char *bits = g_strconcat("/text/", cases[i].name, "/same-bits", NULL);

        g_test_add_data_func(vectors, &cases[i], test_case);
        g_test_add_data_func(bits, &cases[i], test_same_bits);
    }
    g_test_add_func("/text/options", test_options);
    return g_test_run();
}
