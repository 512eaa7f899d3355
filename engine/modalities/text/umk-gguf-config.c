/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata of GGUF files as configurations: which of llama.cpp's keys and tensors stand
 * for which of the published ones. */
#include "modalities/text/umk-gguf-model-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#define MAX_SIZE (1 << 24)

static char *
get_architecture(const UmkGguf *gguf, GError **error)
{
    char *name = NULL;

    if (!_umk_gguf_dup_string(gguf, "general.architecture", "", &name, error))
        return NULL;
    return name;
}

/* "bert.embedding_length" */
static char *
own_key(const UmkGguf *gguf, const char *name)
{
    g_autofree char *architecture = get_architecture(gguf, NULL);

    return g_strdup_printf("%s.%s", architecture != NULL ? architecture : "", name);
}

typedef struct {
    const char *gguf; /* without the architecture */
    const char *key;
} Size;

static gboolean
copy_sizes(
    const UmkGguf *gguf, const Size *sizes, gsize n, JsonObject *config, GError **error)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *key = own_key(gguf, sizes[i].gguf);
        gsize value;

        if (!_umk_gguf_get_size(gguf, key, 0, MAX_SIZE, &value, error))
            return FALSE;
        if (value == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is missing or 0"), key);
            return FALSE;
        }
        json_object_set_int_member(config, sizes[i].key, (gint64) value);
    }
    return TRUE;
}

static gboolean
copy_number(const UmkGguf *gguf,
            const char *name,
            double fallback,
            JsonObject *config,
            const char *key,
            GError **error)
{
    g_autofree char *full = own_key(gguf, name);
    double value;

    if (!_umk_gguf_get_number(gguf, full, fallback, &value, error))
        return FALSE;
    json_object_set_double_member(config, key, value);
    return TRUE;
}

/* Rows of a table; 0: there is none. */
static gsize
get_rows(const UmkGguf *gguf, const char *name)
{
    const UmkGgufTensor *tensor = _umk_gguf_find_tensor(gguf, name);

    return tensor != NULL && tensor->n_axes == 2 ? tensor->shape[0] : 0;
}

/* What the tables themselves tell: tokens and token types. */
static void
copy_tables(const UmkGguf *gguf, JsonObject *config)
{
    json_object_set_int_member(config, "vocab_size",
                               (gint64) get_rows(gguf, "token_embd.weight"));
    json_object_set_int_member(config, "type_vocab_size",
                               (gint64) MAX(get_rows(gguf, "token_types.weight"), 1));
}

/* The metadata say TRUE of decoders; these families read both ways. */
static gboolean
check_causal(const UmkGguf *gguf, GError **error)
{
    g_autofree char *key = own_key(gguf, "attention.causal");
    gboolean causal;

    if (!_umk_gguf_get_boolean(gguf, key, FALSE, &causal, error))
        return FALSE;
    if (causal)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is true, which is not supported"), key);
    return !causal;
}

/* bert */

static const UmkGgufName bert_names[] = {
    {"embeddings.word_embeddings", "token_embd", NULL},
    {"embeddings.position_embeddings", "position_embd", NULL},
    {"embeddings.token_type_embeddings", "token_types", NULL},
    {"embeddings.LayerNorm", "token_embd_norm", NULL},
    {"encoder.layer.#.attention.self.query", "blk.#.attn_q", NULL},
    {"encoder.layer.#.attention.self.key", "blk.#.attn_k", NULL},
    {"encoder.layer.#.attention.self.value", "blk.#.attn_v", NULL},
    {"encoder.layer.#.attention.output.dense", "blk.#.attn_output", NULL},
    {"encoder.layer.#.attention.output.LayerNorm", "blk.#.attn_output_norm", NULL},
    {"encoder.layer.#.intermediate.dense", "blk.#.ffn_up", NULL},
    {"encoder.layer.#.output.dense", "blk.#.ffn_down", NULL},
    {"encoder.layer.#.output.LayerNorm", "blk.#.layer_output_norm", NULL},
    {NULL, NULL, NULL},
};

static const Size bert_sizes[] = {
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"attention.head_count", "num_attention_heads"},
    {"feed_forward_length", "intermediate_size"},
};

static gboolean
configure_bert(const UmkGguf *gguf, JsonObject *config, GError **error)
{
    json_object_set_string_member(config, "model_type", "bert");
    json_object_set_int_member(config, "max_position_embeddings",
                               (gint64) get_rows(gguf, "position_embd.weight"));
    copy_tables(gguf, config);
    return copy_sizes(gguf, bert_sizes, G_N_ELEMENTS(bert_sizes), config, error) &&
           copy_number(gguf, "attention.layer_norm_epsilon", 1e-12, config,
                       "layer_norm_eps", error) &&
           check_causal(gguf, error);
}

/* nomic-bert */

static const UmkGgufName nomic_names[] = {
    {"embeddings.word_embeddings", "token_embd", NULL},
    {"embeddings.token_type_embeddings", "token_types", NULL},
    {"emb_ln", "token_embd_norm", NULL},
    {"encoder.layers.#.attn.Wqkv", "blk.#.attn_qkv", NULL},
    {"encoder.layers.#.attn.out_proj", "blk.#.attn_output", NULL},
    {"encoder.layers.#.norm1", "blk.#.attn_output_norm", NULL},
    {"encoder.layers.#.mlp.fc11", "blk.#.ffn_up", NULL},
    {"encoder.layers.#.mlp.fc12", "blk.#.ffn_gate", NULL},
    {"encoder.layers.#.mlp.fc2", "blk.#.ffn_down", NULL},
    {"encoder.layers.#.norm2", "blk.#.layer_output_norm", NULL},
    {NULL, NULL, NULL},
};

