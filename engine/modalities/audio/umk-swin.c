/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swin blocks over a map of tokens kept row by row. The map itself is never rolled: a
 * window gathers its tokens from where they lie. Moved windows at the lower and right
 * edge hold pieces that are no neighbours; a mask keeps them from seeing one another. */
#include "umk-swin-private.h"

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <umekomi/umk-error.h>

#define MAX_SIDE   256
#define MAX_WINDOW 16
#define MAX_DIMS   8192
#define MAX_DEPTH  64
#define EPS        1e-5f
#define APART      -100.0f /* what the reference adds to scores of strangers */

enum { EDGE_BOTTOM = 1, EDGE_RIGHT = 2, N_EDGES = 4 };

typedef struct {
    gsize shift;
    UmkNorm norm_attention;
    UmkLinear attention_in; /* query, key and value side by side */
    float *bias;            /* (n_heads, window^2, window^2) */
    UmkLinear attention_out;
    UmkNorm norm_ffn;
    UmkLinear up;
    UmkLinear down;
} Block;

typedef struct {
    gsize side;
    gsize n_dims;
    gsize n_ffn;
    UmkAttention attention;
    gsize n_blocks;
    Block *blocks;
    gboolean merges; /* all but the last */
    UmkNorm norm_merge;
    UmkLinear reduction;
} Stage;

struct _UmkSwin {
    UmkSwinConfig config;
    Stage stages[UMK_SWIN_MAX_STAGES];
    float *masks[N_EDGES]; /* (window^2, window^2); NULL: all see all */
    UmkNorm norm;
};

/* ---- loading ---------------------------------------------------------------------- */

static void
block_clear(Block *block)
{
    _umk_norm_clear(&block->norm_attention);
    _umk_linear_clear(&block->attention_in);
    g_free(block->bias);
    _umk_linear_clear(&block->attention_out);
    _umk_norm_clear(&block->norm_ffn);
    _umk_linear_clear(&block->up);
    _umk_linear_clear(&block->down);
}

void
_umk_swin_free(UmkSwin *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < UMK_SWIN_MAX_STAGES; i++) {
        Stage *stage = &self->stages[i];

        for (gsize j = 0; j < stage->n_blocks; j++)
            block_clear(&stage->blocks[j]);
        g_free(stage->blocks);
        _umk_norm_clear(&stage->norm_merge);
        _umk_linear_clear(&stage->reduction);
    }
    for (gsize i = 0; i < N_EDGES; i++)
        g_free(self->masks[i]);
    _umk_norm_clear(&self->norm);
    g_free(self);
}

static gboolean
check_config(const UmkSwinConfig *c, GError **error)
{
    gboolean good = c->n_stages >= 1 && c->n_stages <= UMK_SWIN_MAX_STAGES &&
                    c->side >= 1 && c->side <= MAX_SIDE && c->window >= 1 &&
                    c->window <= MAX_WINDOW && c->n_dims >= 1 && c->n_dims <= MAX_DIMS &&
                    c->mlp_ratio > 0 && c->mlp_ratio <= 64 && c->eps >= 0 && c->eps < 1;

    for (gsize i = 0; good && i < c->n_stages; i++) {
        gsize side = c->side >> i, dims = c->n_dims << i;

        good = dims <= MAX_DIMS && c->depths[i] >= 1 && c->depths[i] <= MAX_DEPTH &&
               c->n_heads[i] >= 1 && c->n_heads[i] <= dims && dims % c->n_heads[i] == 0 &&
               c->side % ((gsize) 1 << i) == 0 && side >= c->window &&
               side % c->window == 0;
    }
    if (!good)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("A window transformer of %zu stages, %zu × %zu tokens of %zu "
                      "numbers and windows of %zu tokens cannot be run"),
                    c->n_stages, c->side, c->side, c->n_dims, c->window);
    return good;
}

