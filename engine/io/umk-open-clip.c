/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and keys of open_clip beside those of transformers. Keys of a tower that are not
 * in the lists below change what it computes, so whatever else is switched on is
 * refused by name. */
#include "io/umk-open-clip-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"

#define MAX_CONFIG ((gsize) 1 << 20)
#define MAX_SIZE   (1 << 20)

/* ---- weights ---------------------------------------------------------------------- */

typedef struct {
    const char *from, *to;
} Name;

/* Whole names, or their beginnings up to ".weight" and ".bias". */
static const Name names[] = {
    {"visual.class_embedding", "vision_model.embeddings.class_embedding"},
    {"visual.conv1.", "vision_model.embeddings.patch_embedding."},
    {"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"},
    {"visual.ln_pre.", "vision_model.pre_layrnorm."},
    {"visual.ln_post.", "vision_model.post_layernorm."},
    {"token_embedding.", "text_model.embeddings.token_embedding."},
    {"positional_embedding", "text_model.embeddings.position_embedding.weight"},
    {"ln_final.", "text_model.final_layer_norm."},
};

static const Name blocks[] = {
    {"visual.transformer.resblocks.", "vision_model.encoder.layers."},
    {"transformer.resblocks.", "text_model.encoder.layers."},
};

/* Behind the number of a block. */
static const Name parts[] = {
    {".ln_1.", ".layer_norm1."},
    {".ln_2.", ".layer_norm2."},
    {".mlp.c_fc.", ".mlp.fc1."},
    {".mlp.c_proj.", ".mlp.fc2."},
    {".attn.out_proj.", ".self_attn.out_proj."},
};

static void
translate_whole(UmkWeights *weights, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize n = strlen(names[i].from);
        gboolean open = names[i].from[n - 1] == '.';

        if (open ? strncmp(name, names[i].from, n) == 0
                 : strcmp(name, names[i].from) == 0) {
            g_autofree char *to = g_strconcat(names[i].to, open ? name + n : "", NULL);

            _umk_weights_add_part(weights, to, name, 0, 1);
        }
    }
}

/* kind: ".weight" or ".bias" */
static void
translate_attention(UmkWeights *weights,
                    const char *name,
                    const char *block,
                    const char *kind)
{
    static const char *const projections[] = {"q_proj", "k_proj", "v_proj"};

    for (gsize i = 0; i < G_N_ELEMENTS(projections); i++) {
        g_autofree char *to =
            g_strconcat(block, ".self_attn.", projections[i], kind, NULL);

        _umk_weights_add_part(weights, to, name, i, G_N_ELEMENTS(projections));
    }
}

/* rest: what stands behind the name of the stack, "3.ln_1.weight" */
static void
translate_block(UmkWeights *weights,
                const char *name,
                const char *stack,
                const char *rest)
{
    gsize n_digits = strspn(rest, "0123456789");
    g_autofree char *number = g_strndup(rest, n_digits);
    g_autofree char *block = g_strconcat(stack, number, NULL);
    const char *part = rest + n_digits;

    if (strcmp(part, ".attn.in_proj_weight") == 0)
        translate_attention(weights, name, block, ".weight");
    else if (strcmp(part, ".attn.in_proj_bias") == 0)
        translate_attention(weights, name, block, ".bias");
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        gsize n = strlen(parts[i].from);

        if (strncmp(part, parts[i].from, n) == 0) {
            g_autofree char *to = g_strconcat(block, parts[i].to, part + n, NULL);

            _umk_weights_add_part(weights, to, name, 0, 1);
        }
    }
}

void
_umk_open_clip_translate_weights(UmkWeights *weights)
{
    g_auto(GStrv) list = NULL;

    if (!_umk_weights_has(weights, "visual.conv1.weight"))
        return;
    list = _umk_weights_list(weights);
    for (gsize i = 0; list[i] != NULL; i++) {
        translate_whole(weights, list[i]);
        for (gsize j = 0; j < G_N_ELEMENTS(blocks); j++)
            if (g_str_has_prefix(list[i], blocks[j].from))
                translate_block(weights, list[i], blocks[j].to,
                                list[i] + strlen(blocks[j].from));
    }
    _umk_weights_add_transposed(weights, "visual_projection.weight", "visual.proj");
    _umk_weights_add_transposed(weights, "text_projection.weight", "text_projection");
}

/* ---- config ----------------------------------------------------------------------- */

