/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything about a model that a person chooses by, gathered from its folder: towers and
 * their families, sizes, limits, prompts, languages, licence, digests. */
#include "core/umk-run-private.h"
#include "facade/umk-model-files-private.h"
#include "facade/umk-registry-private.h"
#include "hub/umk-front-matter-private.h"
#include "hub/umk-model-record-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-model-info.h>
#include <umekomi/umk-model.h>

#include <glib/gstdio.h>

#include <string.h>

#define NO_LIMIT 1000000 /* tokenizers say 1e30 for "none" */

static void
add_string(JsonBuilder *builder, const char *key, const char *value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_string_value(builder, value);
}

static void
add_int(JsonBuilder *builder, const char *key, gint64 value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_int_value(builder, value);
}

/* ---- what the weights say ---------------------------------------------------------- */

typedef struct {
    gint64 n_parameters;
    gint64 n_bytes;
    GHashTable *dtypes; /* name -> gint64 * number of elements */
} Weights;

static void
count_file(Weights *weights, const char *path)
{
    g_auto(UmkWeightsFile) file = {0};

    if (!_umk_weights_file_open(&file, path, NULL))
        return;
    weights->n_bytes += (gint64) g_mapped_file_get_length(file.map);
    for (guint i = 0; i < file.tensors->len; i++) {
        const UmkTensor *tensor = file.tensors->pdata[i];
        gint64 *count;

        /* buffers of whole numbers, such as position_ids, are no parameters */
        if (tensor->dtype == UMK_DTYPE_I64 || tensor->dtype == UMK_DTYPE_I32 ||
            tensor->dtype == UMK_DTYPE_BOOL)
            continue;
        count = g_hash_table_lookup(weights->dtypes, tensor->dtype_name);
        if (count == NULL) {
            count = g_new0(gint64, 1);
            g_hash_table_insert(weights->dtypes, g_strdup(tensor->dtype_name), count);
        }
        *count += (gint64) tensor->n_elements;
        weights->n_parameters += (gint64) tensor->n_elements;
    }
}

static void
add_weights(JsonBuilder *builder, char **folders)
{
    Weights weights = {0};
    GHashTableIter iter;
    gpointer name, count;

    weights.dtypes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (gsize i = 0; folders[i] != NULL; i++) {
        g_auto(GStrv) paths = _umk_model_list_weights(folders[i]);

        for (gsize j = 0; paths[j] != NULL; j++)
            count_file(&weights, paths[j]);
    }
    add_int(builder, "parameters", weights.n_parameters);
    add_int(builder, "weight_bytes", weights.n_bytes);
    json_builder_set_member_name(builder, "stored_as");
    json_builder_begin_object(builder);
    g_hash_table_iter_init(&iter, weights.dtypes);
    while (g_hash_table_iter_next(&iter, &name, &count))
        add_int(builder, name, *(gint64 *) count);
    json_builder_end_object(builder);
    g_hash_table_unref(weights.dtypes);
}

/* ---- what a tower's files say ------------------------------------------------------ */

/* The smallest limit that any file gives; 0 where none does. */
static gsize
find_max_tokens(const char *folder, JsonObject *config)
{
    static const char *const files[] = {"sentence_bert_config.json",
                                        "tokenizer_config.json"};
    static const char *const keys[] = {"max_seq_length", "model_max_length"};
    gsize most = 0, value = 0;
    JsonObject *text = NULL;
    gsize padding = 0;

    if (config != NULL) {
        const char *type = "";

        _umk_json_get_object(config, "text_config", &text, NULL);
        text = text ? text : config;
        _umk_json_get_size(text, "max_position_embeddings", 0, NO_LIMIT, &most, NULL);
        if (most == 0)
            _umk_json_get_size(text, "n_positions", 0, NO_LIMIT, &most, NULL);
        /* this family counts positions from the padding token on */
        _umk_json_get_string(text, "model_type", "", &type, NULL);
        if (strstr(type, "roberta") != NULL || g_str_equal(type, "mpnet"))
            _umk_json_get_size(text, "pad_token_id", 1, 8, &padding, NULL);
        if (padding > 0 && most > padding + 1)
            most -= padding + 1;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        JsonObject *root;
        g_autoptr(JsonParser) parser = _umk_model_read_json(folder, files[i], &root);

        if (parser != NULL && json_object_has_member(root, keys[i]) &&
            _umk_json_get_size(root, keys[i], 0, NO_LIMIT, &value, NULL) && value > 0)
            most = most > 0 ? MIN(most, value) : value;
    }
    return most;
}

