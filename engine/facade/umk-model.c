/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model: one tower for each modality its folder serves, found by asking the registry
 * and loaded on first use. Which embedder that is, is never decided here. */
#include "facade/umk-model-private.h"
#include "facade/umk-bundle-private.h"
#include "facade/umk-quantize-private.h"
#include "facade/umk-registry-private.h"
#include "io/umk-json-private.h"
#include "io/umk-safetensors-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <inttypes.h>
#include <string.h>

#define MAX_CONFIG_SIZE (4u << 20)

typedef enum { TOWER_UNKNOWN, TOWER_ABSENT, TOWER_PRESENT } TowerState;

struct _UmkModel {
    gatomicrefcount refs;
    UmkRegistry *registry;
    UmkParams *params;
    UmkBundle *bundle;
    char *path;  /* NULL for a method without a folder */
    GMutex lock; /* guards the two below; a tower never changes once it is present */
    TowerState states[UMK_N_MODALITIES];
    UmkTower towers[UMK_N_MODALITIES];
    gsize n_dims;
    char *digest;
    gboolean meters_read[UMK_N_MODALITIES];
    UmkMeter *meters[UMK_N_MODALITIES];
};

G_DEFINE_BOXED_TYPE(UmkModel, umk_model, umk_model_ref, umk_model_unref)

static const char *const task_choices[] = {
    "none", "query", "document", "classification", "clustering", "similarity", NULL};
static const char *const truncate_choices[] = {"right", "left", "error", NULL};
static const char *const precision_choices[] = {"f32", "int8", "bf16", NULL};

static const char *const decode_choices[] = {"exact", "fast", NULL};

static const UmkParamSpec param_specs[] = {
    {"prompt", UMK_PARAM_STRING, N_("Prompt"),
     N_("Name of one of the model's prompts, put before each text"), 0, 0, 0, NULL},
    {"prefix", UMK_PARAM_STRING, N_("Prefix"), N_("Text put before each text"), 0, 0, 0,
     NULL},
    {"task", UMK_PARAM_CHOICE, N_("Task"),
     N_("What the vectors are for; puts the model's own words for it before each text"),
     0, 5, 0, task_choices},
    {"pooling", UMK_PARAM_STRING, N_("Pooling"),
     N_("How token vectors become one vector: auto (as the model folder says), mean, "
        "cls, last, max, mean_sqrt_len, weightedmean, or several joined by +"),
     0, 0, 0, NULL},
    {"normalize", UMK_PARAM_BOOL, N_("Normalise"), N_("Scale each vector to length 1"), 0,
     1, 1, NULL},
    {"dims", UMK_PARAM_INT, N_("Dimensions"),
     N_("Keep only the first N numbers of each vector, where the model was trained for "
        "that; 0 keeps all"),
     0, 65536, 0, NULL},
    {"untrained-dims", UMK_PARAM_BOOL, N_("Untrained dimensions"),
     N_("Let dims cut vectors of any model to any length"), 0, 1, 0, NULL},
    {"truncate", UMK_PARAM_CHOICE, N_("Truncate"),
     N_("Where to cut a text that is longer than the model reads; error refuses it"), 0,
     2, 0, truncate_choices},
    {"max-tokens", UMK_PARAM_INT, N_("Most tokens"),
     N_("Read at most N tokens of a text; 0 is what the model reads"), 0, 100000, 0,
     NULL},
    {"precision", UMK_PARAM_CHOICE, N_("Precision"), N_("Arithmetic of the encoder"), 0,
     2, 0, precision_choices},
    {"f32-layers", UMK_PARAM_STRING, N_("Layers in f32"),
     N_("Names of linear maps, separated by commas, that stay f32 at any precision"), 0,
     0, 0, NULL},
    {"decode", UMK_PARAM_CHOICE, N_("Decoding"),
     N_("fast shrinks pictures while they are decoded, which changes vectors a little"),
     0, 1, 0, decode_choices},
};

/**
 * umk_model_get_param_specs: (skip)
 * @n_specs: (out): rows in the table
 *
 * Returns: (array length=n_specs) (transfer none): the options every embedder reads
 */
