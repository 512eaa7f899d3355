/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transformer encoder blocks over packed sequences. Everything but attention works on
 * strips of rows, so that what one step writes is still in the cache for the next and
 * scratch memory does not grow with the width of the feed-forward part; attention writes
 * its result over the queries it has used up. */
#include "nn/umk-encoder-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#define MAX_LAYERS 256
#define MAX_DIMS   16384
#define MAX_FFN    65536
#define STRIP      192 /* rows in work at a time */

typedef struct {
    UmkEncoderLayer kind;
    UmkLinear attention_in; /* query, key and value side by side */
    UmkLinear attention_out;
    UmkNorm norm_attention;
    UmkNorm norm_query;
    UmkNorm norm_key;
    UmkRelativeGate gate;
    float *scale_attention; /* (n_dims) or NULL */
    UmkLinear up;           /* gate and up side by side in a gated part */
    UmkLinear down;
    UmkExperts experts; /* instead of up and down */
    UmkNorm norm_ffn;
    float *scale_ffn;
} Block;

struct _UmkEncoder {
    UmkEncoderConfig config; /* its zeros replaced by what they stand for */
    gboolean has_gate;
    Block *blocks;
    double *frequencies[UMK_ENCODER_ROTARIES];
    UmkRelativeBias *relative;
    const UmkExperts *experts; /* of one layer that has them, all being alike */
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

static gsize
head_dims_of(const UmkEncoderConfig *config)
{
    return config->head_dims > 0 ? config->head_dims : config->n_dims / config->n_heads;
}

static gboolean
check_heads(const UmkEncoderConfig *config, GError **error)
{
    gsize head_dims = head_dims_of(config);

    if (config->n_heads * head_dims > MAX_DIMS) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
            _("The model’s %zu heads of %zu numbers are more than the %d allowed"),
            config->n_heads, head_dims, MAX_DIMS);
        return FALSE;
    }
    if (config->n_kv_heads > 0 && config->n_heads % config->n_kv_heads != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model’s %zu attention heads are not a multiple of its %zu key "
                      "and value heads"),
                    config->n_heads, config->n_kv_heads);
        return FALSE;
    }
    for (guint i = 0; i < UMK_ENCODER_ROTARIES; i++) {
        gsize turned = config->rotaries[i].n_dims;

        if (turned > head_dims || turned % 2 != 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Rotary positions turn %zu of the %zu numbers of a head, "
                          "expected an even count up to that"),
                        turned, head_dims);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
_umk_encoder_config_check(const UmkEncoderConfig *config, GError **error)
{
    if (!check_size("number of layers", config->n_layers, MAX_LAYERS, error) ||
        !check_size("number of layers", MAX(config->n_rounds, 1), MAX_LAYERS, error) ||
        !check_size("hidden size", config->n_dims, MAX_DIMS, error) ||
        !check_size("number of attention heads", config->n_heads, MAX_DIMS, error) ||
        !check_size("intermediate size", config->n_ffn, MAX_FFN, error))
        return FALSE;
    if (config->head_dims == 0 && config->n_dims % config->n_heads != 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The model’s hidden size %zu is not a multiple of its %zu attention heads"),
            config->n_dims, config->n_heads);
        return FALSE;
    }
    if (!check_heads(config, error))
        return FALSE;
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
bind_norm(UmkNorm *norm,
          const UmkEncoder *self,
          const UmkTensors *tensors,
          const char *pattern,
          gsize layer,
          gsize n,
          GError **error)
{
    g_autofree char *name = NULL;

    if (pattern == NULL)
        return TRUE;
    name = layer_name(pattern, layer);
    return _umk_norm_bind_kind(norm, self->config.norm, tensors, name, n,
                               self->config.eps, error);
}

static gboolean
bind_scale(float **scale,
           const UmkEncoder *self,
           const UmkTensors *tensors,
           const char *pattern,
           gsize layer,
           GError **error)
{
    g_autofree char *name = NULL;

    if (pattern == NULL)
        return TRUE;
    name = layer_name(pattern, layer);
    *scale = _umk_tensors_dup_vector(tensors, name, self->config.n_dims, error);
    return *scale != NULL;
}

