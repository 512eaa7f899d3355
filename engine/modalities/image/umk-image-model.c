/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the parts of a model folder that every image family has, and runs items through a
 * bound model. Architectures are elsewhere, one file each. */
#include "umk-image-model-private.h"

#include "umk-picture-private.h"
#include "umk-vips-private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_CONFIG_BYTES (4u << 20)

#define MAX_GROUP 8 /* pictures held before they are encoded */

typedef struct {
    const UmkImageModel *model;
    UmkArena arena;
    float *pixels[MAX_GROUP];
    float *rows; /* (MAX_GROUP, model->n_dims) */
} Session;

/* ---- folder ----------------------------------------------------------------------- */

/* NULL without an error when there is no such file. */
static char *
read_file(const char *folder, const char *name, gsize *length, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *data = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    if (!g_file_get_contents(path, &data, length, error))
        return NULL;
    if (*length > MAX_CONFIG_BYTES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("“%s” is too large"), path);
        g_clear_pointer(&data, g_free);
    }
    return data;
}

/* config.json, or an empty object where it may be missing. */
static gboolean
read_config(UmkImageFolder *self, gboolean needed, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *data = NULL;
    gsize length;

    data = read_file(self->path, "config.json", &length, &problem);
    if (problem) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    if (!data && needed) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The model folder “%s” has no config.json"), self->path);
        return FALSE;
    }
    self->parser = data ? _umk_json_parse(data, length, &self->config, error)
                        : _umk_json_parse("{}", 2, &self->config, error);
    if (!self->parser ||
        !_umk_json_get_string(self->config, "model_type", "", &self->type, error)) {
        g_prefix_error(error, "%s/config.json: ", self->path);
        return FALSE;
    }
    return TRUE;
}

static gboolean
open_folder(UmkImageFolder *self,
            const char *path,
            gboolean needs_config,
            UmkParams *params,
            GError **error)
{
    self->path = path;
    if (!read_config(self, needs_config, error))
        return FALSE;
    self->weights = _umk_weights_open_folder(path, error);
    if (!self->weights)
        return FALSE;
    self->tensors.source = self->weights;
    self->tensors.prefix = "";
    self->tensors.has = _umk_weights_has;
    self->tensors.get = _umk_weights_get;
    self->tensors.release = _umk_weights_release;
    _umk_tensors_set_params(&self->tensors, params);
    return TRUE;
}

gboolean
_umk_image_folder_open(UmkImageFolder *self,
                       const char *path,
                       UmkParams *params,
                       GError **error)
{
    return open_folder(self, path, TRUE, params, error);
}

gboolean
_umk_image_folder_open_any(UmkImageFolder *self,
                           const char *path,
                           UmkParams *params,
                           GError **error)
{
    return open_folder(self, path, FALSE, params, error);
}

void
_umk_image_folder_close(UmkImageFolder *self)
{
    g_clear_pointer(&self->weights, _umk_weights_free);
    g_clear_object(&self->parser);
    memset(self, 0, sizeof *self);
}

gboolean
_umk_image_folder_has_weight(const UmkImageFolder *self, const char *name)
{
    g_autofree char *weight = g_strconcat(name, ".weight", NULL);

    return _umk_tensors_has(&self->tensors, weight);
}

gboolean
_umk_image_folder_get_kernel(const UmkImageFolder *self,
                             const char *name,
                             gsize shape[4],
                             GError **error)
{
    g_autofree char *weight = g_strconcat(self->tensors.prefix, name, ".weight", NULL);
    gsize found[8] = {0};
    guint n_axes = 0;

    if (!_umk_weights_get_shape(self->weights, weight, found, &n_axes)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model has no tensor “%s”"), weight);
        return FALSE;
    }
    if (n_axes != 4 || found[0] == 0 || found[1] == 0 || found[2] % 2 == 0 ||
        found[3] % 2 == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The tensor “%s” is not the kernel of a convolution of odd size"),
                    weight);
        return FALSE;
    }
    memcpy(shape, found, 4 * sizeof *shape);
    return TRUE;
}

char *
_umk_image_dup_name(const char *pattern, const guint *numbers, guint n_numbers)
{
    GString *name = g_string_new(NULL);
    guint at = 0;

    for (; *pattern; pattern++) {
        if (*pattern == '#' && at < n_numbers)
            g_string_append_printf(name, "%u", numbers[at++]);
        else
            g_string_append_c(name, *pattern);
    }
    return g_string_free(name, FALSE);
}