const UmkParamSpec *
umk_model_get_param_specs(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(param_specs);
    return param_specs;
}

static UmkModel *
model_new(UmkRegistry *registry, UmkParams *params)
{
    UmkModel *self = g_new0(UmkModel, 1);

    g_atomic_ref_count_init(&self->refs);
    g_mutex_init(&self->lock);
    self->registry = umk_registry_ref(registry);
    self->params = params ? umk_params_ref(params)
                          : umk_params_new(param_specs, G_N_ELEMENTS(param_specs));
    return self;
}

/* config.json of a tower; NULL and no error where there is none. */
static GBytes *
read_config(const char *folder, GError **error)
{
    g_autofree char *file = g_build_filename(folder, "config.json", NULL);
    g_autofree char *data = NULL;
    GStatBuf info;
    gsize len;

    if (g_stat(file, &info) != 0)
        return g_bytes_new(NULL, 0);
    if (info.st_size > (goffset) MAX_CONFIG_SIZE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s has %" PRId64 " bytes; a configuration has at most %u"), file,
                    (goffset) info.st_size, MAX_CONFIG_SIZE);
        return NULL;
    }
    if (!g_file_get_contents(file, &data, &len, error))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&data), len);
}

/* "model_type" of a configuration, for an error message. */
static char *
dup_model_type(GBytes *config)
{
    gsize len;
    const char *data = g_bytes_get_data(config, &len);
    const char *type = "?";
    JsonObject *object;
    g_autoptr(JsonParser) parser =
        len > 0 ? _umk_json_parse(data, len, &object, NULL) : NULL;

    if (parser != NULL)
        _umk_json_get_string(object, "model_type", "?", &type, NULL);
    return g_strdup(type);
}

/* The options of a tower in int8: the maps that must stay f32 are named by the caller, by
 * the folder, known from an earlier start, or found by trying, which takes about as long
 * as embedding some dozen items a few times over. */
static UmkParams *
choose_params(UmkModel *self,
              const UmkEmbedderOps *ops,
              const char *folder,
              UmkRun *run,
              GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *layers = NULL;

    if (g_strcmp0(umk_params_has(self->params, "precision")
                      ? umk_params_get_string(self->params, "precision")
                      : NULL,
                  "int8") != 0 ||
        umk_params_is_set(self->params, "f32-layers") || ops->session_rank != NULL)
        return umk_params_ref(self->params);
    layers = _umk_quantization_read(folder, &local);
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (layers == NULL)
        layers = _umk_quantization_recall(ops, folder, self->params);
    if (layers == NULL) {
        g_auto(UmkQuantization) found = {0};

        if (!_umk_quantization_find(&found, ops, folder, self->params, FALSE, run, error))
            return NULL;
        _umk_quantization_keep(&found, ops, folder, self->params);
        layers = _umk_quantization_join(&found);
    }
    return _umk_quantization_params(self->params, "int8", layers, error);
}

static gboolean
load_tower(UmkModel *self, UmkModality modality, UmkRun *run, GError **error)
{
    const char *folder = self->bundle->folders[modality];
    UmkTower *tower = &self->towers[modality];
    g_autoptr(GBytes) config = NULL;
    g_autoptr(UmkParams) params = NULL;
    const guint8 *data;
    gsize len;

    if (folder == NULL) {
        self->states[modality] = TOWER_ABSENT;
        return TRUE;
    }
    config = read_config(folder, error);
    if (config == NULL)
        return FALSE;
    data = g_bytes_get_data(config, &len);
    tower->ops =
        _umk_registry_probe_embedder(self->registry, modality, folder, data, len);
    if (tower->ops == NULL) {
        self->states[modality] = TOWER_ABSENT;
        return TRUE;
    }
    params = choose_params(self, tower->ops, folder, run, error);
    if (params == NULL)
        return FALSE;
    tower->model = tower->ops->model_load(folder, params, run, error);
    if (tower->model == NULL)
        return FALSE;
    tower->n_dims = tower->ops->model_n_dims(tower->model);
    self->states[modality] = TOWER_PRESENT;
    return TRUE;
}

