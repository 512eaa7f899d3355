/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the gates take from the input is one matrix product over all steps; only what they
 * take from the last state goes step by step. */
#include "nn/umk-lstm-private.h"

#include <string.h>

static gboolean
bind_map(UmkLinear *linear,
         const UmkTensors *tensors,
         const char *weight_name,
         const float *bias,
         gsize n_out,
         gsize n_in,
         GError **error)
{
    const gsize shape[2] = {n_out, n_in};
    const float *weight = _umk_tensors_get(tensors, weight_name, shape, 2, error);
    gboolean good;

    if (weight == NULL)
        return FALSE;
    good = _umk_linear_set(linear, weight, bias, n_out, n_in, error);
    _umk_tensors_release(tensors, weight);
    return good;
}

gboolean
_umk_lstm_bind(UmkLstm *self,
               const UmkTensors *tensors,
               gsize layer,
               gsize n_in,
               gsize n_hidden,
               GError **error)
{
    g_autofree char *input = g_strdup_printf("weight_ih_l%zu", layer);
    g_autofree char *recurrent = g_strdup_printf("weight_hh_l%zu", layer);
    g_autofree char *input_bias = g_strdup_printf("bias_ih_l%zu", layer);
    g_autofree char *recurrent_bias = g_strdup_printf("bias_hh_l%zu", layer);
    g_autofree float *bias = NULL;
    g_autofree float *more = NULL;
    gsize n_gates = 4 * n_hidden;

    self->n_in = n_in;
    self->n_hidden = n_hidden;
    bias = _umk_tensors_dup_vector(tensors, input_bias, n_gates, error);
    if (bias == NULL)
        return FALSE;
    more = _umk_tensors_dup_vector(tensors, recurrent_bias, n_gates, error);
    if (more == NULL)
        return FALSE;
    _umk_kernel_add(bias, more, n_gates);
    return bind_map(&self->input, tensors, input, bias, n_gates, n_in, error) &&
           bind_map(&self->recurrent, tensors, recurrent, NULL, n_gates, n_hidden, error);
}

void
_umk_lstm_clear(UmkLstm *self)
{
    _umk_linear_clear(&self->input);
    _umk_linear_clear(&self->recurrent);
}

gsize
_umk_lstm_scratch_size(const UmkLstm *self, gsize n_steps, gsize n_sequences)
{
    gsize gates = _umk_arena_round(n_sequences * 4 * self->n_hidden);

    return _umk_arena_round(n_steps * n_sequences * 4 * self->n_hidden) + gates +
           2 * _umk_arena_round(n_sequences * self->n_hidden);
}

static void
sigmoid(float *x, gsize n)
{
    for (gsize i = 0; i < n; i++)
        x[i] = -x[i];
    _umk_kernel_exp(x, n);
    for (gsize i = 0; i < n; i++)
        x[i] = 1.0f / (1.0f + x[i]);
}

/* One sequence: gates (4 n) are used up, cell (n) moves on, work and out are (n). */
static void
step_cell(float *gates, gsize n, float *cell, float *work, float *out)
{
    const float *input = gates, *forget = gates + n, *fresh = gates + 2 * n;
    float *output = gates + 3 * n;

    sigmoid(gates, 2 * n);
    _umk_kernel_activate(UMK_ACTIVATION_TANH, gates + 2 * n, n);
    sigmoid(output, n);
    for (gsize i = 0; i < n; i++)
        work[i] = cell[i] = forget[i] * cell[i] + input[i] * fresh[i];
    _umk_kernel_activate(UMK_ACTIVATION_TANH, work, n);
    for (gsize i = 0; i < n; i++)
        out[i] = output[i] * work[i];
}

void
_umk_lstm_forward(const UmkLstm *self,
                  const float *x,
                  gsize n_steps,
                  gsize n_sequences,
                  float *scratch,
                  float *out)
{
    gsize n = self->n_hidden, n_row = n_sequences * n;
    float *inputs = scratch;
    float *gates = inputs + _umk_arena_round(4 * n_steps * n_row);
    float *cells = gates + _umk_arena_round(4 * n_row);
    float *work = cells + _umk_arena_round(n_row);

    _umk_linear_forward(&self->input, x, n_steps * n_sequences, UMK_ACTIVATION_NONE,
                        inputs);
    memset(cells, 0, n_row * sizeof *cells);
    for (gsize t = 0; t < n_steps; t++, inputs += 4 * n_row, out += n_row) {
        if (t > 0) {
            _umk_linear_forward(&self->recurrent, out - n_row, n_sequences,
                                UMK_ACTIVATION_NONE, gates);
            _umk_kernel_add(inputs, gates, 4 * n_row);
        }
        for (gsize i = 0; i < n_sequences; i++)
            step_cell(inputs + i * 4 * n, n, cells + i * n, work, out + i * n);
    }
}
