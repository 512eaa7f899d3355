/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the config.json of several text families say in the same way. */
#pragma once

#include "modalities/text/umk-text-network-private.h"

/* Sizes: fallback 0 means that the key must be there. A value of 0 is an error. */
typedef struct {
    const char *key;
    gsize fallback;
    gsize *value;
} UmkTextSize;

gboolean _umk_text_config_get_sizes(JsonObject *object,
                                    const UmkTextSize *sizes,
                                    gsize n_sizes,
                                    GError **error);
gboolean _umk_text_config_get_activation(JsonObject *object,
                                         const char *key,
                                         const char *fallback,
                                         UmkActivation *activation,
                                         GError **error);
gboolean _umk_text_config_get_eps(
    JsonObject *object, const char *key, double fallback, float *eps, GError **error);
/* Refuses a config that switches on what is not done here. */
gboolean _umk_text_config_expect(JsonObject *object,
                                 const char *key,
                                 gboolean expected,
                                 GError **error);
/* Rotary positions of base over the first n_dims numbers of each head (0: all of them).
 * parameters: rope_parameters or rope_scaling, or NULL. The encoder's sizes must be
 * known. */
gboolean _umk_text_config_add_rotary(UmkTextNetworkConfig *network,
                                     guint index,
                                     JsonObject *parameters,
                                     double base,
                                     gsize n_dims,
                                     GError **error);
/* One zeroed entry a layer, for the family to fill. */
UmkEncoderLayer *_umk_text_config_add_layers(UmkTextNetworkConfig *network,
                                             GError **error);
/* layer_types: layers of "sliding_attention" get the window and the rotary. Leaves
 * network->layers NULL where the key is not there. */
gboolean _umk_text_config_read_layer_types(JsonObject *object,
                                           UmkTextNetworkConfig *network,
                                           gsize window,
                                           guint sliding_rotary,
                                           GError **error);