/* Tensors side by side, by patterns; those that are NULL are left out. */
static gboolean
bind_linear(UmkLinear *linear,
            const UmkEncoder *self,
            const UmkTensors *tensors,
            gsize layer,
            const char *const patterns[3],
            const gsize n_outs[3],
            gsize n_in,
            GError **error)
{
    const char *names[4] = {NULL};
    char *owned[3] = {NULL};
    gsize sizes[3];
    guint n = 0;
    gboolean good;

    for (guint i = 0; i < 3; i++) {
        if (patterns[i] == NULL)
            continue;
        sizes[n] = n_outs[i];
        names[n++] = owned[i] = layer_name(patterns[i], layer);
    }
    good = _umk_linear_bind_joined(linear, tensors, names, sizes, n_in, self->config.bias,
                                   error);
    for (guint i = 0; i < 3; i++)
        g_free(owned[i]);
    return good;
}

static gboolean
bind_attention(UmkEncoder *self,
               Block *block,
               gsize layer,
               const UmkEncoderNames *names,
               const UmkTensors *tensors,
               GError **error)
{
    const UmkEncoderConfig *c = &self->config;
    gsize d = c->n_dims, wide = c->n_heads * c->head_dims,
          shared = c->n_kv_heads * c->head_dims;
    gboolean fused = names->key == NULL;
    const char *const in[3] = {names->query, names->key, names->value};
    const char *const out[3] = {names->out, NULL, NULL};
    const gsize in_sizes[3] = {fused ? wide + 2 * shared : wide, shared, shared};
    const gsize out_sizes[3] = {d, 0, 0};

    if (!bind_linear(&block->attention_in, self, tensors, layer, in, in_sizes, d,
                     error) ||
        !bind_linear(&block->attention_out, self, tensors, layer, out, out_sizes, wide,
                     error) ||
        !bind_norm(&block->norm_query, self, tensors, names->norm_query, layer,
                   c->norms_all_heads ? wide : c->head_dims, error) ||
        !bind_norm(&block->norm_key, self, tensors, names->norm_key, layer,
                   c->norms_all_heads ? shared : c->head_dims, error) ||
        !bind_scale(&block->scale_attention, self, tensors, names->scale_attention, layer,
                    error))
        return FALSE;
    if (names->gate_linear != NULL) {
        g_autofree char *linear = layer_name(names->gate_linear, layer);
        g_autofree char *constant = layer_name(names->gate_constant, layer);

        self->has_gate = TRUE;
        if (!_umk_relative_gate_bind(&block->gate, tensors, linear, constant, c->n_heads,
                                     c->head_dims, error))
            return FALSE;
    }
    return block->kind.norm_is_missing ||
           bind_norm(&block->norm_attention, self, tensors, names->norm_attention, layer,
                     d, error);
}

static gboolean
bind_experts(UmkEncoder *self,
             Block *block,
             gsize layer,
             const UmkEncoderNames *names,
             const UmkTensors *tensors,
             GError **error)
{
    g_autofree char *router = layer_name(names->router, layer);
    g_autofree char *up = layer_name(names->experts_up, layer);
    g_autofree char *down = layer_name(names->experts_down, layer);
    g_autofree char *bias = layer_name(names->experts_bias, layer);

    block->experts.n_experts = self->config.n_experts;
    block->experts.n_used = self->config.n_used_experts;
    block->experts.n_dims = self->config.n_dims;
    block->experts.n_ffn = self->config.n_ffn;
    return _umk_experts_bind(&block->experts, tensors, router, up, down, bias, error) &&
           bind_norm(&block->norm_ffn, self, tensors, names->norm_ffn, layer,
                     self->config.n_dims, error);
}