static void
add_prompts(JsonBuilder *builder, const char *folder)
{
    JsonObject *root, *prompts = NULL;
    g_autoptr(JsonParser) parser =
        _umk_model_read_json(folder, "config_sentence_transformers.json", &root);
    const char *value;

    if (parser == NULL)
        return;
    if (_umk_json_get_object(root, "prompts", &prompts, NULL) && prompts != NULL) {
        g_autoptr(GList) names = json_object_get_members(prompts);

        json_builder_set_member_name(builder, "prompts");
        json_builder_begin_object(builder);
        for (GList *l = names; l != NULL; l = l->next)
            if (_umk_json_get_string(prompts, l->data, "", &value, NULL))
                add_string(builder, l->data, value);
        json_builder_end_object(builder);
    }
    if (_umk_json_get_string(root, "default_prompt_name", NULL, &value, NULL) &&
        value != NULL)
        add_string(builder, "default_prompt", value);
    if (_umk_json_get_string(root, "similarity_fn_name", NULL, &value, NULL) &&
        value != NULL)
        add_string(builder, "similarity", value);
}

static void
add_pooling(JsonBuilder *builder, const char *folder)
{
    static const char *const keys[] = {
        "pooling_mode_cls_token",           "pooling_mode_mean_tokens",
        "pooling_mode_max_tokens",          "pooling_mode_mean_sqrt_len_tokens",
        "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"};
    static const char *const words[] = {"cls",           "mean",         "max",
                                        "mean_sqrt_len", "weightedmean", "last"};
    JsonObject *root;
    g_autoptr(JsonParser) parser =
        _umk_model_read_json(folder, "1_Pooling/config.json", &root);
    g_autoptr(GString) modes = g_string_new(NULL);

    for (gsize i = 0; parser != NULL && i < G_N_ELEMENTS(keys); i++) {
        gboolean on = FALSE;

        if (_umk_json_get_boolean(root, keys[i], FALSE, &on, NULL) && on)
            g_string_append_printf(modes, "%s%s", modes->len ? " + " : "", words[i]);
    }
    if (modes->len > 0)
        add_string(builder, "pooling", modes->str);
}

static void
add_matryoshka(JsonBuilder *builder, JsonObject *config)
{
    JsonArray *dims = NULL;

    if (!_umk_json_get_array(config, "matryoshka_dimensions", &dims, NULL) ||
        dims == NULL)
        return;
    json_builder_set_member_name(builder, "matryoshka_dims");
    json_builder_begin_array(builder);
    for (guint i = 0; i < json_array_get_length(dims); i++) {
        JsonNode *node = json_array_get_element(dims, i);

        if (JSON_NODE_HOLDS_VALUE(node))
            json_builder_add_int_value(builder, json_node_get_int(node));
    }
    json_builder_end_array(builder);
}

/* Takes members of what the embedder says of itself as they are. */
static void
copy_members(JsonBuilder *builder, JsonObject *from, const char *const *keys)
{
    for (gsize i = 0; keys[i] != NULL; i++) {
        if (!json_object_has_member(from, keys[i]))
            continue;
        json_builder_set_member_name(builder, keys[i]);
        json_builder_add_value(builder, json_object_dup_member(from, keys[i]));
    }
}

/* What a text tower can be asked for; FALSE if its embedder does not say. */
static gboolean
add_described(JsonBuilder *builder, UmkModel *self)
{
    static const char *const keys[] = {"max_tokens",     "pooling", "prompts",
                                       "default_prompt", "tasks",   "least_dims",
                                       "known_as",       NULL};
    g_autofree char *text = umk_model_describe(self, UMK_MODALITY_TEXT, NULL);
    g_autoptr(JsonNode) root = text ? json_from_string(text, NULL) : NULL;
    JsonArray *dims = NULL;
    JsonObject *object;

    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return FALSE;
    object = json_node_get_object(root);
    if (json_object_get_size(object) == 0)
        return FALSE;
    copy_members(builder, object, keys);
    /* the whole length, then those it may be cut to */
    if (_umk_json_get_array(object, "dims", &dims, NULL) && dims != NULL &&
        json_array_get_length(dims) > 1) {
        json_builder_set_member_name(builder, "matryoshka_dims");
        json_builder_add_value(builder, json_object_dup_member(object, "dims"));
    }
    return TRUE;
}