gboolean
_umk_image_folder_holds(const char *path, const char *const *names)
{
    g_autoptr(UmkWeights) weights = _umk_weights_open_folder(path, NULL);

    for (; weights != NULL && *names != NULL; names++) {
        if (!_umk_weights_has(weights, *names))
            return FALSE;
    }
    return weights != NULL;
}

static char *
dup_string(const guint8 *config, gsize length, const char *key)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = NULL;
    const char *value;

    if (length > MAX_CONFIG_BYTES)
        return NULL;
    parser = _umk_json_parse((const char *) config, length, &root, NULL);
    if (!parser || !_umk_json_get_string(root, key, NULL, &value, NULL))
        return NULL;
    return g_strdup(value);
}

char *
_umk_image_dup_model_type(const guint8 *config, gsize length)
{
    return dup_string(config, length, "model_type");
}

char *
_umk_image_dup_architecture(const guint8 *config, gsize length)
{
    return dup_string(config, length, "architecture");
}

gboolean
_umk_config_read_encoder(JsonObject *config,
                         const char *usual_activation,
                         double usual_eps,
                         UmkEncoderConfig *encoder,
                         GError **error)
{
    const char *activation;
    double eps;

    if (!_umk_json_get_size(config, "hidden_size", 768, G_MAXINT32, &encoder->n_dims,
                            error) ||
        !_umk_json_get_size(config, "num_hidden_layers", 12, G_MAXINT32,
                            &encoder->n_layers, error) ||
        !_umk_json_get_size(config, "num_attention_heads", 12, G_MAXINT32,
                            &encoder->n_heads, error) ||
        !_umk_json_get_size(config, "intermediate_size", 3072, G_MAXINT32,
                            &encoder->n_ffn, error) ||
        !_umk_json_get_string(config, "hidden_act", usual_activation, &activation,
                              error) ||
        !_umk_json_get_number(config, "layer_norm_eps", usual_eps, &eps, error) ||
        !_umk_activation_parse(activation, &encoder->activation, error))
        return FALSE;
    encoder->eps = (float) eps;
    encoder->pre_norm = TRUE;
    encoder->causal = FALSE;
    encoder->bias = UMK_BIAS_REQUIRED;
    return TRUE;
}

/* ---- model ------------------------------------------------------------------------ */

/* Without preprocessor_config.json: what a timm config.json says, or what is usual. */
static gboolean
read_timm(UmkImageModel *self,
          const UmkImageFolder *folder,
          const char *family,
          gsize image_size,
          GError **error)
{
    JsonObject *timm;

    if (!_umk_json_get_object(folder->config, "pretrained_cfg", &timm, error))
        return FALSE;
    if (!timm && json_object_has_member(folder->config, "input_size"))
        timm = folder->config;
    if (!timm) {
        _umk_preprocess_init(&self->preprocess, family, image_size);
        return TRUE;
    }
    if (_umk_preprocess_read_timm(&self->preprocess, timm, error))
        return TRUE;
    g_prefix_error(error, "%s/config.json: ", folder->path);
    return FALSE;
}

static gboolean
read_preprocess(UmkImageModel *self,
                const UmkImageFolder *folder,
                const char *family,
                gsize image_size,
                GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *data = NULL;
    gsize length;

    data = read_file(folder->path, "preprocessor_config.json", &length, &problem);
    if (problem) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    if (!data)
        return read_timm(self, folder, family, image_size, error);
    if (_umk_preprocess_parse(&self->preprocess, family, image_size,
                              (const guint8 *) data, length, error))
        return TRUE;
    g_prefix_error(error, "%s/preprocessor_config.json: ", folder->path);
    return FALSE;
}

/* Fewer dimensions only where the model says that its first ones suffice. */
static gboolean
declares_dims(JsonObject *config, gint64 dims)
{
    JsonNode *node = json_object_get_member(config, "matryoshka_dimensions");
    JsonArray *array;

    if (!node || !JSON_NODE_HOLDS_ARRAY(node))
        return FALSE;
    array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_VALUE(element) &&
            json_node_get_value_type(element) == G_TYPE_INT64 &&
            json_node_get_int(element) == dims)
            return TRUE;
    }
    return FALSE;
}