static gboolean
bind_ffn(UmkEncoder *self,
         Block *block,
         gsize layer,
         const UmkEncoderNames *names,
         const UmkTensors *tensors,
         GError **error)
{
    gsize d = self->config.n_dims, ffn = self->config.n_ffn;
    gboolean fused = self->config.gated && names->gate == NULL;
    const char *const up[3] = {names->gate, names->up, NULL};
    const char *const down[3] = {names->down, NULL, NULL};
    const gsize up_sizes[3] = {ffn, fused ? 2 * ffn : ffn, 0};
    const gsize down_sizes[3] = {d, 0, 0};

    if (block->kind.has_experts)
        return bind_experts(self, block, layer, names, tensors, error);
    return bind_linear(&block->up, self, tensors, layer, up, up_sizes, d, error) &&
           bind_linear(&block->down, self, tensors, layer, down, down_sizes, ffn,
                       error) &&
           bind_norm(&block->norm_ffn, self, tensors, names->norm_ffn, layer, d, error) &&
           bind_scale(&block->scale_ffn, self, tensors, names->scale_ffn, layer, error);
}

/* A copy with zeros replaced by what they stand for. */
static void
copy_config(UmkEncoder *self, const UmkEncoderConfig *config)
{
    self->config = *config;
    self->config.layers = NULL;
    self->config.n_rounds = MAX(config->n_rounds, 1);
    self->config.head_dims = head_dims_of(config);
    if (self->config.n_kv_heads == 0)
        self->config.n_kv_heads = config->n_heads;
    for (guint i = 0; i < UMK_ENCODER_ROTARIES; i++) {
        UmkRotary *rotary = &self->config.rotaries[i];

        if (rotary->n_dims > 0)
            rotary->frequencies = self->frequencies[i] =
                g_memdup2(rotary->frequencies, rotary->n_dims / 2 * sizeof(double));
    }
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
    copy_config(self, config);
    self->blocks = g_new0(Block, config->n_layers);
    for (gsize layer = 0; layer < config->n_layers; layer++) {
        Block *block = &self->blocks[layer];

        if (config->layers != NULL)
            block->kind = config->layers[layer];
        if (block->kind.has_experts)
            self->experts = &block->experts;
        if (!bind_attention(self, block, layer, names, tensors, error) ||
            !bind_ffn(self, block, layer, names, tensors, error)) {
            _umk_encoder_free(self);
            return NULL;
        }
    }
    return self;
}

void
_umk_encoder_take_relative_bias(UmkEncoder *self, UmkRelativeBias *bias)
{
    g_assert(bias->n_heads == self->config.n_heads);
    _umk_relative_bias_free(self->relative);
    self->relative = bias;
}

static void
block_clear(Block *block)
{
    _umk_linear_clear(&block->attention_in);
    _umk_linear_clear(&block->attention_out);
    _umk_norm_clear(&block->norm_attention);
    _umk_norm_clear(&block->norm_query);
    _umk_norm_clear(&block->norm_key);
    _umk_relative_gate_clear(&block->gate);
    g_free(block->scale_attention);
    _umk_linear_clear(&block->up);
    _umk_linear_clear(&block->down);
    _umk_experts_clear(&block->experts);
    _umk_norm_clear(&block->norm_ffn);
    g_free(block->scale_ffn);
}

void
_umk_encoder_free(UmkEncoder *self)
{
    if (self == NULL)
        return;
    for (gsize layer = 0; layer < self->config.n_layers; layer++)
        block_clear(&self->blocks[layer]);
    for (guint i = 0; i < UMK_ENCODER_ROTARIES; i++)
        g_free(self->frequencies[i]);
    _umk_relative_bias_free(self->relative);
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
    float *qkv;       /* (n_tokens, qkv_stride) */
    float *gates;     /* (n_tokens, n_heads) */
    float *input;     /* (STRIP, n_dims) a part's normalised input */
    float *output;    /* (STRIP, n_dims) what a part adds */
    float *wide;      /* (STRIP, wide_stride) */
    float *experts;   /* of a strip */
    float *attention; /* of one sequence */
    float *angles[UMK_ENCODER_ROTARIES];
} Scratch;

static UmkAttention
attention_of(const UmkEncoder *self, const Block *block)
{
    const UmkEncoderConfig *c = &self->config;

    return (UmkAttention){
        .n_heads = c->n_heads,
        .n_kv_heads = c->n_kv_heads,
        .head_dims = c->head_dims,
        .scale = 1.0f / sqrtf((float) c->head_dims),
        .causal = c->causal,
        .window = block->kind.window,
        .relative = self->relative,
        .bf16 = _umk_gemm_bf16_is_native() &&
                _umk_linear_get_precision(&block->attention_in) != UMK_PRECISION_F32,
    };
}

