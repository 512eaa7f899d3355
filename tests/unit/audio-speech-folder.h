/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of audio models: folders of small speech transformers. */
#pragma once

#include "audio-folder.h"

#include "umk-speech-encoder-private.h"

/* Which names the positions' weight has. */
typedef enum { OLD_NAMES, NEW_NAMES, FOLDED } Naming;

static inline void
put_norm(Weights *w, const char *name, gsize n)
{
    g_autofree char *weight_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias_name = g_strconcat(name, ".bias", NULL);
    g_autofree char *shape = g_strdup_printf("%zu", n);
    float *data = draw_many(n, 0.3);

    for (gsize i = 0; i < n; i++)
        data[i] += 1;
    put_tensor(w, weight_name, shape, data);
    put_random(w, bias_name, shape, 0.3);
}

/* Kernel of 4 places over 2 groups of 4 channels. */
static inline void
put_positions(Weights *w, const char *prefix, Naming naming)
{
    static const char *const names[][2] = {
        {"weight_g", "weight_v"},
        {"parametrizations.weight.original0", "parametrizations.weight.original1"}};
    g_autofree char *conv = g_strconcat(prefix, "encoder.pos_conv_embed.conv.", NULL);
    g_autofree char *bias = g_strconcat(conv, "bias", NULL);
    g_autofree char *plain = g_strconcat(conv, "weight", NULL);
    float *length = draw_many(4, 1), *direction = draw_many(8 * 4 * 4, 1);

    put_random(w, bias, "8", 0.3);
    if (naming != FOLDED) {
        g_autofree char *g = g_strconcat(conv, names[naming][0], NULL);
        g_autofree char *v = g_strconcat(conv, names[naming][1], NULL);

        put_tensor(w, g, "1,1,4", length);
        put_tensor(w, v, "8,4,4", direction);
        return;
    }
    for (gsize k = 0; k < 4; k++) {
        double squares = 0;

        for (gsize i = 0; i < 32; i++)
            squares += pow((double) direction[i * 4 + k], 2);
        for (gsize i = 0; i < 32; i++)
            direction[i * 4 + k] = (float) ((double) direction[i * 4 + k] *
                                            (double) length[k] / sqrt(squares));
    }
    put_tensor(w, plain, "8,4,4", direction);
    g_free(length);
}

#define STEM_JSON                                                                        \
    "\"conv_dim\": [5, 6], \"conv_stride\": [5, 4], \"conv_kernel\": [10, 8],"           \
    " \"num_conv_pos_embeddings\": 4, \"num_conv_pos_embedding_groups\": 2,"             \
    " \"hidden_size\": 8, \"num_attention_heads\": 2, \"intermediate_size\": 12"

static inline Weights *
make_speech(const char *prefix, gsize n_layers, Naming naming)
{
    Weights *w = weights_new();
#define NAME(text) g_autofree char *text##_name = g_strconcat(prefix, text, NULL)
    static const char *const linears[] = {"attention.q_proj", "attention.k_proj",
                                          "attention.v_proj", "attention.out_proj"};
    const char *stem0 = "feature_extractor.conv_layers.0.conv.weight";
    const char *stem1 = "feature_extractor.conv_layers.1.conv.weight";
    const char *stem_norm = "feature_extractor.conv_layers.0.layer_norm";
    const char *feature_norm = "feature_projection.layer_norm";
    const char *projection = "feature_projection.projection";
    const char *norm = "encoder.layer_norm";
    NAME(stem0);
    NAME(stem1);
    NAME(stem_norm);
    NAME(feature_norm);
    NAME(projection);
    NAME(norm);
#undef NAME

    put_random(w, stem0_name, "5,1,10", 0.5);
    put_random(w, stem1_name, "6,5,8", 0.3);
    put_norm(w, stem_norm_name, 5);
    put_norm(w, feature_norm_name, 6);
    put_linear(w, projection_name, 8, 6);
    put_positions(w, prefix, naming);
    put_norm(w, norm_name, 8);
    for (gsize i = 0; i < n_layers; i++) {
        g_autofree char *layer = g_strdup_printf("%sencoder.layers.%zu.", prefix, i);
        g_autofree char *up = g_strconcat(layer, "feed_forward.intermediate_dense", NULL);
        g_autofree char *down = g_strconcat(layer, "feed_forward.output_dense", NULL);
        g_autofree char *first = g_strconcat(layer, "layer_norm", NULL);
        g_autofree char *last = g_strconcat(layer, "final_layer_norm", NULL);

        for (gsize k = 0; k < G_N_ELEMENTS(linears); k++) {
            g_autofree char *name = g_strconcat(layer, linears[k], NULL);

            put_linear(w, name, 8, 8);
        }
        put_norm(w, first, 8);
        put_linear(w, up, 12, 8);
        put_linear(w, down, 8, 12);
        put_norm(w, last, 8);
    }
    return w;
}

/* The states of a clip under a folder of one of the layouts. */
static inline float *
speech_states(const UmkSpeechEncoder *model, UmkItem *item, gsize *n_frames)
{
    UmkArena arena = {0};
    g_autoptr(GError) error = NULL;
    gsize n;
    g_autofree float *samples =
        _umk_speech_encoder_samples(model, item, NULL, &n, &error);
    const float *states =
        _umk_speech_encoder_forward(model, samples, n, &arena, n_frames, &error);
    float *copy;

    g_assert_no_error(error);
    copy = g_memdup2(states, *n_frames * 8 * sizeof *states);
    _umk_arena_clear(&arena);
    return copy;
}