/* A number, a name or whatever it is: switched on? */
static gboolean
is_on(JsonNode *node)
{
    GType type;

    if (node == NULL || JSON_NODE_HOLDS_NULL(node))
        return FALSE;
    if (!JSON_NODE_HOLDS_VALUE(node))
        return TRUE;
    type = json_node_get_value_type(node);
    if (type == G_TYPE_BOOLEAN)
        return json_node_get_boolean(node);
    if (type == G_TYPE_INT64)
        return json_node_get_int(node) != 0;
    return TRUE;
}

static gboolean
check_keys(JsonObject *object,
           const char *where,
           const char *const *known,
           GError **error)
{
    g_autoptr(GList) keys = json_object_get_members(object);

    for (GList *at = keys; at != NULL; at = at->next) {
        if (g_strv_contains(known, at->data) ||
            !is_on(json_object_get_member(object, at->data)))
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("This open_clip model is no plain CLIP (“%s” has “%.60s”) and is "
                      "not supported"),
                    where, (const char *) at->data);
        return FALSE;
    }
    return TRUE;
}

static void
put_size(JsonObject *object, const char *key, gsize value)
{
    json_object_set_int_member(object, key, (gint64) value);
}

/* What the two towers say alike: hidden_size, num_hidden_layers, intermediate_size. */
static gboolean
put_common(JsonObject *to,
           JsonObject *from,
           gsize usual_width,
           gboolean quick,
           gsize *width,
           GError **error)
{
    gsize layers;
    double ratio;

    if (!_umk_json_get_size(from, "width", usual_width, MAX_SIZE, width, error) ||
        !_umk_json_get_size(from, "layers", 12, MAX_SIZE, &layers, error) ||
        !_umk_json_get_number(from, "mlp_ratio", 4, &ratio, error))
        return FALSE;
    if (!(ratio > 0 && ratio < 1000)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“mlp_ratio” is %g, which no layer can have"), ratio);
        return FALSE;
    }
    put_size(to, "hidden_size", *width);
    put_size(to, "num_hidden_layers", layers);
    put_size(to, "intermediate_size", (gsize) ((double) *width * ratio));
    json_object_set_string_member(to, "hidden_act", quick ? "quick_gelu" : "gelu");
    json_object_set_double_member(to, "layer_norm_eps", 1e-5);
    return TRUE;
}

static gboolean
put_vision(
    JsonObject *to, JsonObject *from, gboolean quick, gsize *image_size, GError **error)
{
    static const char *const known[] = {"width",         "layers",     "head_width",
                                        "mlp_ratio",     "image_size", "patch_size",
                                        "patch_dropout", NULL};
    gsize width, head_width, patch_size;

    if (!check_keys(from, "vision_cfg", known, error) ||
        !put_common(to, from, 768, quick, &width, error) ||
        !_umk_json_get_size(from, "head_width", 64, MAX_SIZE, &head_width, error) ||
        !_umk_json_get_size(from, "image_size", 224, MAX_SIZE, image_size, error) ||
        !_umk_json_get_size(from, "patch_size", 16, MAX_SIZE, &patch_size, error))
        return FALSE;
    put_size(to, "num_attention_heads", head_width > 0 ? width / head_width : 0);
    put_size(to, "image_size", *image_size);
    put_size(to, "patch_size", patch_size);
    return TRUE;
}

static gboolean
put_text(JsonObject *to, JsonObject *from, gboolean quick, GError **error)
{
    static const char *const known[] = {"width",
                                        "layers",
                                        "heads",
                                        "mlp_ratio",
                                        "context_length",
                                        "vocab_size",
                                        "hf_tokenizer_name",
                                        NULL};
    gsize width, heads, length, vocabulary;

    if (!check_keys(from, "text_cfg", known, error) ||
        !put_common(to, from, 512, quick, &width, error) ||
        !_umk_json_get_size(from, "heads", 8, MAX_SIZE, &heads, error) ||
        !_umk_json_get_size(from, "context_length", 77, MAX_SIZE, &length, error) ||
        !_umk_json_get_size(from, "vocab_size", 49408, MAX_SIZE, &vocabulary, error))
        return FALSE;
    put_size(to, "num_attention_heads", heads);
    put_size(to, "max_position_embeddings", length);
    put_size(to, "vocab_size", vocabulary);
    return TRUE;
}