static void
add_tower(JsonBuilder *builder, UmkModel *self, UmkModality modality)
{
    const char *folder = _umk_model_get_folder(self, modality);
    g_autoptr(GError) problem = NULL;
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *config = NULL;
    const char *type = "";
    const UmkTower *tower = _umk_model_get_tower(self, modality, NULL, &problem);

    if (tower == NULL && g_error_matches(problem, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED))
        return;
    json_builder_begin_object(builder);
    add_string(builder, "modality", umk_modality_get_name(modality));
    if (tower != NULL) {
        add_string(builder, "embedder", tower->ops->id);
        add_string(builder, "title", tower->ops->title);
        add_int(builder, "dims", (gint64) tower->n_dims);
    } else {
        add_string(builder, "problem", problem->message);
    }
    if (folder != NULL)
        parser = _umk_model_read_json(folder, "config.json", &config);
    if (parser == NULL)
        config = NULL;
    else if (_umk_json_get_string(config, "model_type", "", &type, NULL))
        add_string(builder, "model_type", type);
    if (tower != NULL && modality == UMK_MODALITY_TEXT && add_described(builder, self)) {
        json_builder_end_object(builder);
        return;
    }
    if (folder != NULL && modality == UMK_MODALITY_TEXT) {
        gsize most = find_max_tokens(folder, config);

        if (most > 0)
            add_int(builder, "max_tokens", (gint64) most);
        add_pooling(builder, folder);
        add_prompts(builder, folder);
    }
    if (config != NULL)
        add_matryoshka(builder, config);
    json_builder_end_object(builder);
}

/* ---- what the card and the store say ----------------------------------------------- */

static void
add_card(JsonBuilder *builder, UmkModel *self)
{
    const char *path = umk_model_get_path(self), *license = umk_model_get_license(self);
    g_autofree char *file = path ? g_build_filename(path, "README.md", NULL) : NULL;
    g_autoptr(GMappedFile) map = file ? g_mapped_file_new(file, FALSE, NULL) : NULL;
    g_autoptr(GHashTable) card = NULL;
    char **values;

    card = map ? _umk_front_matter_parse(g_mapped_file_get_contents(map),
                                         g_mapped_file_get_length(map))
               : _umk_front_matter_parse("", 0);
    values = g_hash_table_lookup(card, "license");
    if (license[0] == '\0' && values != NULL && values[0] != NULL)
        license = values[0];
    add_string(builder, "license", license);
    json_builder_set_member_name(builder, "languages");
    json_builder_begin_array(builder);
    values = g_hash_table_lookup(card, "language");
    for (gsize i = 0; values != NULL && values[i] != NULL; i++)
        json_builder_add_string_value(builder, values[i]);
    json_builder_end_array(builder);
    values = g_hash_table_lookup(card, "base_model");
    if (values != NULL && values[0] != NULL)
        add_string(builder, "base_model", values[0]);
}

static void
add_record(JsonBuilder *builder, UmkModel *self)
{
    g_autofree char *name =
        umk_model_get_path(self) ? g_path_get_basename(umk_model_get_path(self)) : NULL;
    g_autoptr(UmkModelRecord) record = name ? _umk_model_record_read(name, NULL) : NULL;

    if (record == NULL)
        return;
    add_string(builder, "source", record->source);
    add_string(builder, "added", record->added);
}

static void
add_precisions(JsonBuilder *builder)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);

    json_builder_set_member_name(builder, "precisions");
    json_builder_begin_array(builder);
    for (gsize i = 0; i < n_specs; i++)
        if (g_str_equal(specs[i].name, "precision"))
            for (gsize j = 0; specs[i].choices[j] != NULL; j++)
                json_builder_add_string_value(builder, specs[i].choices[j]);
    json_builder_end_array(builder);
}

/**
 * umk_model_dup_card:
 * @self: a model
 * @cancellable: (nullable): to stop it; the digest of large weights takes seconds
 * @error: return location for an error
 *
 * A JSON object: "name", "version", "path", "space", "dims", "license", "languages",
 * "parameters", "weight_bytes", "stored_as" (numbers by type), "precisions" (that this
 * build can compute in), "towers" (each with "modality", "embedder", "title", "dims",
 * "model_type", "max_tokens", "pooling", "prompts", "default_prompt", "tasks",
 * "matryoshka_dims", or a "problem"), "digest", and "source" and "added" for a model of
 * the user's store. What the folder does not say is left out.
 *
 * Returns: (transfer full): the object as text
 */
char *
umk_model_dup_card(UmkModel *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *digest = NULL;
    g_auto(GStrv) folders = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    folders = _umk_model_list_folders(self);
    json_builder_begin_object(builder);
    add_string(builder, "name", umk_model_get_id(self));
    add_string(builder, "version", umk_model_get_version(self));
    if (umk_model_get_path(self) != NULL)
        add_string(builder, "path", umk_model_get_path(self));
    add_string(builder, "space", umk_model_get_frame(self));
    add_int(builder, "dims", (gint64) umk_model_get_n_dims(self));
    add_card(builder, self);
    add_weights(builder, folders);
    add_precisions(builder);
    json_builder_set_member_name(builder, "towers");
    json_builder_begin_array(builder);
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        add_tower(builder, self, (UmkModality) m);
    json_builder_end_array(builder);
    add_record(builder, self);
    if (umk_model_get_path(self) != NULL) {
        digest = umk_model_dup_digest(self, error);
        if (digest == NULL)
            return NULL;
        add_string(builder, "digest", digest);
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
