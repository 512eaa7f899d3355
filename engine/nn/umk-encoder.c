/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transformer encoder blocks over packed sequences. Scores and weighted sums of attention
 * run through the same matrix kernels as the linear maps; keys and values of one head are
 * packed into scratch for it. */
#include "nn/umk-encoder-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#define MAX_LAYERS 256
#define MAX_DIMS   16384
#define MAX_FFN    65536
#define QUERY_ROWS 96 /* rows of scores in work at a time */

typedef struct {
    UmkLinear attention_in; /* query, key and value side by side */
    UmkLinear attention_out;
    UmkNorm norm_attention;
    UmkLinear up;
    UmkLinear down;
    UmkNorm norm_ffn;
} Block;

struct _UmkEncoder {
    UmkEncoderConfig config;
    Block *blocks;
};

const UmkEncoderNames _umk_encoder_names_bert = {
    .query = "encoder.layer.#.attention.self.query",
    .key = "encoder.layer.#.attention.self.key",
    .value = "encoder.layer.#.attention.self.value",
    .out = "encoder.layer.#.attention.output.dense",
    .norm_attention = "encoder.layer.#.attention.output.LayerNorm",
    .up = "encoder.layer.#.intermediate.dense",
    .down = "encoder.layer.#.output.dense",
    .norm_ffn = "encoder.layer.#.output.LayerNorm",
};

const UmkEncoderNames _umk_encoder_names_clip = {
    .query = "encoder.layers.#.self_attn.q_proj",
    .key = "encoder.layers.#.self_attn.k_proj",
    .value = "encoder.layers.#.self_attn.v_proj",
    .out = "encoder.layers.#.self_attn.out_proj",
    .norm_attention = "encoder.layers.#.layer_norm1",
    .up = "encoder.layers.#.mlp.fc1",
    .down = "encoder.layers.#.mlp.fc2",
    .norm_ffn = "encoder.layers.#.layer_norm2",
};

const UmkEncoderNames _umk_encoder_names_vit = {
    .query = "encoder.layer.#.attention.attention.query",
    .key = "encoder.layer.#.attention.attention.key",
    .value = "encoder.layer.#.attention.attention.value",
    .out = "encoder.layer.#.attention.output.dense",
    .norm_attention = "encoder.layer.#.layernorm_before",
    .up = "encoder.layer.#.intermediate.dense",
    .down = "encoder.layer.#.output.dense",
    .norm_ffn = "encoder.layer.#.layernorm_after",
};

static gboolean
check_size(const char *what, gsize value, gsize most, GError **error)
{
    if (value >= 1 && value <= most)
        return TRUE;
    g_set_error(error, UMK_ERROR,
                value == 0 ? UMK_ERROR_INVALID_DATA : UMK_ERROR_TOO_LARGE,
                _("The model’s %s is %zu, expected 1 to %zu"), what, value, most);
    return FALSE;
}

gboolean
_umk_encoder_config_check(const UmkEncoderConfig *config, GError **error)
{
    if (!check_size("number of layers", config->n_layers, MAX_LAYERS, error) ||
        !check_size("hidden size", config->n_dims, MAX_DIMS, error) ||
        !check_size("number of attention heads", config->n_heads, MAX_DIMS, error) ||
        !check_size("intermediate size", config->n_ffn, MAX_FFN, error))
        return FALSE;
    if (config->n_dims % config->n_heads != 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The model’s hidden size %zu is not a multiple of its %zu attention heads"),
            config->n_dims, config->n_heads);
        return FALSE;
    }
    if (!(config->eps >= 0 && config->eps < 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model’s layer norm epsilon is %g, expected 0 to 1"),
                    (double) config->eps);
        return FALSE;
    }
    return TRUE;
}

static char *
layer_name(const char *pattern, gsize layer)
{
    const char *mark = strchr(pattern, '#');

    return g_strdup_printf("%.*s%zu%s", (int) (mark - pattern), pattern, layer, mark + 1);
}

static gboolean
bind_linear(UmkLinear *linear,
            const UmkEncoder *self,
            const UmkTensors *tensors,
            const char *pattern,
            gsize layer,
            gsize n_out,
            gsize n_in,
            GError **error)
{
    g_autofree char *name = layer_name(pattern, layer);

    return _umk_linear_bind(linear, tensors, name, n_out, n_in, self->config.bias, error);
}

