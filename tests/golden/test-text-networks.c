/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text networks beside Hugging Face transformers (shared/golden_models/README.md), from
 * the token ids that come with the cases: hidden states, every pooling mode, dense layer,
 * F16, BF16 and sharded weights. Tolerance (case.json): hidden states 2e-4, normalised
 * vectors 2e-5; for decoders 1e-3 of the largest hidden number, and 1e-4. All texts run
 * packed in one batch, the reference ran each alone. */
#include "golden-npy.h"

#include "linalg/umk-kernels-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"

typedef struct {
    const char *name;
    gboolean decoder; /* of the two tolerances, the decoders' */
    gboolean anew;    /* the config as newer releases spell it */
    gsize items[2];   /* whose hidden states were written down */
} Case;

static const Case cases[] = {
    {"bert_mean", .items = {1, 1}},
    {"bert_cls", .items = {1, 1}},
    {"bert_dense", .items = {1, 1}},
    {"bert_f16", .items = {1, 1}},
    {"bert_bf16", .items = {1, 1}},
    {"bert_sharded", .items = {1, 1}},
    {"distilbert", .items = {4, 4}},
    {"roberta", .items = {3, 3}},
    {"xlm-roberta", .items = {3, 3}},
    {"mpnet", .items = {3, 3}},
    {"modernbert", .items = {3, 23}},
    {"modernbert", .anew = TRUE, .items = {3, 23}},
    {"nomic-bert", .items = {3, 3}},
    {"gpt2", .decoder = TRUE, .items = {3, 3}},
    {"llama", .decoder = TRUE, .items = {3, 3}},
    {"qwen3", .decoder = TRUE, .items = {3, 3}},
};

typedef struct {
    const Case *what;
    char *folder;
    UmkWeights *weights;
    UmkTextNetwork *network;
    UmkSentenceModules modules;
    GArray *ids;
    GArray *offsets;
    gsize n_texts;
    UmkArena arena;
    float *hidden;
} Fixture;

static void
pack(Fixture *f)
{
    GoldenArray ids = golden_read(f->folder, "input_ids.npy");
    GoldenArray mask = golden_read(f->folder, "attention_mask.npy");
    guint32 end = 0;

    f->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    f->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_array_append_val(f->offsets, end);
    for (gsize i = 0; i < ids.n_rows; i++) {
        for (gsize j = 0; j < ids.n_cols; j++)
            if (mask.i[i * ids.n_cols + j] != 0)
                g_array_append_vals(f->ids, &ids.i[i * ids.n_cols + j], 1);
        end = f->ids->len;
        g_array_append_val(f->offsets, end);
    }
    f->n_texts = ids.n_rows;
    golden_clear(&ids);
    golden_clear(&mask);
}

/* What transformers 5 writes where its older releases wrote numbers. */
static void
spell_anew(JsonObject *config)
{
    static const char *const old[] = {"global_rope_theta", "local_rope_theta",
                                      "global_attn_every_n_layers"};
    static const char *const kinds[] = {"full_attention", "sliding_attention"};
    JsonArray *types = json_array_new();
    JsonObject *parameters = json_object_new();

    for (gsize i = 0; i < 2; i++) {
        JsonObject *own = json_object_new();

        json_object_set_string_member(own, "rope_type", "default");
        json_object_set_double_member(own, "rope_theta",
                                      json_object_get_double_member(config, old[i]));
        json_object_set_object_member(parameters, kinds[i], own);
    }
    for (gint64 i = 0; i < json_object_get_int_member(config, "num_hidden_layers"); i++)
        json_array_add_string_element(
            types, kinds[i % json_object_get_int_member(config, old[2]) != 0]);
    json_object_set_array_member(config, "layer_types", types);
    json_object_set_object_member(config, "rope_parameters", parameters);
    for (gsize i = 0; i < G_N_ELEMENTS(old); i++)
        json_object_remove_member(config, old[i]);
}

