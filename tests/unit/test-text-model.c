/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text models on a toy folder made here: pooling modes, the module chain, limits, scratch
 * memory, and one clear sentence for each way a folder can be wrong. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/umk-rng-private.h"
#include "core/umk-run-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-pooling-private.h"
#include "modalities/text/umk-text-model-private.h"

#define D         8
#define POSITIONS 16

static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a",
                                    "b",     "c",     "dog",   "##s"};

static const char config_text[] =
    "{\"model_type\":\"bert\",\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,"
    "\"num_attention_heads\":2,\"intermediate_size\":12,\"max_position_embeddings\":16,"
    "\"type_vocab_size\":2,\"layer_norm_eps\":1e-12,\"hidden_act\":\"gelu\"}";

/* ---- a folder ---- */

typedef struct {
    GString *header;
    GByteArray *data;
} Writer;

static void
add_tensor(Writer *w, const char *name, gsize rows, gsize cols)
{
    gsize n = rows * MAX(cols, 1);
    gsize begin = w->data->len;
    UmkRng rng;

    _umk_rng_init(&rng, g_str_hash(name), 0);
    for (gsize i = 0; i < n; i++) {
        float value = (float) _umk_rng_normal(&rng) * 0.5f;

        g_byte_array_append(w->data, (const guint8 *) &value, sizeof value);
    }
    g_string_append_printf(w->header,
                           "%c\"%s\":{\"dtype\":\"F32\",\"shape\":[%d%s%.0d],"
                           "\"data_offsets\":[%d,%d]}",
                           w->header->len > 0 ? ',' : '{', name, (int) rows,
                           cols > 0 ? "," : "", (int) cols, (int) begin,
                           (int) w->data->len);
}

static void
write_tensors(Writer *w, const char *path)
{
    g_autoptr(GString) file = g_string_new(NULL);
    guint64 n;

    g_string_append_c(w->header, '}');
    while (w->header->len % 8 != 0)
        g_string_append_c(w->header, ' ');
    n = GUINT64_TO_LE((guint64) w->header->len);
    g_string_append_len(file, (const char *) &n, 8);
    g_string_append_len(file, w->header->str, (gssize) w->header->len);
    g_string_append_len(file, (const char *) w->data->data, w->data->len);
    g_assert_true(g_file_set_contents(path, file->str, (gssize) file->len, NULL));
    g_string_free(w->header, TRUE);
    g_byte_array_unref(w->data);
}

static void
write_bert(const char *path, const char *left_out)
{
    static const struct {
        const char *name;
        gsize rows, cols;
    } tensors[] = {
        {"embeddings.word_embeddings.weight", G_N_ELEMENTS(words), D},
        {"embeddings.position_embeddings.weight", POSITIONS, D},
        {"embeddings.token_type_embeddings.weight", 2, D},
        {"embeddings.LayerNorm.weight", D, 0},
        {"embeddings.LayerNorm.bias", D, 0},
        {"encoder.layer.0.attention.self.query.weight", D, D},
        {"encoder.layer.0.attention.self.query.bias", D, 0},
        {"encoder.layer.0.attention.self.key.weight", D, D},
        {"encoder.layer.0.attention.self.key.bias", D, 0},
        {"encoder.layer.0.attention.self.value.weight", D, D},
        {"encoder.layer.0.attention.self.value.bias", D, 0},
        {"encoder.layer.0.attention.output.dense.weight", D, D},
        {"encoder.layer.0.attention.output.dense.bias", D, 0},
        {"encoder.layer.0.attention.output.LayerNorm.weight", D, 0},
        {"encoder.layer.0.attention.output.LayerNorm.bias", D, 0},
        {"encoder.layer.0.intermediate.dense.weight", 12, D},
        {"encoder.layer.0.intermediate.dense.bias", 12, 0},
        {"encoder.layer.0.output.dense.weight", D, 12},
        {"encoder.layer.0.output.dense.bias", D, 0},
        {"encoder.layer.0.output.LayerNorm.weight", D, 0},
        {"encoder.layer.0.output.LayerNorm.bias", D, 0},
    };
    Writer w = {g_string_new(NULL), g_byte_array_new()};

    for (gsize i = 0; i < G_N_ELEMENTS(tensors); i++)
        if (g_strcmp0(tensors[i].name, left_out) != 0)
            add_tensor(&w, tensors[i].name, tensors[i].rows, tensors[i].cols);
    write_tensors(&w, path);
}