/* Spreads the table over all pairs of a window: [head][query][key]. */
static float *
spread_bias(const float *table, gsize n_heads, gsize window, GError **error)
{
    gsize n = window * window, across = 2 * window - 1;
    float *bias = _umk_alloc(n_heads * n * n, sizeof *bias, _("The bias"), error);
    float *to = bias;

    for (gsize head = 0; bias != NULL && head < n_heads; head++)
        for (gsize q = 0; q < n; q++)
            for (gsize k = 0; k < n; k++) {
                gsize dy = q / window + window - 1 - k / window;
                gsize dx = q % window + window - 1 - k % window;

                *to++ = table[(dy * across + dx) * n_heads + head];
            }
    return bias;
}

/* The part of a moved window that a place along one axis belongs to. */
static gboolean
is_beyond(const UmkSwinConfig *c, gsize at)
{
    return at >= c->window - c->window / 2;
}

static void
make_masks(UmkSwin *self)
{
    const UmkSwinConfig *c = &self->config;
    gsize w = c->window, n = w * w;

    for (guint edges = 1; edges < N_EDGES; edges++) {
        float *to = self->masks[edges] = g_new(float, n *n);

        for (gsize q = 0; q < n; q++)
            for (gsize k = 0; k < n; k++) {
                gboolean apart =
                    ((edges & EDGE_BOTTOM) &&
                     is_beyond(c, q / w) != is_beyond(c, k / w)) ||
                    ((edges & EDGE_RIGHT) && is_beyond(c, q % w) != is_beyond(c, k % w));

                *to++ = apart ? APART : 0.0f;
            }
    }
}

static gboolean
bind_attention(UmkSwin *self,
               const Stage *stage,
               Block *block,
               const UmkTensors *tensors,
               GError **error)
{
    const UmkSwinConfig *c = &self->config;
    static const char *const joined[] = {"attention.self.query", "attention.self.key",
                                         "attention.self.value", NULL};
    gsize d = stage->n_dims, n_heads = stage->attention.n_heads;
    const gsize n_outs[] = {d, d, d};
    const gsize shape[2] = {(2 * c->window - 1) * (2 * c->window - 1), n_heads};
    const float *table = _umk_tensors_get(
        tensors, "attention.self.relative_position_bias_table", shape, 2, error);

    if (table == NULL)
        return FALSE;
    block->bias = spread_bias(table, n_heads, c->window, error);
    _umk_tensors_release(tensors, table);
    return block->bias != NULL &&
           _umk_linear_bind_joined(&block->attention_in, tensors, joined, n_outs, d,
                                   c->qkv_bias, error) &&
           _umk_linear_bind(&block->attention_out, tensors, "attention.output.dense", d,
                            d, UMK_BIAS_REQUIRED, error);
}

static gboolean
bind_block(UmkSwin *self,
           const Stage *stage,
           Block *block,
           const UmkTensors *tensors,
           GError **error)
{
    gsize d = stage->n_dims, ffn = stage->n_ffn;
    float eps = self->config.eps;

    return _umk_norm_bind(&block->norm_attention, tensors, "layernorm_before", d, eps,
                          error) &&
           bind_attention(self, stage, block, tensors, error) &&
           _umk_norm_bind(&block->norm_ffn, tensors, "layernorm_after", d, eps, error) &&
           _umk_linear_bind(&block->up, tensors, "intermediate.dense", ffn, d,
                            UMK_BIAS_REQUIRED, error) &&
           _umk_linear_bind(&block->down, tensors, "output.dense", d, ffn,
                            UMK_BIAS_REQUIRED, error);
}

