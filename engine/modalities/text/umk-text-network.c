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

#define MAX_SIZE (1 << 24)

struct _UmkTextNetwork {
    UmkTextNetworkConfig config;
    UmkEncoder *encoder;
    UmkNorm embedding_norm;
    UmkNorm final_norm;
    UmkTokenTable tokens; /* into the weights */
};

gboolean
_umk_text_config_get_sizes(JsonObject *config,
                           const UmkTextSize *sizes,
                           gsize n_sizes,
                           GError **error)
{
    for (gsize i = 0; i < n_sizes; i++) {
        if (!_umk_json_get_size(config, sizes[i].key, sizes[i].fallback, MAX_SIZE,
                                sizes[i].value, error))
            return FALSE;
        if (*sizes[i].value == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is missing or 0"), sizes[i].key);
            return FALSE;
        }
    }
    return TRUE;
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
        (config->types != NULL && config->n_types < 1)) {
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

static gboolean
bind_norm(UmkNorm *norm,
          const UmkTextNetwork *self,
          const char *name,
          const UmkTensors *tensors,
          GError **error)
{
    return name == NULL ||
           _umk_norm_bind(norm, tensors, name, self->config.encoder.n_dims,
                          self->config.encoder.eps, error);
}

static gboolean
bind(UmkTextNetwork *self, const UmkTensors *tensors, GError **error)
{
    const UmkTextNetworkConfig *config = &self->config;
    UmkTokenTable *table = &self->tokens;

    table->n_vocabulary = config->n_vocabulary;
    table->n_types = config->n_types;
    table->n_positions = config->n_positions;
    table->n_dims = config->encoder.n_dims;
    table->first_position = config->first_position;
    table->pad = (guint32) config->pad;
    table->max_tokens = config->n_positions - config->first_position;
    if (!get_table(tensors, config->words, table->n_vocabulary, table->n_dims,
                   &table->words, error) ||
        !get_table(tensors, config->positions, table->n_positions, table->n_dims,
                   &table->positions, error) ||
        !get_table(tensors, config->types, table->n_types, table->n_dims, &table->types,
                   error) ||
        !bind_norm(&self->embedding_norm, self, config->embedding_norm, tensors, error) ||
        !bind_norm(&self->final_norm, self, config->final_norm, tensors, error))
        return FALSE;
    self->encoder = _umk_encoder_new(&config->encoder, config->names, tensors, error);
    return self->encoder != NULL;
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
    UmkTensors own = *tensors;

    self->config.prefix = "";
    if (!family->configure(object, &self->config, error) ||
        !check_config(&self->config, error)) {
        g_prefix_error(error, "config.json: ");
        return NULL;
    }
    own.prefix = prefix = find_prefix(tensors, &self->config);
    return bind(self, &own, error) ? g_steal_pointer(&self) : NULL;
}

void
_umk_text_network_free(UmkTextNetwork *self)
{
    if (self == NULL)
        return;
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->embedding_norm);
    _umk_norm_clear(&self->final_norm);
    g_free(self);
}

gsize
_umk_text_network_get_n_dims(const UmkTextNetwork *self)
{
    return self->tokens.n_dims;
}

gsize
_umk_text_network_get_max_tokens(const UmkTextNetwork *self)
{
    return self->tokens.max_tokens;
}

const float *
_umk_text_network_forward(const UmkTextNetwork *self,
                          const UmkTextBatch *batch,
                          gsize extra,
                          float **rest,
                          UmkArena *arena,
                          GError **error)
{
    gsize n_tokens = batch->offsets[batch->n_texts], n_longest = 0, n_hidden;
    float *hidden;

    for (gsize i = 0; i < batch->n_texts; i++)
        n_longest = MAX(n_longest, (gsize) batch->offsets[i + 1] - batch->offsets[i]);
    n_hidden = _umk_arena_round(n_tokens * self->tokens.n_dims);
    hidden = _umk_arena_reserve(
        arena,
        n_hidden +
            MAX(extra, _umk_encoder_scratch_size(self->encoder, n_tokens, n_longest)),
        error);
    if (hidden == NULL ||
        !_umk_token_table_look_up(&self->tokens, batch->ids, batch->types, batch->offsets,
                                  batch->n_texts, hidden, error))
        return NULL;
    if (self->config.embedding_norm != NULL)
        _umk_norm_forward(&self->embedding_norm, hidden, n_tokens, hidden);
    _umk_encoder_forward(self->encoder, hidden, batch->offsets, batch->n_texts,
                         hidden + n_hidden);
    if (self->config.final_norm != NULL)
        _umk_norm_forward(&self->final_norm, hidden, n_tokens, hidden);
    if (rest != NULL)
        *rest = hidden + n_hidden;
    return hidden;
}