static gboolean
set_up(Fixture *f, const Case *what)
{
    g_autofree char *model = NULL;
    g_autoptr(JsonParser) parser = NULL;
    UmkTensors tensors = {NULL, "", _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    UmkTextBatch batch = {0};
    JsonObject *config;
    GError *error = NULL;
    const float *hidden;

    memset(f, 0, sizeof *f);
    f->what = what;
    f->folder = golden_case("golden_models/models", what->name);
    if (f->folder == NULL)
        return FALSE;
    model = g_build_filename(f->folder, "model", NULL);
    parser = _umk_read_json_file(model, "config.json", &config, &error);
    g_assert_no_error(error);
    if (what->anew)
        spell_anew(config);
    tensors.source = f->weights = _umk_weights_open_folder(model, &error);
    g_assert_no_error(error);
    g_assert_nonnull(_umk_text_family_find(config));
    f->network =
        _umk_text_network_new(_umk_text_family_find(config), config, &tensors, &error);
    g_assert_no_error(error);
    _umk_sentence_modules_load(&f->modules, model,
                               _umk_text_network_get_n_dims(f->network), NULL, &error);
    g_assert_no_error(error);
    pack(f);
    batch.ids = (guint32 *) (gpointer) f->ids->data;
    batch.offsets = (guint32 *) (gpointer) f->offsets->data;
    batch.n_texts = f->n_texts;
    hidden = _umk_text_network_forward(f->network, &batch, 0, NULL, &f->arena, &error);
    g_assert_no_error(error);
    f->hidden = g_memdup2(hidden, f->ids->len * _umk_text_network_get_n_dims(f->network) *
                                      sizeof(float));
    return TRUE;
}

static void
tear_down(Fixture *f)
{
    _umk_sentence_modules_clear(&f->modules);
    _umk_text_network_free(f->network);
    _umk_weights_free(f->weights);
    _umk_arena_clear(&f->arena);
    g_array_unref(f->ids);
    g_array_unref(f->offsets);
    g_free(f->hidden);
    g_free(f->folder);
}

static double
hidden_tolerance(const Fixture *f, const float *expected, gsize n)
{
    return f->what->decoder ? 1e-3 * golden_largest(expected, n) : 2e-4;
}

static void
check_vectors(Fixture *f, const char *file, gboolean normalized)
{
    GoldenArray expected = golden_read(f->folder, file);
    g_autofree float *scratch = g_new(float, 2 * f->modules.n_widest);
    g_autofree float *vector = g_new(float, f->modules.n_out);
    double most = 0, tolerance = f->what->decoder ? 1e-4 : 2e-5;

    g_assert_cmpuint(expected.n_cols, ==, f->modules.n_out);
    g_assert_cmpuint(expected.n_rows, ==, f->n_texts);
    if (!normalized)
        tolerance = hidden_tolerance(f, expected.f, expected.n_rows * expected.n_cols);
    for (gsize i = 0; i < expected.n_rows; i++) {
        guint32 first = g_array_index(f->offsets, guint32, i);
        gsize n = g_array_index(f->offsets, guint32, i + 1) - first;

        _umk_sentence_modules_apply(&f->modules, f->hidden + first * f->modules.n_hidden,
                                    n, 0, scratch, vector);
        if (normalized)
            _umk_kernel_normalize(vector, f->modules.n_out);
        most = MAX(most, golden_max_difference(vector, expected.f + i * expected.n_cols,
                                               expected.n_cols));
    }
    g_test_message("%s: largest difference %.3g", file, most);
    g_assert_cmpfloat(most, <=, tolerance);
    golden_clear(&expected);
}

static void
check_hidden(Fixture *f, gsize item)
{
    g_autofree char *name =
        g_strdup_printf("last_hidden_state_item%" G_GSIZE_FORMAT ".npy", item);
    GoldenArray expected = golden_read(f->folder, name);
    gsize first = g_array_index(f->offsets, guint32, item);
    gsize n = g_array_index(f->offsets, guint32, item + 1) - first;
    double most = golden_max_difference(f->hidden + first * expected.n_cols, expected.f,
                                        expected.n_rows * expected.n_cols);

    g_assert_cmpuint(expected.n_rows, ==, n);
    g_test_message("%s: largest difference %.3g", name, most);
    g_assert_cmpfloat(most, <=,
                      hidden_tolerance(f, expected.f, expected.n_rows * expected.n_cols));
    golden_clear(&expected);
}

/* The modes of 1_Pooling, each written as a file of its own by the reference. */
static void
check_pooling_files(Fixture *f)
{
    static const struct {
        const char *file;
        UmkPoolingModes mode;
    } files[] = {
        {"pooled_cls.npy", UMK_POOLING_CLS},
        {"pooled_max.npy", UMK_POOLING_MAX},
        {"pooled_mean.npy", UMK_POOLING_MEAN},
        {"pooled_mean_sqrt_len.npy", UMK_POOLING_MEAN_SQRT},
        {"pooled_weightedmean.npy", UMK_POOLING_WEIGHTED_MEAN},
        {"pooled_lasttoken.npy", UMK_POOLING_LAST},
    };
    guint modes = f->modules.pooling.modes;

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        if (!golden_exists(f->folder, files[i].file))
            continue;
        f->modules.pooling.modes = files[i].mode;
        check_vectors(f, files[i].file, FALSE);
    }
    f->modules.pooling.modes = modes;
}

static void
test_case(gconstpointer data)
{
    Fixture f;

    if (!set_up(&f, data))
        return;
    check_hidden(&f, f.what->items[0]);
    check_hidden(&f, f.what->items[1]);
    if (!golden_exists(f.folder, "dense_raw.npy"))
        check_vectors(&f, "pooled_raw.npy", FALSE);
    else
        check_vectors(&f, "dense_raw.npy", FALSE);
    check_vectors(&f, "embedding_l2.npy", TRUE);
    check_pooling_files(&f);
    tear_down(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat(
            "/golden/", cases[i].name, cases[i].anew ? "/new-config" : "/network", NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