static void
write_text(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *
make_folder(void)
{
    char *folder = g_dir_make_tmp("umekomi-text-XXXXXX", NULL);
    g_autofree char *weights = g_build_filename(folder, "model.safetensors", NULL);
    g_autoptr(GString) vocabulary = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        g_string_append_printf(vocabulary, "%s\n", words[i]);
    write_text(folder, "config.json", config_text);
    write_text(folder, "vocab.txt", vocabulary->str);
    write_bert(weights, NULL);
    return folder;
}

static void
remove_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_folder(path);
        else
            g_remove(path);
    }
    g_rmdir(folder);
}

static gpointer
load(const char *folder, const char *name, const char *value, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    if (name != NULL)
        g_assert_true(umk_params_set(params, name, value, NULL));
    return _umk_bert_embedder.model_load(folder, params, NULL, error);
}

static gboolean
embed_text(gpointer session, const char *text, float *out, GError **error)
{
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    g_auto(UmkRun) run = {0};

    _umk_run_init(&run, NULL, NULL, NULL);
    return _umk_bert_embedder.session_embed(session, &item, 1, out, 64, &run, error);
}

static void
embed_once(
    const char *folder, const char *name, const char *value, const char *text, float *out)
{
    GError *error = NULL;
    gpointer model = load(folder, name, value, &error), session;

    g_assert_no_error(error);
    session = _umk_bert_embedder.session_new(model, &error);
    g_assert_true(embed_text(session, text, out, &error));
    g_assert_no_error(error);
    _umk_bert_embedder.session_free(session);
    _umk_bert_embedder.model_free(model);
}

/* ---- tests ---- */

static void
test_pooling(void)
{
    const float hidden[4][2] = {{1, 8}, {2, -4}, {3, 2}, {-4, 0}};
    UmkPooling pooling = {UMK_POOLING_CLS | UMK_POOLING_MAX | UMK_POOLING_MEAN |
                              UMK_POOLING_MEAN_SQRT | UMK_POOLING_WEIGHTED_MEAN |
                              UMK_POOLING_LAST,
                          TRUE};
    const float all[] = {1, 8, 3, 8, 0.5f, 1.5f, 1, 3, -0.2f, 0.6f, -4, 0};
    const float after[] = {1,  8,        3,  2, -0.5f, 1, -1 / sqrtf(2), 2 / sqrtf(2),
                           -1, 6 / 7.0f, -4, 0};
    float out[12];

    g_assert_cmpuint(_umk_pooling_n_out(&pooling, 2), ==, 12);
    _umk_pooling_apply(&pooling, hidden[0], 4, 2, 2, out);
    for (gsize i = 0; i < 12; i++)
        g_assert_cmpfloat_with_epsilon(out[i], all[i], 1e-6f);
    pooling.include_prompt = FALSE;
    _umk_pooling_apply(&pooling, hidden[0], 4, 2, 2, out);
    for (gsize i = 0; i < 12; i++)
        g_assert_cmpfloat_with_epsilon(out[i], after[i], 1e-6f);
    /* a text that is nothing but its prompt still has a vector */
    _umk_pooling_apply(&pooling, hidden[0], 4, 2, 4, out);
    g_assert_cmpfloat_with_epsilon(out[4], 0.5f, 1e-6f);
}