static gboolean
bind_stage(UmkSwin *self, gsize number, const UmkTensors *tensors, GError **error)
{
    const UmkSwinConfig *c = &self->config;
    Stage *stage = &self->stages[number];
    gsize d = c->n_dims << number;

    stage->side = c->side >> number;
    stage->n_dims = d;
    stage->n_ffn = (gsize) (c->mlp_ratio * (double) d);
    stage->attention = (UmkAttention){
        .n_heads = c->n_heads[number],
        .n_kv_heads = c->n_heads[number],
        .head_dims = d / c->n_heads[number],
        .scale = 1.0f / sqrtf((float) (d / c->n_heads[number])),
    };
    stage->n_blocks = c->depths[number];
    stage->blocks = g_new0(Block, stage->n_blocks);
    for (gsize i = 0; i < stage->n_blocks; i++) {
        g_autofree char *prefix =
            g_strdup_printf("%slayers.%zu.blocks.%zu.", tensors->prefix, number, i);
        UmkTensors own = *tensors;

        own.prefix = prefix;
        /* A map of one window has nowhere to move to. */
        stage->blocks[i].shift =
            i % 2 == 1 && stage->side > c->window ? c->window / 2 : 0;
        if (!bind_block(self, stage, &stage->blocks[i], &own, error))
            return FALSE;
    }
    stage->merges = number + 1 < c->n_stages;
    if (!stage->merges)
        return TRUE;
    g_autofree char *norm = g_strdup_printf("layers.%zu.downsample.norm", number);
    g_autofree char *linear = g_strdup_printf("layers.%zu.downsample.reduction", number);

    return _umk_norm_bind(&stage->norm_merge, tensors, norm, 4 * d, EPS, error) &&
           _umk_linear_bind(&stage->reduction, tensors, linear, 2 * d, 4 * d,
                            UMK_BIAS_NONE, error);
}

UmkSwin *
_umk_swin_new(const UmkSwinConfig *config, const UmkTensors *tensors, GError **error)
{
    g_autoptr(UmkSwin) self = NULL;

    if (!check_config(config, error))
        return NULL;
    self = g_new0(UmkSwin, 1);
    self->config = *config;
    for (gsize i = 0; i < config->n_stages; i++)
        if (!bind_stage(self, i, tensors, error))
            return NULL;
    make_masks(self);
    if (!_umk_norm_bind(&self->norm, tensors, "norm", _umk_swin_n_dims(self), EPS, error))
        return NULL;
    return g_steal_pointer(&self);
}

gsize
_umk_swin_n_dims(const UmkSwin *self)
{
    return self->config.n_dims << (self->config.n_stages - 1);
}

gsize
_umk_swin_n_tokens(const UmkSwin *self)
{
    gsize side = self->config.side >> (self->config.n_stages - 1);

    return side * side;
}

/* ---- forward ---------------------------------------------------------------------- */

/* The parts of the scratch memory. */
typedef struct {
    float *input;  /* (n, d) normalised, or a part's output */
    float *wide;   /* (n, max(3 d, ffn)), or (n / 4, 4 d) */
    float *mixed;  /* (n, d) what attention gathered */
    float *rows;   /* (window^2, 3 d) of one window */
    float *out;    /* (window^2, d) */
    float *scores; /* of attention */
} Scratch;

static gsize
stage_layout(const UmkSwin *self, const Stage *stage, float *base, Scratch *s)
{
    gsize n = stage->side * stage->side, d = stage->n_dims;
    gsize window = self->config.window * self->config.window;
    gsize sizes[] = {
        n * d,      n * MAX(3 * d, stage->n_ffn),
        n * d,      window * 3 * d,
        window * d, _umk_attention_scratch_size(&stage->attention, window),
    };
    float **parts[] = {&s->input, &s->wide, &s->mixed, &s->rows, &s->out, &s->scores};
    gsize at = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (base != NULL)
            *parts[i] = base + at;
        at += _umk_arena_round(sizes[i]);
    }
    return at;
}

gsize
_umk_swin_scratch_size(const UmkSwin *self)
{
    Scratch unused;
    gsize most = 0;

    for (gsize i = 0; i < self->config.n_stages; i++)
        most = MAX(most, stage_layout(self, &self->stages[i], NULL, &unused));
    return most;
}

/* Where the token at a place of a window lies in the map. */
static gsize
token_at(const Stage *stage, gsize window, gsize shift, gsize wy, gsize wx, gsize i)
{
    gsize y = (wy * window + i / window + shift) % stage->side;
    gsize x = (wx * window + i % window + shift) % stage->side;

    return y * stage->side + x;
}

