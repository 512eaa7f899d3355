/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of a text encoder: vectors of tokens, types and positions, a stack of
 * blocks, perhaps a norm at the end. Families differ in how their config.json says what
 * is there and in the names of the tensors, so a family is one small table
 * (umk-text-families-private.h). Whoever needs the network of a checkpoint (sentence
 * embedder, cross-encoder, the text tower of a pair) takes it from here. */
#pragma once

#include <json-glib/json-glib.h>

#include "io/umk-weights-private.h"
#include "nn/umk-encoder-private.h"

/* What a family's config.json says. Names are those of tensors, without ".weight"; NULL
 * where there is none. */
typedef struct {
    UmkEncoderConfig encoder;
    const UmkEncoderNames *names;
    const char *prefix; /* that whole models put before the names, "bert." */
    const char *words;
    const char *positions;
    const char *types;
    const char *embedding_norm;
    const char *embedding_map; /* from the width of the tables to that of the blocks */
    const char *final_norm;
    const char *buckets; /* biases of the scores by distance (n_buckets, n_heads) */
    gsize n_buckets;
    gsize max_distance;  /* from which on all share a bucket */
    gboolean slopes;     /* biases that grow with the distance, both ways (ALiBi) */
    gboolean transposed; /* linear maps are stored (n_in, n_out) */
    gsize n_embedding;   /* width of the tables; 0: that of the blocks */
    gsize n_vocabulary;
    gsize n_types;
    gsize n_positions;    /* rows of positions; without such a table, most tokens */
    gsize first_position; /* see UmkTokenTable */
    gsize pad;
    /* Owned, and what the encoder's config points to while it is read. */
    UmkEncoderLayer *layers; /* (encoder.n_layers) or NULL */
    double *frequencies[UMK_ENCODER_ROTARIES];
} UmkTextNetworkConfig;

typedef struct {
    const char *const *model_types;         /* NULL-terminated, as in config.json */
    gboolean (*claims)(JsonObject *config); /* NULL: whatever has such a type */
    gboolean (*configure)(JsonObject *config,
                          UmkTextNetworkConfig *network,
                          GError **error);
    /* Optional: what only the tensors say. They are asked without the prefix. */
    void (*adapt)(const UmkTensors *tensors, UmkTextNetworkConfig *network);
} UmkTextFamily;

typedef struct _UmkTextNetwork UmkTextNetwork;

/* Packed texts. types is NULL where every token is of type 0. */
typedef struct {
    const guint32 *ids;
    const guint8 *types;
    const guint32 *offsets; /* (n_texts + 1) */
    gsize n_texts;
} UmkTextBatch;

/* The weights of a folder and the way to them: precision as params say, and an error
 * where the machine has not the memory for it. tensors lends *weights. */
gboolean _umk_text_open_tensors(const char *folder,
                                UmkParams *params,
                                UmkWeights **weights,
                                UmkTensors *tensors,
                                GError **error);
/* TRUE when the config names one of the family's types and the family claims it. */
gboolean _umk_text_family_matches(const UmkTextFamily *self, JsonObject *config);

/* The weights are borrowed and must outlive the network; tensors->prefix is that of the
 * tower within a larger model, "" otherwise. */
UmkTextNetwork *_umk_text_network_new(const UmkTextFamily *family,
                                      JsonObject *config,
                                      const UmkTensors *tensors,
                                      GError **error);
void _umk_text_network_free(UmkTextNetwork *self);
gsize _umk_text_network_get_n_dims(const UmkTextNetwork *self);
/* Of one text, special tokens included. */
gsize _umk_text_network_get_max_tokens(const UmkTextNetwork *self);
/* Last hidden states (n_tokens, n_dims), in the arena until its next use; extra floats
 * more are left free behind them, at *rest. */
const float *_umk_text_network_forward(const UmkTextNetwork *self,
                                       const UmkTextBatch *batch,
                                       gsize extra,
                                       float **rest,
                                       UmkArena *arena,
                                       GError **error);

/* The width of numbers that the encoder's own check does not bound. */
#define UMK_TEXT_MAX_VOCABULARY (1 << 24)
#define UMK_TEXT_MAX_POSITIONS  (1 << 20)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTextNetwork, _umk_text_network_free)