static void
set_no_tower(UmkModel *self, UmkModality modality, GError **error)
{
    g_autofree char *type = NULL;
    g_autoptr(GBytes) config = NULL;
    g_autoptr(GString) known = g_string_new(NULL);
    g_auto(GStrv) ids = umk_registry_list_embedders(self->registry);

    for (gsize i = 0; ids[i] != NULL; i++) {
        UmkModality of;

        if (umk_registry_get_embedder_modality(self->registry, ids[i], &of) &&
            of == modality)
            g_string_append_printf(known, "%s%s", known->len ? ", " : "", ids[i]);
    }
    if (self->bundle->folders[modality] != NULL)
        config = read_config(self->bundle->folders[modality], NULL);
    type = config ? dup_model_type(config) : g_strdup("?");
    g_set_error(
        error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
        _("The model “%s” (model_type “%s”) has no %s tower that is known here; known "
          "%s embedders: %s"),
        self->bundle->id, type, umk_modality_get_name(modality),
        umk_modality_get_name(modality), known->len ? known->str : _("none"));
}

/* The tower of a modality, loaded now if need be. NULL and an error if there is none. */
const UmkTower *
_umk_model_get_tower(UmkModel *self, UmkModality modality, UmkRun *run, GError **error)
{
    const UmkTower *tower = NULL;

    g_mutex_lock(&self->lock);
    if (self->states[modality] == TOWER_UNKNOWN &&
        !load_tower(self, modality, run, error)) {
        g_mutex_unlock(&self->lock);
        return NULL;
    }
    if (self->states[modality] == TOWER_PRESENT) {
        tower = &self->towers[modality];
        if (self->n_dims == 0)
            self->n_dims = tower->n_dims;
        if (tower->n_dims != 0 && tower->n_dims != self->n_dims) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("The towers of model “%s” give vectors of %zu and of %zu "
                          "numbers; they should be as long"),
                        self->bundle->id, self->n_dims, tower->n_dims);
            tower = NULL;
        }
        g_mutex_unlock(&self->lock);
        return tower;
    }
    g_mutex_unlock(&self->lock);
    set_no_tower(self, modality, error);
    return NULL;
}

char *
_umk_model_name_meter(UmkModality modality)
{
    return g_strdup_printf("umekomi-meter-%s.bin", umk_modality_get_name(modality));
}

static UmkMeter *
read_meter(const char *folder, UmkModality modality, GError **error)
{
    g_autofree char *name = _umk_model_name_meter(modality);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GMappedFile) file = NULL;
    UmkMeter *meter;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL)
        return NULL;
    meter = _umk_meter_parse((const guint8 *) g_mapped_file_get_contents(file),
                             g_mapped_file_get_length(file), error);
    if (meter == NULL)
        g_prefix_error(error, "%s: ", path);
    return meter;
}

const UmkMeter *
_umk_model_get_meter(UmkModel *self, UmkModality modality, GError **error)
{
    const UmkMeter *meter;
    GError *problem = NULL;

    g_mutex_lock(&self->lock);
    if (!self->meters_read[modality] && self->path != NULL) {
        self->meters[modality] = read_meter(self->path, modality, &problem);
        self->meters_read[modality] = problem == NULL;
    }
    meter = self->meters[modality];
    g_mutex_unlock(&self->lock);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return meter;
}

const char *
_umk_model_get_folder(UmkModel *self, UmkModality modality)
{
    return self->bundle->folders[modality];
}

UmkParams *
_umk_model_get_params(UmkModel *self)
{
    return self->params;
}

gboolean
_umk_model_any_tower(UmkModel *self)
{
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        if (_umk_model_get_tower(self, (UmkModality) i, NULL, NULL) != NULL)
            return TRUE;
    return FALSE;
}

