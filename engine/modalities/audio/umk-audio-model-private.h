/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the published audio families have in common: opening a folder, the options, and
 * the embedder slots that are the same for all. A family adds one function that turns a
 * sound into a vector; its model structure begins with an UmkAudioModel. */
#pragma once

#include "umk-extractor-config-private.h"
#include "umk-frontend-private.h"

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"
#include "nn/umk-encoder-private.h"

#include <umekomi/umk-plugin.h>

typedef struct _UmkAudioModel UmkAudioModel;

/* One sound to one vector of n_full numbers, not normalised. It must not depend on what
 * else the arena was used for. */
typedef gboolean (*UmkAudioEncodeFunc)(const UmkAudioModel *self,
                                       UmkItem *item,
                                       UmkArena *arena,
                                       float *out,
                                       UmkRun *run,
                                       GError **error);

struct _UmkAudioModel {
    UmkAudioEncodeFunc encode;
    gsize n_full; /* numbers the network gives */
    gsize n_dims; /* of them kept */
    gboolean normalize;
};

/* Open while a model loads. */
typedef struct {
    const char *path;
    JsonParser *parser;
    JsonObject *config; /* config.json */
    UmkExtractorConfig extractor;
    UmkWeights *weights;
    UmkTensors tensors;
} UmkAudioFolder;

/* tensors.prefix becomes the first of the NULL-terminated prefixes under which the file
 * has name, or the last of them. */
void _umk_audio_folder_find_prefix(UmkAudioFolder *self,
                                   const char *name,
                                   const char *const *prefixes);

/* Opens the folder, calls load, closes it. defaults are those of the family's feature
 * extractor; they stand where preprocessor_config.json is absent or silent. model
 * is handed over: freed and NULL returned where anything fails, with the folder's name in
 * the message. */
typedef gboolean (*UmkAudioLoadFunc)(gpointer model,
                                     UmkAudioFolder *folder,
                                     UmkParams *params,
                                     GError **error);
gpointer _umk_audio_load(const char *path,
                         UmkParams *params,
                         const UmkExtractorConfig *defaults,
                         gpointer model,
                         UmkAudioLoadFunc load,
                         GDestroyNotify model_free,
                         GError **error);

/* Reads normalize and dims; self->n_full must be known. config may say which dims a
 * vector can be cut to. */
gboolean _umk_audio_model_init(UmkAudioModel *self,
                               JsonObject *config,
                               UmkParams *params,
                               GError **error);

/* The keys of config.json under which a family keeps the sizes of its encoder. */
typedef struct {
    const char *n_dims;
    const char *n_layers;
    const char *n_heads;
    const char *n_ffn;
    const char *activation;
} UmkAudioEncoderKeys;

extern const UmkAudioEncoderKeys _umk_audio_keys_bert; /* hidden_size … hidden_act */

/* What config has already stands where a key is absent; the activation's default is
 * "gelu", and "layer_norm_eps" is read in all families. */
gboolean _umk_audio_read_encoder(UmkEncoderConfig *config,
                                 JsonObject *object,
                                 const UmkAudioEncoderKeys *keys,
                                 GError **error);

/* max_seconds in samples, where they can be heard at once. */
gboolean _umk_audio_check_window(const UmkExtractorConfig *extractor,
                                 gsize *n_samples,
                                 GError **error);
gboolean
_umk_audio_push_zeros(UmkFrontendStream *stream, gsize n_samples, GError **error);
/* rows (n_frames, n_coeffs) of the first n_samples; with pad, a shorter sound is followed
 * by zeros. */
float *_umk_audio_compute_head(UmkItem *item,
                               UmkFrontend *frontend,
                               gsize n_samples,
                               gboolean pad,
                               UmkRun *run,
                               gsize *n_frames,
                               GError **error);
/* The whole sound; one that lasts longer than so many minutes is refused. */
float *_umk_audio_decode_within(UmkItem *item,
                                int rate,
                                guint minutes,
                                UmkRun *run,
                                gsize *n_samples,
                                GError **error);
/* out = mean of the rows (n, d), in one fixed order */
void _umk_audio_mean(const float *rows, gsize n, gsize d, float *out);

/* How sure a family is of a folder whose config.json names one of its NULL-terminated
 * types. */
guint _umk_audio_probe(const guint8 *config, gsize length, const char *const *types);

/* The slots of UmkEmbedderOps that are the same for every family. */
gsize _umk_audio_model_n_dims(gconstpointer model);
gpointer _umk_audio_session_new(gconstpointer model, GError **error);
void _umk_audio_session_free(gpointer session);
gboolean _umk_audio_session_embed(gpointer session,
                                  UmkItem *const *items,
                                  gsize n_items,
                                  float *out,
                                  gsize out_stride,
                                  UmkRun *run,
                                  GError **error);
