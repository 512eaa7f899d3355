/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multihead attention with a single query, as torch.nn.MultiheadAttention stores it:
 * query, key and value weights in one tensor. */
#include "umk-attention-pool-private.h"

#include <math.h>
#include <string.h>

/* The learnt query and the three projections of in_proj. */
static gboolean
bind_input(UmkAttentionPool *self, const UmkTensors *tensors, GError **error)
{
    gsize d = self->n_dims;
    const gsize probe_shape[3] = {1, 1, d}, shape[2] = {3 * d, d}, n_bias = 3 * d;
    const float *probe = _umk_tensors_get(tensors, "probe", probe_shape, 3, error);
    const float *weight =
        probe ? _umk_tensors_get(tensors, "attention.in_proj_weight", shape, 2, error)
              : NULL;
    const float *bias =
        weight ? _umk_tensors_get(tensors, "attention.in_proj_bias", &n_bias, 1, error)
               : NULL;
    UmkLinear query = {0};
    gboolean good = bias && _umk_linear_set(&query, weight, bias, d, d, error) &&
                    _umk_linear_allocate(
                        &self->key_value, 2 * d, d,
                        _umk_tensors_get_precision(tensors, "attention.in_proj"), error);

    if (good) {
        _umk_linear_fill(&self->key_value, 0, weight + d * d, 2 * d);
        memcpy(self->key_value.bias, bias + d, 2 * d * sizeof *bias);
    }
    if (good) {
        self->query = g_new(float, d);
        _umk_linear_forward(&query, probe, 1, UMK_ACTIVATION_NONE, self->query);
    }
    _umk_linear_clear(&query);
    _umk_tensors_release(tensors, probe);
    _umk_tensors_release(tensors, weight);
    _umk_tensors_release(tensors, bias);
    return good;
}

gboolean
_umk_attention_pool_bind(UmkAttentionPool *self,
                         const UmkEncoderConfig *config,
                         const UmkTensors *tensors,
                         GError **error)
{
    gsize d = config->n_dims;

    self->n_dims = d;
    self->activation = config->activation;
    self->attention.n_heads = self->attention.n_kv_heads = config->n_heads;
    self->attention.head_dims = d / config->n_heads;
    self->attention.scale = (float) (1.0 / sqrt((double) self->attention.head_dims));
    return bind_input(self, tensors, error) &&
           _umk_linear_bind(&self->out, tensors, "attention.out_proj", d, d,
                            UMK_BIAS_REQUIRED, error) &&
           _umk_norm_bind(&self->norm, tensors, "layernorm", d, config->eps, error) &&
           _umk_linear_bind(&self->up, tensors, "mlp.fc1", config->n_ffn, d,
                            UMK_BIAS_REQUIRED, error) &&
           _umk_linear_bind(&self->down, tensors, "mlp.fc2", d, config->n_ffn,
                            UMK_BIAS_REQUIRED, error);
}

void
_umk_attention_pool_clear(UmkAttentionPool *self)
{
    g_clear_pointer(&self->query, g_free);
    _umk_linear_clear(&self->key_value);
    _umk_linear_clear(&self->out);
    _umk_norm_clear(&self->norm);
    _umk_linear_clear(&self->up);
    _umk_linear_clear(&self->down);
}

gsize
_umk_attention_pool_scratch_size(const UmkAttentionPool *self, gsize n_tokens)
{
    return _umk_arena_round(n_tokens * 2 * self->n_dims) +
           3 * _umk_arena_round(self->n_dims) + _umk_arena_round(self->up.n_out) +
           _umk_attention_scratch_size(&self->attention, n_tokens);
}

void
_umk_attention_pool_forward(const UmkAttentionPool *self,
                            const float *tokens,
                            gsize n_tokens,
                            float *scratch,
                            float *out)
{
    gsize d = self->n_dims, step = _umk_arena_round(d);
    float *keys = scratch, *seen = keys + _umk_arena_round(n_tokens * 2 * d);
    float *added = seen + step, *normed = added + step, *wide = normed + step;
    float *work = wide + _umk_arena_round(self->up.n_out);
    const UmkAttentionRows rows = {
        .queries = self->query,
        .keys = keys,
        .values = keys + d,
        .out = seen,
        .query_stride = d,
        .key_stride = 2 * d,
        .value_stride = 2 * d,
        .out_stride = d,
        .n_queries = 1,
        .n_keys = n_tokens,
    };

    _umk_linear_forward(&self->key_value, tokens, n_tokens, UMK_ACTIVATION_NONE, keys);
    _umk_attention_forward(&self->attention, &rows, work);
    _umk_linear_forward(&self->out, seen, 1, UMK_ACTIVATION_NONE, added);
    _umk_norm_forward(&self->norm, added, 1, normed);
    _umk_linear_forward(&self->up, normed, 1, self->activation, wide);
    _umk_linear_forward(&self->down, wide, 1, UMK_ACTIVATION_NONE, out);
    _umk_kernel_add(out, added, d);
}
