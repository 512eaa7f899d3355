/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layer of long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates)
 * over sequences of equal length, in the layout of PyTorch: gates in the order input,
 * forget, cell, output. */
#pragma once

#include "nn/umk-layers-private.h"

typedef struct {
    gsize n_in;
    gsize n_hidden;
    UmkLinear input;     /* (4 n_hidden, n_in), both biases added */
    UmkLinear recurrent; /* (4 n_hidden, n_hidden) */
} UmkLstm;

/* Tensors: weight_ih_lN, weight_hh_lN, bias_ih_lN, bias_hh_lN; N is the layer. */
gboolean _umk_lstm_bind(UmkLstm *self,
                        const UmkTensors *tensors,
                        gsize layer,
                        gsize n_in,
                        gsize n_hidden,
                        GError **error);
void _umk_lstm_clear(UmkLstm *self);
gsize _umk_lstm_scratch_size(const UmkLstm *self, gsize n_steps, gsize n_sequences);
/* x (n_steps, n_sequences, n_in) -> out (n_steps, n_sequences, n_hidden), which must not
 * overlap x. A sequence's states do not depend on the others. */
void _umk_lstm_forward(const UmkLstm *self,
                       const float *x,
                       gsize n_steps,
                       gsize n_sequences,
                       float *scratch,
                       float *out);