static void
test_chain(void)
{
    g_autofree char *folder = make_folder();
    g_autofree char *weights =
        g_build_filename(folder, "2_Dense", "model.safetensors", NULL);
    Writer w = {g_string_new(NULL), g_byte_array_new()};
    float cls[64], mean[64], both[64], dense[64];

    embed_once(folder, "pooling", "cls", "a dog", cls);
    embed_once(folder, "pooling", "auto", "a dog", mean);
    write_text(
        folder, "modules.json",
        "[{\"type\":\"sentence_transformers.models.Transformer\",\"path\":\"\"},"
        "{\"type\":\"sentence_transformers.models.Pooling\",\"path\":\"1_Pooling\"}]");
    write_text(folder, "1_Pooling/config.json",
               "{\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true}");
    embed_once(folder, "normalize", "no", "a dog", both);
    for (gsize i = 0; i < D; i++) {
        float c = both[i], m = both[D + i];

        g_assert_true((c < 0) == (cls[i] < 0) && (m < 0) == (mean[i] < 0));
    }
    add_tensor(&w, "linear.weight", 5, 2 * D);
    write_text(folder, "2_Dense/config.json",
               "{\"in_features\":16,\"out_features\":5,\"bias\":false,"
               "\"activation_function\":\"torch.nn.modules.linear.Identity\"}");
    write_tensors(&w, weights);
    write_text(
        folder, "modules.json",
        "[{\"type\":\"sentence_transformers.models.Transformer\",\"path\":\"\"},"
        "{\"type\":\"sentence_transformers.models.Pooling\",\"path\":\"1_Pooling\"},"
        "{\"type\":\"sentence_transformers.models.Dense\",\"path\":\"2_Dense\"},"
        "{\"type\":\"sentence_transformers.models.Normalize\",\"path\":\"3_Normalize\"}"
        "]");
    embed_once(folder, NULL, NULL, "a dog", dense);
    g_assert_cmpfloat_with_epsilon(dense[0] * dense[0] + dense[1] * dense[1] +
                                       dense[2] * dense[2] + dense[3] * dense[3] +
                                       dense[4] * dense[4],
                                   1.0f, 1e-6f);
    remove_folder(folder);
}

/* Longer than the model's positions: cut, not refused; max_seq_length cuts further. */
static void
test_limits(void)
{
    g_autofree char *folder = make_folder();
    g_autoptr(GString) text = g_string_new("a");
    g_autofree char *short_text = NULL;
    float out[64], expected[64];

    for (guint i = 0; i < 100; i++)
        g_string_append(text, " b");
    embed_once(folder, NULL, NULL, text->str, out);
    write_text(folder, "tokenizer_config.json", "{\"model_max_length\":4}");
    embed_once(folder, NULL, NULL, text->str, out);
    embed_once(folder, NULL, NULL, "a b", expected);
    g_assert_cmpmem(out, D * sizeof(float), expected, D * sizeof(float));
    write_text(folder, "tokenizer_config.json", "{\"model_max_length\":1e30}");
    write_text(folder, "sentence_bert_config.json", "{\"max_seq_length\":4}");
    embed_once(folder, NULL, NULL, text->str, out);
    embed_once(folder, NULL, NULL, "a b", expected);
    g_assert_cmpmem(out, D * sizeof(float), expected, D * sizeof(float));
    remove_folder(folder);
}

static void
test_no_growth(void)
{
    g_autofree char *folder = make_folder();
    GError *error = NULL;
    gpointer model = load(folder, NULL, NULL, &error), session;
    float out[64];
    guint grown;

    g_assert_no_error(error);
    session = _umk_bert_embedder.session_new(model, &error);
    g_assert_true(embed_text(session, "a b c dogs a b c dogs a b c dogs", out, &error));
    grown = _umk_text_session_get_n_grown(session);
    for (guint i = 0; i < 50; i++)
        g_assert_true(embed_text(session, i % 2 ? "a b c" : "", out, &error));
    g_assert_cmpuint(_umk_text_session_get_n_grown(session), ==, grown);
    _umk_bert_embedder.session_free(session);
    _umk_bert_embedder.model_free(model);
    remove_folder(folder);
}

static void
expect_error(const char *folder, const char *part)
{
    GError *error = NULL;
    gpointer model = load(folder, NULL, NULL, &error);

    g_assert_null(model);
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_true(g_str_has_prefix(error->message, folder));
    g_assert_null(strchr(error->message, '\n'));
    g_error_free(error);
}