static void
attend_window(const UmkSwin *self,
              const Stage *stage,
              const Block *block,
              gsize wy,
              gsize wx,
              const Scratch *s)
{
    gsize w = self->config.window, n = w * w, d = stage->n_dims;
    gsize last = stage->side / w - 1;
    guint edges = block->shift == 0
                      ? 0
                      : (wy == last ? EDGE_BOTTOM : 0) | (wx == last ? EDGE_RIGHT : 0);
    UmkAttentionRows rows = {
        .queries = s->rows,
        .keys = s->rows + d,
        .values = s->rows + 2 * d,
        .out = s->out,
        .query_stride = 3 * d,
        .key_stride = 3 * d,
        .value_stride = 3 * d,
        .out_stride = d,
        .n_queries = n,
        .n_keys = n,
        .bias = block->bias,
        .mask = self->masks[edges],
    };

    for (gsize i = 0; i < n; i++)
        memcpy(s->rows + i * 3 * d,
               s->wide + token_at(stage, w, block->shift, wy, wx, i) * 3 * d,
               3 * d * sizeof(float));
    _umk_attention_forward(&stage->attention, &rows, s->scores);
    for (gsize i = 0; i < n; i++)
        memcpy(s->mixed + token_at(stage, w, block->shift, wy, wx, i) * d, s->out + i * d,
               d * sizeof(float));
}

static void
run_block(const UmkSwin *self,
          const Stage *stage,
          const Block *block,
          float *tokens,
          const Scratch *s)
{
    gsize n = stage->side * stage->side, d = stage->n_dims;
    gsize across = stage->side / self->config.window;

    _umk_norm_forward(&block->norm_attention, tokens, n, s->input);
    _umk_linear_forward(&block->attention_in, s->input, n, UMK_ACTIVATION_NONE, s->wide);
    for (gsize i = 0; i < across * across; i++)
        attend_window(self, stage, block, i / across, i % across, s);
    _umk_linear_forward(&block->attention_out, s->mixed, n, UMK_ACTIVATION_NONE,
                        s->input);
    _umk_kernel_add(tokens, s->input, n * d);
    _umk_norm_forward(&block->norm_ffn, tokens, n, s->input);
    _umk_linear_forward(&block->up, s->input, n, self->config.activation, s->wide);
    _umk_linear_forward(&block->down, s->wide, n, UMK_ACTIVATION_NONE, s->mixed);
    _umk_kernel_add(tokens, s->mixed, n * d);
}

/* Four neighbours side by side, down before across, then half as many numbers. */
static void
merge(const Stage *stage, float *tokens, const Scratch *s)
{
    gsize half = stage->side / 2, d = stage->n_dims, n = half * half;

    for (gsize i = 0; i < n; i++)
        for (gsize part = 0; part < 4; part++) {
            gsize y = 2 * (i / half) + part % 2, x = 2 * (i % half) + part / 2;

            memcpy(s->wide + (4 * i + part) * d, tokens + (y * stage->side + x) * d,
                   d * sizeof(float));
        }
    _umk_norm_forward(&stage->norm_merge, s->wide, n, s->wide);
    _umk_linear_forward(&stage->reduction, s->wide, n, UMK_ACTIVATION_NONE, tokens);
}

void
_umk_swin_forward(const UmkSwin *self, float *tokens, float *scratch)
{
    for (gsize i = 0; i < self->config.n_stages; i++) {
        const Stage *stage = &self->stages[i];
        Scratch s;

        stage_layout(self, stage, scratch, &s);
        for (gsize j = 0; j < stage->n_blocks; j++)
            run_block(self, stage, &stage->blocks[j], tokens, &s);
        if (stage->merges)
            merge(stage, tokens, &s);
    }
    _umk_norm_forward(&self->norm, tokens, _umk_swin_n_tokens(self), tokens);
}