static gboolean
read_params(UmkImageModel *self,
            const UmkImageFolder *folder,
            UmkParams *params,
            GError **error)
{
    gint64 dims = 0;

    self->normalize = TRUE;
    self->n_kept = self->n_dims;
    if (params && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (params && umk_params_has(params, "dims"))
        dims = umk_params_get_int(params, "dims");
    if (dims <= 0 || dims == (gint64) self->n_dims)
        return TRUE;
    if (dims > (gint64) self->n_dims || !declares_dims(folder->config, dims)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model's vectors of %zu numbers cannot be cut to %" PRId64),
                    self->n_dims, dims);
        return FALSE;
    }
    self->n_kept = (gsize) dims;
    return TRUE;
}

gboolean
_umk_image_model_init(UmkImageModel *self,
                      const UmkImageFolder *folder,
                      const char *family,
                      gsize image_size,
                      UmkParams *params,
                      GError **error)
{
    return read_preprocess(self, folder, family, image_size, error) &&
           read_params(self, folder, params, error);
}

gsize
_umk_image_model_n_dims(gconstpointer model)
{
    const UmkImageModel *self = model;

    return self->n_kept;
}

/* ---- session ---------------------------------------------------------------------- */

gpointer
_umk_image_session_new(gconstpointer model, GError **error)
{
    const UmkImageModel *self = model;
    Session *session = g_new0(Session, 1);

    session->model = self;
    session->rows = g_new(float, MAX_GROUP * self->n_dims);
    return session;
}

void
_umk_image_session_free(gpointer session)
{
    Session *self = session;

    if (!self)
        return;
    _umk_arena_clear(&self->arena);
    g_free(self->rows);
    g_free(self);
}

static gboolean
finish_row(const UmkImageModel *model, float *row, float *out, GError **error)
{
    for (gsize i = 0; i < model->n_kept; i++) {
        if (!isfinite(row[i])) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The model gives numbers that are not finite"));
            return FALSE;
        }
    }
    if (model->normalize)
        _umk_kernel_normalize(row, model->n_kept);
    memcpy(out, row, model->n_kept * sizeof *out);
    return TRUE;
}

/* A run of pictures of one size. */
typedef struct {
    gsize n;
    gsize width, height;
} Group;

static gboolean
encode_group(Session *self, Group *group, float *out, gsize out_stride, GError **error)
{
    const UmkImageModel *model = self->model;

    if (!model->encode(model, (const float *const *) self->pixels, group->n,
                       group->height, group->width, &self->arena, self->rows, error))
        return FALSE;
    for (gsize i = 0; i < group->n; i++) {
        if (!finish_row(model, self->rows + i * model->n_dims, out + i * out_stride,
                        error))
            return FALSE;
        g_clear_pointer(&self->pixels[i], g_free);
    }
    group->n = 0;
    return TRUE;
}

/* out: of the first picture of the group. A picture that is not like those before it, or
 * one too many, sends them on their way first; *n_done counts what has been written. */
static gboolean
add_item(Session *self,
         Group *group,
         UmkItem *item,
         float *out,
         gsize out_stride,
         gsize *n_done,
         GError **error)
{
    g_autofree float *pixels = NULL;
    gsize width, height, n = group->n;

    pixels = _umk_picture_pixels_for_item(item, &self->model->preprocess, &width, &height,
                                          error);
    if (!pixels)
        return FALSE;
    if (n > 0 && (n == MAX_GROUP || width != group->width || height != group->height)) {
        if (!encode_group(self, group, out, out_stride, error))
            return FALSE;
        *n_done += n;
    }
    group->width = width;
    group->height = height;
    self->pixels[group->n++] = g_steal_pointer(&pixels);
    return TRUE;
}

gboolean
_umk_image_session_embed(gpointer session,
                         UmkItem *const *items,
                         gsize n_items,
                         float *out,
                         gsize out_stride,
                         UmkRun *run,
                         GError **error)
{
    Session *self = session;
    Group group = {0};
    gsize n_done = 0;
    gboolean good = TRUE;

    for (gsize i = 0; good && i < n_items; i++)
        good = umk_run_check(run, error) &&
               add_item(self, &group, items[i], out + n_done * out_stride, out_stride,
                        &n_done, error);
    good = good && (group.n == 0 || encode_group(self, &group, out + n_done * out_stride,
                                                 out_stride, error));
    for (gsize i = 0; i < MAX_GROUP; i++)
        g_clear_pointer(&self->pixels[i], g_free);
    _umk_vips_end_thread();
    return good;
}
