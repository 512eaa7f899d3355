/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A speech transformer with the x-vector head of transformers (Wav2Vec2ForXVector,
 * WavLMForXVector; HuBERT alike): a projection of its states, or of a weighted sum of the
 * states of all blocks, a time-delay network, statistics pooling, one linear map. The
 * classifier of the training speakers and the loss are not read. */
#include "umk-xvector-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_DIMS 16384

static gboolean
is_xvector(JsonObject *config)
{
    JsonArray *array;

    if (!_umk_json_get_array(config, "architectures", &array, NULL) || array == NULL)
        return FALSE;
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_VALUE(node) &&
            json_node_get_value_type(node) == G_TYPE_STRING &&
            g_str_has_suffix(json_node_get_string(node), "ForXVector"))
            return TRUE;
    }
    return FALSE;
}

static void
model_free(gpointer model)
{
    UmkSpeechXvector *self = model;

    _umk_speech_encoder_clear(&self->speech);
    _umk_linear_clear(&self->projector);
    _umk_tdnn_clear(&self->tdnn);
    _umk_linear_clear(&self->embedding);
    g_free(self);
}

static gboolean
encode_states(const UmkSpeechXvector *self,
              const float *states,
              gsize n_frames,
              float *out,
              GError **error)
{
    gsize n_projected = _umk_arena_round(n_frames * self->projector.n_out);
    gsize n_statistics = _umk_arena_round(_umk_tdnn_n_out(&self->tdnn));
    gsize needed = _umk_tdnn_n_needed(&self->tdnn);
    UmkArena arena = {0};
    float *projected, *statistics;

    if (n_frames < needed) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound is too short: it has %zu frames and the model needs "
                      "%zu"),
                    n_frames, needed);
        return FALSE;
    }
    /* The session's arena holds the states. */
    projected = _umk_arena_reserve(&arena,
                                   n_projected + n_statistics +
                                       _umk_tdnn_scratch_size(&self->tdnn, n_frames),
                                   error);
    if (projected == NULL)
        return FALSE;
    statistics = projected + n_projected;
    _umk_linear_forward(&self->projector, states, n_frames, UMK_ACTIVATION_NONE,
                        projected);
    _umk_tdnn_forward(&self->tdnn, projected, n_frames, statistics + n_statistics,
                      statistics);
    _umk_linear_forward(&self->embedding, statistics, 1, UMK_ACTIVATION_NONE, out);
    _umk_arena_clear(&arena);
    return TRUE;
}

static gboolean
encode(const UmkAudioModel *model,
       UmkItem *item,
       UmkArena *arena,
       float *out,
       UmkRun *run,
       GError **error)
{
    const UmkSpeechXvector *self = (const UmkSpeechXvector *) model;
    gsize n_samples, n_frames;
    g_autofree float *samples =
        _umk_speech_encoder_samples(&self->speech, item, run, &n_samples, error);
    const float *states;

    if (samples == NULL)
        return FALSE;
    states = _umk_speech_encoder_forward(&self->speech, samples, n_samples, arena,
                                         &n_frames, error);
    return states != NULL && encode_states(self, states, n_frames, out, error);
}

static gboolean
bind_head(UmkSpeechXvector *self, UmkAudioFolder *folder, GError **error)
{
    const UmkTensors *tensors = &folder->tensors;
    gsize d = self->speech.base.n_full, n_out;
    UmkTdnnConfig tdnn;

    if (!_umk_tdnn_read_config(&tdnn, folder->config, error) ||
        !_umk_json_get_size(folder->config, "xvector_output_dim", 512, MAX_DIMS, &n_out,
                            error) ||
        !_umk_linear_bind(&self->projector, tensors, "projector", tdnn.channels[0], d,
                          UMK_BIAS_REQUIRED, error) ||
        !_umk_tdnn_bind(&self->tdnn, &tdnn, tdnn.channels[0], tensors, error) ||
        !_umk_linear_bind(&self->embedding, tensors, "feature_extractor", n_out,
                          _umk_tdnn_n_out(&self->tdnn), UMK_BIAS_REQUIRED, error))
        return FALSE;
    self->speech.base.encode = encode;
    self->speech.base.n_full = n_out;
    return TRUE;
}

/* The table of the transformer below the head, or NULL. */
static const UmkSpeechFamily *
find_family(JsonObject *config)
{
#define FAMILY(name) &_umk_##name##_family,
    static const UmkSpeechFamily *const families[] = {UMK_SPEECH_FAMILIES(FAMILY)};
#undef FAMILY
    const char *type;

    if (_umk_json_get_string(config, "model_type", "", &type, NULL))
        for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
            if (g_strcmp0(type, families[i]->model_type) == 0)
                return families[i];
    return NULL;
}

/* Surer than the families themselves, whose folders have no such head. */
static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;

    if (config == NULL)
        return 0;
    parser = _umk_json_parse((const char *) config, config_len, &root, NULL);
    return parser != NULL && find_family(root) != NULL && is_xvector(root) ? 95 : 0;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    UmkSpeechXvector *self = model;
    const UmkSpeechFamily *family = find_family(folder->config);

    if (family == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("The network below the x-vector head is not known"));
        return FALSE;
    }
    return _umk_speech_encoder_load(&self->speech, family, folder, error) &&
           bind_head(self, folder, error) &&
           _umk_audio_model_init(&self->speech.base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &_umk_speech_extractor,
                           g_new0(UmkSpeechXvector, 1), load, model_free, error);
}

const UmkEmbedderOps _umk_speech_xvector_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "speech-x-vector",
    .title = N_("x-vector head on a speech transformer"),
    .modality = UMK_MODALITY_AUDIO,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_audio_model_n_dims,
    .session_new = _umk_audio_session_new,
    .session_free = _umk_audio_session_free,
    .session_embed = _umk_audio_session_embed,
    .batch_hint = 1,
};