/* A method such as a signal statistic: an embedder that has no model folder. */
static UmkModel *
load_method(UmkRegistry *registry,
            const UmkEmbedderOps *ops,
            UmkParams *params,
            UmkRun *run,
            GError **error)
{
    g_autoptr(UmkModel) self = model_new(registry, params);
    UmkTower *tower = &self->towers[ops->modality];

    self->bundle = g_new0(UmkBundle, 1);
    self->bundle->id = g_strdup(ops->id);
    self->bundle->version = g_strdup(umk_get_version());
    self->bundle->license = g_strdup("GPL-3.0-or-later");
    self->bundle->frame = g_strdup(ops->id);
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        self->states[i] = TOWER_ABSENT;
    tower->ops = ops;
    tower->model = ops->model_load(NULL, self->params, run, error);
    if (tower->model == NULL)
        return NULL;
    tower->n_dims = self->n_dims = ops->model_n_dims(tower->model);
    self->states[ops->modality] = TOWER_PRESENT;
    return g_steal_pointer(&self);
}

/**
 * umk_model_load:
 * @registry: a registry
 * @path: a model folder, a name from umk_registry_list_models(), or the id of an embedder
 *   that needs no folder
 * @params: (nullable): options from umk_model_get_param_specs(); %NULL for the defaults
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Reads the folder's description. The weights of a tower are mapped when the tower is
 * first used, so a search by words never loads an image encoder.
 *
 * Returns: (transfer full): the model
 */
UmkModel *
umk_model_load(UmkRegistry *registry,
               const char *path,
               UmkParams *params,
               GCancellable *cancellable,
               GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkModel) self = NULL;
    g_autoptr(GError) local = NULL;
    g_autofree char *folder = NULL;

    g_return_val_if_fail(registry != NULL && path != NULL, NULL);
    _umk_run_init(&run, cancellable, NULL, NULL);
    if (!umk_run_check(&run, error))
        return NULL;
    folder = umk_registry_find_model(registry, path, &local);
    if (folder == NULL) {
        const UmkEmbedderOps *ops = NULL;

        if (strchr(path, G_DIR_SEPARATOR) == NULL)
            ops = _umk_registry_get_embedder(registry, path);
        if (ops != NULL && ops->probe == NULL)
            return load_method(registry, ops, params, &run, error);
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    self = model_new(registry, params);
    self->path = g_steal_pointer(&folder);
    self->bundle = _umk_bundle_read(self->path, error);
    return self->bundle ? g_steal_pointer(&self) : NULL;
}

/**
 * umk_model_ref:
 * @self: a model
 *
 * Returns: (transfer full): @self
 */
UmkModel *
umk_model_ref(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_model_unref:
 * @self: (transfer full): a model
 */
void
umk_model_unref(UmkModel *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        if (self->states[i] == TOWER_PRESENT)
            self->towers[i].ops->model_free(self->towers[i].model);
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        _umk_meter_free(self->meters[i]);
    g_clear_pointer(&self->bundle, _umk_bundle_free);
    g_clear_pointer(&self->params, umk_params_unref);
    g_clear_pointer(&self->registry, umk_registry_unref);
    g_mutex_clear(&self->lock);
    g_free(self->path);
    g_free(self->digest);
    g_free(self);
}

/**
 * umk_model_get_id:
 * @self: a model
 *
 * Returns: (transfer none): its name
 */
const char *
umk_model_get_id(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bundle->id;
}

/**
 * umk_model_get_version:
 * @self: a model
 *
 * Returns: (transfer none): its version, empty if its folder does not say
 */
const char *
umk_model_get_version(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bundle->version;
}

/**
 * umk_model_get_frame:
 * @self: a model
 *
 * Returns: (transfer none): name of the coordinate system its vectors live in
 */
const char *
umk_model_get_frame(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bundle->frame;
}

/**
 * umk_model_get_path:
 * @self: a model
 *
 * Returns: (nullable) (type filename) (transfer none): its folder, or %NULL for a method
 */
const char *
umk_model_get_path(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->path;
}

/**
 * umk_model_get_license:
 * @self: a model
 *
 * Returns: (transfer none): its licence, empty if its folder does not say
 */
const char *
umk_model_get_license(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bundle->license;
}

/**
 * umk_model_has_modality:
 * @self: a model
 * @modality: a modality
 *
 * Loads that tower if it is there. A tower that is there but broken counts as there:
 * using it gives the error.
 *
 * Returns: whether it can embed items of that modality
 */
gboolean
umk_model_has_modality(UmkModel *self, UmkModality modality)
{
    g_autoptr(GError) error = NULL;

    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, FALSE);
    return _umk_model_get_tower(self, modality, NULL, &error) != NULL ||
           !g_error_matches(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
}

/**
 * umk_model_get_embedder:
 * @self: a model
 * @modality: a modality
 *
 * Returns: (nullable) (transfer none): id of the embedder that serves it, or %NULL
 */
const char *
umk_model_get_embedder(UmkModel *self, UmkModality modality)
{
    const UmkTower *tower;

    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, NULL);
    tower = _umk_model_get_tower(self, modality, NULL, NULL);
    return tower ? tower->ops->id : NULL;
}

