/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text encoders: tables and blocks bound by the names their family gives. Tensors a
 * checkpoint has beyond these (pooler, heads, position_ids buffers) are never asked for.
 */
#include "modalities/text/umk-text-network-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-token-table-private.h"

#define MAX_EMBEDDING 16384
#define MAX_SLOPES    (1 << 26) /* numbers in the table of distances */

struct _UmkTextNetwork {
    UmkTextNetworkConfig config;
    UmkEncoder *encoder;
    UmkNorm embedding_norm;
    UmkLinear embedding_map;
    UmkNorm final_norm;
    UmkTokenTable tokens; /* into the weights */
};

gboolean
_umk_text_open_tensors(const char *folder,
                       UmkParams *params,
                       UmkWeights **weights,
                       UmkTensors *tensors,
                       GError **error)
{
    static const gsize bytes_per_number[] = {
        [UMK_PRECISION_F32] = 4, [UMK_PRECISION_BF16] = 2, [UMK_PRECISION_INT8] = 1};

    *weights = _umk_weights_open_folder(folder, error);
    if (*weights == NULL)
        return FALSE;
    *tensors = (UmkTensors){.source = *weights,
                            .prefix = "",
                            .has = _umk_weights_has,
                            .get = _umk_weights_get,
                            .release = _umk_weights_release,
                            .get_stored = _umk_weights_get_stored};
    _umk_tensors_set_params(tensors, params);
    return _umk_weights_check_memory(*weights, bytes_per_number[tensors->precision],
                                     error);
}

gboolean
_umk_text_family_matches(const UmkTextFamily *self, JsonObject *config)
{
    const char *type = NULL;

    return _umk_json_get_string(config, "model_type", NULL, &type, NULL) &&
           type != NULL && g_strv_contains(self->model_types, type) &&
           (self->claims == NULL || self->claims(config));
}

static gboolean
check_config(const UmkTextNetworkConfig *config, GError **error)
{
    if (config->n_vocabulary < 1 || config->n_vocabulary > UMK_TEXT_MAX_VOCABULARY ||
        config->n_positions <= config->first_position ||
        config->n_positions > UMK_TEXT_MAX_POSITIONS ||
        (config->types != NULL && config->n_types < 1) ||
        config->n_embedding > MAX_EMBEDDING) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A model of %zu words, %zu positions and %zu token types cannot "
                      "be used"),
                    config->n_vocabulary, config->n_positions, config->n_types);
        return FALSE;
    }
    return _umk_encoder_config_check(&config->encoder, error);
}

/* TRUE with *table NULL where the family has no such table. */
static gboolean
get_table(const UmkTensors *tensors,
          const char *name,
          gsize n_rows,
          gsize n_dims,
          const float **table,
          GError **error)
{
    g_autofree char *full = NULL;
    const gsize shape[2] = {n_rows, n_dims};

    *table = NULL;
    if (name == NULL)
        return TRUE;
    full = g_strconcat(name, ".weight", NULL);
    *table = _umk_tensors_get(tensors, full, shape, 2, error);
    return *table != NULL;
}

/* The largest table of most models: kept as it is stored where that is possible. */
static gboolean
get_words(UmkTokenTable *table,
          const UmkTensors *tensors,
          const char *name,
          GError **error)
{
    g_autofree char *full = g_strconcat(name, ".weight", NULL);
    const gsize shape[2] = {table->n_vocabulary, table->n_dims};

    return _umk_tensors_get_stored(tensors, full, shape, &table->stored) ||
           get_table(tensors, name, shape[0], shape[1], &table->words, error);
}

static gboolean
bind_norm(UmkNorm *norm,
          const UmkTextNetwork *self,
          const char *name,
          gsize n,
          const UmkTensors *tensors,
          GError **error)
{
    const UmkEncoderConfig *encoder = &self->config.encoder;

    return name == NULL || _umk_norm_bind_kind(norm, encoder->norm, tensors, name, n,
                                               encoder->eps, error);
}

static gboolean
bind_tables(UmkTextNetwork *self, const UmkTensors *tensors, GError **error)
{
    const UmkTextNetworkConfig *config = &self->config;
    UmkTokenTable *table = &self->tokens;

    table->n_vocabulary = config->n_vocabulary;
    table->n_types = config->n_types;
    table->n_positions = config->n_positions;
    table->n_dims = config->n_embedding;
    table->first_position = config->first_position;
    table->pad = (guint32) config->pad;
    table->max_tokens = config->n_positions - config->first_position;
    return get_words(table, tensors, config->words, error) &&
           get_table(tensors, config->positions, table->n_positions, table->n_dims,
                     &table->positions, error) &&
           get_table(tensors, config->types, table->n_types, table->n_dims, &table->types,
                     error) &&
           bind_norm(&self->embedding_norm, self, config->embedding_norm, table->n_dims,
                     tensors, error);
}

static gboolean
bind_relative(UmkTextNetwork *self, const UmkTensors *tensors, GError **error)
{
    const UmkTextNetworkConfig *config = &self->config;
    gsize n_heads = config->encoder.n_heads;
    UmkRelativeBias *bias = NULL;
    const float *weights;

    if (config->slopes && n_heads * 2 > MAX_SLOPES / self->tokens.max_tokens) {
        bias = NULL; /* no such model, and its table would be gigabytes */
    } else if (config->slopes) {
        bias = _umk_relative_bias_new_slopes(n_heads, self->tokens.max_tokens - 1);
    } else if (config->buckets != NULL) {
        if (!get_table(tensors, config->buckets, config->n_buckets, n_heads, &weights,
                       error))
            return FALSE;
        bias = _umk_relative_bias_new_buckets(weights, config->n_buckets, n_heads,
                                              config->max_distance);
    } else {
        return TRUE;
    }
    if (bias == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The table of distances needs more memory than there is"));
        return FALSE;
    }
    _umk_encoder_take_relative_bias(self->encoder, bias);
    return TRUE;
}