/* of a token's query, keys and values */
static gsize
qkv_stride(const UmkEncoder *self)
{
    return _umk_gemm_row_stride((self->config.n_heads + 2 * self->config.n_kv_heads) *
                                self->config.head_dims);
}

/* of what is inside the feed-forward part, gate and all */
static gsize
wide_stride(const UmkEncoder *self)
{
    return _umk_gemm_row_stride(self->config.gated ? 2 * self->config.n_ffn
                                                   : self->config.n_ffn);
}

/* Enough for the layer that needs most: some may be f32 and others not. */
static gsize
attention_size(const UmkEncoder *self, gsize n_longest)
{
    UmkAttention attention = attention_of(self, &self->blocks[0]);

    attention.bf16 = _umk_gemm_bf16_is_native();
    return _umk_attention_scratch_size(&attention, n_longest);
}

static gsize
scratch_layout(const UmkEncoder *self,
               gsize n_tokens,
               gsize n_longest,
               float *base,
               Scratch *scratch)
{
    const UmkEncoderConfig *c = &self->config;
    gsize strip = MIN(n_tokens, STRIP);
    gsize sizes[] = {
        n_tokens * qkv_stride(self),
        self->has_gate ? n_tokens * c->n_heads : 0,
        strip * c->n_dims,
        strip * c->n_dims,
        strip * wide_stride(self),
        self->experts != NULL ? _umk_experts_scratch_size(self->experts, strip) : 0,
        attention_size(self, n_longest),
        _umk_rotary_table_size(&c->rotaries[0], n_longest),
        _umk_rotary_table_size(&c->rotaries[1], n_longest),
    };
    float **parts[] = {&scratch->qkv,       &scratch->gates,     &scratch->input,
                       &scratch->output,    &scratch->wide,      &scratch->experts,
                       &scratch->attention, &scratch->angles[0], &scratch->angles[1]};
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

/* Rows of a strip of n: even ones, in whole tiles of the kernels, because a short one
 * brings all weights of a layer near for little work. */
static gsize
strip_of(gsize n)
{
    gsize n_strips = MAX((n + STRIP - 1) / STRIP, 1);

    return MAX(((n + n_strips - 1) / n_strips + 11) / 12 * 12, 12);
}

/* Queries, keys and values of a strip of tokens. */
static void
project_strip(const UmkEncoder *self,
              const Block *block,
              const float *hidden,
              gsize row,
              gsize n_rows,
              const Scratch *s)
{
    const float *input = hidden + row * self->config.n_dims;

    if (self->config.pre_norm && !block->kind.norm_is_missing) {
        _umk_norm_forward(&block->norm_attention, input, n_rows, s->input);
        input = s->input;
    }
    _umk_linear_forward_rows(&block->attention_in, input, self->config.n_dims, n_rows,
                             UMK_ACTIVATION_NONE, s->qkv + row * qkv_stride(self),
                             qkv_stride(self));
    if (self->has_gate)
        _umk_relative_gate_forward(&block->gate, input, n_rows,
                                   s->gates + row * self->config.n_heads);
}

/* Norms and rotation of the queries and keys of one sequence. */
static void
place(const UmkEncoder *self, const Block *block, float *qkv, gsize n, const Scratch *s)
{
    const UmkEncoderConfig *c = &self->config;
    const UmkRotary *rotary = &c->rotaries[block->kind.rotary];
    gsize stride = qkv_stride(self), wide = c->n_heads * c->head_dims;

    for (gsize i = 0; i < n; i++, qkv += stride) {
        if (block->norm_query.weight != NULL)
            _umk_norm_forward(&block->norm_query, qkv, wide / block->norm_query.n, qkv);
        if (block->norm_key.weight != NULL)
            _umk_norm_forward(&block->norm_key, qkv + wide,
                              c->n_kv_heads * c->head_dims / block->norm_key.n,
                              qkv + wide);
        if (rotary->n_dims > 0)
            _umk_rotary_apply(rotary, s->angles[block->kind.rotary], i,
                              c->n_heads + c->n_kv_heads, c->head_dims, qkv);
    }
}

/* Queries first_query … first_query + n_queries - 1 of one sequence of n tokens, whose
 * first row is first. */
static void
attend_sequence(const UmkEncoder *self,
                const Block *block,
                gsize first,
                gsize n,
                gsize first_query,
                gsize n_queries,
                const Scratch *s)
{
    const UmkEncoderConfig *c = &self->config;
    const UmkAttention attention = attention_of(self, block);
    gsize stride = qkv_stride(self), wide = c->n_heads * c->head_dims;
    float *qkv = s->qkv + first * stride;
    const UmkAttentionRows rows = {
        .queries = qkv + first_query * stride,
        .keys = qkv + wide,
        .values = qkv + wide + c->n_kv_heads * c->head_dims,
        .out = qkv + first_query * stride,
        .query_stride = stride,
        .key_stride = stride,
        .value_stride = stride,
        .out_stride = stride,
        .n_queries = n_queries,
        .n_keys = n,
        .first_query = first_query,
        .gates = self->has_gate ? s->gates + (first + first_query) * c->n_heads : NULL,
    };

    _umk_attention_forward(&attention, &rows, s->attention);
}

/* hidden += x W^T + b, each number scaled where the model scales what a part adds. */
static void
add_part(const UmkLinear *map,
         const float *scale,
         const float *x,
         gsize x_stride,
         gsize n_rows,
         float *hidden,
         const Scratch *s)
{
    if (scale == NULL) {
        _umk_linear_forward_add(map, x, x_stride, n_rows, hidden);
        return;
    }
    _umk_linear_forward_rows(map, x, x_stride, n_rows, UMK_ACTIVATION_NONE, s->output,
                             map->n_out);
    _umk_kernel_add_scaled(hidden, s->output, scale, n_rows, map->n_out);
}

/* hidden += what the feed-forward part makes of input */
static void
feed_forward(const UmkEncoder *self,
             const Block *block,
             const float *input,
             float *hidden,
             gsize n_rows,
             const Scratch *s)
{
    const UmkEncoderConfig *c = &self->config;
    gsize stride = wide_stride(self);

    if (block->kind.has_experts) {
        _umk_experts_forward(&block->experts, input, n_rows, c->activation, s->experts,
                             s->output);
        _umk_kernel_add_scaled(hidden, s->output, block->scale_ffn, n_rows, c->n_dims);
        return;
    }
    _umk_linear_forward_rows(&block->up, input, c->n_dims, n_rows,
                             c->gated ? UMK_ACTIVATION_NONE : c->activation, s->wide,
                             stride);
    for (gsize i = 0; c->gated && i < n_rows; i++) {
        float *row = s->wide + i * stride;

        if (c->gate_is_last)
            _umk_kernel_gate_last(c->activation, row, 1, c->n_ffn, row);
        else
            _umk_kernel_gate(c->activation, row, 1, c->n_ffn, row);
    }
    add_part(&block->down, block->scale_ffn, s->wide, stride, n_rows, hidden, s);
}

/* What attention gathered is mapped and added to a strip of tokens, and all of the
 * feed-forward part follows while they are at hand. */
static void
finish_strip(const UmkEncoder *self,
             const Block *block,
             float *hidden,
             gsize row,
             gsize n_rows,
             const Scratch *s)
{
    const UmkEncoderConfig *c = &self->config;
    gsize d = c->n_dims, stride = qkv_stride(self);
    float *here = hidden + row * d, *input = here;

    add_part(&block->attention_out, block->scale_attention, s->qkv + row * stride, stride,
             n_rows, here, s);
    if (c->pre_norm)
        input = s->input;
    _umk_norm_forward(c->pre_norm ? &block->norm_ffn : &block->norm_attention, here,
                      n_rows, input);
    feed_forward(self, block, input, here, n_rows, s);
    if (!c->pre_norm)
        _umk_norm_forward(&block->norm_ffn, here, n_rows, here);
}

static void
prepare(const UmkEncoder *self,
        const guint32 *offsets,
        gsize n_sequences,
        float *scratch,
        Scratch *s)
{
    gsize n_longest = 0;

    for (gsize i = 0; i < n_sequences; i++)
        n_longest = MAX(n_longest, (gsize) offsets[i + 1] - offsets[i]);
    scratch_layout(self, offsets[n_sequences], n_longest, scratch, s);
    for (guint i = 0; i < UMK_ENCODER_ROTARIES; i++)
        _umk_rotary_fill(&self->config.rotaries[i], n_longest, s->angles[i]);
}

/* Queries, keys and values of all tokens, in their places. */
static void
project(const UmkEncoder *self,
        const Block *block,
        const float *hidden,
        const guint32 *offsets,
        gsize n_sequences,
        const Scratch *s)
{
    gsize n_tokens = offsets[n_sequences], step = strip_of(n_tokens);

    for (gsize row = 0; row < n_tokens; row += step)
        project_strip(self, block, hidden, row, MIN(step, n_tokens - row), s);
    for (gsize i = 0; i < n_sequences; i++)
        place(self, block, s->qkv + offsets[i] * qkv_stride(self),
              offsets[i + 1] - offsets[i], s);
}

static void
finish(
    const UmkEncoder *self, const Block *block, float *hidden, gsize n, const Scratch *s)
{
    const gsize step = strip_of(n);

    for (gsize row = 0; row < n; row += step)
        finish_strip(self, block, hidden, row, MIN(step, n - row), s);
}

static void
forward_layers(const UmkEncoder *self,
               gsize first,
               gsize n_layers,
               float *hidden,
               const guint32 *offsets,
               gsize n_sequences,
               const Scratch *s)
{
    for (gsize layer = first; layer < first + n_layers; layer++) {
        const Block *block = &self->blocks[layer % self->config.n_layers];

        project(self, block, hidden, offsets, n_sequences, s);
        for (gsize i = 0; i < n_sequences; i++) {
            gsize n = offsets[i + 1] - offsets[i];

            attend_sequence(self, block, offsets[i], n, 0, n, s);
        }
        finish(self, block, hidden, offsets[n_sequences], s);
    }
}

void
_umk_encoder_forward_layers(const UmkEncoder *self,
                            gsize first,
                            gsize n_layers,
                            float *hidden,
                            const guint32 *offsets,
                            gsize n_sequences,
                            float *scratch)
{
    Scratch s;

    if (offsets[n_sequences] == 0)
        return;
    prepare(self, offsets, n_sequences, scratch, &s);
    forward_layers(self, first, n_layers, hidden, offsets, n_sequences, &s);
}

void
_umk_encoder_forward_some(const UmkEncoder *self,
                          float *hidden,
                          const guint32 *offsets,
                          gsize n_sequences,
                          const guint32 *wanted,
                          gsize n_wanted,
                          float *scratch)
{
    const Block *last = &self->blocks[self->config.n_layers - 1];
    gsize n_layers = self->config.n_layers * self->config.n_rounds;
    gsize d = self->config.n_dims, stride = qkv_stride(self), sequence = 0;
    Scratch s;

    if (n_wanted == 0)
        return;
    prepare(self, offsets, n_sequences, scratch, &s);
    forward_layers(self, 0, n_layers - 1, hidden, offsets, n_sequences, &s);
    project(self, last, hidden, offsets, n_sequences, &s);
    for (gsize i = 0; i < n_wanted; i++) {
        while (offsets[sequence + 1] <= wanted[i])
            sequence++;
        attend_sequence(self, last, offsets[sequence],
                        offsets[sequence + 1] - offsets[sequence],
                        wanted[i] - offsets[sequence], 1, &s);
    }
    /* Only now: attention needed every row where it was. */
    for (gsize i = 0; i < n_wanted; i++) {
        memmove(hidden + i * d, hidden + wanted[i] * d, d * sizeof(float));
        memmove(s.qkv + i * stride, s.qkv + wanted[i] * stride, stride * sizeof(float));
    }
    finish(self, last, hidden, n_wanted, &s);
}

void
_umk_encoder_forward(const UmkEncoder *self,
                     float *hidden,
                     const guint32 *offsets,
                     gsize n_sequences,
                     float *scratch)
{
    _umk_encoder_forward_layers(self, 0, self->config.n_layers * self->config.n_rounds,
                                hidden, offsets, n_sequences, scratch);
}