/**
 * umk_model_get_n_dims:
 * @self: a model
 *
 * Loads the first tower if none is loaded yet.
 *
 * Returns: length of its vectors; 0 if no tower can be loaded
 */
gsize
umk_model_get_n_dims(UmkModel *self)
{
    g_return_val_if_fail(self != NULL, 0);
    for (guint i = 0; i < UMK_N_MODALITIES && self->n_dims == 0; i++)
        _umk_model_get_tower(self, (UmkModality) i, NULL, NULL);
    return self->n_dims;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
hash_file(GChecksum *sum, const char *name, const char *path, GError **error)
{
    g_autoptr(GMappedFile) map = g_mapped_file_new(path, FALSE, error);

    if (map == NULL)
        return FALSE;
    g_checksum_update(sum, (const guchar *) name, -1);
    g_checksum_update(sum, (const guchar *) g_mapped_file_get_contents(map),
                      (gssize) g_mapped_file_get_length(map));
    return TRUE;
}

static gboolean
hash_folder(GChecksum *sum, const char *folder, guint depth, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL)
        return FALSE;
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file = g_build_filename(folder, names->pdata[i], NULL);

        if (g_file_test(file, G_FILE_TEST_IS_DIR)) {
            if (depth < 3 && !hash_folder(sum, file, depth + 1, error))
                return FALSE;
            continue;
        }
        if (!g_str_has_suffix(file, ".json") && !g_str_has_suffix(file, ".safetensors") &&
            !g_str_has_suffix(file, ".txt"))
            continue;
        if (!hash_file(sum, names->pdata[i], file, error))
            return FALSE;
    }
    return TRUE;
}

/* A model is a folder or, where it is one of word vectors or GGUF, a file. */
static gboolean
hash_path(GChecksum *sum, const char *path, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);

    return g_file_test(path, G_FILE_TEST_IS_DIR) ? hash_folder(sum, path, 0, error)
                                                 : hash_file(sum, name, path, error);
}

/**
 * umk_model_dup_digest:
 * @self: a model
 * @error: return location for an error
 *
 * Reads every file of the model once.
 *
 * Returns: (transfer full): SHA-256 in hexadecimal over the names and contents of its
 *   configuration, tokenizer and weight files
 */
char *
umk_model_dup_digest(UmkModel *self, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *result;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    if (self->digest == NULL) {
        if (self->path == NULL)
            g_checksum_update(sum, (const guchar *) self->bundle->id, -1);
        if (self->path == NULL || hash_path(sum, self->path, error))
            self->digest = g_strdup(g_checksum_get_string(sum));
    }
    result = g_strdup(self->digest);
    g_mutex_unlock(&self->lock);
    return result;
}

char *
_umk_model_dup_params(UmkModel *self)
{
    return umk_params_to_json(self->params);
}