/* mean, std, interpolation and resize_mode as timm's keys. */
static gboolean
put_preprocess(JsonObject *to, JsonObject *from, gsize image_size, GError **error)
{
    static const char *const lists[] = {"mean", "std"};
    static const double usual[][3] = {{0.48145466, 0.4578275, 0.40821073},
                                      {0.26862954, 0.26130258, 0.27577711}};
    const char *filter = "bicubic", *mode = "shortest";
    JsonArray *size = json_array_new();

    json_array_add_int_element(size, 3);
    json_array_add_int_element(size, (gint64) image_size);
    json_array_add_int_element(size, (gint64) image_size);
    json_object_set_array_member(to, "input_size", size);
    json_object_set_double_member(to, "crop_pct", 1.0);
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        JsonArray *list = NULL;

        if (from != NULL && !_umk_json_get_array(from, lists[i], &list, error))
            return FALSE;
        if (list != NULL) {
            json_array_ref(list);
        } else {
            list = json_array_new();
            for (gsize j = 0; j < 3; j++)
                json_array_add_double_element(list, usual[i][j]);
        }
        json_object_set_array_member(to, lists[i], list);
    }
    if (from != NULL &&
        (!_umk_json_get_string(from, "interpolation", filter, &filter, error) ||
         !_umk_json_get_string(from, "resize_mode", mode, &mode, error)))
        return FALSE;
    json_object_set_string_member(to, "interpolation", filter);
    json_object_set_string_member(to, "crop_mode",
                                  strcmp(mode, "shortest") == 0 ? "center" : mode);
    return TRUE;
}

static gboolean
translate(JsonObject *root, JsonObject *to, GError **error)
{
    static const char *const known[] = {"embed_dim", "vision_cfg", "text_cfg",
                                        "quick_gelu", NULL};
    JsonObject *model, *vision, *text, *preprocess;
    JsonObject *new_vision = json_object_new(), *new_text = json_object_new();
    JsonObject *pictures = json_object_new();
    gboolean quick;
    gsize n_dims, image_size;

    json_object_set_string_member(to, "model_type", "clip");
    json_object_set_object_member(to, "vision_config", new_vision);
    json_object_set_object_member(to, "text_config", new_text);
    json_object_set_object_member(to, "pretrained_cfg", pictures);
    if (!_umk_json_get_object(root, "model_cfg", &model, error) ||
        !_umk_json_get_object(root, "preprocess_cfg", &preprocess, error))
        return FALSE;
    if (model == NULL)
        model = root;
    if (!check_keys(model, "model_cfg", known, error) ||
        !_umk_json_get_object(model, "vision_cfg", &vision, error) ||
        !_umk_json_get_object(model, "text_cfg", &text, error) ||
        !_umk_json_get_boolean(model, "quick_gelu", FALSE, &quick, error) ||
        !_umk_json_get_size(model, "embed_dim", 512, MAX_SIZE, &n_dims, error))
        return FALSE;
    if (vision == NULL || text == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“model_cfg” has no “vision_cfg” or no “text_cfg”"));
        return FALSE;
    }
    put_size(to, "projection_dim", n_dims);
    return put_vision(new_vision, vision, quick, &image_size, error) &&
           put_text(new_text, text, quick, error) &&
           put_preprocess(pictures, preprocess, image_size, error);
}

char *
_umk_open_clip_translate_config(const char *data, gsize length, GError **error)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = _umk_json_parse(data, length, &root, error);
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) node = NULL;

    if (parser == NULL || !translate(root, object, error))
        return NULL;
    node = json_node_init_object(json_node_alloc(), object);
    return json_to_string(node, FALSE);
}

/* ---- folders ---------------------------------------------------------------------- */

gboolean
_umk_open_clip_is_folder(const char *folder)
{
    g_autofree char *plain = g_build_filename(folder, "config.json", NULL);
    g_autofree char *other = g_build_filename(folder, "open_clip_config.json", NULL);

    return !g_file_test(plain, G_FILE_TEST_EXISTS) &&
           g_file_test(other, G_FILE_TEST_EXISTS);
}

char *
_umk_open_clip_read_config(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "open_clip_config.json", NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    const char *data;
    char *config;

    if (file == NULL)
        return NULL;
    if (g_mapped_file_get_length(file) > MAX_CONFIG) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("“%s” is too large"), path);
        return NULL;
    }
    data = g_mapped_file_get_contents(file); /* NULL of an empty file */
    config = _umk_open_clip_translate_config(data != NULL ? data : "",
                                             g_mapped_file_get_length(file), error);
    if (config == NULL)
        g_prefix_error(error, "%s: ", path);
    return config;
}