static const Size nomic_sizes[] = {
    {"embedding_length", "n_embd"},     {"block_count", "n_layer"},
    {"attention.head_count", "n_head"}, {"feed_forward_length", "n_inner"},
    {"context_length", "n_positions"},
};

static gboolean
configure_nomic(const UmkGguf *gguf, JsonObject *config, GError **error)
{
    gboolean bias = _umk_gguf_find_tensor(gguf, "blk.0.attn_qkv.bias") != NULL;

    json_object_set_string_member(config, "model_type", "nomic_bert");
    json_object_set_string_member(config, "activation_function", "swiglu");
    json_object_set_boolean_member(config, "qkv_proj_bias", bias);
    json_object_set_boolean_member(config, "mlp_fc1_bias", bias);
    json_object_set_boolean_member(config, "mlp_fc2_bias", bias);
    json_object_set_double_member(config, "rotary_emb_fraction", 1);
    copy_tables(gguf, config);
    return copy_sizes(gguf, nomic_sizes, G_N_ELEMENTS(nomic_sizes), config, error) &&
           copy_number(gguf, "attention.layer_norm_epsilon", 1e-12, config,
                       "layer_norm_epsilon", error) &&
           copy_number(gguf, "rope.freq_base", 1000, config, "rotary_emb_base", error) &&
           check_causal(gguf, error);
}

/* jina-bert-v2: of files made before 2025 the gate is a tensor of its own, in newer ones
 * it is the first half of ffn_up. */

static const UmkGgufName jina_names[] = {
    {"embeddings.word_embeddings", "token_embd", NULL},
    {"embeddings.token_type_embeddings", "token_types", NULL},
    {"embeddings.LayerNorm", "token_embd_norm", NULL},
    {"encoder.layer.#.attention.self.query", "blk.#.attn_q", NULL},
    {"encoder.layer.#.attention.self.key", "blk.#.attn_k", NULL},
    {"encoder.layer.#.attention.self.value", "blk.#.attn_v", NULL},
    {"encoder.layer.#.attention.output.dense", "blk.#.attn_output", NULL},
    {"encoder.layer.#.attention.output.LayerNorm", "blk.#.attn_output_norm", NULL},
    {"encoder.layer.#.mlp.gated_layers", "blk.#.ffn_gate", "blk.#.ffn_up"},
    {"encoder.layer.#.mlp.gated_layers", "blk.#.ffn_up", NULL},
    {"encoder.layer.#.mlp.wo", "blk.#.ffn_down", NULL},
    {"encoder.layer.#.mlp.layernorm", "blk.#.layer_output_norm", NULL},
    {NULL, NULL, NULL},
};

static const Size jina_sizes[] = {
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"attention.head_count", "num_attention_heads"},
    {"feed_forward_length", "intermediate_size"},
    {"context_length", "max_position_embeddings"},
};

static gboolean
configure_jina(const UmkGguf *gguf, JsonObject *config, GError **error)
{
    if (_umk_gguf_find_tensor(gguf, "blk.0.attn_q_norm.weight") != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("A jina-bert-v2 file with norms of queries and keys is not "
                      "supported; use the model's own folder"));
        return FALSE;
    }
    json_object_set_string_member(config, "model_type", "bert");
    json_object_set_string_member(config, "position_embedding_type", "alibi");
    json_object_set_string_member(config, "feed_forward_type", "geglu");
    copy_tables(gguf, config);
    return copy_sizes(gguf, jina_sizes, G_N_ELEMENTS(jina_sizes), config, error) &&
           copy_number(gguf, "attention.layer_norm_epsilon", 1e-12, config,
                       "layer_norm_eps", error) &&
           check_causal(gguf, error);
}

static const UmkGgufArchitecture architectures[] = {
    {"bert", bert_names, configure_bert},
    {"nomic-bert", nomic_names, configure_nomic},
    {"jina-bert-v2", jina_names, configure_jina},
};

const UmkGgufArchitecture *
_umk_gguf_architecture_find(const UmkGguf *gguf, GError **error)
{
    g_autofree char *name = get_architecture(gguf, error);
    g_autoptr(GString) known = g_string_new(NULL);

    if (name == NULL)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(architectures); i++) {
        if (strcmp(name, architectures[i].architecture) == 0)
            return &architectures[i];
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "",
                               architectures[i].architecture);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The GGUF file is of the architecture “%.60s”; known ones are: %s"),
                name, known->str);
    return NULL;
}

JsonObject *
_umk_gguf_make_config(const UmkGgufArchitecture *architecture,
                      const UmkGguf *gguf,
                      GError **error)
{
    g_autoptr(JsonObject) config = json_object_new();

    return architecture->configure(gguf, config, error) ? g_steal_pointer(&config) : NULL;
}

gboolean
_umk_gguf_get_pooling(const UmkGguf *gguf, const char **pooling, GError **error)
{
    static const char *const names[] = {"mean", "mean", "cls", "last"};
    g_autofree char *key = own_key(gguf, "pooling_type");
    gsize type;

    if (!_umk_gguf_get_size(gguf, key, 1, G_MAXUINT32, &type, error))
        return FALSE;
    if (type >= G_N_ELEMENTS(names)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %zu; 0 to 3 (none, mean, first and last token) are known"),
                    key, type);
        return FALSE;
    }
    *pooling = names[type];
    return TRUE;
}

gboolean
_umk_gguf_get_context(const UmkGguf *gguf, gsize *n_tokens, GError **error)
{
    g_autofree char *key = own_key(gguf, "context_length");

    return _umk_gguf_get_size(gguf, key, 0, G_MAXUINT32, n_tokens, error);
}