/**
 * umk_model_describe:
 * @self: a model
 * @modality: one that it serves
 * @error: return location for an error
 *
 * What the tower of that modality can be asked for. Members of a text tower: "prompts"
 * (name to text), "default_prompt", "tasks" (query, document, classification, clustering,
 * similarity: the text that `task` puts before an item, from the folder's own prompts or
 * from what is known of models of that name), "dims" (the whole length, then those that
 * `dims` may ask for), "least_dims" (any length from there on), "max_tokens", "pooling",
 * "token_dims" (0: no vectors of single tokens), "known_as". Members that are not known
 * are left out.
 *
 * Returns: (transfer full): a JSON object; an error if there is no such tower
 */
char *
umk_model_describe(UmkModel *self, UmkModality modality, GError **error)
{
    const UmkTower *tower;

    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, NULL);
    tower = _umk_model_get_tower(self, modality, NULL, error);
    if (tower == NULL)
        return NULL;
    return tower->ops->describe ? tower->ops->describe(tower->model) : g_strdup("{}");
}

static guint64
count_weights(const char *file)
{
    g_autoptr(GMappedFile) map = g_mapped_file_new(file, FALSE, NULL);
    g_autoptr(GPtrArray) tensors = NULL;
    guint64 n = 0;

    if (map != NULL)
        tensors = _umk_safetensors_parse((const guint8 *) g_mapped_file_get_contents(map),
                                         g_mapped_file_get_length(map), NULL);
    for (guint i = 0; tensors != NULL && i < tensors->len; i++)
        n += ((const UmkTensor *) tensors->pdata[i])->n_elements;
    return n;
}

/**
 * umk_model_get_weight_size:
 * @self: a model
 * @modality: one that it serves
 *
 * Reads the headers of the weight files only, so that one may ask before anything is
 * loaded.
 *
 * Returns: bytes that the weights of that modality's tower take in memory, in the
 *   precision that the model was asked for; 0 where there are none
 */
guint64
umk_model_get_weight_size(UmkModel *self, UmkModality modality)
{
    const char *folder, *name, *precision;
    g_autoptr(GDir) dir = NULL;
    guint64 n = 0;

    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, 0);
    folder = self->path != NULL ? self->bundle->folders[modality] : NULL;
    dir = folder != NULL ? g_dir_open(folder, 0, NULL) : NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(folder, name, NULL);

        if (g_str_has_suffix(name, ".safetensors"))
            n += count_weights(file);
    }
    precision = umk_params_has(self->params, "precision")
                    ? umk_params_get_string(self->params, "precision")
                    : "f32";
    return n * (g_str_equal(precision, "int8")   ? 1
                : g_str_equal(precision, "bf16") ? 2
                                                 : sizeof(float));
}

/**
 * umk_model_to_json:
 * @self: a model
 *
 * What a collection remembers of the model that made its vectors.
 *
 * Returns: (transfer full): a JSON object
 */
char *
umk_model_to_json(UmkModel *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *params = NULL;
    g_autofree char *digest = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    params = umk_params_to_json(self->params);
    digest = umk_model_dup_digest(self, NULL);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "model");
    json_builder_add_string_value(builder, self->bundle->id);
    json_builder_set_member_name(builder, "version");
    json_builder_add_string_value(builder, self->bundle->version);
    json_builder_set_member_name(builder, "license");
    json_builder_add_string_value(builder, self->bundle->license);
    json_builder_set_member_name(builder, "frame");
    json_builder_add_string_value(builder, self->bundle->frame);
    if (self->path != NULL) {
        g_autofree char *absolute = g_canonicalize_filename(self->path, NULL);

        json_builder_set_member_name(builder, "path");
        json_builder_add_string_value(builder, absolute);
    }
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) umk_model_get_n_dims(self));
    json_builder_set_member_name(builder, "digest");
    json_builder_add_string_value(builder, digest ? digest : "");
    json_builder_set_member_name(builder, "engine");
    json_builder_add_string_value(builder, umk_get_version());
    json_builder_set_member_name(builder, "params");
    json_builder_add_value(builder, json_from_string(params, NULL));
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    json_generator_set_root(generator, root);
    return json_generator_to_data(generator, NULL);
}