static gboolean
bind_norm(UmkNorm *norm,
          const UmkEncoder *self,
          const UmkTensors *tensors,
          const char *pattern,
          gsize layer,
          GError **error)
{
    g_autofree char *name = layer_name(pattern, layer);

    return _umk_norm_bind(norm, tensors, name, self->config.n_dims, self->config.eps,
                          error);
}

static gboolean
bind_block(UmkEncoder *self,
           gsize layer,
           const UmkEncoderNames *names,
           const UmkTensors *tensors,
           GError **error)
{
    Block *block = &self->blocks[layer];
    gsize d = self->config.n_dims, ffn = self->config.n_ffn;
    g_autofree char *query = layer_name(names->query, layer);
    g_autofree char *key = layer_name(names->key, layer);
    g_autofree char *value = layer_name(names->value, layer);
    const char *const joined[] = {query, key, value, NULL};

    return _umk_linear_bind_joined(&block->attention_in, tensors, joined, d, d,
                                   self->config.bias, error) &&
           bind_linear(&block->attention_out, self, tensors, names->out, layer, d, d,
                       error) &&
           bind_norm(&block->norm_attention, self, tensors, names->norm_attention, layer,
                     error) &&
           bind_linear(&block->up, self, tensors, names->up, layer, ffn, d, error) &&
           bind_linear(&block->down, self, tensors, names->down, layer, d, ffn, error) &&
           bind_norm(&block->norm_ffn, self, tensors, names->norm_ffn, layer, error);
}

UmkEncoder *
_umk_encoder_new(const UmkEncoderConfig *config,
                 const UmkEncoderNames *names,
                 const UmkTensors *tensors,
                 GError **error)
{
    UmkEncoder *self;

    if (!_umk_encoder_config_check(config, error))
        return NULL;
    self = g_new0(UmkEncoder, 1);
    self->config = *config;
    self->blocks = g_new0(Block, config->n_layers);
    for (gsize layer = 0; layer < config->n_layers; layer++) {
        if (!bind_block(self, layer, names, tensors, error)) {
            _umk_encoder_free(self);
            return NULL;
        }
    }
    return self;
}

void
_umk_encoder_free(UmkEncoder *self)
{
    if (self == NULL)
        return;
    for (gsize layer = 0; layer < self->config.n_layers; layer++) {
        Block *block = &self->blocks[layer];

        _umk_linear_clear(&block->attention_in);
        _umk_linear_clear(&block->attention_out);
        _umk_norm_clear(&block->norm_attention);
        _umk_linear_clear(&block->up);
        _umk_linear_clear(&block->down);
        _umk_norm_clear(&block->norm_ffn);
    }
    g_free(self->blocks);
    g_free(self);
}

const UmkEncoderConfig *
_umk_encoder_get_config(const UmkEncoder *self)
{
    return &self->config;
}

/* The parts of the scratch memory, all of them 64-byte aligned. */
typedef struct {
    float *input;  /* (n_tokens, d) normalised input, or a part's output */
    float *wide;   /* (n_tokens, max(3 d, ffn)) */
    float *mixed;  /* (n_tokens, d) what attention gathered */
    float *keys;   /* one head's keys, packed */
    float *values; /* one head's values, packed */
    float *scores; /* (QUERY_ROWS, n_longest) */
} Scratch;

static gsize
scratch_layout(const UmkEncoder *self,
               gsize n_tokens,
               gsize n_longest,
               float *base,
               Scratch *scratch)
{
    gsize d = self->config.n_dims, head = d / self->config.n_heads;
    gsize sizes[] = {
        n_tokens * d,
        n_tokens * MAX(3 * d, self->config.n_ffn),
        n_tokens * d,
        _umk_gemm_pack_size(n_longest, head),
        _umk_gemm_pack_size(head, n_longest),
        QUERY_ROWS * n_longest,
    };
    float **parts[] = {&scratch->input, &scratch->wide,   &scratch->mixed,
                       &scratch->keys,  &scratch->values, &scratch->scores};
    gsize at = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (base != NULL)
            *parts[i] = base + at;
        at += _umk_arena_round(sizes[i]);
    }
    return at;
}

