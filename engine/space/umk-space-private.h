/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of a shared space: its frames, and how a frame's aligner is made. */
#pragma once

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-space.h>

G_BEGIN_DECLS

/* A square map of this size is 1 GiB; no model comes near. */
#define UMK_SPACE_MAX_DIMS 16384

/* How the vectors of one frame come into the space: unchanged, x -> x W + b, or with a
 * bend, x -> x W + b + gelu(x V + c) O. */
typedef struct {
    char *frame;
    gsize n_dims;       /* of the frame */
    gboolean identity;  /* then weight and bias are NULL */
    gboolean normalize; /* inputs are brought to length 1 first */
    float *weight;      /* (n_dims, space dims) */
    float *bias;        /* (space dims) */
    gsize n_hidden;     /* width of the bend; 0: there is none, and no V, c, O */
    float *hidden;      /* V (n_dims, n_hidden) */
    float *hidden_bias; /* c (n_hidden) */
    float *bend;        /* O (n_hidden, space dims) */
    char *report;       /* JSON object, or NULL */
} UmkAligner;

struct _UmkSpace {
    gatomicrefcount ref_count;
    char *name;
    gsize n_dims;
    UmkMetric metric;
    GPtrArray *aligners; /* UmkAligner, in the order they joined */
};

void _umk_aligner_free(UmkAligner *self);
UmkAligner *_umk_space_find(UmkSpace *self, const char *frame);
/* Takes the aligner; replaces one of the same frame. */
void _umk_space_take(UmkSpace *self, UmkAligner *aligner);

/* Fits an aligner to anchor pairs and measures it on held-out ones. */
UmkAligner *_umk_aligner_fit(UmkSpace *space,
                             const char *frame,
                             UmkMatrix *from,
                             UmkMatrix *to,
                             UmkParams *params,
                             GCancellable *cancellable,
                             GError **error);
extern const UmkParamSpec _umk_align_params[];
extern const gsize _umk_align_n_params;

/* y (n_out) of one row x (n_dims), brought to length 1 first if asked. scratch holds
 * n_dims + n_hidden numbers; NULL will do where neither is needed. A row's result does
 * not depend on its neighbours. */
void _umk_aligner_apply(
    const UmkAligner *self, const float *x, gsize n_out, float *scratch, float *y);
void _umk_normalize_row(float *row, gsize n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAligner, _umk_aligner_free)

G_END_DECLS
