/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the image embedders share: reading a model folder, and the session that takes
 * items through decoding and preprocessing one after another and through the encoder
 * several at a time. */
#pragma once

#include <umekomi/umk-plugin.h>

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"
#include "nn/umk-encoder-private.h"

#include "umk-preprocess-private.h"

G_BEGIN_DECLS

#define UMK_IMAGE_MAX_TOKENS 65536

/* Items at a time, for batch_hint: enough for good products where a picture has 50
 * tokens, few enough that a handful of pictures keeps two threads busy. */
#define UMK_IMAGE_BATCH 4

typedef struct _UmkImageModel UmkImageModel;

/* First member of every model of this modality. */
struct _UmkImageModel {
    UmkPreprocess preprocess;
    gsize n_dims; /* of what encode writes   */
    gsize n_kept; /* of the vectors given out */
    gboolean normalize;
    /* pixels: n_images of (height, width, 3) -> out (n_images, n_dims); the bits of a
     * row do not depend on the other images */
    gboolean (*encode)(const UmkImageModel *self,
                       const float *const *pixels,
                       gsize n_images,
                       gsize height,
                       gsize width,
                       UmkArena *arena,
                       float *out,
                       GError **error);
};

/* A folder while its model is being bound. */
typedef struct {
    const char *path;
    JsonParser *parser;
    JsonObject *config; /* the whole of config.json */
    const char *type;   /* model_type, "" if there is none */
    UmkWeights *weights;
    UmkTensors tensors; /* no prefix */
} UmkImageFolder;

/* params (may be NULL) say the precision of the linear maps. */
gboolean _umk_image_folder_open(UmkImageFolder *self,
                                const char *path,
                                UmkParams *params,
                                GError **error);
/* The same for families whose tensors say enough: without config.json, config is empty.
 */
gboolean _umk_image_folder_open_any(UmkImageFolder *self,
                                    const char *path,
                                    UmkParams *params,
                                    GError **error);
void _umk_image_folder_close(UmkImageFolder *self);
/* name without ".weight", behind the prefix of the folder's tensors */
gboolean _umk_image_folder_has_weight(const UmkImageFolder *self, const char *name);
/* (out, in / groups, kernel_h, kernel_w), none of them 0; a kernel of even size is
 * refused, for the families that keep the size of a map have none. */
gboolean _umk_image_folder_get_kernel(const UmkImageFolder *self,
                                      const char *name,
                                      gsize shape[4],
                                      GError **error);
/* The pattern with each '#' replaced by the next number. Release with g_free. */
char *_umk_image_dup_name(const char *pattern, const guint *numbers, guint n_numbers);

/* For probing folders without a config.json: whether all these tensors are there. */
gboolean _umk_image_folder_holds(const char *path, const char *const *names);

/* hidden_size, num_hidden_layers, num_attention_heads, intermediate_size, hidden_act,
 * layer_norm_eps of a pre-LN encoder; what is usual in the family stands for what a file
 * leaves out */
gboolean _umk_config_read_encoder(JsonObject *config,
                                  const char *usual_activation,
                                  double usual_eps,
                                  UmkEncoderConfig *encoder,
                                  GError **error);

/* Reads preprocessor_config.json, or takes the family's defaults without it, and the
 * options normalize and dims; n_dims and encode are set by the caller before. */
gboolean _umk_image_model_init(UmkImageModel *self,
                               const UmkImageFolder *folder,
                               const char *family,
                               gsize image_size,
                               UmkParams *params,
                               GError **error);

/* model_type of a config.json, for probing; NULL if it has none. Release with g_free. */
char *_umk_image_dup_model_type(const guint8 *config, gsize length);
/* The same for "architecture", as timm writes it. */
char *_umk_image_dup_architecture(const guint8 *config, gsize length);

/* Slots of UmkEmbedderOps. */
gsize _umk_image_model_n_dims(gconstpointer model);
gpointer _umk_image_session_new(gconstpointer model, GError **error);
void _umk_image_session_free(gpointer session);
gboolean _umk_image_session_embed(gpointer session,
                                  UmkItem *const *items,
                                  gsize n_items,
                                  float *out,
                                  gsize out_stride,
                                  UmkRun *run,
                                  GError **error);

G_END_DECLS