static const struct {
    const char *file;
    const char *content;
    const char *part;
} broken[] = {
    {"config.json", "{", "config.json: "},
    {"config.json", "{\"model_type\":\"bert\"}", "missing or 0"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1000000000000,"
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "num_hidden_layers"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":100000,"
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "number of layers is 100000, expected 1 to"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,"
     "\"num_attention_heads\":3,\"intermediate_size\":12}",
     "not a multiple"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":\"8\",\"num_hidden_layers\":1,"
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "“hidden_size” is not a number"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":-8,\"num_hidden_layers\":1,"
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "“hidden_size” is -8"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,\"hidden_act\":"
     "\"sine\","
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "activation function “sine”"},
    {"config.json",
     "{\"vocab_size\":10,\"hidden_size\":8,\"num_hidden_layers\":1,"
     "\"num_attention_heads\":2,\"intermediate_size\":12}",
     "has shape [9, 8], expected [10, 8]"},
    {"config.json",
     "{\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,"
     "\"position_embedding_type\":\"relative_key\",\"num_attention_heads\":2,"
     "\"intermediate_size\":12}",
     "relative_key"},
    {"modules.json", "{}", "not an array"},
    {"modules.json", "[3]", "module 0 is not an object"},
    {"modules.json",
     "[{\"type\":\"x.Transformer\",\"path\":\"\"},{\"type\":\"x.LSTM\",\"path\":\"1\"}]",
     "module “x.LSTM” is not supported"},
    {"modules.json", "[{\"type\":\"x.Pooling\",\"path\":\"../1\"}]",
     "leaves the model’s folder"},
    {"modules.json", "[{\"type\":\"x.Dense\",\"path\":\"dense\"}]", "config.json"},
    {"sentence_bert_config.json", "{\"max_seq_length\":-1}", "max_seq_length"},
    {"config_sentence_transformers.json", "{\"prompts\":[]}",
     "“prompts” is not an object"},
    {"config_sentence_transformers.json", "{\"default_prompt_name\":\"q\"}",
     "no prompt “q”"},
    {"1_Pooling/config.json", "{}", "No pooling mode"},
    {"vocab.txt", "", ""},
};

static void
test_broken(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *folder = make_folder();

        write_text(folder, broken[i].file, broken[i].content);
        expect_error(folder, broken[i].part);
        remove_folder(folder);
    }
}

static void
test_broken_weights(void)
{
    g_autofree char *folder = make_folder();
    g_autofree char *weights = g_build_filename(folder, "model.safetensors", NULL);

    write_bert(weights, "encoder.layer.0.output.LayerNorm.bias");
    expect_error(folder, "no tensor “encoder.layer.0.output.LayerNorm.bias”");
    write_bert(weights, "embeddings.word_embeddings.weight");
    expect_error(folder, "no tensor “embeddings.word_embeddings.weight”");
    g_assert_cmpint(truncate(weights, 900), ==, 0);
    expect_error(folder, "model.safetensors");
    g_remove(weights);
    expect_error(folder, "no model.safetensors");
    remove_folder(folder);
}

/* A tokenizer that knows more words than the network. */
static void
test_unknown_id(void)
{
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "vocab.txt", NULL);
    g_autofree char *vocabulary = NULL;
    g_autofree char *longer = NULL;
    GError *error = NULL;
    gpointer model, session;
    float out[64];

    g_assert_true(g_file_get_contents(path, &vocabulary, NULL, NULL));
    longer = g_strconcat(vocabulary, "extra\n", NULL);
    write_text(folder, "vocab.txt", longer);
    model = load(folder, NULL, NULL, &error);
    g_assert_no_error(error);
    session = _umk_bert_embedder.session_new(model, &error);
    g_assert_true(embed_text(session, "a", out, &error));
    g_assert_false(embed_text(session, "extra", out, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "token 9"));
    g_clear_error(&error);
    g_assert_true(embed_text(session, "a", out, &error));
    _umk_bert_embedder.session_free(session);
    _umk_bert_embedder.model_free(model);
    remove_folder(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-model/pooling", test_pooling);
    g_test_add_func("/text-model/chain", test_chain);
    g_test_add_func("/text-model/limits", test_limits);
    g_test_add_func("/text-model/no-growth", test_no_growth);
    g_test_add_func("/text-model/broken", test_broken);
    g_test_add_func("/text-model/broken-weights", test_broken_weights);
    g_test_add_func("/text-model/unknown-id", test_unknown_id);
    return g_test_run();
}