gsize
_umk_encoder_scratch_size(const UmkEncoder *self, gsize n_tokens, gsize n_longest)
{
    Scratch unused;

    return scratch_layout(self, n_tokens, n_longest, NULL, &unused);
}

/* One head of one sequence: rows of qkv lie 3 d apart, those of out d apart. */
static void
attend_head(const UmkEncoder *self,
            const float *qkv,
            gsize n,
            gsize head,
            const Scratch *s,
            float *out)
{
    gsize d = self->config.n_dims, width = d / self->config.n_heads, stride = 3 * d;
    const float *query = qkv + head * width, *key = query + d, *value = key + d;
    float scale = 1.0f / sqrtf((float) width);

    _umk_gemm_pack_rows(key, stride, n, width, s->keys);
    _umk_gemm_pack_columns(value, stride, width, n, s->values);
    for (gsize row = 0; row < n; row += QUERY_ROWS) {
        gsize rows = MIN(QUERY_ROWS, n - row);
        float shares[QUERY_ROWS], *to = out + row * d + head * width;

        _umk_gemm_raw(query + row * stride, stride, rows, s->keys, n, width, NULL,
                      s->scores, n);
        for (gsize i = 0; i < rows; i++) {
            float *scores = s->scores + i * n;
            gsize valid = self->config.causal ? row + i + 1 : n;

            shares[i] = _umk_kernel_exp_parts(scores, valid, scale);
            memset(scores + valid, 0, (n - valid) * sizeof(float));
        }
        _umk_gemm_raw(s->scores, n, rows, s->values, width, n, NULL, to, d);
        for (gsize i = 0; i < rows; i++)
            _umk_kernel_scale(to + i * d, width, shares[i]);
    }
}

static void
attend(const UmkEncoder *self,
       const guint32 *offsets,
       gsize n_sequences,
       const Scratch *scratch)
{
    gsize d = self->config.n_dims;

    for (gsize i = 0; i < n_sequences; i++) {
        gsize first = offsets[i], n = offsets[i + 1] - first;

        for (gsize head = 0; head < self->config.n_heads; head++)
            attend_head(self, scratch->wide + first * 3 * d, n, head, scratch,
                        scratch->mixed + first * d);
    }
}

static void
block_forward(const UmkEncoder *self,
              const Block *block,
              float *hidden,
              gsize n_tokens,
              const guint32 *offsets,
              gsize n_sequences,
              const Scratch *s)
{
    gsize n = n_tokens * self->config.n_dims;
    gboolean pre = self->config.pre_norm;

    if (pre)
        _umk_norm_forward(&block->norm_attention, hidden, n_tokens, s->input);
    _umk_linear_forward(&block->attention_in, pre ? s->input : hidden, n_tokens,
                        UMK_ACTIVATION_NONE, s->wide);
    attend(self, offsets, n_sequences, s);
    _umk_linear_forward(&block->attention_out, s->mixed, n_tokens, UMK_ACTIVATION_NONE,
                        s->input);
    _umk_kernel_add(hidden, s->input, n);
    _umk_norm_forward(pre ? &block->norm_ffn : &block->norm_attention, hidden, n_tokens,
                      pre ? s->input : hidden);
    _umk_linear_forward(&block->up, pre ? s->input : hidden, n_tokens,
                        self->config.activation, s->wide);
    _umk_linear_forward(&block->down, s->wide, n_tokens, UMK_ACTIVATION_NONE, s->mixed);
    _umk_kernel_add(hidden, s->mixed, n);
    if (!pre)
        _umk_norm_forward(&block->norm_ffn, hidden, n_tokens, hidden);
}

void
_umk_encoder_forward(const UmkEncoder *self,
                     float *hidden,
                     const guint32 *offsets,
                     gsize n_sequences,
                     float *scratch)
{
    Scratch parts;
    gsize n_tokens = offsets[n_sequences], n_longest = 0;

    if (n_tokens == 0)
        return;
    for (gsize i = 0; i < n_sequences; i++)
        n_longest = MAX(n_longest, (gsize) offsets[i + 1] - offsets[i]);
    scratch_layout(self, n_tokens, n_longest, scratch, &parts);
    for (gsize layer = 0; layer < self->config.n_layers; layer++)
        block_forward(self, &self->blocks[layer], hidden, n_tokens, offsets, n_sequences,
                      &parts);
}