static gboolean
bind(UmkTextNetwork *self, const UmkTensors *tensors, GError **error)
{
    const UmkTextNetworkConfig *config = &self->config;
    gsize n_dims = config->encoder.n_dims;

    if (!bind_tables(self, tensors, error) ||
        (config->embedding_map != NULL &&
         !_umk_linear_bind(&self->embedding_map, tensors, config->embedding_map, n_dims,
                           config->n_embedding, UMK_BIAS_OPTIONAL, error)) ||
        !bind_norm(&self->final_norm, self, config->final_norm, n_dims, tensors, error))
        return FALSE;
    self->encoder = _umk_encoder_new(&config->encoder, config->names, tensors, error);
    return self->encoder != NULL && bind_relative(self, tensors, error);
}

/* Where the tensors of this network begin: bare, or under the family's name, or under
 * "model." as heads of other libraries put them. */
static char *
find_prefix(const UmkTensors *tensors, const UmkTextNetworkConfig *config)
{
    const char *const forms[][2] = {
        {"", ""}, {config->prefix, ""}, {"model.", ""}, {"model.", config->prefix}};
    g_autofree char *words = g_strconcat(config->words, ".weight", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *prefix =
            g_strconcat(tensors->prefix, forms[i][0], forms[i][1], NULL);
        UmkTensors at = *tensors;

        at.prefix = prefix;
        if (_umk_tensors_has(&at, words))
            return g_steal_pointer(&prefix);
    }
    return g_strdup(tensors->prefix); /* binding says what is missing */
}

UmkTextNetwork *
_umk_text_network_new(const UmkTextFamily *family,
                      JsonObject *object,
                      const UmkTensors *tensors,
                      GError **error)
{
    g_autoptr(UmkTextNetwork) self = g_new0(UmkTextNetwork, 1);
    g_autofree char *prefix = NULL;
    UmkTextNetworkConfig *config = &self->config;
    UmkTensors own = *tensors;

    config->prefix = "";
    if (!family->configure(object, config, error) || !check_config(config, error)) {
        g_prefix_error(error, "config.json: ");
        return NULL;
    }
    if (config->n_embedding == 0 || config->embedding_map == NULL)
        config->n_embedding = config->encoder.n_dims;
    own.prefix = prefix = find_prefix(tensors, config);
    own.transposed = config->transposed;
    if (family->adapt != NULL)
        family->adapt(&own, config);
    return bind(self, &own, error) ? g_steal_pointer(&self) : NULL;
}

void
_umk_text_network_free(UmkTextNetwork *self)
{
    if (self == NULL)
        return;
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->embedding_norm);
    _umk_linear_clear(&self->embedding_map);
    g_free(self->config.layers);
    for (guint i = 0; i < UMK_ENCODER_ROTARIES; i++)
        g_free(self->config.frequencies[i]);
    _umk_norm_clear(&self->final_norm);
    g_free(self);
}

gsize
_umk_text_network_get_n_dims(const UmkTextNetwork *self)
{
    return self->config.encoder.n_dims;
}

gsize
_umk_text_network_get_max_tokens(const UmkTextNetwork *self)
{
    return self->tokens.max_tokens;
}

/* The blocks' input. Tables of another width are looked up in scratch first. */
static gboolean
embed(const UmkTextNetwork *self,
      const UmkTextBatch *batch,
      float *hidden,
      float *scratch,
      GError **error)
{
    gsize n_tokens = batch->offsets[batch->n_texts];
    float *rows = self->config.embedding_map != NULL ? scratch : hidden;

    if (!_umk_token_table_look_up(&self->tokens, batch->ids, batch->types, batch->offsets,
                                  batch->n_texts, rows, error))
        return FALSE;
    if (self->config.embedding_norm != NULL)
        _umk_norm_forward(&self->embedding_norm, rows, n_tokens, rows);
    if (rows != hidden)
        _umk_linear_forward(&self->embedding_map, rows, n_tokens, UMK_ACTIVATION_NONE,
                            hidden);
    return TRUE;
}

static gsize
scratch_size(const UmkTextNetwork *self, const UmkTextBatch *batch)
{
    gsize n_tokens = batch->offsets[batch->n_texts], n_longest = 0, n_floats;

    for (gsize i = 0; i < batch->n_texts; i++)
        n_longest = MAX(n_longest, (gsize) batch->offsets[i + 1] - batch->offsets[i]);
    n_floats = _umk_encoder_scratch_size(self->encoder, n_tokens, n_longest);
    if (self->config.embedding_map != NULL)
        n_floats = MAX(n_floats, n_tokens * self->tokens.n_dims);
    return n_floats;
}

const float *
_umk_text_network_forward(const UmkTextNetwork *self,
                          const UmkTextBatch *batch,
                          gsize extra,
                          float **rest,
                          UmkArena *arena,
                          GError **error)
{
    gsize n_tokens = batch->offsets[batch->n_texts];
    gsize n_hidden = _umk_arena_round(n_tokens * self->config.encoder.n_dims);
    float *hidden = _umk_arena_reserve(
        arena, n_hidden + MAX(extra, scratch_size(self, batch)), error);

    if (hidden == NULL || !embed(self, batch, hidden, hidden + n_hidden, error))
        return NULL;
    _umk_encoder_forward(self->encoder, hidden, batch->offsets, batch->n_texts,
                         hidden + n_hidden);
    if (self->config.final_norm != NULL)
        _umk_norm_forward(&self->final_norm, hidden, n_tokens, hidden);
    if (rest != NULL)
        *rest = hidden + n_hidden;
    return hidden;
}
