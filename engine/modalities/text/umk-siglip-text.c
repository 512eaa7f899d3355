/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigLIP's text tower (Zhai et al. 2023). It was trained on texts padded to 64 tokens
 * without a mask, so the padding is part of what it reads, and the vector is that of the
 * last position. */
#include "modalities/text/umk-siglip-text-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-text-config-private.h"

struct _UmkSiglipText {
    UmkTextNetwork *network;
    UmkLinear head;
    gsize length;
};

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    const UmkTextSize sizes[] = {
        {"vocab_size", 32000, &config->n_vocabulary},
        {"max_position_embeddings", 64, &config->n_positions},
        {"hidden_size", 768, &config->encoder.n_dims},
        {"num_hidden_layers", 12, &config->encoder.n_layers},
        {"num_attention_heads", 12, &config->encoder.n_heads},
        {"intermediate_size", 3072, &config->encoder.n_ffn},
    };

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_get_activation(object, "hidden_act", "gelu_pytorch_tanh",
                                         &config->encoder.activation, error) ||
        !_umk_text_config_get_eps(object, "layer_norm_eps", 1e-6, &config->encoder.eps,
                                  error))
        return FALSE;
    config->encoder.bias = UMK_BIAS_REQUIRED;
    config->encoder.pre_norm = TRUE;
    config->names = &_umk_encoder_names_clip;
    config->prefix = "text_model.";
    config->words = "embeddings.token_embedding";
    config->positions = "embeddings.position_embedding";
    config->final_norm = "final_layer_norm";
    return TRUE;
}

/* Not one of the sentence embedders: its texts are padded. */
static const char *const model_types[] = {"siglip", "siglip_text_model", NULL};
static const UmkTextFamily family = {.model_types = model_types, .configure = configure};

UmkSiglipText *
_umk_siglip_text_new(JsonObject *config, const UmkTensors *tensors, GError **error)
{
    g_autoptr(UmkSiglipText) self = g_new0(UmkSiglipText, 1);
    JsonObject *text;
    gsize n_hidden, n_dims;

    if (!_umk_json_get_object(config, "text_config", &text, error))
        return NULL;
    if (text == NULL)
        text = config;
    self->network = _umk_text_network_new(&family, text, tensors, error);
    if (self->network == NULL)
        return NULL;
    n_hidden = _umk_text_network_get_n_dims(self->network);
    self->length = _umk_text_network_get_max_tokens(self->network);
    if (!_umk_json_get_size(text, "projection_size", n_hidden, G_MAXINT32, &n_dims,
                            error) ||
        !_umk_linear_bind(&self->head, tensors, "text_model.head", n_dims, n_hidden,
                          UMK_BIAS_REQUIRED, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
_umk_siglip_text_free(UmkSiglipText *self)
{
    if (self == NULL)
        return;
    _umk_text_network_free(self->network);
    _umk_linear_clear(&self->head);
    g_free(self);
}

gsize
_umk_siglip_text_get_n_dims(const UmkSiglipText *self)
{
    return self->head.n_out;
}

gsize
_umk_siglip_text_get_length(const UmkSiglipText *self)
{
    return self->length;
}

/* Texts side by side, each of the full length. */
static guint32 *
pad_texts(const UmkSiglipText *self,
          const guint32 *ids,
          const guint32 *offsets,
          gsize n_texts,
          guint32 pad)
{
    guint32 *padded = g_new(guint32, n_texts * self->length);

    for (gsize i = 0; i < n_texts; i++) {
        gsize n = MIN(offsets[i + 1] - offsets[i], self->length);
        guint32 *to = padded + i * self->length;

        memcpy(to, ids + offsets[i], n * sizeof *to);
        for (gsize j = n; j < self->length; j++)
            to[j] = pad;
    }
    return padded;
}

const float *
_umk_siglip_text_forward(const UmkSiglipText *self,
                         const guint32 *ids,
                         const guint32 *offsets,
                         gsize n_texts,
                         guint32 pad,
                         UmkArena *arena,
                         GError **error)
{
    g_autofree guint32 *padded = pad_texts(self, ids, offsets, n_texts, pad);
    g_autofree guint32 *ends = g_new(guint32, n_texts + 1);
    const UmkTextBatch batch = {padded, NULL, ends, n_texts};
    float *rest;

    for (gsize i = 0; i <= n_texts; i++)
        ends[i] = (guint32) (i * self->length);
    return _umk_text_network_forward(self->network, &batch, 0, &rest, arena, error);
}

/* A few texts at a time: padded they are long, whatever their own length. */
#define TEXTS 4

gboolean
_umk_siglip_text_encode(const UmkSiglipText *self,
                        const guint32 *ids,
                        const guint32 *offsets,
                        gsize n_texts,
                        guint32 pad,
                        float *out,
                        UmkArena *arena,
                        GError **error)
{
    gsize n_hidden = _umk_text_network_get_n_dims(self->network);

    for (gsize first = 0; first < n_texts; first += TEXTS) {
        gsize here = MIN(TEXTS, n_texts - first);
        const float *hidden =
            _umk_siglip_text_forward(self, ids, offsets + first, here, pad, arena, error);

        if (hidden == NULL)
            return FALSE;
        for (gsize i = 0; i < here; i++, out += self->head.n_out)
            _umk_linear_forward(&self->head,
                                hidden + ((i + 1) * self->length - 1) * n_hidden, 1,
                                UMK_ACTIVATION_NONE, out);
    }
    return TRUE;
}
